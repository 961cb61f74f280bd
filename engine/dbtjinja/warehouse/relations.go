package warehouse

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// argType is dbt's MacroArgTypeError.
func argType(fn, arg string, got jinja.Value, want string) error {
	return compilationError("'adapter.%s' expects argument '%s' to be of type '%s', instead got %s (<class '%s'>)", fn, arg, want, got, got.Type())
}

// relation is the only argument of a method.
func (c call) relation(fn, name string) (*values.Relation, error) {
	v, err := c.bind(fn, required(name))
	if err != nil {
		return nil, err
	}
	return asRelation(fn, name, v[0])
}

func asRelation(fn, name string, v jinja.Value) (*values.Relation, error) {
	r, ok := v.(*values.Relation)
	if !ok {
		return nil, argType(fn, name, v, "Relation") // dbt names the adapter's class
	}
	return r, nil
}

// twoRelations are from_relation and to_relation.
func (c call) twoRelations(fn string) (from, to *values.Relation, err error) {
	v, err := c.bind(fn, required("from_relation"), required("to_relation"))
	if err != nil {
		return nil, nil, err
	}
	if from, err = asRelation(fn, "from_relation", v[0]); err != nil {
		return nil, nil, err
	}
	to, err = asRelation(fn, "to_relation", v[1])
	return from, to, err
}

func name(v jinja.Value) string {
	s, _ := jinja.AsString(v)
	return s
}

// listWithoutCaching asks the warehouse for the relations of a schema.
func (a *Adapter) listWithoutCaching(t *jinja.Thread, database, schema string) ([]adapter.Relation, error) {
	const macro = "list_relations_without_caching"
	rel, err := a.rt.Classes.Relation.New(database, schema, "", "")
	if err != nil {
		return nil, err
	}
	v, err := a.macro(t, macro, rel.WithoutIdentifier())
	if err != nil {
		return nil, err
	}
	rows, err := tableRows(v, 4)
	if err != nil {
		return nil, fmt.Errorf("macro %s: %w", macro, err)
	}
	out := make([]adapter.Relation, len(rows))
	for i, r := range rows {
		out[i] = a.rt.Classes.Relation.Cached(name(r[0]), name(r[2]), name(r[1]), values.ParseRelationType(r[3].String())).Adapter()
	}
	return out, nil
}

// know makes sure that the cache knows a schema.
func (a *Adapter) know(t *jinja.Thread, database, schema string) error {
	if a.rt.Cache.HasSchema(database, schema) {
		return nil
	}
	rels, err := a.listWithoutCaching(t, database, schema)
	if err != nil {
		return err
	}
	a.rt.Cache.AddSchema(database, schema)
	a.rt.Cache.Add(a.nc.bus, rels...)
	return nil
}

func (a *Adapter) listRelations(c call) (jinja.Value, error) {
	v, err := c.bind("list_relations", required("database"), required("schema"))
	if err != nil {
		return nil, err
	}
	if err := a.know(c.t, name(v[0]), name(v[1])); err != nil {
		return nil, err
	}
	return a.rt.Classes.FromGo(a.rt.Cache.GetRelations(name(v[0]), name(v[1])))
}

func (a *Adapter) getRelation(c call) (jinja.Value, error) {
	v, err := c.bind("get_relation", required("database"), required("schema"), required("identifier"))
	if err != nil {
		return nil, err
	}
	r, err := a.findRelation(c.t, name(v[0]), name(v[1]), name(v[2]))
	if r == nil || err != nil {
		return jinja.None, err
	}
	return r, nil
}

// findRelation is dbt's get_relation: nil when there is none.
func (a *Adapter) findRelation(t *jinja.Thread, database, schema, identifier string) (*values.Relation, error) {
	if err := a.know(t, database, schema); err != nil {
		return nil, err
	}
	q := a.rt.Quoting
	lower := func(s string, quoted bool) string {
		if quoted {
			return s
		}
		return strings.ToLower(s)
	}
	var matches []jinja.Value
	for _, r := range a.candidates(database, schema, identifier) {
		w := a.rt.Classes.Relation.Wrap(r)
		ok, err := w.Matches(lower(database, q.Database), lower(schema, q.Schema), lower(identifier, q.Identifier))
		if err != nil {
			return nil, err
		}
		if ok {
			matches = append(matches, w)
		}
	}
	switch len(matches) {
	case 0:
		return nil, nil
	case 1:
		return matches[0].(*values.Relation), nil
	}
	search := jinja.NewDict()
	for _, p := range [][2]string{{"identifier", identifier}, {"schema", schema}, {"database", database}} {
		search.SetStr(p[0], jinja.Str(p[1]))
	}
	return nil, compilationError("get_relation returned more than one relation with the given args. "+
		"Please specify a database or schema to narrow down the result set.\n%s\n\n%s", search, jinja.NewList(matches...))
}

// candidates lists what can match a name or be an approximate match: names that
// are equal but for case and quotes.
func (a *Adapter) candidates(database, schema, identifier string) []adapter.Relation {
	if identifier == "" {
		return a.rt.Cache.GetRelations(database, schema)
	}
	var out []adapter.Relation
	bare := strings.Trim(identifier, `"`)
	spellings := []string{identifier, bare, `"` + bare + `"`}
	for i, id := range spellings {
		if slices.Contains(spellings[:i], id) {
			continue
		}
		if r, ok := a.rt.Cache.Get(database, schema, id); ok {
			out = append(out, r)
		}
	}
	return out
}

// deprecated is dbt's warning for a method that has a successor.
type deprecated struct{ Old, New string }

func (deprecated) Kind() event.Kind {
	return event.Kind{Name: "AdapterDeprecationWarning", Code: "D005", Level: event.Warn}
}

func (d deprecated) Message(s event.Style) string {
	return s.Wrap(s.WarningTag("", "Deprecated functionality\n\nThe adapter function `adapter."+d.Old+"` is deprecated and will be removed in "+
		"a future release of dbt. Please use `adapter."+d.New+"` instead. \n\nDocumentation for "+d.New+" can be found here:\n\nhttps://docs.getdbt.com/docs/adapter"))
}

func (a *Adapter) alreadyExists(c call) (jinja.Value, error) {
	v, err := c.bind("already_exists", required("schema"), required("name"))
	if err != nil {
		return nil, err
	}
	if err := a.nc.bus.Warn(deprecated{"already_exists", "get_relation"}); err != nil {
		return nil, err
	}
	r, err := a.findRelation(c.t, a.rt.Credentials.Database(), name(v[0]), name(v[1]))
	return jinja.Bool(r != nil), err
}

func (a *Adapter) listSchemas(c call) (jinja.Value, error) {
	v, err := c.bind("list_schemas", required("database"))
	if err != nil {
		return nil, err
	}
	names, err := a.ListSchemas(c.t, name(v[0]))
	if err != nil {
		return nil, err
	}
	return jinja.FromGoErr(names)
}

// ListSchemas asks the warehouse for the schemas of a database.
func (a *Adapter) ListSchemas(t *jinja.Thread, database string) ([]string, error) {
	var db jinja.Value = jinja.None
	if database != "" {
		db = jinja.Str(database)
	}
	v, err := a.macro(t, "list_schemas", db)
	if err != nil {
		return nil, err
	}
	rows, err := tableRows(v, 1)
	if err != nil {
		return nil, fmt.Errorf("macro list_schemas: %w", err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r[0].String()
	}
	return out, nil
}

func (a *Adapter) checkSchemaExists(c call) (jinja.Value, error) {
	v, err := c.bind("check_schema_exists", required("database"), required("schema"))
	if err != nil {
		return nil, err
	}
	rel, err := a.rt.Classes.Relation.New(name(v[0]), name(v[1]), "INFORMATION_SCHEMA", "")
	if err != nil {
		return nil, err
	}
	out, err := a.macro(c.t, "check_schema_exists", rel.InformationSchema(""), v[1])
	if err != nil {
		return nil, err
	}
	rows, err := tableRows(out, 1)
	if err != nil || len(rows) == 0 {
		return nil, errors.Join(fmt.Errorf("macro check_schema_exists gave no count"), err)
	}
	more, err := jinja.Less(jinja.Int(0), rows[0][0])
	return jinja.Bool(more), err
}

// CreateSchema makes a schema and commits.
func (a *Adapter) CreateSchema(t *jinja.Thread, rel *values.Relation) error {
	r := rel.WithoutIdentifier()
	a.nc.emit(event.SchemaCreation{Database: r.Adapter().Database, Schema: r.Adapter().Schema})
	if _, err := a.macro(t, "create_schema", r); err != nil {
		return err
	}
	return a.nc.Commit(call{t: t}.ctx())
}

func (a *Adapter) createSchema(c call) (jinja.Value, error) {
	r, err := c.relation("create_schema", "relation")
	if err != nil {
		return nil, err
	}
	return jinja.None, a.CreateSchema(c.t, r)
}

func (a *Adapter) dropSchema(c call) (jinja.Value, error) {
	r, err := c.relation("drop_schema", "relation")
	if err != nil {
		return nil, err
	}
	r = r.WithoutIdentifier()
	if _, err := a.macro(c.t, "drop_schema", r); err != nil {
		return nil, err
	}
	if err := a.nc.Commit(c.ctx()); err != nil {
		return nil, err
	}
	a.rt.Cache.DropSchema(a.nc.bus, r.Adapter().Database, r.Adapter().Schema)
	return jinja.None, nil
}

func (a *Adapter) dropRelation(c call) (jinja.Value, error) {
	r, err := c.relation("drop_relation", "relation")
	if err != nil {
		return nil, err
	}
	if r.Adapter().Type == "" {
		return nil, compilationError("Tried to drop relation %s, but its type is null.", r)
	}
	a.rt.Cache.Drop(a.nc.bus, r.Adapter())
	_, err = a.macro(c.t, "drop_relation", r)
	return jinja.None, err
}

func (a *Adapter) renameRelation(c call) (jinja.Value, error) {
	from, to, err := a.renameInCache("rename_relation", c)
	if err != nil {
		return nil, err
	}
	_, err = a.macro(c.t, "rename_relation", from, to)
	return jinja.None, err
}

func (a *Adapter) renameInCache(fn string, c call) (from, to *values.Relation, err error) {
	v, err := c.bind(fn, required("from_relation"), required("to_relation"))
	if err != nil {
		return nil, nil, err
	}
	if v[0] == jinja.None || v[1] == jinja.None {
		label := func(v jinja.Value) string {
			if v == jinja.None {
				return "null relation"
			}
			return v.String()
		}
		return nil, nil, compilationError("Attempted to rename %s to %s for %s", label(v[0]), label(v[1]), a.connectionName())
	}
	if from, err = asRelation(fn, "from_relation", v[0]); err != nil {
		return nil, nil, err
	}
	if to, err = asRelation(fn, "to_relation", v[1]); err != nil {
		return nil, nil, err
	}
	return from, to, a.rt.Cache.Rename(a.nc.bus, from.Adapter(), to.Adapter())
}

// cacheCall changes the cache; its result prints as nothing.
func (a *Adapter) cacheCall(c call, fn, null string, f func(*values.Relation)) (jinja.Value, error) {
	v, err := c.bind(fn, required("relation"))
	if err != nil {
		return nil, err
	}
	if v[0] == jinja.None {
		return nil, compilationError("%s%s", null, a.connectionName())
	}
	r, err := asRelation(fn, "relation", v[0])
	if err != nil {
		return nil, err
	}
	f(r)
	return jinja.Str(""), nil
}

// columnsIn asks the warehouse for the columns of a relation. On DuckDB a
// missing relation has none.
func (a *Adapter) columnsIn(t *jinja.Thread, r *values.Relation) ([]*values.Column, jinja.Value, error) {
	v, err := a.macro(t, "get_columns_in_relation", r)
	if err != nil {
		if d, ok := diag.As(err); ok && a.rt.is("duckdb") && strings.Contains(strings.ToLower(d.Message), "does not exist") {
			return nil, jinja.NewList(), nil
		}
		return nil, nil, err
	}
	elems, err := jinja.ListOf(v)
	if err != nil {
		return nil, v, fmt.Errorf("macro get_columns_in_relation: expected columns, got %s", v.Type())
	}
	cols := make([]*values.Column, len(elems))
	for i, e := range elems {
		col, ok := e.(*values.Column)
		if !ok {
			return nil, v, fmt.Errorf("macro get_columns_in_relation: expected columns, got %s", e.Type())
		}
		cols[i] = col
	}
	return cols, v, nil
}

func (a *Adapter) columnsMethod(c call) (jinja.Value, error) {
	v, err := c.bind("get_columns_in_relation", required("relation"))
	if err != nil {
		return nil, err
	}
	r, ok := v[0].(*values.Relation)
	if !ok {
		out, err := a.macro(c.t, "get_columns_in_relation", v[0])
		return out, err
	}
	_, list, err := a.columnsIn(c.t, r)
	if list == nil {
		return nil, err
	}
	return list, nil // what an override returns is the caller's business
}

func (a *Adapter) columnsInTable(c call) (jinja.Value, error) {
	v, err := c.bind("get_columns_in_table", required("schema"), required("identifier"))
	if err != nil {
		return nil, err
	}
	if err := a.nc.bus.Warn(deprecated{"get_columns_in_table", "get_columns_in_relation"}); err != nil {
		return nil, err
	}
	r, err := a.rt.Classes.Relation.New(a.rt.Credentials.Database(), name(v[0]), name(v[1]), "")
	if err != nil {
		return nil, err
	}
	_, list, err := a.columnsIn(c.t, r)
	return list, err
}

func (a *Adapter) missingColumns(c call) (jinja.Value, error) {
	from, to, err := c.twoRelations("get_missing_columns")
	if err != nil {
		return nil, err
	}
	have, _, err := a.columnsIn(c.t, to)
	if err != nil {
		return nil, err
	}
	want, _, err := a.columnsIn(c.t, from)
	if err != nil {
		return nil, err
	}
	out := jinja.NewList()
	for _, col := range want {
		if !slices.ContainsFunc(have, func(o *values.Column) bool { return o.Name() == col.Name() }) {
			out.Append(col)
		}
	}
	return out, nil
}

func (a *Adapter) columnSchemaFromQuery(c call) (jinja.Value, error) {
	v, err := c.bind("get_column_schema_from_query", required("sql"))
	if err != nil {
		return nil, err
	}
	sql, err := text("get_column_schema_from_query", "sql", v[0])
	if err != nil {
		return nil, err
	}
	cols, err := a.nc.Describe(c.ctx(), sql)
	if err != nil {
		return nil, err
	}
	out := jinja.NewList()
	for _, col := range cols {
		typ := col.DBType
		if typ == "" {
			typ = col.SQLType
		}
		if code, unknown := strings.CutPrefix(typ, "unknown type_code "); unknown {
			n, _ := strconv.Atoi(code)
			a.nc.emit(event.TypeCodeNotFound{TypeCode: n})
		}
		for _, leaf := range a.rt.Classes.Column.Create(col.Name, typ).Flatten() {
			out.Append(leaf)
		}
	}
	return out, nil
}

// expandColumns widens string columns of the target. DuckDB's have no width.
func (a *Adapter) expandColumns(c call) (jinja.Value, error) {
	from, to, err := c.twoRelations("expand_target_column_types")
	if err != nil {
		return nil, err
	}
	if a.rt.is("duckdb") {
		return jinja.None, nil
	}
	goal, _, err := a.columnsIn(c.t, from)
	if err != nil {
		return nil, err
	}
	current, _, err := a.columnsIn(c.t, to)
	if err != nil {
		return nil, err
	}
	for _, want := range goal {
		i := slices.IndexFunc(current, func(o *values.Column) bool { return o.Name() == want.Name() })
		if i < 0 {
			continue
		}
		wider, err := current[i].CanExpandTo(want)
		if err != nil {
			return nil, err
		}
		if !wider {
			continue
		}
		size, err := want.StringSize()
		if err != nil {
			return nil, err
		}
		if _, err := a.macro(c.t, "alter_column_type", to, jinja.Str(want.Name()), jinja.Str(want.StringType(size))); err != nil {
			return nil, err
		}
	}
	return jinja.None, nil
}

func (a *Adapter) validSnapshotTarget(c call) (jinja.Value, error) {
	v, err := c.bind("valid_snapshot_target", required("relation"), optional("column_names", jinja.None))
	if err != nil {
		return nil, err
	}
	return jinja.None, a.checkSnapshot(c, "valid_snapshot_target", v[0], v[1], []string{"dbt_scd_id", "dbt_valid_from", "dbt_valid_to"})
}

func (a *Adapter) assertSnapshotTarget(c call) (jinja.Value, error) {
	const fn = "assert_valid_snapshot_target_given_strategy"
	v, err := c.bind(fn, required("relation"), required("column_names"), required("strategy"))
	if err != nil {
		return nil, err
	}
	if err := a.checkSnapshot(c, "valid_snapshot_target", v[0], v[1], []string{"dbt_scd_id", "dbt_valid_from", "dbt_valid_to"}); err != nil {
		return nil, err
	}
	if s, ok := v[2].(*jinja.Dict); ok {
		if h, ok := s.GetStr("hard_deletes"); ok && name(h) == "new_record" {
			return jinja.None, a.checkSnapshot(c, fn, v[0], v[1], []string{"dbt_is_deleted"})
		}
	}
	return jinja.None, nil
}

// checkSnapshot makes sure that a snapshot table has its own columns.
func (a *Adapter) checkSnapshot(c call, fn string, rel, columnNames jinja.Value, wanted []string) error {
	r, err := asRelation(fn, "relation", rel)
	if err != nil {
		return err
	}
	cols, _, err := a.columnsIn(c.t, r)
	if err != nil {
		return err
	}
	var missing []string
	for _, w := range wanted {
		if d, ok := columnNames.(*jinja.Dict); ok && d.Len() > 0 {
			v, ok := d.GetStr(w)
			if !ok {
				return jinja.Raise("KeyError", jinja.Str(w).Repr())
			}
			w = name(v)
		}
		if w != "" && !slices.ContainsFunc(cols, func(o *values.Column) bool { return strings.EqualFold(o.Name(), w) }) {
			missing = append(missing, w)
		}
	}
	if len(missing) > 0 {
		return compilationError(`Snapshot target is missing configured columns (missing "%s"). `+
			"See https://docs.getdbt.com/docs/build/snapshots#snapshot-meta-fields for more information.", strings.Join(missing, `", "`))
	}
	return nil
}
