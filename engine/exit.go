package engine

import "errors"

// ErrFailed is the error of a command that ran and has no results to tell what
// failed.
var ErrFailed = errors.New("something failed that ran")

// ExitCode is dbt's exit code for the outcome of a command
// (docs.getdbt.com/reference/exit-codes): 0 when all went well, 1 when something
// that ran failed, 2 when the command could not run or was interrupted.
func ExitCode(r *Results, err error) int {
	switch {
	case errors.Is(err, ErrFailed):
		return 1
	case err != nil, r != nil && r.Interrupted:
		return 2
	case r != nil && !r.Success():
		return 1
	}
	return 0
}
