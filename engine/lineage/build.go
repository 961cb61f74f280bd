package lineage

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// EphemeralPrefix starts the name of the CTE that an ephemeral model becomes in the SQL of others.
const EphemeralPrefix = "__dbt__cte__"

// Input is what [Build] works on.
type Input struct {
	// Manifest holds the nodes, with compiled SQL where they are to be traced.
	Manifest *manifest.Manifest
	// Columns are all columns of relations, in order, by unique id: from the catalog, or a seed's header.
	Columns map[string][]string
	// Failed says of nodes why they are not compiled.
	Failed map[string]string
	// Parser reads the SQL; without one, nothing is traced and each node says so.
	Parser Parser
	// Workers is how many queries are parsed at once; 0 is one for each CPU.
	Workers int
}

// Build traces the columns of all models, seeds, snapshots, analyses and sources of a manifest. An error is that of the
// context; what can't be traced is told at its node.
func Build(ctx context.Context, in Input) (*Graph, error) {
	b := &builder{in: in, states: map[string]*state{}, byName: map[string][]named{}}
	if in.Parser != nil {
		b.dialect = in.Parser.Dialect()
	}
	b.collect()
	if err := b.parse(ctx); err != nil {
		return nil, err
	}
	nodes := make([]*Node, 0, len(b.ids))
	for _, id := range b.ids {
		b.resolve(b.states[id])
	}
	for _, id := range b.ids {
		b.states[id].finish(b)
	}
	for _, id := range b.ids {
		nodes = append(nodes, b.states[id].node)
	}
	return NewGraph(nodes, b.dialect.FoldCase), nil
}

type builder struct {
	in      Input
	dialect Dialect
	states  map[string]*state
	ids     []string
	// byName finds relations by the last part of their name, folded.
	byName map[string][]named
}

// named is a node under the name of its relation: catalog, schema and name, of which the first ones may be empty.
type named struct {
	parts [3]string
	*state
}

// collect makes the states of all nodes.
func (b *builder) collect() {
	m := b.in.Manifest
	add := func(id string, s *state, columns []*manifest.Column, relations ...string) {
		s.node = &Node{ID: id}
		s.all = b.in.Columns[id]
		s.at, s.asking = map[string]int{}, map[string]bool{}
		for _, c := range columns {
			s.yaml = append(s.yaml, c.Name)
		}
		for _, name := range relations {
			parts := b.nameParts(name)
			k := b.fold(parts[2])
			b.byName[k] = append(b.byName[k], named{parts, s})
		}
		b.states[id] = s
		b.ids = append(b.ids, id)
	}
	for id, n := range m.Nodes {
		switch n.ResourceType {
		case manifest.Model, manifest.Seed, manifest.Snapshot, manifest.Analysis:
			var relations []string
			if n.RelationName != nil {
				relations = append(relations, *n.RelationName)
			}
			if n.DeferredName != "" {
				relations = append(relations, n.DeferredName)
			}
			add(id, &state{src: n}, n.Columns, relations...)
		}
	}
	for id, s := range m.Sources {
		add(id, &state{}, s.Columns, s.RelationName)
	}
	slices.Sort(b.ids)
	for _, list := range b.byName {
		slices.SortFunc(list, func(x, y named) int { return strings.Compare(x.node.ID, y.node.ID) })
	}
}

func (b *builder) fold(name string) string {
	if b.dialect.FoldCase {
		return strings.ToLower(name)
	}
	return name
}

// nameParts takes a relation name as the manifest has it apart: up to three parts, each quoted or not.
func (b *builder) nameParts(relation string) (parts [3]string) {
	var all []string
	for rest := relation; ; {
		var part string
		if strings.HasPrefix(rest, `"`) {
			i := 1
			for i < len(rest) {
				if rest[i] != '"' {
					part += rest[i : i+1]
					i++
					continue
				}
				if i+1 < len(rest) && rest[i+1] == '"' {
					part += `"`
					i += 2
					continue
				}
				break
			}
			rest = rest[min(i+1, len(rest)):]
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			part, rest = strings.ToLower(rest[:end]), rest[end:]
		}
		all = append(all, part)
		if !strings.HasPrefix(rest, ".") {
			break
		}
		rest = rest[1:]
	}
	if len(all) > 3 {
		all = all[len(all)-3:]
	}
	copy(parts[3-len(all):], all)
	return parts
}

// parse reads the SQL of all nodes.
func (b *builder) parse(ctx context.Context) error {
	workers := b.in.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, id := range b.ids {
		s := b.states[id]
		if s.src == nil || s.src.ResourceType == manifest.Seed {
			continue
		}
		switch {
		case s.src.Language == "python":
			s.node.Err = "a Python model is no SQL"
		case b.in.Parser == nil:
			s.node.Err = fmt.Sprintf("there is no parser for the SQL of %q", b.in.Manifest.Metadata.AdapterType)
		case !s.src.Compiled:
			s.node.Err = "the node is not compiled"
			if why := b.in.Failed[id]; why != "" {
				s.node.Err = why
			}
		default:
			group.Go(func() error {
				q, err := b.in.Parser.Parse(ctx, s.src.CompiledCode)
				switch {
				case ctx.Err() != nil:
					return ctx.Err()
				case err != nil:
					s.node.Err = err.Error()
				default:
					s.query = q
				}
				return nil
			})
		}
	}
	return group.Wait()
}

// resolve finds the columns of a node, after those that it reads.
func (b *builder) resolve(s *state) {
	if s.done || s.running {
		return
	}
	s.running = true
	defer func() { s.running, s.done = false, true }()
	if s.query == nil {
		for _, c := range s.listed() {
			s.add(b, Column{Name: c, Untraced: s.node.Err})
		}
		s.node.Open = s.why()
		return
	}
	ephemerals := b.ephemerals(s)
	entries, rows, err := resolve(s.query.without(ephemerals, b.fold), b.dialect, func(t *Table) *table { return b.lookup(s, t, ephemerals) })
	if err != nil {
		s.node.Err = err.Error()
		for _, c := range s.listed() {
			s.add(b, Column{Name: c, Untraced: s.node.Err})
		}
		s.node.Open = s.why()
		return
	}
	s.entries = entries
	s.node.Filters, s.node.FiltersUntraced = rows.sorted(), rows.why
	for _, e := range entries {
		if e.isColumn() {
			s.add(b, Column{Name: e.name, From: e.org.from, Untraced: e.org.why})
		} else if s.node.Open == "" {
			s.node.Open = e.whyOpen()
		}
	}
	s.addSnapshotColumns(b)
}

// ephemerals finds the CTEs of a node's SQL that are ephemeral models, by their names.
func (b *builder) ephemerals(s *state) map[string]*state {
	out := map[string]*state{}
	for _, c := range s.src.ExtraCTEs {
		if e := b.states[c.ID]; e != nil && e.src != nil && !e.running {
			out[b.fold(EphemeralPrefix+e.src.Alias)] = e
		}
	}
	return out
}

// without is the query less the CTEs that stand for ephemeral models.
func (q *Query) without(ctes map[string]*state, fold func(string) string) *Query {
	if len(ctes) == 0 {
		return q
	}
	rest := *q
	rest.With = slices.DeleteFunc(slices.Clone(q.With), func(c CTE) bool { return ctes[fold(c.Name)] != nil })
	return &rest
}

// itemNames are the names of a query's columns as far as its select list says them.
func (q *Query) itemNames() []string {
	if q == nil {
		return nil
	}
	switch body := q.Body.(type) {
	case *SetOp:
		return body.Left.itemNames()
	case *Select:
		var out []string
		for _, item := range body.Items {
			ref, _ := item.Expr.(*ColumnRef)
			switch {
			case item.Name != "":
				out = append(out, item.Name)
			case ref != nil && len(ref.Parts) > 0:
				out = append(out, ref.Parts[len(ref.Parts)-1])
			}
		}
		return out
	}
	return nil
}

// lookup finds the relation that a query names.
func (b *builder) lookup(from *state, t *Table, ephemerals map[string]*state) *table {
	if t.Schema == "" && t.Catalog == "" {
		if e := ephemerals[b.fold(t.Name)]; e != nil {
			b.resolve(e)
			return e.table(b)
		}
	}
	fits := func(want, got string) bool { return want == "" || got == "" || b.fold(want) == b.fold(got) }
	var found []*state
	for _, s := range b.byName[b.fold(t.Name)] {
		// Of a name of two parts DuckDB takes the first for a catalog too.
		if fits(t.Schema, s.parts[1]) && fits(t.Catalog, s.parts[0]) || t.Catalog == "" && t.Schema != "" && b.dialect.FoldCase && b.fold(t.Schema) == b.fold(s.parts[0]) {
			found = append(found, s.state)
		}
	}
	if len(found) > 1 { // the ones that the node depends on come first, then itself
		var parents []string
		if from.src != nil {
			parents = from.src.DependsOn.Nodes
		}
		for _, ids := range [][]string{parents, {from.node.ID}} {
			if i := slices.IndexFunc(found, func(s *state) bool { return slices.Contains(ids, s.node.ID) }); i >= 0 {
				found = found[i : i+1]
				break
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	b.resolve(found[0])
	return found[0].table(b)
}
