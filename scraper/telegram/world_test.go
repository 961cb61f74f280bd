package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// now is the clock of the runs: the fake channels end the day before.
var now = time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)

// world is a fake Telegram with a project that reads it.
type world struct {
	*faketg.Server
	t    testing.TB
	dir  string // of the project; the lake is lake/raw in it
	env  map[string]string
	opts Options
	now  time.Time

	mu    sync.Mutex
	lines []source.LogLine
	last  map[string]source.ExtractProgress
}

func newWorld(t testing.TB, channels ...*faketg.Channel) *world {
	t.Helper()
	w := worldOf(t, faketg.Options{Channels: channels})
	w.signIn()
	return w
}

// worldOf is a world in which nobody is signed in yet.
func worldOf(t testing.TB, o faketg.Options) *world {
	t.Helper()
	s, err := faketg.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := &world{Server: s, t: t, dir: t.TempDir(), now: now, last: map[string]source.ExtractProgress{},
		env: map[string]string{"API_ID": fmt.Sprint(faketg.APIID), "API_HASH": faketg.APIHash}}
	w.opts = Options{DC: 2, DCList: s.DCList(), PublicKeys: s.ClientOptions().PublicKeys, ConnectTimeout: time.Minute, RetryInterval: 500 * time.Millisecond}
	return w
}

// signIn signs the person in by the code.
func (w *world) signIn() {
	w.t.Helper()
	_, err := New(w.opts).(source.Authenticator).Login(w.t.Context(), source.LoginRequest{
		Request: w.request(nil), Phone: faketg.Person.Phone,
		Ask: func(context.Context, string, bool) (string, error) { return faketg.Person.Code, nil },
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) request(config map[string]any) source.Request {
	return source.Request{
		Source:     source.Source{UniqueID: "source.p.raw.telegram_messages", Name: "raw", Table: "telegram_messages", File: "models/sources.yml"},
		Config:     source.Config{Plugin: "telegram", Lake: "lake", Options: config},
		ProjectDir: w.dir,
		LookupEnv:  func(name string) (string, bool) { v, ok := w.env[name]; return v, ok },
		Now: func() time.Time {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.now
		},
		Log: func(l source.LogLine) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lines = append(w.lines, l)
		},
	}
}

// config is a table's config for these channels, with more keys and values behind.
func config(channels string, more ...any) map[string]any {
	c := map[string]any{"channels": channels, "refresh_days": 0, "rate_limit": 0}
	for i := 0; i < len(more); i += 2 {
		c[more[i].(string)] = more[i+1]
	}
	return c
}

// extract runs with a config and changes of the options.
func (w *world) extract(config map[string]any, change ...func(*source.ExtractOptions)) (source.ExtractResult, error) {
	return w.extractContext(w.t.Context(), config, change...)
}

func (w *world) extractContext(ctx context.Context, config map[string]any, change ...func(*source.ExtractOptions)) (source.ExtractResult, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	o := source.DefaultExtractOptions()
	for _, f := range change {
		f(&o)
	}
	req := source.ExtractRequest{Request: w.request(config), Options: o, Progress: func(p source.ExtractProgress) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.last[p.Channel] = p
	}}
	return New(w.opts).(source.Extractor).Extract(ctx, req)
}

// mustExtract is a run in which nothing goes wrong.
func (w *world) mustExtract(config map[string]any, change ...func(*source.ExtractOptions)) source.ExtractResult {
	w.t.Helper()
	res, err := w.extract(config, change...)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range res.Channels {
		if c.Status != source.OK || c.Err != nil || c.Errors != 0 {
			w.t.Fatalf("%s: %s, %d errors, %v", c.Channel, c.Status, c.Errors, c.Err)
		}
	}
	return res
}

func (w *world) path(rel ...string) string {
	return filepath.Join(append([]string{w.dir, "lake", "raw"}, rel...)...)
}

// records reads a channel's file of a day.
func (w *world) records(channel string, day time.Time) []lakewriter.Message {
	w.t.Helper()
	text, err := os.ReadFile(w.path("telegram_messages", lakewriter.Day(day), channel+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var out []lakewriter.Message
	if err := json.Unmarshal(text, &out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// complete checks the lake against the network: each post once, each photo byte for
// byte, manifests that fit.
func (w *world) complete(channels ...*faketg.Channel) {
	w.t.Helper()
	for _, ch := range channels {
		w.sameAs(ch, ch.Posts(), w.records(ch.Username(), w.now))
	}
	w.verified()
}

func (w *world) verified() {
	w.t.Helper()
	r, err := lakewriter.Verify(w.t.Context(), filepath.Join(w.dir, "lake"), lakewriter.VerifyOptions{})
	if err != nil || len(r.Problems) > 0 {
		w.t.Errorf("the lake is not in order: %v %v", r.Problems, err)
	}
	err = filepath.WalkDir(w.path("images"), func(name string, d os.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), ".part") {
			w.t.Errorf("%s was left behind", name)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}

func (w *world) sameAs(ch *faketg.Channel, posts []faketg.Post, records []lakewriter.Message) {
	w.t.Helper()
	var want, got []string
	for _, p := range posts {
		views := fmt.Sprint(p.Views)
		if p.Pinned != 0 {
			views = "-"
		}
		want = append(want, fmt.Sprintf("%d %s %s %q", p.ID, lakewriter.Time(p.Date), views, p.Text))
	}
	image := map[int64]string{}
	for _, m := range records {
		views := "-"
		if m.Views != nil {
			views = fmt.Sprint(*m.Views)
		}
		got = append(got, fmt.Sprintf("%d %s %s %q", m.MessageID, m.MessageDate, views, *m.MessageText))
		if m.ImagePath != nil {
			image[m.MessageID] = *m.ImagePath
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s: %s", ch.Username(), diff)
	}
	for _, p := range posts {
		if p.Photo == nil {
			continue
		}
		if image[int64(p.ID)] == "" {
			w.t.Errorf("%s: the image of message %d is missing", ch.Username(), p.ID)
			continue
		}
		data, err := os.ReadFile(w.path(image[int64(p.ID)]))
		if err != nil || string(data) != string(p.Photo.Data()) {
			w.t.Errorf("%s: the image of message %d is another: %v", ch.Username(), p.ID, err)
		}
	}
}

func (w *world) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, l := range w.lines {
		fmt.Fprintf(&b, "%s: %s\n", l.Channel, l.Text)
	}
	return b.String()
}

// generate makes up one channel; its photos are in the account's data centre, which spares a key exchange.
func generate(seed uint64, messages, photos int) *faketg.Channel {
	return faketg.Generate(faketg.Spec{Seed: seed, Messages: messages, Photos: photos, PhotoBytes: 6 << 10, DC: 2})[0]
}

// wantDiag checks an error for people.
func wantDiag(t testing.TB, err error, code, message string) {
	t.Helper()
	d, ok := diag.As(err)
	if !ok || d.Code != code || !strings.Contains(d.Message, message) {
		t.Errorf("error %v, want %s: %s", err, code, message)
	}
}
