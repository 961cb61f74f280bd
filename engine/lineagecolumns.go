package engine

import (
	"context"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// ColumnLineageOptions say which columns [Project.ColumnLineage] walks from, and how far.
type ColumnLineageOptions struct {
	LineageOptions
	// Upstream and Downstream are the ways to go; neither means both. Depth is how many edges; 0 is all.
	Upstream, Downstream bool
	Depth                int
	// Rows takes in the columns that decide which rows come out.
	Rows bool
}

// ColumnLineage is the lineage of chosen columns.
type ColumnLineage struct {
	Graph  *lineage.Graph
	Traces []lineage.Trace
	p      *Project
}

// ColumnLineage traces the selected columns. A word of Select is `model.column`, with dbt's operators before and behind it to
// say which way (`+model.column` is what it comes from, `2+` two steps of it), or any selection of nodes, of which all columns
// are taken. Unknown nodes and columns are errors that name the nearest one.
func (p *Project) ColumnLineage(ctx context.Context, s Selection, o ColumnLineageOptions) (*ColumnLineage, error) {
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	if _, err := p.readStates(); err != nil {
		return nil, err
	}
	wanted, err := p.wantedColumns(s, o)
	if err != nil {
		return nil, err
	}
	ids := dag.Set{}
	for _, w := range wanted {
		ids.Add(w.Node)
	}
	o.UpstreamOnly = !slices.ContainsFunc(wanted, func(s lineage.Start) bool { return s.Down })
	g, err := p.Lineage(ctx, Selection{IDs: ids.Sorted()}, o.LineageOptions)
	if err != nil {
		return nil, err
	}
	var starts []lineage.Start
	for _, w := range wanted {
		n := g.Node(w.Node)
		if n == nil {
			continue
		}
		if w.Column == "" {
			for _, c := range n.Columns {
				w.Column = c.Name
				starts = append(starts, w)
			}
			continue
		}
		c := g.Column(w.Ref)
		if c == nil {
			return nil, p.unknownColumn(n, w.Column)
		}
		w.Column = c.Name
		starts = append(starts, w)
	}
	return &ColumnLineage{Graph: g, Traces: g.Traces(starts, o.Rows), p: p}, nil
}

func (p *Project) unknownColumn(n *lineage.Node, column string) error {
	names := make([]string, len(n.Columns))
	for i, c := range n.Columns {
		names[i] = c.Name
	}
	d := diag.New(diag.RuntimeError, "%s has no column '%s'", p.lineageName(n.ID), column).WithCode("unknown-column")
	switch hint := diag.DidYouMean(column, names); {
	case n.Err != "":
		return d.WithHint("its SQL could not be read: %s", n.Err)
	case hint != "":
		return d.WithHint("%s", hint)
	case n.Open != "":
		return d.WithHint("%s", n.Open)
	case len(names) > 0:
		return d.WithHint("it has: %s", strings.Join(names[:min(len(names), 20)], ", "))
	}
	return d
}

// wantedColumns finds what the words of the selection name. A start without a column stands for all of its node.
func (p *Project) wantedColumns(s Selection, o ColumnLineageOptions) ([]lineage.Start, error) {
	both := o.Upstream == o.Downstream
	plain := lineage.Start{Up: o.Upstream || both, Down: o.Downstream || both, Above: o.Depth, Below: o.Depth}
	nodes := func(sel Selection) ([]string, error) {
		ids, _, err := p.matching(sel, lineageTypes, true, false)
		return ids.Sorted(), err
	}
	var out []lineage.Start
	add := func(ids []string, like lineage.Start) {
		for _, id := range ids {
			like.Node = id
			if !slices.Contains(out, like) {
				out = append(out, like)
			}
		}
	}
	if len(s.Select) == 0 || s.IDs != nil {
		ids, err := nodes(s)
		add(ids, plain)
		return out, err
	}
	var words []string
	for _, w := range s.Select {
		words = append(words, strings.Fields(w)...)
	}
	for _, word := range words {
		one := s
		one.Select = []string{word}
		ids, err := nodes(one)
		if err != nil {
			return nil, err
		}
		if len(ids) > 0 {
			add(ids, plain)
			continue
		}
		name, start := operators(word, plain)
		found := false
		for at := strings.LastIndexByte(name, '.'); at > 0 && !found; at = strings.LastIndexByte(name[:at], '.') {
			one.Select = []string{name[:at]}
			if ids, err = nodes(one); err != nil {
				return nil, err
			}
			if found = len(ids) > 0; found {
				start.Column = unquoted(name[at+1:])
				add(ids, start)
			}
		}
		if !found {
			return nil, p.unknownWord(word, name)
		}
	}
	return out, nil
}

func unquoted(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return s
}

// around are the graph operators before and behind a name.
var around = regexp.MustCompile(`^(?:(\d*)\+)?(.*?)(?:\+(\d*))?$`)

// operators takes the graph operators off a word and says which way they go.
func operators(word string, start lineage.Start) (string, lineage.Start) {
	m := around.FindStringSubmatchIndex(word)
	up, down := m[2] >= 0, m[6] >= 0
	if !up && !down {
		return word, start
	}
	number := func(from, to int) int {
		if from < 0 || from == to {
			return start.Above
		}
		n, err := strconv.Atoi(word[from:to])
		if err != nil {
			return start.Above
		}
		return n
	}
	return word[m[4]:m[5]], lineage.Start{Up: up, Down: down, Above: number(m[2], m[3]), Below: number(m[6], m[7])}
}

func (p *Project) unknownWord(word, name string) error {
	var names []string
	for _, id := range p.nodes.Nodes() {
		if n := p.manifest.Nodes[id]; n != nil && slices.Contains([]manifest.ResourceType{manifest.Model, manifest.Seed, manifest.Snapshot, manifest.Analysis}, n.ResourceType) {
			names = append(names, n.SearchName())
		}
	}
	for _, s := range p.manifest.Sources {
		names = append(names, "source:"+s.SourceName+"."+s.Name)
	}
	slices.Sort(names)
	d := diag.New(diag.RuntimeError, "'%s' names no node and no column of one", word).WithCode("unknown-column")
	node := name
	if at := strings.LastIndexByte(name, '.'); at > 0 {
		node = name[:at]
	}
	for _, tried := range []string{node, name} {
		if hint := diag.DidYouMean(tried, names); hint != "" {
			return d.WithHint("%s", hint)
		}
	}
	return d.WithHint("columns are named model.column, or source:source.table.column")
}

// lineageName is what a node is called in lineage: its name where no other has it.
func (p *Project) lineageName(id string) string {
	if n := p.manifest.Nodes[id]; n != nil {
		name := n.SearchName()
		for other, o := range p.manifest.Nodes {
			if other != id && o.SearchName() == name && (o.IsRefable() || o.ResourceType == manifest.Analysis) {
				return n.PackageName + "." + name
			}
		}
		return name
	}
	if s := p.manifest.Sources[id]; s != nil {
		return s.SourceName + "." + s.Name
	}
	return id
}

// Text draws the lineage as trees.
func (l *ColumnLineage) Text() []string { return l.Graph.Text(l.Traces, l.p.lineageName) }

// Mermaid draws the lineage as a Mermaid flowchart.
func (l *ColumnLineage) Mermaid() []string { return lineage.Mermaid(l.Traces, l.p.lineageName) }

// openLineageProducer names gdbt in OpenLineage events.
const openLineageProducer = "https://github.com/gdbt-dev/gdbt"

// OpenLineage gives an OpenLineage DatasetEvent, a line of JSON, for each relation that the lineage touches.
func (l *ColumnLineage) OpenLineage() ([]string, error) {
	touched := map[lineage.Ref]bool{}
	nodes := dag.Set{}
	see := func(r lineage.Ref) {
		nodes.Add(r.Node)
		touched[r] = true
	}
	for _, t := range l.Traces {
		see(t.Ref)
		for _, h := range t.Upstream {
			see(h.Parent)
			nodes.Add(h.Child.Node)
		}
		for _, h := range t.Downstream {
			see(h.Child)
		}
	}
	return l.Graph.OpenLineage(nodes.Sorted(), func(r lineage.Ref) bool { return touched[r] }, lineage.OpenLineageOptions{
		Producer: openLineageProducer, Time: l.p.now().Truncate(time.Microsecond), Dataset: l.p.dataset,
	})
}

// dataset names a node's relation as OpenLineage's naming rules have it.
func (p *Project) dataset(id string) (lineage.Dataset, bool) {
	space := p.datasetNamespace()
	if n := p.manifest.Nodes[id]; n != nil && n.IsRelational() && !n.IsEphemeral() {
		return lineage.Dataset{Namespace: space, Name: strings.Join([]string{n.Database, n.Schema, n.Alias}, ".")}, true
	}
	if s := p.manifest.Sources[id]; s != nil {
		return lineage.Dataset{Namespace: space, Name: strings.Join([]string{s.Database, s.Schema, s.Identifier}, ".")}, true
	}
	return lineage.Dataset{}, false
}

// datasetNamespace is the warehouse: its host and port, or the name of its file.
func (p *Project) datasetNamespace() string {
	fields := map[string]string{}
	for _, f := range p.creds.Fields() {
		switch v := f.Value.(type) {
		case string:
			fields[f.Name] = v
		case int:
			fields[f.Name] = strconv.Itoa(v)
		case int64:
			fields[f.Name] = strconv.FormatInt(v, 10)
		}
	}
	where := fields["path"]
	if fields["host"] != "" {
		where = net.JoinHostPort(fields["host"], fields["port"])
	}
	where, _, _ = strings.Cut(where, "?") // options of a path may hold a token
	return p.bus.Scrub(p.driver.Name() + "://" + where)
}
