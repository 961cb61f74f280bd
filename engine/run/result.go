package run

import (
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// Status is the outcome of a node, spelled as in run_results.json.
type Status string

// Statuses of results.
const (
	Success Status = "success"
	Error   Status = "error"
	Skipped Status = "skipped"
	Pass    Status = "pass"
	Fail    Status = "fail"
	Warn    Status = "warn"
	NoOp    Status = "no-op"
	// PartialSuccess is a microbatch model some of whose batches failed.
	PartialSuccess Status = "partial success"
	// RuntimeError is a source whose freshness could not be measured.
	RuntimeError Status = "runtime error"
)

// Timing is a phase of a node.
type Timing struct {
	Name               string // "compile" or "execute"
	Started, Completed time.Time
}

// Result is the outcome of one node.
type Result struct {
	previewed bool // by show: dbt writes its response whole

	UniqueID string
	Node     *manifest.Node     // nil for unit tests
	UnitTest *manifest.UnitTest // nil for nodes
	Exposure *manifest.Exposure // nil for nodes
	// SavedQuery is nil for nodes.
	SavedQuery *manifest.Semantic
	// Source is the table whose freshness was measured, Age what came of it.
	Source   *manifest.Source
	Age      *Age
	Status   Status
	Message  *string
	Failures *int
	Timing   []Timing
	Thread   string
	Seconds  float64
	Response *adapter.Response
	// Batches are those of a microbatch model, BatchError is what the first that failed of them failed with.
	Batches    *manifest.BatchResults
	BatchError string
	// Err is what a failed node failed with.
	Err error
	// Table holds the rows of show and the failing rows of --show.
	Table *adapter.Table
}

func (r *Result) failed() bool {
	return r.Status == Error || r.Status == Fail || r.Status == RuntimeError
}

// ok tells whether a result leaves the exit code at 0 (docs.getdbt.com/reference/exit-codes).
func (r *Result) ok() bool {
	return !r.failed() && r.Status != PartialSuccess && (r.Status != Skipped || r.Exposure != nil)
}

func text(s string) *string { return &s }

// Results is the outcome of an invocation.
type Results struct {
	Results   []*Result
	Elapsed   time.Duration
	Generated time.Time
	// Interrupted tells that the run was cancelled.
	Interrupted bool
}

// Success tells whether every node went well.
func (r *Results) Success() bool {
	for _, x := range r.Results {
		if !x.ok() {
			return false
		}
	}
	return !r.Interrupted
}

// ByID finds the result of a node, or nil.
func (r *Results) ByID(id string) *Result {
	for _, x := range r.Results {
		if x.UniqueID == id {
			return x
		}
	}
	return nil
}
