package source

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
)

func TestConfigOf(t *testing.T) {
	type meta = map[string]any
	for _, c := range []struct {
		name string
		in   meta
		want Config
		ok   bool
		err  string
	}{
		{"no meta", nil, Config{}, false, ""},
		{"other meta", meta{"owner": "x"}, Config{}, false, ""},
		{"plugin", meta{"gdbt": meta{"plugin": "telegram"}}, Config{Plugin: "telegram"}, true, ""},
		{"all", meta{"gdbt": meta{"plugin": "telegram", "lake": "../lake", "limit": int64(3)}},
			Config{Plugin: "telegram", Lake: "../lake", Options: meta{"limit": int64(3)}}, true, ""},
		{"no mapping", meta{"gdbt": "telegram"}, Config{}, true, "meta.gdbt must be a mapping with the key plugin, not text"},
		{"no plugin", meta{"gdbt": meta{"lake": "x"}}, Config{}, true, "meta.gdbt names no plugin"},
		{"wrong type", meta{"gdbt": meta{"plugin": []any{}}}, Config{}, true, "meta.gdbt.plugin must be text, not a list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok, err := ConfigOf(c.in)
			if c.err != "" {
				if d, isDiag := diag.As(err); !isDiag || d.Message != c.err || !ok {
					t.Fatalf("error %v", err)
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok || err != nil {
				t.Error(ok, err, diff)
			}
		})
	}
}

func TestConfigKnown(t *testing.T) {
	c := Config{Plugin: "telegram", Options: map[string]any{"limit": 1, "chanels": 2}}
	err := c.Known("limit", "channels")
	d, ok := diag.As(err)
	var option *OptionError
	if !ok || d.Message != `the plugin telegram has no option "chanels"` || d.Hint != "did you mean 'channels'?" || !errors.As(err, &option) || option.Option != "chanels" {
		t.Errorf("%v", err)
	}
	if err := (Config{Plugin: "x", Options: map[string]any{"zzz": 1}}).Known("limit"); err == nil || !strings.Contains(err.Error(), "its options are lake, limit, plugin") {
		t.Errorf("%v", err)
	}
	if err := c.Known("limit", "chanels"); err != nil {
		t.Error(err)
	}
}

func TestLakeDir(t *testing.T) {
	abs := filepath.Join(t.TempDir(), "lake")
	for _, c := range []struct{ project, config, lake, want string }{
		{"p", "", "../lake", "lake"},
		{"p", "own", "../lake", filepath.Join("p", "own")},
		{"p", "", abs, abs},
		{"p", "", "", ""},
	} {
		r := LoadRequest{ProjectDir: c.project, Lake: c.lake, Config: Config{Lake: c.config}}
		if got := r.LakeDir(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

type plugin string

func (p plugin) Name() string { return string(p) }
func (p plugin) Load(context.Context, LoadRequest) (LoadResult, error) {
	return LoadResult{}, nil
}

func TestRegistry(t *testing.T) {
	var r Registry
	if _, err := r.Lookup("x"); err == nil || !strings.Contains(err.Error(), "this program has none") {
		t.Error(err)
	}
	for _, name := range []string{"telegram", "files"} {
		if err := r.Register(plugin(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Register(plugin("files")); err == nil {
		t.Error("a second plugin of the same name was taken")
	}
	if p, err := r.Lookup("files"); err != nil || p.Name() != "files" {
		t.Error(p, err)
	}
	if _, err := r.Lookup("x"); err == nil || !strings.Contains(err.Error(), "this program has: files, telegram") {
		t.Error(err)
	}
}

func TestLoadResultString(t *testing.T) {
	r := LoadResult{FilesSeen: 3, FilesLoaded: 2, FilesSkipped: 1, Rows: 100, Rejects: 1}
	if got, want := r.String(), "3 files: 2 loaded, 1 unchanged; 100 rows, 1 reject"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.FilesMissing = 2
	r.Ignored = []string{"notes.txt"}
	if got := r.String(); !strings.HasSuffix(got, "; 2 loaded files no longer in the lake; 1 other path ignored, such as notes.txt") {
		t.Error(got)
	}
}

// session is a Conn without a bulk way that writes down what it is told.
type session struct {
	log     []string
	open    bool
	failSQL string
	ctx     context.Context // of the last Rollback
}

func (s *session) Execute(_ context.Context, sql string, _ bool, _ int, args ...any) (adapter.Response, *adapter.Table, error) {
	s.log = append(s.log, fmt.Sprintf("%s %v", sql, args))
	if s.failSQL != "" && strings.Contains(sql, s.failSQL) {
		return adapter.Response{}, nil, errors.New("server says no")
	}
	return adapter.Response{}, &adapter.Table{}, nil
}
func (s *session) Begin(context.Context) error {
	s.log, s.open = append(s.log, "begin"), true
	return nil
}
func (s *session) Commit(context.Context) error {
	s.log, s.open = append(s.log, "commit"), false
	return nil
}
func (s *session) InTransaction() bool { return s.open }
func (s *session) Release()            {}
func (s *session) Rollback(c context.Context) error {
	s.log, s.open, s.ctx = append(s.log, "rollback"), false, c
	return nil
}

func TestTransaction(t *testing.T) {
	t.Run("commit", func(t *testing.T) {
		s := &session{}
		err := NewTarget(s, adapter.Dialect{}, "db").Transaction(t.Context(), func(context.Context) error { return nil })
		if diff := cmp.Diff([]string{"begin", "commit"}, s.log); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
	t.Run("error of a cancelled load", func(t *testing.T) {
		s := &session{}
		ctx, cancel := context.WithCancel(t.Context())
		err := NewTarget(s, adapter.Dialect{}, "db").Transaction(ctx, func(ctx context.Context) error {
			cancel()
			return ctx.Err()
		})
		if diff := cmp.Diff([]string{"begin", "rollback"}, s.log); diff != "" || !errors.Is(err, context.Canceled) {
			t.Error(err, diff)
		}
		if deadline, ok := s.ctx.Deadline(); !ok || time.Until(deadline) > rollbackTimeout {
			t.Error("the rollback has no deadline")
		}
	})
	t.Run("panic", func(t *testing.T) {
		s := &session{}
		defer func() {
			if recover() == nil || s.open {
				t.Error("the transaction stays open")
			}
		}()
		_ = NewTarget(s, adapter.Dialect{}, "db").Transaction(t.Context(), func(context.Context) error { panic("bug") })
	})
}

func rowsOf(n int, end error) Rows {
	return func(yield func([]any, error) bool) {
		for i := range n {
			if !yield([]any{int64(i), "x"}, nil) {
				return
			}
		}
		if end != nil {
			yield(nil, end)
		}
	}
}

// A warehouse without a bulk way gets INSERTs of many bound rows.
func TestInsert(t *testing.T) {
	s := &session{open: true}
	db := NewTarget(s, adapter.Dialect{}, "db")
	rel := db.Relation("s", `odd"name`)
	n, err := db.BulkInsert(t.Context(), rel, []string{"id", "b c"}, rowsOf(2, nil))
	if n != 2 || err != nil {
		t.Fatal(n, err)
	}
	want := []string{`insert into "db"."s"."odd""name" ("id", "b c") values ($1, $2), ($3, $4) [0 x 1 x]`}
	if diff := cmp.Diff(want, s.log); diff != "" {
		t.Error(diff)
	}

	s.log = nil
	n, err = db.BulkInsert(t.Context(), rel, []string{"id", "b"}, rowsOf(2500, nil))
	if n != 2500 || err != nil || len(s.log) != 3 {
		t.Errorf("%d rows in %d statements: %v", n, len(s.log), err)
	}

	bad := errors.New("bad row")
	if _, err := db.BulkInsert(t.Context(), rel, []string{"id", "b"}, rowsOf(2, bad)); !errors.Is(err, bad) {
		t.Error(err)
	}
	if _, err := db.BulkInsert(t.Context(), rel, []string{"id"}, rowsOf(1, nil)); err == nil {
		t.Error("a row of two values went into one column")
	}
	s.open = false
	if _, err := db.BulkInsert(t.Context(), rel, []string{"id", "b"}, rowsOf(1, nil)); err == nil {
		t.Error("rows went in outside a transaction")
	}
}

func TestExtractTotal(t *testing.T) {
	bad := errors.New("private")
	r := ExtractResult{Channels: []ChannelResult{
		{Channel: "a", Status: OK, Messages: 3, Images: 2, Bytes: 10, Waits: 1, Waited: time.Second, Files: []string{"x"}},
		{Channel: "b", Status: Failed, Err: bad, Errors: 1},
		{Channel: "c", Status: Partial, Messages: 1, Refreshed: 2, Deleted: 1, ImagesKept: 4, Errors: 1, Err: errors.New("image")},
	}}
	got := r.Total()
	if !errors.Is(got.Err, bad) {
		t.Error(got.Err)
	}
	got.Err = nil
	want := ChannelResult{Status: Failed, Messages: 4, Refreshed: 2, Deleted: 1, Images: 2, ImagesKept: 4, Bytes: 10, Waits: 1, Waited: time.Second, Errors: 2, Files: []string{"x"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRequest(t *testing.T) {
	var lines []LogLine
	var hidden []string
	r := Request{
		Config: Config{Lake: "own"}, ProjectDir: "p", Lake: "var",
		LookupEnv: func(name string) (string, bool) { return "7", name == "API_ID" },
		Secret:    func(s string) { hidden = append(hidden, s) },
		Log:       func(l LogLine) { lines = append(lines, l) },
	}
	if r.Env("API_ID") != "7" || r.Env("API_HASH") != "" || (Request{}).Env("API_ID") != "" {
		t.Error("Env")
	}
	r.Hide("", "x")
	r.Logf("shop", "%d pages", 2)
	r.Warnf("", "slow")
	if diff := cmp.Diff([]LogLine{{"shop", "2 pages", false}, {"", "slow", true}}, lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"x"}, hidden); diff != "" {
		t.Error(diff)
	}
	if r.LakeDir() != filepath.Join("p", "own") {
		t.Error(r.LakeDir())
	}
	// A request without callbacks tells nobody.
	(Request{}).Hide("x")
	(Request{}).Warnf("", "x")
}

func TestVerifyResultString(t *testing.T) {
	r := VerifyResult{Files: 1, Messages: 20, Images: 3, Gaps: 1, Problems: []Problem{{"a.json", "checksum", "its checksum is another"}}}
	if got, want := r.String(), "1 file, 20 messages, 3 images, 1 gap in the ids: 1 problem"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := r.Problems[0].String(), "a.json: its checksum is another"; got != want {
		t.Error(got)
	}
}

// lockingSession is a session that can lock tables.
type lockingSession struct{ session }

func (s *lockingSession) LockTable(_ context.Context, rel adapter.Relation) error {
	s.log = append(s.log, "lock "+rel.Identifier)
	return nil
}

func TestLockAndKey(t *testing.T) {
	s := &session{}
	db := NewTarget(s, adapter.Dialect{}, "db")
	rel := db.Relation("raw", "t")
	if db.Lock(t.Context(), rel) == nil || db.AddPrimaryKey(t.Context(), rel, []string{"a"}) == nil {
		t.Error("a lock or a key without a transaction")
	}
	s.open = true
	if err := db.Lock(t.Context(), rel); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), `can't lock "db"."raw"."t"`) {
		t.Error(err)
	}
	if err := db.AddPrimaryKey(t.Context(), rel, []string{"a", `b"c`}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{`alter table "db"."raw"."t" add primary key ("a", "b""c") []`}, s.log); diff != "" {
		t.Error(diff)
	}
	l := &lockingSession{session{open: true}}
	if err := NewTarget(l, adapter.Dialect{}, "db").Lock(t.Context(), rel); err != nil || l.log[0] != "lock t" {
		t.Error(err, l.log)
	}
}
