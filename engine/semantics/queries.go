package semantics

import (
	"slices"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// filters holds that the filters of metrics and saved queries can be read.
func (c *checker) filters() {
	for _, s := range c.metrics {
		params := typeParams(s)
		c.filter(s, s.Doc.Map("filter"), "filter of metric `"+s.Name+"`")
		if m := params.Map("measure"); m != nil {
			c.filter(s, m.Map("filter"), "filter of measure input `"+m.Str("name")+"` on metric `"+s.Name+"`")
		}
		c.filter(s, params.Map("numerator").Map("filter"), "the numerator filter on metric `"+s.Name+"`")
		c.filter(s, params.Map("denominator").Map("filter"), "the denominator filter on metric `"+s.Name+"`")
		for _, in := range parts(params, "metrics") {
			c.filter(s, in.Map("filter"), "filter for input metric `"+in.Str("name")+"` on metric `"+s.Name+"`")
		}
	}
	for _, s := range c.queries {
		c.filter(s, s.Doc.Map("query_params").Map("where"), "a filter in saved query `"+s.Name+"`")
	}
}

// filter reads the conditions of one filter; what says in messages which.
func (c *checker) filter(s *manifest.Semantic, f *yamldoc.Map, what string) {
	for _, w := range parts(f, "where_filters") {
		text := w.Str("where_sql_template")
		items, err := c.items(text)
		if err != nil {
			c.fail(s, "An error occurred while trying to parse %s - %s in: %s", what, err, text)
			continue
		}
		for _, it := range items {
			if it.grain != "" && !slices.Contains(c.grains, it.grain) && !slices.Contains(c.custom, it.grain) {
				c.warn(s, "Filter for %s `%s` is not valid. `%s` is not a valid granularity name. Valid granularity options: %s", s.ResourceType, s.Name, it.grain,
					pyList(slices.Concat(c.grains, c.custom)))
			}
		}
	}
}

// savedQueries holds that saved queries ask for what is there.
func (c *checker) savedQueries() {
	known := map[string]bool{"metric_time": true}
	metric := map[string]bool{}
	for _, s := range c.metrics {
		known[s.Name], metric[s.Name] = true, true
	}
	for _, m := range c.models {
		for _, name := range slices.Concat(namesOf(m.dimensions), namesOf(m.entities)) {
			known[name] = true
		}
	}
	for _, s := range c.queries {
		params := s.Doc.Map("query_params")
		listed := map[string]bool{} // what may be ordered by
		for _, it := range params.List("metrics") {
			name := yamldoc.Text(it)
			listed["Metric "+name] = true
			if !metric[name] {
				c.fail(s, "`%s` is not a valid metric name.", name)
			}
		}
		bad := false
		for _, it := range params.List("group_by") {
			text := yamldoc.Text(it)
			items, err := c.items("{{ " + text + " }}")
			switch {
			case err != nil:
				bad = true
				c.fail(s, "An error occurred while trying to parse a group-by in saved query `%s` - %s in: %s", s.Name, err, text)
			case len(items) != 1 || !known[items[0].element]:
				c.fail(s, "`%s` is not a valid group-by name.", text)
			default:
				listed[items[0].key()] = true
			}
		}
		for _, it := range params.List("order_by") {
			text := yamldoc.Text(it)
			items, err := c.orderItems(text)
			switch {
			case bad: // what is listed is not known
			case err != nil:
				c.fail(s, "An error occurred while parsing a field in '%s'. Note that metrics need to be specified using the object-builder syntax (`Metric('metric_name')`) "+
					"and if `.descending(...)` is specified, it should be at the end. - %s in: %s", s.Name, err, text)
			case len(items) != 1 || !listed[items[0].key()]:
				c.fail(s, "%s does not match any of the listed metrics or group-by items. ", text)
			}
		}
		if limit, ok := params.Value("limit").(int64); ok && limit < 0 {
			c.fail(s, "Invalid limit value: %d (should be >= 0)", limit)
		}
	}
}
