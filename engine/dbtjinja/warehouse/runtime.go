package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"golang.org/x/sync/errgroup"
)

// MacroCaller calls a macro by name, as it is found from the node at hand.
type MacroCaller interface {
	CallMacro(t *jinja.Thread, name string, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error)
}

// Session makes the macros and the thread for work that belongs to no node: the
// `adapter` of their context must use nc.
type Session func(ctx context.Context, nc *NodeConn) (MacroCaller, *jinja.Thread, error)

// Config is what a [Runtime] is made of. Driver and Credentials are required;
// Pool is required to execute anything.
type Config struct {
	Driver      adapter.Driver
	Credentials adapter.Credentials
	Pool        adapter.Warehouse
	// Quoting is the project's policy: `quoting:` over the dialect's default.
	Quoting adapter.QuotePolicy
	// ProjectName, ProfileName and TargetName are shown by adapter.config and errors.
	ProjectName, ProfileName, TargetName string
	// Threads bounds parallel work; 1 when less.
	Threads int
	// Comment gives the query comment for a connection; node is what
	// [NodeOptions] carried. Empty is no comment. CommentAppend puts it behind.
	Comment       func(ctx context.Context, connection string, node any) (string, error)
	CommentAppend bool
	// Bus takes the events; nil drops them.
	Bus *event.Bus
	// LogCacheEvents emits what happens to the relation cache.
	LogCacheEvents bool
	// Flags are the project's behaviour flags.
	Flags map[string]bool
}

// Runtime is the warehouse of one invocation. It is safe for concurrent use.
type Runtime struct {
	Config
	// Cache holds the relations; see [Runtime.Populate].
	Cache   *Cache
	Classes values.Classes

	dialect adapter.Dialect
	methods map[string]adapter.Method

	connections connections

	mu     sync.Mutex
	warned map[string]bool
}

// New makes a runtime.
func New(c Config) (*Runtime, error) {
	if c.Driver == nil || c.Credentials == nil {
		return nil, errors.New("warehouse: a runtime needs a driver and credentials")
	}
	c.Threads = max(1, c.Threads)
	if c.Bus == nil {
		c.Bus = event.NewBus(event.Options{})
	}
	Hide(c.Bus, c.Driver, c.Credentials)
	r := &Runtime{
		Config: c, Cache: &Cache{LogEvents: c.LogCacheEvents}, Classes: values.NewClasses(c.Driver, c.Quoting),
		dialect: c.Driver.Dialect(), warned: map[string]bool{},
	}
	if m, ok := c.Driver.(adapter.MethodSet); ok {
		r.methods = m.Methods(c.Credentials)
	}
	return r, nil
}

// Hide keeps the secrets of a connection out of what a bus carries.
func Hide(bus *event.Bus, d adapter.Driver, c adapter.Credentials) {
	shown := []string{d.Name()}
	for _, f := range c.Fields() {
		if text, ok := f.Value.(string); ok {
			shown = append(shown, text)
		}
	}
	bus.AddPasswords(shown, c.Secrets()...)
}

// Dialect gives the naming rules of the warehouse.
func (r *Runtime) Dialect() adapter.Dialect { return r.dialect }

func (r *Runtime) is(name string) bool { return isA(r.Driver, name) }

func isA(d adapter.Driver, name string) bool {
	return d.Name() == name || slices.Contains(d.Parents(), name)
}

// warnOnce reports a warning unless one of the same key was reported.
func (r *Runtime) warnOnce(key, msg string) error {
	r.mu.Lock()
	seen := r.warned[key]
	r.warned[key] = true
	r.mu.Unlock()
	if seen {
		return nil
	}
	return r.Bus.Warn(event.AdapterEventWarning{Adapter: values.ClassPrefix(r.Driver.Name()), BaseMsg: msg})
}

// scrub takes secrets out of a text.
func (r *Runtime) scrub(s string) string { return r.Bus.Scrub(s) }

// SchemaRef names a schema to look into.
type SchemaRef struct{ Database, Schema string }

// Populate fills the cache: one list_relations_without_caching per schema, at
// most Threads at once, and on PostgreSQL the dependencies of views. The first
// error ends it and leaves the cache as it was.
func (r *Runtime) Populate(ctx context.Context, schemas []SchemaRef, session Session) error {
	schemas = uniqueSchemas(schemas)
	found := make([][]adapter.Relation, len(schemas))
	workers := make(chan string, r.Threads)
	for i := range r.Threads {
		workers <- fmt.Sprintf("ThreadPoolExecutor-1_%d", i)
	}
	with := func(ctx context.Context, name string, f func(*Adapter, *jinja.Thread) error) error {
		thread := <-workers
		defer func() { workers <- thread }()
		return r.with(ctx, thread, name, session, f)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Threads)
	for i, s := range schemas {
		g.Go(func() error {
			return with(gctx, "list_"+s.Database+"_"+s.Schema, func(a *Adapter, t *jinja.Thread) error {
				rels, err := a.listWithoutCaching(t, s.Database, s.Schema)
				found[i] = rels
				return err
			})
		})
	}
	var links []link
	if r.is("postgres") && len(schemas) > 0 {
		g.Go(func() error {
			return with(gctx, "list_dependencies", func(a *Adapter, t *jinja.Thread) (err error) {
				links, err = a.dependencies(t)
				return err
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, s := range schemas {
		r.Cache.AddSchema(s.Database, s.Schema)
		r.Cache.Add(r.Bus, found[i]...)
	}
	known := map[string]bool{}
	for _, s := range schemas {
		known[strings.ToLower(s.Schema)] = true
	}
	for _, l := range links {
		if known[strings.ToLower(l.referenced.Schema)] {
			r.Cache.AddLink(r.Bus, l.referenced, l.dependent)
		}
	}
	return nil
}

func uniqueSchemas(in []SchemaRef) []SchemaRef {
	seen := map[SchemaKey]bool{}
	var out []SchemaRef
	for _, s := range in {
		if k := schemaKey(s.Database, s.Schema); s.Schema != "" && !seen[k] {
			seen[k] = true
			out = append(out, s)
		}
	}
	return out
}

// with runs f on a session of its own.
func (r *Runtime) with(ctx context.Context, thread, name string, session Session, f func(*Adapter, *jinja.Thread) error) error {
	nc := r.Node(name, NodeOptions{Bus: r.Bus.Thread(thread)})
	defer nc.Release(ctx)
	mc, t, err := session(ctx, nc)
	if err != nil {
		return err
	}
	return f(r.Object(nc, mc, Options{}), t)
}

// With runs f with an [Adapter] on a session of its own, which is given back at
// the end; an open transaction is rolled back. dbt does such work in a thread pool, whose name the events carry.
func (r *Runtime) With(ctx context.Context, name string, session Session, f func(*Adapter, *jinja.Thread) error) error {
	return r.with(ctx, "ThreadPoolExecutor-0_0", name, session, f)
}

type link struct{ referenced, dependent adapter.Relation }

// dependencies asks which view reads what.
func (a *Adapter) dependencies(t *jinja.Thread) ([]link, error) {
	v, err := a.macro(t, "postgres__get_relations")
	if err != nil {
		return nil, err
	}
	rows, err := tableRows(v, 4)
	if err != nil {
		return nil, fmt.Errorf("macro postgres__get_relations: %w", err)
	}
	db := a.rt.Credentials.Database()
	out := make([]link, len(rows))
	for i, row := range rows {
		rel := func(schema, name jinja.Value) adapter.Relation {
			return a.rt.Classes.Relation.Cached(db, schema.String(), name.String(), "").Adapter()
		}
		out[i] = link{dependent: rel(row[0], row[1]), referenced: rel(row[2], row[3])}
	}
	return out, nil
}

// tableRows reads the rows of a macro's result, each of n values.
func tableRows(v jinja.Value, n int) ([][]jinja.Value, error) {
	if v == nil || v == jinja.None {
		return nil, nil
	}
	if _, undefined := v.(*jinja.Undefined); undefined {
		return nil, nil
	}
	rows, err := jinja.ListOf(v)
	if err != nil {
		return nil, fmt.Errorf("expected a table, got %s", v.Type())
	}
	out := make([][]jinja.Value, len(rows))
	for i, row := range rows {
		cells, err := jinja.ListOf(row)
		if err != nil {
			return nil, fmt.Errorf("expected rows, got %s", row.Type())
		}
		if len(cells) < n {
			return nil, fmt.Errorf("expected rows of %d columns, got %d", n, len(cells))
		}
		out[i] = cells
	}
	return out, nil
}

func compilationError(format string, a ...any) *diag.Diagnostic {
	return diag.New(diag.CompilationError, format, a...)
}

func runtimeError(format string, a ...any) *diag.Diagnostic {
	return diag.New(diag.RuntimeError, format, a...)
}
