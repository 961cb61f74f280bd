package values

import (
	"io"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// Printer is implemented by a thread's Local when print_table and its like may
// write: they print to standard output in dbt.
type Printer interface {
	Stdout() io.Writer
}

func (a args) print(fn, text string) (jinja.Value, error) {
	p, ok := a.t.Local.(Printer)
	if !ok {
		return nil, compilationError("%s cannot print here", fn)
	}
	if _, err := io.WriteString(p.Stdout(), text); err != nil {
		return nil, err
	}
	return jinja.None, nil
}

var tableMethods = methods[*Table]{
	"print_table": func(t *Table, a args) (jinja.Value, error) {
		o, err := tableOptions(a)
		if err != nil {
			return nil, err
		}
		return a.print("print_table", t.Format(o))
	},
	"print_structure": func(t *Table, a args) (jinja.Value, error) {
		if _, err := a.bind("print_structure", optional("output"), optional("max_rows")); err != nil {
			return nil, err
		}
		return a.print("print_structure", t.structure())
	},
	"print_csv":  func(t *Table, a args) (jinja.Value, error) { return a.print("print_csv", t.CSV()) },
	"print_json": func(t *Table, a args) (jinja.Value, error) { return t.printJSON(a) },
	"select": func(t *Table, a args) (jinja.Value, error) {
		v, err := a.bind("select", required("key"))
		if err != nil {
			return nil, err
		}
		cols, err := t.find(v[0])
		if err != nil {
			return nil, err
		}
		return t.pick(cols), nil
	},
	"exclude": func(t *Table, a args) (jinja.Value, error) {
		v, err := a.bind("exclude", required("key"))
		if err != nil {
			return nil, err
		}
		drop, err := names(v[0])
		if err != nil {
			return nil, err
		}
		var cols []int
		for i, n := range t.names {
			if !slices.Contains(drop, n) {
				cols = append(cols, i)
			}
		}
		return t.pick(cols), nil
	},
	"rename": func(t *Table, a args) (jinja.Value, error) { return t.rename(a) },
	"limit": func(t *Table, a args) (jinja.Value, error) {
		v, err := a.bind("limit", required("start_or_stop"), optional("stop"), optional("step"))
		if err != nil {
			return nil, err
		}
		s := jinja.Slice{Start: jinja.None, Stop: v[0], Step: jinja.None}
		if !isNone(v[1]) || !isNone(v[2]) {
			s = jinja.Slice{Start: v[0], Stop: v[1], Step: v[2]}
		}
		return t.slice(a.t, &s)
	},
	"where": func(t *Table, a args) (jinja.Value, error) {
		rows, err := t.matching(a, "where", -1)
		return t.take(rows), err
	},
	"find": func(t *Table, a args) (jinja.Value, error) {
		rows, err := t.matching(a, "find", 1)
		if err != nil || len(rows) == 0 {
			return jinja.None, err
		}
		return t.Row(rows[0]), nil
	},
	"order_by": func(t *Table, a args) (jinja.Value, error) {
		v, err := a.bind("order_by", required("key"), jinja.Param{Name: "reverse", Default: jinja.False})
		if err != nil {
			return nil, err
		}
		return t.orderBy(a.t, v[0], v[1].Truth())
	},
	"distinct": func(t *Table, a args) (jinja.Value, error) {
		v, err := a.bind("distinct", optional("key"))
		if err != nil {
			return nil, err
		}
		return t.distinct(a.t, v[0])
	},
	"group_by": func(t *Table, a args) (jinja.Value, error) {
		v, err := a.bind("group_by", required("key"), optional("key_name"), optional("key_type"))
		if err != nil {
			return nil, err
		}
		return t.groupBy(a.t, v[0])
	},
}

// names reads one name or a sequence of names.
func names(v jinja.Value) ([]string, error) {
	if s, ok := jinja.AsString(v); ok {
		return []string{s}, nil
	}
	elems, err := jinja.ListOf(v)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(elems))
	for i, e := range elems {
		out[i] = e.String()
	}
	return out, nil
}

// find gives the positions of columns by name.
func (t *Table) find(key jinja.Value) ([]int, error) {
	wanted, err := names(key)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(wanted))
	for i, n := range wanted {
		c := slices.Index(t.names, n)
		if c < 0 {
			return nil, jinja.Raise("KeyError", jinja.Str(n).Repr())
		}
		out[i] = c
	}
	return out, nil
}

// pick makes a table of some columns.
func (t *Table) pick(cols []int) *Table {
	out := &Table{n: t.n}
	for _, c := range cols {
		out.names = append(out.names, t.names[c])
		out.types = append(out.types, t.types[c])
		out.vals = append(out.vals, t.column(c))
	}
	out.cols = make([][]any, len(out.names))
	return out
}

// take makes a table of some rows.
func (t *Table) take(rows []int) *Table {
	vals := make([][]jinja.Value, len(t.names))
	for c := range vals {
		col := t.column(c)
		vals[c] = make([]jinja.Value, len(rows))
		for i, r := range rows {
			vals[c][i] = col[r]
		}
	}
	return newTable(t.names, t.types, vals, len(rows))
}

func (t *Table) slice(th *jinja.Thread, s *jinja.Slice) (jinja.Value, error) {
	all := make([]jinja.Value, t.n)
	for i := range all {
		all[i] = jinja.Int(i)
	}
	v, err := jinja.GetItem(th, jinja.Tuple(all), s)
	if err != nil {
		return nil, err
	}
	elems, err := jinja.ListOf(v)
	if err != nil {
		return nil, err
	}
	rows := make([]int, len(elems))
	for i, e := range elems {
		rows[i] = int(e.(jinja.Int))
	}
	return t.take(rows), nil
}

// matching lists the rows for which a callable gives a true value, at most max
// when max is positive.
func (t *Table) matching(a args, fn string, max int) ([]int, error) {
	v, err := a.bind(fn, required("test"))
	if err != nil {
		return nil, err
	}
	var rows []int
	for i := range t.n {
		ok, err := jinja.CallValue(a.t, v[0], []jinja.Value{t.Row(i)}, nil)
		if err != nil {
			return nil, err
		}
		if ok.Truth() {
			rows = append(rows, i)
		}
		if len(rows) == max {
			break
		}
	}
	return rows, nil
}

// keyOf is the sort or group key of each row: a column, several columns or what
// a callable gives.
func (t *Table) keyOf(th *jinja.Thread, key jinja.Value) ([]jinja.Value, error) {
	out := make([]jinja.Value, t.n)
	if jinja.IsCallable(key) {
		for i := range out {
			v, err := jinja.CallValue(th, key, []jinja.Value{t.Row(i)}, nil)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
	cols, err := t.find(key)
	if err != nil {
		return nil, err
	}
	if _, one := jinja.AsString(key); one {
		return t.column(cols[0]), nil
	}
	for i := range out {
		k := make(jinja.Tuple, len(cols))
		for j, c := range cols {
			k[j] = t.column(c)[i]
		}
		out[i] = k
	}
	return out, nil
}

// compareNullsLast orders values with None behind everything else.
func compareNullsLast(a, b jinja.Value) (int, error) {
	x, ok1 := a.(jinja.Tuple)
	y, ok2 := b.(jinja.Tuple)
	if ok1 && ok2 && len(x) == len(y) {
		for i := range x {
			if c, err := compareNullsLast(x[i], y[i]); c != 0 || err != nil {
				return c, err
			}
		}
		return 0, nil
	}
	switch {
	case a == jinja.None && b == jinja.None:
		return 0, nil
	case a == jinja.None:
		return 1, nil
	case b == jinja.None:
		return -1, nil
	}
	return jinja.Compare(a, b)
}

// sortedOrder is the stable order of keys.
func sortedOrder(keys []jinja.Value, reverse bool) ([]int, error) {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	var failed error
	slices.SortStableFunc(order, func(i, j int) int {
		c, err := compareNullsLast(keys[i], keys[j])
		if err != nil && failed == nil {
			failed = err
		}
		if reverse {
			return -c
		}
		return c
	})
	return order, failed
}

func sorted(vals []jinja.Value) (jinja.Value, error) {
	order, err := sortedOrder(vals, false)
	if err != nil {
		return nil, err
	}
	l := jinja.NewList()
	for _, i := range order {
		l.Append(vals[i])
	}
	return l, nil
}

func (t *Table) orderBy(th *jinja.Thread, key jinja.Value, reverse bool) (jinja.Value, error) {
	keys, err := t.keyOf(th, key)
	if err != nil {
		return nil, err
	}
	order, err := sortedOrder(keys, reverse)
	if err != nil {
		return nil, err
	}
	return t.take(order), nil
}

func (t *Table) distinct(th *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	if isNone(key) {
		l := jinja.NewList()
		for _, n := range t.names {
			l.Append(jinja.Str(n))
		}
		key = l
	}
	keys, err := t.keyOf(th, key)
	if err != nil {
		return nil, err
	}
	seen := jinja.NewDict()
	var rows []int
	for i, k := range keys {
		_, dup, err := seen.Get(k)
		if err != nil {
			return nil, err
		}
		if !dup {
			rows = append(rows, i)
			if err := seen.Set(k, jinja.True); err != nil {
				return nil, err
			}
		}
	}
	return t.take(rows), nil
}

// groupBy is agate's TableSet, as a sequence of tables with keys.
func (t *Table) groupBy(th *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	keys, err := t.keyOf(th, key)
	if err != nil {
		return nil, err
	}
	groups := jinja.NewDict()
	var order [][]int
	for i, k := range keys {
		g, ok, err := groups.Get(k)
		if err != nil {
			return nil, err
		}
		if !ok {
			g = jinja.Int(len(order))
			if err := groups.Set(k, g); err != nil {
				return nil, err
			}
			order = append(order, nil)
		}
		order[g.(jinja.Int)] = append(order[g.(jinja.Int)], i)
	}
	out := &seq{class: "TableSet", keys: []string{}}
	for i, k := range groups.Keys() {
		out.keys = append(out.keys, k.String())
		out.elems = append(out.elems, t.take(order[i]))
	}
	return out, nil
}

func (t *Table) rename(a args) (jinja.Value, error) {
	v, err := a.bind("rename", optional("column_names"), optional("row_names"))
	if err != nil {
		return nil, err
	}
	if !isNone(v[1]) {
		return nil, compilationError("Table.rename of agate is not supported with row_names")
	}
	renamed := slices.Clone(t.names)
	if d, ok := v[0].(*jinja.Dict); ok {
		for i, n := range t.names {
			if to, ok := d.GetStr(n); ok {
				renamed[i] = to.String()
			}
		}
	} else if !isNone(v[0]) {
		list, err := names(v[0])
		if err != nil {
			return nil, err
		}
		if len(list) != len(t.names) {
			return nil, jinja.Raise("ValueError", "column_names and column_types must be the same length.")
		}
		renamed = list
	}
	all := make([]int, len(t.names))
	for i := range all {
		all[i] = i
	}
	out := t.pick(all)
	out.names = renamed
	return out, nil
}
