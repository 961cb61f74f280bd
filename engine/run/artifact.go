package run

import (
	"io"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// isoTime is how dbt's artifacts print times: UTC with microseconds and Z.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// Meta heads an artifact.
type Meta struct {
	DBTVersion          string
	InvocationID        string
	InvocationStartedAt time.Time
	Env                 map[string]string
}

// nulls says that what the warehouse did not tell is there too, as in what dbt writes of a preview.
func responseMap(r *adapter.Response, nulls bool) *yamldoc.Map {
	m := yamldoc.NewMap()
	if r == nil {
		return m
	}
	if nulls {
		m.Set("_message", r.Message)
		m.Set("code", nil)
		m.Set("rows_affected", nil)
		m.Set("query_id", nil)
	}
	m.Set("_message", r.Message)
	if r.Code != "" {
		m.Set("code", r.Code)
		m.Set("rows_affected", r.RowsAffected) // psycopg gives -1 for DDL
	}
	return m
}

func (r *Result) toMap() *yamldoc.Map {
	timing := []any{}
	for _, t := range r.Timing {
		timing = append(timing, yamldoc.NewMap("name", t.Name, "started_at", isoTime(t.Started), "completed_at", isoTime(t.Completed)))
	}
	var message, failures, compiled, code, relation any
	if r.Message != nil {
		message = *r.Message
	}
	if r.Failures != nil {
		failures = int64(*r.Failures)
	}
	if n := r.Node; n != nil && n.ResourceType != manifest.Seed {
		compiled = n.Compiled
		if n.Compiled {
			code = n.CompiledCode
		}
		if n.RelationName != nil {
			relation = *n.RelationName
		}
	}
	var batches any
	if b := r.Batches; b != nil {
		batches = yamldoc.NewMap("successful", spanList(b.Successful), "failed", spanList(b.Failed))
	}
	return yamldoc.NewMap(
		"status", string(r.Status), "timing", timing, "thread_id", r.Thread, "execution_time", r.Seconds,
		"adapter_response", responseMap(r.Response, r.previewed), "message", message, "failures", failures,
		"unique_id", r.UniqueID, "compiled", compiled, "compiled_code", code, "relation_name", relation, "batch_results", batches,
	)
}

func spanList(spans [][2]string) []any {
	out := make([]any, 0, len(spans))
	for _, s := range spans {
		out = append(out, []any{s[0], s[1]})
	}
	return out
}

// metadata heads an artifact; schema is for example "run-results/v6".
func (r *Results) metadata(schema string, md Meta) *yamldoc.Map {
	env := yamldoc.NewMap()
	for k, v := range md.Env {
		env.Set(k, v)
	}
	return yamldoc.NewMap(
		"dbt_schema_version", "https://schemas.getdbt.com/dbt/"+schema+".json", "dbt_version", md.DBTVersion,
		"generated_at", isoTime(r.Generated), "invocation_id", md.InvocationID,
		"invocation_started_at", isoTime(md.InvocationStartedAt), "env", env)
}

// WriteArtifact writes run_results.json (schema v6). args is the flag dict that
// dbt's retry reads.
func (r *Results) WriteArtifact(path string, md Meta, args *yamldoc.Map) error {
	list := make([]any, 0, len(r.Results))
	for _, x := range r.Results {
		list = append(list, x.toMap())
	}
	doc := yamldoc.NewMap("metadata", r.metadata("run-results/v6", md), "results", list, "elapsed_time", r.Elapsed.Seconds(), "args", args)
	return writeDoc(path, doc)
}

func writeDoc(path string, doc *yamldoc.Map) error {
	return manifest.WriteFile(path, func(w io.Writer) error {
		raw, err := yamldoc.AppendJSON(nil, doc)
		if err != nil {
			return err
		}
		_, err = w.Write(raw)
		return err
	})
}
