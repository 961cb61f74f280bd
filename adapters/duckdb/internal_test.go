package duckdb

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func TestAttachSQL(t *testing.T) {
	word := func(s string) *string { return &s }
	for _, test := range []struct {
		a    Attachment
		want string
	}{
		{Attachment{Path: "it's.duckdb"}, `ATTACH IF NOT EXISTS '/p/it''s.duckdb'`},
		{Attachment{Path: "x", Alias: `a"b`, ReadOnly: true}, `ATTACH IF NOT EXISTS '/p/x' AS "a""b" (READ_ONLY)`},
		{Attachment{Path: "dbname=x", Type: word("postgres"), Secret: word("s")}, `ATTACH IF NOT EXISTS 'dbname=x' (TYPE postgres, SECRET s)`},
		{Attachment{Path: "ducklake:m", Options: map[string]any{"data_path": "s3://b/'x'", "encrypted": true, "off": false, "n": 3, "nothing": nil, "quoted": "'a''b'"}},
			`ATTACH IF NOT EXISTS 'ducklake:m' (DATA_PATH 's3://b/''x''', ENCRYPTED, N 3, QUOTED 'a''b')`},
	} {
		got := test.a.sql(func(p string) string {
			if strings.Contains(p, ":") {
				return p
			}
			return "/p/" + p
		})
		if got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestSecretSQL(t *testing.T) {
	got, err := secretSQL(map[string]any{
		"type": "s3", "provider": "config", "key_id": "a'b", "scope": []any{"s3://x", "s3://y"},
		"extra": map[string]any{"h": "v"}, "list": []any{"1"}, "persistent": true,
	}, 0)
	want := `CREATE OR REPLACE PERSISTENT SECRET "_dbt_secret_1" (type s3, provider config, extra map {'h': 'v'}, key_id 'a''b', list array ['1'], scope 's3://x', scope 's3://y')`
	if err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	if _, err := secretSQL(map[string]any{"type": "s3) --"}, 0); err == nil {
		t.Error("a type that is no name gave no error")
	}
}

func TestPosition(t *testing.T) {
	for _, test := range []struct {
		message, sql string
		want         int
	}{
		{"Parser Error: x\n\nLINE 1: select 1; selec 2\n                  ^^^^^", "select 1; selec 2", 11},
		{"Binder Error: x\n\nLINE 2:   nope\n          ^", "select\n  nope", 10},
		{"Binder Error: x\n\nLINE 1: ...bcdef nope, 1...\n                 ^", "select abcdef nope, 1 as x", 15},
		{"Binder Error: no line", "select 1", 0},
		{"Binder Error: x\n\nLINE 9: y\n        ^", "select 1", 0},
	} {
		if got := position(test.message, test.sql); got != test.want {
			t.Errorf("%q: %d, want %d", test.message, got, test.want)
		}
	}
	moved := renumber("x\n\nLINE 9: nope\n        ^", 3)
	if moved != "x\n\nLINE 12: nope\n         ^" {
		t.Errorf("renumbered: %q", moved)
	}
}

func TestSplit(t *testing.T) {
	for sql, want := range map[string][]string{
		"a;b":                          {"a;", "b"},
		"select ';'; b":                {"select ';';", " b"},
		"select 'it''s;'; b":           {"select 'it''s;';", " b"},
		`select e'\';'; b`:             {`select e'\';';`, " b"},
		`select "a;""b"; c`:            {`select "a;""b";`, " c"},
		"-- a;\nb; c":                  {"-- a;\nb;", " c"},
		"/* a; /* ; */ ; */ b; c":      {"/* a; /* ; */ ; */ b;", " c"},
		"select $$;$$; b":              {"select $$;$$;", " b"},
		"select $t$;$$;$t$; select $1": {"select $t$;$$;$t$;", " select $1"},
		"select 'open;":                {"select 'open;"},
	} {
		if diff := cmp.Diff(want, split(sql)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a;b", "'", "$$", "$x$;", "/*", "--", "e'\\", `";`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if got := strings.Join(split(sql), ""); got != sql {
			t.Errorf("%q came back as %q", sql, got)
		}
	})
}

func FuzzPosition(f *testing.F) {
	f.Add("LINE 1: ...x...\n            ^", "select x")
	f.Fuzz(func(t *testing.T, message, sql string) {
		if p := position(message, sql); p < 0 || p > len([]rune(sql))+1 {
			t.Errorf("position %d of %d", p, len(sql))
		}
	})
}

func TestDecimalText(t *testing.T) {
	for _, test := range []struct {
		digits string
		scale  int
		want   adapter.Decimal
	}{
		{"0", 2, "0.00"}, {"5", 3, "0.005"}, {"-5", 3, "-0.005"}, {"150", 2, "1.50"}, {"-12345", 0, "-12345"}, {"100", 3, "0.100"},
	} {
		if got := decimalText(test.digits, test.scale); got != test.want {
			t.Errorf("%s scale %d = %s, want %s", test.digits, test.scale, got, test.want)
		}
	}
}

// fakeSession answers the statements of a Method.
type fakeSession struct {
	tx       bool
	sql      []string
	warnings []string
	table    *adapter.Table
	err      error
}

func (s *fakeSession) Execute(_ context.Context, sql string, _ bool) (adapter.Response, *adapter.Table, error) {
	s.sql = append(s.sql, sql)
	return adapter.Response{}, s.table, s.err
}
func (s *fakeSession) InTransaction() bool  { return s.tx }
func (s *fakeSession) Node() map[string]any { return nil }
func (s *fakeSession) Warn(_, msg string)   { s.warnings = append(s.warnings, msg) }

func TestMethods(t *testing.T) {
	creds, err := readCredentials(map[string]any{"path": "dev.duckdb", "external_root": "out", "disable_transactions": true,
		"attach": []any{map[string]any{"path": "ducklake:meta", "alias": "lake"}}}, adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	m := driver{}.Methods(creds)
	rel := func(database string) adapter.Relation {
		return adapter.NewRelation(driver{}.Dialect(), database, "main", "t", adapter.TypeTable)
	}
	at := time.Date(2024, 1, 2, 3, 4, 5, 60000, time.UTC)
	for _, test := range []struct {
		name string
		args []any
		want any
	}{
		{"is_motherduck", nil, false},
		{"disable_transactions", nil, true},
		{"external_root", nil, "out"},
		{"get_binding_char", nil, "?"},
		{"valid_incremental_strategies", nil, []any{"append", "delete+insert", "merge", "microbatch"}},
		{"is_ducklake", []any{rel("lake")}, true},
		{"is_ducklake", []any{rel("dev")}, false},
		{"is_ducklake", []any{nil}, false},
		{"use_ducklake_table_workarounds", []any{rel("lake")}, false},
		{"escape_sql_string", []any{"it's"}, "it''s"},
		{"get_seed_file_path", []any{map[string]any{"root_path": "/p", "original_file_path": "seeds/a.csv"}}, "/p/seeds/a.csv"},
		{"external_write_options", []any{"out/x.parquet", map[string]any{}}, "format parquet"},
		{"external_write_options", []any{"out/x.CSV.gz", map[string]any{}}, "format csv, compression gzip, header 1"},
		{"external_write_options", []any{"out/x", map[string]any{"delimiter": "|"}}, "delimiter '|', format csv, header 1"},
		{"external_write_options", []any{"out/x", map[string]any{"partition_by": "a,b"}}, "partition_by (a,b), format parquet"},
		{"external_write_options", []any{"x.csv", map[string]any{"header": int64(0), "null": "'-'"}}, "header 0, null '-', format csv"},
		{"external_read_location", []any{"out/x", map[string]any{}}, "out/x"},
		{"external_read_location", []any{"out/x", map[string]any{"partition_by": "(a,b)", "format": "csv"}}, "out/x/*/*/*.csv"},
		{"external_read_location", []any{"out/x", map[string]any{"per_thread_output": true}}, "out/x/*.parquet"},
		{"batch_id_for_model", []any{map[string]any{}}, ""},
		{"batch_id_for_model", []any{map[string]any{"batch": map[string]any{"event_time_start": at}}}, "20240102_030405.0000600000"},
		{"batch_id_for_model", []any{map[string]any{"batch": map[string]any{"event_time_start": "2024-01-02 00:00:00+00:00"}}}, "20240102_0000000000"},
	} {
		got, err := m[test.name](t.Context(), &fakeSession{}, test.args, nil)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.name, test.args, diff)
		}
	}
}

func TestMethodsThatRunSQL(t *testing.T) {
	creds := &Credentials{WithoutTransactions: true}
	m := driver{}.Methods(creds)
	s := &fakeSession{table: &adapter.Table{Values: [][]any{{"foreign_key", "unique"}}}}
	call := func(name string, args ...any) any {
		t.Helper()
		v, err := m[name](t.Context(), s, args, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return v
	}
	call("ensure_transaction")
	if !slices.Equal(s.sql, []string{"BEGIN TRANSACTION"}) || len(s.warnings) != 1 {
		t.Errorf("ensure_transaction ran %q and warned %q", s.sql, s.warnings)
	}
	s.tx = true
	call("ensure_transaction")
	if len(s.sql) != 1 {
		t.Error("ensure_transaction began a second transaction")
	}
	if got := call("location_exists", "it's.parquet"); got != true || !strings.Contains(s.sql[1], "'it''s.parquet'") {
		t.Errorf("location_exists = %v with %s", got, s.sql[1])
	}
	s.err = errors.New("no such file")
	if got := call("location_exists", "x"); got != false {
		t.Errorf("location_exists = %v", got)
	}
	s.err = nil
	rel := adapter.NewRelation(driver{}.Dialect(), "d", "s", "o'clock", adapter.TypeTable)
	if diff := cmp.Diff([]any{"foreign_key", "unique"}, call("existing_key_constraint_types", rel)); diff != "" {
		t.Error(diff)
	}
	if last := s.sql[len(s.sql)-1]; !strings.Contains(last, "'o''clock'") {
		t.Errorf("a name is not quoted: %s", last)
	}
	first := call("get_temp_relation_path", rel).(adapter.Relation)
	if again := call("get_temp_relation_path", rel).(adapter.Relation); again.Identifier != first.Identifier || first.Schema != "dbt_temp" {
		t.Errorf("temporary relations %v and %v", first, again)
	}
	if _, err := m["store_relation"](t.Context(), s, []any{"excel"}, nil); err == nil || !strings.Contains(err.Error(), "excel") {
		t.Errorf("store_relation: %v", err)
	}
	table := &adapter.Table{
		Columns: []adapter.ResultColumn{{Name: "at", Kind: adapter.KindTimestamp}, {Name: "n", Kind: adapter.KindInteger}},
		Values:  [][]any{{adapter.Timestamp{Time: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)}, nil}, {int64(1), int64(2)}},
	}
	out := call("convert_datetimes_to_strs", table).(*adapter.Table)
	if diff := cmp.Diff([][]any{{"2024-01-02 00:00:00", nil}, {int64(1), int64(2)}}, out.Values); diff != "" {
		t.Error(diff)
	}
	if out.Columns[0].Kind != adapter.KindText || table.Columns[0].Kind != adapter.KindTimestamp {
		t.Error("the kinds are wrong, or the table given was changed")
	}
	index := call("parse_index", map[string]any{"columns": []any{"a"}, "unique": true}).(*adapter.IndexConfig)
	if name := index.Render(rel); len(name) != 32 {
		t.Errorf("index name %q", name)
	}
	if _, err := m["parse_index"](t.Context(), s, []any{map[string]any{"columns": []any{"a"}, "type": "hash"}}, nil); err == nil {
		t.Error("an index type gave no error")
	}
}
