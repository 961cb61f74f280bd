package engine

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// writeGraphSummary writes target/graph_summary.json: the nodes by number with
// their children, and for build the same with the edges that make nodes wait for
// tests (core/compilation.py, get_graph_summary). dbt's graph.gpickle beside it
// is a pickle, which gdbt does not write.
func (p *Project) writeGraphSummary(withTests *dag.Graph) error {
	if !p.flags.WriteJSON {
		return nil
	}
	doc := yamldoc.NewMap("_invocation_id", p.bus.InvocationID(), "linked", graphSummary(p.nodes))
	if withTests != nil {
		doc.Set("with_test_edges", graphSummary(withTests))
	}
	return manifest.WriteFile(filepath.Join(p.target, "graph_summary.json"), func(w io.Writer) error {
		raw, err := yamldoc.AppendJSON(nil, doc)
		if err != nil {
			return err
		}
		_, err = w.Write(raw)
		return err
	})
}

func graphSummary(g *dag.Graph) *yamldoc.Map {
	ids := g.Nodes()
	index := make(map[string]int64, len(ids))
	for i, id := range ids {
		index[id] = int64(i)
	}
	out := yamldoc.MapWithCapacity(len(ids))
	for i, id := range ids {
		kind, _, _ := strings.Cut(id, ".")
		entry := yamldoc.NewMap("name", id, "type", kind)
		if children := g.Children(id); len(children) > 0 {
			succ := make([]any, len(children))
			for j, c := range children {
				succ[j] = index[c]
			}
			entry.Set("succ", succ)
		}
		out.Set(yamldoc.Text(int64(i)), entry)
	}
	return out
}

// early writes the manifest of a command that fails before its nodes: dbt writes
// it when the parse ends.
func (p *Project) early(err error) error {
	if e := p.writeManifest(); e != nil {
		return e
	}
	return err
}
