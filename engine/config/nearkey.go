package config

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
)

// otherKeys are configs that no schema names: those that materializations and adapters read.
var otherKeys = []string{
	"merge_update_columns", "merge_exclude_columns", "incremental_predicates", "sql_header", "indexes", "unlogged", "partition_by", "partitioned_by",
	"cluster_by", "sorted_by", "sort", "sort_type", "dist", "bind", "location", "format", "options", "labels", "query_tag", "transient", "copy_grants",
	"secure", "target_lag", "file_format", "location_root", "tblproperties", "hours_to_expiration", "kms_key_name", "auto_refresh", "backup",
	"invalidate_hard_deletes", "hard_deletes", "begin", "batch_size", "lookback", "on_error", "snowflake_warehouse", "automatic_clustering",
}

// Spellings are the ways to write the key of a config: with underscores or hyphens.
func Spellings(key string) []string {
	return []string{key, strings.ReplaceAll(key, "_", "-"), strings.ReplaceAll(key, "-", "_")}
}

// NearKey gives the config that is probably meant by a key that none has: a custom key may have any name, but one that is nearly a
// known one is more likely a slip. "" where the key is known, or near to nothing.
func (r *Resolver) NearKey(t ident.Type, key string) string {
	s := r.schema(t)
	if _, known := s.index[key]; known || len(key) < 5 || slices.Contains(otherKeys, key) || r.aliases[key] != "" {
		return ""
	}
	names := slices.Clone(otherKeys)
	for _, f := range s.fields {
		names = append(names, f.name)
	}
	if slices.ContainsFunc(Spellings(key), func(k string) bool { return slices.Contains(names, k) }) {
		return ""
	}
	if near := diag.Nearest(key, names, 1); len(near) > 0 && near[0][0] == key[0] {
		return near[0]
	}
	return ""
}
