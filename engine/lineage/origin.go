package lineage

import (
	"slices"
)

// origin is what a value comes from: edges ordered by their end, each end once, and why there may be more.
type origin struct {
	from []Edge
	why  string
}

// merge is what a value comes from that is one of both. What is derived on one side is derived.
func (o origin) merge(p origin) origin {
	if o.why == "" {
		o.why = p.why
	}
	switch {
	case len(p.from) == 0:
		return o
	case len(o.from) == 0:
		o.from = p.from
		return o
	}
	out := make([]Edge, 0, len(o.from)+len(p.from))
	a, b := o.from, p.from
	for len(a) > 0 && len(b) > 0 {
		switch c := a[0].compare(b[0].Ref); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			e := a[0]
			if b[0].Kind == Derived {
				e.Kind = Derived
			}
			out, a, b = append(out, e), a[1:], b[1:]
		}
	}
	o.from = append(append(out, a...), b...)
	return o
}

// derive is the origin of a value computed from one of origin o.
func (o origin) derive() origin {
	if !slices.ContainsFunc(o.from, func(e Edge) bool { return e.Kind != Derived }) {
		return o
	}
	from := slices.Clone(o.from)
	for i := range from {
		from[i].Kind = Derived
	}
	return origin{from, o.why}
}

func (o origin) equal(p origin) bool { return o.why == p.why && slices.Equal(o.from, p.from) }

// filters collects the columns that decide which rows come out.
type filters struct {
	refs map[Ref]struct{}
	why  string
}

func (f *filters) add(o origin) {
	for _, e := range o.from {
		if f.refs == nil {
			f.refs = map[Ref]struct{}{}
		}
		f.refs[e.Ref] = struct{}{}
	}
	if f.why == "" {
		f.why = o.why
	}
}

func (f *filters) addAll(g *filters) {
	for r := range g.refs {
		if f.refs == nil {
			f.refs = make(map[Ref]struct{}, len(g.refs))
		}
		f.refs[r] = struct{}{}
	}
	if f.why == "" {
		f.why = g.why
	}
}

// sorted are the columns in order.
func (f *filters) sorted() []Ref {
	out := make([]Ref, 0, len(f.refs))
	for r := range f.refs {
		out = append(out, r)
	}
	slices.SortFunc(out, Ref.compare)
	if len(out) == 0 {
		return nil
	}
	return out
}

// origin takes the columns for what a value is computed from.
func (f *filters) origin() origin {
	o := origin{why: f.why}
	for _, r := range f.sorted() {
		o.from = append(o.from, Edge{r, Derived})
	}
	return o
}
