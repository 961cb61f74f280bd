package dbtjinja

import (
	"errors"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// Diagnose turns an error of the template engine into a diagnostic. A
// diagnostic raised by a host function keeps its category and words and gets the
// place of the call.
func Diagnose(je *jinja.Error, category string) *diag.Diagnostic {
	var d *diag.Diagnostic
	if errors.As(je.Cause, &d) {
		c := *d
		d = &c
	} else {
		d = diag.New(category, "%s", je.Msg)
		d.Err = je
		d.Code = je.Kind.String()
	}
	if d.File == "" {
		d.File, d.Line, d.Column, d.Source = je.File, je.Line, je.Column, je.SourceLine
	}
	if len(d.Stack) == 0 {
		for _, f := range je.Stack {
			d.Stack = append(d.Stack, diag.Frame{Name: "macro " + f.Macro, File: f.File, Line: f.Line})
		}
	}
	return d
}
