package parse

import (
	"encoding/csv"
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var exposureTypes = []string{"dashboard", "notebook", "analysis", "ml", "application"}

// exposureEntry declares an exposure.
func (p *parser) exposureEntry(e *entry) error {
	if err := p.unknown(e, "exposure "+e.name, nil, "name", "type", "owner", "description", "label", "maturity", "meta", "tags", "url", "depends_on", "config"); err != nil {
		return err
	}
	if !regexp.MustCompile(`^[\w-]+$`).MatchString(e.name) {
		if err := p.warn(e.at(diag.ParsingError, []any{"name"}, "The name of exposure '%s' can only contain letters, numbers, and underscores.", e.name)); err != nil {
			return err
		}
	}
	x := &manifest.Exposure{Name: e.name, ResourceType: manifest.ExposureType, PackageName: e.pf.project.Name, Path: e.pf.rel,
		OriginalFilePath: e.pf.path, UniqueID: "exposure." + e.pf.project.Name + "." + e.name,
		FQN: fqnOf(e.pf.project.Name, e.pf.rel, e.name), CreatedAt: p.now, Line: e.line()}
	var err error
	if x.Type, err = e.text("type"); err != nil {
		return err
	}
	if !slices.Contains(exposureTypes, x.Type) {
		return e.at(diag.ParsingError, []any{"type"}, "Invalid exposures config given in %s @ exposures: %s - at path ['type']: %s is not one of %s",
			e.pf.path, yamldoc.Repr(e.raw), yamldoc.Repr(x.Type), "['dashboard', 'notebook', 'analysis', 'ml', 'application']").WithHint("%s", diag.DidYouMean(x.Type, exposureTypes))
	}
	if x.Owner, err = e.owner(true); err != nil {
		return err
	}
	x.Description = e.m.Str("description")
	opt := func(k string) *string {
		if s, ok := e.m.Value(k).(string); ok {
			return &s
		}
		return nil
	}
	x.Label, x.Maturity, x.URL = opt("label"), opt("maturity"), opt("url")
	cfg, err := e.config()
	if err != nil {
		return err
	}
	found, unrendered, err := p.config(manifest.ExposureType, x.PackageName, x.FQN, nil, cfg)
	if err != nil {
		return err
	}
	tags := append(stringList(e.m.Value("tags")), found.Tags()...)
	slices.Sort(tags)
	x.Tags = slices.Compact(tags)
	x.Meta = yamldoc.NewMap()
	for _, src := range []*yamldoc.Map{e.m.Map("meta"), found.Meta()} {
		for k, v := range src.All() {
			x.Meta.Set(k, v)
		}
	}
	v := found.Clone()
	v.Set("tags", anyList(x.Tags))
	v.Set("meta", x.Meta)
	x.Config, x.UnrenderedConfig = v.Map(), unrendered
	for i, it := range e.m.List("depends_on") {
		s, ok := it.(string)
		if !ok {
			return e.at(diag.ParsingError, []any{"depends_on", i}, "depends_on of exposure %s must list ref() and source() calls", e.name)
		}
		n := &manifest.Node{Name: x.Name, ResourceType: manifest.ExposureType, PackageName: x.PackageName, OriginalFilePath: x.OriginalFilePath}
		rec, err := p.expression(n, s)
		if err != nil {
			return located(err, n)
		}
		x.Refs = append(x.Refs, rec.Refs...)
		x.Sources = append(x.Sources, rec.Sources...)
		x.Metrics = append(x.Metrics, rec.Metrics...)
	}
	if !v.Enabled() {
		p.m.AddDisabled(x)
		return nil
	}
	if old, dup := p.m.Exposures[x.UniqueID]; dup {
		return duplicate("exposures", x.Name, "looking for "+x.Name, x.UniqueID, x.OriginalFilePath, old.UniqueID, old.OriginalFilePath)
	}
	p.m.AddExposure(x)
	return nil
}

func anyList(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}

// unitTestEntry declares a unit test.
func (p *parser) unitTestEntry(e *entry) error {
	if err := p.unknown(e, "unit test "+e.name, nil, "name", "model", "given", "expect", "description", "overrides", "config", "versions"); err != nil {
		return err
	}
	model, err := e.text("model")
	if err != nil {
		return err
	}
	if model == "" {
		return e.at(diag.ParsingError, nil, "Invalid unit_tests config given in %s @ unit_tests: %s - at path []: 'model' is a required property", e.pf.path, yamldoc.Repr(e.raw))
	}
	pkg := e.pf.project.Name
	u := &manifest.UnitTest{Model: model, Name: e.name, ResourceType: manifest.UnitTestType, PackageName: pkg, Path: e.pf.rel,
		OriginalFilePath: e.pf.path, UniqueID: "unit_test." + pkg + "." + model + "." + e.name,
		FQN: fqnOf(pkg, e.pf.rel, model, e.name), Description: e.m.Str("description"), CreatedAt: p.now,
		Overrides: e.m.Map("overrides"), Versions: e.m.Map("versions"), Line: e.line()}
	for i, it := range e.m.List("given") {
		fx, err := p.fixture(e, u, it, []any{"given", i}, "input")
		if err != nil {
			return err
		}
		u.Given = append(u.Given, fx)
	}
	expect, ok := e.m.Get("expect")
	if !ok {
		return e.at(diag.ParsingError, nil, "Invalid unit_tests config given in %s @ unit_tests: %s - at path []: 'expect' is a required property", e.pf.path, yamldoc.Repr(e.raw))
	}
	if u.Expect, err = p.fixture(e, u, expect, []any{"expect"}, "expected"); err != nil {
		return err
	}
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
		return duplicate("unit_tests", u.Name, "looking for "+u.Name, u.UniqueID, u.OriginalFilePath, old.UniqueID, old.OriginalFilePath)
	}
	p.m.AddUnitTest(u)
	return nil
}

// fixture reads rows given as dicts, CSV or SQL, in place or in a file.
func (p *parser) fixture(e *entry, u *manifest.UnitTest, v any, at []any, what string) (manifest.Fixture, error) {
	m, _ := v.(*yamldoc.Map)
	fx := manifest.Fixture{Format: "dict", Input: m.Str("input"), Rows: m.Value("rows")}
	if f := m.Str("format"); f != "" {
		fx.Format = f
	}
	if s, ok := m.Value("fixture").(string); ok {
		fx.Fixture = &s
	}
	mismatch := func(more string) error {
		return e.at(diag.ParsingError, at, "Unit test %s has %s rows%s which do not match format %s%s", u.Name, what, strings.TrimSuffix(more, "!"), fx.Format, map[bool]string{true: ".  Expected string."}[more != ""])
	}
	text, isText := fx.Rows.(string)
	if fx.Fixture != nil {
		f := p.fixtures[u.PackageName+"."+*fx.Fixture]
		if f == nil {
			return fx, e.at(diag.ParsingError, append(at, "fixture"), "File not found for fixture '%s' in unit tests in %s", *fx.Fixture, e.pf.path)
		}
		text, isText = f.text, true
	}
	switch fx.Format {
	case "dict":
		if fx.Rows == nil {
			fx.Rows = []any{}
		}
		if _, ok := fx.Rows.([]any); !ok {
			return fx, mismatch("")
		}
	case "csv":
		if !isText {
			return fx, mismatch(" or fixtures")
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			return fx, e.at(diag.ParsingError, at, "Unit test %s: %v", u.Name, err)
		}
		list := []any{}
		for i := 1; i < len(rows); i++ {
			row := yamldoc.NewMap()
			for c, name := range rows[0] {
				var val any
				if c < len(rows[i]) && rows[i][c] != "" {
					val = rows[i][c]
				}
				row.Set(name, val)
			}
			list = append(list, row)
		}
		fx.Rows = list
	case "sql":
		if !isText {
			return fx, mismatch(" or fixtures")
		}
		fx.Rows = text
	default:
		return fx, e.at(diag.ParsingError, append(at, "format"), "Unit test %s: format %q is not one of dict, csv, sql", u.Name, fx.Format)
	}
	return fx, nil
}
