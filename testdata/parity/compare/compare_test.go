package compare_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/testdata/parity/compare"
)

// Differences have the place, the kind and both values.
func TestDocuments(t *testing.T) {
	for _, c := range []struct {
		name, dbt, gdbt string
		want            []string
	}{
		{"the same", `{"a": [1, {"b": null}]}`, `{"a": [1, {"b": null}]}`, nil},
		{"a value", `{"a": {"b": 1}}`, `{"a": {"b": 2}}`, []string{"x/a/b value 1 2"}},
		{"1 is not 1.0", `{"a": 1}`, `{"a": 1.0}`, []string{"x/a value 1 1.0"}},
		{"keys that one has", `{"a": 1}`, `{"b": 1}`, []string{"x/a value 1 (absent)", "x/b value (absent) 1"}},
		{"the order of keys", `{"a": 1, "b": 2}`, `{"b": 2, "a": 1}`, []string{"x order a b b a"}},
		{"the order of elements", `{"a": ["p", "q"]}`, `{"a": ["q", "p"]}`, []string{`x/a order ["p","q"] ["q","p"]`}},
		{"another element", `{"a": ["p"]}`, `{"a": ["q"]}`, []string{`x/a value ["p"] ["q"]`}},
		{"results by id", `[{"unique_id": "m", "s": 1}, {"unique_id": "n", "s": 1}]`, `[{"unique_id": "m", "s": 1}, {"unique_id": "n", "s": 2}]`, []string{"x/n/s value 1 2"}},
		{"white space", `"a  b\n\nc"`, `"a b c"`, []string{`x space "a  b\n\nc" "a b c"`}},
		{"lines", `"a\nb\nc\nd"`, `"a\nB\nc\nd\ne"`, []string{`x value "b" "B"`, `x value (absent) "e"`}},
		{"types", `{"a": {}}`, `{"a": []}`, []string{"x/a value {} []"}},
	} {
		left, err := compare.ParseJSON([]byte(c.dbt))
		if err != nil {
			t.Fatal(err)
		}
		right, err := compare.ParseJSON([]byte(c.gdbt))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range compare.Documents("x", left, right) {
			got = append(got, strings.Join([]string{d.At, d.Kind, d.DBT, d.GDBT}, " "))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	for _, bad := range []string{``, `{`, `[1`, `{} 2`, `{"a"}`} {
		if _, err := compare.ParseJSON([]byte(bad)); err == nil {
			t.Errorf("%q was taken for JSON", bad)
		}
	}
}

// Known differences are found by place, kind and values; what none explains is left.
func TestSort(t *testing.T) {
	known, err := compare.ReadKnown("k.yml", []byte(`
- {at: "shop/*/build/nodes/*/tags", why: one, status: to mend}
- {at: "*/run/**", kind: space, why: two, status: better on purpose}
- {at: "*/stdout", dbt: "^\"Found", gdbt: absent, why: three, status: better on purpose}
- {at: "never", why: four, status: to mend}
`))
	if err != nil {
		t.Fatal(err)
	}
	list := []compare.Difference{
		{At: "shop/duckdb/build/nodes/model.a.b/tags", Kind: compare.Value},
		{At: "shop/duckdb/build/nodes/model.a.b/tags/0", Kind: compare.Value},
		{At: "shop/run/a/b/c.sql", Kind: compare.Space},
		{At: "shop/run/a/b/c.sql", Kind: compare.Value},
		{At: "shop/stdout", Kind: compare.Value, DBT: `"Found 1"`, GDBT: compare.Absent},
		{At: "shop/stdout", Kind: compare.Value, DBT: `"Lost 1"`, GDBT: compare.Absent},
	}
	if d := cmp.Diff([]compare.Difference{list[1], list[3], list[5]}, compare.Sort(list, known)); d != "" {
		t.Error(d)
	}
	var met []int
	for _, k := range known {
		met = append(met, k.Met)
	}
	if d := cmp.Diff([]int{1, 1, 1, 0}, met); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{`a: b`, `- x`, `- {at: a}`, `- {at: a, why: b, status: fine}`, `- {at: a, why: b, status: to mend, dbt: "("}`, `- {at: a, why: b, status: to mend, more: c}`} {
		if _, err := compare.ReadKnown("k.yml", []byte(bad)); err == nil {
			t.Errorf("%s was taken for a list", bad)
		}
	}
}
