package jinja

import (
	"errors"
	"strconv"
	"strings"
)

// ErrorKind sorts errors by what went wrong.
type ErrorKind uint8

const (
	// Runtime is an error while rendering: a wrong type, a failing host function.
	Runtime ErrorKind = iota
	// Syntax is an error in the text of the template.
	Syntax
	// UndefinedErr is the use of something that does not exist.
	UndefinedErr
	// Limit is a template that ran too long, too deep or grew too large.
	Limit
)

func (k ErrorKind) String() string {
	return [...]string{"runtime", "syntax", "undefined", "limit"}[k]
}

// Frame is one macro call of the call stack.
type Frame struct {
	Macro string // name of the called macro
	File  string // file of the call
	Line  int    // line of the call
}

// Error is every error of this package. Errors that host functions return are
// wrapped in one (Cause), so that errors.As and errors.Is find them.
type Error struct {
	Kind       ErrorKind
	Type       string // Python's exception type, e.g. TypeError; may be empty
	Msg        string
	Hint       string // what to try; may be empty
	Name       string // the missing name, for UndefinedErr; else empty
	Of         Value  // what has no such attribute or item, for UndefinedErr; nil for a variable
	File       string
	Line       int // from 1; 0 if unknown
	Column     int // in characters, from 1
	SourceLine string
	Stack      []Frame // macro calls, innermost first
	Cause      error
}

// Error gives file, line, column and message in one line.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		b.WriteByte(':')
	}
	b.WriteString(strconv.Itoa(e.Line))
	if e.Column > 0 {
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(e.Column))
	}
	b.WriteString(": ")
	b.WriteString(e.Msg)
	return b.String()
}

// Unwrap gives the host's error, if there is one.
func (e *Error) Unwrap() error { return e.Cause }

// raise makes an error as if Python had raised an exception of this type.
func raise(typ, msg string) *Error { return &Error{Type: typ, Msg: msg} }

// Raise makes a runtime error with the name of a Python exception type, for
// host functions that fail as Python's do.
func Raise(typ, msg string) error { return raise(typ, msg) }

func limitErr(msg string) *Error { return &Error{Kind: Limit, Msg: msg} }

// isRaised tells whether err is a Python-like exception of one of the types.
func isRaised(err error, types ...string) bool {
	var e *Error
	if !errors.As(err, &e) || e.Kind == Limit {
		return false
	}
	for _, t := range types {
		if e.Type == t {
			return true
		}
	}
	return false
}

// returnSignal unwinds to the nearest Macro.Call.
type returnSignal struct {
	value Value
}

func (*returnSignal) Error() string { return "return() was called outside of a macro" }

// Return is the error with which a host function (dbt's `return`) ends the
// macro that calls it: the nearest Macro.Call gives v as its result.
// Bodies of call blocks do not catch it.
func Return(v Value) error { return &returnSignal{v} }

// ReturnValue tells whether err is one made by [Return], and gives its value.
func ReturnValue(err error) (Value, bool) {
	var r *returnSignal
	if errors.As(err, &r) {
		return r.value, true
	}
	return nil, false
}
