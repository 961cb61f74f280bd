package lineage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// from resolves an item of FROM; sc has the items to its left.
func (r *resolver) from(item FromItem, sc *scope) (frame, error) {
	var rel *relation
	var err error
	var names []string
	switch it := item.(type) {
	case *Table:
		rel, err = r.namedTable(it, sc)
		names = it.Names
	case *Subselect:
		outer := sc
		if !it.Lateral {
			outer = sc.outer
		}
		var entries []entry
		entries, err = r.query(it.Query, sc.ctes, outer)
		rel, names = &relation{name: it.Alias, entries: r.numbered(entries)}, it.Names
	case *Function:
		rel, err = r.function(it, sc)
		names = it.Names
	case *Join:
		return r.join(it, sc)
	case *Pivot:
		rel, err = r.pivot(it, sc)
		names = it.Names
	case *Unpivot:
		rel, err = r.unpivot(it, sc)
		names = it.Names
	case *Opaque:
		rel, names = &relation{name: it.Alias, entries: []entry{{unknown: it.Reason}}}, it.Names
	default:
		return frame{}, nil
	}
	if err != nil {
		return frame{}, err
	}
	rel.entries = r.renamed(rel.entries, names)
	return r.frameOf(rel)
}

func (r *resolver) frameOf(rel *relation) (frame, error) {
	return frame{rel.entries, []*relation{rel}}, r.spend(len(rel.entries))
}

// numbered gives columns of the same name different ones, where the dialect does.
func (r *resolver) numbered(entries []entry) []entry {
	if !r.dialect.NumberDuplicates {
		return entries
	}
	seen := make(map[string]int, len(entries))
	var out []entry
	for i := range entries {
		e := &entries[i]
		if !e.isColumn() {
			continue
		}
		k := r.fold(e.name)
		n, dup := seen[k]
		seen[k] = n + 1
		if !dup {
			continue
		}
		if out == nil {
			out = slices.Clone(entries)
		}
		out[i].name = fmt.Sprintf("%s_%d", e.name, n)
	}
	if out == nil {
		return entries
	}
	return out
}

// renamed gives the first columns other names.
func (r *resolver) renamed(entries []entry, names []string) []entry {
	if len(names) == 0 {
		return entries
	}
	out := slices.Clone(entries)
	for i, name := range names {
		switch {
		case i < len(out) && out[i].isColumn():
			out[i].name = name
		case i < len(out):
			// The names are for columns that are not known.
			e := out[i]
			rest := make([]entry, 0, len(names)-i)
			for _, n := range names[i:] {
				c := entry{name: n, org: origin{why: e.whyOpen()}}
				if e.computed {
					c.org = e.org
				}
				rest = append(rest, c)
			}
			return append(out[:i:i], append(rest, entry{unknown: e.whyOpen(), org: e.org, computed: e.computed})...)
		}
	}
	return out
}

// namedTable is a common table expression or a relation of the project.
func (r *resolver) namedTable(t *Table, sc *scope) (*relation, error) {
	rel := &relation{name: t.Name, schema: t.Schema, catalog: t.Catalog}
	if t.Alias != "" {
		rel = &relation{name: t.Alias}
	}
	if t.Schema == "" && t.Catalog == "" {
		for env := sc.ctes; env != nil; env = env.outer {
			for _, c := range env.ctes {
				if !r.same(c.def.Name, t.Name) || c.running && !c.def.Recursive {
					continue
				}
				if err := r.cte(c); err != nil {
					return nil, err
				}
				r.rows.addAll(&c.filters)
				rel.entries = c.entries
				return rel, nil
			}
		}
	}
	rel.system = true
	found := r.table(t)
	if found == nil {
		name := t.Name
		if t.Schema != "" {
			name = t.Schema + "." + name
		}
		rel.entries = []entry{{unknown: fmt.Sprintf("%s is no node of the project", name)}}
		return rel, nil
	}
	rel.entries = make([]entry, 0, len(found.columns)+1)
	edges := make([]Edge, len(found.columns)) // one piece for all
	for i, c := range found.columns {
		edges[i] = Edge{Ref{found.node, c}, Direct}
		rel.entries = append(rel.entries, entry{name: c, org: origin{from: edges[i : i+1 : i+1]}})
	}
	if found.open != "" {
		rel.entries = append(rel.entries, entry{open: &opening{table: found, asked: map[string]bool{}}})
	}
	return rel, nil
}

// cte resolves a common table expression when it is first read. One that reads itself is resolved again until nothing
// new comes in.
func (r *resolver) cte(c *cte) error {
	if c.done {
		return nil
	}
	if c.running {
		c.read = true
		return nil
	}
	c.running = true
	defer func() { c.running = false }()
	f, err := r.collect(func() error {
		q := c.def.Query
		op, _ := q.Body.(*SetOp)
		if !c.def.Recursive || op == nil || op.Op != Union || len(q.With) > 0 || q.Limited {
			entries, err := r.query(q, c.env, c.outer)
			c.entries = r.renamed(r.numbered(entries), c.def.Columns)
			return err
		}
		first := func(entries []entry) { c.entries = r.renamed(r.numbered(entries), c.def.Columns) }
		for range 64 { // kinds and columns only grow: a chain of that length is no query
			before := c.entries
			entries, err := r.setOp(op, c.env, c.outer, func(left []entry) {
				if before == nil {
					first(left)
				}
			})
			if err != nil {
				return err
			}
			first(entries)
			if !c.read || slices.EqualFunc(before, c.entries, func(a, b entry) bool { return a.name == b.name && a.org.equal(b.org) }) {
				break
			}
		}
		return nil
	})
	known := c.entries
	for _, x := range c.def.Extra {
		from := slices.DeleteFunc(slices.Clone(known), func(e entry) bool { return !slices.Contains(x.From, e.name) })
		if len(from) < len(x.From) { // some are among those that are not known
			from = known
		}
		c.entries = append(slices.Clip(c.entries), entry{name: x.Name, org: r.row(from)})
	}
	c.filters = *f
	c.done = err == nil
	return err
}

// function is a function in FROM.
func (r *resolver) function(f *Function, sc *scope) (*relation, error) {
	var org origin
	for _, a := range f.Args {
		o, err := r.expr(sc, a)
		if err != nil {
			return nil, err
		}
		org = org.merge(o)
	}
	org = org.derive()
	r.rows.add(org)
	rel := &relation{name: f.Alias}
	if rel.name == "" {
		rel.name = f.Name
	}
	for _, c := range f.Columns {
		o, err := r.expr(sc, c.Expr)
		if err != nil {
			return nil, err
		}
		rel.entries = append(rel.entries, entry{name: c.Name, org: o.derive()})
	}
	if f.Open != "" {
		// Without anything that it is computed from, what it gives comes from outside of the project.
		rel.entries = append(rel.entries, entry{unknown: f.Open, org: org, computed: len(org.from) > 0 || org.why != ""})
	}
	return rel, nil
}

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

// inSource is a scope with the columns of one item of FROM.
func (r *resolver) inSource(item FromItem, sc *scope) (*scope, error) {
	f, err := r.from(item, sc)
	return &scope{outer: sc, ctes: sc.ctes, frame: f}, err
}

func (r *resolver) pivot(p *Pivot, sc *scope) (*relation, error) {
	in, err := r.inSource(p.Source, sc)
	if err != nil {
		return nil, err
	}
	var on origin
	used := map[string]bool{}
	for _, e := range p.On {
		o, err := r.expr(in, e)
		if err != nil {
			return nil, err
		}
		on = on.merge(o)
		names(e, func(n string) { used[r.fold(n)] = true })
	}
	aggregates := make([]origin, len(p.Aggregates))
	for i, a := range p.Aggregates {
		if aggregates[i], err = r.expr(in, a.Expr); err != nil {
			return nil, err
		}
		names(a.Expr, func(n string) { used[r.fold(n)] = true })
	}
	rel := &relation{name: p.Alias}
	switch {
	case p.Groups != nil:
		for _, g := range p.Groups {
			f, err := r.value(in, &ColumnRef{[]string{g}})
			if err != nil {
				return nil, err
			}
			rel.entries = append(rel.entries, entry{name: f.name, org: f.org})
		}
	default:
		for _, e := range in.frame.entries {
			switch {
			case e.isColumn() && used[r.fold(e.name)]:
				continue
			case e.open != nil:
				e.open = e.open.without(slices.Sorted(maps.Keys(used))...)
			}
			rel.entries = append(rel.entries, e)
		}
	}
	for _, e := range rel.entries {
		r.rows.add(e.org)
	}
	if p.Open != "" {
		all := on
		for _, a := range aggregates {
			all = all.merge(a)
		}
		rel.entries = append(rel.entries, entry{unknown: p.Open, org: all.derive(), computed: true})
	}
	for _, value := range p.Outputs {
		for i, a := range p.Aggregates {
			name := value
			if len(p.Aggregates) > 1 || a.Aliased {
				name = strings.TrimSuffix(value+"_"+a.Name, "_")
			}
			rel.entries = append(rel.entries, entry{name: name, org: aggregates[i].merge(on).derive()})
		}
	}
	return rel, nil
}

// names calls f with every name that an expression uses without a qualifier, and the last part of others.
func names(e Expr, f func(string)) {
	switch e := e.(type) {
	case *ColumnRef:
		if len(e.Parts) > 0 {
			f(e.Parts[len(e.Parts)-1])
		}
	case *Same:
		names(e.Arg, f)
	case *Lambda:
		names(e.Body, f)
	case *Call:
		for _, a := range e.Args {
			names(a, f)
		}
	}
}

func (r *resolver) unpivot(u *Unpivot, sc *scope) (*relation, error) {
	in, err := r.inSource(u.Source, sc)
	if err != nil {
		return nil, err
	}
	values := make([]origin, len(u.ValueColumns))
	used := map[string]bool{}
	unknown := ""
	for _, row := range u.Entries {
		for i, e := range row {
			if s, ok := e.(*Star); ok {
				plain := *s
				plain.Expand = false
				entries, err := r.star(in, &plain)
				if err != nil {
					return nil, err
				}
				for _, c := range entries {
					if !c.isColumn() {
						unknown = c.whyOpen()
						continue
					}
					used[r.fold(c.name)] = true
					if i < len(values) {
						values[i] = values[i].merge(c.org)
					}
				}
				continue
			}
			o, err := r.expr(in, e)
			if err != nil {
				return nil, err
			}
			names(e, func(n string) { used[r.fold(n)] = true })
			if i < len(values) {
				values[i] = values[i].merge(o)
			}
		}
	}
	rel := &relation{name: u.Alias}
	for _, e := range in.frame.entries {
		switch {
		case e.isColumn() && used[r.fold(e.name)]:
			continue
		case e.open != nil && unknown != "":
			continue
		case e.open != nil:
			e.open = e.open.without(slices.Sorted(maps.Keys(used))...)
		}
		rel.entries = append(rel.entries, e)
	}
	for _, n := range u.NameColumns {
		rel.entries = append(rel.entries, entry{name: n})
	}
	for i, n := range u.ValueColumns {
		if unknown != "" && values[i].why == "" {
			values[i].why = unknown
		}
		if !u.KeepNulls {
			r.rows.add(values[i])
		}
		rel.entries = append(rel.entries, entry{name: n, org: values[i]})
	}
	return rel, nil
}
