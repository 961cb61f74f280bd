package lakewriter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

var monday = time.Date(2026, 1, 19, 8, 0, 0, 0, time.UTC)

func note(id int64, text string) Message {
	return Message{MessageID: id, ChannelName: "shop", MessageDate: "2026-01-18T09:00:00Z", MessageText: Ptr(text), ScrapedAt: Time(monday)}
}

func openLake(t *testing.T, dir string, o Options) *Lake {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func openChannel(t *testing.T, l *Lake, name string, now time.Time) *Channel {
	t.Helper()
	c, err := l.Channel(name, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func read(t *testing.T, name ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(name...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// texts gives id and text of each record of a file.
func texts(t *testing.T, name string) []string {
	t.Helper()
	var out []string
	err := eachRecord(name, func(line []byte) error {
		var m Message
		if err := json.Unmarshal(line, &m); err != nil {
			return err
		}
		out = append(out, fmt.Sprintf("%d %s", m.MessageID, *m.MessageText))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRoot(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/raw/telegram_messages", "b/telegram_messages", "c"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for in, want := range map[string]string{
		"a": "a/raw", "a/raw": "a/raw", "b": "b", "b/telegram_messages": "b", "c": "c/raw", "new": "new/raw", "new/raw": "new/raw", "x/telegram_messages": "x",
	} {
		if got := Root(filepath.Join(dir, in)); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// A channel's records become a file of the day of the scrape; a later run of the
// day adds to it; another day has its own.
func TestCommitAndFlush(t *testing.T) {
	dir := t.TempDir()
	l := openLake(t, dir, Options{})
	c := openChannel(t, l, "shop", monday)
	for i, page := range [][]Message{{note(1, "one <b> & ሰላም")}, {note(2, "two"), note(3, "three")}} {
		err := c.Commit(page, func(s *State) { s.ChannelID = 7; s.Cover(page[0].MessageID, page[len(page)-1].MessageID) })
		if err != nil {
			t.Fatal(i, err)
		}
	}
	file := filepath.Join(dir, "raw", "telegram_messages", "2026-01-19", "shop.json")
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is there before the flush")
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1 one <b> & ሰላም", "2 two", "3 three"}, texts(t, file)); diff != "" {
		t.Error(diff)
	}
	if text := read(t, file); !strings.HasPrefix(text, "[\n{\"message_id\":1,") || !strings.HasSuffix(text, "}\n]\n") || !strings.Contains(text, "<b> & ሰላም") {
		t.Error(text)
	}
	if diff := cmp.Diff([]Range{{1, 3}}, c.State().Ranges); diff != "" || c.State().Last() != 3 || c.State().Journal != nil {
		t.Error(diff)
	}
	c.Close()

	evening := openChannel(t, l, "shop", monday.Add(9*time.Hour))
	if err := evening.Commit([]Message{note(4, "four")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := evening.Flush(); err != nil {
		t.Fatal(err)
	}
	evening.Close()
	tuesday := openChannel(t, l, "shop", monday.Add(24*time.Hour))
	if err := tuesday.Commit([]Message{note(4, "four again")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := tuesday.Flush(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1 one <b> & ሰላም", "2 two", "3 three", "4 four"}, texts(t, file)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"telegram_messages/2026-01-20/shop.json"}, tuesday.Files()); diff != "" {
		t.Error(diff)
	}
	report, err := Verify(t.Context(), dir, VerifyOptions{})
	if err != nil || len(report.Problems) > 0 || report.Files != 2 || report.Messages != 4 {
		t.Errorf("%+v %v", report, err)
	}
	known, err := tuesday.Known(monday, nil)
	if err != nil || len(known) != 4 || *known[1].MessageText != "one <b> & ሰላም" {
		t.Error(known, err)
	}
}

func TestFormatsAndLayouts(t *testing.T) {
	for _, c := range []struct {
		opts Options
		file string
		text string
	}{
		{Options{Format: NDJSON}, "telegram_messages/2026-01-19/shop.ndjson", "{\"message_id\":1,"},
		{Options{Layout: Hive}, "telegram_messages/date=2026-01-19/channel=shop/messages.json", "[\n{\"message_id\":1,"},
		{Options{Format: NDJSON, Layout: Hive}, "telegram_messages/date=2026-01-19/channel=shop/messages.ndjson", "{\"message_id\":1,"},
	} {
		t.Run(c.file, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "raw")
			l := openLake(t, dir, c.opts)
			for i := range int64(2) {
				ch := openChannel(t, l, "shop", monday)
				if err := ch.Commit([]Message{note(i+1, "x")}, nil); err != nil {
					t.Fatal(err)
				}
				if err := ch.Flush(); err != nil {
					t.Fatal(err)
				}
				ch.Close()
			}
			text := read(t, dir, c.file)
			if !strings.HasPrefix(text, c.text) || strings.Count(text, "\n") != map[Format]int{NDJSON: 2, "": 4}[c.opts.Format] {
				t.Error(text)
			}
			if report, err := Verify(t.Context(), dir, VerifyOptions{}); err != nil || len(report.Problems) > 0 || report.Messages != 2 {
				t.Errorf("%+v %v", report, err)
			}
		})
	}
	for _, bad := range []Options{{Format: "csv"}, {Layout: "flat"}} {
		if _, err := Open(t.TempDir(), bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// dying is a disk that fails for good at its n-th operation, half-way through a write.
type dying struct {
	disk
	left int
	err  error
	// only, when not "", names the operation that counts.
	only string
}

func (d *dying) step(op string) error {
	if d.only != "" && d.only != op {
		return nil
	}
	if d.left--; d.left < 0 {
		return d.err
	}
	return nil
}

func (d *dying) open(name string, flag int) (writable, error) {
	if err := d.step("open"); err != nil {
		return nil, err
	}
	f, err := d.disk.open(name, flag)
	return &dyingFile{f, d}, err
}
func (d *dying) rename(from, to string) error {
	if err := d.step("rename"); err != nil {
		return err
	}
	return d.disk.rename(from, to)
}
func (d *dying) remove(name string) error {
	if err := d.step("remove"); err != nil {
		return err
	}
	return d.disk.remove(name)
}
func (d *dying) link(from, to string) error {
	if err := d.step("link"); err != nil {
		return err
	}
	return d.disk.link(from, to)
}

type dyingFile struct {
	writable
	d *dying
}

func (f *dyingFile) Write(p []byte) (int, error) {
	if err := f.d.step("write"); err != nil {
		n, _ := f.writable.Write(p[:len(p)/2])
		return n, err
	}
	return f.writable.Write(p)
}
func (f *dyingFile) Sync() error {
	if err := f.d.step("sync"); err != nil {
		return err
	}
	return f.writable.Sync()
}
func (f *dyingFile) Truncate(n int64) error {
	if err := f.d.step("truncate"); err != nil {
		return err
	}
	return f.writable.Truncate(n)
}

// scrape is what a run does: two pages and an image, from where the checkpoint says.
func scrape(dir string, d disk) error {
	l, err := Open(dir, Options{disk: d})
	if err != nil {
		return err
	}
	defer l.Close()
	c, err := l.Channel("shop", monday)
	if err != nil {
		return err
	}
	defer c.Close()
	for next := c.State().Last() + 1; next <= 6; next += 2 {
		w := Wanted{Channel: "shop", MessageID: next, Key: next, Bytes: 8, Ext: ".jpg"}
		img, _, ok, err := l.Image(w)
		if err == nil && !ok {
			var p *Part
			if p, err = l.PartImage(w, 4); err != nil {
				return err
			}
			content := fmt.Sprintf("image %02d", next)
			for p.Offset() < 8 {
				if _, err = p.Write([]byte(content[p.Offset() : p.Offset()+4])); err != nil {
					_ = p.Close()
					return err
				}
			}
			img, err = p.Commit()
		}
		if err != nil {
			return err
		}
		first := note(next, "with image")
		first.ImagePath, first.ImageSHA256, first.ImageBytes = &img.Path, &img.SHA256, &img.Bytes
		if err := c.Commit([]Message{first, note(next+1, "plain")}, func(s *State) { s.Cover(next, next+1) }); err != nil {
			return err
		}
	}
	return c.Flush()
}

// tree gives the files of a lake that readers see, with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		if strings.Contains(rel, stateDir) && strings.Contains(rel, "images") || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		out[filepath.ToSlash(rel)] = read(t, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// However often a run dies, and wherever, the runs after it end with the lake that a
// run without any trouble makes: nothing is lost, nothing is there twice.
func TestEveryPointOfDeath(t *testing.T) {
	whole := t.TempDir()
	if err := scrape(whole, osDisk{}); err != nil {
		t.Fatal(err)
	}
	want := tree(t, whole)
	crash := errors.New("dead")
	points := 0
	for at := 0; ; at++ {
		dir := t.TempDir()
		d := &dying{disk: osDisk{}, left: at, err: crash}
		err := scrape(dir, d)
		if d.left >= 0 {
			if err != nil {
				t.Fatal(err)
			}
			points = at
			break
		}
		for name := range tree(t, dir) {
			if strings.HasSuffix(name, ".json") && !json.Valid([]byte(read(t, dir, name))) {
				t.Errorf("death at %d leaves a torn %s", at, name)
			}
		}
		// The second run dies as well, later than it began to clean up.
		_ = scrape(dir, &dying{disk: osDisk{}, left: at / 2, err: crash})
		if err := scrape(dir, osDisk{}); err != nil {
			t.Fatalf("after a death at %d: %v", at, err)
		}
		if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
			t.Fatalf("after a death at %d: %s", at, diff)
		}
		if report, err := Verify(t.Context(), dir, VerifyOptions{}); err != nil || len(report.Problems) > 0 {
			t.Fatalf("after a death at %d: %+v %v", at, report, err)
		}
	}
	if points < 40 {
		t.Errorf("only %d points of death were tried", points)
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	err := scrape(dir, &dying{disk: osDisk{}, left: 4, err: syscall.ENOSPC, only: "write"})
	var e *DiskError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	d := e.Diagnostic()
	if d.Message != "the disk of the lake is full" || d.Hint == "" || d.File == "" {
		t.Errorf("%+v", d)
	}
	if err := scrape(dir, osDisk{}); err != nil {
		t.Fatal(err)
	}
}

func TestOneRunAtATime(t *testing.T) {
	dir := t.TempDir()
	l := openLake(t, dir, Options{})
	_, err := Open(dir, Options{})
	d, ok := diag.As(err)
	if !ok || d.Message != fmt.Sprintf("another run fills the lake (process %d)", os.Getpid()) {
		t.Errorf("%v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	openLake(t, dir, Options{})
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{"CheMed123", "lobelia4cosmetics", "a b", "ፋርማሲ"} {
		if err := CheckName(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", ".", "..", "a/b", `a\b`, "_state", ".x", "a\n", " a", "a:b", strings.Repeat("x", 200)} {
		if err := CheckName(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A file that is not whole JSON is no file of ours: nothing is written over it.
func TestForeignFileIsKept(t *testing.T) {
	dir := t.TempDir()
	l := openLake(t, dir, Options{})
	file := filepath.Join(dir, "raw", "telegram_messages", "2026-01-19", "shop.json")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`[{"message_id": 1}, {"mess`), 0o644); err != nil {
		t.Fatal(err)
	}
	c := openChannel(t, l, "shop", monday)
	if err := c.Commit([]Message{note(2, "x")}, nil); err != nil {
		t.Fatal(err)
	}
	err := c.Flush()
	if d, ok := diag.As(err); !ok || d.Code != "lake-file" || d.File != file {
		t.Fatal(err)
	}
	if got := read(t, file); got != `[{"message_id": 1}, {"mess` {
		t.Error(got)
	}
	// Once it is whole, the run goes on.
	if err := os.WriteFile(file, []byte("[\n  {\n    \"message_id\": 1, \"message_text\": \"old\"\n  }\n]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1 old", "2 x"}, texts(t, file)); diff != "" {
		t.Error(diff)
	}
}

func TestVerifyFinds(t *testing.T) {
	dir := t.TempDir()
	if err := scrape(dir, osDisk{}); err != nil {
		t.Fatal(err)
	}
	day := filepath.Join(dir, "raw", "telegram_messages", "2026-01-19")
	change := func(name string, f func(string) string) func() {
		old := read(t, name)
		if err := os.WriteFile(name, []byte(f(old)), 0o644); err != nil {
			t.Fatal(err)
		}
		return func() { _ = os.WriteFile(name, []byte(old), 0o644) }
	}
	file, image := filepath.Join(day, "shop.json"), filepath.Join(dir, "raw", "images", "shop", "3.jpg")
	for _, c := range []struct {
		kind string
		do   func() func()
	}{
		{"checksum", func() func() {
			return change(file, func(s string) string { return strings.Replace(s, "plain", "PLAIN", 1) })
		}},
		{"count", func() func() { return change(file, func(string) string { return "[]" }) }},
		{"malformed", func() func() { return change(file, func(s string) string { return s[:len(s)/2] }) }},
		{"missing", func() func() {
			_ = os.Rename(file, file+".away")
			return func() { _ = os.Rename(file+".away", file) }
		}},
		{"duplicate", func() func() {
			return change(file, func(s string) string {
				first := strings.SplitN(s, "\n", 3)[1]
				return "[\n" + first + "\n" + s[2:]
			})
		}},
		{"unlisted", func() func() {
			other := filepath.Join(day, "other.json")
			_ = os.WriteFile(other, []byte("[]"), 0o644)
			return func() { _ = os.Remove(other) }
		}},
		{"image", func() func() {
			return change(image, func(s string) string { return strings.ToUpper(s) })
		}},
		{"image", func() func() {
			_ = os.Rename(image, image+".away")
			return func() { _ = os.Rename(image+".away", image) }
		}},
		{"manifest", func() func() {
			return change(filepath.Join(day, "_manifest.json"), func(string) string { return "{}" })
		}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			undo := c.do()
			report, err := Verify(t.Context(), dir, VerifyOptions{})
			undo()
			if err != nil || len(report.Problems) == 0 || report.Problems[0].Kind != c.kind || report.Problems[0].File == "" {
				t.Errorf("%+v %v", report.Problems, err)
			}
		})
	}
	if report, err := Verify(t.Context(), dir, VerifyOptions{}); err != nil || len(report.Problems) > 0 || report.Images != 3 {
		t.Errorf("%+v %v", report, err)
	}
	if _, err := Verify(t.Context(), t.TempDir(), VerifyOptions{}); err == nil {
		t.Error("a folder that is no lake passes")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, dir, VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
