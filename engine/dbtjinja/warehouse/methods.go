package warehouse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// adapterMethods are the methods of BaseAdapter and SQLAdapter that dbt marks as
// available to Jinja, with list_relations and list_schemas.
var adapterMethods = map[string]method{
	"type": func(a *Adapter, c call) (jinja.Value, error) {
		_, err := c.bind("type")
		return jinja.Str(a.rt.Driver.Name()), err
	},
	"commit": func(a *Adapter, c call) (jinja.Value, error) {
		if _, err := c.bind("commit"); err != nil {
			return nil, err
		}
		return jinja.None, a.nc.Commit(c.ctx())
	},
	"execute":     (*Adapter).execute,
	"add_query":   (*Adapter).addQuery,
	"bulk_insert": (*Adapter).bulkInsert,
	"debug_query": func(a *Adapter, c call) (jinja.Value, error) {
		_, _, err := a.nc.Execute(c.ctx(), "select 1 as id", false, false, 0)
		return jinja.None, err
	},
	"nice_connection_name": func(a *Adapter, c call) (jinja.Value, error) {
		_, err := c.bind("nice_connection_name")
		return jinja.Str(a.connectionName()), err
	},
	"quote": func(a *Adapter, c call) (jinja.Value, error) {
		v, err := c.bind("quote", required("identifier"))
		if err != nil {
			return nil, err
		}
		return jinja.Str(a.quote(v[0].String())), nil
	},
	"quote_as_configured": func(a *Adapter, c call) (jinja.Value, error) {
		v, err := c.bind("quote_as_configured", required("identifier"), required("quote_key"))
		if err != nil {
			return nil, err
		}
		quoted := map[string]bool{"database": a.rt.Quoting.Database, "schema": a.rt.Quoting.Schema, "identifier": a.rt.Quoting.Identifier}
		if quoted[v[1].String()] {
			return jinja.Str(a.quote(v[0].String())), nil
		}
		return v[0], nil
	},
	"quote_seed_column": func(a *Adapter, c call) (jinja.Value, error) {
		v, err := c.bind("quote_seed_column", required("column"), required("quote_config"))
		if err != nil {
			return nil, err
		}
		quote := true
		switch q := v[1].(type) {
		case jinja.Bool:
			quote = bool(q)
		case jinja.NoneType:
		default:
			d := compilationError(`The seed configuration value of "quote_columns" has an invalid type <class '%s'>`, v[1].Type())
			d.Config = "quote_columns"
			return nil, d
		}
		if quote {
			return jinja.Str(a.quote(v[0].String())), nil
		}
		return v[0], nil
	},
	"convert_type":                 (*Adapter).convertType,
	"get_relation":                 (*Adapter).getRelation,
	"already_exists":               (*Adapter).alreadyExists,
	"list_relations":               (*Adapter).listRelations,
	"list_schemas":                 (*Adapter).listSchemas,
	"check_schema_exists":          (*Adapter).checkSchemaExists,
	"get_columns_in_relation":      (*Adapter).columnsMethod,
	"get_columns_in_table":         (*Adapter).columnsInTable,
	"get_missing_columns":          (*Adapter).missingColumns,
	"get_column_schema_from_query": (*Adapter).columnSchemaFromQuery,
	"expand_target_column_types":   (*Adapter).expandColumns,
	"create_schema":                (*Adapter).createSchema,
	"drop_schema":                  (*Adapter).dropSchema,
	"drop_relation":                (*Adapter).dropRelation,
	"truncate_relation": func(a *Adapter, c call) (jinja.Value, error) {
		r, err := c.relation("truncate_relation", "relation")
		if err != nil {
			return nil, err
		}
		_, err = a.macro(c.t, "truncate_relation", r)
		return jinja.None, err
	},
	"rename_relation": (*Adapter).renameRelation,
	"cache_added": func(a *Adapter, c call) (jinja.Value, error) {
		return a.cacheCall(c, "cache_added", "Attempted to cache a null relation for ", func(r *values.Relation) { a.rt.Cache.Add(a.nc.bus, r.Adapter()) })
	},
	"cache_dropped": func(a *Adapter, c call) (jinja.Value, error) {
		return a.cacheCall(c, "cache_dropped", "Attempted to drop a null relation for ", func(r *values.Relation) { a.rt.Cache.Drop(a.nc.bus, r.Adapter()) })
	},
	"cache_renamed": func(a *Adapter, c call) (jinja.Value, error) {
		_, _, err := a.renameInCache("cache_renamed", c)
		return jinja.Str(""), err
	},
	"standardize_grants_dict":                     (*Adapter).standardizeGrants,
	"valid_snapshot_target":                       (*Adapter).validSnapshotTarget,
	"assert_valid_snapshot_target_given_strategy": (*Adapter).assertSnapshotTarget,
	"get_hard_deletes_behavior":                   (*Adapter).hardDeletes,
	"get_incremental_strategy_macro":              (*Adapter).strategyMacro,
	"valid_incremental_strategies": func(a *Adapter, _ call) (jinja.Value, error) {
		return jinja.FromGoErr(a.rt.dialect.Strategies)
	},
	"builtin_incremental_strategies": func(a *Adapter, _ call) (jinja.Value, error) {
		return jinja.FromGoErr(builtinStrategies(a.rt))
	},
	"render_raw_columns_constraints": (*Adapter).columnConstraints,
	"render_raw_model_constraints":   (*Adapter).modelConstraints,
	"get_catalog_integration": func(_ *Adapter, c call) (jinja.Value, error) {
		v, err := c.bind("get_catalog_integration", required("name"))
		if err != nil {
			return nil, err
		}
		return nil, catalogError(v[0].String())
	},
	"build_catalog_relation": func(_ *Adapter, c call) (jinja.Value, error) {
		v, err := c.bind("build_catalog_relation", required("config"))
		if err != nil {
			return nil, err
		}
		return jinja.None, refuseCatalog(c.t, v[0])
	},
	"get_partitions_metadata": func(*Adapter, call) (jinja.Value, error) {
		return nil, runtimeError("`get_partitions_metadata` is not implemented for this adapter!")
	},
}

func catalogError(name string) error {
	return runtimeError("Catalog not found: %s. Catalog integrations are not supported.", name)
}

// refuseCatalog fails when a model's config names a catalog.
func refuseCatalog(t *jinja.Thread, model jinja.Value) error {
	config, err := jinja.GetItem(t, model, jinja.Str("config"))
	if err != nil {
		return nil // a config without parts names no catalog
	}
	for _, key := range []string{"catalog_name", "catalog"} {
		d, ok := config.(*jinja.Dict)
		if !ok {
			return nil
		}
		if v, ok := d.GetStr(key); ok && v.Truth() {
			return catalogError(v.String())
		}
	}
	return nil
}

func (a *Adapter) connectionName() string {
	if a.nc == nil || a.nc.name == "" {
		return "<None>"
	}
	return a.nc.name
}

func (a *Adapter) quote(name string) string {
	return adapter.Relation{QuoteChar: a.rt.dialect.QuoteChar}.Quoted(name)
}

// text is the text of a required str argument.
func text(fn, name string, v jinja.Value) (string, error) {
	s, ok := jinja.AsString(v)
	if !ok {
		if u, undefined := v.(*jinja.Undefined); undefined {
			return "", u.Err()
		}
		return "", jinja.Raise("TypeError", fmt.Sprintf("%s() argument '%s' must be str, not %s", fn, name, v.Type()))
	}
	return s, nil
}

func (a *Adapter) execute(c call) (jinja.Value, error) {
	v, err := c.bind("execute", required("sql"), optional("auto_begin", jinja.False), optional("fetch", jinja.False), optional("limit", jinja.None))
	if err != nil {
		return nil, err
	}
	sql, err := text("execute", "sql", v[0])
	if err != nil {
		return nil, err
	}
	limit := 0
	switch n := v[3].(type) {
	case jinja.Int:
		limit = int(n)
	case jinja.NoneType:
	default:
		return nil, jinja.Raise("TypeError", "execute() argument 'limit' must be int or None, not "+v[3].Type())
	}
	resp, table, err := a.nc.Execute(c.ctx(), sql, v[1].Truth(), v[2].Truth(), limit)
	if err != nil {
		return nil, err
	}
	return jinja.Tuple{values.FromResponse(resp), values.NewTable(table)}, nil
}

func (a *Adapter) addQuery(c call) (jinja.Value, error) {
	v, err := c.bind("add_query", required("sql"), optional("auto_begin", jinja.True), optional("bindings", jinja.None), optional("abridge_sql_log", jinja.False))
	if err != nil {
		return nil, err
	}
	sql, err := text("add_query", "sql", v[0])
	if err != nil {
		return nil, err
	}
	var bindings []any
	if v[2] != jinja.None {
		elems, err := jinja.ListOf(v[2])
		if err != nil {
			return nil, err
		}
		bindings = make([]any, len(elems))
		for i, e := range elems {
			if bindings[i], err = values.ToGo(e); err != nil {
				return nil, fmt.Errorf("add_query: binding %d: %w", i+1, err)
			}
		}
	}
	resp, err := a.nc.AddQuery(c.ctx(), sql, v[1].Truth(), bindings, v[3].Truth())
	if err != nil {
		return nil, err
	}
	conn := values.NewRecord("Connection", "type", jinja.Str(a.rt.Driver.Name()), "name", jinja.Str(a.connectionName()))
	return jinja.Tuple{conn, values.FromResponse(resp)}, nil
}

func (a *Adapter) convertType(c call) (jinja.Value, error) {
	v, err := c.bind("convert_type", required("agate_table"), required("col_idx"))
	if err != nil {
		return nil, err
	}
	t, ok := v[0].(*values.Table)
	i, isInt := v[1].(jinja.Int)
	if !ok || !isInt {
		return nil, jinja.Raise("TypeError", "convert_type() wants a table and the index of a column, not "+v[0].Type()+" and "+v[1].Type())
	}
	if int(i) < 0 || int(i) >= len(t.ColumnTypes()) {
		return nil, jinja.Raise("IndexError", "tuple index out of range")
	}
	kind := t.ColumnTypes()[i].Kind()
	if kind == adapter.KindNumber && t.MaxPrecision(int(i)) == 0 {
		kind = adapter.KindInteger
	}
	if a.rt.dialect.SeedType == nil {
		return jinja.None, nil
	}
	return jinja.Str(a.rt.dialect.SeedType(kind)), nil
}

func (a *Adapter) standardizeGrants(c call) (jinja.Value, error) {
	v, err := c.bind("standardize_grants_dict", required("grants_table"))
	if err != nil {
		return nil, err
	}
	t, ok := v[0].(*values.Table)
	if !ok {
		return nil, jinja.Raise("TypeError", "standardize_grants_dict() wants a table, not "+v[0].Type())
	}
	out := jinja.NewDict()
	for i := range t.Len() {
		row := t.Row(i)
		grantee, privilege := row.Get("grantee"), row.Get("privilege_type")
		if grantee == nil || privilege == nil {
			return nil, jinja.Raise("KeyError", "the grants need the columns grantee and privilege_type")
		}
		old, ok, err := out.Get(privilege)
		if err != nil {
			return nil, err
		}
		if ok {
			old.(*jinja.List).Append(grantee)
		} else if err := out.Set(privilege, jinja.NewList(grantee)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *Adapter) hardDeletes(c call) (jinja.Value, error) {
	v, err := c.bind("get_hard_deletes_behavior", required("config"))
	if err != nil {
		return nil, err
	}
	get := func(key string) (jinja.Value, error) {
		if d, ok := v[0].(*jinja.Dict); ok {
			if e, ok := d.GetStr(key); ok {
				return e, nil
			}
			return jinja.None, nil
		}
		m, err := jinja.GetAttr(c.t, v[0], "get")
		if err != nil {
			return nil, err
		}
		return jinja.CallValue(c.t, m, []jinja.Value{jinja.Str(key), jinja.None}, nil)
	}
	legacy, err := get("invalidate_hard_deletes")
	if err != nil {
		return nil, err
	}
	hard, err := get("hard_deletes")
	if err != nil {
		return nil, err
	}
	if legacy != jinja.None && hard != jinja.None {
		d := diag.New(diag.ValidationError, "You cannot set both the invalidate_hard_deletes and hard_deletes config properties on the same snapshot.")
		d.Config = "invalidate_hard_deletes"
		return nil, d
	}
	s, _ := jinja.AsString(hard)
	switch {
	case legacy.Truth() || s == "invalidate":
		return jinja.Str("invalidate"), nil
	case s == "new_record":
		return jinja.Str("new_record"), nil
	case hard == jinja.None || s == "ignore":
		return jinja.Str("ignore"), nil
	}
	d := diag.New(diag.RuntimeError, "Invalid setting for property hard_deletes.").WithHint("hard_deletes is one of 'ignore', 'invalidate', 'new_record'")
	d.Config = "hard_deletes"
	return nil, d
}

func builtinStrategies(r *Runtime) []string {
	out := []string{"append", "delete+insert", "merge", "insert_overwrite"}
	if !r.Flags["require_batched_execution_for_custom_microbatch_strategy"] {
		out = append(out, "microbatch")
	}
	return out
}

func (a *Adapter) strategyMacro(c call) (jinja.Value, error) {
	v, err := c.bind("get_incremental_strategy_macro", required("model_context"), required("strategy"))
	if err != nil {
		return nil, err
	}
	strategy := "default"
	if s, ok := jinja.AsString(v[1]); ok {
		strategy = s
	}
	if slices.Contains(builtinStrategies(a.rt), strategy) && !slices.Contains(a.rt.dialect.Strategies, strategy) {
		d := runtimeError("The incremental strategy '%s' is not valid for this adapter", strategy)
		d.Config = "incremental_strategy"
		return nil, d.WithHint("strategies of this adapter: %s", strings.Join(a.rt.dialect.Strategies, ", "))
	}
	name := "get_incremental_" + strings.ReplaceAll(strategy, "+", "_") + "_sql"
	m, err := jinja.GetItem(c.t, v[0], jinja.Str(name))
	if err != nil {
		return nil, err
	}
	if _, missing := m.(*jinja.Undefined); missing {
		d := runtimeError("dbt could not find an incremental strategy macro with the name %q in %s", name, a.rt.ProjectName)
		d.Config = "incremental_strategy"
		hint := "strategies of this adapter: " + strings.Join(a.rt.dialect.Strategies, ", ")
		if near := diag.DidYouMean(strategy, a.rt.dialect.Strategies); near != "" {
			hint = near + " The " + hint
		}
		return nil, d.WithHint("%s", hint)
	}
	return m, nil
}
