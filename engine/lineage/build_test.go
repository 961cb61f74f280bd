package lineage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// words is a parser of a language of one sentence, "name=column … from relation", for tests of what comes around it.
type words struct{ fold bool }

func (w words) Dialect() Dialect { return Dialect{Name: "words", FoldCase: w.fold} }
func (words) Close() error       { return nil }

func (words) Parse(_ context.Context, sql string) (*Query, error) {
	list, from, ok := strings.Cut(sql, " from ")
	if !ok {
		return nil, errors.New("no from")
	}
	s := &Select{}
	for _, item := range strings.Fields(list) {
		if item == "*" {
			s.Items = append(s.Items, Item{Expr: &Star{}})
			continue
		}
		name, column, _ := strings.Cut(item, "=")
		s.Items = append(s.Items, Item{Name: name, Expr: &ColumnRef{[]string{column}}})
	}
	parts := strings.Split(from, ".")
	t := &Table{Name: parts[len(parts)-1]}
	if len(parts) > 1 {
		t.Schema = parts[0]
	}
	s.From = []FromItem{t}
	return &Query{Body: s}, nil
}

func model(name, sql string, columns ...string) *manifest.Node {
	relation := `"db"."main"."` + name + `"`
	n := &manifest.Node{UniqueID: "model.p." + name, Name: name, Alias: name, ResourceType: manifest.Model, RelationName: &relation,
		Compiled: sql != "", CompiledCode: sql, Config: yamldoc.NewMap("materialized", "view")}
	for _, c := range columns {
		n.Columns = append(n.Columns, &manifest.Column{Name: c})
	}
	return n
}

func source(name string, columns ...string) *manifest.Source {
	s := &manifest.Source{UniqueID: "source.p." + name, RelationName: `"db"."raw"."` + name + `"`}
	for _, c := range columns {
		s.Columns = append(s.Columns, &manifest.Column{Name: c})
	}
	return s
}

func project(sources []*manifest.Source, nodes ...*manifest.Node) *manifest.Manifest {
	m := manifest.New("p")
	for _, s := range sources {
		m.AddSource(s)
	}
	for _, n := range nodes {
		m.AddNode(n)
	}
	return m
}

// said writes a node in short: columns with edges, why not, and whether there may be more.
func said(n *Node) string {
	var b strings.Builder
	for _, c := range n.Columns {
		fmt.Fprintf(&b, "%s", c.Name)
		for _, e := range c.From {
			fmt.Fprintf(&b, " <- %s.%s", e.Node, e.Column)
		}
		if c.Untraced != "" {
			fmt.Fprintf(&b, " ? %s", c.Untraced)
		}
		b.WriteByte('\n')
	}
	if n.Open != "" {
		b.WriteString("open: " + n.Open + "\n")
	}
	if n.Err != "" {
		b.WriteString("error: " + n.Err + "\n")
	}
	return b.String()
}

func TestBuild(t *testing.T) {
	python := model("py", "")
	python.Language = "python"
	for _, c := range []struct {
		name string
		in   Input
		node string
		want string
	}{
		{"columns of the catalog", Input{Manifest: project([]*manifest.Source{source("s")}, model("m", "* from s")), Columns: map[string][]string{"source.p.s": {"a", "b"}}},
			"model.p.m", "a <- source.p.s.a\nb <- source.p.s.b\n"},
		{"columns that the YAML names, and others when they are asked for", Input{Manifest: project([]*manifest.Source{source("s", "a")}, model("m", "* from s"), model("up", "z=q from m"))},
			"model.p.m", "a <- source.p.s.a\nq <- source.p.s.q\nopen: of source.p.s only the columns in the YAML files are known (docs generate asks the warehouse)\n"},
		{"what is asked for shows at the source", Input{Manifest: project([]*manifest.Source{source("s", "a")}, model("m", "* from s"), model("up", "z=q from m"))},
			"source.p.s", "a\nq\nopen: of source.p.s only the columns in the YAML files are known (docs generate asks the warehouse)\n"},
		{"a model's own YAML names columns of its star", Input{Manifest: project([]*manifest.Source{source("s")}, model("m", "* from s", "a"))},
			"model.p.m", "a <- source.p.s.a\nopen: the columns of source.p.s are not known (docs generate asks the warehouse)\n"},
		{"the catalog knows the order and columns that the query has no more", Input{Manifest: project([]*manifest.Source{source("s")}, model("m", "b=x a=y from s")), Columns: map[string][]string{"model.p.m": {"a", "b", "old"}}},
			"model.p.m", "a <- source.p.s.y\nb <- source.p.s.x\nold ? the relation has it, the compiled query does not\n"},
		{"the catalog closes what the query leaves open", Input{Manifest: project([]*manifest.Source{source("s")}, model("m", "* from s")), Columns: map[string][]string{"model.p.m": {"a"}}},
			"model.p.m", "a <- source.p.s.a\n"},
		{"the YAML names what is not there", Input{Manifest: project([]*manifest.Source{source("s")}, model("m", "a=a from s", "a", "typo"))},
			"model.p.m", "a <- source.p.s.a\ntypo ? the YAML files name it, the compiled query does not have it\n"},
		{"a query that can't be read", Input{Manifest: project(nil, model("m", "nonsense", "a"))},
			"model.p.m", "a ? no from\nopen: the columns of model.p.m are not known: no from\nerror: no from\n"},
		{"and what reads it", Input{Manifest: project(nil, model("m", "nonsense"), model("up", "a=b from m"))},
			"model.p.up", "a <- model.p.m.b\n"},
		{"a Python model", Input{Manifest: project(nil, python)}, "model.p.py", "open: the columns of model.p.py are not known: a Python model is no SQL\nerror: a Python model is no SQL\n"},
		{"a node that failed to compile", Input{Manifest: project(nil, model("m", "")), Failed: map[string]string{"model.p.m": "bad Jinja"}},
			"model.p.m", "open: the columns of model.p.m are not known: bad Jinja\nerror: bad Jinja\n"},
		{"a column that is not there", Input{Manifest: project([]*manifest.Source{source("s")}, model("m", "a=nope from s")), Columns: map[string][]string{"source.p.s": {"a"}}},
			"model.p.m", "a ? no relation of the query has a column \"nope\"\n"},
		{"models that read each other come to an end", Input{Manifest: project(nil, model("a", "* from b"), model("b", "x=y from a"))},
			"model.p.b", "x <- model.p.a.y\n"},
		{"a schema tells relations of one name apart", Input{Manifest: project([]*manifest.Source{source("m")}, model("m", "a=a from raw.m"))},
			"model.p.m", "a <- source.p.m.a\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.in.Parser = words{}
			g, err := Build(t.Context(), c.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, said(g.Node(c.node))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBuildWithoutParser(t *testing.T) {
	m := project(nil, model("m", "a=b from s", "a"))
	m.Metadata.AdapterType = "other"
	g, err := Build(t.Context(), Input{Manifest: m})
	if err != nil {
		t.Fatal(err)
	}
	want := `there is no parser for the SQL of "other"`
	if n := g.Node("model.p.m"); n.Err != want || len(n.Columns) != 1 || n.Columns[0].Untraced != want {
		t.Errorf("%+v", n)
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, Input{Manifest: project(nil, model("m", "a=b from s")), Parser: words{}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Columns of a catalog that differ from the query's in case only are the same where the warehouse says so.
func TestCaseOfTheCatalog(t *testing.T) {
	in := Input{Manifest: project([]*manifest.Source{source("S")}, model("m", "ID=Id from s")), Parser: words{fold: true},
		Columns: map[string][]string{"source.p.S": {"id"}, "model.p.m": {"Id"}}}
	g, err := Build(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if got := said(g.Node("model.p.m")); got != "ID <- source.p.S.id\n" {
		t.Error(got)
	}
}

// A text whose columns double with each step ends with an error rather than with the memory.
func TestTooManyColumns(t *testing.T) {
	q := &Query{}
	from := "s"
	for i := range 40 {
		name := fmt.Sprintf("c%d", i)
		q.With = append(q.With, CTE{Name: name, Query: &Query{Body: &Select{Items: []Item{{Expr: &Star{}}, {Expr: &Star{}}}, From: []FromItem{&Table{Name: from}}}}})
		from = name
	}
	q.Body = &Select{Items: []Item{{Expr: &Star{}}}, From: []FromItem{&Table{Name: from}}}
	_, _, err := resolve(q, Dialect{}, func(*Table) *table { return &table{node: "s", columns: []string{"a"}} })
	if !errors.Is(err, errTooLarge) {
		t.Error(err)
	}
}

func TestNameParts(t *testing.T) {
	b := &builder{}
	for in, want := range map[string][3]string{
		`"db"."main"."a.b"`: {"db", "main", "a.b"}, `main.T`: {"", "main", "t"}, `"x""y"`: {"", "", `x"y`}, ``: {}, `"open`: {"", "", "open"},
		`a.b.c.d`: {"b", "c", "d"}, `"ü".x`: {"", "ü", "x"},
	} {
		if got := b.nameParts(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// A snapshot has the columns that dbt adds, under the names of its config, made of what its strategy reads.
func TestSnapshotColumns(t *testing.T) {
	for _, c := range []struct {
		name   string
		config *yamldoc.Map
		want   string
		rows   []Ref
	}{
		{"timestamp", yamldoc.NewMap("strategy", "timestamp", "unique_key", []any{"id", "day"}, "updated_at", "at"),
			"id <- source.p.s.id\nday <- source.p.s.d\nat <- source.p.s.t\ndbt_scd_id <- source.p.s.d <- source.p.s.id <- source.p.s.t\n" +
				"dbt_updated_at <- source.p.s.t\ndbt_valid_from <- source.p.s.t\ndbt_valid_to <- source.p.s.t\n",
			[]Ref{{"source.p.s", "d"}, {"source.p.s", "id"}, {"source.p.s", "t"}}},
		{"check, with names of its own and a mark of deletion", yamldoc.NewMap("strategy", "check", "unique_key", "id", "check_cols", []any{"day"},
			"hard_deletes", "new_record", "snapshot_meta_column_names", yamldoc.NewMap("dbt_valid_to", "until")),
			"id <- source.p.s.id\nday <- source.p.s.d\nat <- source.p.s.t\ndbt_scd_id <- source.p.s.id\n" +
				"dbt_updated_at\ndbt_valid_from\nuntil\ndbt_is_deleted\n",
			[]Ref{{"source.p.s", "d"}, {"source.p.s", "id"}}},
		{"check of all columns", yamldoc.NewMap("strategy", "check", "unique_key", "id", "check_cols", "all"),
			"id <- source.p.s.id\nday <- source.p.s.d\nat <- source.p.s.t\ndbt_scd_id <- source.p.s.id\ndbt_updated_at\ndbt_valid_from\ndbt_valid_to\n",
			[]Ref{{"source.p.s", "d"}, {"source.p.s", "id"}, {"source.p.s", "t"}}},
		{"a key that the query does not have", yamldoc.NewMap("strategy", "timestamp", "unique_key", "nope", "updated_at", "at"),
			"id <- source.p.s.id\nday <- source.p.s.d\nat <- source.p.s.t\n" +
				"dbt_scd_id <- source.p.s.t ? unique_key is \"nope\", which is no column of the query\n" +
				"dbt_updated_at <- source.p.s.t\ndbt_valid_from <- source.p.s.t\ndbt_valid_to <- source.p.s.t\n",
			[]Ref{{"source.p.s", "t"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := model("snap", "id=id day=d at=t from s")
			n.ResourceType, n.Config = manifest.Snapshot, c.config
			in := Input{Manifest: project([]*manifest.Source{source("s")}, n), Columns: map[string][]string{"source.p.s": {"id", "d", "t"}}, Parser: words{}}
			g, err := Build(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			node := g.Node("model.p.snap")
			if diff := cmp.Diff(c.want, said(node)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.rows, node.Filters); diff != "" {
				t.Error(diff)
			}
		})
	}
}
