package config

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// UnusedConfigPaths lists the places in the config trees of dbt_project.yml that
// hold configs and belong to no resource, as dbt prints them ("models.shop.old"),
// sorted. used has the fqns of enabled resources by type; disabled those of
// disabled resources of any type.
func (p *Project) UnusedConfigPaths(used map[ident.Type][][]string, disabled [][]string) []string {
	sectionTypes := map[Section]ident.Type{
		SectionModels: ident.Model, SectionSeeds: ident.Seed, SectionSnapshots: ident.Snapshot, SectionSources: ident.Source,
		SectionTests: ident.Test, SectionUnitTests: ident.UnitTest, SectionMetrics: ident.Metric, SectionSemanticModels: ident.SemanticModel,
		SectionSavedQueries: ident.SavedQuery, SectionExposures: ident.Exposure, SectionFunctions: ident.Function,
	}
	var out []string
	for sec, typ := range sectionTypes {
		for _, path := range configPaths(p.Sections[sec], nil) {
			startsWith := func(fqn []string) bool {
				return len(path) <= len(fqn) && slices.Equal(fqn[:len(path)], path)
			}
			if !slices.ContainsFunc(used[typ], startsWith) && !slices.ContainsFunc(disabled, startsWith) {
				out = append(out, strings.Join(append([]string{typ.Plural()}, path...), "."))
			}
		}
	}
	slices.Sort(out)
	return out
}

// configPaths lists the folders of a tree in which a config stands.
func configPaths(tree *yamldoc.Map, path []string) [][]string {
	var out [][]string
	has := false
	for key, v := range tree.All() {
		if folder, ok := v.(*yamldoc.Map); ok && !strings.HasPrefix(key, "+") {
			out = append(out, configPaths(folder, append(slices.Clone(path), key))...)
		} else {
			has = true
		}
	}
	if has {
		out = append(out, path)
	}
	return out
}

// missingPlus warns of keys that look like a config with a dictionary as its value
// but have no "+": they name a folder, so the config has no effect.
func (p *RawProject) missingPlus(data *yamldoc.Map) []*diag.Diagnostic {
	var out []*diag.Diagnostic
	for _, sec := range sections {
		dicts := map[string]bool{}
		for _, f := range newSchema(sectionType(sec)).fields {
			switch f.kind {
			case dict, docsDict, contractDict, metaColumns, modelFreshness, sourceFreshness, cacheDict:
				dicts[f.name] = true
			}
		}
		var walk func(tree *yamldoc.Map, path []any)
		walk = func(tree *yamldoc.Map, path []any) {
			for key, v := range tree.All() {
				folder, ok := v.(*yamldoc.Map)
				if !ok || strings.HasPrefix(key, "+") {
					continue
				}
				here := append(slices.Clone(path), key)
				if !dicts[key] {
					walk(folder, here)
					continue
				}
				var names []string
				for _, x := range here {
					names = append(names, yamldoc.Text(x))
				}
				d := diag.Warn("MissingPlusPrefixDeprecation", "Missing '+' prefix on `%s` found at `%s` in file `%s`. Hierarchical config values without a '+' prefix are deprecated in dbt_project.yml.",
					key, strings.Join(names, "."), p.Doc.File).WithHint("write +%s; as it stands it names a folder and configures nothing", key)
				if n := p.Doc.FindKey(nil, here...); n != nil {
					d.At(p.Doc.File, n.Line, n.Column).WithSource(p.Doc.Src)
				}
				out = append(out, d)
			}
		}
		walk(data.Map(string(sec)), []any{string(sec)})
	}
	return out
}

// sectionType is the resource type that a section configures.
func sectionType(s Section) ident.Type {
	for _, t := range ident.Types() {
		if SectionOf(t) == s && (t == ident.Model || SectionOf(t) != SectionModels) {
			return t
		}
	}
	return ident.Analysis
}
