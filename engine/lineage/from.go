package lineage

import (
	"fmt"
	"slices"
)

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
