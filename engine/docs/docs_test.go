package docs_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// memory is a Sink that keeps the files.
type memory struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (m *memory) Put(name string, content []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	m.files[name] = content
	return nil
}

func build(t testing.TB, in docs.Input) map[string][]byte {
	t.Helper()
	m := &memory{}
	if err := docs.Build(in, m); err != nil {
		t.Fatal(err)
	}
	return m.files
}

func ptr[T any](v T) *T { return &v }

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// generated is a project of n models in layers, each with two parents at most, ten columns, two tests, and lineage.
func generated(n int) docs.Input {
	m := manifest.New("shop")
	catalog := &manifest.Catalog{}
	var traced []*lineage.Node
	column := func(k int) string { return fmt.Sprintf("column_%d", k) }
	add := func(id string, from []string) {
		node := &lineage.Node{ID: id}
		for k := range 10 {
			c := lineage.Column{Name: column(k)}
			for _, f := range from {
				c.From = append(c.From, lineage.Edge{Ref: lineage.Ref{Node: f, Column: column(k)}, Kind: lineage.Direct})
			}
			node.Columns = append(node.Columns, c)
		}
		traced = append(traced, node)
	}
	columns := func() []*manifest.Column {
		var out []*manifest.Column
		for k := range 10 {
			out = append(out, &manifest.Column{Name: column(k), Description: fmt.Sprintf("What column %d of the table is about, in a few words.", k), DataType: ptr("integer")})
		}
		return out
	}
	config := yamldoc.NewMap("materialized", "view", "enabled", true, "tags", []any{})
	for i := range max(1, n/10) {
		s := &manifest.Source{UniqueID: fmt.Sprintf("source.shop.raw.table_%d", i), SourceName: "raw", Name: fmt.Sprintf("table_%d", i), PackageName: "shop", ResourceType: manifest.SourceType,
			Database: "db", Schema: "raw", OriginalFilePath: "models/sources.yml", FQN: []string{"shop", "raw", fmt.Sprintf("table_%d", i)}, Columns: columns(), Config: yamldoc.NewMap("enabled", true)}
		m.AddSource(s)
		add(s.UniqueID, nil)
	}
	for i := range n {
		name := fmt.Sprintf("model_%05d", i)
		layer := []string{"staging", "intermediate", "marts"}[min(2, i*3/n)]
		parents := []string{fmt.Sprintf("source.shop.raw.table_%d", i%max(1, n/10))}
		if i*3/n > 0 {
			parents = []string{fmt.Sprintf("model.shop.model_%05d", i-n/3), fmt.Sprintf("model.shop.model_%05d", (i*7)%(i/2+1))}
		}
		node := &manifest.Node{UniqueID: "model.shop." + name, Name: name, Alias: name, PackageName: "shop", ResourceType: manifest.Model, Database: "db", Schema: "main", Language: "sql", Access: "protected",
			OriginalFilePath: "models/" + layer + "/area_" + fmt.Sprint(i%20) + "/" + name + ".sql", FQN: []string{"shop", layer, fmt.Sprintf("area_%d", i%20), name},
			Description: "One row for each thing that model " + name + " is about, with what is known of it.", Columns: columns(), Config: config, Docs: manifest.Docs{Show: true},
			RawCode:  "select\n    " + strings.Repeat("column_1, column_2, coalesce(column_3, 0) as column_3,\n    ", 8) + "column_9\nfrom {{ ref('parent') }}\n",
			Compiled: true, CompiledCode: "select\n    " + strings.Repeat("column_1, column_2, coalesce(column_3, 0) as column_3,\n    ", 8) + "column_9\nfrom \"db\".\"main\".\"parent\"\n",
			RelationName: ptr(`"db"."main"."` + name + `"`), DependsOn: manifest.DependsOn{Nodes: parents}}
		m.AddNode(node)
		add(node.UniqueID, parents)
		table := manifest.CatalogTable{UniqueID: node.UniqueID, Type: "VIEW", Schema: "main", Name: name}
		for k := range 10 {
			table.Columns = append(table.Columns, manifest.CatalogColumn{Type: "INTEGER", Index: int64(k + 1), Name: column(k)})
		}
		catalog.Nodes = append(catalog.Nodes, table)
		for _, test := range []string{"unique", "not_null"} {
			id := fmt.Sprintf("test.shop.%s_%s_column_0.%010x", test, name, i)
			m.AddNode(&manifest.Node{UniqueID: id, Name: test + "_" + name + "_column_0", PackageName: "shop", ResourceType: manifest.Test, OriginalFilePath: "models/schema.yml",
				FQN: []string{"shop", layer, test + "_" + name + "_column_0"}, ColumnName: ptr("column_0"), AttachedNode: ptr(node.UniqueID), Docs: manifest.Docs{Show: true}, Language: "sql",
				TestMetadata: &manifest.TestMetadata{Name: test, Kwargs: yamldoc.NewMap("column_name", "column_0")}, Config: yamldoc.NewMap("severity", "ERROR", "enabled", true),
				DependsOn: manifest.DependsOn{Nodes: []string{node.UniqueID}}, RawCode: "{{ test_" + test + "(**_dbt_generic_test_kwargs) }}"})
		}
	}
	m.BuildMaps()
	return docs.Input{Manifest: m, Catalog: catalog, Lineage: lineage.NewGraph(traced, true), Adapter: "duckdb", GeneratedAt: noon, Version: "test"}
}

// TestSameInputSameSite: two makings of a site are the same, byte for byte.
func TestSameInputSameSite(t *testing.T) {
	a, b := build(t, generated(60)), build(t, generated(60))
	if len(a) != len(b) {
		t.Fatalf("%d files and %d", len(a), len(b))
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

// TestSmallAndOurs: the assets are small, name no address outside, and the folder's page has no script in itself.
func TestSmallAndOurs(t *testing.T) {
	files := build(t, generated(3))
	assets := len(files["gdbt_docs/app.js"]) + len(files["gdbt_docs/style.css"])
	if assets > 300_000 {
		t.Errorf("the assets are %d bytes, more than 300 kB", assets)
	}
	for name, content := range files {
		for _, m := range regexp.MustCompile(`(?:https?:)?//[\w-]+\.[\w.-]+`).FindAllString(string(content), -1) {
			if m != "http://www.w3.org" { // the name of SVG's language
				t.Errorf("%s names %s", name, m)
			}
		}
	}
	if index := string(files["index.html"]); regexp.MustCompile(`<script>|<style|style=|\son\w+=`).MatchString(index) {
		t.Error("index.html has a script, a style or a handler in itself")
	}
}

// TestNoSQL: with NoSQL no code is anywhere, in the static file neither.
func TestNoSQL(t *testing.T) {
	const secret = "coalesce_nobody_sees"
	make := func(noSQL bool) map[string][]byte {
		in := rich()
		in.NoSQL = noSQL
		m := in.Manifest
		for _, n := range m.Nodes {
			n.RawCode, n.Compiled, n.CompiledCode = "select "+secret, true, "select "+secret
			n.Config.Set("pre-hook", []any{yamldoc.NewMap("sql", secret)})
			n.Config.Set("post-hook", []any{yamldoc.NewMap("sql", secret)})
			n.Config.Set("sql_header", secret)
		}
		for _, x := range m.Macros {
			x.MacroSQL = secret
		}
		m.AddUnitTest(&manifest.UnitTest{UniqueID: "unit_test.shop.orders.u", Name: "u", PackageName: "shop", Model: "orders", OriginalFilePath: "models/marts/_marts.yml", FQN: []string{"shop", "marts", "u"},
			Given: []manifest.Fixture{{Input: "ref('stg_orders')", Rows: secret, Format: "sql"}}, DependsOn: manifest.DependsOn{Nodes: []string{"model.shop.orders"}}, Config: yamldoc.NewMap("enabled", true)})
		m.BuildMaps()
		in.Run.Results[0].Status, in.Run.Results[0].Message = "error", ptr("Parser Error: no\nLINE 1: select "+secret)
		in.Lineage = lineage.NewGraph([]*lineage.Node{{ID: "model.shop.orders", Err: "syntax error\n" + secret}}, true)
		files := build(t, in)
		var static bytes.Buffer
		if err := docs.WriteStatic(in, &static); err != nil {
			t.Fatal(err)
		}
		files["static"] = static.Bytes()
		return files
	}
	with := 0
	for _, content := range make(false) {
		if strings.Contains(string(content), secret) {
			with++
		}
	}
	if with < 6 {
		t.Fatalf("only %d files hold code where it is shown", with)
	}
	for name, content := range make(true) {
		if strings.Contains(string(content), secret) {
			t.Errorf("%s holds code", name)
		}
	}
}

// TestTemplates: values stand in text and in quoted attributes, never in a script or a style; those marked safe are HTML
// made by us.
func TestTemplates(t *testing.T) {
	allowed := map[string]bool{ // sanitised by markdown.go, or made by the templates or the assets
		"p.Description": true, "a.Description": true, "c.Description": true, "overview": true, "p.HTML": true, "page": true, "script": true, "style": true, "s.Text": true,
	}
	entries, err := os.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	value := regexp.MustCompile(`\{\{\s*(.*?)\s*\}\}`)
	for _, e := range entries {
		raw, err := os.ReadFile("templates/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		src := regexp.MustCompile(`\{%.*?%\}`).ReplaceAllString(string(raw), "")
		for _, m := range value.FindAllStringSubmatchIndex(src, -1) {
			expr := src[m[2]:m[3]]
			if name, safe := strings.CutSuffix(expr, "|safe"); safe && !allowed[name] {
				t.Errorf("%s: %s is not known to be safe", e.Name(), expr)
			}
			before := src[:m[0]]
			if open := strings.LastIndex(before, "<"); open > strings.LastIndex(before, ">") {
				if strings.Count(before[open:], `"`)%2 == 0 {
					t.Errorf("%s: {{ %s }} stands in a tag outside of quotes", e.Name(), expr)
				}
			}
			for _, tag := range []string{"script", "style"} {
				if strings.LastIndex(before, "<"+tag) > strings.LastIndex(before, "</"+tag) && expr != tag+"|safe" && strings.LastIndex(before, "<") < strings.LastIndex(before, ">") {
					t.Errorf("%s: {{ %s }} stands in a %s", e.Name(), expr, tag)
				}
			}
		}
	}
}
