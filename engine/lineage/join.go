package lineage

import (
	"fmt"
	"slices"
)

func (r *resolver) join(j *Join, sc *scope) (frame, error) {
	left, err := r.from(j.Left, sc)
	if err != nil {
		return frame{}, err
	}
	inside := *sc // what the right side may read
	inside.frame = frame{slices.Concat(sc.frame.entries, left.entries), slices.Concat(sc.frame.rels, left.rels)}
	right, err := r.from(j.Right, &inside)
	if err != nil {
		return frame{}, err
	}
	using := j.Using
	if j.Natural {
		using = nil
		for i := range left.entries {
			e := &left.entries[i]
			if _, ok := r.known(right.entries, e.name); ok && e.isColumn() {
				using = append(using, e.name)
			}
		}
		if open(left.entries) || open(right.entries) {
			r.rows.add(origin{why: "NATURAL JOIN: " + entriesWhy(append(slices.Clone(left.entries), right.entries...))})
		}
	}
	both := frame{slices.Concat(left.entries, right.entries), slices.Concat(left.rels, right.rels)}
	if j.On != nil {
		inside.frame = frame{slices.Concat(both.entries, sc.frame.entries), slices.Concat(both.rels, sc.frame.rels)}
		if err := r.filter(&inside, nil, j.On); err != nil {
			return frame{}, err
		}
	}
	if len(using) > 0 {
		var joined []entry
		both.entries, joined = r.merged(j.Kind, using, left.entries, right.entries)
		if j.UsingAlias != "" {
			both.rels = append(both.rels, &relation{name: j.UsingAlias, entries: joined})
		}
	}
	if j.Kind == SemiJoin {
		both = left
	}
	if j.Alias == "" {
		return both, r.spend(len(both.entries))
	}
	rel := &relation{name: j.Alias, entries: r.renamed(both.entries, j.Names)}
	return r.frameOf(rel)
}

// merged are the columns of a join with USING, where those that are joined by come once, and the latter alone.
func (r *resolver) merged(kind JoinKind, using []string, left, right []entry) (all, joined []entry) {
	find := func(entries []entry, name string) (found, bool) {
		if f, ok := r.known(entries, name); ok {
			return f, true
		}
		return r.opened(entries, name, "")
	}
	without := func(entries []entry, names []string) []entry {
		var out []entry
		for _, e := range entries {
			switch {
			case e.isColumn() && slices.ContainsFunc(names, func(n string) bool { return r.same(n, e.name) }):
				continue
			case e.open != nil:
				folded := make([]string, len(names))
				for i, n := range names {
					folded[i] = r.fold(n)
				}
				e.open = e.open.without(folded...)
			}
			out = append(out, e)
		}
		return out
	}
	joined = make([]entry, 0, len(using))
	for _, name := range using {
		l, lok := find(left, name)
		q, rok := find(right, name)
		r.rows.add(l.org)
		r.rows.add(q.org)
		e := entry{name: name, org: l.org}
		if lok && l.name != "" {
			e.name = l.name
		}
		switch {
		case kind == RightJoin:
			e.org = q.org
		case kind == FullJoin:
			e.org = l.org.merge(q.org).derive()
		}
		if (!lok || !rok) && e.org.why == "" {
			e.org.why = fmt.Sprintf("USING: a side of the join has no column %q", name)
		}
		joined = append(joined, e)
	}
	if r.dialect.MergedFirst {
		return slices.Concat(joined, without(left, using), without(right, using)), joined
	}
	var out []entry
	rest := slices.Clone(joined)
	for _, e := range left {
		if i := slices.IndexFunc(rest, func(j entry) bool { return e.isColumn() && r.same(j.name, e.name) }); i >= 0 {
			out = append(out, rest[i])
			rest = slices.Delete(rest, i, i+1)
			continue
		}
		out = append(out, without([]entry{e}, using)...)
	}
	return slices.Concat(out, rest, without(right, using)), joined
}
