package lineage

import (
	"errors"
	"fmt"
	"strings"
)

// resolver finds what the columns of one query come from.
type resolver struct {
	dialect Dialect
	// table finds a relation of the project; nil when there is none of that name.
	table func(t *Table) *table
	// rows collects the filters of what is being resolved.
	rows *filters
	// budget is how many more columns the query may have, counted over all its parts: a text can double them with each
	// WITH.
	budget int
}

// maxColumns bounds the columns of all parts of a query together.
const maxColumns = 1 << 19

var errTooLarge = errors.New("the query has too many columns to trace")

// resolve gives the columns of a query, and the columns that decide which rows come out.
func resolve(q *Query, d Dialect, lookup func(t *Table) *table) ([]entry, *filters, error) {
	r := &resolver{dialect: d, table: lookup, rows: &filters{}, budget: maxColumns}
	entries, err := r.query(q, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	return entries, r.rows, nil
}

// collect runs f with the filters apart.
func (r *resolver) collect(f func() error) (*filters, error) {
	kept := r.rows
	r.rows = &filters{}
	defer func() { r.rows = kept }()
	err := f()
	return r.rows, err
}

func (r *resolver) spend(n int) error {
	if r.budget -= n; r.budget < 0 {
		return errTooLarge
	}
	return nil
}

// query resolves a query inside env and the scopes around it.
func (r *resolver) query(q *Query, env *environment, outer *scope) ([]entry, error) {
	if q == nil {
		return nil, nil
	}
	if len(q.With) > 0 {
		for i := range q.With {
			c := &cte{def: &q.With[i], outer: outer}
			next := &environment{outer: env, ctes: []*cte{c}}
			c.env = env
			if c.def.Recursive { // it sees itself and the siblings after it
				c.env = next
			}
			env = next
		}
		if q.With[0].Recursive {
			all := env
			for e := env; len(q.With) > 1 && e != nil && len(e.ctes) > 0; e = e.outer {
				e.ctes[0].env = all
				if e.ctes[0].def == &q.With[0] {
					break
				}
			}
		}
	}
	sc := &scope{outer: outer, ctes: env}
	var entries []entry
	var err error
	cut := q.Limited
	switch b := q.Body.(type) {
	case *Select:
		if entries, err = r.selects(b, sc); err != nil {
			return nil, err
		}
		cut = cut || len(b.DistinctOn) > 0
	case *SetOp:
		if entries, err = r.setOp(b, env, outer, nil); err != nil {
			return nil, err
		}
	case *Values:
		if entries, err = r.values(b, sc); err != nil {
			return nil, err
		}
	case *Opaque:
		entries = []entry{{unknown: b.Reason}}
	}
	if cut {
		order := *sc
		order.aliases, order.aliasesFirst = entries, true
		if err := r.filter(&order, entries, q.OrderBy...); err != nil {
			return nil, err
		}
		if q.OrderByAll {
			r.rows.add(r.row(entries))
		}
	}
	return entries, r.filter(sc, entries, q.Limit...)
}

// filter takes what the expressions read for what decides which rows come out; items is the select list, for ordinals.
func (r *resolver) filter(sc *scope, items []entry, exprs ...Expr) error {
	for _, e := range exprs {
		if n, ok := e.(*Ordinal); ok {
			if i := n.Index - 1; i >= 0 && i < len(items) && !open(items[:i+1]) {
				r.rows.add(items[i].org)
			}
			continue
		}
		o, err := r.expr(sc, e)
		if err != nil {
			return err
		}
		r.rows.add(o)
	}
	return nil
}

// selects resolves a SELECT; what FROM gives is left in the scope.
func (r *resolver) selects(s *Select, sc *scope) ([]entry, error) {
	for _, item := range s.From {
		f, err := r.from(item, sc)
		if err != nil {
			return nil, err
		}
		sc.frame.add(f)
	}
	var out []entry
	for _, item := range s.Items {
		es, err := r.item(sc, item)
		if err != nil {
			return nil, err
		}
		if err := r.spend(len(es)); err != nil {
			return nil, err
		}
		out = append(out, es...)
		if r.dialect.AliasReuse && item.Aliased && len(es) == 1 {
			sc.aliases = append(sc.aliases, es[0])
		}
	}
	if err := r.filter(sc, out, s.Where...); err != nil {
		return nil, err
	}
	grouped := *sc
	grouped.aliases = out // an alias where no column has the name
	if err := r.filter(&grouped, out, s.GroupBy...); err != nil {
		return nil, err
	}
	if s.GroupByAll {
		for _, e := range out {
			if !e.aggregate {
				r.rows.add(e.org)
			}
		}
	}
	if err := r.filter(sc, out, s.Having...); err != nil {
		return nil, err
	}
	if s.Distinct && len(s.DistinctOn) == 0 {
		for _, e := range out {
			r.rows.add(e.org)
		}
	}
	distinct := *sc
	distinct.aliases, distinct.aliasesFirst = out, true
	return out, r.filter(&distinct, out, s.DistinctOn...)
}

// item gives the columns of an item of a select list.
func (r *resolver) item(sc *scope, item Item) ([]entry, error) {
	if s, ok := item.Expr.(*Star); ok && !s.Expand {
		return r.star(sc, s)
	}
	if stars := expanded(item.Expr); len(stars) > 0 {
		return r.columnsItem(sc, item, stars)
	}
	fields, isFields := item.Expr.(*Fields)
	if isFields && len(fields.Known) > 0 {
		var out []entry
		for _, k := range fields.Known {
			f, err := r.value(sc, k.Expr)
			if err != nil {
				return nil, err
			}
			out = append(out, entry{name: k.Name, org: f.org.derive(), aggregate: f.aggregate})
		}
		return out, nil
	}
	f, err := r.value(sc, item.Expr)
	if err != nil {
		return nil, err
	}
	if isFields {
		return []entry{{unknown: "the fields of a value are taken, whose names are not known", org: f.org, computed: f.org.why == ""}}, nil
	}
	name := item.Name
	if name == "" {
		name = f.name
	}
	return []entry{{name: name, org: f.org, aggregate: f.aggregate}}, nil
}

// qualified finds the relation of `t.*`; without one, what the name means otherwise.
func (r *resolver) qualified(sc *scope, parts []string) (*relation, found, error) {
	for s := sc; s != nil; s = s.outer {
		if len(parts) <= 3 {
			if rel := r.relation(s.frame, parts); rel != nil {
				return rel, found{}, nil
			}
		}
	}
	f, ok := r.lookup(sc, parts)
	if !ok {
		f.org.why = fmt.Sprintf("no relation of the query is called %s", strings.Join(parts, "."))
	}
	return nil, f, nil
}

// expr is the origin of an expression.
func (r *resolver) expr(sc *scope, e Expr) (origin, error) {
	f, err := r.value(sc, e)
	return f.org, err
}

// value is what an expression comes from.
func (r *resolver) value(sc *scope, e Expr) (found, error) {
	switch e := e.(type) {
	case *ColumnRef:
		if len(e.Parts) == 0 {
			return found{}, nil
		}
		if f, ok := r.lookup(sc, e.Parts); ok {
			return f, nil
		}
		name := strings.Join(e.Parts, ".")
		return found{org: origin{why: fmt.Sprintf("no relation of the query has a column %q", name)}, name: e.Parts[len(e.Parts)-1]}, nil
	case *Same:
		return r.value(sc, e.Arg)
	case *Fields:
		f, err := r.value(sc, e.Arg)
		f.org = f.org.derive()
		return f, err
	case *Star:
		if b, ok := sc.bound[e]; ok {
			return found{org: b.org, name: b.name, aggregate: b.aggregate}, nil
		}
		plain := *e
		plain.Expand = false
		entries, err := r.star(sc, &plain)
		return found{org: r.row(entries)}, err
	case *Call:
		return r.call(sc, e)
	case *Lambda:
		inner := &scope{outer: sc, ctes: sc.ctes, params: e.Params, bound: sc.bound}
		return r.value(inner, e.Body)
	case *Position:
		if i := e.Index - 1; i >= 0 && i < len(sc.frame.entries) && !open(sc.frame.entries[:i+1]) {
			return found{org: sc.frame.entries[i].org, name: sc.frame.entries[i].name}, nil
		}
		return found{org: origin{why: fmt.Sprintf("it is not known which column #%d is", e.Index)}}, nil
	case *Subquery:
		return r.subquery(sc, e)
	}
	return found{}, nil
}

func (r *resolver) call(sc *scope, e *Call) (found, error) {
	f := found{aggregate: e.Aggregate}
	for _, a := range e.Args {
		v, err := r.value(sc, a)
		if err != nil {
			return f, err
		}
		f.org = f.org.merge(v.org)
		f.aggregate = f.aggregate || v.aggregate
	}
	if len(e.Maybe) > 0 {
		if v, ok := r.lookup(sc, e.Maybe); ok && v.org.why == "" {
			f.org = f.org.merge(v.org)
		}
	}
	if e.Unknown != "" && f.org.why == "" {
		f.org.why = e.Unknown
	}
	f.org = f.org.derive()
	if e.Rows {
		r.rows.add(f.org)
	}
	return f, nil
}

func (r *resolver) subquery(sc *scope, e *Subquery) (found, error) {
	var f found
	var entries []entry
	inner, err := r.collect(func() (err error) {
		entries, err = r.query(e.Query, sc.ctes, sc)
		return err
	})
	if err != nil {
		return f, err
	}
	if e.Exists {
		f.org = inner.origin()
	} else {
		r.rows.addAll(inner)
		for i := range entries {
			f.org = f.org.merge(entries[i].org)
			if why := entries[i].whyOpen(); why != "" && f.org.why == "" && !entries[i].computed {
				f.org.why = why
			}
			if len(entries) == 1 {
				f.name = entries[i].name
			}
		}
	}
	for _, a := range e.Args {
		o, err := r.expr(sc, a)
		if err != nil {
			return f, err
		}
		f.org = f.org.merge(o)
	}
	if e.Exists || e.Computed || len(e.Args) > 0 {
		f.org = f.org.derive()
	}
	return f, nil
}
