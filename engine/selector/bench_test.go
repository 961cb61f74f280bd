package selector

import (
	"fmt"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// wide is a project of n models in layers of a hundred; each reads two of the layer above and has a test.
func wide(n int) *manifest.Manifest {
	m := manifest.New("wide")
	config := yamldoc.NewMap("materialized", "view", "tags", []any{"nightly"})
	for i := range n {
		name := fmt.Sprintf("model_%05d", i)
		node := &manifest.Node{UniqueID: "model.wide." + name, Name: name, ResourceType: manifest.Model, PackageName: "wide", RawCode: "select 1",
			FQN: []string{"wide", fmt.Sprintf("layer_%d", i/100), name}, OriginalFilePath: fmt.Sprintf("models/layer_%d/%s.sql", i/100, name),
			Config: config, UnrenderedConfig: config, DependsOn: manifest.DependsOn{Macros: []string{fmt.Sprintf("macro.wide.m%d", i%50)}}}
		if i%3 == 0 {
			node.Tags = []string{"nightly"}
		}
		if i >= 100 {
			node.DependsOn.Nodes = []string{fmt.Sprintf("model.wide.model_%05d", i-100), fmt.Sprintf("model.wide.model_%05d", i-1-i%100)}
		}
		m.AddNode(node)
		m.AddNode(&manifest.Node{UniqueID: "test.wide.t_" + name, Name: "t_" + name, ResourceType: manifest.Test, PackageName: "wide", RawCode: "x",
			FQN: []string{"wide", "t_" + name}, OriginalFilePath: "models/schema.yml", Config: config, UnrenderedConfig: config,
			TestMetadata: &manifest.TestMetadata{Name: "unique"}, DependsOn: manifest.DependsOn{Nodes: []string{node.UniqueID}, Macros: []string{"macro.dbt.test_unique"}}})
	}
	for i := range 50 {
		m.AddMacro(&manifest.Macro{UniqueID: fmt.Sprintf("macro.wide.m%d", i), PackageName: "wide", MacroSQL: "x"})
	}
	return m
}

// BenchmarkSelect answers selections over 10,000 models with a test each; the graph is there, as in a command.
func BenchmarkSelect(b *testing.B) {
	m := wide(10_000)
	old := wide(10_000)
	old.Macros["macro.wide.m7"].MacroSQL = "y"
	graph := BuildGraph(m)
	for _, raw := range []string{"model_05000", "+model_09999", "@model_05000", "tag:nightly", "layer_1*,tag:nightly", "path:models/layer_7", "state:modified+1"} {
		b.Run(raw, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := New(m, Options{Graph: graph, State: &State{Manifest: old}})
				spec, err := ParseArgs([]string{raw}, nil, Buildable)
				if err != nil {
					b.Fatal(err)
				}
				if got, _, err := s.Select(spec, Filter{}); err != nil || len(got) == 0 {
					b.Fatalf("%d, %v", len(got), err)
				}
			}
		})
	}
}
