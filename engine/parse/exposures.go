package parse

import (
	"regexp"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var (
	exposureTypes = []string{"dashboard", "notebook", "analysis", "ml", "application"}
	maturities    = []string{"low", "medium", "high"}
)

// oneOf refuses a value of an exposure that is none of the given words.
func (e *entry) oneOf(key, value string, words []string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return e.at(diag.ParsingError, []any{key}, "Invalid exposures config given in %s @ exposures: %s - at path ['%s']: %s is not one of %s",
		e.pf.path, yamldoc.Repr(e.raw), key, yamldoc.Repr(value), yamldoc.Repr(anyList(words))).WithHint("%s", diag.DidYouMean(value, words))
}

// exposureEntry declares an exposure.
func (p *parser) exposureEntry(e *entry) error {
	if err := e.only(e.m, nil, "name", "type", "owner", "description", "label", "maturity", "meta", "tags", "url", "depends_on", "config"); err != nil {
		return err
	}
	if err := e.types(e.m, nil, exposureTypeRules); err != nil {
		return err
	}
	if !regexp.MustCompile(`^[\w-]+$`).MatchString(e.name) {
		d := e.at(diag.ParsingError, []any{"name"}, "Starting in v1.3, the 'name' of an exposure should contain only letters, numbers, and underscores. "+
			"Exposures support a new property, 'label', which may contain spaces, capital letters, and special characters. %s does not follow this pattern. "+
			"Please update the 'name', and use the 'label' property for a human-friendly title. This will raise an error in a future version of dbt-core.", e.name)
		d.Fields = map[string]any{"exposure": e.name}
		if err := p.warn(d.WithCode("ExposureNameDeprecation")); err != nil {
			return err
		}
	}
	x := &manifest.Exposure{Name: e.name, ResourceType: manifest.ExposureType, PackageName: e.pf.project.Name, Path: e.pf.rel,
		OriginalFilePath: e.pf.path, UniqueID: ident.ID(ident.Exposure, e.pf.project.Name, e.name),
		FQN: fqnOf(e.pf.project.Name, e.pf.rel, e.name), CreatedAt: p.now, Line: e.line()}
	var err error
	if x.Type, err = e.text("type"); err != nil {
		return err
	}
	if err := e.oneOf("type", x.Type, exposureTypes); err != nil {
		return err
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
	if x.Maturity != nil {
		if err := e.oneOf("maturity", *x.Maturity, maturities); err != nil {
			return err
		}
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	found, unrendered, err := p.config(manifest.ExposureType, x.PackageName, x.FQN, nil, cfg)
	if err != nil {
		return err
	}
	// Of all resources only exposures add the project's tags and meta to their own, and only what stands right below `exposures:`
	// without a plus (dbt/parser/schema_yaml_readers.py).
	ofProject := e.pf.project.Sections[config.SectionExposures]
	tags := slices.Concat(stringList(ofProject.Value("tags")), stringList(e.m.Value("tags")), found.Tags())
	slices.Sort(tags)
	x.Tags = slices.Compact(tags)
	x.Meta = yamldoc.NewMap()
	for _, src := range []*yamldoc.Map{ofProject.Map("meta"), e.m.Map("meta"), found.Meta()} {
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
			return p.located(err, n)
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
		return duplicate("exposures", x.Name, "looking for "+x.Name, x.UniqueID, x.OriginalFilePath, x.Line, old.UniqueID, old.OriginalFilePath)
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
