package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// maxCatalogRelations is how many relations are asked for by name; above that
// whole schemas are read (dbt's MAX_SCHEMA_METADATA_RELATIONS).
const maxCatalogRelations = 100

// Catalog asks the warehouse for the relations of nodes and sources through the
// macros get_catalog_relations and get_catalog. selected nil takes all of the
// project, else only those ids. A query that fails is told as a warning and
// listed in Errors; the error is one that leaves no catalog.
func (r *Runner) Catalog(ctx context.Context, selected dag.Set) (*manifest.Catalog, error) {
	r.Bus.Emit(event.BuildingCatalog{})
	out := &manifest.Catalog{}
	tables, failed, err := r.catalogTables(ctx, selected)
	if err != nil {
		return nil, err
	}
	for _, e := range failed {
		text := r.Bus.Scrub(errorText(e))
		if err := r.Bus.Warn(event.CatalogGenerationError{Exc: text}); err != nil {
			return nil, err
		}
		out.Errors = append(out.Errors, text)
	}
	return out, r.assign(out, tables, selected)
}

func errorText(err error) string {
	if d, ok := diag.As(err); ok {
		return d.String()
	}
	return err.Error()
}

// catalogQuery is one call of a macro, for one database.
type catalogQuery struct {
	database  *values.Relation // its information schema
	relations []jinja.Value
	schemas   []jinja.Value
}

// catalogTables runs the queries, one a database, and gives their answers in the
// order of the databases.
func (r *Runner) catalogTables(ctx context.Context, selected dag.Set) ([]*catalogTable, []error, error) {
	wanted, relations := r.catalogRelations(selected)
	byName := selected != nil && len(relations) <= maxCatalogRelations
	if !byName {
		relations = wanted
	}
	var queries []*catalogQuery
	at := map[string]*catalogQuery{}
	seen := map[string]bool{}
	for _, rel := range relations {
		v := r.Runtime.Classes.Relation.Wrap(rel)
		info := v.InformationSchema("")
		key := info.String()
		q := at[key]
		if q == nil {
			q = &catalogQuery{database: info}
			at[key] = q
			queries = append(queries, q)
		}
		if name := key + "." + strings.ToLower(rel.Schema); !seen[name] {
			seen[name] = true
			q.schemas = append(q.schemas, jinja.Str(strings.ToLower(rel.Schema)))
		}
		if name := "relation " + v.String(); !seen[name] {
			seen[name] = true
			q.relations = append(q.relations, v)
		}
	}
	answers, errs := make([]*values.Table, len(queries)), make([]error, len(queries))
	g := errgroup.Group{}
	g.SetLimit(max(1, r.Threads))
	for i, q := range queries {
		g.Go(func() error {
			answers[i], errs[i] = r.askCatalog(ctx, q, byName)
			return nil
		})
	}
	_ = g.Wait() // the errors are in errs
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	keep := r.catalogFilter(selected, relations)
	c := &catalogReader{at: map[string]*catalogTable{}}
	for i, t := range answers {
		if errs[i] != nil || t == nil {
			continue
		}
		if err := c.read(t, keep); err != nil {
			return nil, nil, err
		}
	}
	return c.tables, slices.DeleteFunc(errs, func(e error) bool { return e == nil }), nil
}

// catalogRelations lists the relations of the project, and of the selection.
func (r *Runner) catalogRelations(selected dag.Set) (all, chosen []adapter.Relation) {
	m := r.Session.Manifest
	add := func(id string, rel adapter.Relation) {
		all = append(all, rel)
		if selected.Has(id) {
			chosen = append(chosen, rel)
		}
	}
	for _, id := range m.NodeOrder {
		if n := m.Nodes[id]; n != nil && (n.IsRelational() && !n.IsEphemeral() || n.ResourceType == manifest.Test && n.RelationName != nil) {
			add(id, r.Session.NodeRelation(n))
		}
	}
	for _, id := range m.SourceOrder {
		add(id, r.Session.SourceRelation(m.Sources[id]))
	}
	return all, chosen
}

// catalogFilter tells which rows of an answer belong to the project's schemas
// and, with a selection, to its relations; names are compared without case.
func (r *Runner) catalogFilter(selected dag.Set, relations []adapter.Relation) func(database, schema, name string) bool {
	m := r.Session.Manifest
	schemas, names := map[[2]string]bool{}, map[[3]string]bool{}
	for _, n := range m.Nodes {
		schemas[[2]string{strings.ToLower(n.Database), strings.ToLower(n.Schema)}] = true
	}
	for _, s := range m.Sources {
		schemas[[2]string{strings.ToLower(s.Database), strings.ToLower(s.Schema)}] = true
	}
	for _, rel := range relations {
		names[[3]string{strings.ToLower(rel.Database), strings.ToLower(rel.Schema), strings.ToLower(rel.Identifier)}] = true
	}
	return func(database, schema, name string) bool {
		database, schema, name = strings.ToLower(database), strings.ToLower(schema), strings.ToLower(name)
		return schemas[[2]string{database, schema}] && (selected == nil || names[[3]string{database, schema, name}])
	}
}

func (r *Runner) askCatalog(ctx context.Context, q *catalogQuery, byName bool) (*values.Table, error) {
	conn := r.Runtime.Node(q.database.String(), warehouse.NodeOptions{})
	defer conn.Release(context.WithoutCancel(ctx))
	mc, t, err := r.session(ctx, conn)
	if err != nil {
		return nil, err
	}
	macro, arg := "get_catalog", jinja.Kwarg{Name: "schemas", Value: jinja.NewList(q.schemas...)}
	if byName {
		macro, arg = "get_catalog_relations", jinja.Kwarg{Name: "relations", Value: jinja.NewList(q.relations...)}
	}
	out, err := mc.CallMacro(t, macro, nil, []jinja.Kwarg{{Name: "information_schema", Value: q.database}, arg})
	if err != nil {
		return nil, err
	}
	table, ok := out.(*values.Table)
	if !ok {
		return nil, diag.New(diag.CompilationError, "the macro %s must return a table, got %s", macro, out.Type()).WithCode("catalog-result")
	}
	return table, nil
}

// catalogTable is a relation of an answer with its key without case.
type catalogTable struct {
	manifest.CatalogTable
	key [3]string
}

// catalogReader collects the rows of answers, which are columns of relations.
type catalogReader struct {
	tables []*catalogTable
	at     map[string]*catalogTable
}

func (c *catalogReader) read(t *values.Table, keep func(database, schema, name string) bool) error {
	names := t.ColumnNames()
	column := map[string]int{}
	for i, n := range names {
		column[n] = i
	}
	for _, need := range []string{"table_database", "table_schema", "table_name", "table_type", "column_name", "column_type", "column_index"} {
		if _, ok := column[need]; !ok {
			return diag.New(diag.CompilationError, "Catalog information missing required key '%s' (got columns: %s)", need, strings.Join(names, ", ")).WithCode("catalog-result")
		}
	}
	for row := range t.Len() {
		get := func(name string) jinja.Value {
			if i, ok := column[name]; ok {
				return t.Value(row, i)
			}
			return jinja.None
		}
		word := func(name string) string { return get(name).String() }
		if get("table_schema") == jinja.None || get("table_database") == jinja.None || !keep(word("table_database"), word("table_schema"), word("table_name")) {
			continue
		}
		table := c.table(word("table_database"), word("table_schema"), word("table_name"))
		if table.Type == "" {
			table.Type, table.Comment, table.Owner = word("table_type"), optional(get("table_comment")), optional(get("table_owner"))
			stats, err := catalogStats(names, get)
			if err != nil {
				return err
			}
			table.Stats = stats
		}
		index, ok := number(get("column_index"))
		if !ok {
			return diag.New(diag.CompilationError, "Catalog information has the column_index '%s', which is no number", get("column_index")).WithCode("catalog-result")
		}
		column := manifest.CatalogColumn{Type: word("column_type"), Index: int64(index), Name: word("column_name"), Comment: optional(get("column_comment"))}
		if i := slices.IndexFunc(table.Columns, func(x manifest.CatalogColumn) bool { return x.Name == column.Name }); i >= 0 {
			table.Columns[i] = column
		} else {
			table.Columns = append(table.Columns, column)
		}
	}
	return nil
}

// table finds the relation of a row by its exact name.
func (c *catalogReader) table(database, schema, name string) *catalogTable {
	key := fmt.Sprintf("%q.%q.%q", database, schema, name)
	t := c.at[key]
	if t == nil {
		t = &catalogTable{key: [3]string{strings.ToLower(database), strings.ToLower(schema), strings.ToLower(name)}}
		t.Database, t.Schema, t.Name = &database, schema, name
		c.at[key] = t
		c.tables = append(c.tables, t)
	}
	return t
}

func optional(v jinja.Value) *string {
	if v == jinja.None {
		return nil
	}
	s := v.String()
	return &s
}

func number(v jinja.Value) (float64, bool) {
	switch v := v.(type) {
	case jinja.Int:
		return float64(v), true
	case jinja.Float:
		return float64(v), true
	case values.Decimal:
		return v.Decimal().Float(), true
	}
	return 0, false
}

// catalogStats reads columns like stats:rows:label, …:value, …:description and
// …:include. What an adapter doesn't want shown is left out; has_stats is always
// there and never shown.
func catalogStats(names []string, get func(string) jinja.Value) ([]manifest.CatalogStat, error) {
	var out []manifest.CatalogStat
	seen := map[string]bool{}
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, "stats:")
		if !ok {
			continue
		}
		id, _, _ := strings.Cut(rest, ":")
		if seen[id] {
			continue
		}
		seen[id] = true
		stat := manifest.CatalogStat{ID: id}
		for _, part := range []string{"label", "value", "description", "include"} {
			key := "stats:" + id + ":" + part
			if !slices.Contains(names, key) {
				return nil, diag.New(diag.CompilationError, "Catalog information missing required key '%s'", key).WithCode("catalog-result")
			}
			v := get(key)
			switch part {
			case "label":
				stat.Label = v.String()
			case "value":
				stat.Value = statValue(v)
			case "description":
				stat.Description = optional(v)
			case "include":
				stat.Include = v.Truth()
			}
		}
		if stat.Include {
			out = append(out, stat)
		}
	}
	description := "Indicates whether there are statistics for this table"
	return append(out, manifest.CatalogStat{ID: "has_stats", Label: "Has Stats?", Value: len(out) > 0, Description: &description}), nil
}

func statValue(v jinja.Value) any {
	if n, ok := v.(jinja.Int); ok {
		return int64(n)
	}
	if n, ok := number(v); ok {
		return n
	}
	switch v := v.(type) {
	case jinja.NoneType:
		return nil
	case jinja.Bool:
		return bool(v)
	}
	return v.String()
}

// assign gives the relations to the nodes and sources that they are
// (core/task/docs/generate.py, make_unique_id_map).
func (r *Runner) assign(out *manifest.Catalog, tables []*catalogTable, selected dag.Set) error {
	m := r.Session.Manifest
	key := func(database, schema, name string) [3]string {
		return [3]string{strings.ToLower(database), strings.ToLower(schema), strings.ToLower(name)}
	}
	nodes, sources := map[[3]string]string{}, map[[3]string][]string{}
	for _, id := range m.NodeOrder {
		if n := m.Nodes[id]; n != nil {
			nodes[key(n.Database, n.Schema, n.Alias)] = id
		}
	}
	for _, id := range m.SourceOrder {
		s := m.Sources[id]
		k := key(s.Database, s.Schema, s.Identifier)
		sources[k] = append(sources[k], id)
	}
	wanted := func(id string) bool { return selected == nil || selected.Has(id) }
	nodeAt, sourceAt := map[string]int{}, map[string]*catalogTable{}
	for _, t := range tables {
		if id, ok := nodes[t.key]; ok && wanted(id) {
			entry := t.CatalogTable
			entry.UniqueID = id
			if i, again := nodeAt[id]; again {
				out.Nodes[i] = entry
			} else {
				nodeAt[id] = len(out.Nodes)
				out.Nodes = append(out.Nodes, entry)
			}
		}
		for _, id := range sources[t.key] {
			if first := sourceAt[id]; first != nil {
				return diag.New(diag.CompilationError, "dbt found two relations in your warehouse with similar database identifiers. dbt\n"+
					"is unable to determine which of these relations was created by the model \"%s\".\n"+
					"In order for dbt to correctly generate the catalog, one of the following relations must be deleted or renamed:\n\n - %s.%s\n - %s.%s",
					id, first.Schema, first.Name, t.Schema, t.Name).WithCode("ambiguous-catalog")
			}
			if wanted(id) {
				sourceAt[id] = t
				entry := t.CatalogTable
				entry.UniqueID = id
				out.Sources = append(out.Sources, entry)
			}
		}
	}
	return nil
}
