package values

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// RelationClass is `api.Relation`: it makes relations in the quoting that the
// project configures.
type RelationClass struct {
	name      string
	dialect   adapter.Dialect
	quoting   adapter.QuotePolicy
	maxName   int
	swappable bool // views and tables can be renamed and replaced by name
	more      map[string]adapter.RelationMethod
}

// NewRelationClass makes the class of a driver. quoting is the project's
// policy: its `quoting:` over the dialect's default.
func NewRelationClass(d adapter.Driver, quoting adapter.QuotePolicy) *RelationClass {
	dialect := d.Dialect()
	c := &RelationClass{name: ClassPrefix(d.Name()) + "Relation", dialect: dialect, quoting: quoting}
	if d.Name() == "postgres" || slices.Contains(d.Parents(), "postgres") {
		c.swappable = true
		c.maxName = dialect.MaxIdentifierLength
	}
	if m, ok := d.(adapter.RelationMethodSet); ok {
		c.more = m.RelationMethods()
	}
	return c
}

// ClassPrefix is the adapter's name as dbt writes it in class names.
func ClassPrefix(adapterName string) string {
	switch adapterName {
	case "duckdb":
		return "DuckDB"
	case "":
		return "Base"
	}
	return strings.ToUpper(adapterName[:1]) + adapterName[1:]
}

// Wrap makes the Jinja value of a plain relation. The name of an ephemeral
// model's CTE is never quoted.
func (c *RelationClass) Wrap(r adapter.Relation) *Relation {
	if strings.HasPrefix(r.Identifier, ephemeralPrefix) && (r.Type == adapter.TypeCTE || r.Type == adapter.TypeEphemeral) {
		r.Quote.Identifier = false
	}
	return &Relation{r: r, class: c}
}

// WrapChecked is Wrap with the warehouse's limit on the length of names.
func (c *RelationClass) WrapChecked(r adapter.Relation) (*Relation, error) { return c.Wrap(r).check() }

// relation makes one in the project's quoting.
func (c *RelationClass) relation(database, schema, identifier string, t adapter.RelationType) *Relation {
	r := adapter.NewRelation(c.dialect, database, schema, identifier, t)
	r.Quote = c.quoting
	return &Relation{r: r, class: c}
}

// New makes a relation in the project's quoting.
func (c *RelationClass) New(database, schema, identifier string, t adapter.RelationType) (*Relation, error) {
	return c.relation(database, schema, identifier, t).check()
}

// Cached makes a relation as it is found in the warehouse: fully quoted.
func (c *RelationClass) Cached(database, schema, identifier string, t adapter.RelationType) *Relation {
	r := c.relation(database, schema, identifier, t)
	r.r.Quote = adapter.QuotePolicy{Database: true, Schema: true, Identifier: true}
	return r
}

// Quoting is the project's policy.
func (c *RelationClass) Quoting() adapter.QuotePolicy { return c.quoting }

// Name is the Python class name.
func (c *RelationClass) Name() string { return c.name }

// Type of the class object.
func (*RelationClass) Type() string { return "RelationProxy" }

// Truth is true.
func (*RelationClass) Truth() bool { return true }

// String names the class.
func (c *RelationClass) String() string { return c.Repr() }

// Repr names the class.
func (c *RelationClass) Repr() string { return "<class '" + c.name + "'>" }

// relationTypes are the members of dbt's RelationType.
func relationTypes() map[string]adapter.RelationType {
	return map[string]adapter.RelationType{
		"Table": adapter.TypeTable, "View": adapter.TypeView, "CTE": adapter.TypeCTE,
		"MaterializedView": adapter.TypeMaterializedView, "Ephemeral": adapter.TypeEphemeral,
		"External": adapter.TypeExternal, "PointerTable": adapter.TypePointerTable, "Function": adapter.TypeFunction,
	}
}

// ParseRelationType reads a type as the warehouse's macros name it; unknown ones
// are External, as in dbt's list_relations.
func ParseRelationType(s string) adapter.RelationType {
	for _, t := range relationTypes() {
		if string(t) == s {
			return t
		}
	}
	return adapter.TypeExternal
}

func relationType(v jinja.Value) (adapter.RelationType, error) {
	if isNone(v) {
		return "", nil
	}
	s := v.String()
	var names []string
	for _, t := range relationTypes() {
		if string(t) == s {
			return t, nil
		}
		names = append(names, string(t))
	}
	slices.Sort(names)
	d := diag.New(diag.RuntimeError, "%q is not a relation type, expected one of %s", s, strings.Join(names, ", "))
	return "", d.WithHint("%s", diag.DidYouMean(s, names))
}

// constant gives the type names and RelationType; nil when there is none.
func (c *RelationClass) constant(name string) jinja.Value {
	switch name {
	case "Table", "View", "CTE", "MaterializedView", "External", "PointerTable", "Function":
		return jinja.Str(relationTypes()[name])
	case "get_relation_type":
		attrs := map[string]jinja.Value{}
		for n, t := range relationTypes() {
			attrs[n] = jinja.Str(t)
		}
		return jinja.NewFunction("RelationType", func(_ *jinja.Thread, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
			v, err := jinja.Bind("RelationType", pos, kw, required("value"))
			if err != nil {
				return nil, err
			}
			t, err := relationType(v[0])
			return strOrNone(string(t)), err
		}).WithAttrs(attrs)
	}
	return nil
}

// Attr gives the class's constants and methods.
func (c *RelationClass) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if v := c.constant(name); v != nil {
		return v, nil
	}
	return classMethods.bound(c, name), nil
}

// CallMethod calls a class method.
func (c *RelationClass) CallMethod(t *jinja.Thread, name string, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, bool, error) {
	return classMethods.call(c, t, name, pos, kw)
}

var classMethods = methods[*RelationClass]{
	"create":      func(c *RelationClass, a args) (jinja.Value, error) { return c.create(a, c.quoting) },
	"create_from": func(c *RelationClass, a args) (jinja.Value, error) { return c.createFrom(a) },
	"create_ephemeral_from": func(c *RelationClass, a args) (jinja.Value, error) {
		v, err := a.bind("create_ephemeral_from", required("relation_config"), optional("limit"), optional("event_time_filter"))
		if err != nil {
			return nil, err
		}
		id, err := configText(a.t, v[0], "identifier", "alias")
		if err != nil {
			return nil, err
		}
		r := c.Wrap(adapter.NewRelation(c.dialect, "", "", ephemeralPrefix+id, adapter.TypeCTE))
		if err := r.set("limit", v[1], true); err != nil {
			return nil, err
		}
		return r, r.setEventFilter(v[2])
	},
	"add_ephemeral_prefix": func(_ *RelationClass, a args) (jinja.Value, error) { return addEphemeralPrefix(a) },
	"scd_args":             func(_ *RelationClass, a args) (jinja.Value, error) { return scdArgs(a) },
	"get_default_quote_policy": func(c *RelationClass, a args) (jinja.Value, error) {
		return c.defaultQuotePolicy(), a.none("get_default_quote_policy")
	},
	"get_default_include_policy": func(_ *RelationClass, a args) (jinja.Value, error) {
		return policy(true, true, true), a.none("get_default_include_policy")
	},
}

func (c *RelationClass) defaultQuotePolicy() *Record {
	q := c.dialect.DefaultQuoting
	return policy(q.Database, q.Schema, q.Identifier)
}

// create is `api.Relation.create`; base is the quoting that quote_policy changes.
func (c *RelationClass) create(a args, base adapter.QuotePolicy) (jinja.Value, error) {
	params := []string{"database", "schema", "identifier", "type"}
	if len(a.pos) > len(params) {
		return nil, jinja.Raise("TypeError", "create() takes from 1 to 5 positional arguments but "+
			jinja.Int(len(a.pos)+1).String()+" were given")
	}
	r := c.relation("", "", "", "")
	r.r.Quote = base
	for i, v := range a.pos {
		if err := r.setNamed(params[i], v); err != nil {
			return nil, err
		}
	}
	for _, k := range a.kw {
		for i := range a.pos {
			if params[i] == k.Name {
				return nil, jinja.Raise("TypeError", "create() got multiple values for argument '"+k.Name+"'")
			}
		}
		if err := r.setNamed(k.Name, k.Value); err != nil {
			return nil, err
		}
	}
	return r.check()
}

func (r *Relation) setNamed(name string, v jinja.Value) error {
	switch name {
	case "database", "schema", "identifier":
		return r.setPart(name, v)
	}
	return r.set(name, v, true)
}

// createPlain is create on a relation: not in the project's quoting but in the
// dialect's.
func (c *RelationClass) createPlain(a args) (jinja.Value, error) {
	return c.create(a, c.dialect.DefaultQuoting)
}

// createFrom makes the relation of a node.
func (c *RelationClass) createFrom(a args) (jinja.Value, error) {
	if len(a.pos) > 2 {
		return nil, jinja.Raise("TypeError", "create_from() takes 3 positional arguments but more were given")
	}
	var node jinja.Value
	var rest []jinja.Kwarg
	if len(a.pos) == 2 {
		node = a.pos[1]
	}
	for _, k := range a.kw {
		switch k.Name {
		case "quoting":
		case "relation_config":
			node = k.Value
		default:
			rest = append(rest, k)
		}
	}
	if node == nil {
		return nil, jinja.Raise("TypeError", "create_from() missing 1 required positional argument: 'relation_config'")
	}
	r := c.relation("", "", "", "")
	for _, p := range [][2]string{{"database", "database"}, {"schema", "schema"}, {"identifier", "alias"}} {
		s, err := configText(a.t, node, p[0], p[1])
		if err != nil {
			return nil, err
		}
		if err := r.setPart(p[0], strOrNone(s)); err != nil {
			return nil, err
		}
	}
	return r.change(rest, true)
}

// configText reads the first of two attributes or items that a node has.
func configText(t *jinja.Thread, node jinja.Value, names ...string) (string, error) {
	for _, n := range names {
		v, err := jinja.GetItem(t, node, jinja.Str(n))
		if err != nil {
			return "", err
		}
		if s, ok := jinja.AsString(v); ok {
			return s, nil
		}
	}
	return "", nil
}
