package dbtjinja

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// configValue is `config`: called in a node's text, read in materializations.
type configValue struct{ c *Context }

func (*configValue) Type() string   { return "Config" }
func (*configValue) Truth() bool    { return true }
func (*configValue) String() string { return "<config>" }
func (*configValue) Repr() string   { return "<config>" }

// Call implements jinja.Callable.
func (v *configValue) Call(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	if v.c.mode != ModeParse {
		return jinja.Str(""), nil
	}
	opts := yamldoc.MapWithCapacity(len(kwargs))
	set := func(key string, val jinja.Value) error {
		p, err := FromJinja(val)
		if err != nil {
			return diag.New(diag.CompilationError, "config key %q: %v", key, err)
		}
		switch key {
		case "pre_hook", "post_hook", "pre-hook", "post-hook":
			dashed := strings.Replace(key, "_", "-", 1)
			if opts.Has(dashed) {
				under := strings.Replace(key, "-", "_", 1)
				return diag.New(diag.CompilationError, "Invalid config, has conflicting keys \"%s\" and \"%s\"", under, dashed).WithCode("conflicting-config")
			}
			key = dashed
		}
		opts.Set(key, p)
		return nil
	}
	switch {
	case len(args) == 1 && len(kwargs) == 0:
		d, ok := args[0].(*jinja.Dict)
		if !ok {
			return nil, invalidConfig()
		}
		for k, e := range d.Items() {
			if err := set(k.String(), e); err != nil {
				return nil, err
			}
		}
	case len(args) == 0 && len(kwargs) > 0:
		for _, k := range kwargs {
			if err := set(k.Name, k.Value); err != nil {
				return nil, err
			}
		}
	default:
		return nil, invalidConfig()
	}
	if v.c.rec != nil {
		v.c.rec.Configs = append(v.c.rec.Configs, opts)
	}
	return jinja.Str(""), nil
}

func invalidConfig() error {
	return diag.New(diag.CompilationError, "Invalid inline model config").WithCode("inline-config").
		WithHint("config() takes keyword arguments or one dict")
}

// Attr implements jinja.HasAttr.
func (v *configValue) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "get", "require", "set", "meta_get", "meta_require", "persist_relation_docs", "persist_column_docs":
		return jinja.NewFunction(name, func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			r, _, err := v.CallMethod(t, name, args, kwargs)
			return r, err
		}), nil
	case "model":
		if v.c.node != nil && v.c.executes() {
			return NodeValue(v.c.node), nil
		}
		return jinja.None, nil
	case "context_config":
		return jinja.None, nil
	}
	return nil, nil
}

// CallMethod implements jinja.HasMethod.
func (v *configValue) CallMethod(t *jinja.Thread, name string, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, bool, error) {
	switch name {
	case "set":
		a, err := jinja.Bind(name, args, kwargs, jinja.Param{Name: "name"}, jinja.Param{Name: "value"})
		if err != nil {
			return nil, true, err
		}
		r, err := v.Call(t, nil, []jinja.Kwarg{{Name: a[0].String(), Value: a[1]}})
		return r, true, err
	case "get", "meta_get", "require", "meta_require":
		params := []jinja.Param{{Name: "name"}, {Name: "default", Default: jinja.None}, {Name: "validator", Default: jinja.None}}
		required := strings.HasSuffix(name, "require")
		if required {
			params = []jinja.Param{{Name: "name"}, {Name: "validator", Default: jinja.None}}
		}
		a, err := jinja.Bind(name, args, kwargs, params...)
		if err != nil {
			return nil, true, err
		}
		if v.c.mode == ModeParse {
			return jinja.Str(""), true, nil
		}
		val, found := v.lookup(a[0].String(), strings.HasPrefix(name, "meta"))
		if !found {
			if required {
				return nil, true, v.missing(a[0].String())
			}
			return a[1], true, nil
		}
		validator := a[len(a)-1]
		if _, none := validator.(jinja.NoneType); !none && (required || !isNone(a[1])) {
			if _, err := jinja.CallValue(t, validator, []jinja.Value{val}, nil); err != nil {
				return nil, true, err
			}
		}
		return val, true, nil
	case "persist_relation_docs", "persist_column_docs":
		if v.c.mode == ModeParse {
			return jinja.Bool(false), true, nil
		}
		val, found := v.lookup("persist_docs", false)
		if !found || isNone(val) {
			return jinja.Bool(false), true, nil
		}
		d, ok := val.(*jinja.Dict)
		if !ok {
			return nil, true, diag.New(diag.CompilationError, "Invalid value provided for 'persist_docs'. Expected dict but received <class '%s'>", val.Type())
		}
		key := "relation"
		if name == "persist_column_docs" {
			key = "columns"
		}
		if x, ok := d.GetStr(key); ok {
			return x, true, nil
		}
		return jinja.Bool(false), true, nil
	}
	return nil, false, nil
}

func isNone(v jinja.Value) bool {
	_, ok := v.(jinja.NoneType)
	return ok
}

// lookup reads the node's config as dbt's BaseConfig.get does: a field or an
// extra key; a field that is there but null counts as found.
func (v *configValue) lookup(key string, meta bool) (jinja.Value, bool) {
	n := v.c.node
	if n == nil || n.Config == nil {
		return nil, false
	}
	m := n.Config
	if meta {
		m = n.Config.Map("meta")
	}
	switch key {
	case "pre_hook", "post_hook":
		key = strings.Replace(key, "_", "-", 1)
	case "snapshot_table_column_names":
		if n.ResourceType == manifest.Snapshot && !meta {
			return toJinja(snapshotColumns(m.Map("snapshot_meta_column_names"))), true
		}
	}
	val, ok := m.Get(key)
	if !ok {
		return nil, false
	}
	return toJinja(val), true
}

// snapshotColumns names the columns that a snapshot adds: as configured, else as
// dbt's (dbt/artifacts/resources/v1/snapshot.py).
func snapshotColumns(configured *yamldoc.Map) *yamldoc.Map {
	names := yamldoc.NewMap()
	for _, column := range []string{"dbt_valid_from", "dbt_valid_to", "dbt_scd_id", "dbt_updated_at", "dbt_is_deleted"} {
		name := configured.Str(column)
		if name == "" {
			name = column
		}
		names.Set(column, name)
	}
	return names
}

func (v *configValue) missing(key string) error {
	id := ""
	if v.c.node != nil {
		id = v.c.node.UniqueID
	}
	return diag.New(diag.CompilationError, "Model '%s' does not define a required config parameter '%s'.", id, key).WithCode("missing-config")
}
