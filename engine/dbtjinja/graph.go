package dbtjinja

import (
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/serial"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func lowerText(v jinja.Value) string { return strings.ToLower(v.String()) }

// resource turns a resource of the manifest into a Jinja dict of its JSON form.
func resource(v any, omitNone bool) *jinja.Dict {
	if n, ok := v.(*manifest.Node); ok {
		return nodeDict(n, omitNone)
	}
	raw, err := manifest.AppendJSON(nil, v)
	if err == nil {
		var x jinja.Value
		if x, err = fromJSON(string(raw)); err == nil {
			if d, ok := x.(*jinja.Dict); ok {
				return d
			}
		}
	}
	return jinja.NewDict()
}

// nodeDict is dbt's node.to_dict(): the manifest's fields.
func nodeDict(n *manifest.Node, omitNone bool) *jinja.Dict {
	d := jinja.NewDict()
	n.Fields(func(name string, v any) {
		jv := fieldValue(v)
		if omitNone && isNone(jv) {
			return
		}
		d.SetStr(name, jv)
	})
	return d
}

func fieldValue(v any) jinja.Value {
	switch v := v.(type) {
	case *yamldoc.Map:
		if v == nil {
			return jinja.None
		}
		return toJinja(v)
	case nil, string, bool, int, int64, float64, *string, *bool, []string, [][]string:
		return toJinja(v)
	case manifest.Columns:
		d := jinja.NewDict()
		for _, c := range v {
			d.SetStr(c.Name, fieldValue(c))
		}
		return d
	case []manifest.Ref:
		return fieldValues(v)
	case []manifest.Constraint:
		return fieldValues(v)
	case []manifest.InjectedCTE:
		return fieldValues(v)
	case []manifest.FunctionArgument:
		return fieldValues(v)
	}
	if fields := manifest.ObjectFields(v); fields != nil {
		d := jinja.NewDict()
		fields(func(name string, v any) { d.SetStr(name, fieldValue(v)) })
		return d
	}
	raw, err := manifest.AppendJSON(nil, v)
	if err != nil {
		return jinja.None
	}
	x, err := fromJSON(string(raw))
	if err != nil {
		return jinja.None
	}
	return x
}

func fieldValues[T any](list []T) jinja.Value {
	l := jinja.NewList(make([]jinja.Value, 0, len(list))...)
	for _, v := range list {
		l.Append(fieldValue(v))
	}
	return l
}

// model is the context's `model`: the node as a dict without nulls. Contracted
// column types are in the warehouse's words.
func (c *Context) model() jinja.Value {
	d := nodeDict(c.node, true)
	if cfg, ok := d.GetStr("config"); ok {
		if cd, ok := cfg.(*jinja.Dict); ok {
			for _, k := range cd.Keys() {
				if v, _, _ := cd.Get(k); isNone(v) {
					_, _, _ = cd.Delete(k) // keys come from the dict itself
				}
			}
		}
	}
	if code, ok := d.GetStr("compiled_code"); ok {
		d.SetStr("compiled_sql", code)
	}
	if c.node.Batch != nil {
		d.SetStr("batch", batchValue(c.node.Batch))
	}
	if c.node.Contract.AliasTypes {
		labels := c.s.Driver.Dialect().TypeLabels
		if cols, ok := d.GetStr("columns"); ok {
			for _, col := range cols.(*jinja.Dict).Values() {
				cd := col.(*jinja.Dict)
				t, ok := cd.GetStr("data_type")
				if !ok || isNone(t) {
					_, _, _ = cd.Delete(jinja.Str("data_type"))
					continue
				}
				if label, ok := labels[strings.ToUpper(t.String())]; ok {
					cd.SetStr("data_type", jinja.Str(label))
				}
			}
		}
	}
	return d
}

// graphValue is the context's `graph`; the sections are made on first use.
type graphValue struct {
	s  *Session
	mu sync.Mutex
	d  *jinja.Dict
}

func (*graphValue) Type() string     { return "dict" }
func (*graphValue) Truth() bool      { return true }
func (g *graphValue) String() string { return g.dict().String() }
func (g *graphValue) Repr() string   { return g.dict().Repr() }

func (g *graphValue) dict() *jinja.Dict {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.d == nil {
		g.d = jinja.NewDict()
		for _, name := range graphSections {
			g.d.SetStr(name, g.section(name))
		}
	}
	return g.d
}

var graphSections = []string{"exposures", "functions", "groups", "metrics", "nodes", "sources", "semantic_models", "saved_queries"}

func (g *graphValue) section(name string) *jinja.Dict {
	d := jinja.NewDict()
	m := g.s.Manifest
	switch name {
	case "nodes", "functions":
		for _, id := range m.NodeOrder {
			if n := m.Nodes[id]; n != nil && (n.ResourceType == manifest.FunctionType) == (name == "functions") {
				d.SetStr(id, nodeDict(n, false))
			}
		}
	case "sources":
		for _, id := range m.SourceOrder {
			d.SetStr(id, resource(m.Sources[id], false))
		}
	case "exposures":
		for _, id := range m.ExposureOrder {
			d.SetStr(id, resource(m.Exposures[id], false))
		}
	case "metrics":
		for _, id := range m.MetricOrder {
			d.SetStr(id, resource(m.Metrics[id], false))
		}
	case "semantic_models":
		for _, id := range m.SemanticModelOrder {
			d.SetStr(id, resource(m.SemanticModels[id], false))
		}
	case "saved_queries":
		for _, id := range m.SavedQueryOrder {
			d.SetStr(id, resource(m.SavedQueries[id], false))
		}
	case "groups":
		for _, id := range m.GroupOrder {
			d.SetStr(id, resource(m.Groups[id], false))
		}
	}
	return d
}

// shared is the dict with what macros of other nodes and hooks put into it, and
// whether what is put into it now is for them too: while the session's lock is
// held.
func (g *graphValue) shared(t *jinja.Thread) (d *jinja.Dict, ok bool) {
	d = g.dict()
	if t == nil || t.Ctx == nil || !serial.Held(t.Ctx) {
		return d, false
	}
	if g.s.extras != nil {
		for k, v := range g.s.extras.Items() {
			d.SetStr(k.String(), v)
		}
	}
	return d, true
}

// Attr implements jinja.HasAttr. dbt's graph is one dict for all nodes, in which
// packages keep what they find out: setdefault and update make such entries.
func (g *graphValue) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	d, shared := g.shared(t)
	method, err := jinja.GetAttr(t, d, name)
	if err != nil || !shared || name != "setdefault" && name != "update" {
		return method, err
	}
	return jinja.NewFunction(name, func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		before := d.Len()
		out, err := method.(jinja.Callable).Call(t, args, kwargs)
		if err == nil && (d.Len() > before || name == "update") {
			if g.s.extras == nil {
				g.s.extras = jinja.NewDict()
			}
			for k, v := range d.Items() {
				if !slices.Contains(graphSections, k.String()) {
					g.s.extras.SetStr(k.String(), v)
				}
			}
		}
		return out, err
	}), nil
}

// Item implements jinja.HasItem.
func (g *graphValue) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	d, _ := g.shared(t)
	return jinja.GetItem(t, d, key)
}

// Iterate implements jinja.Iterable.
func (g *graphValue) Iterate() iter.Seq[jinja.Value] {
	return func(yield func(jinja.Value) bool) {
		for _, k := range g.dict().Keys() {
			if !yield(k) {
				return
			}
		}
	}
}

// flagsValue is the context's `flags`; a name that dbt does not know is undefined.
type flagsValue struct{ d *jinja.Dict }

func newFlags(s *Session) jinja.Value {
	d, _ := toJinja(s.Flags).(*jinja.Dict)
	return &flagsValue{d}
}

func (*flagsValue) Type() string     { return "Flags" }
func (*flagsValue) Truth() bool      { return true }
func (f *flagsValue) String() string { return f.d.String() }
func (f *flagsValue) Repr() string   { return f.d.Repr() }

// Attr implements jinja.HasAttr; both cases of a name work, as in dbt.
func (f *flagsValue) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if v, ok := f.d.GetStr(strings.ToUpper(name)); ok {
		return v, nil
	}
	return nil, nil
}

// NodeValue is a node as a dict that is made on first use, for macros such as
// generate_schema_name that get one and seldom look at it.
func NodeValue(n *manifest.Node) jinja.Value { return &lazyNode{n: n} }

// ResultObject is the manifest's entry of a source, unit test or exposure as ResultNode is that of a node.
func ResultObject(entry jinja.Value) jinja.Value {
	if d, ok := entry.(*jinja.Dict); ok {
		return &lazyNode{d: d, object: true}
	}
	return entry
}

// MacroEntry is the manifest's entry of a macro as a dict: what `model` is in run-operation.
func MacroEntry(m *manifest.Macro) jinja.Value { return resource(m, true) }

// SourceValue is the manifest's entry of a source table as a dict.
func SourceValue(s *manifest.Source) jinja.Value { return resource(s, false) }

// UnitTestValue is the manifest's entry of a unit test as a dict.
func UnitTestValue(u *manifest.UnitTest) jinja.Value { return resource(u, false) }

// ExposureValue is the manifest's entry of an exposure as a dict.
func ExposureValue(e *manifest.Exposure) jinja.Value { return resource(e, false) }

// SavedQueryValue is the manifest's entry of a saved query as a dict.
func SavedQueryValue(q *manifest.Semantic) jinja.Value { return resource(q, false) }

// ResultNode is the node of a result as on-run-end hooks see it: dbt's object, with to_dict() and a config that answers
// None for what it has not.
func ResultNode(n *manifest.Node) jinja.Value { return &lazyNode{n: n, object: true} }

type lazyNode struct {
	n      *manifest.Node
	d      *jinja.Dict
	object bool
}

func (*lazyNode) Type() string     { return "dict" }
func (*lazyNode) Truth() bool      { return true }
func (l *lazyNode) String() string { return l.Dict().String() }
func (l *lazyNode) Repr() string   { return l.Dict().Repr() }

// Dict is the entry as a whole.
func (l *lazyNode) Dict() *jinja.Dict {
	if l.d == nil {
		l.d = nodeDict(l.n, false)
	}
	return l.d
}

// Attr implements jinja.HasAttr.
func (l *lazyNode) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	if name == "to_dict" && l.object {
		return jinja.NewFunction(name, func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) { return l.Dict().Copy(), nil }), nil
	}
	if name == "config" && l.object {
		if cfg, ok := l.Dict().GetStr(name); ok {
			if d, ok := cfg.(*jinja.Dict); ok {
				return &configObject{d}, nil
			}
		}
	}
	return jinja.GetAttr(t, l.Dict(), name)
}

// configObject is the config of a node that is an object in dbt: what it has not is None.
type configObject struct{ d *jinja.Dict }

func (*configObject) Type() string     { return "Config" }
func (*configObject) Truth() bool      { return true }
func (c *configObject) String() string { return c.d.String() }
func (c *configObject) Repr() string   { return c.d.Repr() }

// Dict is the config as a dict.
func (c *configObject) Dict() *jinja.Dict { return c.d }

// Attr implements jinja.HasAttr.
func (c *configObject) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	if v, ok := c.d.GetStr(name); ok {
		return v, nil
	}
	if v, err := jinja.GetAttr(t, c.d, name); err != nil || !undefined(v) {
		return v, err
	}
	return jinja.None, nil
}

func undefined(v jinja.Value) bool {
	_, ok := v.(*jinja.Undefined)
	return ok
}

// Item implements jinja.HasItem.
func (c *configObject) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	if v, ok := c.d.GetStr(key.String()); ok {
		return v, nil
	}
	return jinja.None, nil
}

// Item implements jinja.HasItem.
func (l *lazyNode) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	return jinja.GetItem(t, l.Dict(), key)
}

// Iterate implements jinja.Iterable.
func (l *lazyNode) Iterate() iter.Seq[jinja.Value] {
	return func(yield func(jinja.Value) bool) {
		for _, k := range l.Dict().Keys() {
			if !yield(k) {
				return
			}
		}
	}
}
