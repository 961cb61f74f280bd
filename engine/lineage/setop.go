package lineage

import (
	"fmt"
	"slices"
)

// setOp resolves UNION and its like; left is told of the left side before the right one is resolved.
func (r *resolver) setOp(s *SetOp, env *environment, outer *scope, left func([]entry)) ([]entry, error) {
	a, err := r.query(s.Left, env, outer)
	if err != nil {
		return nil, err
	}
	if left != nil {
		left(a)
	}
	b, err := r.query(s.Right, env, outer)
	if err != nil {
		return nil, err
	}
	if s.Op != Union || !s.All {
		for _, entries := range [][]entry{a, b} {
			for _, e := range entries {
				r.rows.add(e.org)
				if why := e.whyOpen(); why != "" && !e.computed {
					r.rows.add(origin{why: why})
				}
			}
		}
	}
	if s.Op != Union {
		return a, r.spend(len(a))
	}
	if err := r.spend(len(a) + len(b)); err != nil {
		return nil, err
	}
	if s.ByName {
		return r.unionByName(a, b), nil
	}
	return r.union(a, b), nil
}

// union matches columns by place, as far as the places are known.
func (r *resolver) union(a, b []entry) []entry {
	out := make([]entry, 0, len(a))
	for i, e := range a {
		switch {
		case i < len(b) && e.isColumn() && b[i].isColumn():
			out = append(out, entry{name: e.name, org: e.org.merge(b[i].org)})
			continue
		case i >= len(b) && e.isColumn(): // no query that a warehouse takes
			out = append(out, entry{name: e.name, org: e.org})
			continue
		}
		// From here on it is not known which column meets which.
		why := entriesWhy(a[i:])
		if why == "" {
			why = entriesWhy(b[i:])
		}
		why = "the other side of a UNION meets it by place, and " + why
		for _, e := range a[i:] {
			if e.isColumn() {
				org := e.org
				if org.why == "" {
					org.why = why
				}
				out = append(out, entry{name: e.name, org: org})
				continue
			}
			out = append(out, entry{unknown: e.whyOpen()})
		}
		return out
	}
	return out
}

func (r *resolver) unionByName(a, b []entry) []entry {
	out := slices.Clone(a)
	for _, e := range b {
		i := -1
		if e.isColumn() {
			i = slices.IndexFunc(out, func(o entry) bool { return o.isColumn() && r.same(o.name, e.name) })
		}
		if i < 0 {
			out = append(out, e)
			continue
		}
		out[i].org = out[i].org.merge(e.org)
	}
	// With columns that are not known on a side, a column of the other may have a partner there.
	for _, side := range [][]entry{a, b} {
		if !open(side) {
			continue
		}
		for i := range out {
			if _, ok := r.known(side, out[i].name); out[i].isColumn() && !ok && out[i].org.why == "" {
				out[i].org.why = "a side of UNION BY NAME may have it too, and " + entriesWhy(side)
			}
		}
	}
	return out
}

func (r *resolver) values(v *Values, sc *scope) ([]entry, error) {
	var out []entry
	for _, row := range v.Rows {
		for i, e := range row {
			o, err := r.expr(sc, e)
			if err != nil {
				return nil, err
			}
			if i == len(out) {
				name := fmt.Sprintf("column%d", i+1)
				if r.dialect.ValuesName != nil {
					name = r.dialect.ValuesName(i)
				}
				out = append(out, entry{name: name})
			}
			out[i].org = out[i].org.merge(o)
		}
	}
	return out, r.spend(len(out))
}
