package selector

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func parseYAML(t testing.TB, text string) (*yamldoc.Map, *yamldoc.Document) {
	t.Helper()
	doc, err := yamldoc.Parse("selectors.yml", []byte(text), yamldoc.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := doc.Value()
	if err != nil {
		t.Fatal(err)
	}
	m, _ := v.(*yamldoc.Map)
	return m, doc
}

const selectorsText = `
selectors:
  - name: text
    definition: "+tag:nightly"
  - name: short
    default: true
    definition: {tag: nightly}
  - name: long
    definition:
      method: fqn
      value: stg_orders
      children: true
      children_depth: 1
      indirect_selection: empty
      exclude:
        - method: fqn
          value: orders.v1
  - name: sets
    definition:
      union:
        - intersection:
            - tag: nightly
            - "path:models/staging"
        - method: selector
          value: long
        - exclude: [orders.v2]
`

func TestSelectorsFile(t *testing.T) {
	m, doc := parseYAML(t, selectorsText)
	sel, err := ParseSelectors(m, doc, Eager)
	if err != nil {
		t.Fatal(err)
	}
	if sel.Default() != "short" || strings.Join(sel.Names(), " ") != "text short long sets" {
		t.Errorf("default %s, names %v", sel.Default(), sel.Names())
	}
	s := New(shop(), Options{})
	for name, want := range map[string]string{
		"text":  "dates orders.v2 report stg_orders stg_users raw.orders raw.users not_null rel single report.adds_up",
		"short": "report stg_orders not_null single report.adds_up",
		"long":  "orders.v2 stg_orders not_null",
		"sets":  "stg_orders not_null",
	} {
		spec, err := sel.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Select(spec, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		sorted := func(s string) []string { f := strings.Fields(s); return sortedCopy(f) }
		if diff := cmp.Diff(sorted(want), sorted(short(got))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, err = sel.Get("sort")
	if d, ok := diag.As(err); !ok || d.Message != "Could not find selector named sort, expected one of ['text', 'short', 'long', 'sets']" || d.Hint != "did you mean 'short'?" {
		t.Errorf("unknown selector: %v", err)
	}
}

func sortedCopy(s []string) []string {
	set := map[string]bool{}
	var out []string
	for _, x := range s {
		if !set[x] {
			set[x] = true
			out = append(out, x)
		}
	}
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			if out[j] < out[i] {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	return out
}

func TestSelectorsFileErrors(t *testing.T) {
	tests := []struct{ text, place, message, hint string }{
		{"selectors:\n- definition: x", "selectors.yml:2:3", "Could not parse selector file data", "needs a name"},
		{"selectors: {}", "selectors.yml:1:12", "Could not parse selector file data", "list"},
		{"foo: 1", "", "Could not parse selector file data", ""},
		{"selectors:\n- name: a\n  definition: [x]", "selectors.yml:3:15", "No lists.", "text or a dictionary"},
		{"selectors:\n- name: a\n  defintion: x", "selectors.yml:3", "Could not parse selector file data", "did you mean 'definition'?"},
		{"selectors:\n- name: a\n  definition:\n    union: x", "selectors.yml:4:12", `Invalid value for key "union". Expected a list.`, ""},
		{"selectors:\n- name: a\n  definition:\n    union: [x]\n    intersection: [y]", "selectors.yml:4:5", "Only a single 'union' or 'intersection' key is allowed in a root level selector definition; found union,intersection.", ""},
		{"selectors:\n- name: a\n  definition: {tagg: x}", "selectors.yml:3:15", "'tagg' is not a valid method name", "did you mean 'tag'?"},
		{"selectors:\n- name: a\n  definition: {method: selector, value: b}", "selectors.yml:3:15", "Existing selector definition for b not found.", "above"},
		{"selectors:\n- name: a\n  default: true\n  definition: x\n- name: b\n  default: true\n  definition: y", "selectors.yml:6:12", "Found multiple selectors with `default: true`:a and b", ""},
		{"selectors:\n- name: a\n  definition: {method: tag, value: x, indirect_selection: zz}", "selectors.yml:3", "'zz' is not a valid IndirectSelection", "valid modes"},
		{"selectors:\n- name: a\n  definition:\n    union: [x, {exclude: [y]}, {exclude: [z]}]", "selectors.yml:4", "You cannot provide multiple exclude arguments to the same selector set operator", ""},
		{"selectors:\n- name: a\n  definition: {}", "selectors.yml:3", `Expected either 1 key or else "method" and "value" keys, but got []`, ""},
		{"selectors:\n- name: a\n  definition: {union: [1]}", "selectors.yml:3", "Invalid value type <class 'int'> in key \"union\", expected dict or str (value: 1).", ""},
		{"selectors:\n- name: a\n  definition: {method: tag, value: x, children: true, childrens_parents: true}", "selectors.yml:3", `"@" prefix and "+" suffix are incompatible`, ""},
	}
	for _, tt := range tests {
		m, doc := parseYAML(t, tt.text)
		_, err := ParseSelectors(m, doc, Eager)
		d, ok := diag.As(err)
		if !ok || !strings.HasPrefix(d.Place(), tt.place) || !strings.Contains(d.Message, tt.message) || !strings.Contains(d.Hint, tt.hint) {
			t.Errorf("%q: %v", tt.text, err)
		}
	}
}

func TestManifestSelectors(t *testing.T) {
	m, _ := parseYAML(t, selectorsText)
	got, err := ManifestSelectors(m)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"text":{"name":"text","definition":{"parents":true,"method":"tag","value":"nightly"}},` +
		`"short":{"name":"short","default":true,"definition":{"method":"tag","value":"nightly"}},` +
		`"long":{"name":"long","definition":{"method":"fqn","value":"stg_orders","children":true,"children_depth":1,"indirect_selection":"empty","exclude":[{"method":"fqn","value":"orders.v1"}]}},` +
		`"sets":{"name":"sets","definition":{"union":[{"intersection":[{"method":"tag","value":"nightly"},{"method":"path","value":"models/staging"}]},` +
		`{"method":"fqn","value":"stg_orders","children":true,"children_depth":1,"indirect_selection":"empty","exclude":[{"method":"fqn","value":"orders.v1"}]},` +
		`{"exclude":[{"method":"fqn","value":"orders.v2"}]}]}}}`
	raw, err := got.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzSelectors(f *testing.F) {
	f.Add(selectorsText)
	f.Add("selectors: [{name: a, definition: {config.x: true}}, {name: b, definition: {union: [{method: selector, value: a}, {exclude: []}]}}]")
	s := New(shop(), Options{})
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := yamldoc.Parse("selectors.yml", []byte(text), yamldoc.Limits{MaxBytes: 1 << 13})
		if err != nil {
			return
		}
		v, err := doc.Value()
		m, ok := v.(*yamldoc.Map)
		if err != nil || !ok {
			return
		}
		sel, err := ParseSelectors(m, doc, Buildable)
		if err != nil {
			if _, ok := diag.As(err); !ok {
				t.Fatalf("not a diagnostic: %v", err)
			}
			return
		}
		for _, name := range sel.Names() {
			spec, err := sel.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _, _ = s.Select(spec, Filter{})
		}
		if _, err := ManifestSelectors(m); err != nil {
			t.Fatal(err)
		}
	})
}
