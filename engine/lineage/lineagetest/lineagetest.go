// Package lineagetest is the suite that every parser of column lineage must pass: queries whose lineage was written down by
// hand from what their SQL means, in files under corpus.
//
// A file begins with the tables that its queries read, `table orders id int, amount numeric`; a table with `?` behind its
// name has columns that lineage is not told of. A case is
//
//	== what it shows
//	SELECT …
//	=>
//	id: orders.id
//	total: ~orders.amount ~orders.qty
//	one: -
//	odd: ? orders.id
//	rows: orders.status
//
// Behind `=>` stands each column in order with what it comes from: `~` means computed, `-` nothing, `?` that a part can't be
// traced. `rows` are the columns that decide which rows come out, where there are any; `rows: ?` that some of them can't be
// traced; `open` tells that there may be more columns. Models that the query needs stand before it, each behind
// `:: model name`, `:: ephemeral name` or `:: snapshot name key=value …`, with expectations of their own or without.
package lineagetest

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

//go:embed corpus/*.txt
var files embed.FS

// Table is a table that queries of the corpus read.
type Table struct {
	Name string
	// Columns are its columns with their types, as in CREATE TABLE.
	Columns string
	// Hidden tells that lineage is not told of the columns.
	Hidden bool
}

// names are the columns' names.
func (t Table) names() []string {
	var out []string
	for _, c := range strings.Split(t.Columns, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(c), " ")
		out = append(out, strings.Trim(name, `"`))
	}
	return out
}

// Part is one query of a case: the case's own, or that of a model that it reads.
type Part struct {
	// Kind is model, ephemeral or snapshot; Name is m for the case's own query.
	Kind, Name string
	Config     map[string]string
	SQL        string
	// Want are the lines behind `=>`; nil where nothing is expected of the part.
	Want []string
}

// Case is a case of the corpus.
type Case struct {
	File, Name string
	Parts      []Part
}

// Query is the case's own query.
func (c Case) Query() Part { return c.Parts[len(c.Parts)-1] }

// Corpus reads the cases that every dialect shares and those of one dialect.
func Corpus(dialect string) (tables []Table, cases []Case, err error) {
	for _, name := range []string{"both", dialect} {
		raw, err := files.ReadFile("corpus/" + name + ".txt")
		if err != nil {
			return nil, nil, err
		}
		t, c, err := read(name, string(raw))
		if err != nil {
			return nil, nil, err
		}
		tables, cases = append(tables, t...), append(cases, c...)
	}
	return tables, cases, nil
}

func read(file, text string) (tables []Table, cases []Case, err error) {
	var part *Part
	wanting := false
	fresh := func() {
		c := &cases[len(cases)-1]
		c.Parts = append(c.Parts, Part{Kind: "model", Name: "m"})
		part, wanting = &c.Parts[len(c.Parts)-1], false
	}
	for n, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "table ") && len(cases) == 0:
			name, columns, ok := strings.Cut(strings.TrimPrefix(line, "table "), " ")
			if !ok {
				return nil, nil, fmt.Errorf("%s:%d: a table without columns", file, n+1)
			}
			hidden := strings.HasSuffix(name, "?")
			tables = append(tables, Table{strings.TrimSuffix(name, "?"), columns, hidden})
		case strings.HasPrefix(line, "== "):
			cases = append(cases, Case{File: file, Name: strings.TrimPrefix(line, "== ")})
			fresh()
		case strings.HasPrefix(line, ":: "):
			if part.SQL != "" {
				fresh()
			}
			words := strings.Fields(strings.TrimPrefix(line, ":: "))
			if len(words) < 2 {
				return nil, nil, fmt.Errorf("%s:%d: a kind and a name are wanted", file, n+1)
			}
			part.Kind, part.Name, part.Config = words[0], words[1], map[string]string{}
			for _, w := range words[2:] {
				k, v, _ := strings.Cut(w, "=")
				part.Config[k] = v
			}
		case line == "=>":
			wanting = true
		case wanting && strings.TrimSpace(line) != "":
			part.Want = append(part.Want, strings.TrimSpace(line))
		case part != nil && !wanting:
			part.SQL += line + "\n"
		}
	}
	return tables, cases, nil
}

// score counts edges.
type score struct{ found, wanted, right int }

func (s *score) add(want, got []string) {
	s.wanted += len(want)
	s.found += len(got)
	for _, g := range got {
		if slices.Contains(want, g) {
			s.right++
		}
	}
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// Run checks every case of the parser's dialect, prints precision and recall, and demands that both are 1.
func Run(t *testing.T, p lineage.Parser, least int) {
	tables, cases, err := Corpus(p.Dialect().Name)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < least {
		t.Errorf("the corpus has %d cases, at least %d are wanted", len(cases), least)
	}
	var edges, rows score
	untraced := 0
	for _, c := range cases {
		t.Run(c.File+"/"+c.Name, func(t *testing.T) {
			g := build(t, p, tables, c)
			for _, part := range c.Parts {
				if part.Want == nil {
					continue
				}
				node := g.Node(part.id())
				if node.Err != "" {
					t.Fatalf("%s: %s", part.Name, node.Err)
				}
				wantEdges, wantRows := refs(part.Want)
				got := describe(node)
				gotEdges, gotRows := refs(got)
				edges.add(wantEdges, gotEdges)
				rows.add(wantRows, gotRows)
				for _, col := range node.Columns {
					if col.Untraced != "" {
						untraced++
					}
				}
				if diff := cmp.Diff(part.Want, got); diff != "" {
					t.Errorf("%s%s\nuntraced: %s", part.SQL, diff, reasons(node))
				}
			}
		})
	}
	t.Logf("%s: %d queries; columns: %d edges, precision %.4f, recall %.4f; rows: %d edges, precision %.4f, recall %.4f; %d columns told as untraced",
		p.Dialect().Name, len(cases), edges.wanted, ratio(edges.right, edges.found), ratio(edges.right, edges.wanted),
		rows.wanted, ratio(rows.right, rows.found), ratio(rows.right, rows.wanted), untraced)
	for _, s := range []score{edges, rows} {
		if s.right != s.found || s.right != s.wanted || s.wanted == 0 {
			t.Errorf("precision and recall must be 1: %d found, %d wanted, %d right", s.found, s.wanted, s.right)
		}
	}
}

func (p Part) id() string {
	if p.Kind == "snapshot" {
		return "snapshot.shop." + p.Name
	}
	return "model.shop." + p.Name
}

// build makes a project of a case and traces it.
func build(t *testing.T, p lineage.Parser, tables []Table, c Case) *lineage.Graph {
	t.Helper()
	m := manifest.New("shop")
	columns := map[string][]string{}
	for _, table := range tables {
		id := "source.shop.raw." + table.Name
		m.AddSource(&manifest.Source{UniqueID: id, SourceName: "raw", Name: table.Name, ResourceType: manifest.SourceType, RelationName: `"db"."main"."` + table.Name + `"`})
		if !table.Hidden {
			columns[id] = table.names()
		}
	}
	var ephemerals []manifest.InjectedCTE
	for _, part := range c.Parts {
		n := &manifest.Node{
			UniqueID: part.id(), Name: part.Name, Alias: part.Name, ResourceType: manifest.Model, Compiled: true, CompiledCode: part.SQL,
			Config: yamldoc.NewMap("materialized", "view"), ExtraCTEs: slices.Clone(ephemerals),
		}
		relation := `"db"."main"."` + part.Name + `"`
		n.RelationName = &relation
		switch part.Kind {
		case "ephemeral":
			n.RelationName = nil
			n.Config.Set("materialized", "ephemeral")
			ephemerals = append(ephemerals, manifest.InjectedCTE{ID: n.UniqueID})
		case "snapshot":
			n.ResourceType = manifest.Snapshot
			for k, v := range part.Config {
				n.Config.Set(k, v)
			}
		}
		m.AddNode(n)
	}
	g, err := lineage.Build(context.Background(), lineage.Input{Manifest: m, Columns: columns, Parser: p})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// describe writes what was found as expectations are written.
func describe(n *lineage.Node) []string {
	short := func(r lineage.Ref) string { return r.Node[strings.LastIndexByte(r.Node, '.')+1:] + "." + r.Column }
	var out []string
	for _, c := range n.Columns {
		line := c.Name + ":"
		if c.Untraced != "" {
			line += " ?"
		}
		var from []string
		for _, e := range c.From {
			mark := ""
			if e.Kind == lineage.Derived {
				mark = "~"
			}
			from = append(from, mark+short(e.Ref))
		}
		slices.SortFunc(from, func(a, b string) int { return strings.Compare(strings.TrimPrefix(a, "~"), strings.TrimPrefix(b, "~")) })
		for _, f := range from {
			line += " " + f
		}
		if len(c.From) == 0 && c.Untraced == "" {
			line += " -"
		}
		out = append(out, line)
	}
	if len(n.Filters) > 0 || n.FiltersUntraced != "" {
		line := "rows:"
		if n.FiltersUntraced != "" {
			line += " ?"
		}
		var from []string
		for _, f := range n.Filters {
			from = append(from, short(f))
		}
		slices.Sort(from)
		for _, f := range from {
			line += " " + f
		}
		out = append(out, line)
	}
	if n.Open != "" {
		out = append(out, "open")
	}
	return out
}

func reasons(n *lineage.Node) string {
	var out []string
	for _, c := range n.Columns {
		if c.Untraced != "" {
			out = append(out, c.Name+": "+c.Untraced)
		}
	}
	if n.FiltersUntraced != "" {
		out = append(out, "rows: "+n.FiltersUntraced)
	}
	return strings.Join(append(out, n.Open), "\n")
}

// refs are the edges in expectations, each with its column.
func refs(lines []string) (columns, rows []string) {
	for _, line := range lines {
		i := strings.LastIndex(line, ": ")
		if i < 0 {
			continue
		}
		name := line[:i]
		for _, w := range strings.Fields(line[i+2:]) {
			switch {
			case w == "?" || w == "-":
			case name == "rows":
				rows = append(rows, w)
			default:
				columns = append(columns, name+" "+w)
			}
		}
	}
	return columns, rows
}

// RunNames checks the corpus itself: the warehouse must take each query and give the columns that are expected. names
// runs a query and gives the names of its columns; exec runs a statement.
func RunNames(t *testing.T, dialect string, exec func(sql string) error, names func(sql string) ([]string, error)) {
	tables, cases, err := Corpus(dialect)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if err := exec("CREATE TABLE " + table.Name + " (" + table.Columns + ")"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range cases {
		t.Run(c.File+"/"+c.Name, func(t *testing.T) {
			for _, part := range c.Parts {
				if part.Kind != "ephemeral" && part.Name != "m" {
					if err := exec("CREATE VIEW " + part.Name + " AS " + part.SQL); err != nil {
						t.Fatal(err)
					}
					defer func() {
						if err := exec("DROP VIEW " + part.Name + " CASCADE"); err != nil {
							t.Error(err)
						}
					}()
				}
			}
			sql := c.Query().SQL
			if strings.Contains(sql, "main.m") || strings.Contains(sql, `"m"`) { // it reads its own table
				if err := exec("CREATE TABLE m (id int, amount numeric, updated timestamp)"); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := exec("DROP TABLE m"); err != nil {
						t.Error(err)
					}
				}()
			}
			got, err := names(sql)
			if err != nil {
				t.Fatalf("%s%v", sql, err)
			}
			var want []string
			open := false
			for _, line := range c.Query().Want {
				switch name, _, ok := strings.Cut(line, ": "); {
				case line == "open":
					open = true
				case ok && name != "rows":
					want = append(want, line[:strings.LastIndex(line, ": ")])
				}
			}
			if open { // what is expected must be there, in any order
				for _, w := range want {
					if !slices.Contains(got, w) {
						t.Errorf("%s%q is not among %q", sql, w, got)
					}
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s%s", sql, diff)
			}
		})
	}
}
