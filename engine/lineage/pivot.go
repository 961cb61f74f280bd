package lineage

import (
	"maps"
	"slices"
	"strings"
)

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
