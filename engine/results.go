package engine

import "github.com/gdbt-dev/gdbt/engine/run"

// Results is the outcome of a command: one entry for each node, in the order in
// which they ended. Success tells whether all went well, ByID finds an entry.
type Results = run.Results

// Result is the outcome of one node: its status, message, times, what the
// warehouse said of it, and the rows of Show.
type Result = run.Result

// Status is the outcome of a node, spelled as in run_results.json.
type Status = run.Status

// The statuses: models, seeds, snapshots and hooks end with success or error, tests with pass, fail, warn or
// error, exposures with no-op. What was not run because of another is skipped.
const (
	StatusSuccess      = run.Success
	StatusError        = run.Error
	StatusSkipped      = run.Skipped
	StatusPass         = run.Pass
	StatusFail         = run.Fail
	StatusWarn         = run.Warn
	StatusNoOp         = run.NoOp
	StatusRuntimeError = run.RuntimeError
)
