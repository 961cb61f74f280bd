package semantics

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// validityWindows holds semantic models over slowly changing dimensions.
func (c *checker) validityWindows() {
	const needs = "Semantic models using dimension validity params to define a validity window must have exactly two time dimensions with validity " +
		"params specified - one marked `is_start` and the other marked `is_end`."
	for _, m := range c.models {
		params := func(d *yamldoc.Map) *yamldoc.Map { return d.Map("type_params").Map("validity_params") }
		marked := func(key string) []string {
			return namesOf(where(m.dimensions, func(d *yamldoc.Map) bool { return params(d).Value(key) == true }))
		}
		dims := where(m.dimensions, func(d *yamldoc.Map) bool { return params(d) != nil })
		if len(dims) == 0 {
			continue
		}
		starts, ends := marked("is_start"), marked("is_end")
		switch {
		case len(dims) == 1 && len(starts) == 1 && len(ends) == 1:
			c.fail(m.Semantic, "Semantic model %s has a single validity param dimension that defines its window: `%s`. This is not a currently supported configuration! "+
				"%s If you have one column defining a window, as in a daily snapshot table, you can define a separate dimension and increment the time value in the "+
				"`expr` field as a work-around.", m.Name, dims[0].Str("name"), needs)
		case len(dims) != 2:
			c.fail(m.Semantic, "Semantic model %s has %d dimensions defined with validity params. They are: %s. There must be either zero or two! If you wish to "+
				"define a validity window for this semantic model, please follow these requirements: %s", m.Name, len(dims), pyList(namesOf(dims)), needs)
		case len(starts) != 1 || len(ends) != 1:
			c.fail(m.Semantic, "Semantic model %s has two validity param dimensions defined, but does not have exactly one each marked with is_start and is_end! "+
				"Dimensions: %s. is_start dimensions: %s. is_end dimensions: %s. %s", m.Name, pyList(namesOf(dims)), pyList(starts), pyList(ends), needs)
		}
		keys := where(m.entities, func(e *yamldoc.Map) bool { return e.Str("type") == "primary" || e.Str("type") == "unique" })
		if len(naturalKeys(m)) == 0 {
			c.fail(m.Semantic, "Semantic model %s has validity param dimensions defined, but does not have an entity with type `natural` set. The natural key for this "+
				"semantic model is what we use to process a validity window join. Primary or unique entities, if any, might be suitable for use as natural keys: (%s).",
				m.Name, pyList(namesOf(keys)))
		}
		if len(keys) > 0 {
			c.fail(m.Semantic, "Semantic model %s has validity param dimensions defined and also has one or more entities designated as `primary` or `unique`. This is "+
				"not yet supported, as we do not currently process joins against these key types for semantic models with validity windows specified.", m.Name)
		}
		if len(m.measures) > 0 {
			c.fail(m.Semantic, "Semantic model %s has both measures and validity param dimensions defined. This is not currently supported! Please remove either the "+
				"measures or the validity params. Measure names: %s. Validity param dimension names: %s.", m.Name, pyList(namesOf(m.measures)), pyList(namesOf(dims)))
		}
	}
}

func naturalKeys(m *model) []string {
	return namesOf(where(m.entities, func(e *yamldoc.Map) bool { return e.Str("type") == "natural" }))
}

func (c *checker) naturalEntities() {
	for _, m := range c.models {
		keys := naturalKeys(m)
		slices.Sort(keys)
		keys = slices.Compact(keys)
		if len(keys) > 1 {
			c.fail(m.Semantic, "Semantic models can have at most one natural entity, but semantic model `%s` has %d distinct natural entities set! %s.", m.Name, len(keys), pySet(keys))
		}
		window := slices.ContainsFunc(m.dimensions, func(d *yamldoc.Map) bool { return d.Map("type_params").Map("validity_params") != nil })
		if len(keys) > 0 && !window {
			c.fail(m.Semantic, "The use of `natural` entities is currently supported only in conjunction with a validity window defined in the set of time dimensions "+
				"associated with the semantic model. Semantic model `%s` uses a natural entity (%s) but does not define a validity window!", m.Name, pySet(keys))
		}
	}
}

// dimensionTypes holds dimensions of one name against the first of them.
func (c *checker) dimensionTypes() {
	first := map[string]*yamldoc.Map{}
	for _, m := range c.models {
		for _, d := range m.dimensions {
			name := d.Str("name")
			old, seen := first[name]
			if !seen {
				first[name] = d
				continue
			}
			if a, b := old.Str("type"), d.Str("type"); a != b {
				c.fail(m.Semantic, "In semantic model `%s`, type conflict for dimension `%s` - already in model as type `DimensionType.%s` but got `DimensionType.%s`",
					m.Name, name, strings.ToUpper(a), strings.ToUpper(b))
			}
			if a, b := old.Value("is_partition") == true, d.Value("is_partition") == true; a != b {
				c.fail(m.Semantic, "In semantic model `%s, conflicting is_partition attribute for dimension `%s` - already in model with is_partition as `%s` but got `%s``",
					m.Name, name, yamldoc.Repr(a), yamldoc.Repr(b))
			}
		}
	}
}

// elementTypes holds that a name means the same kind of thing in all semantic models.
func (c *checker) elementTypes() {
	type use struct {
		kinds  map[string][]string // kind → names of semantic models
		models map[string]*model
	}
	uses := map[string]*use{}
	var order []string
	note := func(m *model, kind string, list []*yamldoc.Map) {
		for _, name := range namesOf(list) {
			u := uses[name]
			if u == nil {
				u = &use{map[string][]string{}, map[string]*model{}}
				uses[name] = u
				order = append(order, name)
			}
			if u.models[kind] == nil {
				u.models[kind] = m
			}
			u.kinds[kind] = append(u.kinds[kind], m.Name)
		}
	}
	for _, m := range c.models {
		note(m, "measure", m.measures)
		note(m, "dimension", m.dimensions)
		note(m, "entity", m.entities)
	}
	for _, name := range order {
		u := uses[name]
		if len(u.kinds) < 2 {
			continue
		}
		var kinds, shown []string
		for _, kind := range []string{"dimension", "entity", "measure"} {
			if u.kinds[kind] != nil {
				kinds = append(kinds, kind)
				shown = append(shown, "<SemanticModelElementType."+strings.ToUpper(kind)+": '"+kind+"'>")
			}
		}
		for _, kind := range kinds {
			c.fail(u.models[kind].Semantic, "In semantic models %s, element `%s` is of type SemanticModelElementType.%s, but it is used as types [%s] across the model.",
				pySet(u.kinds[kind]), name, strings.ToUpper(kind), strings.Join(shown, ", "))
		}
	}
}

// defaults holds that the default time dimension is one.
func (c *checker) defaults() {
	for _, m := range c.models {
		if name := m.Doc.Map("defaults").Str("agg_time_dimension"); name != "" && !m.timeDimension(name) {
			c.fail(m.Semantic, "Default aggregation time dimension was specified as '%s' which doesn't exist as a time dimension in semantic model named '%s'.", name, m.Name)
		}
	}
}

// primaryKeys are the entities of type primary.
func primaryKeys(m *model) []string {
	return namesOf(where(m.entities, func(e *yamldoc.Map) bool { return e.Str("type") == "primary" }))
}

func (c *checker) primaryEntities() {
	for _, m := range c.models {
		keys, field := primaryKeys(m), m.Doc.Str("primary_entity")
		switch {
		case len(keys) > 1:
			c.fail(m.Semantic, "Semantic models can have only one primary entity. The semantic model `%s` has %d: %s", m.Name, len(keys), strings.Join(keys, ", "))
		case len(keys) == 1 && field != "":
			c.fail(m.Semantic, "The semantic model `%s` has an entity named `%s` with type primary but it also has the `primary_entity` field set to `%s`. "+
				"Both should not be present in the model.", m.Name, keys[0], field)
		case len(keys) == 0 && field == "" && len(m.dimensions) > 0:
			c.fail(m.Semantic, "The semantic model %s contains dimensions, but it does not define a primary entity. Either add an entity with type PRIMARY or set a "+
				"value for the primary_entity key.", m.Name)
		}
	}
}

// primaryPairs holds that a dimension of a primary entity stands in one semantic model.
func (c *checker) primaryPairs() {
	owner := map[[2]string]*model{}
	for _, m := range c.models {
		key := m.Doc.Str("primary_entity")
		if key == "" {
			if keys := primaryKeys(m); len(keys) > 0 {
				key = keys[0]
			}
		}
		if key == "" {
			continue
		}
		for _, name := range namesOf(m.dimensions) {
			old, taken := owner[[2]string{key, name}]
			if !taken || old == m {
				owner[[2]string{key, name}] = m
				continue
			}
			c.fail(m.Semantic, "Duplicate dimension + primary entity pairing detected, dimension + primary entity pairings must be unique. Semantic model `%s` has a "+
				"primary entity of `%s` and dimension `%s`, but this pairing is already in use on semantic model `%s`.", m.Name, key, name, old.Name)
		}
	}
}

// timeSpines warns of spines that can't be told apart, and of dimensions finer than all of them.
func (c *checker) timeSpines() {
	if len(c.spines) == 0 {
		return
	}
	grain := func(name string) int { return slices.Index(c.grains, name) }
	relations := map[string][]string{}
	finestSpine, finestDimension := len(c.grains), len(c.grains)
	for _, s := range c.spines {
		g := s.Map("primary_column").Str("time_granularity")
		relations[g] = append(relations[g], s.Map("node_relation").Str("relation_name"))
		finestSpine = min(finestSpine, grain(g))
	}
	var twice []string
	for _, g := range c.grains {
		if len(relations[g]) > 1 {
			twice = append(twice, "'"+strings.ToUpper(g)+"': "+pyList(relations[g]))
		}
	}
	if len(twice) > 0 {
		c.warn(nil, "Only one time spine is supported per granularity. Got duplicates: {%s}", strings.Join(twice, ", "))
	}
	var of *manifest.Semantic
	for _, m := range c.models {
		for _, d := range m.dimensions {
			if g := grain(d.Map("type_params").Str("time_granularity")); g >= 0 && g < finestDimension {
				finestDimension, of = g, m.Semantic
			}
		}
	}
	if of != nil && finestDimension < finestSpine {
		c.warn(of, "To avoid unexpected query errors, configuring a time spine at or below the smallest time dimension granularity is recommended. Smallest time "+
			"dimension granularity: %s; Smallest time spine granularity: TimeGranularity.%s", strings.ToUpper(c.grains[finestDimension]), strings.ToUpper(c.grains[finestSpine]))
	}
}
