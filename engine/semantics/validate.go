package semantics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Issue is one thing that a rule found.
type Issue struct {
	// Of is the resource at fault, nil for the project as a whole.
	Of *manifest.Semantic
	// Warning tells that the semantic layer works all the same.
	Warning bool
	Message string
}

// Granularities are the grains of time, the finest first.
func Granularities() []string {
	return []string{"nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"}
}

// Validate gives what the rules find in a manifest whose metrics and semantic models are linked, in the order of the
// rules. Without metrics or without semantic models there is nothing to hold the others against, so nothing is found.
func Validate(m *manifest.Manifest) []Issue {
	if len(m.Metrics) == 0 || len(m.SemanticModels) == 0 {
		return nil
	}
	c := &checker{spines: m.TimeSpines(), grains: Granularities()}
	for _, id := range m.SemanticModelOrder {
		c.models = append(c.models, newModel(m.SemanticModels[id]))
	}
	for _, id := range m.MetricOrder {
		c.metrics = append(c.metrics, m.Metrics[id])
	}
	for _, id := range m.SavedQueryOrder {
		c.queries = append(c.queries, m.SavedQueries[id])
	}
	for _, s := range c.spines {
		for _, g := range parts(s, "custom_granularities") {
			c.custom = append(c.custom, g.Str("name"))
		}
	}
	for _, rule := range []func(){
		c.percentiles, c.derivedMetrics, c.counts, c.uniqueMeasures, c.validityWindows, c.dimensionTypes, c.elementTypes,
		c.naturalEntities, c.measureAliases, c.metricMeasures, c.cumulativeMetrics, c.names, c.aggregationTimes, c.reservedWords,
		c.nonAdditive, c.defaults, c.primaryEntities, c.primaryPairs, c.filters, c.savedQueries, c.metricLabels, c.modelLabels,
		c.entityLabels, c.conversions, c.timeSpines,
	} {
		rule()
	}
	return c.issues
}

// checker holds what the rules look at, each list in the order of the manifest.
type checker struct {
	models           []*model
	metrics, queries []*manifest.Semantic
	spines           []*yamldoc.Map
	// grains are the standard granularities, custom those that time spines add.
	grains, custom []string
	issues         []Issue
}

// model is a semantic model with its parts.
type model struct {
	*manifest.Semantic
	dimensions, measures, entities []*yamldoc.Map
}

func newModel(s *manifest.Semantic) *model {
	return &model{s, parts(s.Doc, "dimensions"), parts(s.Doc, "measures"), parts(s.Doc, "entities")}
}

func (c *checker) fail(of *manifest.Semantic, format string, args ...any) {
	c.issues = append(c.issues, Issue{Of: of, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) warn(of *manifest.Semantic, format string, args ...any) {
	c.issues = append(c.issues, Issue{Of: of, Warning: true, Message: fmt.Sprintf(format, args...)})
}

// parts are the mappings of a list.
func parts(doc *yamldoc.Map, key string) []*yamldoc.Map {
	var out []*yamldoc.Map
	for _, it := range doc.List(key) {
		if m, ok := it.(*yamldoc.Map); ok {
			out = append(out, m)
		}
	}
	return out
}

func named(list []*yamldoc.Map, name string) *yamldoc.Map {
	i := slices.IndexFunc(list, func(m *yamldoc.Map) bool { return m.Str("name") == name })
	if i < 0 {
		return nil
	}
	return list[i]
}

func namesOf(list []*yamldoc.Map) []string {
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = m.Str("name")
	}
	return out
}

// where are the parts for which f holds.
func where(list []*yamldoc.Map, f func(*yamldoc.Map) bool) []*yamldoc.Map {
	return slices.DeleteFunc(slices.Clone(list), func(m *yamldoc.Map) bool { return !f(m) })
}

func (m *model) timeDimension(name string) bool {
	return slices.ContainsFunc(m.dimensions, func(d *yamldoc.Map) bool { return d.Str("type") == "time" && d.Str("name") == name })
}

// aggTime is the dimension by which a measure is aggregated over time, "" for none.
func (m *model) aggTime(measure *yamldoc.Map) string {
	if own := measure.Str("agg_time_dimension"); own != "" {
		return own
	}
	return m.Doc.Map("defaults").Str("agg_time_dimension")
}

// pyList and pySet print names as Python prints a list and a set of them; the set is sorted, where Python's order is
// that of hashes.
func pyList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = yamldoc.Repr(n)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func pySet(names []string) string {
	if len(names) == 0 {
		return "set()"
	}
	names = slices.Clone(names)
	slices.Sort(names)
	list := pyList(slices.Compact(names))
	return "{" + list[1:len(list)-1] + "}"
}
