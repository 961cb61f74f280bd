// Package compare finds the differences between what two tools left behind, and
// holds them against a list of the differences that are known.
//
// A difference has a place, a path of segments with slashes between them
// (`manifest/nodes/model.shop.orders/config/tags`), and the two values.
package compare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Kinds of differences.
const (
	Value = "value" // the values differ
	Order = "order" // the same keys or elements stand in another order
	Space = "space" // two texts differ in white space alone
)

// Absent is the value of what only the other tool has.
const Absent = "(absent)"

// Difference is one thing that differs. DBT and GDBT are JSON, or [Absent].
type Difference struct {
	At        string
	Kind      string
	DBT, GDBT string
}

// String prints the difference on one line or, with long values, on three; very
// long ones are cut.
func (d Difference) String() string {
	cut := func(s string) string {
		if r := []rune(s); len(r) > 400 {
			return string(r[:400]) + " …"
		}
		return s
	}
	d.DBT, d.GDBT = cut(d.DBT), cut(d.GDBT)
	if len(d.DBT)+len(d.GDBT) < 100 {
		return fmt.Sprintf("%s [%s]: dbt %s, gdbt %s", d.At, d.Kind, d.DBT, d.GDBT)
	}
	return fmt.Sprintf("%s [%s]\n    dbt  %s\n    gdbt %s", d.At, d.Kind, d.DBT, d.GDBT)
}

// Documents compares two JSON values (see [ParseJSON]); at is their place.
// Lists of objects that have a `unique_id` are compared by it, texts of several
// lines line by line.
func Documents(at string, dbt, gdbt any) []Difference {
	var c comparer
	c.compare(at, dbt, gdbt)
	return c.out
}

type comparer struct{ out []Difference }

func (c *comparer) add(at, kind, dbt, gdbt string) {
	c.out = append(c.out, Difference{At: at, Kind: kind, DBT: dbt, GDBT: gdbt})
}

func (c *comparer) compare(at string, a, b any) {
	switch x := a.(type) {
	case *Object:
		if y, ok := b.(*Object); ok {
			c.objects(at, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			c.lists(at, x, y)
			return
		}
	case string:
		if y, ok := b.(string); ok {
			c.texts(at, x, y)
			return
		}
	}
	if x, y := print(a), print(b); x != y {
		c.add(at, Value, x, y)
	}
}

func (c *comparer) objects(at string, a, b *Object) {
	var left, right []string
	for _, k := range a.Keys {
		if v, ok := b.Values[k]; ok {
			left = append(left, k)
			c.compare(at+"/"+k, a.Values[k], v)
		} else {
			c.add(at+"/"+k, Value, print(a.Values[k]), Absent)
		}
	}
	for _, k := range b.Keys {
		if _, ok := a.Values[k]; ok {
			right = append(right, k)
		} else {
			c.add(at+"/"+k, Value, Absent, print(b.Values[k]))
		}
	}
	if !slices.Equal(left, right) {
		c.add(at, Order, strings.Join(left, " "), strings.Join(right, " "))
	}
}

func (c *comparer) lists(at string, a, b []any) {
	if x, y := byID(a), byID(b); x != nil && y != nil {
		c.objects(at, x, y)
		return
	}
	if len(a) == len(b) && len(a) > 0 && !scalars(a) {
		for i := range a {
			c.compare(fmt.Sprintf("%s/%d", at, i), a[i], b[i])
		}
		return
	}
	x, y := print(a), print(b)
	if x == y {
		return
	}
	if kind := sortedKind(a, b); kind == Order {
		c.add(at, Order, x, y)
		return
	}
	c.add(at, Value, x, y)
}

func sortedKind(a, b []any) string {
	sorted := func(l []any) []string {
		out := make([]string, len(l))
		for i, v := range l {
			out[i] = print(v)
		}
		slices.Sort(out)
		return out
	}
	if slices.Equal(sorted(a), sorted(b)) {
		return Order
	}
	return Value
}

func scalars(l []any) bool {
	return !slices.ContainsFunc(l, func(v any) bool {
		switch v.(type) {
		case *Object, []any:
			return true
		}
		return false
	})
}

// byID makes an object of a list whose elements have unique_id, nil of others.
func byID(l []any) *Object {
	if len(l) == 0 {
		return nil
	}
	o := NewObject()
	for _, v := range l {
		e, ok := v.(*Object)
		if !ok {
			return nil
		}
		id, ok := e.Values["unique_id"].(string)
		if !ok {
			return nil
		}
		for _, dup := o.Values[id]; dup; _, dup = o.Values[id] {
			id += "+"
		}
		o.Set(id, e)
	}
	return o
}

func (c *comparer) texts(at, a, b string) {
	if a == b {
		return
	}
	if bare(a) == bare(b) {
		c.add(at, Space, print(a), print(b))
		return
	}
	if !strings.Contains(a, "\n") || !strings.Contains(b, "\n") {
		c.add(at, Value, print(a), print(b))
		return
	}
	// What is printed counts to the letter; elsewhere white space beside other differences does not.
	lines := trimmed
	if strings.HasSuffix(at, "/stdout") {
		lines = func(s string) []string { return strings.Split(s, "\n") }
	}
	for _, h := range hunks(lines(a), lines(b)) {
		c.hunk(at, h)
	}
}

// bare is a text without white space.
func bare(s string) string { return strings.Join(strings.Fields(s), "") }

// trimmed are the lines of a text without white space around them and without empty ones.
func trimmed(s string) []string {
	var out []string
	for l := range strings.Lines(s) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// hunk tells of lines that differ: pairwise when there are as many, else one by one.
func (c *comparer) hunk(at string, h hunk) {
	if len(h.a) == len(h.b) {
		for i := range h.a {
			c.line(at, h.a[i], h.b[i])
		}
		return
	}
	for _, l := range h.a {
		c.line(at, l, Absent)
	}
	for _, l := range h.b {
		c.line(at, Absent, l)
	}
}

func (c *comparer) line(at, a, b string) {
	kind := Value
	if bare(a) == bare(b) ||
		a == Absent && strings.TrimSpace(b) == "" || b == Absent && strings.TrimSpace(a) == "" {
		kind = Space
	}
	text := func(s string) string {
		if s == Absent {
			return s
		}
		return print(s)
	}
	c.add(at, kind, text(a), text(b))
}

func print(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprintf("%v (%v)", v, err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// hunk is a place where two lists of lines differ.
type hunk struct{ a, b []string }

// hunks finds where two lists of lines differ, by their longest common subsequence.
func hunks(a, b []string) []hunk {
	// length[i][j] is that of a[i:] and b[j:].
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out []hunk
	var h hunk
	flush := func() {
		if len(h.a)+len(h.b) > 0 {
			out = append(out, h)
			h = hunk{}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			flush()
			i++
			j++
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			h.a = append(h.a, a[i])
			i++
		default:
			h.b = append(h.b, b[j])
			j++
		}
	}
	flush()
	return out
}
