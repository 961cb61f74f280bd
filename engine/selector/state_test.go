package selector

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// stateShop is shop with what states are compared by.
func stateShop(t *testing.T) *manifest.Manifest {
	t.Helper()
	m := shop()
	for _, n := range m.Nodes {
		n.UnrenderedConfig = n.Config.DeepCopy()
	}
	report := m.Nodes["model.shop.report"]
	report.DependsOn.Macros = []string{"macro.shop.outer"}
	report.Contract = manifest.Contract{Enforced: true, Checksum: ptr("1")}
	report.Columns = []*manifest.Column{{Name: "id", DataType: ptr("numeric(3)"), Description: "d", Constraints: []manifest.Constraint{{Type: "not_null"}}}, {Name: "day"}}
	report.Constraints = []manifest.Constraint{{Type: "check", Name: ptr("positive"), Columns: []string{"id"}, IsModelConstraint: true}}
	m.AddNode(&manifest.Node{UniqueID: "seed.shop.cities", Name: "cities", ResourceType: manifest.Seed, PackageName: "shop", FQN: []string{"shop", "cities"},
		Config: yamldoc.NewMap(), UnrenderedConfig: yamldoc.NewMap(), Checksum: manifest.Checksum{Name: "sha256", Checksum: "1"}})
	m.UnitTests["unit_test.shop.report.adds_up"].Checksum = ptr("1")
	m.AddMacro(&manifest.Macro{UniqueID: "macro.shop.outer", MacroSQL: "a", DependsOn: manifest.MacroDependsOn{Macros: []string{"macro.shop.inner"}}})
	m.AddMacro(&manifest.Macro{UniqueID: "macro.shop.inner", MacroSQL: "b", DependsOn: manifest.MacroDependsOn{Macros: []string{"macro.shop.outer"}}}) // recursive
	return m
}

// reread is a manifest as it comes back from its file.
func reread(t *testing.T, m *manifest.Manifest) *manifest.Manifest {
	t.Helper()
	var b bytes.Buffer
	m.Metadata.Quoting = yamldoc.NewMap()
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	out, err := manifest.DecodeManifest("manifest.json", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestState(t *testing.T) {
	node := func(m *manifest.Manifest, name string) *manifest.Node { return m.Nodes["model.shop."+name] }
	tests := []struct {
		name string
		// change makes the present project out of the earlier one.
		change func(*manifest.Manifest)
		// want is what each value of state: selects; those not named select nothing.
		want map[string]string
		warn string
	}{
		{name: "nothing"},
		{name: "body", change: func(m *manifest.Manifest) { node(m, "stg_orders").RawCode = "select 2" },
			want: map[string]string{"modified": "stg_orders", "modified.body": "stg_orders"}},
		{name: "config", change: func(m *manifest.Manifest) { node(m, "stg_orders").UnrenderedConfig.Set("materialized", "table") },
			want: map[string]string{"modified": "stg_orders", "modified.configs": "stg_orders"}},
		{name: "config taken away", change: func(m *manifest.Manifest) { node(m, "report").UnrenderedConfig.Delete("full_refresh") },
			want: map[string]string{"modified": "report", "modified.configs": "report"}},
		{name: "tags are no change", change: func(m *manifest.Manifest) { node(m, "stg_orders").UnrenderedConfig.Set("tags", "other") }},
		{name: "schema", change: func(m *manifest.Manifest) { node(m, "stg_orders").UnrenderedConfig.Set("schema", "other") },
			want: map[string]string{"modified": "stg_orders", "modified.relation": "stg_orders"}},
		{name: "what schema means in the target is no change", change: func(m *manifest.Manifest) { node(m, "stg_orders").Schema = "prod" }},
		{name: "folder", change: func(m *manifest.Manifest) { node(m, "stg_orders").FQN = []string{"shop", "other", "stg_orders"} },
			want: map[string]string{"modified": "stg_orders"}},
		{name: "description that is not persisted", change: func(m *manifest.Manifest) { node(m, "report").Description = "new" }},
		{name: "access", change: func(m *manifest.Manifest) { node(m, "report").Access = "private" }, want: map[string]string{"modified": "report"}},
		{name: "latest version", change: func(m *manifest.Manifest) { node(m, "orders.v1").LatestVersion = int64(1) }, want: map[string]string{"modified": "orders.v1"}},
		{name: "deprecation", change: func(m *manifest.Manifest) { node(m, "stg_orders").DeprecationDate = ptr("2030-01-01T00:00:00+00:00") },
			want: map[string]string{"modified": "stg_orders"}},
		{name: "macro below a macro", change: func(m *manifest.Manifest) { m.Macros["macro.shop.inner"].MacroSQL = "c" },
			want: map[string]string{"modified": "report", "modified.macros": "report"}},
		{name: "test's severity", change: func(m *manifest.Manifest) { m.Nodes["test.shop.not_null"].UnrenderedConfig.Set("severity", "warn") },
			want: map[string]string{"modified": "not_null", "modified.configs": "not_null"}},
		{name: "generic test's body is no change", change: func(m *manifest.Manifest) { m.Nodes["test.shop.not_null"].RawCode = "y" },
			want: map[string]string{"modified.body": "not_null"}},
		{name: "singular test's body", change: func(m *manifest.Manifest) { m.Nodes["test.shop.single"].RawCode = "y" },
			want: map[string]string{"modified": "single", "modified.body": "single"}},
		{name: "unit test", change: func(m *manifest.Manifest) { m.UnitTests["unit_test.shop.report.adds_up"].Checksum = ptr("2") },
			want: map[string]string{"modified": "report.adds_up"}},
		{name: "seed", change: func(m *manifest.Manifest) { m.Nodes["seed.shop.cities"].Checksum.Checksum = "2" },
			want: map[string]string{"modified": "cities", "modified.body": "cities"}},
		{name: "seed that grew", change: func(m *manifest.Manifest) {
			m.Nodes["seed.shop.cities"].Checksum = manifest.Checksum{Name: "path", Checksum: "seeds/cities.csv"}
		}, want: map[string]string{"modified": "cities", "modified.body": "cities"}, warn: "Found a seed (shop.cities) >1MB in size. The previous file was <=1MB, so it has changed"},
		{name: "source's schema", change: func(m *manifest.Manifest) { m.Sources["source.shop.raw.users"].Schema = "x" },
			want: map[string]string{"modified": "raw.users", "modified.relation": "raw.users"}},
		{name: "source's freshness", change: func(m *manifest.Manifest) {
			m.Sources["source.shop.raw.users"].Freshness = yamldoc.NewMap("warn_after", yamldoc.NewMap("count", int64(1), "period", "day"))
		}, want: map[string]string{"modified": "raw.users"}},
		{name: "exposure", change: func(m *manifest.Manifest) { m.Exposures["exposure.shop.dash"].URL = ptr("x") }, want: map[string]string{"modified": "dash"}},
		// Contracts. Size, precision and scale of a type may change.
		{name: "stricter contract", change: func(m *manifest.Manifest) { node(m, "report").Contract.Checksum = ptr("2") },
			want: map[string]string{"modified": "report", "modified.contract": "report"}},
		{name: "wider type", change: func(m *manifest.Manifest) {
			node(m, "report").Contract.Checksum = ptr("2")
			node(m, "report").Columns[0].DataType = ptr("NUMERIC(9)")
		}, want: map[string]string{"modified": "report", "modified.contract": "report"}},
		{name: "broken contract", change: func(m *manifest.Manifest) {
			n := node(m, "report")
			n.Contract.Checksum = ptr("2")
			n.Columns = n.Columns[:1]
			n.Columns[0] = &manifest.Column{Name: "id", DataType: ptr("text"), Description: "d"}
			n.Constraints, n.Config = nil, yamldoc.NewMap("materialized", "view")
		}, want: map[string]string{"modified": "report", "modified.contract": "report"},
			warn: "Breaking change to contracted, unversioned model report (models/marts/report.sql)\nWhile comparing to previous project state, dbt detected a breaking change to an unversioned model.\n" +
				"  - Columns were removed: \n    - day\n  - Columns with data_type changes: \n    - id (numeric(3) -> text)\n" +
				"  - Enforced column level constraints were removed: \n    - 'ConstraintType.not_null' constraint on column id\n" +
				"  - Enforced model level constraints were removed: \n    - 'positive' constraint on columns ['id']\n" +
				"  - Materialization changed with enforced constraints: \n    - table -> view\n"},
		{name: "contract taken away", change: func(m *manifest.Manifest) { node(m, "report").Contract = manifest.Contract{} },
			want: map[string]string{"modified": "report", "modified.contract": "report"}, warn: "Contract enforcement was removed"},
		{name: "contracted model gone", change: func(m *manifest.Manifest) { m.RemoveNode("model.shop.report") },
			warn: "Contracted model 'model.shop.report' was deleted or renamed."},
		{name: "new model, source, exposure", change: func(m *manifest.Manifest) {
			m.AddNode(&manifest.Node{UniqueID: "model.shop.fresh", Name: "fresh", ResourceType: manifest.Model, PackageName: "shop", FQN: []string{"shop", "fresh"}, Config: yamldoc.NewMap(), RawCode: "x"})
			m.AddSource(&manifest.Source{UniqueID: "source.shop.raw.more", Name: "more", SourceName: "raw", PackageName: "shop", Config: yamldoc.NewMap()})
			m.AddExposure(&manifest.Exposure{UniqueID: "exposure.shop.board", Name: "board", Config: yamldoc.NewMap()})
		}, want: map[string]string{"new": "board fresh raw.more", "modified": "fresh", "modified.body": "fresh", "modified.configs": "board fresh raw.more",
			"modified.persisted_descriptions": "fresh", "modified.relation": "fresh raw.more", "modified.contract": "fresh"}},
		{name: "persisted description", change: func(m *manifest.Manifest) {
			n := node(m, "orders.v1")
			n.Config = n.Config.DeepCopy()
			n.Config.Set("persist_docs", yamldoc.NewMap("relation", true, "columns", true))
			n.Columns = []*manifest.Column{{Name: "id", Description: "x"}}
		}, want: map[string]string{"modified": "orders.v1", "modified.persisted_descriptions": "orders.v1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old := reread(t, stateShop(t))
			m := stateShop(t)
			if tt.change != nil {
				tt.change(m)
			}
			for _, value := range stateChecks {
				var warned []string
				st := &State{Manifest: old, Constraints: map[string]string{"not_null": "enforced", "check": "enforced"},
					Warn: func(e event.Event) error { warned = append(warned, e.Message(event.Style{})); return nil }}
				s := New(m, Options{State: st})
				spec, err := ParseArgs([]string{"state:" + value}, nil, Empty)
				if err != nil {
					t.Fatal(err)
				}
				got, _, err := s.Select(spec, Filter{IncludeEmpty: true})
				if err != nil {
					t.Fatal(err)
				}
				switch value {
				case "unmodified", "old": // the complements
					other := map[string]string{"unmodified": "modified", "old": "new"}[value]
					if n := len(strings.Fields(tt.want[other])); len(got)+n != len(s.items) {
						t.Errorf("%s selects %s", value, short(got))
					}
					continue
				}
				if short(got) != tt.want[value] {
					t.Errorf("%s selects %q, want %q", value, short(got), tt.want[value])
				}
				text := strings.Join(warned, "")
				if value == "modified" && (!strings.Contains(text, tt.warn) || tt.warn == "" && text != "") {
					t.Errorf("%s warns %q, want %q", value, text, tt.warn)
				}
			}
		})
	}
}

// A model with versions may not break its contract: that ends the command.
func TestStateContractOfVersion(t *testing.T) {
	earlier := func() *manifest.Manifest {
		m := stateShop(t)
		n := m.Nodes["model.shop.orders.v1"]
		n.Contract = manifest.Contract{Enforced: true, Checksum: ptr("1")}
		n.Columns = []*manifest.Column{{Name: "id"}}
		return m
	}
	tests := []struct {
		name    string
		change  func(m *manifest.Manifest, n *manifest.Node)
		message string
	}{
		{"column", func(_ *manifest.Manifest, n *manifest.Node) { n.Columns, n.Contract.Checksum = nil, ptr("2") }, "Columns were removed: \n    - id"},
		{"deleted", func(m *manifest.Manifest, n *manifest.Node) { m.RemoveNode(n.UniqueID) }, "Contracted model 'model.shop.orders.v1' was deleted or renamed."},
		{"disabled", func(m *manifest.Manifest, n *manifest.Node) {
			m.RemoveNode(n.UniqueID)
			n.Config = yamldoc.NewMap("enabled", false)
			m.AddDisabled(n)
		}, "Contracted model 'model.shop.orders.v1' was disabled."},
	}
	for _, tt := range tests {
		m := earlier()
		tt.change(m, m.Nodes["model.shop.orders.v1"])
		s := New(m, Options{State: &State{Manifest: reread(t, earlier())}})
		spec, _ := ParseArgs([]string{"state:modified.contract"}, nil, Eager)
		_, _, err := s.Select(spec, Filter{})
		d, ok := diag.As(err)
		if !ok || d.Category != "Breaking change to contract Error" || !strings.Contains(d.Message, tt.message) || !strings.Contains(d.Message, "create a new model version") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	// A model past its deprecation date may go.
	m, old := earlier(), earlier()
	m.RemoveNode("model.shop.orders.v1")
	old.Nodes["model.shop.orders.v1"].DeprecationDate = ptr("2020-01-01T00:00:00+00:00")
	st := &State{Manifest: reread(t, old), Now: func() time.Time { return time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC) }}
	spec, _ := ParseArgs([]string{"state:modified"}, nil, Eager)
	if _, _, err := New(m, Options{State: st}).Select(spec, Filter{}); err != nil {
		t.Error(err)
	}
}

func TestStateUnknownValue(t *testing.T) {
	s := New(shop(), Options{State: &State{Manifest: shop()}})
	spec, _ := ParseArgs([]string{"state:modifed"}, nil, Eager)
	_, _, err := s.Select(spec, Filter{})
	d, ok := diag.As(err)
	want := `Got an invalid selector "modifed", expected one of "['new', 'old', 'modified', 'unmodified', 'modified.body', 'modified.configs', ` +
		`'modified.persisted_descriptions', 'modified.relation', 'modified.macros', 'modified.contract']"`
	if !ok || d.Message != want || d.Hint != "did you mean 'modified'?" {
		t.Errorf("%v", err)
	}
}

func TestResultAndSourceStatus(t *testing.T) {
	at := func(h int) *time.Time { t := time.Date(2025, 1, 1, h, 0, 0, 0, time.UTC); return &t }
	st := &State{
		Results: &manifest.RunResults{Results: []manifest.RunResult{
			{UniqueID: "model.shop.stg_orders", Status: "error"}, {UniqueID: "model.shop.report", Status: "skipped"}, {UniqueID: "model.shop.gone", Status: "error"},
			{UniqueID: "model.shop.orders.v1", Status: "partial success"}, {UniqueID: "test.shop.not_null", Status: "fail"}}},
		Sources: &manifest.Freshness{Results: []manifest.FreshnessResult{
			{UniqueID: "source.shop.raw.orders", MaxLoadedAt: at(1)}, {UniqueID: "source.shop.raw.users", MaxLoadedAt: at(1)}}},
		SourcesCurrent: &manifest.Freshness{Results: []manifest.FreshnessResult{
			{UniqueID: "source.shop.raw.orders", MaxLoadedAt: at(2)}, {UniqueID: "source.shop.raw.users", MaxLoadedAt: at(1)}, {UniqueID: "source.shop.raw.gone"}}},
	}
	s := New(shop(), Options{State: st})
	for raw, want := range map[string]string{
		"result:error": "stg_orders", "result:error result:skipped": "report stg_orders", "result:fail": "not_null", "result:pass": "", "result:error+1": "orders.v1 orders.v2 stg_orders",
		"source_status:fresher": "raw.orders", "source_status:fresher+1": "stg_orders raw.orders", "source_status:warn": "",
	} {
		spec, err := ParseArgs([]string{raw}, []string{"test_type:generic,result:pass"}, Empty)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Select(spec, Filter{})
		if raw == "result:error+1" {
			got = without(got, "test.")
		}
		if err != nil || short(got) != want {
			t.Errorf("%s: %s, %v", raw, short(got), err)
		}
	}
}

func without(s map[string]struct{}, prefix string) map[string]struct{} {
	for id := range s {
		if strings.HasPrefix(id, prefix) {
			delete(s, id)
		}
	}
	return s
}
