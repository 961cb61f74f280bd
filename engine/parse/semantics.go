package parse

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/semantics"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// The words that dbt-semantic-interfaces takes.
var (
	metricTypes      = []string{"simple", "ratio", "cumulative", "derived", "conversion"}
	aggregations     = []string{"sum", "min", "max", "count_distinct", "sum_boolean", "average", "percentile", "median", "count"}
	entityTypes      = []string{"foreign", "natural", "primary", "unique"}
	dimensionTypes   = []string{"categorical", "time"}
	granularities    = semantics.Granularities()
	periodAggs       = []string{"first", "last", "average"}
	conversionValues = []string{"conversions", "conversion_rate"}
)

var (
	metricProps = []property{{"description", "string"}, {"label", "string"}, {"type", "string"}, {"type_params", "object"}, {"time_granularity", "string"},
		{"meta", "object"}, {"tags", "strings"}, {"config", "object"}}
	semanticModelProps = []property{{"description", "string"}, {"label", "string"}, {"model", "string"}, {"defaults", "object"}, {"primary_entity", "string"},
		{"entities", "array"}, {"measures", "array"}, {"dimensions", "array"}, {"config", "object"}}
	savedQueryProps = []property{{"description", "string"}, {"label", "string"}, {"query_params", "object"}, {"exports", "array"}, {"config", "object"}}
)

// semantic starts an entry of the manifest with what all kinds have.
func (p *parser) semantic(e *entry, t manifest.ResourceType, name string) *manifest.Semantic {
	pkg := e.pf.project.Name
	s := &manifest.Semantic{Name: name, PackageName: pkg, OriginalFilePath: e.pf.path, UniqueID: string(t) + "." + pkg + "." + name, ResourceType: t,
		FQN: fqnOf(pkg, e.pf.rel, name), Line: e.line()}
	s.Doc = yamldoc.NewMap("name", name, "resource_type", string(t), "package_name", pkg, "path", e.pf.rel, "original_file_path", e.pf.path,
		"unique_id", s.UniqueID, "fqn", anyList(s.FQN))
	return s
}

// addSemantic keeps a finished entry, enabled or not.
func (p *parser) addSemantic(s *manifest.Semantic, enabled bool) error {
	if !enabled {
		p.m.AddDisabled(s)
		return nil
	}
	if old := p.m.Semantic(s.UniqueID); old != nil {
		plural := map[manifest.ResourceType]string{manifest.MetricType: "metrics", manifest.SemanticModel: "semantic models", manifest.SavedQuery: "saved queries"}
		return duplicate(plural[s.ResourceType], s.Name, "looking for "+s.Name, s.UniqueID, s.OriginalFilePath, s.Line, old.UniqueID, old.OriginalFilePath)
	}
	p.m.AddSemantic(s)
	return nil
}

func dependsOn() *yamldoc.Map { return yamldoc.NewMap("macros", []any{}, "nodes", []any{}) }

// choice takes one of some words.
func (e *entry) choice(path []any, v any, words []string) (string, error) {
	s, _ := v.(string)
	if lower := strings.ToLower(s); slices.Contains(words, lower) {
		return lower, nil
	}
	return "", e.at(diag.ParsingError, path, "Invalid %s config given in %s @ %s: %s - %s is not one of %s",
		e.key, e.pf.path, e.key, yamldoc.Repr(e.raw), yamldoc.Repr(v), yamldoc.Repr(anyList(words))).
		WithCode("semantic-value").WithHint("%s", diag.DidYouMean(s, words))
}

// bad is an error about something below the entry.
func (e *entry) bad(path []any, format string, args ...any) error {
	return e.at(diag.ParsingError, path, format, args...).WithCode("semantic-value")
}

// filters is a `filter:` or `where:`: one condition or a list of them.
func (e *entry) filters(path []any, v any) (any, error) {
	var list []any
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		list = []any{v}
	case []any:
		list = v
	default:
		return nil, e.bad(path, "a filter is a text or a list of texts, got %s", yamldoc.Repr(v))
	}
	out := make([]any, len(list))
	for i, it := range list {
		s, ok := it.(string)
		if !ok {
			return nil, e.bad(append(slices.Clone(path), i), "a filter is a text, got %s", yamldoc.Repr(it))
		}
		out[i] = yamldoc.NewMap("where_sql_template", s)
	}
	return yamldoc.NewMap("where_filters", out), nil
}

// named is a measure or metric given by its name or by a map with one.
func (e *entry) named(path []any, v any, known ...string) (*yamldoc.Map, error) {
	switch v := v.(type) {
	case string:
		return yamldoc.NewMap("name", v), nil
	case *yamldoc.Map:
		if _, ok := v.Value("name").(string); ok {
			for _, k := range v.Keys() {
				if !slices.Contains(known, k) {
					return nil, e.bad(append(slices.Clone(path), k), "unknown property '%s' of %s", k, v.Str("name")).(*diag.Diagnostic).WithHint("%s", diag.DidYouMean(k, known))
				}
			}
			return v, nil
		}
	}
	return nil, e.bad(path, "Invalid %s config given in %s @ %s: %s - expected a name or a map with a name, got %s", e.key, e.pf.path, e.key, yamldoc.Repr(e.raw), yamldoc.Repr(v))
}

func (e *entry) inputMeasure(path []any, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	m, err := e.named(path, v, "name", "filter", "alias", "join_to_timespine", "fill_nulls_with")
	if err != nil {
		return nil, err
	}
	filter, err := e.filters(append(slices.Clone(path), "filter"), m.Value("filter"))
	join, _ := m.Value("join_to_timespine").(bool)
	return yamldoc.NewMap("name", m.Value("name"), "filter", filter, "alias", m.Value("alias"), "join_to_timespine", join,
		"fill_nulls_with", m.Value("fill_nulls_with")), err
}

func (e *entry) metricInput(path []any, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	m, err := e.named(path, v, "name", "filter", "alias", "offset_window", "offset_to_grain")
	if err != nil {
		return nil, err
	}
	filter, err := e.filters(append(slices.Clone(path), "filter"), m.Value("filter"))
	if err != nil {
		return nil, err
	}
	window, err := e.window(append(slices.Clone(path), "offset_window"), m.Value("offset_window"))
	return yamldoc.NewMap("name", m.Value("name"), "filter", filter, "alias", m.Value("alias"), "offset_window", window,
		"offset_to_grain", m.Value("offset_to_grain")), err
}

// window reads `28 days`.
func (e *entry) window(path []any, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	text, _ := v.(string)
	words := strings.Split(strings.ToLower(text), " ")
	if len(words) != 2 {
		return nil, e.bad(path, "Invalid window (%s) in cumulative/conversion metric. Should be of the form `<count> <granularity>`, e.g., `28 days`", yamldoc.Text(v))
	}
	count, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil || count < 0 {
		return nil, e.bad(path, "Invalid count (%s) in cumulative/conversion metric window string: (%s)", words[0], text)
	}
	granularity := words[1]
	if one := strings.TrimSuffix(granularity, "s"); slices.Contains(granularities, one) {
		granularity = one
	}
	return yamldoc.NewMap("count", count, "granularity", granularity), nil
}

var metricName = regexp.MustCompile(`^\w+$`)

// metricEntry declares a metric.
func (p *parser) metricEntry(e *entry) error {
	if err := e.only(e.m, nil, "name", "label", "type", "type_params", "description", "filter", "time_granularity", "meta", "tags", "config"); err != nil {
		return err
	}
	if err := e.types(e.m, nil, metricProps); err != nil {
		return err
	}
	for _, key := range []string{"label", "type", "type_params"} {
		if e.m.Value(key) == nil {
			return e.required(key)
		}
	}
	var wrong []string
	if strings.Contains(e.name, " ") {
		wrong = append(wrong, "cannot contain spaces")
	}
	if len(e.name) > 250 {
		wrong = append(wrong, "cannot contain more than 250 characters")
	}
	if !regexp.MustCompile(`^[A-Za-z]`).MatchString(e.name) {
		wrong = append(wrong, "must begin with a letter")
	}
	if !metricName.MatchString(e.name) {
		wrong = append(wrong, "must contain only letters, numbers and underscores")
	}
	if len(wrong) > 0 {
		return e.bad([]any{"name"}, "The metric name '%s' is invalid.  It %s", e.name, strings.Join(wrong, ", "))
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	return p.metric(e, e.name, e.m, cfg)
}

// metric adds a metric; m is its entry, or what a measure with create_metric
// stands for.
func (p *parser) metric(e *entry, name string, m, cfg *yamldoc.Map) error {
	s := p.semantic(e, manifest.MetricType, name)
	v, unrendered, err := p.config(manifest.MetricType, s.PackageName, s.FQN, nil, cfg)
	if err != nil {
		return err
	}
	kind, err := e.choice([]any{"type"}, m.Value("type"), metricTypes)
	if err != nil {
		return err
	}
	params, err := e.typeParams(kind, m.Map("type_params"))
	if err != nil {
		return err
	}
	filter, err := e.filters([]any{"filter"}, m.Value("filter"))
	if err != nil {
		return err
	}
	meta := m.Map("meta")
	if found := v.Meta(); found.Len() > 0 || meta == nil {
		meta = found
	}
	s.Tags, s.Config = stringList(m.Value("tags")), v.Map()
	group := s.Config.Value("group")
	if g, ok := group.(string); ok {
		s.Group = &g
	}
	for _, f := range []struct {
		name string
		v    any
	}{
		{"description", m.Str("description")}, {"label", m.Value("label")}, {"type", kind}, {"type_params", params}, {"filter", filter}, {"metadata", nil},
		{"time_granularity", m.Value("time_granularity")}, {"meta", meta}, {"tags", anyList(s.Tags)}, {"config", s.Config}, {"unrendered_config", unrendered},
		{"sources", []any{}}, {"depends_on", dependsOn()}, {"refs", []any{}}, {"metrics", []any{}}, {"created_at", p.now}, {"group", group},
	} {
		s.Doc.Set(f.name, f.v)
	}
	return p.addSemantic(s, v.Enabled())
}

// typeParams reads what a type of metric needs (MetricParser in
// dbt/parser/schema_yaml_readers.py).
func (e *entry) typeParams(kind string, m *yamldoc.Map) (*yamldoc.Map, error) {
	known := []string{"measure", "numerator", "denominator", "expr", "window", "grain_to_date", "metrics", "conversion_type_params", "cumulative_type_params"}
	for _, k := range m.Keys() {
		if !slices.Contains(known, k) {
			return nil, e.bad([]any{"type_params", k}, "unknown property '%s' of type_params", k).(*diag.Diagnostic).WithHint("%s", diag.DidYouMean(k, known))
		}
	}
	at := func(steps ...any) []any { return append([]any{"type_params"}, steps...) }
	var err error
	note := func(v any, e error) any {
		if err == nil {
			err = e
		}
		return v
	}
	out := yamldoc.NewMap("measure", note(e.inputMeasure(at("measure"), m.Value("measure"))), "input_measures", []any{},
		"numerator", note(e.metricInput(at("numerator"), m.Value("numerator"))), "denominator", note(e.metricInput(at("denominator"), m.Value("denominator"))),
		"expr", textOf(m.Value("expr")), "window", note(e.window(at("window"), m.Value("window"))), "grain_to_date", nil)
	if g := m.Value("grain_to_date"); g != nil {
		out.Set("grain_to_date", note(e.choice(at("grain_to_date"), g, granularities)))
	}
	metrics := []any{}
	for i, it := range m.List("metrics") {
		if it == nil {
			it = false // no name
		}
		metrics = append(metrics, note(e.metricInput(at("metrics", i), it)))
	}
	out.Set("metrics", metrics)
	out.Set("conversion_type_params", nil)
	if c := m.Map("conversion_type_params"); c != nil {
		here := func(key string) []any { return at("conversion_type_params", key) }
		calculation := any("conversion_rate")
		if v := c.Value("calculation"); v != nil {
			calculation = note(e.choice(here("calculation"), v, conversionValues))
		}
		for _, key := range []string{"base_measure", "conversion_measure", "entity"} {
			if c.Value(key) == nil {
				note(nil, e.bad(at("conversion_type_params"), "Invalid metrics config given in %s @ metrics: %s - at path ['type_params']['conversion_type_params']: '%s' is a required property", e.pf.path, yamldoc.Repr(e.raw), key))
			}
		}
		var properties any
		if list := c.List("constant_properties"); list != nil {
			properties = list
		}
		out.Set("conversion_type_params", yamldoc.NewMap(
			"base_measure", note(e.inputMeasure(here("base_measure"), c.Value("base_measure"))),
			"conversion_measure", note(e.inputMeasure(here("conversion_measure"), c.Value("conversion_measure"))),
			"entity", c.Value("entity"), "calculation", calculation, "window", note(e.window(here("window"), c.Value("window"))),
			"constant_properties", properties))
	}
	out.Set("cumulative_type_params", nil)
	if kind == "cumulative" {
		c := m.Map("cumulative_type_params")
		first := func(key string) any {
			if v := c.Value(key); v != nil {
				return v
			}
			return m.Value(key) // its place before dbt 1.9
		}
		period := any("first")
		if v := c.Value("period_agg"); v != nil {
			period = note(e.choice(at("cumulative_type_params", "period_agg"), v, periodAggs))
		}
		out.Set("cumulative_type_params", yamldoc.NewMap("window", note(e.window(at("cumulative_type_params", "window"), first("window"))),
			"grain_to_date", first("grain_to_date"), "period_agg", period, "metric", nil))
	}
	out.Set("metric_aggregation_params", nil)
	if err == nil {
		switch {
		case (kind == "simple" || kind == "cumulative") && out.Value("measure") == nil:
			err = e.bad(at(), "The metric %s is of type %s and should have a measure defined, but it does not.", e.name, kind)
		case kind == "ratio" && (out.Value("numerator") == nil || out.Value("denominator") == nil):
			err = e.bad(at(), "Invalid ratio metric. Both a numerator and denominator must be specified")
		case kind == "conversion" && out.Value("conversion_type_params") == nil:
			err = e.bad(at(), "%s is a conversion metric and must have conversion_type_params defined.", e.name)
		}
	}
	return out, err
}

// textOf is Python's str() of a value, None as it is.
func textOf(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		if v {
			return "True"
		}
		return "False"
	}
	return yamldoc.Text(v)
}
