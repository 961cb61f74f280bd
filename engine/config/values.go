package config

import (
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Values is the final config of one resource: every known field of its type in
// the order of dbt's manifest, then the unknown keys. Values are plain Go values as
// package yamldoc makes them (nil, bool, int64, float64, string, []any,
// [*yamldoc.Map] …), ready for JSON and Jinja. A Values is shared between nodes:
// treat it as read-only and call [Values.Clone] before a change.
type Values struct {
	m *yamldoc.Map
}

// Map returns the fields in order; it must not be changed.
func (v *Values) Map() *yamldoc.Map {
	if v == nil {
		return nil
	}
	return v.m
}

// Clone returns a deep copy.
func (v *Values) Clone() *Values { return &Values{m: v.Map().DeepCopy()} }

// MarshalJSON writes the fields in their order.
func (v *Values) MarshalJSON() ([]byte, error) { return v.Map().MarshalJSON() }

// Get returns a field by its name in the manifest ("pre-hook" with a hyphen).
func (v *Values) Get(key string) (any, bool) { return v.Map().Get(key) }

// Set changes a field, or adds an unknown key.
func (v *Values) Set(key string, value any) { v.m.Set(key, value) }

// Str returns a string field, "" when it is null or no string.
func (v *Values) Str(key string) string { return v.Map().Str(key) }

// Bool returns a boolean field, false when it is null or no boolean.
func (v *Values) Bool(key string) bool {
	b, _ := v.Map().Value(key).(bool)
	return b
}

// Enabled is the enabled field; resources without one are enabled.
func (v *Values) Enabled() bool {
	b, ok := v.Map().Value("enabled").(bool)
	return !ok || b
}

// Materialized is the name of the materialization.
func (v *Values) Materialized() string { return v.Str("materialized") }

// Group is the group, "" when not set.
func (v *Values) Group() string { return v.Str("group") }

// Access is "private", "protected" or "public"; "" for types without access.
func (v *Values) Access() string { return v.Str("access") }

// Tags lists the tags.
func (v *Values) Tags() []string { return v.Strings("tags") }

// Strings returns a field that is a list of strings or one string.
func (v *Values) Strings(key string) []string {
	return yamldoc.Texts(v.Map().Value(key))
}

// Meta is the meta field, never nil.
func (v *Values) Meta() *yamldoc.Map { return v.dict("meta") }

// Docs tells whether the node is shown in the docs and its colour there.
func (v *Values) Docs() (show bool, nodeColor string) {
	d := v.dict("docs")
	show, ok := d.Value("show").(bool)
	return show || !ok, d.Str("node_color")
}

// ContractEnforced is contract.enforced.
func (v *Values) ContractEnforced() bool {
	b, _ := v.dict("contract").Value("enforced").(bool)
	return b
}

// ContractAliasTypes is contract.alias_types.
func (v *Values) ContractAliasTypes() bool {
	b, ok := v.dict("contract").Value("alias_types").(bool)
	return b || !ok
}

// UniqueKey lists the columns of unique_key.
func (v *Values) UniqueKey() []string { return v.Strings("unique_key") }

// Quoting is the node's quoting: block.
func (v *Values) Quoting() Quoting {
	d := v.dict("quoting")
	get := func(k string) *bool {
		if b, ok := d.Value(k).(bool); ok {
			return &b
		}
		return nil
	}
	return Quoting{Database: get("database"), Schema: get("schema"), Identifier: get("identifier"), SnowflakeIgnoreCase: get("snowflake_ignore_case")}
}

// Hook is one pre- or post-hook.
type Hook struct {
	SQL         string
	Transaction bool
	// Index is set when the config has one.
	Index *int
}

// PreHooks lists the hooks that run before the node.
func (v *Values) PreHooks() []Hook { return v.hooks("pre-hook") }

// PostHooks lists the hooks that run after the node.
func (v *Values) PostHooks() []Hook { return v.hooks("post-hook") }

func (v *Values) hooks(key string) []Hook {
	list := v.Map().List(key)
	if len(list) == 0 {
		return nil
	}
	out := make([]Hook, 0, len(list))
	for _, e := range list {
		m, ok := e.(*yamldoc.Map)
		if !ok {
			continue
		}
		h := Hook{SQL: m.Str("sql"), Transaction: true}
		if t, ok := m.Value("transaction").(bool); ok {
			h.Transaction = t
		}
		if i, ok := m.Value("index").(int64); ok {
			n := int(i)
			h.Index = &n
		}
		out = append(out, h)
	}
	return out
}

func (v *Values) dict(key string) *yamldoc.Map {
	if d := v.Map().Map(key); d != nil {
		return d
	}
	return &yamldoc.Map{}
}
