package values

import (
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// Relation is dbt's relation object. It is immutable: methods give a changed copy.
type Relation struct {
	r          adapter.Relation
	class      *RelationClass
	dbtCreated bool
	// info: an InformationSchema; view is the view inside it.
	info bool
	view string
}

// Adapter returns the plain relation.
func (r *Relation) Adapter() adapter.Relation { return r.r }

// Class returns the relation's class.
func (r *Relation) Class() *RelationClass { return r.class }

// Type is the Python class name.
func (r *Relation) Type() string {
	if r.info {
		return "InformationSchema"
	}
	return r.class.name
}

// Truth is always true.
func (r *Relation) Truth() bool { return true }

// Render is the quoted path, without a limit.
func (r *Relation) Render() string {
	if r.r.External != "" {
		return r.r.External
	}
	parts := make([]string, 0, 4)
	add := func(include, quote bool, name string) {
		if !include || name == "" {
			return
		}
		if quote {
			name = r.r.Quoted(name)
		}
		parts = append(parts, name)
	}
	add(r.r.Include.Database, r.r.Quote.Database, r.r.Database)
	add(r.r.Include.Schema, r.r.Quote.Schema, r.r.Schema)
	add(r.r.Include.Identifier, r.r.Quote.Identifier, r.r.Identifier)
	if r.info && r.view != "" {
		parts = append(parts, r.view)
	}
	return strings.Join(parts, ".")
}

// String is what {{ relation }} prints: the path, or a subquery when the
// relation is limited (--empty) or filtered by event time.
func (r *Relation) String() string {
	s := r.Render()
	if r.r.Type == adapter.TypeFunction {
		return s
	}
	if r.r.Limit != nil {
		s = r.renderLimited()
	}
	if r.r.EventTime != nil {
		s = r.renderFiltered(s)
	}
	return s
}

func (r *Relation) subqueryAlias(kind string) string {
	if !r.r.SubqueryAlias {
		return ""
	}
	return " _dbt_" + kind + "_subq_" + r.r.Identifier
}

func (r *Relation) renderLimited() string {
	s := r.Render()
	switch {
	case r.r.Limit == nil:
		return s
	case *r.r.Limit == 0:
		return "(select * from " + s + " where false limit 0)" + r.subqueryAlias("limit")
	}
	return "(select * from " + s + " limit " + strconv.FormatInt(*r.r.Limit, 10) + ")" + r.subqueryAlias("limit")
}

func (r *Relation) renderFiltered(s string) string {
	f := r.r.EventTime
	if f == nil {
		return s
	}
	var where string
	switch {
	case f.Start != "" && f.End != "":
		where = f.Field + " >= '" + f.Start + "' and " + f.Field + " < '" + f.End + "'"
	case f.Start != "":
		where = f.Field + " >= '" + f.Start + "'"
	case f.End != "":
		where = f.Field + " < '" + f.End + "'"
	default:
		return s
	}
	return "(select * from " + s + " where " + where + ")" + r.subqueryAlias("et_filter")
}

// Repr is `<PostgresRelation "db"."s"."t">`.
func (r *Relation) Repr() string { return "<" + r.Type() + " " + r.Render() + ">" }

// relationKey holds everything that makes two relations equal.
type relationKey struct {
	class             string
	r                 adapter.Relation
	limit             string
	event             adapter.EventTimeFilter
	filtered, created bool
	view              string
}

func (r *Relation) key() relationKey {
	k := relationKey{class: r.Type(), r: r.r, view: r.view, created: r.dbtCreated}
	k.r.Limit, k.r.EventTime = nil, nil
	if r.r.Limit != nil {
		k.limit = strconv.FormatInt(*r.r.Limit, 10)
	}
	if r.r.EventTime != nil {
		k.event, k.filtered = *r.r.EventTime, true
	}
	return k
}

// EqualTo compares all fields, as dbt does.
func (r *Relation) EqualTo(other jinja.Value) bool {
	o, ok := other.(*Relation)
	return ok && (r == o || r.key() == o.key())
}

// HashKey makes relations keys of dicts.
func (r *Relation) HashKey() (any, error) { return r.key(), nil }

// Items makes the test `mapping` true, by which packages recognise a relation.
// Going through a relation as a dict is an error in dbt; here it is empty.
func (r *Relation) Items() iter.Seq2[jinja.Value, jinja.Value] {
	return func(func(jinja.Value, jinja.Value) bool) {}
}

// Contains is `name in relation`.
func (r *Relation) Contains(t *jinja.Thread, x jinja.Value) (bool, error) {
	v, err := r.Item(t, x)
	return v != nil, err
}

// Item is relation["schema"].
func (r *Relation) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	s, ok := jinja.AsString(key)
	if !ok {
		return nil, nil
	}
	return r.Attr(t, s)
}

// CallMethod calls a method.
func (r *Relation) CallMethod(t *jinja.Thread, name string, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, bool, error) {
	if m, ok := r.class.more[name]; ok {
		v, err := r.driverMethod(m, pos, kw)
		return v, true, err
	}
	return relationMethods.call(r, t, name, pos, kw)
}

// driverMethod calls a method that the driver adds.
func (r *Relation) driverMethod(m adapter.RelationMethod, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
	args := make([]any, len(pos))
	for i, v := range pos {
		var err error
		if args[i], err = ToGo(v); err != nil {
			return nil, err
		}
	}
	kwargs := make(map[string]any, len(kw))
	for _, k := range kw {
		var err error
		if kwargs[k.Name], err = ToGo(k.Value); err != nil {
			return nil, err
		}
	}
	v, err := m(r.r, args, kwargs)
	if err != nil {
		return nil, compilationError("%s", err)
	}
	return Classes{Relation: r.class}.FromGo(v)
}

// Attr gives the attributes and methods of BaseRelation.
func (r *Relation) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if v := r.field(name); v != nil {
		return v, nil
	}
	if m, ok := r.class.more[name]; ok {
		return jinja.NewFunction(name, func(_ *jinja.Thread, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
			return r.driverMethod(m, pos, kw)
		}), nil
	}
	return relationMethods.bound(r, name), nil
}

// RelationFields are attributes of relations that users ask for.
var RelationFields = []string{"database", "schema", "identifier", "name", "type", "is_table", "is_view", "is_cte", "is_materialized_view", "include", "quote", "render",
	"quote_policy", "include_policy", "information_schema", "incorporate"}

// field gives the data attributes; nil when there is none of that name.
func (r *Relation) field(name string) jinja.Value {
	is := func(t adapter.RelationType) jinja.Value { return jinja.Bool(r.r.Type == t) }
	switch name {
	case "database":
		return strOrNone(r.r.Database)
	case "schema":
		return strOrNone(r.r.Schema)
	case "identifier", "name", "table":
		return strOrNone(r.r.Identifier)
	case "type":
		return strOrNone(string(r.r.Type))
	case "path":
		return r.path()
	case "quote_policy":
		return policy(r.r.Quote.Database, r.r.Quote.Schema, r.r.Quote.Identifier)
	case "include_policy":
		return policy(r.r.Include.Database, r.r.Include.Schema, r.r.Include.Identifier)
	case "quote_character":
		return jinja.Str(r.quoteChar())
	case "limit":
		if r.r.Limit == nil {
			return jinja.None
		}
		return jinja.Int(*r.r.Limit)
	case "event_time_filter":
		return r.eventFilter()
	case "require_alias":
		return jinja.Bool(r.r.SubqueryAlias)
	case "dbt_created":
		return jinja.Bool(r.dbtCreated)
	case "external":
		return strOrNone(r.r.External)
	case "catalog":
		return jinja.None
	case "is_table":
		return is(adapter.TypeTable)
	case "is_view":
		return is(adapter.TypeView)
	case "is_cte":
		return is(adapter.TypeCTE)
	case "is_materialized_view":
		return is(adapter.TypeMaterializedView)
	case "is_pointer":
		return is(adapter.TypePointerTable)
	case "is_function":
		return is(adapter.TypeFunction)
	case "can_be_renamed", "can_be_replaced":
		return jinja.Bool(r.class.swappable && !r.info && (r.r.Type == adapter.TypeView || r.r.Type == adapter.TypeTable))
	case "information_schema_view":
		if r.info {
			return strOrNone(r.view)
		}
		return nil
	}
	return r.class.constant(name)
}

func (r *Relation) quoteChar() string {
	if r.r.QuoteChar == "" {
		return `"`
	}
	return r.r.QuoteChar
}

func (r *Relation) path() *Record {
	return NewRecord("Path", "database", strOrNone(r.r.Database), "schema", strOrNone(r.r.Schema), "identifier", strOrNone(r.r.Identifier))
}

func policy(database, schema, identifier bool) *Record {
	return NewRecord("Policy", "database", jinja.Bool(database), "schema", jinja.Bool(schema), "identifier", jinja.Bool(identifier))
}

func (r *Relation) eventFilter() jinja.Value {
	f := r.r.EventTime
	if f == nil {
		return jinja.None
	}
	return NewRecord("EventTimeFilter", "field_name", jinja.Str(f.Field), "start", strOrNone(f.Start), "end", strOrNone(f.End))
}

// notADict is the error of using a relation as the dict that it looks like.
func notADict(r *Relation) error {
	return compilationError("The object (\"%s\") was used as a dictionary. This capability has been removed from objects of this type.", r)
}

// check applies the length limit of the warehouse; relations without a type
// (test names) may be longer.
func (r *Relation) check() (*Relation, error) {
	if n := r.class.maxName; n > 0 && !r.info && r.r.Type != "" && utf8.RuneCountInString(r.r.Identifier) > n {
		return nil, runtimeError("Relation name '%s' is longer than %d characters", r.r.Identifier, n)
	}
	return r, nil
}

// Matches tells whether the relation has the given names; empty ones are not
// looked at. The error is dbt's for a name that differs in case or quotes only.
func (r *Relation) Matches(database, schema, identifier string) (bool, error) {
	if database == "" && schema == "" && identifier == "" {
		return false, runtimeError("Tried to match relation, but no search path was passed!")
	}
	exact, near := true, true
	q := r.quoteChar()
	look := func(search, own string, quoted bool) {
		if search == "" {
			return
		}
		switch {
		case r.dbtCreated && !quoted:
			exact = exact && strings.EqualFold(own, search)
		default:
			exact = exact && own == search
		}
		near = near && strings.Trim(strings.ToLower(own), q) == strings.Trim(strings.ToLower(search), q)
	}
	look(database, r.r.Database, r.r.Quote.Database)
	look(schema, r.r.Schema, r.r.Quote.Schema)
	look(identifier, r.r.Identifier, r.r.Quote.Identifier)
	if near && !exact {
		target := r.class.relation(database, schema, identifier, "")
		target.r.Quote = r.class.dialect.DefaultQuoting
		return false, compilationError("When searching for a relation, dbt found an approximate match. "+
			"Instead of guessing \nwhich relation to use, dbt will move on. "+
			"Please delete %s, or rename it to be less ambiguous."+
			"\nSearched for: %s\nFound: %s", r, target, r)
	}
	return exact, nil
}

// WithoutIdentifier names the schema of the relation.
func (r *Relation) WithoutIdentifier() *Relation {
	c := *r
	c.r.Include.Identifier = false
	c.r.Identifier = ""
	return &c
}

// InformationSchema names a view of the information schema of the relation's
// database; view may be empty.
func (r *Relation) InformationSchema(view string) *Relation {
	c := &Relation{class: r.class, info: true, view: view}
	c.r = adapter.Relation{
		Database: r.r.Database, Identifier: "INFORMATION_SCHEMA", Type: adapter.TypeView,
		Quote:   adapter.QuotePolicy{Database: r.r.Quote.Database, Schema: r.r.Quote.Schema},
		Include: adapter.IncludePolicy{Database: r.r.Database != "", Identifier: true}, SubqueryAlias: true,
	}
	return c
}
