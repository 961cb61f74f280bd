package values

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values/decimal"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Classes hold what is needed to wrap relations and columns of one driver.
type Classes struct {
	Relation *RelationClass
	Column   *ColumnClass
}

// NewClasses makes the classes of a driver.
func NewClasses(d adapter.Driver, quoting adapter.QuotePolicy) Classes {
	return Classes{NewRelationClass(d, quoting), NewColumnClass(d)}
}

// FromGo makes the Jinja value of a plain Go value: what [jinja.FromGoErr]
// takes, a *yamldoc.Map, the value types of engine/adapter, and lists and maps
// of those. Maps without an order are sorted by key.
func (c Classes) FromGo(v any) (jinja.Value, error) {
	switch x := v.(type) {
	case adapter.Relation:
		return c.Relation.Wrap(x), nil
	case *adapter.Relation:
		if x == nil {
			return jinja.None, nil
		}
		return c.Relation.Wrap(*x), nil
	case []adapter.Relation:
		l := jinja.NewList()
		for _, r := range x {
			l.Append(c.Relation.Wrap(r))
		}
		return l, nil
	case adapter.Column:
		return c.Column.Wrap(x), nil
	case []adapter.Column:
		l := jinja.NewList()
		for _, col := range x {
			l.Append(c.Column.Wrap(col))
		}
		return l, nil
	case []any:
		l := jinja.NewList()
		for _, e := range x {
			w, err := c.FromGo(e)
			if err != nil {
				return nil, err
			}
			l.Append(w)
		}
		return l, nil
	case adapter.Object:
		d := jinja.NewDict()
		for _, f := range x {
			w, err := c.FromGo(f.Value)
			if err != nil {
				return nil, err
			}
			d.SetStr(f.Name, w)
		}
		return d, nil
	case *adapter.IndexConfig:
		return c.index(x), nil
	case map[string]any:
		d := jinja.NewDict()
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			w, err := c.FromGo(x[k])
			if err != nil {
				return nil, err
			}
			d.SetStr(k, w)
		}
		return d, nil
	}
	return FromGo(v)
}

// FromGo is [Classes.FromGo] for values that hold no relation and no column.
func FromGo(v any) (jinja.Value, error) {
	switch x := v.(type) {
	case *adapter.Table:
		return NewTable(x), nil
	case adapter.Response:
		return FromResponse(x), nil
	case adapter.Decimal:
		return fromText(x), nil
	case adapter.Date:
		return dateValue(x), nil
	case adapter.Timestamp:
		return jinja.NewDateTime(x.Time, nil), nil
	case yamldoc.Date:
		return jinja.NewDate(x.Year, int(x.Month), x.Day)
	case yamldoc.Time:
		if x.Naive {
			return jinja.NewDateTime(x.Time, nil), nil
		}
		return zoned(x.Time), nil
	case time.Time:
		return zoned(x), nil
	case *yamldoc.Map:
		if x == nil {
			return jinja.None, nil
		}
		d := jinja.NewDict()
		for _, e := range x.Entries() {
			kv, err := FromGo(e.Key)
			if err != nil {
				return nil, err
			}
			ev, err := FromGo(e.Value)
			if err != nil {
				return nil, err
			}
			if err := d.Set(kv, ev); err != nil {
				return nil, err
			}
		}
		return d, nil
	case []any:
		return Classes{}.FromGo(x)
	case map[string]any, adapter.Object:
		return Classes{}.FromGo(x)
	}
	return jinja.FromGoErr(v)
}

// index is a validated index config: its fields and render(relation).
func (c Classes) index(x *adapter.IndexConfig) jinja.Value {
	if x == nil {
		return jinja.None
	}
	columns := jinja.NewList()
	for _, name := range x.Columns {
		columns.Append(jinja.Str(name))
	}
	rec := NewRecord("IndexConfig", "columns", columns, "unique", jinja.Bool(x.Unique), "type", strOrNone(x.Type))
	rec.methods = map[string]jinja.Value{
		"render": jinja.NewFunction("render", func(_ *jinja.Thread, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
			v, err := jinja.Bind("render", pos, kw, required("relation"))
			if err != nil {
				return nil, err
			}
			r, ok := v[0].(*Relation)
			if !ok {
				return nil, jinja.Raise("TypeError", "render() wants a relation, not "+v[0].Type())
			}
			return jinja.Str(x.Render(r.r)), nil
		}),
	}
	return rec
}

// zoned is an aware datetime at the fixed offset of t, as database drivers give
// it in Python.
func zoned(t time.Time) jinja.Value {
	_, sec := t.Zone()
	offset := jinja.TimeDelta(int64(sec) * 1_000_000)
	z := &jinja.TZInfo{Loc: time.FixedZone("", sec), Offset: &offset, Name: "UTC", Text: "datetime.timezone.utc"}
	if sec != 0 {
		z.Name = t.Format("UTC-07:00")
		z.Text = "datetime.timezone(" + offset.Repr() + ")"
	}
	return jinja.NewDateTime(t.In(z.Loc), z)
}

// dateValue keeps the text of a date that Python could not hold (year 0 or
// beyond 9999).
func dateValue(d adapter.Date) jinja.Value {
	if t, err := time.Parse("2006-01-02", string(d)); err == nil {
		if v, err := jinja.NewDate(t.Year(), int(t.Month()), t.Day()); err == nil {
			return v
		}
	}
	return jinja.Str(d)
}

// ToGo is the reverse: relations, columns, tables, decimals and dates become
// the value types of engine/adapter, dicts become an adapter.Object in their
// order, lists are converted in depth, undefined is nil.
func ToGo(v jinja.Value) (any, error) {
	switch x := v.(type) {
	case *jinja.Undefined:
		return nil, nil
	case *Relation:
		return x.r, nil
	case *Column:
		return x.Adapter(), nil
	case *Table:
		return x.Adapter(), nil
	case Decimal:
		return adapter.Decimal(x.d.String()), nil
	case jinja.Date:
		return adapter.Date(x.String()), nil
	case jinja.DateTime:
		if x.Zone() == nil {
			return adapter.Timestamp{Time: x.Time()}, nil
		}
		return x.Time(), nil
	case jinja.Time:
		return x.String(), nil
	case interface{ Dict() *jinja.Dict }: // a Record, a node
		return ToGo(x.Dict())
	case *Row:
		return listToGo(x.elems)
	case *jinja.BigInt:
		return x.Big(), nil
	case *jinja.List, jinja.Tuple, *jinja.Set, *jinja.DictView, *seq, *TableColumn:
		elems, err := jinja.ListOf(v)
		if err != nil {
			return nil, err
		}
		return listToGo(elems)
	case *jinja.Dict:
		out := make(adapter.Object, 0, x.Len())
		for k, e := range x.Items() {
			g, err := ToGo(e)
			if err != nil {
				return nil, err
			}
			out = append(out, adapter.Field{Name: k.String(), Value: g})
		}
		return out, nil
	}
	return jinja.ToGo(v)
}

func listToGo(elems []jinja.Value) (any, error) {
	out := make([]any, len(elems))
	for i, e := range elems {
		g, err := ToGo(e)
		if err != nil {
			return nil, err
		}
		out[i] = g
	}
	return out, nil
}

// FromResponse is dbt's AdapterResponse.
func FromResponse(r adapter.Response) *Record {
	code, rows := strOrNone(r.Code), jinja.None
	if r.Code != "" || r.RowsAffected >= 0 {
		rows = jinja.Int(r.RowsAffected)
	}
	rec := NewRecord("AdapterResponse", "_message", jinja.Str(r.Message), "code", code, "rows_affected", rows, "query_id", jinja.None)
	rec.str = r.Message
	return rec
}

// ToResponse reads an AdapterResponse back; ok is false for other values.
func ToResponse(v jinja.Value) (r adapter.Response, ok bool) {
	rec, ok := v.(*Record)
	if !ok || rec.class != "AdapterResponse" {
		return r, false
	}
	r.Message = textOf(rec.Field("_message"))
	r.Code = textOf(rec.Field("code"))
	r.RowsAffected = -1
	if n, ok := rec.Field("rows_affected").(jinja.Int); ok {
		r.RowsAffected = int64(n)
	}
	return r, true
}

// cell makes the value that agate would hold for a value of a result column.
func cell(v any, text bool) jinja.Value {
	switch x := v.(type) {
	case nil:
		return jinja.None
	case string:
		return jinja.Str(x)
	case int64:
		return jinja.Int(x)
	case int:
		return jinja.Int(x)
	case int32:
		return jinja.Int(x)
	case *big.Int:
		return jinja.NewBigInt(x)
	case bool:
		return jinja.Bool(x)
	case float64:
		return Decimal{decimal.FromFloat(x)}
	case adapter.Decimal:
		return fromText(x)
	case adapter.Date:
		return dateValue(x)
	case adapter.Timestamp:
		return jinja.NewDateTime(x.Time, nil)
	case time.Time:
		return zoned(x)
	case time.Duration:
		d := jinja.FromGo(x)
		if text {
			return jinja.Str(d.String())
		}
		return d
	case []byte:
		return jinja.Str(jinja.Bytes(x).Repr())
	case []any, map[string]any, adapter.Object:
		return jinja.Str(adapter.JSONText(v))
	}
	w, err := FromGo(v)
	if err != nil {
		return jinja.Str(fmt.Sprint(v))
	}
	return w
}
