package lineage

import (
	"fmt"
	"slices"
	"strings"
)

// table is a relation of the project as a query sees it.
type table struct {
	node    string
	columns []string
	// open says why there may be other columns, ask looks one of them up: it gives the name as the relation spells it.
	// ok is false when it is none after all.
	open string
	ask  func(name string) (spelled string, ok bool)
}

// opening stands for those columns of a table whose names are not known.
type opening struct {
	table *table
	// hidden are the names that it does not give, folded.
	hidden []string
	asked  map[string]bool
}

func (o *opening) without(names ...string) *opening {
	return &opening{o.table, append(slices.Clone(o.hidden), names...), o.asked}
}

// entry is a column, or a run of columns whose names are not known.
type entry struct {
	name string
	org  origin
	// open has the columns that a table may have besides those known.
	open *opening
	// unknown says why there may be more columns here. They all have the origin org, if computed is set.
	unknown  string
	computed bool
	// aggregate tells that the column is computed over a group.
	aggregate bool
}

func (e *entry) isColumn() bool { return e.open == nil && e.unknown == "" }

// whyOpen says why the names of the columns are not known; "" for a column.
func (e *entry) whyOpen() string {
	if e.open != nil {
		return e.open.table.open
	}
	return e.unknown
}

// relation is an item of FROM under its name.
type relation struct {
	catalog, schema, name string
	entries               []entry
	system                bool // it has the dialect's system columns
}

// frame is what FROM gives: the columns in the order of `*`, and the relations that they can be named with.
type frame struct {
	entries []entry
	rels    []*relation
}

func (f *frame) add(g frame) {
	f.entries = append(f.entries, g.entries...)
	f.rels = append(f.rels, g.rels...)
}

// scope is where a name is looked up: first here, then outside.
type scope struct {
	outer *scope
	ctes  *environment
	frame frame
	// params are the names of a lambda's arguments, folded.
	params []string
	// aliases are the items of the select list so far; aliasesFirst tells that they come before columns.
	aliases      []entry
	aliasesFirst bool
	// bound is the column that stands for each star of an expression meant once for each column.
	bound map[*Star]entry
}

// found is what a name means.
type found struct {
	org origin
	// name is the column's name as its relation spells it; "" when the name is none of a column.
	name      string
	aggregate bool
}

func (r *resolver) fold(name string) string {
	if r.dialect.FoldCase {
		return strings.ToLower(name)
	}
	return name
}

func (r *resolver) same(a, b string) bool {
	return a == b || r.dialect.FoldCase && strings.EqualFold(a, b)
}

// known finds a column by its name.
func (r *resolver) known(entries []entry, name string) (found, bool) {
	at := -1
	for i := range entries {
		if e := &entries[i]; e.isColumn() && r.same(e.name, name) {
			if at >= 0 {
				return found{org: origin{why: fmt.Sprintf("%q is ambiguous", name)}, name: name}, true
			}
			at = i
		}
	}
	if at < 0 {
		return found{}, false
	}
	return found{entries[at].org, entries[at].name, entries[at].aggregate}, true
}

// opened looks a column up among those whose names are not known. elsewhere says what else the name may mean, "" if nothing.
func (r *resolver) opened(entries []entry, name, elsewhere string) (found, bool) {
	var opens []*opening
	var unknown *entry
	for i := range entries {
		e := &entries[i]
		switch {
		case e.open != nil && !slices.Contains(e.open.hidden, r.fold(name)):
			if e.open.asked[r.fold(name)] {
				return r.ask(e.open, name)
			}
			opens = append(opens, e.open)
		case e.unknown != "" && unknown == nil:
			unknown = e
		}
	}
	switch {
	case len(opens) == 0 && unknown == nil:
		return found{}, false
	case elsewhere != "":
		return found{org: origin{why: fmt.Sprintf("%q may be %s or a column that is not known: %s", name, elsewhere, entriesWhy(entries))}, name: name}, true
	case len(opens) == 1 && unknown == nil:
		return r.ask(opens[0], name)
	case len(opens) == 0 && unknown.computed:
		return found{org: unknown.org, name: name}, true
	case len(opens) == 0:
		return found{org: origin{why: unknown.unknown}, name: name}, true
	}
	var names []string
	for _, o := range opens {
		names = append(names, o.table.node)
	}
	if unknown != nil {
		return found{org: origin{why: fmt.Sprintf("%q may be a column of %s, or not: %s", name, strings.Join(names, " or "), unknown.unknown)}, name: name}, true
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return found{org: origin{why: fmt.Sprintf("%q may be a column of %s, whose columns are not known", name, strings.Join(names, " or "))}, name: name}, true
}

func entriesWhy(entries []entry) string {
	for i := range entries {
		if why := entries[i].whyOpen(); why != "" {
			return why
		}
	}
	return ""
}

func (r *resolver) ask(o *opening, name string) (found, bool) {
	spelled, ok := o.table.ask(name)
	if !ok {
		return found{}, false
	}
	o.asked[r.fold(name)] = true
	return found{org: origin{from: []Edge{{Ref{o.table.node, spelled}, Direct}}}, name: spelled}, true
}

// column looks a column up in a relation.
func (r *resolver) column(rel *relation, name string) (found, bool) {
	if f, ok := r.known(rel.entries, name); ok {
		return f, true
	}
	if rel.system && slices.Contains(r.dialect.SystemColumns, r.fold(name)) {
		return found{org: origin{why: fmt.Sprintf("%s is a system column of %s", name, rel.name)}, name: name}, true
	}
	return r.opened(rel.entries, name, "")
}

// relation finds a relation by its name with the schema and catalog before it.
func (r *resolver) relation(f frame, parts []string) *relation {
	n := len(parts)
	for _, rel := range f.rels {
		if !r.same(rel.name, parts[n-1]) {
			continue
		}
		switch n {
		case 1:
			return rel
		case 2: // a schema, or a catalog
			if rel.schema != "" && r.same(rel.schema, parts[0]) || rel.catalog != "" && r.same(rel.catalog, parts[0]) {
				return rel
			}
		case 3:
			if r.same(rel.schema, parts[1]) && r.same(rel.catalog, parts[0]) {
				return rel
			}
		}
	}
	return nil
}

// lookup finds what a name with dots means, from the innermost scope outwards.
func (r *resolver) lookup(sc *scope, parts []string) (found, bool) {
	for ; sc != nil; sc = sc.outer {
		if slices.ContainsFunc(sc.params, func(p string) bool { return r.same(p, parts[0]) }) {
			return found{name: parts[len(parts)-1]}, true
		}
		if f, ok := r.here(sc, parts); ok {
			return f, true
		}
	}
	return found{}, false
}

// here is lookup in one scope.
func (r *resolver) here(sc *scope, parts []string) (found, bool) {
	field := func(f found, rest []string) (found, bool) {
		if len(rest) > 0 {
			f.org, f.name = f.org.derive(), rest[len(rest)-1]
		}
		return f, true
	}
	if sc.aliasesFirst && len(parts) == 1 {
		if f, ok := r.known(sc.aliases, parts[0]); ok {
			return f, true
		}
	}
	for i := min(len(parts)-1, 3); i > 0; i-- {
		if rel := r.relation(sc.frame, parts[:i]); rel != nil {
			if f, ok := r.column(rel, parts[i]); ok {
				return field(f, parts[i+1:])
			}
			if i == len(parts)-1 { // t.x, and t has none
				if _, ok := r.known(sc.frame.entries, parts[0]); !ok {
					return found{org: origin{why: fmt.Sprintf("%s has no column %q", rel.name, parts[i])}, name: parts[i]}, true
				}
			}
		}
	}
	name, rest := parts[0], parts[1:]
	if f, ok := r.known(sc.frame.entries, name); ok {
		return field(f, rest)
	}
	elsewhere := ""
	if len(sc.aliases) > 0 {
		if f, ok := r.known(sc.aliases, name); ok {
			if !open(sc.frame.entries) {
				return field(f, rest)
			}
			elsewhere = "an alias of the select list"
		}
	}
	for up := sc.outer; up != nil && elsewhere == ""; up = up.outer {
		if _, ok := r.known(up.frame.entries, name); ok {
			elsewhere = "a column of the query around"
		}
	}
	if len(parts) == 1 && elsewhere == "" && slices.Contains(r.dialect.ValueFunctions, r.fold(name)) {
		return found{name: r.fold(name)}, true
	}
	if rel := r.relation(sc.frame, parts[:1]); rel != nil && elsewhere == "" && len(parts) == 1 {
		return found{org: r.row(rel.entries), name: name}, true // the row as a whole
	}
	if f, ok := r.opened(sc.frame.entries, name, elsewhere); ok {
		return field(f, rest)
	}
	if elsewhere == "an alias of the select list" {
		f, _ := r.known(sc.aliases, name)
		return field(f, rest)
	}
	return found{}, false
}

func open(entries []entry) bool {
	return slices.ContainsFunc(entries, func(e entry) bool { return !e.isColumn() })
}

// row is the origin of a value made of all columns.
func (r *resolver) row(entries []entry) origin {
	var o origin
	for i := range entries {
		e := &entries[i]
		o = o.merge(e.org)
		if why := e.whyOpen(); why != "" && o.why == "" && !e.computed {
			o.why = why
		}
	}
	return o.derive()
}
