package parse

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// unitTestEntry declares a unit test.
func (p *parser) unitTestEntry(e *entry) error {
	if err := e.only(e.m, nil, "name", "model", "given", "expect", "description", "overrides", "config", "versions"); err != nil {
		return err
	}
	if err := e.only(e.m.Value("overrides"), []any{"overrides"}, "macros", "vars", "env_vars"); err != nil {
		return err
	}
	if err := e.only(e.m.Value("versions"), []any{"versions"}, "include", "exclude"); err != nil {
		return err
	}
	if v := e.m.Map("versions"); len(v.List("include")) > 0 && len(v.List("exclude")) > 0 {
		return e.at(diag.ParsingError, []any{"versions"}, "Invalid unit_tests config given in %s @ unit_tests: %s - at path []: Unit tests can not both include and exclude versions.", e.pf.path, yamldoc.Repr(e.raw))
	}
	model, err := e.text("model")
	if err != nil {
		return err
	}
	if strings.TrimSpace(model) == "" {
		return e.required("model")
	}
	description, err := e.text("description")
	if err != nil {
		return err
	}
	pkg := e.pf.project.Name
	u := &manifest.UnitTest{Model: model, Name: e.name, ResourceType: manifest.UnitTestType, PackageName: pkg, Path: e.pf.rel,
		OriginalFilePath: e.pf.path, UniqueID: ident.UnitTestID(pkg, model, e.name),
		FQN: fqnOf(pkg, e.pf.rel, model, e.name), Description: description, CreatedAt: p.now, Given: []manifest.Fixture{},
		Overrides: filled(e.m.Map("overrides"), yamldoc.NewMap("macros", yamldoc.NewMap(), "vars", yamldoc.NewMap(), "env_vars", yamldoc.NewMap())),
		Versions:  filled(e.m.Map("versions"), yamldoc.NewMap("include", nil, "exclude", nil)), Line: e.line()}
	given, err := e.list("given")
	if err != nil {
		return err
	}
	for i, it := range given {
		fx, err := p.fixture(e, u, it, []any{"given", i}, "input")
		if err != nil {
			return err
		}
		u.Given = append(u.Given, fx)
	}
	expect, ok := e.m.Get("expect")
	if !ok {
		return e.required("expect")
	}
	if u.Expect, err = p.fixture(e, u, expect, []any{"expect"}, "expected"); err != nil {
		return err
	}
	sum := unitTestChecksum(u)
	u.Checksum = &sum
	v, _, err := p.config(manifest.UnitTestType, pkg, u.FQN, nil, e.m.Map("config"))
	if err != nil {
		return err
	}
	u.Config = v.Map()
	if !v.Enabled() {
		p.m.AddDisabled(u)
		return nil
	}
	if old, dup := p.m.UnitTests[u.UniqueID]; dup {
		return duplicate("unit_tests", u.Name, "looking for "+u.Name, u.UniqueID, u.OriginalFilePath, e.line(), old.UniqueID, old.OriginalFilePath)
	}
	p.m.AddUnitTest(u)
	return nil
}

// filled is a property with every field that dbt prints; nil stays nil.
func filled(m, fields *yamldoc.Map) *yamldoc.Map {
	if m == nil {
		return nil
	}
	for k, v := range m.All() {
		fields.Set(k, v)
	}
	return fields
}

// fixture reads rows given as dicts, CSV or SQL, in place or in a file; an input
// without rows takes those of a seed (core/parser/unit_tests.py).
func (p *parser) fixture(e *entry, u *manifest.UnitTest, v any, at []any, what string) (manifest.Fixture, error) {
	m, ok := v.(*yamldoc.Map)
	if !ok {
		return manifest.Fixture{}, e.at(diag.ParsingError, at, "Unit test %s: %s must be a dictionary with rows", u.Name, what)
	}
	known := []string{"rows", "format", "fixture"}
	if what == "input" {
		known = append(known, "input")
	}
	if err := e.only(m, at, known...); err != nil {
		return manifest.Fixture{}, err
	}
	fx := manifest.Fixture{Format: "dict", Input: m.Str("input"), Rows: m.Value("rows"), Line: e.lineAt(at)}
	if what == "input" && fx.Input == "" {
		return fx, e.at(diag.ParsingError, at, "Unit test %s: every element of given needs an input, such as ref('orders')", u.Name)
	}
	if f := m.Str("format"); f != "" {
		fx.Format = f
	}
	if s, ok := m.Value("fixture").(string); ok {
		fx.Fixture = &s
	}
	text, isText := fx.Rows.(string)
	if fx.Fixture != nil {
		f := p.fixtures[u.PackageName+"."+*fx.Fixture]
		if f == nil {
			return fx, e.at(diag.ParsingError, append(slices.Clone(at), "fixture"), "File not found for fixture '%s' in unit tests in %s", *fx.Fixture, e.pf.path).
				WithHint("%s", diag.DidYouMean(*fx.Fixture, p.fixtureNames(u.PackageName)))
		}
		text, isText = f.text, true
	}
	mismatch := func(more, expected string) error {
		return e.at(diag.ParsingError, at, "Unit test %s has %s rows%s which do not match format %s%s", u.Name, what, more, fx.Format, expected)
	}
	switch fx.Format {
	case "dict":
		if fx.Rows == nil && fx.Fixture == nil {
			rows, err := p.seedRows(e, u, fx.Input, at)
			if err != nil {
				return fx, err
			}
			fx.Rows = rows
		}
		list, ok := fx.Rows.([]any)
		if !ok || slices.ContainsFunc(list, func(r any) bool { _, row := r.(*yamldoc.Map); return !row }) {
			return fx, mismatch("", "")
		}
		for i, r := range list {
			list[i] = datesAsText(r.(*yamldoc.Map))
		}
	case "csv", "sql":
		if !isText {
			return fx, mismatch(" or fixtures", ".  Expected string.")
		}
		fx.Rows = text
		if fx.Format == "csv" {
			rows, err := csvRows(strings.NewReader(text))
			if err != nil {
				return fx, e.at(diag.ParsingError, at, "Unit test %s: %v", u.Name, err)
			}
			for _, r := range rows {
				for k, val := range r.(*yamldoc.Map).All() {
					if val == "" {
						r.(*yamldoc.Map).Set(k, nil)
					}
				}
			}
			fx.Rows = rows
		}
	default:
		return fx, e.at(diag.ParsingError, append(slices.Clone(at), "format"), "Unit test %s: format '%s' is not one of ['csv', 'dict', 'sql']", u.Name, fx.Format).
			WithHint("%s", diag.DidYouMean(fx.Format, []string{"csv", "dict", "sql"}))
	}
	if list, ok := fx.Rows.([]any); ok {
		promote(list)
	}
	return fx, nil
}

func (p *parser) fixtureNames(pkg string) []string {
	var names []string
	for key := range p.fixtures {
		if rest, ok := strings.CutPrefix(key, pkg+"."); ok {
			names = append(names, rest)
		}
	}
	slices.Sort(names)
	return names
}

// datesAsText is a row with YAML's dates as text, the form in which dbt hashes
// and keeps them.
func datesAsText(row *yamldoc.Map) *yamldoc.Map {
	out := row.Copy()
	for _, en := range row.Entries() {
		switch v := en.Value.(type) {
		case yamldoc.Date:
			out.SetKey(en.Key, v.String())
		case yamldoc.Time:
			out.SetKey(en.Key, v.String())
		}
	}
	return out
}

// promote brings the first row without nulls to the top: some warehouses take
// the columns' types from the first row.
func promote(rows []any) {
	for i, r := range rows {
		null := false
		for _, v := range r.(*yamldoc.Map).All() {
			null = null || v == nil
		}
		if !null {
			rows[0], rows[i] = rows[i], rows[0]
			return
		}
	}
}

// csvRows reads CSV as dicts of texts; a field that a row lacks is null.
func csvRows(r io.Reader) ([]any, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	list := []any{}
	var head []string
	for {
		rec, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, err
		case head == nil:
			head = rec
			continue
		case len(rec) > len(head):
			line, _ := in.FieldPos(0)
			return nil, diag.New(diag.ParsingError, "line %d of the CSV has %d fields, the header has %d", line, len(rec), len(head))
		}
		row := yamldoc.MapWithCapacity(len(head))
		for i, name := range head {
			if i < len(rec) {
				row.Set(name, rec[i])
			} else {
				row.Set(name, nil)
			}
		}
		list = append(list, row)
	}
}

// seedRows are the rows of the seed that an input without rows refers to.
func (p *parser) seedRows(e *entry, u *manifest.UnitTest, input string, at []any) ([]any, error) {
	name, pkg := "", u.PackageName
	if input != "" {
		rec, err := p.expression(&manifest.Node{Name: u.Name, ResourceType: manifest.UnitTestType, PackageName: u.PackageName, OriginalFilePath: u.OriginalFilePath}, input)
		if err == nil && len(rec.Refs) == 1 {
			name = rec.Refs[0].Name
			if rec.Refs[0].Package != nil {
				pkg = *rec.Refs[0].Package
			}
		}
	}
	n := p.m.FindRef(name, pkg, nil)
	if n == nil || n.ResourceType != manifest.Seed {
		where := "'" + pkg + "' package"
		if pr := p.Packages[pkg]; pkg == u.PackageName {
			if pr == nil {
				pr = p.Root
			}
			where = "directories: ['" + strings.Join(pr.SeedPaths, "', '") + "']"
		}
		return nil, e.at(diag.ParsingError, at, "Unable to find seed '%s.%s' for unit tests in %s", pkg, name, where).
			WithHint("give the rows of %s, or an empty list", input)
	}
	root := p.Root
	if pr := p.Packages[pkg]; pr != nil {
		root = pr
	}
	f, err := os.Open(filePath(root.Root, n.OriginalFilePath))
	if err != nil {
		return nil, e.at(diag.ParsingError, at, "Unit test %s: %v", u.Name, err)
	}
	defer f.Close()
	rows, err := csvRows(f)
	if err != nil {
		return nil, e.at(diag.ParsingError, at, "Unit test %s: %s: %v", u.Name, n.OriginalFilePath, err)
	}
	return rows, nil
}

// unitTestChecksum is what state:modified compares: everything but the
// description, printed as Python prints dbt's dataclasses.
func unitTestChecksum(u *manifest.UnitTest) string {
	names := map[string]string{"dict": "Dict", "csv": "CSV", "sql": "SQL"}
	text := func(s *string) any {
		if s == nil {
			return nil
		}
		return *s
	}
	fields := func(fx manifest.Fixture) string {
		return "rows=" + yamldoc.Repr(fx.Rows) + ", format=<UnitTestFormat." + names[fx.Format] + ": '" + fx.Format + "'>, fixture=" + yamldoc.Repr(text(fx.Fixture)) + ")"
	}
	given := make([]string, len(u.Given))
	extra := ""
	for i, fx := range u.Given {
		given[i] = "UnitTestInputFixture(input=" + yamldoc.Repr(fx.Input) + ", " + fields(fx)
		if fx.Fixture != nil {
			extra += "-" + yamldoc.Text(fx.Rows)
		}
	}
	object := func(name string, m *yamldoc.Map) string {
		if m == nil {
			return "None"
		}
		parts := make([]string, 0, m.Len())
		for k, v := range m.All() {
			parts = append(parts, k+"="+yamldoc.Repr(v))
		}
		return name + "(" + strings.Join(parts, ", ") + ")"
	}
	return sha(u.Model + "-" + object("UnitTestNodeVersions", u.Versions) + "-[" + strings.Join(given, ", ") + "]-UnitTestOutputFixture(" + fields(u.Expect) +
		"-" + object("UnitTestOverrides", u.Overrides) + extra)
}

// linkUnitTest finds the tested model. A test of a versioned model becomes one
// test for each version.
func (p *parser) linkUnitTest(u *manifest.UnitTest) error {
	fail := func(format string, args ...any) *diag.Diagnostic {
		return diag.New(diag.ParsingError, format, args...).At(u.OriginalFilePath, u.Line, 0).WithCode("unit-test")
	}
	fields := strings.Fields(u.Model)
	var version any
	if len(fields) == 2 {
		version = fields[1]
	}
	n := p.m.FindRef(fields[0], u.PackageName, version)
	if n == nil {
		if d := p.m.FindDisabled(fields[0], u.PackageName, version); d != nil {
			p.removeUnitTest(u)
			cfg := u.Config.Copy()
			cfg.Set("enabled", false)
			u.Config = cfg
			p.m.AddDisabled(u)
			return nil
		}
		return fail("Unable to find model '%s.%s' for unit test '%s' in %s", u.PackageName, u.Model, u.Name, u.OriginalFilePath).
			WithCode("undefined-ref").WithHint("%s", diag.DidYouMean(fields[0], p.m.RefNames()))
	}
	u.DependsOn.Nodes = []string{n.UniqueID}
	u.Schema = &n.Schema
	if slices.Contains(n.DependsOn.Macros, "macro.dbt.is_incremental") {
		over, set := u.Overrides.Map("macros").Value("is_incremental").(bool)
		if !set {
			return fail("Boolean override for 'is_incremental' must be provided for unit test '%s' in model '%s'", u.Name, n.Name).
				WithHint("overrides: {macros: {is_incremental: false}}")
		}
		if over && !slices.ContainsFunc(u.Given, func(fx manifest.Fixture) bool { return fx.Input == "this" }) {
			return fail("Unit test '%s' for incremental model '%s' must have a 'this' input", u.Name, n.Name)
		}
	}
	include, exclude := u.Versions.List("include"), u.Versions.List("exclude")
	if !n.IsVersioned() {
		if len(include)+len(exclude) > 0 {
			return fail("Unit test '%s' should not have a versions include or exclude when referencing non-versioned model '%s'", u.Name, n.Name)
		}
		return nil
	}
	return p.versionedUnitTest(u, n, include, exclude, fail)
}

func (p *parser) versionedUnitTest(u *manifest.UnitTest, n *manifest.Node, include, exclude []any, fail func(string, ...any) *diag.Diagnostic) error {
	has := func(list []any, v any) bool {
		return slices.ContainsFunc(list, func(x any) bool { return yamldoc.Equal(x, v) })
	}
	var chosen []*manifest.Node
	for _, id := range p.m.NodeOrder {
		x := p.m.Nodes[id]
		if x.ResourceType != manifest.Model || x.PackageName != n.PackageName || x.Name != n.Name || x.Version == nil {
			continue
		}
		switch {
		case u.Versions == nil, len(exclude) > 0 && !has(exclude, x.Version), len(exclude) == 0 && has(include, x.Version):
			chosen = append(chosen, x)
		}
	}
	if len(chosen) == 0 {
		return fail("Unit test '%s' referenced a version of '%s' which was not found.", u.Name, n.Name)
	}
	p.removeUnitTest(u)
	for _, x := range chosen {
		c := *u
		c.UniqueID += "_v" + manifest.VersionString(x.Version)
		c.DependsOn = manifest.DependsOn{Nodes: []string{x.UniqueID}}
		c.Version = x.Version
		p.m.AddUnitTest(&c)
	}
	return nil
}

func (p *parser) removeUnitTest(u *manifest.UnitTest) {
	delete(p.m.UnitTests, u.UniqueID)
	p.m.UnitOrder = slices.DeleteFunc(p.m.UnitOrder, func(id string) bool { return id == u.UniqueID })
}
