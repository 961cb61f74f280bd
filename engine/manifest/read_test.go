package manifest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// What is written and read again is written the same.
func TestReadWritten(t *testing.T) {
	var first, second bytes.Buffer
	m := one()
	m.Nodes["model.shop.m"].Access = "public"
	off := m.Disabled["model.shop.off"][0].(*Node)
	off.Access, off.Language = "protected", "sql"
	m.UnitTests["unit_test.shop.m.u"].Expect.Format = "dict"
	m.Nodes["model.shop.m"].Compiled = true
	m.Nodes["model.shop.m"].CompiledCode = "select 1"
	m.Nodes["model.shop.m"].ExtraCTEs = []InjectedCTE{{ID: "model.shop.e", SQL: "select 2"}}
	if err := m.Write(&first); err != nil {
		t.Fatal(err)
	}
	got, err := DecodeManifest("manifest.json", first.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Write(&second); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(said(decode(t, first.Bytes())), said(decode(t, second.Bytes()))); diff != "" {
		t.Errorf("(-written +read and written):\n%s", diff)
	}
	if n, _ := got.ResolveRef("m", "", nil, "shop"); n == nil {
		t.Error("ref('m') is not found")
	}
}

// said leaves out what is null or empty: the test's manifest has nothing where parsing would have set an empty object.
func said(v any) any {
	switch v := v.(type) {
	case *ordered:
		out := map[string]any{}
		for k, x := range v.values {
			if x = said(x); x != nil {
				out[k] = x
			}
		}
		if len(out) > 0 {
			return out
		}
	case []any:
		var out []any
		for _, x := range v {
			out = append(out, said(x))
		}
		if len(out) > 0 {
			return out
		}
	case string:
		if v != "" {
			return v
		}
	default:
		return v
	}
	return nil
}

const oldManifest = `{
 "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v6.json", "dbt_version": "1.2.0", "env": {}},
 "nodes": {
  "model.p.a": {"raw_sql": "select 1", "compiled": true, "compiled_sql": "select 1", "resource_type": "model", "name": "a", "package_name": "p",
    "unique_id": "model.p.a", "refs": [["b"], ["q", "c"]], "root_path": "/x", "fqn": ["p", "a"], "config": {"materialized": "table"}},
  "seed.p.s": {"raw_sql": "", "resource_type": "seed", "name": "s", "package_name": "p", "unique_id": "seed.p.s", "depends_on": {"macros": [], "nodes": []},
    "checksum": {"name": "sha256", "checksum": "x"}}},
 "sources": {}, "macros": {}, "docs": {}, "exposures": {}, "metrics": {"metric.p.m": {}}, "disabled": {"model.p.off": [{"resource_type": "model", "name": "off", "unique_id": "model.p.off"}]},
 "parent_map": {}, "child_map": {}
}`

// dbt's upgrade_manifest_json: names and forms of schema v4 to v11.
func TestReadOldManifest(t *testing.T) {
	m, err := DecodeManifest("manifest.json", []byte(oldManifest))
	if err != nil {
		t.Fatal(err)
	}
	a := m.Nodes["model.p.a"]
	if a.RawCode != "select 1" || a.CompiledCode != "select 1" || a.Access != "protected" || a.Language != "sql" {
		t.Errorf("%+v", a)
	}
	q := "q"
	if diff := cmp.Diff([]Ref{{Name: "b"}, {Name: "c", Package: &q}}, a.Refs); diff != "" {
		t.Error(diff)
	}
	if s := m.Nodes["seed.p.s"]; s.Checksum != (Checksum{"sha256", "x"}) {
		t.Errorf("%+v", s)
	}
	if m.FindDisabled("off", "", nil) == nil {
		t.Error("the disabled model is gone")
	}
}

func TestReadManifestErrors(t *testing.T) {
	head := func(version string) string {
		return `{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/` + version + `.json"}`
	}
	tests := []struct{ text, message string }{
		{`{"metadata": {`, `Could not read WritableManifest at "manifest.json" as JSON: Expecting property name`},
		{``, `as JSON: expected an object`},
		{`[]`, `as JSON: expected an object`},
		{`{}`, `Artifact is missing schema version`},
		{head("manifest/v3") + "}", `Expected a schema version of "https://schemas.getdbt.com/dbt/manifest/v12.json" in manifest.json, but found "https://schemas.getdbt.com/dbt/manifest/v3.json". Are you running with a different version of dbt?`},
		{head("run-results/v6") + "}", `but found "https://schemas.getdbt.com/dbt/run-results/v6.json"`},
		{head("manifest/v12") + `,"nodes":{"model.p.a":{"fqn":"x"}}}`, `nodes.model.p.a.fqn must be a list, found str`},
		{head("manifest/v12") + `,"nodes":{"model.p.a":null}}`, `nodes.model.p.a must be an object`},
		{head("manifest/v12") + `,"nodes":{"model.p.a":{"columns":{"c":{"constraints":[1]}}}}}`, `nodes.model.p.a.columns.c.constraints must be a list of objects`},
		{head("manifest/v12") + `} x`, `Extra data`},
	}
	for _, tt := range tests {
		_, err := DecodeManifest("manifest.json", []byte(tt.text))
		if d, ok := diag.As(err); !ok || !strings.Contains(d.Message, tt.message) {
			t.Errorf("%s: %v", tt.text, err)
		}
	}
	_, err := ReadManifest(filepath.Join(t.TempDir(), "manifest.json"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing file: %v", err)
	}
}

func TestReadRunResults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run_results.json")
	text := `{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/run-results/v6.json","dbt_version":"1.11.16","generated_at":"2025-01-01T00:00:00Z","invocation_id":"i","env":{"a":"b"}},
"results":[{"status":"partial success","timing":[{"name":"execute","started_at":"s","completed_at":"c"}],"thread_id":"Thread-1","execution_time":1.5,"adapter_response":{"code":"OK"},
"message":"m","failures":2,"unique_id":"model.p.a","compiled":true,"compiled_code":"select 1","relation_name":"\"a\"","batch_results":{"successful":[["x","y"]],"failed":[["y","z"]]}}],
"elapsed_time":3,"args":{"which":"run","select":["a"]}}`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := ReadRunResults(file)
	if err != nil {
		t.Fatal(err)
	}
	r := got.Results[0]
	if r.UniqueID != "model.p.a" || r.Status != "partial success" || *r.Failures != 2 || !*r.Compiled || r.BatchResults.Failed[0] != [2]string{"y", "z"} ||
		got.Args.Str("which") != "run" || got.ElapsedTime != 3 || got.Metadata.InvocationID != "i" || r.Timing[0].Name != "execute" {
		t.Errorf("%+v\n%+v", got, r)
	}
	// v5 and older: dbt drops what they say of the compiled SQL.
	old, err := DecodeRunResults(file, []byte(strings.Replace(text, "v6.json", "v5.json", 1)))
	if err != nil || *old.Results[0].Compiled || *old.Results[0].CompiledCode != "" {
		t.Errorf("%+v, %v", old, err)
	}
	for _, tt := range []struct{ text, message string }{
		{strings.Replace(text, "v6.json", "v3.json", 1), `Expected a schema version of "https://schemas.getdbt.com/dbt/run-results/v6.json" in rr, but found "https://schemas.getdbt.com/dbt/run-results/v3.json"`},
		{strings.Replace(text, `"results"`, `"resultss"`, 1), "run-results.results must be a list"},
		{strings.Replace(text, `"model.p.a"`, `null`, 1), "results.0.unique_id must be a text"},
		{text[:len(text)-1], `Could not read RunResultsArtifact at "rr" as JSON: Expecting ',' delimiter`},
	} {
		if _, err := DecodeRunResults("rr", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.message) {
			t.Errorf("want %q, got %v", tt.message, err)
		}
	}
}

func TestReadSources(t *testing.T) {
	text := `{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/sources/v3.json"},"results":[
{"unique_id":"source.p.s.t","max_loaded_at":"2025-01-01T10:00:00+00:00","snapshotted_at":"2025-01-01T11:00:00.25Z","max_loaded_at_time_ago_in_s":3600.25,"status":"pass",
"criteria":{"warn_after":{"count":1,"period":"day"},"error_after":null,"filter":null},"adapter_response":{},"timing":[],"thread_id":"t","execution_time":0.1},
{"unique_id":"source.p.s.u","error":"no table","status":"runtime error"}],"elapsed_time":1.5}`
	got, err := DecodeSources("sources.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	a, b := got.Results[0], got.Results[1]
	if a.MaxLoadedAt.Hour() != 10 || a.SnapshotAt.Sub(*a.MaxLoadedAt).Seconds() != 3600.25 || b.MaxLoadedAt != nil || *b.Error != "no table" || got.ElapsedTime != 1.5 {
		t.Errorf("%+v\n%+v", a, b)
	}
	if _, err := DecodeSources("sources.json", []byte(strings.Replace(text, "2025-01-01T10", "x", 1))); err == nil || !strings.Contains(err.Error(), "results.0.max_loaded_at must be an ISO 8601 time") {
		t.Error(err)
	}
}

func FuzzDecodeArtifacts(f *testing.F) {
	f.Add(oldManifest)
	f.Add(`{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/run-results/v6.json"},"results":[{"unique_id":"a","batch_results":{"failed":[["x"]]}}]}`)
	f.Add(`{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/sources/v3.json"},"results":[{"unique_id":"a","max_loaded_at":"2025"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		_, err1 := DecodeManifest("x", []byte(text))
		_, err2 := DecodeRunResults("x", []byte(text))
		_, err3 := DecodeSources("x", []byte(text))
		for _, err := range []error{err1, err2, err3} {
			if _, ok := diag.As(err); err != nil && !ok {
				t.Fatalf("not a diagnostic: %v", err)
			}
		}
	})
}
