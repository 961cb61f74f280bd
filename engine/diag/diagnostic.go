package diag

import (
	"errors"
	"fmt"
	"strings"
)

// Severity tells how bad a Diagnostic is.
type Severity uint8

// Severities; the zero value is Error.
const (
	Error Severity = iota
	Warning
	Info
)

// String returns "error", "warning" or "info".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Info:
		return "info"
	}
	return "error"
}

// Categories as dbt prints them at the start of an error.
const (
	CompilationError = "Compilation Error"
	ParsingError     = "Parsing Error"
	RuntimeError     = "Runtime Error"
	DatabaseError    = "Database Error"
	DependencyError  = "Dependency Error"
	ValidationError  = "Validation Error"
	InternalError    = "Internal Error"
	FailFastError    = "FailFast Error"
	UsageError       = "Usage Error"
)

// Frame is one level of the macro call stack, innermost first.
type Frame struct {
	// Name is what was running, for example "macro cents_to_dollars".
	Name string
	File string
	Line int
}

// Diagnostic is one problem that a user can do something about.
type Diagnostic struct {
	Severity Severity
	// Category is dbt's word for the class of the error, see the constants.
	Category string
	// Code is a short stable name for programs, for example "undefined-ref".
	Code string
	// Message says what failed; it may have several lines.
	Message string
	// File is relative to the project where it can be. Line and Column count
	// from 1; 0 means unknown. Column counts characters, not bytes.
	File         string
	Line, Column int
	// Source is the text of the offending line.
	Source string
	Stack  []Frame
	// Hint says what to try.
	Hint string
	// Node is the unique_id of the node at fault and NodePath its file.
	Node, NodePath string
	// Err is the cause, if any.
	Err error
	// Fields are the data of the event that a warning becomes, if it has any.
	Fields map[string]any
}

// New makes an error of a category; args go to fmt.Sprintf when there are any.
func New(category, format string, args ...any) *Diagnostic {
	return &Diagnostic{Category: category, Message: sprintf(format, args)}
}

// Warn makes a warning.
func Warn(code, format string, args ...any) *Diagnostic {
	return &Diagnostic{Severity: Warning, Code: code, Message: sprintf(format, args)}
}

func sprintf(format string, args []any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// As returns the first Diagnostic in err's chain.
func As(err error) (*Diagnostic, bool) {
	var d *Diagnostic
	ok := errors.As(err, &d)
	return d, ok
}

// Wrap returns err's Diagnostic, or a new one of the category around err.
func Wrap(category string, err error) *Diagnostic {
	if d, ok := As(err); ok {
		return d
	}
	return &Diagnostic{Category: category, Message: err.Error(), Err: err}
}

// At sets the place and returns d.
func (d *Diagnostic) At(file string, line, column int) *Diagnostic {
	d.File, d.Line, d.Column = file, line, column
	return d
}

// WithCode sets the code and returns d.
func (d *Diagnostic) WithCode(code string) *Diagnostic {
	d.Code = code
	return d
}

// WithHint sets the hint and returns d.
func (d *Diagnostic) WithHint(format string, args ...any) *Diagnostic {
	d.Hint = sprintf(format, args)
	return d
}

// WithSource takes the offending line out of src by d.Line and returns d.
func (d *Diagnostic) WithSource(src []byte) *Diagnostic {
	d.Source = Snippet(src, d.Line)
	return d
}

// Place is "file:line:column" with the unknown parts left out; "" when there is
// no file.
func (d *Diagnostic) Place() string {
	switch {
	case d.File == "":
		if d.Line > 0 {
			return fmt.Sprintf("line %d", d.Line)
		}
		return ""
	case d.Line <= 0:
		return d.File
	case d.Column <= 0:
		return fmt.Sprintf("%s:%d", d.File, d.Line)
	}
	return fmt.Sprintf("%s:%d:%d", d.File, d.Line, d.Column)
}

// Error is one string with the place in front: "a.yml:3:1: Parsing Error: …".
func (d *Diagnostic) Error() string {
	var b strings.Builder
	if p := d.Place(); p != "" {
		b.WriteString(p)
		b.WriteString(": ")
	}
	if d.Category != "" {
		b.WriteString(d.Category)
		b.WriteString(": ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		b.WriteString(" (")
		b.WriteString(d.Hint)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (d *Diagnostic) Unwrap() error { return d.Err }

// nodeLabel gives "model orders (models/orders.sql)" from the unique id, or from
// "model orders".
func (d *Diagnostic) nodeLabel() string {
	if d.Node == "" {
		return ""
	}
	kind, rest, _ := strings.Cut(d.Node, ".")
	_, name, ok := strings.Cut(rest, ".")
	label := kind + " " + name
	if !ok {
		label = d.Node
	}
	path := d.NodePath
	if path == "" {
		path = d.File
	}
	if path != "" {
		label += " (" + path + ")"
	}
	return label
}

// Text is dbt's form of the error: the category with the node, the message and
// the stack, indented by two spaces. Place, source and hint are left out.
func (d *Diagnostic) Text() string {
	var b strings.Builder
	b.WriteString(d.head())
	for line := range strings.SplitSeq(d.Message, "\n") {
		b.WriteString("\n  ")
		b.WriteString(line)
	}
	for i, f := range d.Stack {
		if again := repeats(d.Stack, i); again > 0 {
			if i+1 == len(d.Stack) || d.Stack[i+1] != f {
				fmt.Fprintf(&b, "\n  > … the same %d more times", again)
			}
			continue
		}
		word := "called by"
		if i == 0 {
			word = "in"
			b.WriteString("\n  ")
		}
		fmt.Fprintf(&b, "\n  > %s %s", word, f.Name)
		if f.File != "" {
			b.WriteString(" (" + f.File)
			if f.Line > 0 {
				fmt.Fprintf(&b, ":%d", f.Line)
			}
			b.WriteString(")")
		}
	}
	return b.String()
}

// maxSame is how many equal frames in a row are printed: recursion that went too
// deep has hundreds.
const maxSame = 3

// repeats tells how many frames up to i are equal beyond maxSame; 0 when i is to
// be printed.
func repeats(stack []Frame, i int) int {
	same := 1
	for j := i; j > 0 && stack[j-1] == stack[i]; j-- {
		same++
	}
	return max(same-maxSame, 0)
}

func (d *Diagnostic) head() string {
	head := d.Category
	if head == "" {
		switch d.Severity {
		case Warning:
			head = "Warning"
		case Info:
			head = "Note"
		default:
			head = RuntimeError
		}
	}
	if label := d.nodeLabel(); label != "" {
		head += " in " + label
	}
	return head
}
