package lineage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// columnsItem is an item that is meant once for each column of its stars.
func (r *resolver) columnsItem(sc *scope, item Item, stars []*Star) ([]entry, error) {
	lists := make([][]entry, len(stars))
	for i, s := range stars {
		plain := *s
		plain.Expand, plain.Alias = false, nil
		list, err := r.star(sc, &plain)
		if err != nil {
			return nil, err
		}
		lists[i] = list
	}
	var out []entry
	for k, e := range lists[0] {
		if !e.isColumn() {
			out = append(out, entry{unknown: e.whyOpen()})
			continue
		}
		inner := *sc
		inner.bound = map[*Star]entry{}
		for i, s := range stars {
			if k < len(lists[i]) {
				inner.bound[s] = lists[i][k]
			}
		}
		f, err := r.value(&inner, item.Expr)
		if err != nil {
			return nil, err
		}
		name := e.name
		switch {
		case stars[0].Alias != nil:
			name = stars[0].Alias(e.name)
		case item.Aliased:
			name = item.Name
		}
		out = append(out, entry{name: name, org: f.org, aggregate: f.aggregate})
	}
	return out, nil
}

// expanded finds the stars that an expression is to be repeated for.
func expanded(e Expr) []*Star {
	switch e := e.(type) {
	case *Star:
		if e.Expand {
			return []*Star{e}
		}
	case *Same:
		return expanded(e.Arg)
	case *Lambda:
		return expanded(e.Body)
	case *Call:
		var out []*Star
		for _, a := range e.Args {
			out = append(out, expanded(a)...)
		}
		return out
	}
	return nil
}

// star gives the columns that a star stands for.
func (r *resolver) star(sc *scope, s *Star) ([]entry, error) {
	entries := sc.frame.entries
	if len(s.Qualifier) > 0 {
		rel, f, err := r.qualified(sc, s.Qualifier)
		switch {
		case err != nil:
			return nil, err
		case rel == nil:
			return []entry{{unknown: fmt.Sprintf("the columns of %s.* are not known", strings.Join(s.Qualifier, ".")), org: f.org.derive(), computed: f.org.why == ""}}, nil
		}
		entries = rel.entries
	}
	if s.Unknown != "" {
		return []entry{{unknown: s.Unknown}}, nil
	}
	var out []entry
	for _, e := range entries {
		if !e.isColumn() {
			es, err := r.unknownOfStar(sc, s, e)
			if err != nil {
				return nil, err
			}
			out = append(out, es...)
			continue
		}
		if slices.ContainsFunc(s.Exclude, func(x string) bool { return r.same(x, e.name) }) {
			continue
		}
		if s.Only != nil && !slices.ContainsFunc(s.Only, func(x string) bool { return r.same(x, e.name) }) || s.Match != nil && !s.Match(e.name) {
			continue
		}
		col := entry{name: e.name, org: e.org, aggregate: e.aggregate}
		for _, x := range s.Replace {
			if r.same(x.Name, e.name) {
				f, err := r.value(sc, x.Expr)
				if err != nil {
					return nil, err
				}
				col.org, col.name = f.org, x.Name
			}
		}
		for from, to := range s.Rename {
			if r.same(from, e.name) {
				col.name = to
			}
		}
		if s.Alias != nil {
			col.name = s.Alias(e.name)
		}
		out = append(out, col)
	}
	return out, nil
}

// unknownOfStar is what a star makes of columns that are not known: those that it names itself must be among them.
func (r *resolver) unknownOfStar(sc *scope, s *Star, e entry) ([]entry, error) {
	if s.Match != nil {
		return []entry{{unknown: "a star takes columns by their names, and " + e.whyOpen()}}, nil
	}
	if e.open == nil {
		return []entry{{unknown: e.unknown, org: e.org, computed: e.computed}}, nil
	}
	var out []entry
	var hide []string
	named := func(name string) bool { _, ok := r.known(sc.frame.entries, name); return ok }
	for _, x := range s.Exclude {
		hide = append(hide, r.fold(x))
	}
	if s.Only != nil {
		for _, x := range s.Only {
			if f, ok := r.opened([]entry{e}, x, ""); ok && !named(x) {
				out = append(out, entry{name: f.name, org: f.org})
			}
		}
		return out, nil
	}
	for _, x := range s.Replace {
		hide = append(hide, r.fold(x.Name))
		if named(x.Name) {
			continue
		}
		f, err := r.value(sc, x.Expr)
		if err != nil {
			return nil, err
		}
		out = append(out, entry{name: x.Name, org: f.org})
	}
	for _, from := range sortedKeys(s.Rename) {
		hide = append(hide, r.fold(from))
		if f, ok := r.opened([]entry{e}, from, ""); ok && !named(from) {
			out = append(out, entry{name: s.Rename[from], org: f.org})
		}
	}
	if s.Alias != nil {
		return append(out, entry{unknown: e.whyOpen()}), nil
	}
	return append(out, entry{open: e.open.without(hide...)}), nil
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
