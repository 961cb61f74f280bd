package selector

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Indirect says when a test is selected because of its parents.
type Indirect string

// Indirect selection modes.
const (
	Eager     Indirect = "eager"     // any parent is selected
	Cautious  Indirect = "cautious"  // all parents are selected
	Buildable Indirect = "buildable" // all parents are selected, ancestors of selected nodes, or sources
	Empty     Indirect = "empty"     // never
)

// ParseIndirect reads a mode; "" is Eager.
func ParseIndirect(s string) (Indirect, error) {
	switch i := Indirect(strings.ToLower(s)); i {
	case "":
		return Eager, nil
	case Eager, Cautious, Buildable, Empty:
		return i, nil
	}
	modes := []string{string(Eager), string(Cautious), string(Buildable), string(Empty)}
	d := diag.New(diag.RuntimeError, "'%s' is not a valid IndirectSelection", s).WithCode("bad-selector")
	if d.Hint = diag.DidYouMean(s, modes); d.Hint == "" {
		d.Hint = "valid modes: " + strings.Join(modes, ", ")
	}
	return "", d
}

// Spec is a [*Criterion] or a [*Group].
type Spec interface{ spec() }

// Unlimited is the depth of a "+" without a number.
const Unlimited = -1

// Criterion is one term: a method with its value and graph operators.
type Criterion struct {
	// Raw is the term as written.
	Raw string
	// Method is the name before the first dot, Args the parts after it.
	Method string
	Args   []string
	// Value is a string; in YAML it may be a boolean or a number.
	Value any
	// ChildrensParents is "@": descendants and all their ancestors.
	ChildrensParents bool
	// Parents and Children with their depths, Unlimited without a number.
	Parents, Children           bool
	ParentsDepth, ChildrenDepth int
	Indirect                    Indirect
}

// Op combines the components of a Group.
type Op uint8

// Ways to combine.
const (
	Union Op = iota
	Intersection
	Difference // the first component without the others
)

// Group combines specs.
type Group struct {
	Op         Op
	Components []Spec
	Indirect   Indirect
	// ExpectExists asks for a warning when nothing is selected; Raw is what the
	// warning quotes.
	ExpectExists bool
	Raw          string
}

func (*Criterion) spec() {}
func (*Group) spec()     {}

// methods are the names that may stand before the colon.
var methods = []string{
	"fqn", "tag", "group", "access", "source", "path", "file", "package", "config", "test_name", "test_type",
	"resource_type", "state", "exposure", "metric", "result", "source_status", "version", "semantic_model",
	"saved_query", "unit_test", selectorMethod,
}

// selectorMethod takes the selectors of selectors.yml whose name matches (dbt 1.12).
const selectorMethod = "selector"

// Methods lists the names of the selector methods.
func Methods() []string { return slices.Clone(methods) }

// DefaultIncludes is what is selected when nothing is asked for.
var defaultIncludes = []string{"fqn:*", "source:*", "exposure:*", "metric:*", "semantic_model:*"}

// ParseArgs reads --select and --exclude. Each element may hold several terms
// separated by blanks; terms are joined by "," into intersections. A nil include
// selects everything. mode is --indirect-selection.
func ParseArgs(include, exclude []string, mode Indirect) (Spec, error) {
	expect := include != nil
	if !expect {
		include = defaultIncludes
	}
	in, err := parseUnion(include, expect, mode)
	if err != nil {
		return nil, err
	}
	out, err := parseUnion(exclude, true, mode)
	if err != nil {
		return nil, err
	}
	return &Group{Op: Difference, Components: []Spec{in, out}, Indirect: Eager}, nil
}

func parseUnion(terms []string, expect bool, mode Indirect) (*Group, error) {
	g := &Group{Op: Union, Indirect: mode, Raw: strings.Join(terms, " ")}
	for _, t := range terms {
		for _, raw := range strings.Fields(t) {
			part := &Group{Op: Intersection, ExpectExists: expect, Raw: raw, Indirect: mode}
			for _, one := range strings.Split(raw, ",") {
				c, err := ParseCriterion(one, mode)
				if err != nil {
					return nil, err
				}
				part.Components = append(part.Components, c)
			}
			g.Components = append(g.Components, part)
		}
	}
	return g, nil
}

// ParseCriterion reads one term: [@][N+][method[.args]:]value[+[N]].
func ParseCriterion(raw string, mode Indirect) (*Criterion, error) {
	c := &Criterion{Raw: raw, ParentsDepth: Unlimited, ChildrenDepth: Unlimited, Indirect: mode}
	rest := raw
	rest, c.ChildrensParents = strings.CutPrefix(rest, "@")
	if n := digits(rest); n < len(rest) && rest[n] == '+' {
		c.Parents = true
		if n > 0 {
			depth, err := parseDepth(raw, rest[:n])
			if err != nil {
				return nil, err
			}
			c.ParentsDepth = depth
		}
		rest = rest[n+1:]
	}
	// The text before the first colon is a method when it could be a name.
	if method, value, ok := strings.Cut(rest, ":"); ok && isMethodText(method) {
		parts := strings.Split(method, ".")
		c.Method, c.Args, rest = parts[0], parts[1:], value
		if err := checkMethod(c.Method, raw); err != nil {
			return nil, err
		}
	}
	if plus := strings.LastIndexByte(rest, '+'); plus >= 0 && digits(rest[plus+1:]) == len(rest)-plus-1 {
		c.Children = true
		if depth := rest[plus+1:]; depth != "" {
			n, err := parseDepth(raw, depth)
			if err != nil {
				return nil, err
			}
			c.ChildrenDepth = n
		}
		rest = rest[:plus]
	}
	c.Value = rest
	if c.Method == "" {
		c.Method = defaultMethod(rest)
	}
	return c, c.check()
}

func (c *Criterion) check() error {
	if c.Children && c.ChildrensParents {
		return diag.New(diag.RuntimeError, `Invalid node spec %s - "@" prefix and "+" suffix are incompatible`, c.Raw).WithCode("bad-selector").
			WithHint(`"@" already takes the children; leave the "+" out`)
	}
	return nil
}

func parseDepth(raw, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, diag.New(diag.RuntimeError, "Invalid node spec - could not handle parent depth %s", s).WithCode("bad-selector").
			WithHint("in the selector '%s'", raw)
	}
	return n, nil
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// isMethodText tells whether s consists of word characters and dots.
func isMethodText(s string) bool {
	for _, r := range s {
		if !(r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80) {
			return false
		}
	}
	return s != ""
}

func checkMethod(name, raw string) error {
	if slices.Contains(methods, name) {
		return nil
	}
	d := diag.New(diag.RuntimeError, "'%s' is not a valid method name", name).WithCode("bad-selector")
	if d.Hint = diag.DidYouMean(name, methods); d.Hint == "" {
		d.Hint = "valid methods: " + strings.Join(methods, ", ")
	}
	d.Hint = fmt.Sprintf("in the selector '%s': %s", raw, d.Hint)
	return d
}

// defaultMethod is the method of a term without one.
func defaultMethod(value string) string {
	lower := strings.ToLower(value)
	switch {
	case strings.Contains(value, "/"):
		return "path"
	case strings.HasSuffix(lower, ".sql"), strings.HasSuffix(lower, ".py"), strings.HasSuffix(lower, ".csv"):
		return "file"
	}
	return "fqn"
}
