package compile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// ModelLine finds the line of a model's own text that a line of a statement
// came from. The line counts when its text stands unchanged in the model; of
// several such lines the one with the same number of like lines before it is
// meant. source is the model's line.
func ModelLine(n *manifest.Node, statement string, line, column int) (modelLine, modelColumn int, source string, ok bool) {
	lines := strings.Split(statement, "\n")
	if line < 1 || line > len(lines) {
		return 0, 0, "", false
	}
	want := strings.TrimSpace(lines[line-1])
	if want == "" {
		return 0, 0, "", false
	}
	nth := 0
	for _, l := range lines[:line-1] {
		if strings.Contains(l, want) {
			nth++
		}
	}
	model := strings.Split(n.RawCode, "\n")
	var hits []int
	for i, l := range model {
		if strings.Contains(l, want) || trimmedSuffix(want, l) {
			hits = append(hits, i)
		}
	}
	if len(hits) == 0 {
		return renderedLine(n, model, want, column-(len(lines[line-1])-len(strings.TrimLeft(lines[line-1], " \t"))))
	}
	hit := hits[min(nth, len(hits)-1)]
	source = model[hit]
	indent := len(lines[line-1]) - len(strings.TrimLeft(lines[line-1], " \t"))
	at := strings.Index(source, want)
	if at >= 0 {
		modelColumn = max(1, column-indent+len([]rune(source[:at])))
	}
	return hit + max(n.Line, 1), modelColumn, source, true
}

// renderedLine finds the one line of the model that gives a statement's line when its expressions are rendered: what
// stands around them is the same. The column is known as far as the first expression.
func renderedLine(n *manifest.Node, model []string, want string, column int) (line, modelColumn int, source string, ok bool) {
	hit := -1
	for i, l := range model {
		parts := expression.Split(strings.TrimSpace(l), -1)
		if len(parts) < 2 || len(strings.TrimSpace(strings.Join(parts, ""))) < 4 || !fits(want, parts) {
			continue
		}
		if hit >= 0 {
			return 0, 0, "", false
		}
		hit = i
	}
	if hit < 0 {
		return 0, 0, "", false
	}
	source = model[hit]
	indent := len(source) - len(strings.TrimLeft(source, " \t"))
	if column <= len([]rune(expression.Split(strings.TrimSpace(source), -1)[0])) {
		modelColumn = max(1, column+indent)
	}
	return hit + max(n.Line, 1), modelColumn, source, true
}

var expression = regexp.MustCompile(`\{\{.*?\}\}`)

// fits tells whether a text consists of the parts, in order, with anything between them.
func fits(text string, parts []string) bool {
	text, ok := strings.CutPrefix(text, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		text, ok = after, ok && found
	}
	return ok && strings.HasSuffix(text, parts[len(parts)-1])
}

// LastLine is the last line of a model's own text that says something.
func LastLine(n *manifest.Node) (line int, source string) {
	lines := strings.Split(n.RawCode, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.TrimSpace(lines[i]) != "" {
			return i + max(n.Line, 1), lines[i]
		}
	}
	return max(n.Line, 1), ""
}

// WordPlace finds a word in a node's own text; of several the last, where a column gets its name. Comments don't count.
func WordPlace(n *manifest.Node, word string) (line, column int, source string, ok bool) {
	if word == "" || n.TestMetadata != nil {
		return 0, 0, "", false
	}
	lines := strings.Split(n.RawCode, "\n")
	for i, l := range slices.Backward(lines) {
		code, _, _ := strings.Cut(l, "--")
		if at := diag.FindWord(code, word); at >= 0 {
			return i + max(n.Line, 1), len([]rune(l[:at])) + 1, l, true
		}
	}
	return 0, 0, "", false
}

// trimmedSuffix tells whether a statement's line is a model's line with
// something in front of it or behind it, as after "create view … as (".
func trimmedSuffix(statementLine, modelLine string) bool {
	m := strings.TrimSpace(modelLine)
	return len(m) > 3 && strings.HasSuffix(statementLine, m)
}
