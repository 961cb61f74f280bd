package pymod_test

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/jinja/pymod"
)

// TestModules: testdata/modules.jsonl holds what Python gives.
func TestModules(t *testing.T) {
	f, err := os.Open("testdata/modules.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	env := jinja.NewEnv(jinja.Options{})
	ctx := jinja.MapContext{"modules": pymod.Modules(nil)}
	type modCase struct {
		Template string `json:"template"`
		Output   string `json:"output"`
		Error    bool   `json:"error"`
	}
	n := 0
	for sc := bufio.NewScanner(f); sc.Scan(); n++ {
		var want modCase
		if err := json.Unmarshal(sc.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		got := modCase{Template: want.Template}
		tmpl, err := env.Parse("m.sql", want.Template)
		if err == nil {
			got.Output, err = tmpl.Render(nil, ctx)
		}
		got.Error = err != nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	if n < 50 {
		t.Errorf("only %d cases", n)
	}
}

// Each name of all_timezones is a zone that timezone() knows.
func TestAllTimezones(t *testing.T) {
	d := pymod.Pytz().(*jinja.Dict)
	all, _ := d.GetStr("all_timezones")
	common, _ := d.GetStr("common_timezones")
	names := all.(jinja.Tuple)
	if len(names) < 500 || len(common.(jinja.Tuple)) >= len(names) {
		t.Fatalf("%d zones, %d common ones", len(names), len(common.(jinja.Tuple)))
	}
	zone, _ := d.GetStr("timezone")
	for _, n := range names {
		if _, err := zone.(jinja.Callable).Call(jinja.NewThread(t.Context()), []jinja.Value{n}, nil); err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}
}
