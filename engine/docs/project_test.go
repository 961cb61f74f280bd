package docs_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// quote is a text as JavaScript.
func quote(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// node makes a node with what every node has.
func node(kind manifest.ResourceType, pkg, name, path string, parents ...string) *manifest.Node {
	config := yamldoc.NewMap("enabled", true, "materialized", "view", "tags", []any{})
	return &manifest.Node{UniqueID: string(kind) + "." + pkg + "." + name, ResourceType: kind, PackageName: pkg, Name: name, Alias: name, OriginalFilePath: path, Database: "db", Schema: "main", Language: "sql",
		Access: "protected", FQN: []string{pkg, name}, Config: config, Docs: manifest.Docs{Show: true}, DependsOn: manifest.DependsOn{Nodes: parents}, RawCode: "select 1",
		RelationName: ptr(`"db"."main"."` + name + `"`)}
}

func dataTest(of, name, column, generic string, parents ...string) *manifest.Node {
	t := node(manifest.Test, "shop", name, "models/marts/_marts.yml", append(parents, of)...)
	t.UniqueID += ".0123456789"
	t.FQN = []string{"shop", "marts", name}
	t.AttachedNode, t.ColumnName = ptr(of), ptr(column)
	t.TestMetadata = &manifest.TestMetadata{Name: generic, Kwargs: yamldoc.NewMap("column_name", column)}
	t.DependsOn.Macros = append(t.DependsOn.Macros, "macro.dbt.test_"+generic)
	t.Config = yamldoc.NewMap("enabled", true, "severity", "ERROR", "tags", []any{})
	return t
}

// rich is a small shop with something of everything.
func rich() docs.Input {
	m := manifest.New("shop")
	source := func(name string) *manifest.Source {
		return &manifest.Source{UniqueID: "source.shop.raw." + name, SourceName: "raw", Name: name, ResourceType: manifest.SourceType, PackageName: "shop", Database: "db", Schema: "raw",
			OriginalFilePath: "models/staging/_sources.yml", FQN: []string{"shop", "staging", "raw", name}, Tags: []string{"raw"}, RelationName: `"db"."raw"."` + name + `"`,
			Config: yamldoc.NewMap("enabled", true, "meta", yamldoc.NewMap("tier", "bronze")), Columns: []*manifest.Column{{Name: "id"}, {Name: "email"}}}
	}
	m.AddSource(source("orders"))
	m.AddSource(source("customers"))
	add := func(n *manifest.Node, change func(*manifest.Node)) {
		if change != nil {
			change(n)
		}
		m.AddNode(n)
	}
	fqn := func(parts ...string) func(*manifest.Node) { return func(n *manifest.Node) { n.FQN = parts } }
	add(node(manifest.Seed, "shop", "countries", "seeds/countries.csv"), nil)
	add(node(manifest.Model, "shop", "stg_orders", "models/staging/stg_orders.sql", "source.shop.raw.orders"), func(n *manifest.Node) {
		n.FQN, n.Tags = []string{"shop", "staging", "stg_orders"}, []string{"daily", "staging"}
		n.Config.Set("tags", []any{"daily", "staging"})
	})
	add(node(manifest.Model, "shop", "stg_customers", "models/staging/stg_customers.sql", "source.shop.raw.customers", "seed.shop.countries"), fqn("shop", "staging", "stg_customers"))
	add(node(manifest.Model, "shop", "customers", "models/marts/customers.sql", "model.shop.stg_customers"), func(n *manifest.Node) {
		n.FQN, n.Columns = []string{"shop", "marts", "customers"}, []*manifest.Column{{Name: "customer_id", Constraints: []manifest.Constraint{{Type: "primary_key"}}}, {Name: "customer_email", Description: "Where to **write**."}}
		n.PatchPath = ptr("shop://models/marts/_marts.yml")
	})
	add(node(manifest.Model, "shop", "orders", "models/marts/orders.sql", "model.shop.stg_orders", "model.shop.customers"), func(n *manifest.Node) {
		n.FQN, n.Tags, n.Group, n.Access = []string{"shop", "marts", "orders"}, []string{"daily"}, ptr("finance"), "public"
		n.Config.Set("materialized", "incremental")
		n.Config.Set("group", "finance")
		n.Config.Set("tags", []any{"daily"})
		n.Config.Set("meta", yamldoc.NewMap("tier", "gold", "pii", true))
		n.Meta = yamldoc.NewMap("tier", "gold")
		n.Contract.Enforced = true
		n.PrimaryKey = []string{"order_id"}
		n.Description = "One row an order."
		n.RawCode, n.Compiled, n.CompiledCode = "select {{ 1 + 1 }}", true, "select 2"
		n.Columns = []*manifest.Column{{Name: "order_id", Constraints: []manifest.Constraint{{Type: "primary_key"}}}, {Name: "customer_id", Description: "Who ordered.", Tags: []string{"key"}}}
		n.Docs.NodeColor = ptr("#aa3377")
		n.PatchPath = ptr("shop://models/marts/_marts.yml")
	})
	for _, v := range []int64{1, 2, 3} {
		n := node(manifest.Model, "shop", "scores", fmt.Sprintf("models/marts/scores_v%d.sql", v), "model.shop.orders")
		n.UniqueID = fmt.Sprintf("model.shop.scores.v%d", v)
		n.Version, n.LatestVersion = v, int64(2)
		n.FQN = []string{"shop", "marts", "scores", fmt.Sprintf("v%d", v)}
		m.AddNode(n)
	}
	add(node(manifest.FunctionType, "shop", "in_cents", "functions/in_cents.sql", "model.shop.customers"), func(n *manifest.Node) {
		n.Arguments, n.Returns = []manifest.FunctionArgument{{Name: "amount", DataType: "decimal", Description: ptr("In **euros**.")}}, manifest.FunctionReturns{DataType: "bigint"}
	})
	add(node(manifest.Snapshot, "shop", "orders_history", "snapshots/orders.sql", "model.shop.orders"), nil)
	add(node(manifest.Analysis, "shop", "look", "analyses/look.sql", "model.shop.orders"), nil)
	add(node(manifest.Model, "tools", "calendar", "models/calendar.sql"), fqn("tools", "calendar"))
	add(dataTest("model.shop.orders", "unique_orders_order_id", "order_id", "unique"), nil)
	add(dataTest("model.shop.orders", "relationships_orders_customer", "customer_id", "relationships", "model.shop.customers"), func(n *manifest.Node) {
		n.TestMetadata.Kwargs = yamldoc.NewMap("column_name", "customer_id", "to", "ref('customers')", "field", "customer_id")
		n.Config.Set("severity", "warn")
	})
	add(dataTest("model.shop.customers", "not_null_customers_id", "customer_id", "not_null"), nil)
	add(node(manifest.Test, "shop", "assert_sums", "tests/assert_sums.sql", "model.shop.orders", "model.shop.customers"), func(n *manifest.Node) { n.Config = yamldoc.NewMap("enabled", true, "severity", "ERROR") })
	m.AddExposure(&manifest.Exposure{UniqueID: "exposure.shop.board", Name: "board", ResourceType: manifest.ExposureType, PackageName: "shop", OriginalFilePath: "models/marts/_marts.yml", FQN: []string{"shop", "marts", "board"},
		Type: "dashboard", Owner: manifest.Owner{Name: ptr("Nobody"), Email: "nobody@example.com"}, URL: ptr("https://example.com/board"), DependsOn: manifest.DependsOn{Nodes: []string{"model.shop.orders"}}, Config: yamldoc.NewMap("enabled", true)})
	m.AddGroup(&manifest.Group{UniqueID: "group.shop.finance", Name: "finance", PackageName: "shop", Owner: manifest.Owner{Email: "nobody@example.com"}})
	m.AddMacro(&manifest.Macro{UniqueID: "macro.shop.cents", Name: "cents", PackageName: "shop", OriginalFilePath: "macros/cents.sql", MacroSQL: "{% macro cents(x) %}{{ x }} / 100{% endmacro %}", Docs: manifest.Docs{Show: true},
		Arguments: []manifest.MacroArgument{{Name: "x", Type: ptr("number"), Description: "A number."}}})
	m.AddDoc(&manifest.Doc{UniqueID: "doc.shop.__overview__", Name: "__overview__", PackageName: "shop", BlockContents: "# A shop\n\nSee [orders](#!/model/model.shop.orders)."})
	m.BuildMaps()
	timing := func(from, to string) []manifest.RunTiming {
		return []manifest.RunTiming{{Name: "execute", StartedAt: "2026-01-31T12:00:" + from + "Z", CompletedAt: "2026-01-31T12:00:" + to + "Z"}}
	}
	return docs.Input{
		Manifest: m, Adapter: "duckdb", GeneratedAt: noon, Version: "test",
		Run: &manifest.RunResults{ElapsedTime: 4, Args: yamldoc.NewMap("which", "build"), Metadata: manifest.ArtifactMetadata{GeneratedAt: "2026-01-31T12:00:05Z"}, Results: []manifest.RunResult{
			{UniqueID: "model.shop.stg_orders", Status: "success", ThreadID: "Thread-1", ExecutionTime: 2, Timing: timing("00", "02")},
			{UniqueID: "model.shop.stg_customers", Status: "success", ThreadID: "Thread-2", ExecutionTime: 1, Timing: timing("00", "01")},
			{UniqueID: "model.shop.orders", Status: "success", ThreadID: "Thread-1", ExecutionTime: 2, Timing: timing("02", "04")},
			{UniqueID: "test.shop.unique_orders_order_id.0123456789", Status: "fail", ThreadID: "Thread-2", ExecutionTime: 0.5, Failures: ptr(int64(2)), Timing: timing("02.5", "03")},
		}},
		Catalog: &manifest.Catalog{Nodes: []manifest.CatalogTable{{UniqueID: "model.shop.orders", Type: "BASE TABLE", Schema: "main", Name: "orders", Columns: []manifest.CatalogColumn{
			{Name: "order_id", Type: "INTEGER", Index: 1}, {Name: "customer_id", Type: "INTEGER", Index: 2}, {Name: "customer_email", Type: "VARCHAR", Index: 3, Comment: ptr("from the warehouse")}}}}},
		Sizes: map[string]docs.Size{"model.shop.orders": {Rows: 1234567, Bytes: 89_000_000}},
		Lineage: lineage.NewGraph([]*lineage.Node{
			{ID: "source.shop.raw.customers", Columns: []lineage.Column{{Name: "id"}, {Name: "email"}}},
			{ID: "model.shop.customers", Columns: []lineage.Column{{Name: "customer_id", From: []lineage.Edge{{Ref: lineage.Ref{Node: "source.shop.raw.customers", Column: "id"}, Kind: lineage.Direct}}}, {Name: "customer_email", Untraced: "it comes from a table function"}}},
			{ID: "model.shop.orders", Columns: []lineage.Column{{Name: "order_id"}, {Name: "customer_id", From: []lineage.Edge{{Ref: lineage.Ref{Node: "model.shop.customers", Column: "customer_id"}, Kind: lineage.Direct}}},
				{Name: "customer_email", From: []lineage.Edge{{Ref: lineage.Ref{Node: "model.shop.customers", Column: "customer_email"}, Kind: lineage.Derived}}}}, Filters: []lineage.Ref{{Node: "model.shop.customers", Column: "customer_id"}}},
		}, true),
	}
}

// hostile is a project whose texts try to run code.
func hostile() docs.Input {
	attacks := []string{
		`</script><script>globalThis.pwned = 1</script>`, `<img src=x onerror="globalThis.pwned = 1">`, `"><svg onload=globalThis.pwned=1>`, `' onclick='globalThis.pwned = 1`,
		`[click](javascript:globalThis.pwned=1) ![x](javascript:globalThis.pwned=1) ![remote](https://example.invalid/a.png) <img src="//example.invalid/b.png"><a href="jav&#x09;ascript:pwned=1">a</a>`,
		`</template><script>globalThis.pwned = 1</script>`, "\u2028globalThis.pwned = 1\u2029</style><style>*{background:url(//example.invalid)}", `{{ 7 * 7 }}{% if %}`, `<!--<script>`,
		`&lt;img src=x onerror=globalThis.pwned=1&gt; &#60;script&#62;`, "\u202egnp.exe\u0000\x1b[31m\ufeff", `<a href="//example.invalid" ping="//example.invalid" style="x" target=_blank>x</a><base href="//example.invalid"><meta http-equiv=refresh content="0;url=//example.invalid"><form action="//example.invalid"><input name=x autofocus onfocus=globalThis.pwned=1></form><math><mtext></p><style><img src=x onerror=globalThis.pwned=1>`,
		"`` ` `` <details open ontoggle=globalThis.pwned=1> [a](data:text/html,x) [b](vbscript:x) [c](//example.invalid) ![d](../../etc/x.png) ![e](data:image/svg+xml,x) <javascript:globalThis.pwned=1>",
	}
	m := manifest.New(`shop`)
	var before []string
	in := docs.Input{Manifest: m, Adapter: "duckdb", GeneratedAt: noon, Version: attacks[0], Catalog: &manifest.Catalog{}}
	var traced []*lineage.Node
	run, fresh := &manifest.RunResults{Args: yamldoc.NewMap("which", attacks[1])}, &manifest.Freshness{}
	in.Sizes = map[string]docs.Size{}
	for i, a := range attacks {
		n := node(manifest.Model, "shop", fmt.Sprintf("m%d", i)+a, "models/"+a+"/x.sql", before...)
		n.Description, n.Tags, n.Group, n.RawCode, n.Compiled, n.CompiledCode = a+"\n\n"+a, []string{a}, ptr(a), a, true, a
		n.Columns = []*manifest.Column{{Name: a, Description: a, DataType: ptr(a), Tags: []string{a}, Constraints: []manifest.Constraint{{Type: a, Expression: ptr(a)}}}}
		n.Meta = yamldoc.NewMap(a, a, "link", "javascript:globalThis.pwned=1")
		n.Docs.NodeColor = ptr("red;background:url(//example.invalid)" + a)
		m.AddNode(n)
		before = []string{n.UniqueID}
		in.Catalog.Nodes = append(in.Catalog.Nodes, manifest.CatalogTable{UniqueID: n.UniqueID, Type: a, Schema: a, Name: a, Owner: ptr(a), Columns: []manifest.CatalogColumn{{Name: a, Type: a, Comment: ptr(a)}, {Name: "c", Type: a, Comment: ptr(a)}}})
		traced = append(traced, &lineage.Node{ID: n.UniqueID, Open: a, Columns: []lineage.Column{{Name: a, Untraced: a}}})
		run.Results = append(run.Results, manifest.RunResult{UniqueID: n.UniqueID, Status: "error", Message: ptr(a), ThreadID: a, ExecutionTime: 1, Timing: []manifest.RunTiming{{Name: "execute", StartedAt: "2026-01-31T12:00:00Z", CompletedAt: "2026-01-31T12:00:01Z"}}})
	}
	for i, a := range attacks {
		pkg, k := "p"+a, fmt.Sprint(i)
		src := &manifest.Source{UniqueID: "source." + pkg + ".s" + k, SourceName: "s" + k + a, Name: a, ResourceType: manifest.SourceType, PackageName: pkg, Database: a, Schema: a, Loader: a, LoadedAtField: ptr(a),
			OriginalFilePath: a, FQN: []string{pkg, a}, Tags: []string{a}, RelationName: a, Description: a, Meta: yamldoc.NewMap(a, []any{a, yamldoc.NewMap(a, a)}, "owner", a),
			Config: yamldoc.NewMap("enabled", true, "meta", yamldoc.NewMap(a, a)), Columns: []*manifest.Column{{Name: a, Description: a}}, Freshness: yamldoc.NewMap("warn_after", yamldoc.NewMap("count", a, "period", a))}
		m.AddSource(src)
		m.AddExposure(&manifest.Exposure{UniqueID: "exposure." + pkg + ".e" + k, Name: "e" + k + a, Label: ptr(a), ResourceType: manifest.ExposureType, PackageName: pkg, OriginalFilePath: a, FQN: []string{pkg, a}, Type: a, Maturity: ptr(a), Description: a, Tags: []string{a},
			Meta: yamldoc.NewMap(a, "data:text/html,<script>globalThis.pwned=1</script>"), URL: ptr([]string{"javascript:globalThis.pwned=1", " JaVaScRiPt:globalThis.pwned=1", "java\tscript:globalThis.pwned=1", "data:text/html," + a, "https://example.com/" + a}[i%5]),
			Owner: manifest.Owner{Name: ptr(a), Email: []any{"x@example.com?cc=" + a, a, []any{a, "y@example.com"}}[i%3], Extra: yamldoc.NewMap(a, a)}, DependsOn: manifest.DependsOn{Nodes: []string{src.UniqueID, before[0]}}})
		m.AddGroup(&manifest.Group{UniqueID: "group." + pkg + "." + a, Name: a, PackageName: pkg, Owner: manifest.Owner{Name: ptr(a), Email: a + "@example.com"}})
		m.AddMacro(&manifest.Macro{UniqueID: "macro." + pkg + "." + a, Name: a, PackageName: pkg, OriginalFilePath: a, MacroSQL: a, Description: a, Docs: manifest.Docs{Show: true}, Meta: yamldoc.NewMap(a, a), SupportedLanguages: []string{a},
			Arguments: []manifest.MacroArgument{{Name: a, Type: ptr(a), Description: a}}})
		f := node(manifest.FunctionType, pkg, "f"+k+a, a, before...)
		f.Arguments, f.Returns, f.Language = []manifest.FunctionArgument{{Name: a, DataType: a, Description: ptr(a), DefaultValue: a}}, manifest.FunctionReturns{DataType: a, Description: ptr(a)}, a
		m.AddNode(f)
		test := dataTest(before[0], "t"+k+a, a, a, src.UniqueID)
		test.TestMetadata.Namespace, test.TestMetadata.Kwargs = ptr(a), yamldoc.NewMap("column_name", a, a, []any{a})
		m.AddNode(test)
		run.Results = append(run.Results, manifest.RunResult{UniqueID: test.UniqueID, Status: a, Message: ptr(a), ThreadID: a})
		m.AddUnitTest(&manifest.UnitTest{UniqueID: "unit_test." + pkg + ".u" + k, Name: "u" + k + a, Model: a, PackageName: pkg, OriginalFilePath: a, FQN: []string{pkg, a}, Description: a, Given: []manifest.Fixture{{Input: a, Rows: a, Format: a}},
			Config: yamldoc.NewMap("tags", []any{a}), DependsOn: manifest.DependsOn{Nodes: before}})
		m.AddSemantic(&manifest.Semantic{UniqueID: "metric." + pkg + ".m" + k, Name: "m" + k + a, PackageName: pkg, OriginalFilePath: a, ResourceType: manifest.MetricType, FQN: []string{pkg, a}, Tags: []string{a}, Group: ptr(a),
			Config: yamldoc.NewMap("meta", yamldoc.NewMap(a, a)), Doc: yamldoc.NewMap("description", a, "type", a, a, a), Parents: before})
		m.AddDoc(&manifest.Doc{UniqueID: "doc." + pkg + ".__" + pkg + "__", Name: "__" + pkg + "__", PackageName: pkg, BlockContents: a})
		fresh.Results = append(fresh.Results, manifest.FreshnessResult{UniqueID: src.UniqueID, Status: "runtime error", Error: ptr(a)})
		in.Sizes[before[0]] = docs.Size{Rows: -1, Bytes: -1}
		in.Catalog.Sources = append(in.Catalog.Sources, manifest.CatalogTable{UniqueID: src.UniqueID, Type: a, Stats: []manifest.CatalogStat{{ID: a, Label: a, Value: a, Include: true, Description: ptr(a)}}})
	}
	m.AddDoc(&manifest.Doc{UniqueID: "doc.shop.__overview__", Name: "__overview__", PackageName: "shop", BlockContents: attacks[0] + "\n\n" + attacks[4]})
	bad := fmt.Errorf("%s", strings.Join(attacks, " "))
	in.Freshness, in.Selectors = fresh, map[selector.Indirect]map[string]selector.Answer{selector.Eager: {attacks[0]: {Err: bad}, "x": {Err: bad}}}
	in.Earlier = map[string]selector.Answers{"state": {Missing: bad}, "result": {ByValue: map[string]selector.Answer{attacks[0]: {}, "error": {Err: bad}}}}
	m.BuildMaps()
	in.Lineage, in.Run = lineage.NewGraph(traced, false), run
	return in
}

// selectorsYAML are named selections on rich().
func selectorsYAML() *yamldoc.Map {
	return yamldoc.NewMap("selectors", []any{
		yamldoc.NewMap("name", "nightly", "definition", yamldoc.NewMap("union", []any{"tag:daily", yamldoc.NewMap("method", "fqn", "value", "customers", "parents", true)})),
		yamldoc.NewMap("name", "nothing", "definition", "tag:nope"),
		yamldoc.NewMap("name", "changed", "definition", yamldoc.NewMap("union", []any{"state:modified.body+", "result:fail"})),
	})
}
