package warehouse

import (
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// parseMethods replace methods while parsing (dbt's available.parse_none,
// parse_list and parse). The others work as they are.
var parseMethods = map[string]method{
	"drop_relation":                               parseNone,
	"truncate_relation":                           parseNone,
	"rename_relation":                             parseNone,
	"get_relation":                                parseNone,
	"create_schema":                               parseNone,
	"drop_schema":                                 parseNone,
	"expand_target_column_types":                  parseNone,
	"valid_snapshot_target":                       parseNone,
	"get_incremental_strategy_macro":              parseNone,
	"get_hard_deletes_behavior":                   parseNone,
	"assert_valid_snapshot_target_given_strategy": parseNone,

	"commit":        parseNone,
	"debug_query":   parseNone,
	"cache_added":   parseText,
	"cache_dropped": parseText,
	"cache_renamed": parseText,

	"get_columns_in_relation":      parseList,
	"get_missing_columns":          parseList,
	"get_column_schema_from_query": parseList,
	"get_columns_in_table":         parseList,
	"list_relations":               parseList,
	"list_schemas":                 parseList,

	"execute":                 parseEmptyTable,
	"get_partitions_metadata": parseEmptyTable,
	"add_query": func(*Adapter, call) (jinja.Value, error) {
		return jinja.Tuple{jinja.None, jinja.None}, nil
	},
	"check_schema_exists": parseFalse,
	"already_exists":      parseFalse,
}

func parseNone(*Adapter, call) (jinja.Value, error)  { return jinja.None, nil }
func parseFalse(*Adapter, call) (jinja.Value, error) { return jinja.False, nil }
func parseText(*Adapter, call) (jinja.Value, error)  { return jinja.Str(""), nil }
func parseList(*Adapter, call) (jinja.Value, error)  { return jinja.NewList(), nil }

func parseEmptyTable(*Adapter, call) (jinja.Value, error) {
	return jinja.Tuple{jinja.Str(""), values.NewTable(&adapter.Table{})}, nil
}
