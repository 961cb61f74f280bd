package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// RelationMethods are the methods that dbt-postgres adds to relations.
func (driver) RelationMethods() map[string]adapter.RelationMethod {
	return map[string]adapter.RelationMethod{
		"get_materialized_view_config_change_collection": func(_ adapter.Relation, args []any, kwargs map[string]any) (any, error) {
			const name = "get_materialized_view_config_change_collection"
			results, err := adapter.Argument(name, args, kwargs, 0, "relation_results")
			if err != nil {
				return nil, err
			}
			model, err := adapter.Argument(name, args, kwargs, 1, "relation_config")
			if err != nil {
				return nil, err
			}
			return viewChanges(results, model)
		},
	}
}

// viewChanges compares the indexes of a materialized view with those of its config: nil when they are the same,
// else what is to be dropped and then created (dbt/adapters/postgres/relation.py). Names don't count, for they
// change with every creation, nor does the order of columns.
func viewChanges(results, model any) (any, error) {
	have, err := indexesOf(results)
	if err != nil {
		return nil, err
	}
	want, err := wantedIndexes(model)
	if err != nil {
		return nil, err
	}
	changes := []any{}
	change := func(action string, from, others []viewIndex) {
		for i, x := range from {
			same := func(y viewIndex) bool { return x.key() == y.key() }
			if !slices.ContainsFunc(others, same) && !slices.ContainsFunc(from[:i], same) {
				changes = append(changes, adapter.Object{{Name: "action", Value: action}, {Name: "context", Value: x.object()}, {Name: "requires_full_refresh", Value: false}})
			}
		}
	}
	change("drop", have, want)
	change("create", want, have)
	if len(changes) == 0 {
		return nil, nil
	}
	return adapter.Object{{Name: "indexes", Value: changes}, {Name: "requires_full_refresh", Value: false}, {Name: "has_changes", Value: true}}, nil
}

// viewIndex is an index of a materialized view.
type viewIndex struct {
	name, method string
	columns      []string
	unique       bool
}

func (x viewIndex) key() string {
	columns := make([]string, len(x.columns))
	for i, c := range x.columns {
		columns[i] = strings.ToLower(c)
	}
	slices.Sort(columns)
	return fmt.Sprintf("%q %t %s", slices.Compact(columns), x.unique, x.method)
}

// object is the index as macros see it (PostgresIndexConfig).
func (x viewIndex) object() adapter.Object {
	columns := make([]any, len(x.columns))
	for i, c := range x.columns {
		columns[i] = c
	}
	return adapter.Object{
		{Name: "name", Value: x.name}, {Name: "column_names", Value: columns}, {Name: "unique", Value: x.unique}, {Name: "method", Value: x.method},
		{Name: "as_node_config", Value: adapter.Object{{Name: "columns", Value: columns}, {Name: "unique", Value: x.unique}, {Name: "type", Value: x.method}}},
	}
}

// indexesOf reads {'indexes': table}, the table being that of get_show_indexes_sql.
func indexesOf(results any) ([]viewIndex, error) {
	found, _ := field(results, "indexes")
	table, ok := found.(*adapter.Table)
	if !ok {
		return nil, fmt.Errorf("the description of a materialized view has no table of indexes, got %T", found)
	}
	out := make([]viewIndex, table.Len())
	for c, column := range table.Columns {
		for i := range out {
			v := table.Values[c][i]
			text, _ := v.(string)
			switch strings.ToLower(column.Name) {
			case "name":
				out[i].name = text
			case "method":
				out[i].method = text
			case "unique":
				out[i].unique, _ = v.(bool)
			case "column_names":
				out[i].columns = strings.Split(text, ",")
			}
		}
	}
	return out, nil
}

// wantedIndexes reads the `indexes` of a model's config.
func wantedIndexes(model any) ([]viewIndex, error) {
	config, _ := field(model, "config")
	found, _ := field(config, "indexes")
	if found == nil {
		return nil, nil
	}
	list, ok := found.([]any)
	if !ok {
		return nil, fmt.Errorf("the config `indexes` is no list, got %v", found)
	}
	var out []viewIndex
	for _, raw := range list {
		parsed, err := adapter.ParseIndex(raw, true)
		if err != nil {
			return nil, err
		}
		if parsed == nil {
			continue
		}
		x := viewIndex{columns: parsed.Columns, unique: parsed.Unique, method: parsed.Type}
		if x.method == "" {
			x.method = "btree"
		}
		out = append(out, x)
	}
	return out, nil
}

// field reads a field of an object or map.
func field(v any, name string) (any, bool) {
	switch v := v.(type) {
	case adapter.Object:
		return v.Get(name)
	case map[string]any:
		x, ok := v[name]
		return x, ok
	}
	return nil, false
}
