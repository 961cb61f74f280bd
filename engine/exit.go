package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// ErrFailed is the error of a command that ran and has no results to tell what
// failed.
var ErrFailed = errors.New("something failed that ran")

// Exit is how a command ended.
type Exit string

// The ways to end.
const (
	ExitOK          Exit = "ok"          // all went well, warnings included
	ExitFailed      Exit = "failed"      // something that ran failed, or was skipped for it
	ExitRefused     Exit = "refused"     // the command could not run: wrong arguments, project, profile or connection
	ExitInterrupted Exit = "interrupted" // the context was cancelled
)

// Code is dbt's exit code (docs.getdbt.com/reference/exit-codes).
func (e Exit) Code() int {
	switch e {
	case ExitOK:
		return 0
	case ExitFailed:
		return 1
	}
	return 2
}

// ExitOf says how a command with this outcome ended. Either argument may be nil.
func ExitOf(r *Results, err error) Exit {
	switch {
	case errors.Is(err, ErrFailed), err != nil && failedFast(err):
		return ExitFailed
	case errors.Is(err, context.Canceled), r != nil && r.Interrupted:
		return ExitInterrupted
	case err != nil:
		return ExitRefused
	case r != nil && !r.Success():
		return ExitFailed
	}
	return ExitOK
}

// failedFast tells whether a template called exceptions.raise_fail_fast_error: dbt takes it for a run that stopped early,
// even while it parses.
func failedFast(err error) bool {
	return slices.ContainsFunc(diag.Flatten(diag.RuntimeError, err), func(d *diag.Diagnostic) bool { return d.Category == diag.FailFastError })
}

// ExitCode is dbt's exit code for the outcome of a command: 0 when all went well, 1 when something that ran failed, 2
// when the command could not run or was interrupted.
func ExitCode(r *Results, err error) int { return ExitOf(r, err).Code() }
