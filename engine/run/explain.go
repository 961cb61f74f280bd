package run

import (
	"bytes"
	"encoding/csv"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/sqltok"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// explain points a database error at the model: the statement's line is looked
// up in the compiled SQL, and from there in the model where it stands unchanged.
func (v *visit) explain(d *diag.Diagnostic) {
	var se *warehouse.StatementError
	if !errors.As(d.Err, &se) {
		return
	}
	switch {
	case v.n.ResourceType == manifest.SQLOperation: // its code is what was typed, of which the database shows the line
		d.File, d.Line, d.Column, d.Source, d.Stack = "", 0, 0, "", nil
		return
	case v.n.BuildPath != nil:
		d.Message += "\ncompiled code at " + *v.n.BuildPath
	case v.n.CompiledPath != nil:
		d.Message += "\ncompiled code at " + *v.n.CompiledPath
	}
	v.hintMissing(d)
	if !v.usersCalls(d.Stack) {
		// What a materialization calls to run a model is no news to anyone.
		d.Stack = nil
	}
	if v.explainContract(d, se) {
		return
	}
	if se.Line == 0 {
		if p, ok := v.configPlace(d, se); ok {
			p.Set(d)
			return
		}
		if d.Stack == nil {
			d.File, d.Line, d.Column, d.Source = v.r.Session.Shown(v.n.PackageName, v.n.OriginalFilePath), 0, 0, ""
		}
		return
	}
	if v.n.TestMetadata != nil { // the test stands in a property file, its SQL in a macro
		if p, ok := v.argumentPlace(se); ok {
			p.Set(d)
			return
		}
		d.File, d.Line, d.Column, d.Source = v.r.Session.Shown(v.n.PackageName, v.n.OriginalFilePath), v.n.Line, 0, ""
		return
	}
	for _, n := range v.texts() {
		if line, col, source, ok := compile.ModelLine(n, se.SQL, se.Line, se.Column); ok {
			d.File, d.Line, d.Column, d.Source = v.r.Session.Shown(n.PackageName, n.OriginalFilePath), line, col, source
			v.explainEnd(d, se, line)
			return
		}
	}
	for _, h := range append(slices.Clone(v.n.PreHooks), v.n.PostHooks...) {
		if p, ok := textPlace(v.r.Session, v.n, h.SQL, se); ok {
			p.Set(d)
			return
		}
	}
	if v.explainEnd(d, se, 0) {
		return
	}
	if p, ok := v.configPlace(d, se); ok {
		p.Set(d)
		return
	}
	// The line is a macro's: the statement itself says more than the macro does.
	d.File, d.Line, d.Column = "statement", se.Line, se.Column
	d.Source = diag.Snippet([]byte(se.SQL), se.Line)
	if line := lineIn(v.written, se.SQL, se.Line); line > 0 {
		d.File, d.Line = *v.n.BuildPath, line
	}
}

// textPlace finds the place of an error of a statement in a text that a file holds for a node, a hook for example.
func textPlace(s *dbtjinja.Session, n *manifest.Node, text string, se *warehouse.StatementError) (dbtjinja.Place, bool) {
	line, column, _, ok := compile.ModelLine(&manifest.Node{RawCode: text}, se.SQL, se.Line, se.Column)
	if !ok {
		return dbtjinja.Place{}, false
	}
	return s.TextPlace(n, text, line, max(column, 1))
}

// argumentPlace finds the argument or config of a generic test in which an error of its statement stands, or the column that it
// tests.
func (v *visit) argumentPlace(se *warehouse.StatementError) (dbtjinja.Place, bool) {
	line := []rune(sqltok.NewLines(se.SQL).Line(se.Line))
	if se.Column > len(line) {
		return dbtjinja.Place{}, false
	}
	before, after := string(line[:max(se.Column-1, 0)]), string(line[max(se.Column-1, 0):])
	// within tells whether the error stands in a text of the line, and where in it.
	within := func(text string) (column int, ok bool) {
		for i := range text {
			if strings.HasSuffix(before, text[:i]) && strings.HasPrefix(after, text[i:]) {
				return len([]rune(text[:i])) + 1, true
			}
		}
		return 0, false
	}
	args := v.n.TestMetadata.Kwargs
	given := []any{v.n.ConfigValue("where"), v.n.ConfigValue("fail_calc")}
	for key, x := range args.All() {
		if key != "model" && key != "column_name" {
			given = append(given, x)
		}
	}
	for _, x := range given {
		for _, text := range yamldoc.Texts(x) {
			if column, ok := within(text); ok {
				if p, ok := v.r.Session.TextPlace(v.n, text, 1, column); ok {
					return p, true
				}
			}
		}
	}
	name, _ := args.Value("column_name").(string)
	if _, ok := within(name); !ok || v.n.AttachedNode == nil {
		return dbtjinja.Place{}, false
	}
	if tested := v.r.Session.Manifest.Nodes[*v.n.AttachedNode]; tested != nil {
		return v.r.Session.PropertyPlace(tested, "columns", name)
	}
	return dbtjinja.Place{}, false
}

// texts are the nodes whose own text a statement may hold: the node, and the ephemeral models in it.
func (v *visit) texts() []*manifest.Node {
	out := []*manifest.Node{v.n}
	for _, cte := range v.n.ExtraCTEs {
		if n := v.r.Session.Manifest.Nodes[cte.ID]; n != nil {
			out = append(out, n)
		}
	}
	return out
}

// explainEnd explains errors at the end of a model's query: a semicolon, which the statement around it doesn't take, or a
// query that isn't complete. line is where the error stands in the model; 0 where it stands behind it.
func (v *visit) explainEnd(d *diag.Diagnostic, se *warehouse.StatementError, line int) bool {
	if v.n.ResourceType != manifest.Model && v.n.ResourceType != manifest.Snapshot && v.n.ResourceType != manifest.Test {
		return false
	}
	last, source := compile.LastLine(v.n)
	column := len([]rune(strings.TrimRight(source, " \t\r")))
	if strings.HasSuffix(strings.TrimSpace(source), ";") && strings.Contains(d.Message, `at or near ";"`) {
		d.At(v.n.OriginalFilePath, last, column).WithHint("take the semicolon out: the query becomes part of a statement")
		d.Source = source
		return true
	}
	lines := strings.Split(se.SQL, "\n")
	if line > 0 || se.Line > len(lines) || !strings.HasPrefix(strings.TrimSpace(lines[se.Line-1]), ")") {
		return false
	}
	for i := se.Line - 2; i >= 0; i-- {
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		if at, _, _, ok := compile.ModelLine(v.n, se.SQL, i+1, 1); ok && at == last {
			d.At(v.n.OriginalFilePath, last, column).WithHint("the query ends here, and is not complete")
			d.Source = source
			return true
		}
		break
	}
	return false
}

var csvLine = regexp.MustCompile(`CSV Error on Line: (\d+)`)

// explainSeed points what the warehouse says of a CSV file at the line, and tells where the table is of another making.
func (v *visit) explainSeed(d *diag.Diagnostic) {
	var se *warehouse.StatementError
	if !errors.As(d.Err, &se) {
		return // gdbt's own reading of the file has its place
	}
	if m := csvLine.FindStringSubmatch(d.Message); m != nil {
		line, err := strconv.Atoi(m[1])
		if err == nil {
			d.At(v.n.OriginalFilePath, line, 0).Source = ""
		}
	} else if m := badValue.FindStringSubmatch(d.Message); m != nil {
		if line, column := v.cell(m[1]); line > 0 {
			d.At(v.n.OriginalFilePath, line, column).Source = ""
			return
		}
	} else if line, want, got := v.raggedRow(); line > 0 {
		d.At(v.n.OriginalFilePath, line, 0).Source = ""
		d.WithHint("this row has %d values, the first line %d", got, want)
		return
	}
	if full, _ := v.r.Session.Flags.Value("FULL_REFRESH").(bool); full {
		return
	}
	if _, there := v.r.Runtime.Cache.Get(v.n.Database, v.n.Schema, v.n.Alias); there {
		d.WithHint("if the columns of the file have changed, `--full-refresh` makes the table anew")
	}
}

// badValue is what PostgreSQL says of a text that is none of a column's type.
var badValue = regexp.MustCompile(`^invalid input syntax for type [^:]+: "(.*)"`)

// seedRows reads the rows of a seed's file; there are none where it can't be read any more.
func (v *visit) seedRows() *csv.Reader {
	src, _ := v.r.Session.ReadFile(v.r.Session.Shown(v.n.PackageName, v.n.OriginalFilePath))
	rows := csv.NewReader(bytes.NewReader(src))
	if delimiter, _ := v.n.ConfigValue("delimiter").(string); delimiter != "" {
		rows.Comma, _ = utf8.DecodeRuneInString(delimiter)
	}
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	return rows
}

// cell finds the first cell of a seed's file that holds a text.
func (v *visit) cell(text string) (line, column int) {
	rows := v.seedRows()
	for first := true; ; first = false {
		row, err := rows.Read()
		if err != nil {
			return 0, 0
		}
		for i, value := range row {
			if !first && value == text {
				return rows.FieldPos(i)
			}
		}
	}
}

// raggedRow finds the first row of a seed's file that has another number of values than the first.
func (v *visit) raggedRow() (line, want, got int) {
	rows := v.seedRows()
	for {
		row, err := rows.Read()
		if err != nil {
			return 0, 0, 0
		}
		if want == 0 {
			want = len(row)
		}
		if len(row) != want {
			line, _ = rows.FieldPos(0)
			return line, want, len(row)
		}
	}
}

// lineIn finds the line of a file that a line of a statement is: the statement has a comment more. 0 is not found.
func lineIn(file, statement string, line int) int {
	lines := strings.Split(statement, "\n")
	if file == "" || line > len(lines) {
		return 0
	}
	want, nth := strings.TrimSpace(lines[line-1]), 0
	for _, l := range lines[:line-1] {
		if strings.TrimSpace(l) == want {
			nth++
		}
	}
	for i, l := range strings.Split(file, "\n") {
		if strings.TrimSpace(l) != want {
			continue
		}
		if nth == 0 {
			return i + 1
		}
		nth--
	}
	return 0
}

// usersCalls tells whether a call of the stack stands in a file of the project or
// of a package it installed, and not in gdbt's own library.
func (v *visit) usersCalls(stack []diag.Frame) bool {
	return slices.ContainsFunc(stack, func(f diag.Frame) bool { return f.File != "" && !v.r.Session.IsBuiltIn(f.File) })
}
