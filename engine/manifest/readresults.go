package manifest

import (
	"strconv"
	"time"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// RunResults is run_results.json: schema v6, or v4 and v5, which dbt upgrades.
type RunResults struct {
	Metadata    ArtifactMetadata
	Results     []RunResult
	ElapsedTime float64
	// Args are the flags of the invocation, which `retry` starts from.
	Args *yamldoc.Map
}

// ArtifactMetadata heads run_results.json and sources.json.
type ArtifactMetadata struct {
	SchemaVersion, DBTVersion, GeneratedAt, InvocationID string
	// InvocationStartedAt is "" in artifacts of older versions.
	InvocationStartedAt string
	Env                 *yamldoc.Map
}

// Started is when the invocation began, or its artifact was written where that is not said.
func (m ArtifactMetadata) Started() time.Time {
	for _, s := range []string{m.InvocationStartedAt, m.GeneratedAt} {
		if t, ok := isoTime(s); ok {
			return t
		}
	}
	return time.Time{}
}

// RunResult is the outcome of one node of an earlier run.
type RunResult struct {
	UniqueID        string
	Status          string // as in run_results.json: "success", "partial success", "runtime error" …
	Timing          []RunTiming
	ThreadID        string
	ExecutionTime   float64
	AdapterResponse *yamldoc.Map
	Message         *string
	Failures        *int64
	Compiled        *bool
	CompiledCode    *string
	RelationName    *string
	BatchResults    *BatchResults // of a microbatch model
}

// RunTiming is a phase of a node; times are as written.
type RunTiming struct{ Name, StartedAt, CompletedAt string }

// BatchResults are the spans of time, start and end, that a microbatch model built and failed to build.
type BatchResults struct{ Successful, Failed [][2]string }

// ReadRunResults reads run_results.json. Errors are as those of [ReadManifest].
func ReadRunResults(path string) (*RunResults, error) {
	src, err := runResultsKind.load(path)
	if err != nil {
		return nil, err
	}
	return DecodeRunResults(path, src)
}

// DecodeRunResults is [ReadRunResults] for a text that was read from file.
func DecodeRunResults(file string, src []byte) (*RunResults, error) {
	md, version, err := runResultsKind.head(file, src)
	if err != nil {
		return nil, err
	}
	out := &RunResults{Metadata: artifactMetadata(md), Args: yamldoc.NewMap()}
	err = runResultsKind.results(file, src, func(o *obj) {
		r := o.runResult()
		if version <= 5 { // dbt drops what these versions know of it
			r.Compiled, r.CompiledCode, r.RelationName = new(bool), new(string), new(string)
		}
		out.Results = append(out.Results, r)
	}, func(o *obj) {
		out.ElapsedTime = o.number("elapsed_time")
		out.Args = o.dict("args")
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func artifactMetadata(md *yamldoc.Map) ArtifactMetadata {
	env := md.Map("env")
	if env == nil {
		env = yamldoc.NewMap()
	}
	return ArtifactMetadata{
		SchemaVersion: md.Str("dbt_schema_version"), DBTVersion: md.Str("dbt_version"), GeneratedAt: md.Str("generated_at"),
		InvocationID: md.Str("invocation_id"), InvocationStartedAt: md.Str("invocation_started_at"), Env: env,
	}
}

// results reads an artifact with a list of results: one gets each of them, rest the fields beside the list.
func (k artifactKind) results(file string, src []byte, one, rest func(*obj)) error {
	r := yamldoc.NewJSONReader(file, src)
	d := decoder{r: r, section: "results"}
	others := yamldoc.NewMap()
	seen, n := false, 0
	err := r.Object(func(key string) error {
		if key == "results" {
			seen = true
			return r.List(func() error { n++; return d.one(strconv.Itoa(n-1), one) })
		}
		v, err := r.Value()
		others.Set(key, v)
		return err
	})
	if err == nil {
		err = r.End()
	}
	if err == nil {
		o := &obj{Map: others, where: k.schema}
		if !seen {
			o.fail("results", "a list", nil)
		}
		rest(o)
		err = o.err
	}
	return k.bad(file, err)
}

func (o *obj) runResult() RunResult {
	r := RunResult{
		UniqueID: o.text("unique_id"), Status: o.text("status"), ThreadID: o.text("thread_id"), ExecutionTime: o.number("execution_time"),
		AdapterResponse: o.dict("adapter_response"), Message: o.textPtr("message"), Compiled: o.boolPtr("compiled"),
		CompiledCode: o.textPtr("compiled_code"), RelationName: o.textPtr("relation_name"),
	}
	if r.UniqueID == "" {
		o.fail("unique_id", "a text", nil)
	}
	if n, ok := field[int64](o, "failures", "a number"); ok {
		r.Failures = &n
	}
	o.entries("timing", func(t *obj) {
		r.Timing = append(r.Timing, RunTiming{t.text("name"), t.text("started_at"), t.text("completed_at")})
	})
	o.within("batch_results", func(b *obj) {
		r.BatchResults = &BatchResults{Successful: b.spans("successful"), Failed: b.spans("failed")}
	})
	return r
}

func (o *obj) spans(key string) [][2]string {
	var out [][2]string
	for _, l := range o.textLists(key) {
		if len(l) != 2 {
			o.fail(key, "a list of pairs of times", nil)
			return nil
		}
		out = append(out, [2]string{l[0], l[1]})
	}
	return out
}

// Freshness is sources.json, schema v3: what `source freshness` found.
type Freshness struct {
	Metadata    ArtifactMetadata
	Results     []FreshnessResult
	ElapsedTime float64
}

// FreshnessResult is the freshness of one source table. One that failed has Error and the status "runtime error" only.
type FreshnessResult struct {
	UniqueID    string
	Status      string
	Error       *string
	MaxLoadedAt *time.Time
	SnapshotAt  *time.Time
	Age         float64 // seconds
	Criteria    *yamldoc.Map
}

// ReadSources reads sources.json. Errors are as those of [ReadManifest].
func ReadSources(path string) (*Freshness, error) {
	src, err := sourcesKind.load(path)
	if err != nil {
		return nil, err
	}
	return DecodeSources(path, src)
}

// DecodeSources is [ReadSources] for a text that was read from file.
func DecodeSources(file string, src []byte) (*Freshness, error) {
	md, _, err := sourcesKind.head(file, src)
	if err != nil {
		return nil, err
	}
	out := &Freshness{Metadata: artifactMetadata(md)}
	err = sourcesKind.results(file, src, func(o *obj) {
		f := FreshnessResult{
			UniqueID: o.text("unique_id"), Status: o.text("status"), MaxLoadedAt: o.time("max_loaded_at"), SnapshotAt: o.time("snapshotted_at"),
			Age: o.number("max_loaded_at_time_ago_in_s"), Criteria: o.mapping("criteria"),
		}
		if v := o.Value("error"); v != nil { // a text or a number
			s := yamldoc.Text(v)
			f.Error = &s
		}
		if f.UniqueID == "" {
			o.fail("unique_id", "a text", nil)
		}
		out.Results = append(out.Results, f)
	}, func(o *obj) { out.ElapsedTime = o.number("elapsed_time") })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// time reads an ISO 8601 time; one without a zone is in UTC.
func (o *obj) time(key string) *time.Time {
	s := o.textPtr(key)
	if s == nil {
		return nil
	}
	if t, ok := isoTime(*s); ok {
		return &t
	}
	o.fail(key, "an ISO 8601 time", *s)
	return nil
}

func isoTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
