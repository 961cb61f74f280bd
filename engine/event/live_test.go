package event

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// terminal shows what is written to it, as far as Live needs it: lines wrap at its width, wrap anew when the width changes,
// and the cursor can't leave the screen.
type terminal struct {
	t          *testing.T
	cols, rows int
	lines      []string
	partial    string
}

func (tm *terminal) size() (int, int) { return tm.cols, tm.rows }

func (tm *terminal) height(line string) int { return max(1, (columns(line)+tm.cols-1)/tm.cols) }

func (tm *terminal) Write(p []byte) (int, error) {
	out := string(p)
	for out != "" {
		if rest, ok := strings.CutPrefix(out, "\r\x1b["); ok {
			var n int
			if _, err := fmt.Sscanf(rest, "%dA", &n); err != nil || !strings.HasPrefix(rest[strings.Index(rest, "A"):], "A\x1b[J") || tm.partial != "" {
				tm.t.Fatalf("an erasure that the view doesn't make: %q", out)
			}
			if n > tm.rows-1 {
				tm.t.Errorf("%d rows up on a screen of %d", n, tm.rows)
			}
			for n > 0 && len(tm.lines) > 0 {
				n -= tm.height(tm.lines[len(tm.lines)-1])
				tm.lines = tm.lines[:len(tm.lines)-1]
			}
			if n != 0 {
				tm.t.Errorf("erased from the middle of a line")
			}
			out = rest[strings.Index(rest, "J")+1:]
			continue
		}
		i := strings.IndexByte(out, '\n')
		if i < 0 {
			tm.partial += out
			break
		}
		tm.lines = append(tm.lines, tm.partial+out[:i])
		tm.partial, out = "", out[i+1:]
	}
	return len(p), nil
}

func (tm *terminal) String() string { return strings.Join(tm.lines, "\n") }

func TestLiveView(t *testing.T) {
	tm := &terminal{t: t, cols: 50, rows: 24}
	l := NewLive(tm, Info, Style{Width: 40}, tm.size, 0)
	l.now = func() time.Time { return noon.Add(1500 * time.Millisecond) }
	l.Expect(Timings{
		Node: func(id string) float64 { return map[string]float64{"model.shop.b": 185}[id] },
		Run:  func(nodes int) float64 { return map[int]float64{3: 12}[nodes] },
	})
	show := func(name, want string) {
		t.Helper()
		if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), tm.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	b := busTo(l)
	b.Emit(ConcurrencyLine{NumThreads: 2, TargetName: "dev", NodeCount: 3})
	b.Emit(Blank())
	b.Emit(LogStartLine{Description: "sql table model main.a", Index: 1, Total: 3})
	b.Emit(LogStartLine{Description: "sql view model main.very_long_name_of_a_model", Index: 2, Total: 3, NodeInfo: &NodeInfo{UniqueID: "model.shop.b"}})
	show("two run", `
12:30:05  Concurrency: 2 threads (target='dev')
12:30:05  
   1.5s         1 of 3 sql table model main.a
   1.5s of 3m05s 2 of 3 sql view model main.very_
        0 of 3 done, 2 running, 1.5s of about 12.`)
	b.Emit(LogModelResult{Description: "a", Status: "error", Index: 1, Total: 3})
	b.Emit(JinjaLogDebug{Msg: "not shown"})
	b.Emit(PrintEvent{Msg: "two\nlines"})
	show("one ended", `
12:30:05  Concurrency: 2 threads (target='dev')
12:30:05  
12:30:05  1 of 3 ERROR creating a ................ [ERROR in 0.00s]
two
lines
   1.5s of 3m05s 2 of 3 sql view model main.very_
        1 of 3 done, 1 running, 1 failed, 1.5s of`)
	// Narrower: the terminal wraps the lines, which are erased nevertheless.
	tm.cols = 30
	b.Emit(SkippingDetails{ResourceType: "model", Schema: "main", NodeName: "c", Index: 3, Total: 3})
	if _, err := l.Writer(tm).Write([]byte("from elsewhere\n")); err != nil {
		t.Fatal(err)
	}
	show("narrower", `
12:30:05  Concurrency: 2 threads (target='dev')
12:30:05  
12:30:05  1 of 3 ERROR creating a ................ [ERROR in 0.00s]
two
lines
12:30:05  3 of 3 SKIP relation main.c ............ [SKIP]
from elsewhere
   1.5s of 3m05s 2 of 3 sql v
        2 of 3 done, 1 runnin`)
	b.Emit(LogModelResult{Description: "b", Status: "OK", Index: 2, Total: 3})
	b.Emit(FinishedRunningStats{StatLine: "3 models"})
	show("ended", `
12:30:05  Concurrency: 2 threads (target='dev')
12:30:05  
12:30:05  1 of 3 ERROR creating a ................ [ERROR in 0.00s]
two
lines
12:30:05  3 of 3 SKIP relation main.c ............ [SKIP]
from elsewhere
12:30:05  2 of 3 OK created b .................... [OK in 0.00s]
12:30:05  Finished running 3 models (0.00s).`)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// Each channel has a bar while it is read, and counts down where it must wait.
func TestLiveBars(t *testing.T) {
	tm := &terminal{t: t, cols: 120, rows: 24}
	l := NewLive(tm, Info, Style{Width: 40}, tm.size, 0)
	l.now = func() time.Time { return noon.Add(2 * time.Second) }
	show := func(name, want string) {
		t.Helper()
		if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), tm.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	b := busTo(l)
	b.Emit(SourceExtractStart{Relation: "raw.messages", Index: 1, Total: 1})
	b.Emit(SourceExtractProgress{Channel: "shop", State: "connecting"})
	b.Emit(SourceExtractProgress{Channel: "other\x1b[2J", State: "waiting", Until: noon.Add(24 * time.Second), Why: "messages.getHistory"})
	b.EmitAt(Info, SourceExtractProgress{Channel: "shop", State: "reading", Messages: 250, OfMessages: 1000, Images: 3, OfImages: 4, Bytes: 1_500_000})
	show("two channels", `
   2.0s shop             [###------------] 250/1000 messages, 3/4 images, 1.5 MB
   2.0s other [2J        waits 22.0s as Telegram asks, then messages.getHistory
        0 of 2 done, 2 running, 2.0s`)
	b.Emit(SourceExtractProgress{Channel: "shop", State: "finished", Messages: 1000, OfMessages: 1000})
	show("one ended", `
   2.0s other [2J        waits 22.0s as Telegram asks, then messages.getHistory
        1 of 2 done, 1 running, 2.0s`)
	b.Emit(SourceExtractSummary{Lake: "lake", Total: ExtractedChannel{Channel: "total", Status: "success"}})
	if strings.Contains(tm.String(), "running") {
		t.Error(tm.String())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever happens in a run and to the terminal, what stays on it is what a pipe would have got, without the lines that
// say that something starts.
func TestLiveNeverGarbles(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		tm := &terminal{t: t, cols: 80, rows: 24}
		var plain bytes.Buffer
		l := NewLive(tm, Info, Style{}, tm.size, 0)
		l.now = func() time.Time { return noon.Add(time.Duration(rnd.IntN(1e6)) * time.Millisecond) }
		b := busTo(Fan(l, SinkFunc(func(r Record) {
			if !starts(r.Event) {
				(&Text{W: &plain}).Put(r)
			}
		})))
		b.Emit(ConcurrencyLine{NumThreads: 8, NodeCount: 30})
		next := 1
		var running []int
		for range 120 {
			switch rnd.IntN(9) {
			case 0, 1, 2:
				if len(running) == 8 {
					continue
				}
				b.Emit(LogStartLine{Description: "model " + strings.Repeat("ሀ汉x\t", rnd.IntN(40)), Index: next, Total: 30})
				running = append(running, next)
				next++
			case 3, 4:
				if len(running) > 0 {
					i := rnd.IntN(len(running))
					b.Emit(LogModelResult{Description: "x", Status: []string{"OK", "error"}[rnd.IntN(2)], Index: running[i], Total: 30})
					running = append(running[:i], running[i+1:]...)
				}
			case 5:
				b.Emit(PrintEvent{Msg: strings.Repeat("print\n", rnd.IntN(5)) + strings.Repeat("wide ", rnd.IntN(60))})
			case 6:
				b.Emit(Warning{Msg: "careful"})
			case 7:
				tm.cols = 60 + rnd.IntN(60)
			case 8: // a tick
				l.mu.Lock()
				l.write("")
				l.mu.Unlock()
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimSuffix(plain.String(), "\n"), tm.String()); diff != "" {
			t.Fatalf("seed %d: -pipe +terminal\n%s", seed, diff)
		}
	}
}

// A quiet view has no live lines.
func TestLiveQuiet(t *testing.T) {
	tm := &terminal{t: t, cols: 80, rows: 24}
	b := busTo(NewLive(tm, Error, Style{}, tm.size, 0))
	b.Emit(ConcurrencyLine{NodeCount: 1})
	b.Emit(LogStartLine{Description: "a", Index: 1, Total: 1})
	b.Emit(PrintEvent{Msg: "printed"})
	if tm.String() != "printed" {
		t.Errorf("got %q", tm)
	}
}

func TestLiveTicksUntilClosed(t *testing.T) {
	var out syncBuffer
	l := NewLive(&out, Info, Style{}, func() (int, int) { return 80, 24 }, time.Millisecond)
	b := busTo(l)
	b.Emit(LogStartLine{Description: "a", Index: 1, Total: 1})
	first := out.Len()
	for deadline := time.Now().Add(10 * time.Second); out.Len() == first; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the view was not drawn again")
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	after := out.Len()
	time.Sleep(5 * time.Millisecond)
	if out.Len() != after {
		t.Error("drawn after Close")
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0s", 1234 * time.Millisecond: "1.2s", 59990 * time.Millisecond: "59.9s", time.Minute: "1m00s", 245 * time.Second: "4m05s",
		127 * time.Minute: "2h07m",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%v) = %q, want %q", d, got, want)
		}
	}
}
