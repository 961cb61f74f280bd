package postgres

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// The changes of a materialized view are those of its indexes, whatever their names and the order of columns.
func TestViewChanges(t *testing.T) {
	column := func(name string, values ...any) (adapter.ResultColumn, []any) {
		return adapter.ResultColumn{Name: name}, values
	}
	table := &adapter.Table{}
	for _, c := range []func() (adapter.ResultColumn, []any){
		func() (adapter.ResultColumn, []any) { return column("name", "ix1", "ix2") },
		func() (adapter.ResultColumn, []any) { return column("method", "btree", "hash") },
		func() (adapter.ResultColumn, []any) { return column("unique", true, false) },
		func() (adapter.ResultColumn, []any) { return column("column_names", "a,b", "c") },
	} {
		head, values := c()
		table.Columns, table.Values = append(table.Columns, head), append(table.Values, values)
	}
	change := driver{}.RelationMethods()["get_materialized_view_config_change_collection"]
	for _, c := range []struct {
		name    string
		indexes any
		want    []string
	}{
		{"the same", []any{map[string]any{"columns": []any{"B", "a"}, "unique": true}, map[string]any{"columns": []any{"c"}, "type": "hash"}}, nil},
		{"another method", []any{map[string]any{"columns": []any{"a", "b"}, "unique": true}, map[string]any{"columns": []any{"c"}}}, []string{"drop ix2", "create "}},
		{"none is wanted", nil, []string{"drop ix1", "drop ix2"}},
	} {
		got, err := change(adapter.Relation{}, []any{adapter.Object{{Name: "indexes", Value: table}}, map[string]any{"config": map[string]any{"indexes": c.indexes}}}, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var actions []string
		if o, ok := got.(adapter.Object); ok {
			list, _ := o.Get("indexes")
			for _, x := range list.([]any) {
				action, _ := x.(adapter.Object).Get("action")
				context, _ := x.(adapter.Object).Get("context")
				name, _ := context.(adapter.Object).Get("name")
				actions = append(actions, action.(string)+" "+name.(string))
			}
		}
		if d := cmp.Diff(c.want, actions); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	if _, err := change(adapter.Relation{}, []any{adapter.Object{}, nil}, nil); err == nil {
		t.Error("a description without indexes was taken")
	}
}
