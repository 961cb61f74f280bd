package dbtjinja

import (
	"crypto/md5"
	"encoding/hex"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

type baseFunction struct {
	name string
	fn   func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error)
}

// bound makes a function of named parameters.
func bound(name string, fn func(t *jinja.Thread, a []jinja.Value) (jinja.Value, error), params ...jinja.Param) baseFunction {
	return baseFunction{name, func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind(name, args, kwargs, params...)
		if err != nil {
			return nil, err
		}
		return fn(t, a)
	}}
}

// baseFunctions are the functions of dbt's BaseContext that need no node.
func (s *Session) baseFunctions() []baseFunction {
	param := func(n string) jinja.Param { return jinja.Param{Name: n} }
	opt := func(n string, d jinja.Value) jinja.Param { return jinja.Param{Name: n, Default: d} }
	none := jinja.Value(jinja.None)
	return []baseFunction{
		bound("return", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) { return nil, jinja.Return(a[0]) }, param("data")),
		bound("fromjson", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			v, err := fromJSON(a[0].String())
			if err != nil {
				return a[1], nil // dbt's contract: the default stands in
			}
			return v, nil
		}, param("string"), opt("default", none)),
		bound("tojson", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			text, err := jinja.JSON(a[0], jinja.JSONOptions{SortKeys: a[2].Truth()})
			if err != nil {
				return nil, err
			}
			return jinja.Str(text), nil
		}, param("value"), opt("default", none), opt("sort_keys", jinja.Bool(false))),
		bound("fromyaml", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			v, err := yamldoc.ToValue("", []byte(a[0].String()), yamldoc.Limits{})
			if err != nil {
				return a[1], nil // dbt's contract, as for fromjson
			}
			return toJinja(v), nil
		}, param("value"), opt("default", none)),
		bound("toyaml", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			p, err := config.PlainValue(a[0], yamlValue)
			if err != nil {
				return a[1], nil // also dbt's contract
			}
			return jinja.Str(yamldoc.Dump(p, yamldoc.DumpOptions{SortKeys: a[2].Truth()})), nil
		}, param("value"), opt("default", none), opt("sort_keys", jinja.Bool(false))),
		bound("set", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			v, err := toSet(a[0])
			if err != nil {
				return a[1], nil
			}
			return v, nil
		}, param("value"), opt("default", none)),
		bound("set_strict", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			v, err := toSet(a[0])
			if err != nil {
				return nil, diag.New(diag.CompilationError, "%v", err)
			}
			return v, nil
		}, param("value")),
		{"zip", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			v, err := zip(args)
			if err == nil {
				return v, nil
			}
			for _, k := range kwargs {
				if k.Name == "default" {
					return k.Value, nil
				}
			}
			return jinja.None, nil
		}},
		{"zip_strict", func(_ *jinja.Thread, args []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
			v, err := zip(args)
			if err != nil {
				return nil, diag.New(diag.CompilationError, "%v", err)
			}
			return v, nil
		}},
		bound("log", func(t *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			c, _ := t.Local.(*Context)
			s.Log(a[0].String(), a[1].Truth(), c)
			return jinja.Str(""), nil
		}, param("msg"), opt("info", jinja.Bool(false))),
		bound("print", func(t *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			c, _ := t.Local.(*Context)
			s.Print(a[0].String(), c)
			return jinja.Str(""), nil
		}, param("msg")),
		bound("local_md5", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			sum := md5.Sum([]byte(a[0].String()))
			return jinja.Str(hex.EncodeToString(sum[:])), nil
		}, param("value")),
		bound("diff_of_two_dicts", func(_ *jinja.Thread, a []jinja.Value) (jinja.Value, error) {
			return diffOfTwoDicts(a[0], a[1])
		}, param("dict_a"), param("dict_b")),
	}
}

func toSet(v jinja.Value) (jinja.Value, error) {
	seq, err := jinja.IterValues(v)
	if err != nil {
		return nil, err
	}
	var elems []jinja.Value
	for e := range seq {
		elems = append(elems, e)
	}
	set, err := jinja.NewSet(elems...)
	if err != nil {
		return nil, err
	}
	return set, nil
}

func zip(args []jinja.Value) (jinja.Value, error) {
	lists := make([][]jinja.Value, len(args))
	n := -1
	for i, a := range args {
		seq, err := jinja.IterValues(a)
		if err != nil {
			return nil, err
		}
		for e := range seq {
			lists[i] = append(lists[i], e)
		}
		if n < 0 || len(lists[i]) < n {
			n = len(lists[i])
		}
	}
	out := jinja.NewList()
	for r := 0; r < n; r++ {
		row := make(jinja.Tuple, len(lists))
		for i := range lists {
			row[i] = lists[i][r]
		}
		out.Append(row)
	}
	return out, nil
}

// diffOfTwoDicts gives what dict_a has that dict_b has not; values are lists,
// keys and values compare without case (dbt's context method of that name).
func diffOfTwoDicts(a, b jinja.Value) (jinja.Value, error) {
	da, ok := a.(*jinja.Dict)
	db, ok2 := b.(*jinja.Dict)
	if !ok || !ok2 {
		return nil, diag.New(diag.CompilationError, "diff_of_two_dicts() takes two dicts")
	}
	names := map[string]string{} // dict_a's keys as written
	for k := range da.Items() {
		names[lowerText(k)] = k.String()
	}
	lower := func(d *jinja.Dict) (*jinja.Dict, error) {
		out := jinja.NewDict()
		for k, v := range d.Items() {
			seq, err := jinja.IterValues(v)
			if err != nil {
				return nil, err
			}
			l := jinja.NewList()
			for e := range seq {
				l.Append(jinja.Str(lowerText(e)))
			}
			out.SetStr(lowerText(k), l)
		}
		return out, nil
	}
	la, err := lower(da)
	if err != nil {
		return nil, err
	}
	lb, err := lower(db)
	if err != nil {
		return nil, err
	}
	diff := jinja.NewDict()
	for k, v := range la.Items() {
		other, found := lb.GetStr(k.String())
		if !found {
			diff.SetStr(names[k.String()], v)
			continue
		}
		rest := jinja.NewList()
		for _, e := range v.(*jinja.List).Elems {
			has := false
			for _, o := range other.(*jinja.List).Elems {
				has = has || jinja.Equal(e, o)
			}
			if !has {
				rest.Append(e)
			}
		}
		if rest.Len() > 0 {
			diff.SetStr(names[k.String()], rest)
		}
	}
	return diff, nil
}
