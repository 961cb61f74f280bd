package diag

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// List collects diagnostics from several goroutines. The zero value is ready.
type List struct {
	mu    sync.Mutex
	items []*Diagnostic
}

// Add appends d; nil is ignored.
func (l *List) Add(d *Diagnostic) {
	if d == nil {
		return
	}
	l.mu.Lock()
	l.items = append(l.items, d)
	l.mu.Unlock()
}

// AddErr appends err: its Diagnostics when it holds some (joined errors
// included), else a new one of the category.
func (l *List) AddErr(category string, err error) {
	for _, d := range Flatten(category, err) {
		l.Add(d)
	}
}

// Flatten lists the Diagnostics in err. A part of err that holds none becomes
// one of the category.
func Flatten(category string, err error) []*Diagnostic {
	if err == nil {
		return nil
	}
	if d, ok := err.(*Diagnostic); ok {
		return []*Diagnostic{d}
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Diagnostic
		for _, e := range j.Unwrap() {
			out = append(out, Flatten(category, e)...)
		}
		return out
	}
	return []*Diagnostic{Wrap(category, err)}
}

// Len returns the number of diagnostics of a severity.
func (l *List) Len(s Severity) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, d := range l.items {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Items returns a sorted copy: errors first, then by file, line, column and
// message; exact repetitions are dropped.
func (l *List) Items() []*Diagnostic {
	l.mu.Lock()
	out := slices.Clone(l.items)
	l.mu.Unlock()
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(a, b *Diagnostic) bool {
		return compare(a, b) == 0 && a.Hint == b.Hint
	})
}

func compare(a, b *Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Category, b.Category),
		cmp.Compare(a.Node, b.Node),
		cmp.Compare(a.Message, b.Message),
	)
}

// Err joins the errors of the list (warnings left out); nil when there are none.
func (l *List) Err() error {
	var errs []error
	for _, d := range l.Items() {
		if d.Severity == Error {
			errs = append(errs, d)
		}
	}
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return errors.Join(errs...)
}

// Render prints at most limit items (all when limit <= 0) and says how many
// were left out.
func (l *List) Render(w io.Writer, color bool, limit int) error {
	items := l.Items()
	shown := items
	if limit > 0 && len(items) > limit {
		shown = items[:limit]
	}
	for i, d := range shown {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := d.Render(w, color); err != nil {
			return err
		}
	}
	if n := len(items) - len(shown); n > 0 {
		_, err := fmt.Fprintf(w, "\n… and %d more\n", n)
		return err
	}
	return nil
}
