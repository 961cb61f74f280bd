package pymod

import "github.com/gdbt-dev/gdbt/engine/jinja"

type values = []jinja.Value

// maxProduct bounds how many tuples the combinatoric functions gather.
const maxProduct = 1_000_000

// Itertools gives the members of dbt's modules.itertools. What they give are
// iterators, gone through once; endless ones must be cut with islice. onCall is
// told of every call, see [Modules].
func Itertools(onCall func() error) jinja.Value {
	m := newModule()
	m.before = onCall
	gen := func(name string, next func() (jinja.Value, bool, error)) jinja.Value {
		return jinja.NewGenerator("itertools."+name, next)
	}
	fromSlice := func(name string, vals values) jinja.Value {
		i := 0
		return gen(name, func() (jinja.Value, bool, error) {
			if i >= len(vals) {
				return nil, false, nil
			}
			i++
			return vals[i-1], true, nil
		})
	}
	m.def("count", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("count", args, kwargs, p("start", jinja.Int(0)), p("step", jinja.Int(1)))
		if err != nil {
			return nil, err
		}
		cur := a[0]
		return gen("count", func() (jinja.Value, bool, error) {
			v := cur
			var err error
			cur, err = jinja.Add(cur, a[1])
			return v, err == nil, err
		}), nil
	})
	m.def("cycle", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("cycle", args, kwargs, p("iterable", nil))
		if err != nil {
			return nil, err
		}
		vals, err := jinja.ListOf(a[0])
		if err != nil {
			return nil, err
		}
		i := 0
		return gen("cycle", func() (jinja.Value, bool, error) {
			if len(vals) == 0 {
				return nil, false, nil
			}
			i++
			return vals[(i-1)%len(vals)], true, nil
		}), nil
	})
	m.def("repeat", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("repeat", args, kwargs, p("object", nil), p("times", jinja.None))
		if err != nil {
			return nil, err
		}
		left := -1
		if a[1] != jinja.None {
			if left, err = integer(a[1]); err != nil {
				return nil, err
			}
			left = max(left, 0)
		}
		return gen("repeat", func() (jinja.Value, bool, error) {
			if left == 0 {
				return nil, false, nil
			}
			if left > 0 {
				left--
			}
			return a[0], true, nil
		}), nil
	})
	m.def("accumulate", func(t *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("accumulate", args, kwargs, p("iterable", nil), p("func", jinja.None), p("initial", jinja.None))
		if err != nil {
			return nil, err
		}
		vals, err := jinja.ListOf(a[0])
		if err != nil {
			return nil, err
		}
		if a[2] != jinja.None {
			vals = append(values{a[2]}, vals...)
		}
		out := make(values, 0, len(vals))
		for i, v := range vals {
			if i > 0 {
				if a[1] != jinja.None {
					v, err = jinja.CallValue(t, a[1], values{out[i-1], v}, nil)
				} else {
					v, err = jinja.Add(out[i-1], v)
				}
				if err != nil {
					return nil, err
				}
			}
			out = append(out, v)
		}
		return fromSlice("accumulate", out), nil
	})
	chain := m.function("chain", func(_ *jinja.Thread, args values, _ []jinja.Kwarg) (jinja.Value, error) {
		return chained(args, fromSlice)
	}).WithAttrs(map[string]jinja.Value{
		"from_iterable": m.function("from_iterable", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind("from_iterable", args, kwargs, p("iterable", nil))
			if err != nil {
				return nil, err
			}
			parts, err := jinja.ListOf(a[0])
			if err != nil {
				return nil, err
			}
			return chained(parts, fromSlice)
		}),
	})
	m.set("chain", chain)
	m.def("compress", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("compress", args, kwargs, p("data", nil), p("selectors", nil))
		if err != nil {
			return nil, err
		}
		lists, err := listsOf(a)
		if err != nil {
			return nil, err
		}
		var out values
		for i := 0; i < len(lists[0]) && i < len(lists[1]); i++ {
			if lists[1][i].Truth() {
				out = append(out, lists[0][i])
			}
		}
		return fromSlice("compress", out), nil
	})
	m.def("islice", islice)
	m.def("starmap", func(t *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("starmap", args, kwargs, p("function", nil), p("iterable", nil))
		if err != nil {
			return nil, err
		}
		vals, err := jinja.ListOf(a[1])
		if err != nil {
			return nil, err
		}
		i := 0
		return gen("starmap", func() (jinja.Value, bool, error) {
			if i >= len(vals) {
				return nil, false, nil
			}
			i++
			call, err := jinja.ListOf(vals[i-1])
			if err != nil {
				return nil, false, err
			}
			v, err := jinja.CallValue(t, a[0], append(values(nil), call...), nil)
			return v, err == nil, err
		}), nil
	})
	m.def("tee", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("tee", args, kwargs, p("iterable", nil), p("n", jinja.Int(2)))
		if err != nil {
			return nil, err
		}
		vals, err := jinja.ListOf(a[0])
		if err != nil {
			return nil, err
		}
		n, err := integer(a[1])
		if err != nil {
			return nil, err
		}
		if n < 0 || n > maxProduct {
			return nil, jinja.Raise("ValueError", "n must be >= 0")
		}
		out := jinja.Tuple{}
		for range n {
			out = append(out, fromSlice("_tee", vals))
		}
		return out, nil
	})
	m.def("zip_longest", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("zip_longest", nil, kwargs, p("fillvalue", jinja.None))
		if err != nil {
			return nil, err
		}
		lists, err := listsOf(args)
		if err != nil {
			return nil, err
		}
		longest := 0
		for _, l := range lists {
			longest = max(longest, len(l))
		}
		out := make(values, longest)
		for i := range out {
			row := make(jinja.Tuple, len(lists))
			for j, l := range lists {
				row[j] = a[0]
				if i < len(l) {
					row[j] = l[i]
				}
			}
			out[i] = row
		}
		return fromSlice("zip_longest", out), nil
	})
	m.def("product", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("product", nil, kwargs, p("repeat", jinja.Int(1)))
		if err != nil {
			return nil, err
		}
		n, err := integer(a[0])
		if err != nil {
			return nil, err
		}
		lists, err := listsOf(args)
		if err != nil {
			return nil, err
		}
		if n < 0 || n > 64 {
			return nil, jinja.Raise("ValueError", "repeat argument out of range")
		}
		var pools []values
		for range n {
			pools = append(pools, lists...)
		}
		out := []jinja.Tuple{{}}
		for _, pool := range pools {
			if len(out)*len(pool) > maxProduct {
				return nil, tooMany("product")
			}
			next := make([]jinja.Tuple, 0, len(out)*len(pool))
			for _, head := range out {
				for _, v := range pool {
					next = append(next, append(append(make(jinja.Tuple, 0, len(head)+1), head...), v))
				}
			}
			out = next
		}
		return fromSlice("product", tuples(out)), nil
	})
	pick := func(name string, repeated, ordered bool, length jinja.Value) {
		m.def(name, func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind(name, args, kwargs, p("iterable", nil), p("r", length))
			if err != nil {
				return nil, err
			}
			pool, err := jinja.ListOf(a[0])
			if err != nil {
				return nil, err
			}
			r := len(pool)
			if a[1] != jinja.None {
				if r, err = integer(a[1]); err != nil {
					return nil, err
				}
			}
			if r < 0 {
				return nil, jinja.Raise("ValueError", "r must be non-negative")
			}
			out, ok := choose(pool, r, repeated, ordered)
			if !ok {
				return nil, tooMany(name)
			}
			return fromSlice(name, tuples(out)), nil
		})
	}
	pick("permutations", false, true, jinja.None)
	pick("combinations", false, false, nil)
	pick("combinations_with_replacement", true, false, nil)
	return m.d
}

func tooMany(name string) error {
	return jinja.Raise("MemoryError", "itertools."+name+" gives more than 1000000 tuples")
}

func tuples(ts []jinja.Tuple) values {
	out := make(values, len(ts))
	for i, t := range ts {
		out[i] = t
	}
	return out
}

// choose gives all choices of r positions of pool, in Python's order.
func choose(pool values, r int, repeated, ordered bool) ([]jinja.Tuple, bool) {
	var out []jinja.Tuple
	if r > len(pool) && !(repeated && len(pool) > 0) || r > 10_000 {
		return out, r <= 10_000
	}
	used := make([]bool, len(pool))
	cur := make(jinja.Tuple, 0, r)
	var rec func(from int) bool
	rec = func(from int) bool {
		if len(cur) == r {
			out = append(out, append(jinja.Tuple{}, cur...))
			return len(out) <= maxProduct
		}
		for i := range pool {
			if !ordered && i < from || !repeated && used[i] {
				continue
			}
			used[i] = true
			cur = append(cur, pool[i])
			ok := rec(i)
			cur = cur[:len(cur)-1]
			used[i] = false
			if !ok {
				return false
			}
		}
		return true
	}
	return out, rec(0) || len(out) <= maxProduct
}

func listsOf(args values) ([]values, error) {
	out := make([]values, len(args))
	for i, a := range args {
		l, err := jinja.ListOf(a)
		if err != nil {
			return nil, err
		}
		out[i] = l
	}
	return out, nil
}

func chained(parts values, fromSlice func(string, values) jinja.Value) (jinja.Value, error) {
	lists, err := listsOf(parts)
	if err != nil {
		return nil, err
	}
	var out values
	for _, l := range lists {
		out = append(out, l...)
	}
	return fromSlice("chain", out), nil
}

// islice takes start, stop and step; it reads no further than it must, so that
// it can cut endless iterators.
func islice(t *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
	if len(kwargs) > 0 || len(args) < 2 || len(args) > 4 {
		return nil, jinja.Raise("TypeError", "islice expected 2 to 4 positional arguments")
	}
	start, stop, step := 0, -1, 1
	num := func(v jinja.Value, to *int) error {
		if v == jinja.None {
			return nil
		}
		n, err := integer(v)
		if err == nil && n < 0 {
			err = jinja.Raise("ValueError", "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
		}
		*to = n
		return err
	}
	var err error
	if len(args) == 2 {
		err = num(args[1], &stop)
	} else {
		if err = num(args[1], &start); err == nil {
			err = num(args[2], &stop)
		}
		if err == nil && len(args) == 4 {
			err = num(args[3], &step)
		}
	}
	if err != nil {
		return nil, err
	}
	if step == 0 {
		return nil, jinja.Raise("ValueError", "Step for islice() must be a positive integer or None.")
	}
	it, err := jinja.NewIterator(args[0])
	if err != nil {
		return nil, err
	}
	i, want := 0, start
	return jinja.NewGenerator("itertools.islice", func() (jinja.Value, bool, error) {
		for stop < 0 || want < stop {
			v, ok, err := it()
			if err != nil || !ok {
				return nil, false, err
			}
			i++
			if i-1 == want {
				want += step
				return v, true, nil
			}
		}
		return nil, false, nil
	}), nil
}
