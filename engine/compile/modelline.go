package compile

import (
	"strings"

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
		return 0, 0, "", false
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

// trimmedSuffix tells whether a statement's line is a model's line with
// something in front of it or behind it, as after "create view … as (".
func trimmedSuffix(statementLine, modelLine string) bool {
	m := strings.TrimSpace(modelLine)
	return len(m) > 3 && strings.HasSuffix(statementLine, m)
}
