package loadtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
)

// ofMessages is a load that keeps one row a message.
func ofMessages(w *warehouse, db source.Target, lake string) source.LoadRequest {
	req := request(w, db, lake)
	req.Config.Options = map[string]any{"rows": "message"}
	return req
}

func full(req source.LoadRequest) source.LoadRequest {
	req.FullRefresh = true
	return req
}

// seen is a record of the message with an id, in the channel shop.
func seen(id, views int, scrapedAt string) string {
	at := ""
	if scrapedAt != "" {
		at = fmt.Sprintf(`,"scraped_at":%q`, scrapedAt)
	}
	return fmt.Sprintf(`{"message_id":%d,"channel_name":"shop","message_date":"2025-03-01T10:00:00Z","views":%d%s}`, id, views, at)
}

func list(records ...string) string { return "[" + strings.Join(records, ",\n") + "]" }

// The rows as "id views file row", without the folder that all files are in.
func messageRows(t *testing.T, db source.Target) []string {
	t.Helper()
	return query(t, db, `select message_id, views, replace(replace(lake_file, 'telegram_messages/', ''), '.json', ''), lake_row from raw.telegram_messages order by 1, 2`)
}

// Whatever the order in which files come, the newest record of a message is its row: by the day of the scrape, its
// instant, file and row. The history has them all.
func TestNewestRecordIsTheRow(t *testing.T) {
	files := map[string]string{
		"2025-03-03/a": list(seen(1, 10, "2025-03-03T10:00:00Z"), seen(2, 20, "2025-03-03T10:00:00.1234567Z"), seen(3, 30, ""), seen(4, 40, "2025-03-03T10:00:00Z"), seen(4, 41, "2025-03-03T09:00:00Z")),
		"2025-03-03/b": list(seen(1, 11, "2025-03-03T12:30:00+03:00"), seen(2, 21, "2025-03-03T10:00:00.123457Z"), seen(3, 31, "2025-03-03T00:00:01"), seen(4, 42, "2025-03-03T10:00:00Z")),
		"2025-03-04/a": list(seen(5, 50, ""), seen(5, 51, ""), seen(6, 60, "2025-03-04T08:00:00Z")),
		"2025-03-04/B": list(seen(5, 52, ""), seen(6, 61, "2025-03-04T08:00:00Z")), // B is before a
		"2025-03-05/a": list(seen(6, 62, "")),
	}
	want := []string{
		"1 10 2025-03-03/a 0", // 12:30 in Addis Ababa is before 10:00 UTC
		"2 21 2025-03-03/b 1", // digits beyond microseconds are cut
		"3 31 2025-03-03/b 2", // without a time is before every time of the day
		"4 42 2025-03-03/b 3",
		"5 51 2025-03-04/a 1",
		"6 62 2025-03-05/a 0",
	}
	names := slices.Sorted(maps.Keys(files))
	backwards := slices.Clone(names)
	slices.Reverse(backwards)
	onEach(t, func(t *testing.T, w *warehouse) {
		for _, order := range [][]string{names, backwards, {"2025-03-03/b", "2025-03-05/a", "2025-03-04/a", "2025-03-03/a", "2025-03-04/B"}} {
			db, lake := w.target(t), t.TempDir()
			for _, name := range order {
				write(t, lake, name+".json", files[name])
				if res := load(t, ofMessages(w, db, lake)); res.FilesLoaded != 1 || res.Rows != int64(strings.Count(files[name], "message_id")) {
					t.Errorf("%s: %+v", name, res)
				}
			}
			if diff := cmp.Diff(want, messageRows(t, db)); diff != "" {
				t.Errorf("%v: %s", order, diff)
			}
			if got := one(t, db, `select count(*) from raw.message_metrics`); got != "11" { // what was seen twice at one time is there once
				t.Errorf("%v: %s rows in the history", order, got)
			}
			// Again, and in one go into other tables: the same.
			if res := load(t, ofMessages(w, db, lake)); res.FilesLoaded != 0 || res.FilesSkipped != 5 {
				t.Errorf("%+v", res)
			}
			load(t, full(ofMessages(w, db, lake)))
			if diff := cmp.Diff(want, messageRows(t, db)); diff != "" {
				t.Errorf("a full load: %s", diff)
			}
			for _, name := range []string{"telegram_messages", "telegram_messages_loads", "telegram_messages_rejects", "message_metrics"} {
				if _, err := db.Execute(t.Context(), `drop table raw.`+name); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// Records that a file has no more take their rows with them; what they were newer than comes back with a full load.
func TestMessagesThatAFileHasNoMore(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db, lake := w.target(t), t.TempDir()
		write(t, lake, "2025-03-03/a.json", list(seen(1, 10, ""), seen(2, 20, ""), seen(3, 30, "")))
		write(t, lake, "2025-03-03/b.json", list(seen(2, 21, ""), seen(7, 70, "")))
		write(t, lake, "2025-03-04/a.json", list(seen(1, 11, ""), seen(3, 31, "")))
		load(t, ofMessages(w, db, lake))

		// One record is edited, one is gone, one is older than it was, and one is bad.
		write(t, lake, "2025-03-03/b.json", list(seen(7, 71, "2025-03-03T00:00:00Z"), `{"message_id":9}`))
		write(t, lake, "2025-03-04/a.json", list(seen(3, 32, "")))
		if res := load(t, ofMessages(w, db, lake)); res.FilesLoaded != 2 || res.Rows != 2 || res.Rejects != 1 {
			t.Errorf("%+v", res)
		}
		if diff := cmp.Diff([]string{"3 32 2025-03-04/a 0", "7 71 2025-03-03/b 0"}, messageRows(t, db)); diff != "" {
			t.Error(diff)
		}
		load(t, full(ofMessages(w, db, lake)))
		want := []string{"1 10 2025-03-03/a 0", "2 20 2025-03-03/a 1", "3 32 2025-03-04/a 0", "7 71 2025-03-03/b 0"}
		if diff := cmp.Diff(want, messageRows(t, db)); diff != "" {
			t.Error("a full load:", diff)
		}

		// The rows of a file that is gone stay until a full load, which puts older ones in their place.
		if err := os.RemoveAll(filepath.Join(lake, "telegram_messages/2025-03-04")); err != nil {
			t.Fatal(err)
		}
		if res := load(t, ofMessages(w, db, lake)); res.FilesMissing != 1 {
			t.Errorf("%+v", res)
		}
		if diff := cmp.Diff(want, messageRows(t, db)); diff != "" {
			t.Error(diff)
		}
		load(t, full(ofMessages(w, db, lake)))
		want[2] = "3 30 2025-03-03/a 2"
		if diff := cmp.Diff(want, messageRows(t, db)); diff != "" {
			t.Error("a full load:", diff)
		}
		if got := one(t, db, `select (select count(*) from raw.telegram_messages_rejects), count(*), count(distinct sha256), min(length(sha256)) from raw.telegram_messages_loads`); got != "1 2 2 64" {
			t.Error(got)
		}
	})
}

// A full load that is cut short leaves whole files, and the next load, which need not be a full one, does the rest.
func TestFullLoadOfMessagesThatIsCutShort(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db, lake := w.target(t), t.TempDir()
		large := strings.Repeat(" ", 1<<20) // so that no file shares another's transaction
		write(t, lake, "2025-03-03/a.json", list(seen(1, 10, ""), seen(2, 20, ""), seen(3, 30, ""))+large)
		write(t, lake, "2025-03-03/b.json", list(seen(1, 11, ""), seen(2, 21, ""))+large)
		write(t, lake, "2025-03-04/a.json", list(seen(1, 12, ""))+large)
		load(t, ofMessages(w, db, lake))
		before := messageRows(t, db)

		write(t, lake, "2025-03-03/b.json", list(seen(4, 40, ""))+large)
		write(t, lake, "2025-03-04/a.json", list(seen(5, 50, ""))+large)
		// The newest file comes first; the load breaks in the second.
		res, err := scraper.Plugin().Load(t.Context(), full(ofMessages(w, &failing{db, 2}, lake)))
		if !errors.Is(err, errCut) || res.FilesLoaded != 1 || res.Files[0].File != "telegram_messages/2025-03-04/a.json" {
			t.Fatalf("%v %+v", err, res)
		}
		if diff := cmp.Diff([]string{before[1], before[2], "5 50 2025-03-04/a 0"}, messageRows(t, db)); diff != "" {
			t.Error("after the cut:", diff)
		}
		if res := load(t, ofMessages(w, db, lake)); res.FilesLoaded != 2 || res.FilesSkipped != 1 {
			t.Errorf("%+v", res)
		}
		want := []string{"1 10 2025-03-03/a 0", "2 20 2025-03-03/a 1", "3 30 2025-03-03/a 2", "4 40 2025-03-03/b 0", "5 50 2025-03-04/a 0"}
		if diff := cmp.Diff(want, messageRows(t, db)); diff != "" {
			t.Error("at last:", diff)
		}
		if got := query(t, db, `select * from raw.telegram_messages_loads where sha256 = ''`); len(got) != 0 {
			t.Error("not read:", got)
		}
	})
}

// Loads at once of files with the same messages, in opposite orders: one row a message, the newest.
func TestLoadsOfMessagesAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		load(t, ofMessages(w, w.target(t), lakeOf(t, map[string]string{"z": "[]"}))) // the tables
		const most, loads = 300, 4
		lakes := make([]string, loads)
		for i := range lakes {
			lakes[i] = t.TempDir()
			var records []string
			for id := 1; id <= most; id++ {
				records = append(records, seen(id, i, fmt.Sprintf("2025-03-03T1%d:00:00Z", (i+id)%loads)))
			}
			if i%2 == 1 {
				slices.Reverse(records)
			}
			write(t, lakes[i], fmt.Sprintf("2025-03-03/file%d.json", i), list(records...))
			write(t, lakes[i], "2025-03-04/same.json", list(seen(most+1, 5, "")))
		}
		errs := make([]error, loads)
		var wg sync.WaitGroup
		for i := range errs {
			db := w.target(t)
			wg.Go(func() { _, errs[i] = scraper.Plugin().Load(t.Context(), ofMessages(w, db, lakes[i])) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		db := w.target(t)
		got := one(t, db, fmt.Sprintf(`select count(*), count(distinct message_id), sum(case when scraped_at like '%%T1%d:%%' then 1 else 0 end) from raw.telegram_messages`, loads-1))
		if want := fmt.Sprintf("%d %d %d", most+1, most+1, most); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got := one(t, db, `select count(*) from raw.message_metrics`); got != fmt.Sprint(most*loads+1) {
			t.Error("history:", got)
		}
	})
}

// A table with one row a record becomes one with one row a message, once, whoever comes first. Views of it stay, and
// columns that somebody added.
func TestRecordsBecomeMessages(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db, lake := w.target(t), t.TempDir()
		write(t, lake, "2025-03-03/a.json", list(seen(1, 10, ""), seen(1, 11, ""), seen(2, 20, "2025-03-03T10:00:00Z")))
		write(t, lake, "2025-03-03/b.json", list(seen(2, 21, "2025-03-03T12:00:00+03:00"), seen(3, 30, "")))
		load(t, request(w, db, lake))
		for _, sql := range []string{
			`create view seen as select * from raw.telegram_messages`, `alter table raw.telegram_messages add column note text`,
			`update raw.telegram_messages set note = 'kept' where message_id = 2`,
		} {
			if _, err := db.Execute(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		write(t, lake, "2025-03-04/a.json", list(seen(3, 31, "")))
		errs := make([]error, 3)
		var wg sync.WaitGroup
		for i := range errs {
			other := w.target(t)
			wg.Go(func() { _, errs[i] = scraper.Plugin().Load(t.Context(), ofMessages(w, other, lake)) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"1 11 2025-03-03/a 1", "2 20 2025-03-03/a 2", "3 31 2025-03-04/a 0"}, messageRows(t, db)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"1 <nil>", "2 kept", "3 <nil>"}, query(t, db, `select s.message_id, r.note from seen as s join raw.telegram_messages as r on r.message_id = s.message_id order by 1`)); diff != "" {
			t.Error(diff)
		}
		if _, err := db.Execute(t.Context(), `insert into raw.telegram_messages (channel_name, message_id) values ('shop', 3)`); err == nil {
			t.Error("a message got a second row")
		}
		if got := one(t, db, `select count(*) from raw.message_metrics`); got != "5" {
			t.Error("history:", got)
		}

		// There is no way back but a new table, for which everything is loaded again.
		_, err := scraper.Plugin().Load(t.Context(), request(w, db, lake))
		var d *diag.Diagnostic
		table := db.Relation("raw", "telegram_messages").Render()
		if !errors.As(err, &d) || d.Message != "meta.gdbt.rows is record, and "+table+" has the primary key (channel_name, message_id)" ||
			d.Hint != "set `rows: message`, or run `drop table "+table+" cascade` and load again; rows whose files the lake no longer has are lost with it" {
			t.Fatalf("%v", err)
		}
		if option := (*source.OptionError)(nil); !errors.As(err, &option) || option.Option != "rows" {
			t.Errorf("%#v", err)
		}
		if got := one(t, db, `select count(*) from raw.telegram_messages`); got != "3" {
			t.Error(got)
		}
		if _, err := db.Execute(t.Context(), "drop table "+table+" cascade"); err != nil {
			t.Fatal(err)
		}
		if res := load(t, request(w, db, lake)); res.FilesLoaded != 3 || res.Rows != 6 {
			t.Errorf("%+v", res)
		}
	})
}

// A table that can't have the key is left as it was.
func TestRecordsThatAreNoMessages(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		for _, c := range []struct{ table, row, want string }{
			{`(lake_file text, lake_row bigint, primary key (lake_file, lake_row))`, `('mine', 1)`,
				`meta.gdbt.rows is message, and TABLE has the primary key (lake_file, lake_row)`},
			{`(message_id bigint, note text)`, `(1, 'mine')`,
				`add the primary key (channel_name, message_id) to TABLE, as meta.gdbt.rows is message: `},
		} {
			db := w.target(t)
			for _, sql := range []string{`create schema if not exists raw`, `drop table if exists raw.telegram_messages`,
				`create table raw.telegram_messages ` + c.table, `insert into raw.telegram_messages values ` + c.row} {
				if _, err := db.Execute(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			}
			_, err := scraper.Plugin().Load(t.Context(), ofMessages(w, db, lakeOf(t, map[string]string{"a": messages(1, 1)})))
			want := strings.ReplaceAll(c.want, "TABLE", db.Relation("raw", "telegram_messages").Render())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
			if got := one(t, db, `select count(*) from raw.telegram_messages`); got != "1" {
				t.Error(got)
			}
		}
	})
}

func TestRowsMustBeKnown(t *testing.T) {
	w := openDuckDB(t)
	req := ofMessages(w, w.target(t), goodLake)
	req.Config.Options["rows"] = "messages"
	_, err := scraper.Loader("notes").Load(t.Context(), req)
	if option := (*source.OptionError)(nil); !errors.As(err, &option) || option.Option != "rows" ||
		!strings.Contains(err.Error(), "meta.gdbt.rows must be record or message, not messages") {
		t.Error(err)
	}
}

// A role that may not create tables needs the right to temporary ones, which everybody has unless it was taken away.
func TestLoadOfMessagesWithFewRights(t *testing.T) {
	w := openPostgres(t)
	admin := w.target(t)
	load(t, ofMessages(w, admin, lakeOf(t, map[string]string{"a": messages(1, 1)})))
	run := func(db source.Target, statements ...string) {
		t.Helper()
		for _, sql := range statements {
			if _, err := db.Execute(context.Background(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(admin, `create role message_loader`, `grant usage on schema raw to message_loader`,
		`grant select, insert, update, delete on all tables in schema raw to message_loader`)
	t.Cleanup(func() { run(admin, `drop owned by message_loader`, `drop role message_loader`) })
	db := w.target(t)
	run(db, `set role message_loader`)
	defer run(db, `reset role`)
	if res := load(t, ofMessages(w, db, lakeOf(t, map[string]string{"b": messages(1, 3)}))); res.Rows != 3 {
		t.Error(res)
	}
	run(admin, `revoke temporary on database "`+w.database+`" from public`)
	late := w.target(t) // db has made its temporary schema
	run(late, `set role message_loader`)
	defer run(late, `reset role`)
	_, err := scraper.Plugin().Load(t.Context(), ofMessages(w, late, lakeOf(t, map[string]string{"c": messages(4, 4)})))
	if err == nil || !strings.Contains(err.Error(), `create the temporary table "gdbt_incoming_records", which meta.gdbt.rows: message needs: `) ||
		!strings.Contains(err.Error(), "permission denied to create temporary tables") {
		t.Error(err)
	}
	if got := one(t, admin, `select count(*) from raw.telegram_messages`); got != "3" {
		t.Error(got)
	}
}

// sighting is a record of the random test.
type sighting struct {
	channel   string
	id, views int
	at        string
}

// place is where a record stands in a lake.
type place struct {
	file string
	row  int
	sighting
}

func (p place) key() string { return fmt.Sprint(p.channel, " ", p.id) }

// instant is the scrape's time in UTC, the beginning of times without one.
func (p place) instant(t *testing.T) time.Time {
	if p.at == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, p.at); err == nil {
			return at.UTC().Truncate(time.Microsecond)
		}
	}
	t.Fatalf("the time %q", p.at)
	return time.Time{}
}

// compare orders the records of a message, the newest last.
func (p place) compare(t *testing.T, o place) int {
	day := func(p place) string { return strings.Split(p.file, "/")[0] }
	if c := strings.Compare(day(p), day(o)); c != 0 {
		return c
	}
	if c := p.instant(t).Compare(o.instant(t)); c != 0 {
		return c
	}
	if c := strings.Compare(p.file, o.file); c != 0 {
		return c
	}
	return p.row - o.row
}

// Any changes of a lake, any order of loads: what is only added to gives the newest record of each message after every load, and
// a full load gives it always. Other loads leave what a file once had newer than others.
func TestRandomLakesOfMessages(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { randomLake(t, w, rand.New(rand.NewPCG(seed, 7)), fmt.Sprint("messages_", seed)) })
		}
	})
}

// padding makes some files too large to share a transaction.
func padding(file string) int {
	if strings.HasSuffix(file, "c.json") {
		return 1 << 20
	}
	return 0
}

// groups are the files that share a transaction.
func groups(files []string) (out [][]string) {
	for i, file := range files {
		if i == 0 || padding(file) > 0 || padding(files[i-1]) > 0 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], file)
	}
	return out
}

func randomLake(t *testing.T, w *warehouse, r *rand.Rand, table string) {
	db, dir := w.target(t), t.TempDir()
	lake := map[string][]sighting{}
	rows := map[string]place{}    // what the table should hold
	history := map[string]bool{}  // what was ever loaded
	loaded := map[string]string{} // the content that was loaded of each file
	views, onlyAdded := 0, true   // since the last full load
	path := func(file string) string { return filepath.Join(dir, "telegram_messages", file) }
	record := func() sighting {
		views++
		s := sighting{channel: fmt.Sprint("shop", r.IntN(2)), id: 1 + r.IntN(6), views: views}
		hour, fraction := 10+r.IntN(4), []string{"", ".5", ".1234567", ".123456"}[r.IntN(4)]
		s.at = []string{"", fmt.Sprintf("2025-03-03T%d:00:00%sZ", hour, fraction), fmt.Sprintf("2025-03-03T%d:00:00%s+03:00", hour+3, fraction), fmt.Sprintf("2025-03-03T%d:00:00%s", hour, fraction)}[r.IntN(4)]
		return s
	}
	text := func(file string) string {
		var records []string
		for _, s := range lake[file] {
			records = append(records, strings.Replace(seen(s.id, s.views, s.at), `"shop"`, fmt.Sprintf("%q", s.channel), 1))
		}
		return list(records...) + strings.Repeat(" ", padding(file))
	}
	places := func(file string) []place {
		var out []place
		for i, s := range lake[file] {
			out = append(out, place{file, i, s})
		}
		return out
	}
	// take is what a load does with files that share a transaction; replaceable are those whose rows give way to anything.
	take := func(files []string, replaceable []string) {
		newest := map[string]place{}
		for _, file := range files {
			for _, p := range places(file) {
				if o, there := newest[p.key()]; !there || p.compare(t, o) > 0 {
					newest[p.key()] = p
				}
				at := p.instant(t)
				if p.at == "" {
					at, _ = time.Parse(time.DateOnly, strings.Split(file, "/")[0])
				}
				history[fmt.Sprint(p.key(), " ", at)] = true
			}
			loaded[file] = text(file)
		}
		maps.DeleteFunc(rows, func(key string, p place) bool {
			_, still := newest[key]
			return slices.Contains(files, p.file) && !still
		})
		for key, p := range newest {
			if o, there := rows[key]; !there || slices.Contains(files, o.file) || slices.Contains(replaceable, o.file) || p.compare(t, o) >= 0 {
				rows[key] = p
			}
		}
	}
	newestOfLake := func() map[string]place {
		out := map[string]place{}
		for file := range lake {
			for _, p := range places(file) {
				if o, there := out[p.key()]; !there || p.compare(t, o) > 0 {
					out[p.key()] = p
				}
			}
		}
		return out
	}
	lines := func(m map[string]place) []string {
		var out []string
		for _, p := range m {
			out = append(out, fmt.Sprintf("%s %d %s %d", p.key(), p.views, p.file, p.row))
		}
		slices.Sort(out)
		return out
	}

	for step := range 14 {
		for range 1 + r.IntN(3) {
			file := fmt.Sprintf("2025-03-0%d/%s.json", 3+r.IntN(3), []string{"a", "B", "c"}[r.IntN(3)])
			_, there := lake[file]
			switch kind := r.IntN(8); {
			case kind < 5 || !there:
				for range 1 + r.IntN(4) {
					lake[file] = append(lake[file], record())
				}
			case kind == 5 && len(lake[file]) > 0: // an edit
				lake[file][r.IntN(len(lake[file]))] = record()
				onlyAdded = false
			case kind == 6 && len(lake[file]) > 0:
				i := r.IntN(len(lake[file]))
				lake[file] = slices.Delete(lake[file], i, i+1)
				onlyAdded = false
			default:
				delete(lake, file)
				if err := os.Remove(path(file)); err != nil {
					t.Fatal(err)
				}
				onlyAdded = false
				continue
			}
			write(t, dir, file, text(file))
		}
		req := ofMessages(w, db, dir)
		req.Source.Identifier = table
		req.FullRefresh = r.IntN(4) == 0
		load(t, req)
		if req.FullRefresh {
			for file := range loaded {
				if _, still := lake[file]; !still {
					maps.DeleteFunc(rows, func(_ string, p place) bool { return p.file == file })
					delete(loaded, file)
				}
			}
			files := slices.Sorted(maps.Keys(lake))
			slices.Reverse(files)
			read := 0
			for _, group := range groups(files) {
				read += len(group)
				take(group, files[read:])
			}
			onlyAdded = true
		} else {
			files := slices.DeleteFunc(slices.Sorted(maps.Keys(lake)), func(file string) bool { return loaded[file] == text(file) })
			for _, group := range groups(files) {
				take(group, nil)
			}
		}
		if onlyAdded {
			if diff := cmp.Diff(lines(newestOfLake()), lines(rows)); diff != "" {
				t.Fatalf("step %d, the model of the test itself: %s", step, diff)
			}
		}
		got := query(t, db, `select channel_name, message_id, views, replace(lake_file, 'telegram_messages/', ''), lake_row from raw.`+table)
		slices.Sort(got)
		if diff := cmp.Diff(lines(rows), got); diff != "" {
			t.Fatalf("step %d, full %v: %s", step, req.FullRefresh, diff)
		}
		if got := one(t, db, `select count(*) from raw.message_metrics where source_table = $1`, table); got != fmt.Sprint(len(history)) {
			t.Fatalf("step %d: %s rows in the history, want %d", step, got, len(history))
		}
	}
}
