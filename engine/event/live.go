package event

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Live writes records to a terminal: finished lines scroll up as Text writes them, and under them stands one line per
// running node with its time and the time it took before, and a line with the counts, drawn again as the run goes on.
// Lines that only say that a node starts are left out, for the live line says it. Close ends the view.
//
// Every write erases what was drawn, puts its lines where that stood and draws anew, in one piece, so that nothing is
// torn. What is drawn never wraps: lines are cut to the terminal's width at the time.
type Live struct {
	w     io.Writer
	level Level
	style Style
	// size gives the columns and rows of the terminal.
	size func() (int, int)
	now  func() time.Time

	mu      sync.Mutex
	before  Timings
	running []liveLine
	counts  liveCounts
	drawn   []int // widths of the lines that stand under the text
	done    chan struct{}
	stopped sync.WaitGroup
}

// Timings is what earlier runs took.
type Timings struct {
	// Node gives the seconds of a node, 0 when they are not known.
	Node func(uniqueID string) float64
	// Run gives the seconds of a whole run of so many nodes.
	Run func(nodes int) float64
}

type liveLine struct {
	key   string
	text  string
	id    string
	since time.Time
	// bar, when not nil, is drawn instead of text: the time may change it.
	bar func(now time.Time) string
}

// liveCounts is how far the run is.
type liveCounts struct {
	total, ended, failed, warned, skipped int
	since                                 time.Time
	// open: the run has begun and not ended.
	open bool
}

// NewLive starts a view. size gives the terminal's columns and rows; every is the time between two drawings, and 0 draws
// with each record only.
func NewLive(w io.Writer, level Level, style Style, size func() (cols, rows int), every time.Duration) *Live {
	l := &Live{w: w, level: level, style: style, size: size, now: time.Now, done: make(chan struct{})}
	if every > 0 {
		l.stopped.Add(1)
		go l.tick(every)
	}
	return l
}

// Expect tells what earlier runs took.
func (l *Live) Expect(t Timings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before = t
}

func (l *Live) tick(every time.Duration) {
	defer l.stopped.Done()
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-t.C:
			l.mu.Lock()
			if len(l.running) > 0 || l.counts.open {
				l.write("")
			}
			l.mu.Unlock()
		}
	}
}

// Put writes the record above the live lines and keeps these true.
func (l *Live) Put(r Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed := l.follow(r)
	switch {
	case !r.passes(l.level), l.level <= Info && starts(r.Event):
		if changed {
			l.write("")
		}
	default:
		l.write(textLine(r, l.style) + "\n")
	}
}

// Writer gives a writer for others who write to the same terminal: their text goes above the live lines.
func (l *Live) Writer(w io.Writer) io.Writer { return liveWriter{l, w} }

type liveWriter struct {
	l *Live
	w io.Writer
}

func (w liveWriter) Write(p []byte) (int, error) {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	_, _ = io.WriteString(w.l.w, w.l.erase())
	n, err := w.w.Write(p)
	if len(p) > 0 && p[len(p)-1] == '\n' {
		_, _ = io.WriteString(w.l.w, w.l.draw())
	}
	return n, err
}

// starts tells which lines the view replaces.
func starts(e Event) bool {
	switch e.(type) {
	case LogStartLine, LogStartBatch, LogHookStartLine, SourceLoadStart, SourceExtractStart, SourceExtractProgress:
		return true
	}
	return false
}

// follow keeps the lines and the counts true. A view that shows errors only has none.
func (l *Live) follow(r Record) bool {
	if l.level > Info {
		return false
	}
	c := &l.counts
	switch e := r.Event.(type) {
	case ConcurrencyLine:
		*c = liveCounts{total: e.NodeCount, since: r.Time, open: true}
		return false // drawn with the first node: blank lines follow
	case FinishedRunningStats, EndOfRunSummary, MainEncounteredError, CommandCompleted:
		was := c.open || len(l.running) > 0
		c.open, l.running = false, nil
		return was
	case LogStartLine:
		id := ""
		if e.NodeInfo != nil {
			id = e.NodeInfo.UniqueID
		}
		return l.begin(r, fmt.Sprint(e.Index), fmt.Sprintf("%d of %d %s", e.Index, e.Total, e.Description), id)
	case SourceLoadStart:
		return l.begin(r, fmt.Sprint(e.Index), fmt.Sprintf("%d of %d load %s", e.Index, e.Total, e.Relation), e.UniqueID)
	case LogHookStartLine:
		return l.begin(r, "hook", "hook "+e.Statement, "")
	case LogHookEndLine:
		return l.end("hook")
	case SourceExtractProgress:
		if !c.open {
			*c = liveCounts{since: r.Time, open: true}
		}
		return l.progress(r, e)
	case SourceExtractSummary:
		c.open, l.running = false, nil
		return true
	case SkippingDetails, LogSkipBecauseError:
		c.ended++
		c.skipped++
		return true
	}
	index, ok := finished(r.Event)
	if !ok {
		return false
	}
	c.ended++
	switch r.Level {
	case Error:
		c.failed++
	case Warn:
		c.warned++
	}
	return l.end(fmt.Sprint(index))
}

func (l *Live) begin(r Record, key, text, id string) bool {
	l.running = append(l.running, liveLine{key: key, text: printable(r.clean(text)), id: id, since: r.Time})
	return true
}

// progress keeps the line of a channel true.
func (l *Live) progress(r Record, e SourceExtractProgress) bool {
	key := "channel " + e.Channel
	if e.State == "finished" {
		l.counts.ended++
		return l.end(key)
	}
	e.Channel, e.Why = printable(r.clean(e.Channel)), printable(r.clean(e.Why))
	for i := range l.running {
		if l.running[i].key == key {
			l.running[i].bar = e.bar
			return true
		}
	}
	l.counts.total++
	l.running = append(l.running, liveLine{key: key, since: r.Time, bar: e.bar})
	return true
}

func (l *Live) end(key string) bool {
	for i, line := range l.running {
		if line.key == key {
			l.running = append(l.running[:i], l.running[i+1:]...)
			return true
		}
	}
	return false
}

// finished gives the index of the node that an event ends.
func finished(e Event) (int, bool) {
	switch e := e.(type) {
	case LogModelResult:
		return e.Index, true
	case LogTestResult:
		return e.Index, true
	case LogSeedResult:
		return e.Index, true
	case LogFunctionResult:
		return e.Index, true
	case LogSnapshotResult:
		return e.Index, true
	case LogFreshnessResult:
		return e.Index, true
	case LogNodeNoOpResult:
		return e.Index, true
	case SourceLoadResult:
		return e.Index, true
	}
	return 0, false
}

// Close erases the live lines and stops drawing.
func (l *Live) Close() error {
	l.mu.Lock()
	select {
	case <-l.done:
		l.mu.Unlock()
		return nil
	default:
	}
	close(l.done)
	l.running, l.counts.open = nil, false
	_, err := io.WriteString(l.w, l.erase())
	l.mu.Unlock()
	l.stopped.Wait()
	return err
}

// write puts text above the live lines, which are drawn anew. A terminal that is gone must not end a run.
func (l *Live) write(text string) { _, _ = io.WriteString(l.w, l.erase()+text+l.draw()) }

// erase moves to the first live line and clears from there on. A terminal that became narrower since has wrapped the lines:
// they take more rows now.
func (l *Live) erase() string {
	if len(l.drawn) == 0 {
		return ""
	}
	cols, rows := l.size()
	n := 0
	for _, w := range l.drawn {
		n++
		if cols > 0 && w > cols {
			n += (w - 1) / cols
		}
	}
	l.drawn = l.drawn[:0]
	if rows > 1 {
		n = min(n, rows-1) // what went over the edge is out of reach
	}
	return fmt.Sprintf("\r\x1b[%dA\x1b[J", n)
}

// draw gives the live lines and the counts under them.
func (l *Live) draw() string {
	// Between two nodes the counts stay, or the screen would flicker.
	if len(l.running) == 0 && (!l.counts.open || l.counts.ended == 0) {
		return ""
	}
	cols, rows := l.size()
	lines, hidden := l.running, 0
	// The lines must fit the screen, or they can't be erased: one is for the counts, one for the cursor.
	if limit := rows - 3; rows > 0 && len(lines) > limit {
		limit = max(limit, 0)
		hidden = len(lines) - limit
		lines = lines[:limit]
	}
	now := l.now()
	var b strings.Builder
	put := func(text string, paint func(string) string) {
		text = cut(text, cols-1)
		l.drawn = append(l.drawn, columns(text))
		b.WriteString(paint(text) + "\n")
	}
	plain := func(s string) string { return s }
	for _, line := range lines {
		took := max(now.Sub(line.since), 0)
		expected := ""
		if l.before.Node != nil {
			if s := l.before.Node(line.id); s >= 0.1 {
				expected = " of " + short(seconds(s))
			}
		}
		if line.bar != nil {
			put(fmt.Sprintf("%7s %s", short(took), line.bar(now)), plain)
			continue
		}
		put(fmt.Sprintf("%7s%-8s %s", short(took), expected, line.text), plain)
	}
	if rows > 0 && rows < 3 {
		return b.String()
	}
	put(l.status(now, hidden), l.style.statusPaint(l.counts))
	return b.String()
}

// status is the line with the counts.
func (l *Live) status(now time.Time, hidden int) string {
	c := l.counts
	parts := []string{fmt.Sprintf("%d of %d done", c.ended, max(c.total, c.ended)), fmt.Sprintf("%d running", len(l.running))}
	for _, p := range []struct {
		n    int
		what string
	}{{c.failed, "failed"}, {c.warned, "warned"}, {c.skipped, "skipped"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if hidden > 0 {
		parts = append(parts, fmt.Sprintf("%d not shown", hidden))
	}
	if !c.since.IsZero() {
		took := short(max(now.Sub(c.since), 0))
		if l.before.Run != nil {
			if s := l.before.Run(c.total); s > 0 {
				took += " of about " + short(seconds(s))
			}
		}
		parts = append(parts, took)
	}
	return "        " + strings.Join(parts, ", ")
}

func (s Style) statusPaint(c liveCounts) func(string) string {
	switch {
	case c.failed > 0:
		return s.Red
	case c.warned > 0:
		return s.Yellow
	}
	return s.Green
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// short prints a duration in at most six characters: 0.3s, 12.3s, 4m05s, 2h07m.
func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// printable makes one line of a text that may hold anything.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// cut shortens a text to so many columns.
func cut(s string, limit int) string {
	if limit < 0 {
		return ""
	}
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > limit {
			return s[:i]
		}
	}
	return s
}

// columns is how wide a terminal shows a text.
func columns(s string) int {
	if len(s) == utf8.RuneCountInString(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns follows Unicode's East Asian Width, by blocks: marks take no column, ideographs, Hangul and emoji two.
func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Cf, r):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf && r != 0x303f, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1f64f,
		r >= 0x1f900 && r <= 0x1f9ff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
