package dbtjinja

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
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
		d.Code, d.Hint = je.Kind.String(), je.Hint
	}
	if d.Category == diag.FailFastError {
		return d // it is about the node, not about the macro that noticed
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

// ExplainUndefined adds dbt's words and the nearest names to the error of a name
// that means nothing in the nodes of a package, or an attribute that isn't there.
func (s *Session) ExplainUndefined(err error, d *diag.Diagnostic, pkg string) {
	var je *jinja.Error
	if !errors.As(err, &je) || je.Kind != jinja.UndefinedErr || strings.HasSuffix(d.Message, callOfNothing) {
		return
	}
	name := je.Of == nil && strings.HasSuffix(d.Message, "is undefined")
	if name {
		d.Code = "undefined-name"
	}
	// dbt leaves the words out where a macro of the user is in between.
	if name || !slices.ContainsFunc(d.Stack, func(f diag.Frame) bool { return f.File != "" && !s.IsBuiltIn(f.File) }) {
		d.Message += callOfNothing
	}
	switch {
	case d.Hint != "" || je.Name == "":
	case name:
		d.Hint = diag.DidYouMean(je.Name, slices.AppendSeq(append(s.Library.Names(pkg), memberNames...), maps.Keys(s.base)))
	default:
		d.Hint = diag.DidYouMean(je.Name, attributes(je.Of))
	}
}

const callOfNothing = ". This can happen when calling a macro that does not exist. Check for typos and/or install package dependencies with \"dbt deps\"."

// attributes lists the names in a value, as far as they can be told.
func attributes(v jinja.Value) []string {
	var out []string
	switch v := v.(type) {
	case *jinja.Dict:
		for _, k := range v.Keys() {
			if name, ok := jinja.AsString(k); ok {
				out = append(out, name)
			}
		}
	case *packageSpace:
		out = sortedKeys(v.macros)
	case interface{ attributeNames() []string }:
		out = v.attributeNames()
	case *values.Relation:
		out = values.RelationFields
	}
	return out
}
