package semantics

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// eachMeasure visits the measures of all semantic models.
func (c *checker) eachMeasure(f func(m *model, measure *yamldoc.Map, name, agg string)) {
	for _, m := range c.models {
		for _, measure := range m.measures {
			f(m, measure, measure.Str("name"), measure.Str("agg"))
		}
	}
}

// percentiles holds agg_params against the aggregation.
func (c *checker) percentiles() {
	c.eachMeasure(func(m *model, measure *yamldoc.Map, name, agg string) {
		params := measure.Map("agg_params")
		value, has := number(params.Value("percentile"))
		on := func(key string) bool { return params.Value(key) == true }
		switch agg {
		case "percentile":
			if !has {
				c.fail(m.Semantic, "Measure '%s' uses a PERCENTILE aggregation, which requires agg_params.percentile to be provided.", name)
			} else if value <= 0 || value >= 1 {
				c.fail(m.Semantic, "Percentile aggregation parameter for measure '%s' is '%s', but must be between 0 and 1 (non-inclusive). For example, to indicate the "+
					"65th percentile value, set 'percentile: 0.65'. For percentile values of 0, please use MIN, for percentile values of 1, please use MAX.",
					name, yamldoc.Repr(value))
			}
		case "median":
			if has && value != 0.5 {
				c.fail(m.Semantic, "Measure '%s' uses a MEDIAN aggregation, while percentile is set to '%s', a conflicting value. Please remove the parameter or set to '0.5'.",
					name, yamldoc.Repr(value))
			}
			if on("use_discrete_percentile") {
				c.fail(m.Semantic, "Measure '%s' uses a MEDIAN aggregation, while use_discrete_percentile is set to true. Please remove the parameter or set to False.", name)
			}
		default:
			var wrong []string
			if has && value != 0 {
				wrong = append(wrong, "percentile")
			}
			for _, key := range []string{"use_discrete_percentile", "use_approximate_percentile"} {
				if on(key) {
					wrong = append(wrong, key)
				}
			}
			if len(wrong) > 0 {
				c.fail(m.Semantic, "Measure '%s' with aggregation '%s' uses agg_params (%s) only relevant to Percentile measures.", name, agg, strings.Join(wrong, ", "))
			}
		}
	})
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// counts holds that COUNT counts something, and not distinct values.
func (c *checker) counts() {
	c.eachMeasure(func(m *model, measure *yamldoc.Map, name, agg string) {
		expr, has := measure.Value("expr").(string)
		switch {
		case agg != "count":
		case !has:
			c.fail(m.Semantic, "Measure '%s' uses a COUNT aggregation, which requires an expr to be provided. Provide 'expr: 1' if a count of all rows is desired.", name)
		case strings.HasPrefix(strings.ToLower(expr), "distinct "):
			c.fail(m.Semantic, "Measure '%s' uses a 'count' aggregation with a DISTINCT expr: '%s. This is not supported as it effectively converts an additive measure into "+
				"a non-additive one, and this could cause certain queries to return incorrect results. Please use the count_distinct aggregation type.", name, expr)
		}
	})
}

func (c *checker) uniqueMeasures() {
	owners := map[string][]string{}
	c.eachMeasure(func(m *model, _ *yamldoc.Map, name, _ string) {
		if old := owners[name]; old != nil {
			c.fail(m.Semantic, "Found measure with name %s in multiple semantic models with names (%s)", name, pyList(old))
		}
		owners[name] = append(owners[name], m.Name)
	})
}

// aggregationTimes holds that each measure has a time dimension of its semantic model.
func (c *checker) aggregationTimes() {
	for _, m := range c.models {
		for _, measure := range m.measures {
			name, dimension := measure.Str("name"), m.aggTime(measure)
			if dimension == "" {
				c.fail(m.Semantic, "Aggregation time dimension for measure %s is not set! This should either be set directly on the measure specification in the model, or "+
					"else defaulted to the primary time dimension in the data source containing the measure.", name)
				break
			}
			if !m.timeDimension(dimension) {
				c.fail(m.Semantic, "In semantic model '%s', measure '%s' has the aggregation time dimension set to '%s', which is not a valid time dimension in the semantic model",
					m.Name, name, dimension)
			}
		}
	}
}

// nonAdditive holds measures that must not be summed over a dimension.
func (c *checker) nonAdditive() {
	c.eachMeasure(func(m *model, measure *yamldoc.Map, name, _ string) {
		over := measure.Map("non_additive_dimension")
		if over == nil || m.aggTime(measure) == "" { // the latter is told by aggregationTimes
			return
		}
		time := named(m.dimensions, m.aggTime(measure))
		if time == nil {
			c.fail(m.Semantic, "Measure '%s' has a agg_time_dimension of %s that is not defined as a dimension in semantic model '%s'.", name, m.aggTime(measure), m.Name)
			return
		}
		dim := named(m.dimensions, over.Str("name"))
		if dim == nil {
			c.fail(m.Semantic, "Measure '%s' has a non_additive_dimension with name '%s' that is not defined as a dimension in semantic model '%s'.", name, over.Str("name"), m.Name)
		} else {
			if dim.Str("type") != "time" {
				c.fail(m.Semantic, "Measure '%s' has a non_additive_dimension with name'%s' that is defined as a categorical dimension which is not supported.", name, over.Str("name"))
			}
			grain := func(d *yamldoc.Map) string { return strings.ToUpper(d.Map("type_params").Str("time_granularity")) }
			if a, b := grain(dim), grain(time); a != "" && b != "" && a != b {
				c.fail(m.Semantic, "Measure '%s' has a non_additive_dimension with name '%s' that has a base time granularity (%s) that is not equal to the measure's "+
					"agg_time_dimension %s with a base granularity of (%s).", name, over.Str("name"), a, time.Str("name"), b)
			}
		}
		if choice := over.Str("window_choice"); choice != "min" && choice != "max" {
			c.fail(m.Semantic, "Measure '%s' has a non_additive_dimension with an invalid 'window_choice' of '%s'. Only choices supported are 'min' or 'max'.", name, choice)
		}
		var unknown []string
		for _, it := range over.List("window_groupings") {
			if g := yamldoc.Text(it); !slices.Contains(namesOf(m.entities), g) {
				unknown = append(unknown, g)
			}
		}
		if len(unknown) > 0 {
			c.fail(m.Semantic, "Measure '%s' has a non_additive_dimension with an invalid 'window_groupings'. These entities %s do not exist in the semantic model.", name, pySet(unknown))
		}
	})
}
