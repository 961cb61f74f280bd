package event

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 1, 2, 12, 30, 5, 123456000, time.UTC)

func busTo(s Sink, secrets ...string) *Bus {
	return NewBus(Options{Sink: s, Now: func() time.Time { return noon }, InvocationID: "inv", PID: 7, Secrets: secrets})
}

func TestTextSinkLevels(t *testing.T) {
	emit := func(b *Bus) {
		b.Emit(JinjaLogDebug{Msg: "debug"})
		b.Emit(Note{"info"})
		b.Emit(Warning{"warn"})
		b.Emit(MainEncounteredError{"boom"})
		b.Emit(PrintEvent{"printed"})
	}
	for _, c := range []struct {
		level Level
		want  string
	}{
		{Debug, "12:30:05  debug\n12:30:05  info\n12:30:05  [WARNING]: warn\n12:30:05  Encountered an error:\nboom\nprinted\n"},
		{Info, "12:30:05  info\n12:30:05  [WARNING]: warn\n12:30:05  Encountered an error:\nboom\nprinted\n"},
		{Warn, "12:30:05  [WARNING]: warn\n12:30:05  Encountered an error:\nboom\nprinted\n"},
		{Error, "12:30:05  Encountered an error:\nboom\nprinted\n"},
		{None, ""},
	} {
		var out bytes.Buffer
		emit(busTo(&Text{W: &out, Level: c.level}))
		if diff := cmp.Diff(c.want, out.String()); diff != "" {
			t.Errorf("level %v: -want +got\n%s", c.level, diff)
		}
	}
}

func TestDebugFormat(t *testing.T) {
	var out bytes.Buffer
	b := busTo(&Text{W: &out, DebugFormat: true})
	b.Emit(MainReportVersion{Version: "=1.11.16"})
	b.Thread("Thread-1 (worker)").Emit(Note{"x"})
	ts := noon.Local().Format("15:04:05.000000")
	bar := strings.Repeat("=", 30)
	want := fmt.Sprintf("\n\n%s %s | inv %s\n%s [info ] [MainThread]: Running with dbt=1.11.16\n%s [info ] [Thread-1 (]: x\n", bar, ts, bar, ts, ts)
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// A secret must not get out, whatever it holds and wherever it stands.
func TestSecretsAreScrubbed(t *testing.T) {
	const secret = `p"w\ሰ`
	var out bytes.Buffer
	b := busTo(Fan(&Text{W: &out, Level: Debug}, &JSON{W: &out, Level: Debug}), secret, secret+"longer")
	b.Emit(SQLQuery{ConnName: "c", SQL: "select '" + secret + "longer', '" + secret + "'"})
	b.Emit(NodeFinished{RunResult: RunResult{AdapterResponse: map[string]any{secret: []any{secret}}}})
	got := out.String()
	if strings.Contains(got, secret) || strings.Contains(got, "longer") || strings.Contains(got, `p\"w`) {
		t.Errorf("secret got out:\n%s", got)
	}
	if !strings.Contains(got, "select '*****', '*****'") {
		t.Errorf("not scrubbed with *****:\n%s", got)
	}
}

func TestWarnPolicy(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy WarnPolicy
		errors bool
		silent bool
	}{
		{"default warns", WarnPolicy{}, false, false},
		{"--warn-error", WarnPolicy{All: true}, true, false},
		{"error: all", WarnPolicy{Error: []string{"all"}}, true, false},
		{"error: all, warn: this", WarnPolicy{Error: []string{"all"}, Warn: []string{"NothingToDo"}}, false, false},
		{"error: this", WarnPolicy{Error: []string{"NothingToDo"}}, true, false},
		{"error: other", WarnPolicy{Error: []string{"NoNodesSelected"}}, false, false},
		{"silence", WarnPolicy{Silence: []string{"NothingToDo"}}, false, true},
	} {
		n := 0
		b := NewBus(Options{Sink: SinkFunc(func(Record) { n++ }), Warn: c.policy})
		var warnErr *WarnError
		if got := errors.As(b.Warn(NothingToDo{}), &warnErr); got != c.errors {
			t.Errorf("%s: error %v, want %v", c.name, got, c.errors)
		}
		if sent := n > 0; sent == (c.errors || c.silent) {
			t.Errorf("%s: sent %v", c.name, sent)
		}
	}
}

// dbt's order: a name counts more than the group of deprecations, the group more than "all".
func TestWarnPolicyOfDeprecations(t *testing.T) {
	dep, other := NewDeprecation("ModelParamUsageDeprecation", "m", nil).Kind(), NothingToDo{}.Kind()
	l := func(names ...string) []string { return names }
	for _, c := range []struct {
		name                        string
		policy                      WarnPolicy
		depErr, depSilent, otherErr bool
	}{
		{"error: all", WarnPolicy{Error: l("all")}, true, false, true},
		{"error: group", WarnPolicy{Error: l(Deprecations)}, true, false, false},
		{"error: all, warn: group", WarnPolicy{Error: l("*"), Warn: l(Deprecations)}, false, false, true},
		{"error: name, warn: group", WarnPolicy{Error: l(dep.Name), Warn: l(Deprecations)}, true, false, false},
		{"error: name, silence: group", WarnPolicy{Error: l(dep.Name), Silence: l(Deprecations)}, true, false, false},
		{"error: group, warn: name", WarnPolicy{Error: l(Deprecations), Warn: l(dep.Name)}, false, false, false},
		{"silence: group", WarnPolicy{Silence: l(Deprecations)}, false, true, false},
		{"silence: group, warn: name", WarnPolicy{Silence: l(Deprecations), Warn: l(dep.Name)}, false, false, false},
		{"error: name, silence: name", WarnPolicy{Error: l(dep.Name), Silence: l(dep.Name)}, false, true, false},
	} {
		if got := c.policy.isError(dep); got != c.depErr {
			t.Errorf("%s: deprecation is an error: %v", c.name, got)
		}
		if got := c.policy.isSilent(dep); got != c.depSilent {
			t.Errorf("%s: deprecation is silent: %v", c.name, got)
		}
		if got := c.policy.isError(other); got != c.otherErr {
			t.Errorf("%s: other warning is an error: %v", c.name, got)
		}
	}
}

// The first deprecation of a kind is shown, the others are counted for the summary.
func TestDeprecationsAreShownOnce(t *testing.T) {
	for _, all := range []bool{false, true} {
		var got []string
		b := NewBus(Options{AllDeprecations: all, NameDeprecations: true, Sink: SinkFunc(func(r Record) { got = append(got, r.Message(Style{})) })})
		for _, d := range []Deprecation{
			NewDeprecation("ModelParamUsageDeprecation", "one", nil), NewDeprecation("ModelParamUsageDeprecation", "two", nil),
			NewDeprecation("EnvironmentVariableRenamed", "a", nil), NewDeprecation("EnvironmentVariableRenamed", "b", nil),
		} {
			if err := b.Warn(d); err != nil {
				t.Fatal(err)
			}
		}
		b.SummarizeDeprecations()
		head := "[WARNING][%s]: Deprecated functionality\n%s"
		want := []string{
			fmt.Sprintf(head, "ModelParamUsageDeprecation", "one"), fmt.Sprintf(head, "ModelParamUsageDeprecation", "two"),
			fmt.Sprintf(head, "EnvironmentVariableRenamed", "a"), fmt.Sprintf(head, "EnvironmentVariableRenamed", "b"),
		}
		summary := fmt.Sprintf(head, "DeprecationsSummary", "Summary of encountered deprecations:\n- ModelParamUsageDeprecation: 2 occurrences\n"+
			"- EnvironmentVariableRenamed: 1 occurrence\n- EnvironmentVariableRenamed: 1 occurrence")
		if !all {
			want = append(want[:1], want[2:]...)
			summary += "\nTo see all deprecation instances instead of just the first occurrence of each,\nrun command again with the " +
				"`--show-all-deprecations` flag. You may also need to\nrun with `--no-partial-parse` as some deprecations are only encountered during\nparsing."
		}
		if diff := cmp.Diff(append(want, summary), got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

func TestLogFileRotates(t *testing.T) {
	dir := t.TempDir()
	l := &LogFile{Path: filepath.Join(dir, "logs", "dbt.log"), MaxBytes: 10, Backups: 2}
	for i := range 5 {
		if _, err := fmt.Fprintf(l, "line %d\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	files, err := os.ReadDir(filepath.Join(dir, "logs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, "logs", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name()] = string(text)
	}
	want := map[string]string{"dbt.log": "line 4\n", "dbt.log.1": "line 3\n", "dbt.log.2": "line 2\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Len()
}

func TestConcurrentEmit(t *testing.T) {
	var out bytes.Buffer
	b := busTo(Fan(&Text{W: &out}, NewLive(&syncBuffer{}, Info, Style{}, func() (int, int) { return 80, 24 }, 0)))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			w := b.Thread(fmt.Sprintf("Thread-%d (worker)", i+1))
			for j := range 50 {
				w.Emit(LogStartLine{Description: "x", Index: i*50 + j, Total: 400})
				b.AddSecrets(fmt.Sprintf("secret-%d-%d", i, j))
				w.Emit(LogModelResult{Description: "x", Status: "OK", Index: i*50 + j, Total: 400})
			}
		})
	}
	wg.Wait()
	if n := strings.Count(out.String(), "\n"); n != 800 {
		t.Errorf("%d lines, want 800", n)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("a b c\n\nlong "+strings.Repeat("x", 200), 20)
	f.Add(strings.Repeat("0", 20)+"\x90", 20)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 1 || width > 300 {
			t.Skip()
		}
		got := Style{Width: width}.Wrap(s)
		if a, b := strings.Join(strings.Fields(got), ""), strings.Join(strings.Fields(s), ""); a != b {
			t.Errorf("text changed: %q became %q", s, got)
		}
	})
}

// What a run of many models writes to its log: mostly debug lines of SQL.
func BenchmarkDebugLog(b *testing.B) {
	w := &LogFile{Path: filepath.Join(b.TempDir(), "dbt.log"), MaxBytes: 10 << 20, Backups: 5}
	bus := NewBus(Options{Sink: &Text{W: w, Level: Debug, DebugFormat: true}, Secrets: []string{"a secret"}})
	e := SQLQuery{ConnName: "model.shop.orders", SQL: "/* {} */\n" + strings.Repeat("select a, b from c join d using (e)\n", 20)}
	b.ReportAllocs()
	for b.Loop() {
		bus.Emit(e)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkJSONLog(b *testing.B) {
	w := &LogFile{Path: filepath.Join(b.TempDir(), "dbt.log"), MaxBytes: 10 << 20, Backups: 5}
	bus := NewBus(Options{Sink: &JSON{W: w, Level: Debug}, Secrets: []string{"a secret"}})
	e := LogModelResult{NodeInfo: &NodeInfo{NodeName: "orders", UniqueID: "model.shop.orders", Meta: map[string]any{}}, Description: "sql view model main.orders", Status: "OK", Index: 2, Total: 10}
	b.ReportAllocs()
	for b.Loop() {
		bus.Emit(e)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

// Lines wait for company, but not for long, and not behind a warning.
func TestLogFileGathersLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dbt.log")
	l := &LogFile{Path: path}
	b := busTo(&Text{W: l, Level: Debug})
	read := func() string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	b.Emit(Note{"first"})
	b.Emit(Warning{"second"})
	if want := "12:30:05  first\n12:30:05  [WARNING]: second\n"; read() != want {
		t.Errorf("after a warning the file holds %q, want %q", read(), want)
	}
	b.Emit(Note{"third"})
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(read(), "third"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the line never reached the file")
		}
	}
	big := strings.Repeat("x", flushBuffer)
	b.Emit(Note{big})
	b.Emit(Note{"last"})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(); !strings.HasSuffix(got, big+"\n12:30:05  last\n") {
		t.Errorf("the file ends with %q", got[max(0, len(got)-100):])
	}
}

// A file that can't be written loses its lines, no more; Close says why.
func TestLogFileError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "logs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &LogFile{Path: filepath.Join(dir, "logs", "dbt.log")}
	b := busTo(&Text{W: l, Level: Debug})
	b.Emit(Note{"x"})
	b.Emit(Note{"y"})
	if err := l.Close(); err == nil || !strings.Contains(err.Error(), "logs") {
		t.Errorf("Close gave %v", err)
	}
}
