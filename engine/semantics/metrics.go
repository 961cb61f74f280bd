package semantics

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// customGrain ends the messages about custom granularities where only standard ones may stand.
const customGrain = "Custom granularities are not supported for this field yet."

func typeParams(s *manifest.Semantic) *yamldoc.Map { return s.Doc.Map("type_params") }

func (c *checker) ofType(kind string) []*manifest.Semantic {
	return slices.DeleteFunc(slices.Clone(c.metrics), func(s *manifest.Semantic) bool { return s.Doc.Str("type") != kind })
}

// windowText is a window as it was written: "7 days" is kept as 7 and "day".
func windowText(w *yamldoc.Map) string {
	return yamldoc.Text(w.Value("count")) + " " + w.Str("granularity")
}

// window holds the granularity of a window.
func (c *checker) window(of *manifest.Semantic, w *yamldoc.Map, allowCustom bool) {
	grain := w.Str("granularity")
	standard, custom := slices.Contains(c.grains, grain), slices.Contains(c.custom, grain)
	if one, plural := strings.CutSuffix(grain, "s"); !custom && plural && slices.Contains(c.custom, one) {
		grain, custom = one, true
	}
	switch {
	case !standard && !custom:
		c.fail(of, "Invalid time granularity '%s' in window: '%s'", grain, windowText(w))
	case !standard && !allowCustom:
		c.fail(of, "Invalid time granularity '%s' in window: '%s' %s", grain, windowText(w), customGrain)
	}
}

// cumulativeMetrics holds the windows of metrics that add up.
func (c *checker) cumulativeMetrics() {
	for _, s := range c.ofType("cumulative") {
		own, old := typeParams(s).Map("cumulative_type_params"), typeParams(s)
		window := own.Map("window")
		if before := old.Map("window"); window == nil {
			window = before
		} else if before != nil && !yamldoc.Equal(before, window) {
			c.fail(s, "Got differing values for `window` on cumulative metric '%s'. In `type_params.window`, got '%s'. In `type_params.cumulative_type_params.window`, "+
				"got '%s'. Please remove the value from `type_params.window`.", s.Name, windowText(before), windowText(window))
		}
		grain := own.Str("grain_to_date")
		if grain == "" {
			grain = old.Str("grain_to_date")
		}
		if grain != "" && !slices.Contains(c.grains, grain) {
			c.fail(s, "Invalid time granularity found in `grain_to_date`: '%s'. %s", grain, customGrain)
		}
		if window != nil && grain != "" {
			c.fail(s, "Both window and grain_to_date set for cumulative metric. Please set one or the other.")
		}
		if window != nil {
			c.window(s, window, false)
		}
	}
}

// derivedMetrics holds metrics that are computed from others.
func (c *checker) derivedMetrics() {
	known := map[string]bool{}
	for _, s := range c.metrics {
		known[s.Name] = true
	}
	for _, s := range c.ofType("derived") {
		inputs := parts(typeParams(s), "metrics")
		if len(inputs) == 0 {
			c.fail(s, "No input metrics found for derived metric '%s'. Please add metrics to type_params.metrics.", s.Name)
		}
		for _, in := range inputs {
			if !known[in.Str("name")] {
				c.fail(s, "For metric: %s, input metric: '%s' does not exist as a configured metric in the model.", s.Name, in.Str("name"))
			}
		}
	}
	for _, s := range c.metrics {
		inputs := parts(typeParams(s), "metrics")
		derived := s.Doc.Str("type") == "derived"
		for _, in := range inputs {
			if alias := in.Str("alias"); derived && alias != "" {
				c.validName(s, alias)
				if slices.Contains(namesOf(inputs), alias) {
					c.fail(s, "Alias '%s' for input metric: '%s' is already being used. Please choose another alias.", alias, in.Str("name"))
				}
			}
		}
		c.offsets(s, inputs)
		if derived {
			c.usesInputs(s, inputs)
		}
	}
}

// offsets holds how far back inputs are taken from.
func (c *checker) offsets(s *manifest.Semantic, inputs []*yamldoc.Map) {
	for _, in := range inputs {
		window, grain := in.Map("offset_window"), in.Str("offset_to_grain")
		if window != nil {
			c.window(s, window, true)
		}
		if grain != "" && !slices.Contains(c.grains, grain) {
			c.fail(s, "Invalid time granularity found in `offset_to_grain`: '%s'. %s", grain, customGrain)
		}
		if window != nil && grain != "" {
			c.fail(s, "Both offset_window and offset_to_grain set for derived metric '%s' on input metric '%s'. Please set one or the other.", s.Name, in.Str("name"))
		}
	}
}

// usesInputs warns of inputs that the expression of a derived metric doesn't mention.
func (c *checker) usesInputs(s *manifest.Semantic, inputs []*yamldoc.Map) {
	expr := typeParams(s).Str("expr")
	if expr == "" {
		c.warn(s, "No `expr` set for derived metric %s. Please add an `expr` that references all input metrics.", s.Name)
		return
	}
	for _, in := range inputs {
		name := in.Str("alias")
		if name == "" {
			name = in.Str("name")
		}
		if !strings.Contains(expr, name) {
			c.warn(s, "Input metric '%s' is not used in `expr`: '%s' for derived metric '%s'. Please update the `expr` or remove the input metric.", name, expr, s.Name)
		}
	}
}

// measureAliases holds the names that metrics give measures.
func (c *checker) measureAliases() {
	measures := map[string]bool{}
	c.eachMeasure(func(_ *model, _ *yamldoc.Map, name, _ string) { measures[name] = true })
	owners := map[string][]string{}
	for _, s := range c.metrics {
		inputs := parts(typeParams(s), "input_measures")
		c.aliasesNeeded(s, inputs)
		for _, in := range inputs {
			alias, name := in.Str("alias"), in.Str("name")
			if alias == "" {
				continue
			}
			c.validName(s, alias)
			if measures[alias] {
				c.fail(s, "Alias `%s` for measure `%s` conflicts with measure names defined elsewhere in the model! This can cause ambiguity for certain types of query. "+
					"Please choose another alias.", alias, name)
			}
			if old := owners[alias]; old != nil {
				c.fail(s, "Measure alias %s conflicts with a measure alias used elsewhere in the model! This can cause ambiguity for certain types of query. Please choose "+
					"another alias, or, if the measures are constrained in the same way, consider centralizing that definition in a new semantic model. Measure "+
					"specification: %s. Existing metrics with that measure alias used: %s", alias, name, pyList(old))
			}
			owners[alias] = append(owners[alias], s.Name)
		}
	}
}

// aliasesNeeded holds that measures which a metric takes with several filters have names.
func (c *checker) aliasesNeeded(s *manifest.Semantic, inputs []*yamldoc.Map) {
	for i, in := range inputs {
		name := in.Str("name")
		same := where(inputs, func(m *yamldoc.Map) bool { return m.Str("name") == name })
		if named(inputs, name) != inputs[i] || len(same) < 2 { // looked at before, or alone
			continue
		}
		if !slices.ContainsFunc(same, func(m *yamldoc.Map) bool { return !yamldoc.Equal(m, same[0]) }) {
			c.warn(s, "Metric %s has multiple identical input measures specifications for measure %s. This might be hiding a semantic error.", s.Name, name)
			continue
		}
		if bare := where(same, func(m *yamldoc.Map) bool { return m.Value("filter") != nil && m.Str("alias") == "" }); len(bare) > 0 {
			c.fail(s, "Metric %s depends on multiple different constrained versions of measure %s. In such cases, aliases must be provided, but %d of its inputs have a "+
				"filter without an alias.", s.Name, name, len(bare))
		}
	}
}

// metricMeasures holds that the measures of metrics are there.
func (c *checker) metricMeasures() {
	for _, s := range c.metrics {
		for _, name := range namesOf(parts(typeParams(s), "input_measures")) {
			if c.modelOf(name) == nil {
				c.fail(s, "Measure %s referenced in metric %s is not defined in the model!", name, s.Name)
			}
		}
	}
}

// modelOf is the first semantic model with a measure.
func (c *checker) modelOf(measure string) *model {
	i := slices.IndexFunc(c.models, func(m *model) bool { return named(m.measures, measure) != nil })
	if i < 0 {
		return nil
	}
	return c.models[i]
}

// conversions holds metrics of one event that follows another.
func (c *checker) conversions() {
	for _, s := range c.ofType("conversion") {
		params := typeParams(s).Map("conversion_type_params")
		base, conversion := params.Map("base_measure"), params.Map("conversion_measure")
		from, to := c.modelOf(base.Str("name")), c.modelOf(conversion.Str("name"))
		if from == nil || to == nil {
			c.fail(s, "For metric '%s', conversion measures specified was not found.", s.Name)
			continue
		}
		entity := params.Str("entity")
		if named(from.entities, entity) == nil {
			c.fail(s, "Entity: %s not found in base semantic model: %s.", entity, from.Name)
		}
		if named(to.entities, entity) == nil {
			c.fail(s, "Entity: %s not found in conversion semantic model: %s.", entity, to.Name)
		}
		c.countable(s, named(from.measures, base.Str("name")))
		c.countable(s, named(to.measures, conversion.Str("name")))
		if conversion.Value("filter") != nil {
			c.warn(s, "Measure input %s has a filter. For conversion metrics, filtering on a conversion input measure is not fully supported yet.", conversion.Str("name"))
		}
		if w := params.Map("window"); w != nil {
			c.window(s, w, false)
		}
		for _, p := range parts(params, "constant_properties") {
			c.hasElement(s, from, p.Str("base_property"))
			c.hasElement(s, to, p.Str("conversion_property"))
		}
	}
}

// countable holds that a measure counts rows.
func (c *checker) countable(s *manifest.Semantic, measure *yamldoc.Map) {
	agg := measure.Str("agg")
	if agg == "count" || agg == "count_distinct" || agg == "sum" && measure.Str("expr") == "1" {
		return
	}
	c.fail(s, "For conversion metrics, the measure must be COUNT/SUM(1)/COUNT_DISTINCT. Measure: %s is agg type: AggregationType.%s", measure.Str("name"), strings.ToUpper(agg))
}

func (c *checker) hasElement(s *manifest.Semantic, m *model, name string) {
	if named(m.entities, name) == nil && named(m.dimensions, name) == nil {
		c.fail(s, "The provided constant property: %s, cannot be found in semantic model %s", name, m.Name)
	}
}
