package loadtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
	"github.com/gdbt-dev/gdbt/scraper/denied/deniedtest"
)

const (
	goodLake = "../../testdata/lake"
	badLake  = "../../testdata/lake_bad"
)

var noDuration = cmpopts.IgnoreFields(source.LoadResult{}, "Duration", "Lake", "Bytes", "Files")

// request loads a lake into raw.telegram_messages at a fixed time.
func request(w *warehouse, db source.Target, lake string) source.LoadRequest {
	return source.LoadRequest{
		Source: source.Source{
			Name: "raw", Table: "telegram_messages",
			Database: w.database, Schema: "raw", Identifier: "telegram_messages",
		},
		Config: source.Config{Plugin: "telegram"},
		Lake:   lake,
		Target: db,
		Now:    func() time.Time { return time.Date(2025, 4, 1, 12, 0, 0, 0, time.UTC) },
	}
}

func load(t testing.TB, req source.LoadRequest) source.LoadResult {
	t.Helper()
	res, err := scraper.Plugin().Load(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// lakeOf writes a lake of one day; files are named without folder and extension.
func lakeOf(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, dir, name, text)
	}
	return dir
}

func put(t testing.TB, lake, name, text string) {
	t.Helper()
	path := filepath.Join(lake, "telegram_messages", "2025-03-03", name+".json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// messages is a file of records with the ids from first to last.
func messages(first, last int) string {
	var list []string
	for id := first; id <= last; id++ {
		list = append(list, fmt.Sprintf(`{"message_id":%d,"channel_name":"shop","message_date":"2025-03-01T10:00:00+00:00","message_text":"ሰላም %[1]d\t\\N"}`, id))
	}
	return "[" + strings.Join(list, ",\n") + "]"
}

func TestLoadIsIncremental(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db := w.target(t)
		req := request(w, db, goodLake)
		var last source.Progress
		req.Progress = func(p source.Progress) { last = p }
		res := load(t, req)
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 8, FilesLoaded: 8, Rows: 240}, res, noDuration); diff != "" {
			t.Error(diff)
		}
		if last.FilesDone != 8 || last.BytesDone != last.Bytes || last.Bytes != res.Bytes || last.Rows != 240 {
			t.Errorf("last progress %+v", last)
		}
		const sums = `select count(*), count(distinct lake_file), min(scrape_date), max(scrape_date), min(loaded_at), count(extra) from raw.telegram_messages`
		before := one(t, db, sums)
		if !strings.HasPrefix(before, "240 8 2025-03-03 2025-03-07 2025-04-01 12:00:00") {
			t.Error(before)
		}
		if got := one(t, db, `select sum(row_count), sum(reject_count), count(*) from raw.telegram_messages_loads`); got != "240 0 8" {
			t.Error("state:", got)
		}

		res = load(t, request(w, db, goodLake))
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 8, FilesSkipped: 8}, res, noDuration); diff != "" {
			t.Error("second load:", diff)
		}
		if after := one(t, db, sums); after != before {
			t.Errorf("second load: %s, was %s", after, before)
		}

		req = request(w, db, goodLake)
		req.FullRefresh = true
		res = load(t, req)
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 8, FilesLoaded: 8, Rows: 240}, res, noDuration); diff != "" {
			t.Error("full refresh:", diff)
		}
		if after := one(t, db, sums); after != before {
			t.Errorf("full refresh: %s, was %s", after, before)
		}
	})
}

func TestChangedFileReplacesItsRows(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db := w.target(t)
		lake := lakeOf(t, map[string]string{"a": messages(1, 3), "b": messages(11, 12)})
		load(t, request(w, db, lake))

		put(t, lake, "a", "["+strings.Trim(messages(2, 5), "[]")+", 7]")
		if err := os.Remove(filepath.Join(lake, "telegram_messages/2025-03-03/b.json")); err != nil {
			t.Fatal(err)
		}
		res := load(t, request(w, db, lake))
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 1, FilesLoaded: 1, FilesMissing: 1, Rows: 4, Rejects: 1}, res, noDuration); diff != "" {
			t.Error(diff)
		}
		if want := "1 file: 1 loaded, 0 unchanged; 4 rows, 1 reject; 1 loaded file no longer in the lake"; res.String() != want {
			t.Error(res.String())
		}
		const ids = `select message_id, lake_row from raw.telegram_messages order by 1`
		if diff := cmp.Diff([]string{"2 0", "3 1", "4 2", "5 3", "11 0", "12 1"}, query(t, db, ids)); diff != "" {
			t.Error(diff)
		}
		if got := one(t, db, `select count(*) from raw.telegram_messages_rejects`); got != "1" {
			t.Error("rejects:", got)
		}

		put(t, lake, "a", messages(2, 2))
		req := request(w, db, lake)
		req.FullRefresh = true
		load(t, req)
		if diff := cmp.Diff([]string{"2 0"}, query(t, db, ids)); diff != "" {
			t.Error("full refresh:", diff)
		}
		if got := one(t, db, `select (select count(*) from raw.telegram_messages_rejects), count(*) from raw.telegram_messages_loads`); got != "0 1" {
			t.Error("full refresh:", got)
		}
	})
}

// Both warehouses hold the same rows and rejects, all of them accounted for.
func TestBadLake(t *testing.T) {
	var dumps [][]string
	onEach(t, func(t *testing.T, w *warehouse) {
		db := w.target(t)
		res := load(t, request(w, db, badLake))
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 12, FilesLoaded: 12, Rows: 17, Rejects: 24}, res, noDuration); diff != "" {
			t.Error(diff)
		}
		kinds := query(t, db, `select kind, count(*) from raw.telegram_messages_rejects group by kind order by kind`)
		if diff := cmp.Diff([]string{"bad_date 3", "bad_file 3", "bad_text 3", "malformed 7", "missing_field 3", "wrong_type 5"}, kinds); diff != "" {
			t.Error(diff)
		}
		good := query(t, db, `select message_id from raw.telegram_messages order by 1`)
		if diff := cmp.Diff(strings.Fields("1 5 11 15 21 31 41 45 47 51 53 55 61 65 81 91 96"), good); diff != "" {
			t.Error(diff)
		}
		if got := one(t, db, `select poll, extra from raw.telegram_messages where message_id = 81`); got != `{"question":"ጥያቄ","answers":[1,2]} {"via_bot":null}` {
			t.Error("extra:", got)
		}
		dump := query(t, db, `select lake_file, lake_row, line_number, column_number, byte_offset, kind, field, reason, raw_text, raw_bytes from raw.telegram_messages_rejects order by lake_file, byte_offset`)
		dump = append(dump, query(t, db, `select * from raw.telegram_messages order by message_id`)...)
		dumps = append(dumps, dump)
		for _, want := range []string{
			`bad_date.json 1 3 67 287 bad_date message_date message_date is no date of the calendar: "2025-02-30T10:00:00+00:00" {"message_id": 2,`,
			`malformed.json 3 5 129 790 malformed <nil> expected ',' or '}', found 'h' {"message_id": 44`,
			`missing_field.json 3 5 68 686 missing_field message_date message_date is null`,
			`wrong_type.json 3 5 20 690 wrong_type message_id message_id does not fit into 64 bits: 18446744073709551616`,
			`empty.json <nil> 1 1 0 bad_file <nil> the file is empty; expected a JSON array`,
		} {
			if !slices.ContainsFunc(dump, func(s string) bool { return strings.Contains(s, want) }) {
				t.Errorf("no reject has %q", want)
			}
		}
	})
	if len(dumps) == 2 {
		slices.Sort(dumps[0])
		slices.Sort(dumps[1])
		if diff := cmp.Diff(dumps[0], dumps[1]); diff != "" {
			t.Error("the warehouses differ:", diff)
		}
	}
}

// failing is a Target whose nth BulkInsert fails, after its rows went in.
type failing struct {
	source.Target
	left int
}

var errCut = errors.New("the line was cut")

func (f *failing) BulkInsert(ctx context.Context, rel source.Relation, columns []string, rows source.Rows) (int64, error) {
	n, err := f.Target.BulkInsert(ctx, rel, columns, rows)
	if f.left--; err == nil && f.left == 0 {
		return n, errCut
	}
	return n, err
}

func TestLoadThatIsCutShort(t *testing.T) {
	// Often, so that a pointer that Go must not see in the driver's memory is seen.
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	onEach(t, func(t *testing.T, w *warehouse) {
		db := w.target(t)
		// The second file takes three batches; the load breaks in the second of them.
		lake := lakeOf(t, map[string]string{"a": messages(1, 10), "b": messages(1, 12_000), "c": messages(1, 10)})
		res, err := scraper.Plugin().Load(t.Context(), request(w, &failing{db, 3}, lake))
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 3, FilesLoaded: 1, Rows: 10}, res, noDuration); diff != "" {
			t.Error(diff)
		}
		const state = `select (select count(*) from raw.telegram_messages), (select count(*) from raw.telegram_messages_loads)`
		if got := one(t, db, state); got != "10 1" {
			t.Errorf("after the cut: %s", got)
		}

		cancelled, cancel := context.WithCancel(t.Context())
		req := request(w, db, lake)
		req.Progress = func(p source.Progress) {
			if p.Rows > 0 {
				cancel()
			}
		}
		if _, err := scraper.Plugin().Load(cancelled, req); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled load: %v", err)
		}
		if got := one(t, db, state); got != "10 1" {
			t.Errorf("after the cancelled load: %s", got)
		}

		res = load(t, request(w, db, lake))
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 3, FilesLoaded: 2, FilesSkipped: 1, Rows: 12_010}, res, noDuration); diff != "" {
			t.Error(diff)
		}
		if got := one(t, db, state); got != "12020 3" {
			t.Errorf("at last: %s", got)
		}
	})
}

// Names are quoted, tables may exist already and lack columns.
func TestLoadIntoWhatIsThere(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db := w.target(t)
		for _, sql := range []string{
			`create schema "Raw ""x"""`,
			`create table "Raw ""x"""."Messages; --" (message_id bigint, note text)`,
			`insert into "Raw ""x"""."Messages; --" values (0, 'kept')`,
		} {
			if _, err := db.Execute(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		req := request(w, db, lakeOf(t, map[string]string{"a'b": messages(1, 2)}))
		req.Source.Schema, req.Source.Identifier = `Raw "x"`, `Messages; --`
		load(t, req)
		got := query(t, db, `select message_id, note, lake_file, message_text from "Raw ""x"""."Messages; --" order by 1`)
		want := []string{
			"0 kept <nil> <nil>",
			"1 <nil> telegram_messages/2025-03-03/a'b.json ሰላም 1\t\\N",
			"2 <nil> telegram_messages/2025-03-03/a'b.json ሰላም 2\t\\N",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A file that can't be opened does not keep the others from loading.
func TestUnreadableFile(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db := w.target(t)
		lake := lakeOf(t, map[string]string{"a": messages(1, 1), "b": messages(1, 1), "c": messages(1, 1)})
		req := request(w, db, lake)
		req.Progress = func(p source.Progress) {
			if p.FilesDone == 1 { // b goes away after the lake was listed
				if err := os.RemoveAll(filepath.Join(lake, "telegram_messages/2025-03-03/b.json")); err != nil {
					t.Error(err)
				}
			}
		}
		res, err := scraper.Plugin().Load(t.Context(), req)
		fe := (*scraper.FileError)(nil)
		if !errors.As(err, &fe) || fe.File != "telegram_messages/2025-03-03/b.json" || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff(source.LoadResult{FilesSeen: 3, FilesLoaded: 2, Rows: 2}, res, noDuration); diff != "" {
			t.Error(diff)
		}
	})
}

// Nor does one that the user may not read; a day whose files can't be looked at is told of, not passed over.
func TestFileWithoutAccess(t *testing.T) {
	if !deniedtest.AsUser(t) {
		return
	}
	w := openDuckDB(t)
	lake := lakeOf(t, map[string]string{"a": messages(1, 1), "b": messages(1, 1), "c": messages(1, 1)})
	day := filepath.Join(lake, "telegram_messages/2025-03-03")
	name := filepath.Join(day, "b.json")
	if err := os.Chmod(name, 0); err != nil {
		t.Fatal(err)
	}
	res, err := scraper.Plugin().Load(t.Context(), request(w, w.target(t), lake))
	if diff := cmp.Diff(source.LoadResult{FilesSeen: 3, FilesLoaded: 2, Rows: 2}, res, noDuration); diff != "" {
		t.Error(diff)
	}
	if want := "permission denied; the file " + name + " has the mode ----------: give the user that runs gdbt access with chmod or chown"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if err := os.Chmod(day, 0o400); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(day, 0o700) }()
	_, err = scraper.Plugin().Load(t.Context(), request(w, w.target(t), lake))
	if d, ok := diag.As(err); !ok || d.Hint != "the folder "+day+" has the mode dr--------: give the user that runs gdbt access with chmod or chown" {
		t.Error(err)
	}
}

// Two loads at once take turns at each file.
func TestLoadsAtOnce(t *testing.T) {
	w := openPostgres(t)
	lake := lakeOf(t, map[string]string{"a": messages(1, 6000), "b": messages(1, 50), "c": messages(1, 50)})
	load(t, request(w, w.target(t), lakeOf(t, map[string]string{"z": "[]"}))) // the tables
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		db := w.target(t)
		wg.Go(func() { _, errs[i] = scraper.Plugin().Load(t.Context(), request(w, db, lake)) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	db := w.target(t)
	if got := one(t, db, `select count(*), count(distinct (lake_file, lake_row)) from raw.telegram_messages`); got != "6100 6100" {
		t.Error(got)
	}
}

// A role that may not create anything can load into tables that are there.
func TestLoadWithFewRights(t *testing.T) {
	w := openPostgres(t)
	admin := w.target(t)
	load(t, request(w, admin, lakeOf(t, map[string]string{"a": messages(1, 1)})))
	for _, sql := range []string{
		`create role loader`, `grant usage on schema raw to loader`,
		`grant select, insert, update, delete on all tables in schema raw to loader`,
	} {
		if _, err := admin.Execute(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, sql := range []string{`drop owned by loader`, `drop role loader`} {
			if _, err := admin.Execute(context.Background(), sql); err != nil {
				t.Error(err)
			}
		}
	})
	db := w.target(t)
	if _, err := db.Execute(t.Context(), `set role loader`); err != nil {
		t.Fatal(err)
	}
	if res := load(t, request(w, db, lakeOf(t, map[string]string{"b": messages(1, 3)}))); res.Rows != 3 {
		t.Error(res)
	}
	if _, err := db.Execute(t.Context(), `reset role`); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkLoad loads a file again and again, in each warehouse with a row for each record and with one row a message.
func BenchmarkLoad(b *testing.B) {
	text := messages(1, 20_000)
	lake := lakeOf(b, map[string]string{"a": text})
	for name, open := range map[string]func(testing.TB) *warehouse{"duckdb": openDuckDB, "postgres": openPostgres} {
		for _, rows := range []string{"record", "message"} {
			b.Run(name+"/"+rows, func(b *testing.B) {
				w := open(b)
				req := request(w, w.target(b), lake)
				req.Config.Options = map[string]any{"rows": rows}
				req.FullRefresh = true
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if res := load(b, req); res.Rows != 20_000 {
						b.Fatal(res)
					}
				}
			})
		}
	}
}

// BenchmarkLoadSmallFiles is the first load of a lake of two hundred days: a thousand files of five messages.
func BenchmarkLoadSmallFiles(b *testing.B) {
	lake := b.TempDir()
	for day := range 200 {
		for channel := range 5 {
			date := time.Date(2025, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			write(b, lake, fmt.Sprintf("%s/shop%d.json", date, channel), messages(1+5*day, 5+5*day))
		}
	}
	for name, open := range map[string]func(testing.TB) *warehouse{"duckdb": openDuckDB, "postgres": openPostgres} {
		for _, rows := range []string{"record", "message"} {
			b.Run(name+"/"+rows, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					w := open(b)
					req := request(w, w.target(b), lake)
					req.Config.Options = map[string]any{"rows": rows}
					b.StartTimer()
					if res := load(b, req); res.Rows != 5000 {
						b.Fatal(res)
					}
				}
			})
		}
	}
}
