package selector

import (
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
)

const nestedText = `
selectors:
- {name: stg_orders, definition: {method: fqn, value: stg_orders}}
- {name: stg_users, definition: stg_users}
- {name: quiet, definition: {union: ["stg_*", {exclude: [{method: test_name, value: not_null}]}]}}
- {name: later, definition: {union: ["selector:last", report]}}
- {name: last, definition: {method: fqn, value: dates}}
- {name: loop_a, definition: {union: ["selector:loop_b"]}}
- {name: loop_b, definition: {union: [stg_users, "selector:loop_*"]}}
- {name: inherits, definition: {method: selector, value: quiet}}
- {name: short, definition: {selector: last}}
`

// selector: as in dbt 1.12: names with wildcards, graph operators around it, selectors that name others.
func TestSelectorMethod(t *testing.T) {
	m, doc := parseYAML(t, nestedText)
	defs, err := ParseSelectors(m, doc, Eager)
	if err != nil {
		t.Fatal(err)
	}
	s := New(shop(), Options{Selectors: defs})
	for _, tt := range []struct{ selects, exclude, want string }{
		{"selector:stg_orders", "", "stg_orders not_null"},
		{"selector:stg_*", "test_type:data", "stg_orders stg_users"},
		{"selector:stg_orders selector:last", "test_type:data", "dates stg_orders"},
		{"selector:stg_*,selector:stg_users", "test_type:data", "stg_users"},
		{"1+selector:stg_users", "test_type:data", "orders.v2 stg_users raw.users"},
		{"selector:quiet", "", "stg_orders stg_users rel"},
		{"selector:inherits", "", "stg_orders stg_users rel"},
		{"selector:later", "test_type:data test_type:unit", "dates report"},
		{"selector:short", "", "dates"},
		{"stg_*", "selector:stg_orders test_type:data", "stg_users"},
	} {
		var out []string
		if tt.exclude != "" {
			out = []string{tt.exclude}
		}
		spec, err := ParseArgs([]string{tt.selects}, out, Eager)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Select(spec, Filter{})
		if err != nil || short(got) != tt.want {
			t.Errorf("%s without %s: %s, %v", tt.selects, tt.exclude, short(got), err)
		}
	}
	// What the command doesn't take is left out before the parents are added.
	spec, _ := ParseArgs([]string{"1+selector:stg_users"}, nil, Eager)
	if got, _, err := s.Select(spec, Filter{Types: []ident.Type{ident.Model}}); err != nil || short(got) != "stg_users" {
		t.Errorf("models: %s, %v", short(got), err)
	}
	none := New(shop(), Options{})
	for _, tt := range []struct {
		s                  *Selector
		raw, message, hint string
	}{
		{s, "selector:stg_order", "Selector 'stg_order' did not match any selector in selectors.yml", "did you mean 'stg_orders'"},
		{s, "selector:loop_a", "Circular dependency detected in selector: loop_a", "loop_a → loop_b → loop_a"},
		{none, "selector:x", "Cannot use selector: method if selectors.yml is not provided", ""},
	} {
		spec, err := ParseArgs([]string{tt.raw}, nil, Eager)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = tt.s.Select(spec, Filter{})
		d, ok := diag.As(err)
		if !ok || d.Message != tt.message || !strings.Contains(d.Hint, tt.hint) {
			t.Errorf("%s: %v", tt.raw, err)
		}
	}
}
