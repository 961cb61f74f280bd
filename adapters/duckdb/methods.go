package duckdb

import (
	"context"
	"crypto/md5" // an index name, as dbt makes it
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Methods are the methods that dbt-duckdb adds to Jinja's `adapter`.
func (d driver) Methods(c adapter.Credentials) map[string]adapter.Method {
	creds, ok := c.(*Credentials)
	if !ok {
		return nil
	}
	m := &methods{creds: creds, lakes: creds.duckLakes(), temp: map[string]string{}}
	constant := func(v any) adapter.Method {
		return func(context.Context, adapter.Session, []any, map[string]any) (any, error) { return v, nil }
	}
	strategies := make([]any, 0, 4)
	for _, s := range d.Dialect().Strategies {
		strategies = append(strategies, s)
	}
	return map[string]adapter.Method{
		"is_motherduck":                  constant(false),
		"disable_transactions":           constant(creds.WithoutTransactions),
		"external_root":                  constant(creds.ExternalRoot),
		"get_binding_char":               constant("?"),
		"valid_incremental_strategies":   constant(strategies),
		"is_ducklake":                    m.isDuckLake,
		"use_ducklake_table_workarounds": constant(false), // they end with DuckDB 1.5.3
		"ensure_transaction":             m.ensureTransaction,
		"escape_sql_string":              escapeSQLString,
		"convert_datetimes_to_strs":      convertDatetimes,
		"get_seed_file_path":             seedFilePath,
		"location_exists":                locationExists,
		"external_write_options":         externalWriteOptions,
		"external_read_location":         externalReadLocation,
		"warn_once":                      warnOnce,
		"catalog_supports_foreign_keys":  catalogSupportsForeignKeys,
		"existing_key_constraint_types":  existingKeyConstraintTypes,
		"batch_id_for_model":             batchID,
		"get_temp_relation_path":         m.tempRelationPath,
		"store_relation":                 storeRelation,
		"parse_index":                    parseIndex,
	}
}

type methods struct {
	creds *Credentials
	lakes map[string]bool

	mu   sync.Mutex
	temp map[string]string // model → suffix of its temporary relation
}

// textArgument is a required argument that must be text.
func textArgument(method string, args []any, kwargs map[string]any, place int, name string) (string, error) {
	v, err := adapter.Argument(method, args, kwargs, place, name)
	if err != nil {
		return "", err
	}
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("adapter.%s: argument %q must be text, not %T", method, name, v)
	}
	return s, nil
}

// parts reads database, schema and identifier of a relation or of a node.
func parts(v any) (database, schema, identifier string, ok bool) {
	switch r := v.(type) {
	case adapter.Relation:
		return r.Database, r.Schema, r.Identifier, true
	case *adapter.Relation:
		if r != nil {
			return r.Database, r.Schema, r.Identifier, true
		}
	case map[string]any:
		get := func(names ...string) string {
			for _, n := range names {
				if s, _ := r[n].(string); s != "" {
					return s
				}
			}
			return ""
		}
		return get("database"), get("schema"), get("identifier", "alias", "name"), true
	case adapter.Object:
		m := make(map[string]any, len(r))
		for _, f := range r {
			m[f.Name] = f.Value
		}
		return parts(m)
	}
	return "", "", "", false
}

func (m *methods) isDuckLake(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("is_ducklake", args, kwargs, 0, "relation")
	if err != nil {
		return nil, err
	}
	database, _, _, ok := parts(v)
	return ok && m.lakes[database], nil
}

// ensureTransaction opens a transaction even where the profile disables them:
// a table that is rebuilt in place must come back when the build fails.
func (m *methods) ensureTransaction(ctx context.Context, s adapter.Session, _ []any, _ map[string]any) (any, error) {
	if s.InTransaction() {
		return nil, nil
	}
	if m.creds.WithoutTransactions {
		warn := "disable_transactions is set, but tables with foreign key constraints are rebuilt in place inside a transaction, so that a failed build does not lose the existing table's data."
		s.Warn(warn, warn)
	}
	_, _, err := s.Execute(ctx, "BEGIN TRANSACTION", false)
	return nil, err
}

func escapeSQLString(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("escape_sql_string", args, kwargs, 0, "value")
	if err != nil {
		return nil, err
	}
	if v == nil {
		v = "None"
	}
	return strings.ReplaceAll(fmt.Sprint(v), "'", "''"), nil
}

// convertDatetimes prints the timestamps of a table as Python's str does.
func convertDatetimes(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("convert_datetimes_to_strs", args, kwargs, 0, "table")
	if err != nil {
		return nil, err
	}
	table, ok := v.(*adapter.Table)
	if !ok || table == nil {
		return nil, fmt.Errorf("adapter.convert_datetimes_to_strs: the argument is no table but %T", v)
	}
	out := &adapter.Table{Columns: slices.Clone(table.Columns), Values: slices.Clone(table.Values)}
	for i, col := range out.Columns {
		if col.Kind != adapter.KindTimestamp {
			continue
		}
		out.Columns[i].Kind = adapter.KindText
		values := make([]any, len(out.Values[i]))
		for r, v := range out.Values[i] {
			if v != nil {
				values[r] = pythonTime(v)
			}
		}
		out.Values[i] = values
	}
	return out, nil
}

// pythonTime is str() of a datetime; anything else prints as it is.
func pythonTime(v any) string {
	layout := "2006-01-02 15:04:05"
	fraction := func(t time.Time) string {
		if t.Nanosecond() != 0 {
			return layout + ".000000"
		}
		return layout
	}
	switch t := v.(type) {
	case adapter.Timestamp:
		return t.Format(fraction(t.Time))
	case time.Time:
		return t.Format(fraction(t) + "-07:00")
	default:
		return fmt.Sprint(v)
	}
}

func seedFilePath(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("get_seed_file_path", args, kwargs, 0, "model")
	if err != nil {
		return nil, err
	}
	if o, ok := v.(adapter.Object); ok {
		m := make(map[string]any, len(o))
		for _, f := range o {
			m[f.Name] = f.Value
		}
		v = m
	}
	node, _ := v.(map[string]any)
	root, ok1 := node["root_path"].(string)
	file, ok2 := node["original_file_path"].(string)
	if !ok1 || !ok2 {
		return nil, errors.New("adapter.get_seed_file_path: the argument is no seed node (root_path and original_file_path are missing)")
	}
	return filepath.Join(root, file), nil
}

func locationExists(ctx context.Context, s adapter.Session, args []any, kwargs map[string]any) (any, error) {
	location, err := textArgument("location_exists", args, kwargs, 0, "location")
	if err != nil {
		return nil, err
	}
	_, _, err = s.Execute(ctx, "select 1 from "+quoteText(location)+" where 1=0", false)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	return err == nil, nil
}

// options reads the rendered options of an external model. Changes are written
// back to a map, for dbt's macro passes the same one on.
func options(method string, args []any, kwargs map[string]any) (adapter.Object, map[string]any, error) {
	v, err := adapter.Argument(method, args, kwargs, 1, "rendered_options")
	if err != nil {
		return nil, nil, err
	}
	switch m := v.(type) {
	case map[string]any:
		o := make(adapter.Object, 0, len(m))
		for _, k := range slices.Sorted(maps.Keys(m)) {
			o = append(o, adapter.Field{Name: k, Value: m[k]})
		}
		return o, m, nil
	case adapter.Object:
		return slices.Clone(m), nil, nil
	default:
		return nil, nil, fmt.Errorf("adapter.%s: rendered_options is no mapping but %T", method, v)
	}
}

func externalWriteOptions(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	location, err := textArgument("external_write_options", args, kwargs, 0, "write_location")
	if err != nil {
		return nil, err
	}
	opts, back, err := options("external_write_options", args, kwargs)
	if err != nil {
		return nil, err
	}
	set := func(name string, v any) {
		for i := range opts {
			if opts[i].Name == name {
				opts[i].Value = v
				return
			}
		}
		opts = append(opts, adapter.Field{Name: name, Value: v})
	}
	has := func(name string) bool { _, ok := opts.Get(name); return ok }
	if !has("format") {
		format, compression := formatOf(location, opts)
		set("format", format)
		if compression != "" && !has("compression") {
			set("compression", compression)
		}
	}
	if format, _ := opts.Get("format"); format == "csv" && !has("header") {
		set("header", int64(1))
	}
	if v, ok := opts.Get("partition_by"); ok {
		if s := fmt.Sprint(v); strings.Contains(s, ",") && !strings.HasPrefix(s, "(") {
			set("partition_by", "("+s+")")
		}
	}
	out := make([]string, len(opts))
	for i, f := range opts {
		if back != nil {
			back[f.Name] = f.Value
		}
		value := fmt.Sprint(f.Value)
		switch strings.ToLower(f.Name) {
		case "delimiter", "quote", "escape", "null":
			if !strings.HasPrefix(value, "'") {
				value = quoteText(value)
			}
		}
		out[i] = f.Name + " " + value
	}
	return strings.Join(out, ", "), nil
}

// formatOf reads a file's format from its name, before a compression's suffix;
// a name without one has a delimiter or is parquet.
func formatOf(location string, opts adapter.Object) (format, compression string) {
	ext := strings.ToLower(filepath.Ext(location))
	switch ext {
	case ".gz":
		compression = "gzip"
	case ".zst":
		compression = "zstd"
	}
	if compression != "" {
		ext = strings.ToLower(filepath.Ext(location[:len(location)-len(ext)]))
	}
	if format = strings.TrimPrefix(ext, "."); format != "" {
		return format, compression
	}
	if _, ok := opts.Get("delimiter"); ok {
		return "csv", ""
	}
	return "parquet", ""
}

func externalReadLocation(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	location, err := textArgument("external_read_location", args, kwargs, 0, "write_location")
	if err != nil {
		return nil, err
	}
	opts, _, err := options("external_read_location", args, kwargs)
	if err != nil {
		return nil, err
	}
	truthy := func(name string) (string, bool) {
		v, ok := opts.Get(name)
		s := fmt.Sprint(v)
		return s, ok && v != nil && v != false && v != int64(0) && s != ""
	}
	partition, partitioned := truthy("partition_by")
	_, perThread := truthy("per_thread_output")
	if !partitioned && !perThread {
		return location, nil
	}
	globs := location + "/*"
	if partitioned {
		globs += strings.Repeat("/*", strings.Count(partition, ",")+1)
	}
	format, ok := opts.Get("format")
	if !ok {
		// dbt's external_write_options has written it into the options by now.
		format, _ = formatOf(location, opts)
	}
	return fmt.Sprintf("%s.%v", globs, format), nil
}

func warnOnce(_ context.Context, s adapter.Session, args []any, kwargs map[string]any) (any, error) {
	message, err := textArgument("warn_once", args, kwargs, 0, "msg")
	if err != nil {
		return nil, err
	}
	s.Warn(message, message)
	return nil, nil
}

func catalogSupportsForeignKeys(ctx context.Context, s adapter.Session, args []any, kwargs map[string]any) (any, error) {
	database, err := textArgument("catalog_supports_foreign_keys", args, kwargs, 0, "database")
	if err != nil {
		return nil, err
	}
	return supportsForeignKeys(ctx, s, database)
}

func supportsForeignKeys(ctx context.Context, s adapter.Session, database string) (bool, error) {
	_, table, err := s.Execute(ctx, "select 1 from duckdb_databases() where lower(database_name) = lower("+quoteText(database)+") and type in ('duckdb', 'motherduck')", true)
	if err != nil {
		return false, err
	}
	return table.Len() > 0, nil
}

// existingKeyConstraintTypes lists the kinds of key that a table has in the
// database, sorted.
func existingKeyConstraintTypes(ctx context.Context, s adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("existing_key_constraint_types", args, kwargs, 0, "relation")
	if err != nil {
		return nil, err
	}
	database, schema, identifier, ok := parts(v)
	if !ok || database == "" || schema == "" || identifier == "" {
		//lint:ignore ST1005 dbt's words
		return nil, fmt.Errorf("Foreign key metadata requires a relation with a database, schema, and identifier; got %v", v)
	}
	if ok, err := supportsForeignKeys(ctx, s, database); !ok || err != nil {
		return []any{}, err
	}
	_, table, err := s.Execute(ctx, fmt.Sprintf(`select distinct lower(replace(constraint_type, ' ', '_')) as kind
		from duckdb_constraints()
		where lower(database_name) = lower(%s) and lower(schema_name) = lower(%s) and lower(table_name) = lower(%s)
		  and constraint_type in ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')
		order by kind`, quoteText(database), quoteText(schema), quoteText(identifier)), true)
	if err != nil {
		return nil, err
	}
	return append([]any{}, table.Values[0]...), nil
}

// batchID makes a suffix of a microbatch's start, "" outside one.
func batchID(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("batch_id_for_model", args, kwargs, 0, "model")
	if err != nil {
		return nil, err
	}
	start := field(field(v, "batch"), "event_time_start")
	if start == nil || start == "" {
		return "", nil
	}
	return strings.NewReplacer("-", "", ":", "", " ", "_", "+", "").Replace(pythonTime(start)), nil
}

func field(v any, name string) any {
	switch m := v.(type) {
	case map[string]any:
		return m[name]
	case adapter.Object:
		f, _ := m.Get(name)
		return f
	}
	return nil
}

// tempRelationPath names the table that stands in for a temporary one, the
// same for a model all through a run.
func (m *methods) tempRelationPath(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("get_temp_relation_path", args, kwargs, 0, "model")
	if err != nil {
		return nil, err
	}
	database, _, identifier, ok := parts(v)
	if !ok || identifier == "" {
		return nil, fmt.Errorf("adapter.get_temp_relation_path: the argument is no model but %T", v)
	}
	m.mu.Lock()
	suffix, ok := m.temp[identifier]
	if !ok {
		suffix = strings.ToLower(rand.Text()[:12])
		m.temp[identifier] = suffix
	}
	m.mu.Unlock()
	name := identifier + "__" + suffix
	if batch, _ := adapter.OptionalArgument(args, kwargs, 1, "batch_id", "").(string); batch != "" {
		name += "__" + batch
	}
	return adapter.NewRelation(driver{}.Dialect(), database, "dbt_temp", name, adapter.TypeTable), nil
}

func storeRelation(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	plugin := adapter.OptionalArgument(args, kwargs, 0, "plugin_name", "")
	//lint:ignore ST1005 dbt's words
	return nil, fmt.Errorf("Plugin %v not found: dbt-duckdb's plugins are Python modules, which gdbt can't run", plugin)
}

func parseIndex(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
	v, err := adapter.Argument("parse_index", args, kwargs, 0, "raw_index")
	if err != nil {
		return nil, err
	}
	config, err := adapter.ParseIndex(v, false)
	if config == nil || err != nil {
		return nil, err
	}
	config.Render = func(r adapter.Relation) string { return indexName(config, r, time.Now()) }
	return config, nil
}

// indexName hashes the index with the moment (dbt's DuckDBIndexConfig.render).
func indexName(c *adapter.IndexConfig, r adapter.Relation, now time.Time) string {
	unique := "False"
	if c.Unique {
		unique = "True"
	}
	input := append(slices.Clone(c.Columns), r.Render(), unique, now.UTC().Format("2006-01-02T15:04:05.000000"))
	sum := md5.Sum([]byte(strings.Join(input, "_")))
	return hex.EncodeToString(sum[:])
}
