package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Limits bound what a document may cost. A zero field takes the default.
type Limits struct {
	// MaxBytes is the size of the text, 64 MiB by default.
	MaxBytes int
	// MaxDepth is the nesting, 500 by default.
	MaxDepth int
	// MaxAliasNodes is how many nodes aliases may add in all, 200,000 by default.
	MaxAliasNodes int
}

func (l Limits) orDefault() Limits {
	if l.MaxBytes == 0 {
		l.MaxBytes = 64 << 20
	}
	if l.MaxDepth == 0 {
		l.MaxDepth = 500
	}
	if l.MaxAliasNodes == 0 {
		l.MaxAliasNodes = 200_000
	}
	return l
}

// Duplicate is a key that stands twice in one mapping; the later value wins.
type Duplicate struct {
	Key          string
	Line, Column int
	// FirstLine is where the key stood before.
	FirstLine int
}

// Document is one parsed YAML file. It is read-only and may be shared.
type Document struct {
	// File names the document in errors.
	File string
	Src  []byte
	// Root is the top node, nil when the document is empty.
	Root *Node
	// Duplicates lists repeated keys in the order of the file.
	Duplicates []Duplicate

	limits Limits
}

// Parse reads one document. Errors are *diag.Diagnostic of category Runtime Error
// with dbt's text ("Syntax error near line 3"), the place and the source line.
func Parse(file string, src []byte, limits Limits) (*Document, error) {
	d := &Document{File: file, Src: src, limits: limits.orDefault()}
	if len(src) > d.limits.MaxBytes {
		return nil, diag.New(diag.RuntimeError, "The file is %d bytes long; at most %d are read as YAML", len(src), d.limits.MaxBytes).
			WithCode("yaml-limit").At(file, 0, 0)
	}
	if err := CheckUTF8(file, src); err != nil {
		return nil, err
	}
	// A byte order mark is no content; PyYAML and yaml.v3 agree on that.
	dec := yaml.NewDecoder(bytes.NewReader(src))
	root, err := decode(dec)
	if err == nil && root != nil {
		var second *yaml.Node
		second, err = decode(dec)
		if err == nil && second != nil {
			return nil, d.syntaxError("expected a single document in the stream, but found another document", second.Line, second.Column)
		}
	}
	if err != nil {
		return nil, d.wrapSyntax(err)
	}
	if root == nil || len(root.Content) == 0 {
		return d, nil
	}
	d.Root = &Node{}
	if err := (&nodes{doc: d}).fill(d.Root, root.Content[0], 1); err != nil {
		return nil, err
	}
	d.findDuplicates(d.Root)
	return d, nil
}

// decode reads the next document node; nil at the end. yaml.v3 panics on a few
// malformed inputs, which is an error of the input here.
func decode(dec *yaml.Decoder) (n *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = nil, fmt.Errorf("yaml: the parser gave up: %v", r)
		}
	}()
	n = &yaml.Node{}
	if err := dec.Decode(n); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	return n, nil
}

// ParseFile reads a file; its text in errors is name.
func ParseFile(path, name string, limits Limits) (*Document, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, &diag.Diagnostic{Category: diag.RuntimeError, Code: "io", File: name, Err: err,
			Message: "Could not read " + name + ": " + plainIOError(err)}
	}
	return Parse(name, src, limits)
}

// plainIOError leaves the absolute path out.
func plainIOError(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// CheckUTF8 returns a diagnostic with the place of the first byte that is not UTF-8.
func CheckUTF8(file string, src []byte) error {
	if utf8.Valid(src) {
		return nil
	}
	off := 0
	for off < len(src) {
		r, size := utf8.DecodeRune(src[off:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		off += size
	}
	line, col := diag.Position(src, off)
	return diag.New(diag.RuntimeError, "'utf-8' codec can't decode byte 0x%02x in position %d: the file is not valid UTF-8", src[off], off).
		WithCode("invalid-utf8").At(file, line, col).WithSource(src).
		WithHint("save the file with the encoding UTF-8")
}

// findDuplicates finds the repeated keys of all mappings below n, in the order of the file.
func (d *Document) findDuplicates(n *Node) {
	if n.kind == yaml.MappingNode {
		d.duplicatesOf(n)
	}
	for i := range n.Content {
		d.findDuplicates(&n.Content[i])
	}
}

func (d *Document) duplicatesOf(n *Node) {
	dup := func(i, j int) {
		k := &n.Content[i]
		d.Duplicates = append(d.Duplicates, Duplicate{Key: k.Value, Line: k.Line, Column: k.Column, FirstLine: n.Content[j].Line})
	}
	if len(n.Content) <= 32 {
		for i := 2; i < len(n.Content); i += 2 {
			for j := 0; j < i; j += 2 {
				if sameKey(&n.Content[i], &n.Content[j]) {
					dup(i, j)
					break
				}
			}
		}
		return
	}
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i < len(n.Content); i += 2 {
		k := &n.Content[i]
		if k.kind != yaml.ScalarNode || isMerge(k) {
			continue
		}
		if j, ok := seen[k.Value]; ok && sameKey(k, &n.Content[j]) {
			dup(i, j)
			continue
		}
		seen[k.Value] = i
	}
}

func sameKey(a, b *Node) bool {
	return a.kind == yaml.ScalarNode && b.kind == yaml.ScalarNode && a.Value == b.Value &&
		!isMerge(a) && isString(a) == isString(b)
}

// isString tells whether a scalar is a string by its style or its text.
func isString(n *Node) bool {
	if n.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return true
	}
	if n.style&yaml.TaggedStyle != 0 {
		return n.shortTag() == "!!str"
	}
	v, err := ResolvePlain(n.Value)
	_, ok := v.(string)
	return ok && err == nil
}

func isMerge(n *Node) bool {
	return n.kind == yaml.ScalarNode && n.Value == "<<" && (n.style == 0 || n.style&yaml.TaggedStyle != 0 && n.shortTag() == "!!merge")
}

// Errorf makes an error at a node, with its source line.
func (d *Document) Errorf(n *Node, category, format string, args ...any) *diag.Diagnostic {
	e := diag.New(category, format, args...).At(d.File, 0, 0)
	if n != nil {
		e.At(d.File, n.Line, n.Column).WithSource(d.Src)
	}
	return e
}

// wrapSyntax turns an error of yaml.v3 into a diagnostic.
func (d *Document) wrapSyntax(err error) *diag.Diagnostic {
	line, problem := splitYAMLError(err)
	col := 0
	if name, ok := strings.CutPrefix(problem, "unknown anchor '"); ok {
		name, _, _ = strings.Cut(name, "'")
		line, col = diag.Position(d.Src, max(0, bytes.Index(d.Src, []byte("*"+name))))
	} else {
		line, col = d.locate(max(line, 1))
	}
	e := d.syntaxError(problem, line, col)
	e.Err = err
	return e
}

func splitYAMLError(err error) (line int, problem string) {
	problem = strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(problem, "line "); ok {
		if _, e := fmt.Sscanf(rest, "%d:", &line); e == nil {
			_, problem, _ = strings.Cut(rest, ": ")
		}
	}
	return line, problem
}

// Searching for the column of an error parses the text before it again and
// again; these bounds keep that below a second.
const (
	maxLocate      = 64 << 10
	maxLocateLines = 60
	maxLocateCols  = 400
)

// locate finds line and column of a syntax error. yaml.v3 tells a line only, and
// often that of the surrounding construct. The problem is right behind the longest
// beginning of the text that is valid: what comes later can't mend it.
func (d *Document) locate(line int) (int, int) {
	starts := []int{0}
	for i, c := range d.Src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	lineEnd := func(l int) int {
		if l < len(starts) {
			return starts[l]
		}
		return len(d.Src)
	}
	valid := func(end int) bool {
		if end > maxLocate {
			return false
		}
		n, err := decode(yaml.NewDecoder(bytes.NewReader(d.Src[:end])))
		return err == nil || n != nil
	}
	bad := 0
	for l := max(line-2, 0); l <= min(line+maxLocateLines, len(starts)); l++ {
		if valid(lineEnd(l)) {
			bad = l + 1
		}
	}
	if bad == 0 || bad > len(starts) {
		return line, 0
	}
	start := starts[bad-1]
	text := d.Src[start:lineEnd(bad)]
	col, chars := 1, 0
	for i := 0; i < len(text) && chars < maxLocateCols; {
		_, size := utf8.DecodeRune(text[i:])
		i += size
		chars++
		if valid(start + i) {
			col = chars + 1
		}
	}
	return bad, col
}

// syntaxError has dbt's text: lines around the place and the raw error.
func (d *Document) syntaxError(problem string, line, column int) *diag.Diagnostic {
	if line <= 0 {
		line = 1
	}
	lines := strings.Split(string(d.Src), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "Syntax error near line %d\n------------------------------\n", line)
	for i := max(line-4, 0); i < min(line+3, len(lines)); i++ {
		text := strings.TrimSuffix(lines[i], "\r")
		if r := []rune(text); len(r) > 200 {
			text = string(r[:200]) + "…"
		}
		fmt.Fprintf(&b, "%-3d| %s\n", i+1, text)
	}
	b.WriteString("\nRaw Error:\n------------------------------\n" + problem)
	fmt.Fprintf(&b, "\n  in \"<unicode string>\", line %d", line)
	if column > 0 {
		fmt.Fprintf(&b, ", column %d", column)
	}
	e := diag.New(diag.RuntimeError, "%s", b.String()).WithCode("yaml-syntax").At(d.File, line, column).WithSource(d.Src)
	e.Hint = syntaxHint(problem, e.Source)
	return e
}

func syntaxHint(problem, source string) string {
	switch {
	case strings.Contains(source, "\t") && strings.Contains(problem, "cannot start any token"):
		return "YAML is indented with spaces, never with tabs"
	case strings.Contains(source, "{{") && (strings.Contains(problem, "did not find expected") || strings.Contains(problem, "invalid map key") || strings.Contains(problem, "unhashable")):
		return `a value that starts with "{{" must be in quotes`
	case strings.Contains(problem, "did not find expected ',' or ']'"):
		return "the list that opens here with [ is not closed, or a comma is missing in it"
	case strings.Contains(problem, "did not find expected ',' or '}'"):
		return "the mapping that opens here with { is not closed, or a comma is missing in it"
	case strings.Contains(problem, "mapping values are not allowed"):
		return `put a text that contains ": " in quotes`
	case strings.Contains(problem, "did not find expected '-' indicator"):
		return "this line stands in another column than the keys that it belongs to: the keys of an element stand below each other"
	case strings.Contains(problem, "did not find expected key"), strings.Contains(problem, "could not find expected ':'"):
		return "look at the indentation of this line and the one before"
	case strings.Contains(problem, "found unexpected end of stream"):
		return "a quote or bracket is opened here and never closed"
	case strings.Contains(problem, "cannot start any token"):
		return "a text that starts with this character must be in quotes"
	}
	return ""
}

// Deref follows an alias to its anchor.
func Deref(n *Node) *Node {
	for i := 0; n != nil && n.kind == yaml.AliasNode && i < 100; i++ {
		n = n.aliased()
	}
	return n
}

// Inside turns a place in the text of a scalar (line and column from 1) into one of the file, also where the text is folded,
// indented or quoted: the word at the place is looked up behind the scalar's start. Where escapes make that impossible the
// scalar's own place is returned; column 0 means unknown.
func (d *Document) Inside(n *Node, line, column int) (int, int) {
	if n == nil {
		return 0, 0
	}
	if n.kind != yaml.ScalarNode || line < 1 {
		return n.Line, n.Column
	}
	text := n.Value
	at := diag.Offset([]byte(text), line, column)
	word, back := wordAt(text[at:]), 0
	for word == "" && at > 0 { // the end of the text or a break: what stands before
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at, back = at-size, back+1
		word = wordAt(text[at:])
	}
	if word == "" {
		return n.Line, n.Column
	}
	start := diag.Offset(d.Src, n.Line, n.Column)
	for again := strings.Count(text[:at], word); ; again-- {
		i := strings.Index(string(d.Src[start:]), word)
		if i < 0 {
			return n.Line, n.Column
		}
		start += i
		if again == 0 {
			line, column := diag.Position(d.Src, start)
			return line, column + back
		}
		start += len(word)
	}
}

// wordAt is what a text begins with up to the next character that YAML may write in another way.
func wordAt(s string) string {
	if i := strings.IndexAny(s, " \t\r\n\"'\\"); i >= 0 {
		return s[:i]
	}
	return s
}

// FindText finds a scalar by its text; white space at its end doesn't count.
func (d *Document) FindText(text string) *Node {
	text = strings.TrimSpace(text)
	var walk func(n *Node) *Node
	walk = func(n *Node) *Node {
		if n == nil {
			return nil
		}
		if len(n.Content) == 0 && strings.TrimSpace(n.Value) == text {
			return n
		}
		for i := range n.Content {
			if f := walk(&n.Content[i]); f != nil {
				return f
			}
		}
		return nil
	}
	return walk(d.Root)
}

// IsMap tells whether a node is a mapping.
func IsMap(n *Node) bool { n = Deref(n); return n != nil && n.kind == yaml.MappingNode }

// IsList tells whether a node is a sequence.
func IsList(n *Node) bool { n = Deref(n); return n != nil && n.kind == yaml.SequenceNode }

// Find walks from a node along keys (string) and list positions (int) and returns
// the node there, nil when there is none. Of repeated keys the last counts; merged
// keys are found too. A nil start means the root.
func (d *Document) Find(from *Node, path ...any) *Node {
	n := from
	if n == nil {
		n = d.Root
	}
	for _, p := range path {
		n = Deref(n)
		if n == nil {
			return nil
		}
		switch p := p.(type) {
		case int:
			if n.kind != yaml.SequenceNode || p < 0 || p >= len(n.Content) {
				return nil
			}
			n = &n.Content[p]
		case string:
			_, n = lookup(n, p, 0)
		default:
			return nil
		}
	}
	return n
}

// FindKey is Find, but returns the node of the last key instead of its value.
func (d *Document) FindKey(from *Node, path ...any) *Node {
	if len(path) == 0 {
		return from
	}
	n := Deref(d.Find(from, path[:len(path)-1]...))
	key, ok := path[len(path)-1].(string)
	if !ok || n == nil {
		return d.Find(from, path...)
	}
	k, _ := lookup(n, key, 0)
	return k
}

// Nearest is Find that stops at the last node there is, for the place of an error.
func (d *Document) Nearest(from *Node, path ...any) *Node {
	for i := len(path); i > 0; i-- {
		if n := d.FindKey(from, path[:i]...); n != nil {
			return n
		}
	}
	if from != nil {
		return from
	}
	return d.Root
}

func lookup(n *Node, key string, depth int) (k, v *Node) {
	if n == nil || n.kind != yaml.MappingNode || depth > 50 {
		return nil, nil
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		if c := &n.Content[i]; c.kind == yaml.ScalarNode && c.Value == key && !isMerge(c) {
			return c, &n.Content[i+1]
		}
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		if !isMerge(&n.Content[i]) {
			continue
		}
		from := Deref(&n.Content[i+1])
		if from.kind == yaml.SequenceNode {
			for i := range from.Content {
				if k, v := lookup(Deref(&from.Content[i]), key, depth+1); k != nil {
					return k, v
				}
			}
		} else if k, v := lookup(from, key, depth+1); k != nil {
			return k, v
		}
	}
	return nil, nil
}

// UnknownKeys reports the keys of a mapping that are not known, each with its
// place and the nearest known names. what names the mapping in the message.
func (d *Document) UnknownKeys(n *Node, what string, known ...string) []*diag.Diagnostic {
	n = Deref(n)
	if n == nil || n.kind != yaml.MappingNode {
		return nil
	}
	var out []*diag.Diagnostic
	for i := 0; i < len(n.Content); i += 2 {
		k := &n.Content[i]
		if isMerge(k) || k.kind == yaml.ScalarNode && slices.Contains(known, k.Value) {
			continue
		}
		e := d.Errorf(k, diag.ParsingError, "Unknown key '%s' in %s", k.Value, what).WithCode("unknown-key")
		e.Hint = diag.DidYouMean(k.Value, known)
		out = append(out, e)
	}
	return out
}
