package event

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Live writes records to a terminal: finished lines scroll up as Text writes them, and under them stands one line per
// running node with its time, drawn again as the run goes on. Lines that only say that a node starts are left out, for
// the live line says it. Close ends the view.
type Live struct {
	w     io.Writer
	level Level
	style Style
	// size gives the columns and rows of the terminal.
	size func() (int, int)
	now  func() time.Time

	mu      sync.Mutex
	running []liveLine
	drawn   int
	done    chan struct{}
	stopped sync.WaitGroup
}

type liveLine struct {
	index, total int
	text         string
	since        time.Time
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
			if len(l.running) > 0 {
				_, _ = io.WriteString(l.w, l.erase()+l.draw())
			}
			l.mu.Unlock()
		}
	}
}

// Put writes the record above the live lines and keeps these true.
func (l *Live) Put(r Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := r.Event.(LogStartLine); ok && l.level <= Info {
		l.running = append(l.running, liveLine{e.Index, e.Total, e.Description, r.Time})
		_, _ = io.WriteString(l.w, l.erase()+l.draw())
		return
	}
	before := len(l.running)
	if index, ok := finished(r.Event); ok {
		for i, line := range l.running {
			if line.index == index {
				l.running = append(l.running[:i], l.running[i+1:]...)
				break
			}
		}
	}
	if !r.passes(l.level) {
		if len(l.running) != before {
			_, _ = io.WriteString(l.w, l.erase()+l.draw())
		}
		return
	}
	_, _ = io.WriteString(l.w, l.erase()+textLine(r, l.style)+"\n"+l.draw())
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
	case LogSnapshotResult:
		return e.Index, true
	case LogFreshnessResult:
		return e.Index, true
	case LogNodeNoOpResult:
		return e.Index, true
	case LogNodeResult:
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
	l.running = nil
	_, err := io.WriteString(l.w, l.erase())
	l.mu.Unlock()
	l.stopped.Wait()
	return err
}

// erase moves to the first live line and clears from there on.
func (l *Live) erase() string {
	if l.drawn == 0 {
		return ""
	}
	n := l.drawn
	l.drawn = 0
	return fmt.Sprintf("\x1b[%dA\x1b[J", n)
}

func (l *Live) draw() string {
	cols, rows := l.size()
	lines := l.running
	if limit := rows - 2; limit > 0 && len(lines) > limit {
		lines = lines[:limit]
	}
	var b strings.Builder
	for _, line := range lines {
		text := fmt.Sprintf("%9.1fs  %d of %d %s", l.now().Sub(line.since).Seconds(), line.index, line.total, line.text)
		if cols > 0 && utf8.RuneCountInString(text) > cols-1 {
			text = string([]rune(text)[:max(cols-1, 0)])
		}
		b.WriteString(text + "\n")
	}
	l.drawn = len(lines)
	return b.String()
}
