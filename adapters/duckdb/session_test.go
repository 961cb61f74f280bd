package duckdb_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func open(t *testing.T, output map[string]any) adapter.Warehouse {
	t.Helper()
	w, err := duckdb.Driver().Open(t.Context(), credentials(t, output))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func session(t *testing.T, w adapter.Warehouse) adapter.Conn {
	t.Helper()
	c, err := w.Conn(t.Context(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	return c
}

func run(t *testing.T, c adapter.Conn, sql string) *adapter.Table {
	t.Helper()
	_, table, err := c.Execute(t.Context(), sql, true, 0)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return table
}

func value(t *testing.T, c adapter.Conn, sql string) any {
	t.Helper()
	return run(t, c, sql).Values[0][0]
}

// Values as DuckDB's Python client has them, type names as DESCRIBE prints them.
func TestTypesOfDuckDB(t *testing.T) {
	c := session(t, open(t, output(t)))
	for _, test := range []struct {
		sql  string
		kind adapter.Kind
		want any
	}{
		{"1::tinyint", adapter.KindInteger, int64(1)},
		{"255::utinyint", adapter.KindInteger, int64(255)},
		{"sum(1)", adapter.KindInteger, int64(1)},
		{"(-5)::hugeint", adapter.KindInteger, int64(-5)},
		{"'-123456789012345678901234567890'::bignum::varchar", adapter.KindText, "-123456789012345678901234567890"},
		{"1.1::float", adapter.KindNumber, float64(float32(1.1))},
		{"'-0.01'::decimal(4,2)", adapter.KindNumber, adapter.Decimal("-0.01")},
		{"'12345678901.5'::decimal(18,3)", adapter.KindNumber, adapter.Decimal("12345678901.500")},
		{"7::decimal(5,0)", adapter.KindNumber, adapter.Decimal("7")},
		{"'x'::enum('x', 'y''z')", adapter.KindText, "x"},
		{`'{"b": 1}'::json`, adapter.KindText, `{"b": 1}`},
		{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", adapter.KindText, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{"'00a1'::blob", adapter.KindBytes, []byte("00a1")},
		{"'1010011101'::bit", adapter.KindText, "1010011101"},
		{"'12:34:56.789+02:30'::timetz", adapter.KindTime, "12:34:56.789+02:30"},
		{"'24:00:00'::time", adapter.KindTime, "24:00:00"},
		{"'infinity'::timestamp", adapter.KindTimestamp, adapter.Timestamp{Time: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)}},
		{"'-infinity'::date", adapter.KindDate, adapter.Date("0001-01-01")},
		{"timestamp_ns '2024-01-01 00:00:00.123456789'", adapter.KindTimestamp, adapter.Timestamp{Time: time.Date(2024, 1, 1, 0, 0, 0, 123456789, time.UTC)}},
		{"timestamp_s '1960-01-01 00:00:01'", adapter.KindTimestamp, adapter.Timestamp{Time: time.Date(1960, 1, 1, 0, 0, 1, 0, time.UTC)}},
		{"interval '1 year 2 days 03:04:05'", adapter.KindInterval, 362*24*time.Hour + 3*time.Hour + 4*time.Minute + 5*time.Second},
		{"[1, 2, null]", adapter.KindOther, []any{int64(1), int64(2), nil}},
		{"[['a'], [], null]", adapter.KindOther, []any{[]any{"a"}, []any{}, nil}},
		{"array_value(1.5::double, 2)", adapter.KindOther, []any{1.5, 2.0}},
		{`{'select': 1, 'A b': 2, 'Ab': {'x': 'é'}}`, adapter.KindOther, adapter.Object{{Name: "select", Value: int64(1)}, {Name: "A b", Value: int64(2)}, {Name: "Ab", Value: adapter.Object{{Name: "x", Value: "é"}}}}},
		{"map {'k': 1, 'j': null}", adapter.KindOther, adapter.Object{{Name: "k", Value: int64(1)}, {Name: "j", Value: nil}}},
		{"map {date '2024-01-01': 1}", adapter.KindOther, adapter.Object{{Name: "2024-01-01", Value: int64(1)}}},
		{"union_value(num := 2)", adapter.KindOther, int64(2)},
		{"'long enough to live outside the vector'", adapter.KindText, "long enough to live outside the vector"},
	} {
		_, table, err := c.Execute(t.Context(), "select "+test.sql+" as v", true, 0)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		if diff := cmp.Diff(test.want, table.Values[0][0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
		if k := table.Columns[0].Kind; k != test.kind {
			t.Errorf("%s: kind %d, want %d", test.sql, k, test.kind)
		}
		described := run(t, c, "describe select "+test.sql+" as v").Values[1][0]
		if got := table.Columns[0].DBType; got != described {
			t.Errorf("%s: type %s, DESCRIBE says %s", test.sql, got, described)
		}
	}
	if _, _, err := c.Execute(t.Context(), "select 'POINT(1 2)'::geometry as place", true, 0); err == nil || !strings.Contains(err.Error(), `"place"`) {
		t.Errorf("a type that can't be read: %v", err)
	}
}

// The first rows of nested columns stay right over the edge of a vector.
func TestNestedOverManyChunks(t *testing.T) {
	c := session(t, open(t, output(t)))
	table := run(t, c, "select case when i % 3 = 0 then null else [i, i + 1] end as l, {'i': i, 's': 'v' || i} as s from range(5000) r(i)")
	for _, i := range []int{0, 1, 2047, 2048, 2049, 4999} {
		var want any
		if i%3 != 0 {
			want = []any{int64(i), int64(i + 1)}
		}
		if diff := cmp.Diff(want, table.Values[0][i]); diff != "" {
			t.Errorf("list %d (-want +got):\n%s", i, diff)
		}
		if diff := cmp.Diff(adapter.Object{{Name: "i", Value: int64(i)}, {Name: "s", Value: fmt.Sprint("v", i)}}, table.Values[1][i]); diff != "" {
			t.Errorf("struct %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestTimeZoneIsUTCUnlessTheProfileNamesOne(t *testing.T) {
	t.Setenv("TZ", "America/New_York")
	o := output(t)
	if got := value(t, session(t, open(t, o)), "select cast(timestamptz '2024-01-01 12:00:00+00' as varchar)"); got != "2024-01-01 12:00:00+00" {
		t.Errorf("without a setting: %v", got)
	}
	o = output(t)
	o["settings"] = map[string]any{"timezone": "Africa/Addis_Ababa"}
	c := session(t, open(t, o))
	if got := value(t, c, "select cast(timestamptz '2024-01-01 12:00:00+00' as varchar)"); got != "2024-01-01 15:00:00+03" {
		t.Errorf("with a setting: %v", got)
	}
	if got := value(t, c, "select timestamptz '2024-01-01 12:00:00+00'").(time.Time); got.Hour() != 15 {
		t.Errorf("the value's zone is not the session's: %v", got)
	}
	run(t, c, "set timezone = 'UTC'")
	if got := value(t, c, "select timestamptz '2024-01-01 12:00:00+00'").(time.Time); got.Hour() != 12 {
		t.Errorf("a zone set in the session is not seen: %v", got)
	}
}

func TestSettingsExtensionsAndAttach(t *testing.T) {
	dir := t.TempDir()
	o := map[string]any{
		"type": "duckdb", "path": "dev.duckdb", "schema": "main",
		"config_options": map[string]any{"default_null_order": "nulls_first"},
		"settings":       map[string]any{"preserve_insertion_order": false, "memory_limit": "1GB"},
		"extensions":     []any{"json", "parquet", "icu"},
		"attach": []any{
			map[string]any{"path": "second.duckdb", "alias": `it"s`},
			map[string]any{"path": filepath.Join(dir, "third.duckdb"), "read_only": false, "options": map[string]any{"block_size": 16384}},
		},
		"use_credential_provider": nil,
	}
	creds, err := duckdb.Driver().Credentials(o, adapter.Dirs{Project: dir})
	if err != nil {
		t.Fatal(err)
	}
	w, err := duckdb.Driver().Open(t.Context(), creds)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	c := session(t, w)
	defer c.Release()
	for sql, want := range map[string]any{
		"select current_setting('default_null_order')":                          "NULLS_FIRST",
		"select current_setting('preserve_insertion_order')":                    false,
		"select current_database()":                                             "dev",
		"select count(*) from duckdb_databases() where database_name = 'it\"s'": int64(1),
		"select count(*) from duckdb_databases() where database_name = 'third'": int64(1),
	} {
		if got := value(t, c, sql); got != want {
			t.Errorf("%s = %v, want %v", sql, got, want)
		}
	}
	for _, file := range []string{"dev.duckdb", "second.duckdb", "third.duckdb"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Errorf("relative paths start at the project: %v", err)
		}
	}
	// So do the files that models read.
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte("a\n7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := value(t, c, "select a from read_csv('in.csv')"); got != int64(7) {
		t.Errorf("read_csv gave %v", got)
	}
}

func TestSetupErrorsNameTheField(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]any
		text   string
	}{
		"setting":       {map[string]any{"settings": map[string]any{"no_such_setting": 1}}, "settings: no_such_setting"},
		"config option": {map[string]any{"config_options": map[string]any{"no_such_option": 1}}, "no_such_option"},
		"attach":        {map[string]any{"attach": []any{map[string]any{"path": "/no/such/folder/x.duckdb"}}}, "attach: entry 1"},
		"secret":        {map[string]any{"secrets": []any{map[string]any{"type": "no_such_type", "token": "hidden-word"}}}, "secrets"},
		"folder":        {map[string]any{"path": "/no/such/folder/x.duckdb"}, "/no/such/folder/x.duckdb"},
	} {
		t.Run(name, func(t *testing.T) {
			o := output(t)
			for k, v := range test.change {
				o[k] = v
			}
			w := open(t, o)
			c, err := w.Conn(t.Context(), "x")
			if err == nil {
				c.Release()
				t.Fatal("no error")
			}
			var ce *adapter.ConnectError
			if !errors.As(err, &ce) || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "hidden-word") {
				t.Errorf("%T %v", err, err)
			}
		})
	}
}

func TestNotADatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dev.duckdb")
	if err := os.WriteFile(file, []byte(strings.Repeat("this is text, no database. ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, map[string]any{"path": file}).Conn(t.Context(), "x")
	var ce *adapter.ConnectError
	if !errors.As(err, &ce) || !strings.Contains(ce.Hint, "not a DuckDB database") {
		t.Errorf("%T %v, hint %q", err, err, ce.Hint)
	}
}

// Any file name can be a database, also one that a URL couldn't hold.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"with space.duckdb", "per%cent.duckdb", "quo'te.duckdb", "question?mark.duckdb", "ስም.duckdb", ".hidden.duckdb", "two.dots.duckdb"} {
		file := filepath.Join(t.TempDir(), name)
		c := session(t, open(t, map[string]any{"path": file}))
		creds := credentials(t, map[string]any{"path": file})
		if got := value(t, c, "select current_database()"); got != creds.Database() {
			t.Errorf("%s: the database is %v, the credentials say %v", name, got, creds.Database())
		}
		run(t, c, "create table t as select 1 as a")
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

const holdEnv = "GDBT_TEST_HOLD_DATABASE"

func TestMain(m *testing.M) {
	// A second process of this test binary holds a database for TestLockedFile.
	if file := os.Getenv(holdEnv); file != "" {
		os.Exit(hold(file))
	}
	os.Exit(m.Run())
}

func hold(file string) int {
	creds, err := duckdb.Driver().Credentials(map[string]any{"path": file}, adapter.Dirs{})
	if err != nil {
		return 1
	}
	ctx := context.Background()
	w, err := duckdb.Driver().Open(ctx, creds)
	if err != nil {
		return 1
	}
	if _, err := w.Conn(ctx, "holder"); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return 0
}

func TestLockedFile(t *testing.T) {
	o := output(t)
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), holdEnv+"="+o["path"].(string))
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		stdin.Close()
		_ = holder.Wait()
	}()
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q", line)
	}
	_, err = open(t, o).Conn(t.Context(), "x")
	var ce *adapter.ConnectError
	if !errors.As(err, &ce) || !strings.Contains(ce.Hint, "process "+strconv.Itoa(holder.Process.Pid)) {
		t.Errorf("%T %v", err, err)
		if ce != nil {
			t.Errorf("hint %q", ce.Hint)
		}
	}
	// With retries it waits for the lock.
	o["retries"] = map[string]any{"connect_attempts": 4}
	time.AfterFunc(300*time.Millisecond, func() { stdin.Close() })
	c, err := open(t, o).Conn(t.Context(), "x")
	if err != nil {
		t.Fatalf("with retries: %v", err)
	}
	c.Release()
}

func TestKeepOpen(t *testing.T) {
	for _, keep := range []bool{true, false} {
		o := output(t)
		o["keep_open"] = keep
		w := open(t, o)
		c, err := w.Conn(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		run(t, c, "create table t as select 1 as a")
		c.Release()
		other := exec.Command(os.Args[0])
		other.Env = append(os.Environ(), holdEnv+"="+o["path"].(string))
		out, _ := other.Output()
		if held := strings.HasPrefix(string(out), "held"); held == keep {
			t.Errorf("keep_open %v: another process can open the file: %v", keep, held)
		}
		if got := value(t, session(t, w), "select a from t"); got != int64(1) {
			t.Errorf("after that the table holds %v", got)
		}
	}
}

// Two connections that write the same object at once, outside transactions.
func TestConflictsAreTriedAgain(t *testing.T) {
	w := open(t, output(t))
	run(t, session(t, w), "create table counter as select 0 as n")
	errs := make(chan error, 4)
	for range 4 {
		c := session(t, w)
		go func() {
			for range 25 {
				if _, _, err := c.Execute(t.Context(), "create schema if not exists made; create or replace view made.v as select 1 as a; update counter set n = n + 1", false, 0); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := value(t, session(t, w), "select n from counter"); got != int64(100) {
		t.Errorf("the counter is at %v, want 100", got)
	}
}

func TestConflictInsideATransactionIsTransient(t *testing.T) {
	w := open(t, output(t))
	a, b := session(t, w), session(t, w)
	run(t, a, "create table t as select 1 as n")
	for _, c := range []adapter.Conn{a, b} {
		if err := c.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		run(t, c, "select n from t")
	}
	run(t, a, "update t set n = 2")
	_, _, err := b.Execute(t.Context(), "update t set n = 3", false, 0)
	var db *adapter.DatabaseError
	if !errors.As(err, &db) || !db.Transient {
		t.Errorf("%T %v", err, err)
	}
}

func TestMemoryDatabase(t *testing.T) {
	w := open(t, map[string]any{"type": "duckdb"})
	a, b := session(t, w), session(t, w)
	run(t, a, "create table t as select 1 as n")
	if got := value(t, b, "select n from memory.main.t"); got != int64(1) {
		t.Errorf("a second session sees %v", got)
	}
	other := session(t, open(t, map[string]any{"type": "duckdb"}))
	if _, _, err := other.Execute(t.Context(), "select n from t", true, 0); err == nil {
		t.Error("two in-memory warehouses share a table")
	}
}
