package dbtjinja

import (
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Mode says what a context is for.
type Mode uint8

// Modes of a context.
const (
	ModeParse     Mode = iota // execute is false; calls are recorded
	ModeName                  // generate_schema_name and siblings: execute is false, var fails
	ModeRun                   // a node is compiled or run
	ModeOperation             // hooks, run-operation, macros called by the engine
	ModeYAML                  // values of property files: no macros
)

// Recorder receives what a rendering at parse time calls.
type Recorder struct {
	Refs      []manifest.Ref
	Sources   [][]string
	Metrics   [][]string
	Functions [][]string
	Macros    []string // unique ids of the macros called from the top level
	// Configs are the config() calls in order.
	Configs []*yamldoc.Map
}

func (r *Recorder) addMacro(id string) {
	for _, m := range r.Macros {
		if m == id {
			return
		}
	}
	r.Macros = append(r.Macros, id)
}

// Context is dbt's context for one rendering. It belongs to one goroutine.
type Context struct {
	s    *Session
	mode Mode
	pkg  string // whose macros come first
	node *manifest.Node
	rec  *Recorder
	ns   *namespace

	// Adapter is `adapter` at run time.
	Adapter jinja.Value
	// ThreadID is `thread_id`, the worker that renders; "" is the main thread.
	ThreadID string
	// Info is what events that come from the rendering carry of its node; nil is nothing, as while the project is parsed.
	Info func() *event.NodeInfo
	// Extra members, before all others but macros.
	Extra map[string]jinja.Value
	// Relation makes ref()'s result at run time; nil uses the node's own name.
	// OnEphemeral is told of ephemeral nodes that were referred to.
	OnEphemeral func(n *manifest.Node)
	// unit is what a unit test changes, nil outside of one.
	unit *unitTest
	// SQL is `sql` and `compiled_code`.
	SQL *string
	// This overrides `this`.
	This jinja.Value

	depth   int // macros running
	stack   []string
	cache   map[string]jinja.Value
	results map[string]jinja.Value
	taken   map[string]bool
	// OnMacro is told of the macros called from the top level.
	OnMacro func(uniqueID string)
	// Written is the last text given to write().
	OnWrite func(payload string) error
}

// NodeInfo is what events carry of the node; nil while the project is parsed.
func (c *Context) NodeInfo() *event.NodeInfo {
	if c == nil || c.Info == nil {
		return nil
	}
	return c.Info()
}

// Parse makes the context in which a node's text is rendered while the project
// is parsed; what it calls goes to rec.
func (s *Session) Parse(n *manifest.Node, rec *Recorder) *Context {
	return &Context{s: s, mode: ModeParse, pkg: n.PackageName, node: n, rec: rec, ns: s.Library.space(n.PackageName)}
}

// Name makes the context of generate_schema_name and its siblings.
func (s *Session) Name(m *Macro) *Context {
	return &Context{s: s, mode: ModeName, pkg: m.Def.PackageName, rec: &Recorder{}, ns: s.Library.space("")}
}

// Run makes the context in which a node is compiled or run.
func (s *Session) Run(n *manifest.Node, adapterObject jinja.Value) *Context {
	return &Context{s: s, mode: ModeRun, pkg: n.PackageName, node: n, ns: s.Library.space(n.PackageName), Adapter: adapterObject}
}

// Operation makes the context of a macro that no node owns. pkg "" is the root
// project.
func (s *Session) Operation(pkg string, adapterObject jinja.Value) *Context {
	if pkg == "" {
		pkg = s.ProjectName
	}
	return &Context{s: s, mode: ModeOperation, pkg: pkg, ns: s.Library.space(pkg), Adapter: adapterObject}
}

// YAML makes the context of values in property files of a package.
func (s *Session) YAML(pkg string) *Context { return &Context{s: s, mode: ModeYAML, pkg: pkg} }

// SetAdapter sets `adapter`, for objects that need the context first.
func (c *Context) SetAdapter(v jinja.Value) { c.Adapter = v }

// Node is the node that the context belongs to, or nil.
func (c *Context) Node() *manifest.Node { return c.node }

// Lookup implements jinja.Context: macros win over members, as in dbt.
func (c *Context) Lookup(name string) (jinja.Value, bool) {
	if v, ok := c.cache[name]; ok {
		return v, true
	}
	v, ok := c.find(name)
	if ok {
		if c.cache == nil {
			c.cache = make(map[string]jinja.Value, 16)
		}
		c.cache[name] = v
	}
	return v, ok
}

func (c *Context) find(name string) (jinja.Value, bool) {
	if v, ok := c.Extra[name]; ok {
		return v, true
	}
	if c.unit != nil {
		if v, ok := c.unit.macros[name]; ok {
			return v, true
		}
	}
	if c.ns != nil {
		if m, ok := c.ns.macros[name]; ok {
			return &boundMacro{c: c, m: m}, true
		}
		if p, ok := c.ns.packages[name]; ok {
			return &packageSpace{c: c, name: name, macros: p}, true
		}
	}
	if v, ok := c.member(name); ok {
		return v, true
	}
	if v, ok := c.s.base[name]; ok {
		if c.mode == ModeYAML && !yamlMembers[name] {
			return nil, false
		}
		return v, true
	}
	return nil, false
}

// yamlMembers are the base members that property files may use.
var yamlMembers = map[string]bool{
	"dbt_version": true, "target": true, "project_name": true, "return": true, "fromjson": true, "tojson": true,
	"fromyaml": true, "toyaml": true, "set": true, "set_strict": true, "zip": true, "zip_strict": true, "log": true,
	"run_started_at": true, "invocation_id": true, "thread_id": true, "modules": true, "flags": true, "print": true,
	"diff_of_two_dicts": true, "local_md5": true, "builtins": true,
}

func (c *Context) executes() bool { return c.mode == ModeRun || c.mode == ModeOperation }

// relation makes a relation of this project's dialect and quoting.
func (c *Context) relation(database, schema, identifier string, t adapter.RelationType) adapter.Relation {
	r := adapter.NewRelation(c.s.Driver.Dialect(), database, schema, identifier, t)
	r.Quote = c.s.Quoting
	return r
}

// NodeRelation is the relation of a node. Quoting is the project's: dbt ignores a
// `quoting` in a node's config here (BaseRelation.create_from).
func (s *Session) NodeRelation(n *manifest.Node) adapter.Relation {
	r := adapter.NewRelation(s.Driver.Dialect(), n.Database, n.Schema, n.Alias, adapter.TypeUnknown)
	r.Quote = s.Quoting
	return r
}

// SourceRelation is the relation of a source table as queries name it: its own quoting over that of the adapter. The
// project's is for what dbt makes itself (BaseRelation.create_from_source).
func (s *Session) SourceRelation(src *manifest.Source) adapter.Relation {
	return s.sourceRelation(src, s.Driver.Dialect().DefaultQuoting)
}

// SourceName is relation_name of a source, which has its own quoting over the project's.
func (s *Session) SourceName(src *manifest.Source) string {
	return s.sourceRelation(src, s.Quoting).Render()
}

func (s *Session) sourceRelation(src *manifest.Source, quoting adapter.QuotePolicy) adapter.Relation {
	r := adapter.NewRelation(s.Driver.Dialect(), src.Database, src.Schema, src.Identifier, adapter.TypeUnknown)
	r.Quote = quoting
	set := func(p *bool, b *bool) {
		if p != nil {
			*b = *p
		}
	}
	set(src.Quoting.Database, &r.Quote.Database)
	set(src.Quoting.Schema, &r.Quote.Schema)
	set(src.Quoting.Identifier, &r.Quote.Identifier)
	r.External, _ = s.sourceLocation(src) // what is wrong with it is said by source()
	return r
}

// sourceLocation is what stands for a source that is no table of a schema, "" for the others.
func (s *Session) sourceLocation(src *manifest.Source) (string, error) {
	l, ok := s.Driver.(adapter.SourceLocator)
	if !ok {
		return "", nil
	}
	values := map[string]any{"name": src.Name, "identifier": src.Identifier, "schema": src.Schema, "database": src.Database, "tags": src.Tags}
	for k, v := range src.Meta.All() {
		values[k] = v
	}
	for k, v := range src.Config.All() {
		switch k {
		case "enabled", "event_time", "freshness", "loaded_at_field", "loaded_at_query", "meta", "tags", "static_analysis":
		default:
			values[k] = v
		}
	}
	return l.SourceLocation(values)
}

// wrap makes the Jinja value of a relation.
func (c *Context) wrap(r adapter.Relation) jinja.Value {
	return c.s.classes.Relation.Wrap(r)
}
