package diag

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
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
	// Config is the config of the node that is at fault; its place is looked up where the node sets it.
	Config string
	// Property leads to what is at fault in the property file of the node, for example columns, id, data_type.
	Property []string
	// Word is what is at fault in the node's own text.
	Word string
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
	top := b.Len()
	for i := 0; i < len(d.Stack); {
		length, again := circle(d.Stack[i:])
		for _, f := range d.Stack[i : i+length*min(again+1, maxSame)] {
			word := "called by"
			if b.Len() == top {
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
		if again >= maxSame {
			fmt.Fprintf(&b, "\n  > … the same %d more times", again+1-maxSame)
		}
		i += length * (again + 1)
	}
	return b.String()
}

// maxSame is how often the same frames are printed in a row: recursion that went
// too deep has hundreds. maxCircle is how many macros may call each other in it.
const (
	maxSame   = 3
	maxCircle = 8
)

// circle tells how many frames at the start of the stack come again right behind
// them more often than are printed, and how often; 1 and 0 when none do.
func circle(stack []Frame) (length, again int) {
	for length = 1; length <= maxCircle && 2*length <= len(stack); length++ {
		for again = 0; (again+2)*length <= len(stack) && slices.Equal(stack[:length], stack[(again+1)*length:(again+2)*length]); again++ {
		}
		if again >= maxSame {
			return length, again
		}
	}
	return 1, 0
}

// FillSource takes the offending line out of the file, which read gives, where that
// has not been done. A line of a profile that may hold a secret is left out.
func (d *Diagnostic) FillSource(read func(file string) ([]byte, error)) {
	if d.Source != "" || d.File == "" || d.Line <= 0 {
		return
	}
	src, err := read(d.File)
	if err != nil {
		return // the place alone says where
	}
	source := Snippet(src, d.Line)
	if path.Base(d.File) == "profiles.yml" && secretKey.MatchString(source) {
		return
	}
	d.Source = source
}

var secretKey = regexp.MustCompile(`(?i)pass|secret|token|key|credential|env_var|://`)

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
