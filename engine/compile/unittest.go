package compile

import (
	"context"
	"path"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// UnitTest is a unit test made ready to run: the tested model's text as a node of
// its own, and what stands in for the relations that the model reads.
type UnitTest struct {
	// Node has the test's name and the model's text; its materialization is "unit".
	Node *manifest.Node

	def    *manifest.UnitTest
	tested *manifest.Node
	inputs map[string]*input // by the unique id of what they stand in for
	order  []*input
}

// input stands in for a model, seed, snapshot or source: a CTE of given rows.
type input struct {
	node    *manifest.Node // an ephemeral model of the original's name
	fixture manifest.Fixture
	cte     string // name of the CTE
	sql     string
	done    bool
}

// UnitTest prepares a unit test (core/parser/unit_tests.py, UnitTestManifestLoader).
// It compiles nothing yet. The error, a *diag.Diagnostic, is of an input that is
// no ref, source or this, or names nothing.
func (c *Compiler) UnitTest(u *manifest.UnitTest) (*UnitTest, error) {
	tested := c.Session.Manifest.Nodes[u.DependsOn.Nodes[0]]
	name := u.Name
	if tested.IsVersioned() {
		name += "_v" + manifest.VersionString(tested.Version)
	}
	config := yamldoc.NewMap("enabled", true, "alias", nil, "schema", nil, "database", nil, "tags", []any{}, "meta", yamldoc.NewMap(),
		"materialized", "unit", "expected_rows", []any{}, "expected_sql", nil)
	if u.Expect.Format == "sql" {
		config.Set("expected_sql", u.Expect.Rows)
	} else {
		config.Set("expected_rows", u.Expect.Rows)
	}
	t := &UnitTest{def: u, tested: tested, inputs: map[string]*input{}, Node: &manifest.Node{
		Name: name, ResourceType: manifest.UnitTestType, PackageName: u.PackageName, OriginalFilePath: u.OriginalFilePath,
		Path: path.Join(path.Dir(u.OriginalFilePath), name+".sql"), UniqueID: u.UniqueID, FQN: strings.Split(u.UniqueID, "."),
		Database: tested.Database, Schema: tested.Schema, Alias: name, Config: config, RawCode: tested.RawCode, Language: tested.Language,
		Checksum: manifest.Checksum{Name: "none"}, Line: u.Line,
	}}
	for _, fx := range u.Given {
		if err := c.addInput(t, fx); err != nil {
			d, _ := diag.As(err)
			return nil, d.At(u.OriginalFilePath, max(fx.Line, u.Line), 0)
		}
	}
	return t, nil
}

// addInput finds what an input stands in for.
func (c *Compiler) addInput(t *UnitTest, fx manifest.Fixture) error {
	m, u := c.Session.Manifest, t.def
	var n *manifest.Node
	var src *manifest.Source
	if strings.TrimSpace(fx.Input) == "this" {
		n = t.tested
	} else {
		rec := &dbtjinja.Recorder{}
		_, err := c.Session.Parse(t.Node, rec).RenderText(jinja.NewThread(context.Background()), u.OriginalFilePath, "{{ "+fx.Input+" }}")
		switch {
		case err == nil && len(rec.Refs) > 0:
			pkg := ""
			if p := rec.Refs[0].Package; p != nil {
				pkg = *p
			}
			n, _ = m.ResolveRef(rec.Refs[0].Name, pkg, rec.Refs[0].Version, u.PackageName)
		case err == nil && len(rec.Sources) > 0:
			src, _ = m.ResolveSource(rec.Sources[0][0], rec.Sources[0][1], u.PackageName)
		default:
			return diag.New(diag.ParsingError, "Unit test given inputs must be either a 'ref', 'source' or 'this' call. Got: '%s'.", fx.Input).WithCode("unit-test-input")
		}
		if n == nil && src == nil {
			d := diag.New(diag.ParsingError, "Unit test '%s' had an input (%s) which was not found in the manifest.", u.Name, fx.Input).WithCode("unit-test-input")
			if len(rec.Refs) > 0 {
				return d.WithHint("%s", diag.DidYouMean(rec.Refs[0].Name, m.RefNames()))
			}
			return d.WithHint("%s", diag.DidYouMean(strings.Join(rec.Sources[0], "."), m.SourceNames()))
		}
	}
	in := &input{fixture: fx, node: &manifest.Node{
		ResourceType: manifest.Model, OriginalFilePath: u.OriginalFilePath, Config: yamldoc.NewMap("materialized", "ephemeral", "enabled", true),
		Checksum: manifest.Checksum{Name: "none"}, Language: "sql", Access: "protected", Line: max(fx.Line, u.Line),
	}}
	e, original := in.node, ""
	if n != nil {
		original = n.UniqueID
		e.Name, e.PackageName, e.FQN, e.Version, e.LatestVersion = n.Name, n.PackageName, n.FQN, n.Version, n.LatestVersion
		e.Database, e.Schema, e.Alias, e.Deferred, e.DeferredName = n.Database, n.Schema, n.Alias, n.Deferred, n.DeferredName
		e.UniqueID = "model." + n.PackageName + "." + n.Name
		in.cte = n.Alias
	} else {
		original = src.UniqueID
		e.Name, e.PackageName, e.FQN = src.Name, src.PackageName, src.FQN
		e.Database, e.Schema, e.Alias = src.Database, src.Schema, src.Identifier
		in.cte = src.SourceName + "__" + src.Name // tables of two sources may have one name
		e.UniqueID = "model." + src.PackageName + "." + in.cte
	}
	e.Path = e.Name + ".sql"
	in.cte = dbtjinja.EphemeralPrefix + in.cte
	if old := t.inputs[original]; old != nil { // the last one stands
		*old = *in
		return nil
	}
	t.inputs[original] = in
	t.order = append(t.order, in)
	t.Node.DependsOn.Nodes = append(t.Node.DependsOn.Nodes, e.UniqueID)
	return nil
}

// CompileUnitTest renders the tested model with its inputs as CTEs, applies the
// test's overrides and sets the compiled fields of t.Node. Errors are
// *diag.Diagnostic.
func (c *Compiler) CompileUnitTest(ctx context.Context, t *UnitTest, ad Adapter) error {
	n := t.Node
	var used []*input
	jc := c.Session.RunUnitTest(n, t.def, t.tested.PackageName, func(id string) (string, bool) {
		in := t.inputs[id]
		if in == nil {
			return "", false
		}
		if !in.done {
			in.done = true
			used = append(used, in)
		}
		return in.cte, true
	})
	jc.SetAdapter(ad(jc))
	th := jinja.NewThread(ctx)
	th.Local = jc
	tmpl, err := c.Session.Env.ParseAt(t.tested.OriginalFilePath, n.RawCode, max(t.tested.Line, 1))
	if err != nil {
		return Locate(c.Session, err, n)
	}
	sql, err := tmpl.Render(th, jc)
	if err != nil {
		return Locate(c.Session, err, n)
	}
	n.ExtraCTEs = nil
	for _, in := range used {
		if err := c.compileInput(ctx, in, ad); err != nil {
			return err
		}
		n.ExtraCTEs = append(n.ExtraCTEs, manifest.InjectedCTE{ID: in.node.UniqueID, SQL: " " + in.cte + " as (\n" + in.sql + "\n)"})
	}
	n.CompiledCode = sql
	if len(used) > 0 {
		n.CompiledCode = Inject(sql, n.ExtraCTEs)
	}
	n.Compiled, n.ExtraCTEsInjected = true, true
	return c.WriteNode(n)
}

// compileInput turns the rows of an input into a query.
func (c *Compiler) compileInput(ctx context.Context, in *input, ad Adapter) error {
	jc := c.Session.Run(in.node, nil)
	jc.SetAdapter(ad(jc))
	th := jinja.NewThread(ctx)
	th.Local = jc
	var err error
	if text, isText := in.fixture.Rows.(string); isText {
		in.sql, err = jc.RenderText(th, "", text)
	} else {
		var out jinja.Value
		if out, err = jc.CallMacro(th, "get_fixture_sql", []jinja.Value{dbtjinja.ToJinja(in.fixture.Rows), jinja.None}, nil); err == nil {
			in.sql = out.String()
		}
	}
	if err != nil {
		err = Locate(c.Session, err, in.node)
		if d, ok := diag.As(err); ok && in.fixture.Fixture == nil {
			d.File, d.Line, d.Column, d.Source = in.node.OriginalFilePath, in.node.Line, 0, ""
			RowPlace(c.Session, d, in.node.Line)
		}
		return err
	}
	in.node.CompiledCode, in.node.Compiled = in.sql, true
	return c.WriteNode(in.node)
}

// maxRows is how many lines of a property file are looked through for the column or value of a unit test's rows.
const maxRows = 200

// RowPlace points an error about a column of a unit test's rows at the column, which stands in the property file below a line.
func RowPlace(s *dbtjinja.Session, d *diag.Diagnostic, line int) {
	if len(d.Property) != 2 || d.Property[0] != "rows" {
		return
	}
	if p, ok := s.WordFrom(dbtjinja.Place{File: d.File, Line: line}, d.Property[1], maxRows); ok {
		p.Set(d)
	}
}
