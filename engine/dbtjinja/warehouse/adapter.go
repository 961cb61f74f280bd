package warehouse

import (
	"context"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// Options of an adapter object.
type Options struct {
	// Dispatch is adapter.dispatch; nil leaves it out.
	Dispatch jinja.Value
}

// Adapter is Jinja's `adapter`: the methods of dbt's RuntimeDatabaseWrapper, or of
// the ParseDatabaseWrapper while parsing.
type Adapter struct {
	rt    *Runtime
	nc    *NodeConn
	mc    MacroCaller
	opts  Options
	parse bool
}

// Object makes the adapter of a running node.
func (r *Runtime) Object(nc *NodeConn, mc MacroCaller, o Options) *Adapter {
	return &Adapter{rt: r, nc: nc, mc: mc, opts: o}
}

// ParseObject makes the adapter for parsing: what needs the warehouse gives
// None, an empty list or an empty table; naming, quoting and dispatch work.
func (r *Runtime) ParseObject(o Options) *Adapter {
	return &Adapter{rt: r, nc: &NodeConn{rt: r, name: "parse", bus: r.Bus, offline: true}, opts: o, parse: true}
}

// ParseObject makes the adapter for parsing without a runtime: see [Runtime.ParseObject].
func ParseObject(c Config, o Options) (*Adapter, error) {
	c.Pool = nil
	r, err := New(c)
	if err != nil {
		return nil, err
	}
	return r.ParseObject(o), nil
}

// Type is the class of dbt's wrapper.
func (a *Adapter) Type() string {
	if a.parse {
		return "ParseDatabaseWrapper"
	}
	return "RuntimeDatabaseWrapper"
}

// Truth is true.
func (*Adapter) Truth() bool { return true }

// String names the object.
func (a *Adapter) String() string { return a.Repr() }

// Repr names the object.
func (a *Adapter) Repr() string { return "<" + a.Type() + " " + a.rt.Driver.Name() + ">" }

// Runtime returns the adapter's runtime.
func (a *Adapter) Runtime() *Runtime { return a.rt }

// Conn returns the adapter's session.
func (a *Adapter) Conn() *NodeConn { return a.nc }

// call is a call of a method.
type call struct {
	t   *jinja.Thread
	pos []jinja.Value
	kw  []jinja.Kwarg
}

func (c call) ctx() context.Context {
	if c.t == nil || c.t.Ctx == nil {
		return context.Background()
	}
	return c.t.Ctx
}

func (c call) bind(fn string, params ...jinja.Param) ([]jinja.Value, error) {
	return jinja.Bind(fn, c.pos, c.kw, params...)
}

func required(name string) jinja.Param { return jinja.Param{Name: name} }

func optional(name string, def jinja.Value) jinja.Param { return jinja.Param{Name: name, Default: def} }

type method func(a *Adapter, c call) (jinja.Value, error)

// lookup finds a method of Jinja's adapter; nil when there is none.
func (a *Adapter) lookup(name string) method {
	if a.parse {
		if m, ok := parseMethods[name]; ok {
			return m
		}
	}
	if m, ok := a.rt.methods[name]; ok && !(a.parse && name == "get_incremental_strategy_macro") {
		return driverMethod(name, m)
	}
	return adapterMethods[name]
}

// CallMethod calls a method.
func (a *Adapter) CallMethod(t *jinja.Thread, name string, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, bool, error) {
	m := a.lookup(name)
	if m == nil {
		return nil, false, nil
	}
	v, err := m(a, call{t, pos, kw})
	return v, true, err
}

// Attr gives methods and the attributes Relation, Column, config, behavior and
// dispatch. A name that is none gives an undefined value that says so.
func (a *Adapter) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "Relation":
		return a.rt.Classes.Relation, nil
	case "Column":
		return a.rt.Classes.Column, nil
	case "config":
		return a.rt.config(), nil
	case "behavior":
		return a.rt.behavior(), nil
	case "dispatch":
		if a.opts.Dispatch != nil {
			return a.opts.Dispatch, nil
		}
	}
	if m := a.lookup(name); m != nil {
		return jinja.NewFunction(name, func(t *jinja.Thread, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
			return m(a, call{t, pos, kw})
		}), nil
	}
	u := jinja.NewUndefined(t, name)
	u.Hint = "'" + a.Type() + "' object has no attribute '" + name + "'"
	if near := diag.DidYouMean(name, a.MethodNames()); near != "" {
		u.Hint += " (" + near + ")"
	}
	return u, nil
}

// MethodNames lists what `adapter` has, sorted.
func (a *Adapter) MethodNames() []string {
	names := []string{"Relation", "Column", "config", "behavior", "dispatch"}
	for n := range adapterMethods {
		names = append(names, n)
	}
	for n := range a.rt.methods {
		names = append(names, n)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// macro calls a macro with arguments by place.
func (a *Adapter) macro(t *jinja.Thread, name string, args ...jinja.Value) (jinja.Value, error) {
	return a.macroKw(t, name, args, nil)
}

func (a *Adapter) macroKw(t *jinja.Thread, name string, args []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
	if a.mc == nil {
		return nil, runtimeError("dbt could not find a macro with the name %q in any package", name)
	}
	return a.mc.CallMacro(t, name, args, kw)
}

// driverMethod wraps a method of the driver.
func driverMethod(name string, m adapter.Method) method {
	return func(a *Adapter, c call) (jinja.Value, error) {
		args := make([]any, len(c.pos))
		for i, v := range c.pos {
			args[i] = toGo(v)
		}
		kwargs := make(map[string]any, len(c.kw))
		for _, k := range c.kw {
			kwargs[k.Name] = toGo(k.Value)
		}
		s := &methodSession{a: a, ctx: c.ctx()}
		v, err := m(c.ctx(), s, args, kwargs)
		if err == nil {
			err = s.warnErr
		}
		if err != nil {
			if _, ok := diag.As(err); ok {
				return nil, err
			}
			return nil, &diag.Diagnostic{Category: diag.CompilationError, Code: "adapter-method", Message: err.Error(), Err: err}
		}
		return a.rt.Classes.FromGo(v)
	}
}

// toGo passes a value without a Go counterpart as it is.
func toGo(v jinja.Value) any {
	g, err := values.ToGo(v)
	if err != nil {
		return v
	}
	return g
}

// methodSession is what a driver's method may use.
type methodSession struct {
	a       *Adapter
	ctx     context.Context
	warnErr error
}

func (s *methodSession) Execute(ctx context.Context, sql string, fetch bool) (adapter.Response, *adapter.Table, error) {
	return s.a.nc.Execute(ctx, sql, false, fetch, 0)
}

func (s *methodSession) InTransaction() bool { return s.a.nc.InTransaction() }

func (s *methodSession) Node() map[string]any {
	if s.a.nc.opts.Values == nil {
		return nil
	}
	return s.a.nc.opts.Values()
}

func (s *methodSession) Warn(key, msg string) {
	if err := s.a.rt.warnOnce(key, msg); err != nil && s.warnErr == nil {
		s.warnErr = err
	}
}

// config is adapter.config. It shows no secret, unlike dbt's.
func (r *Runtime) config() jinja.Value {
	creds := []any{}
	for _, f := range r.Credentials.Fields() {
		v, err := r.Classes.FromGo(f.Value)
		if err != nil {
			continue
		}
		creds = append(creds, f.Name, v)
	}
	q := jinja.NewDict()
	q.SetStr("database", jinja.Bool(r.Quoting.Database))
	q.SetStr("schema", jinja.Bool(r.Quoting.Schema))
	q.SetStr("identifier", jinja.Bool(r.Quoting.Identifier))
	return values.NewRecord("RuntimeConfig",
		"project_name", jinja.Str(r.ProjectName), "profile_name", jinja.Str(r.ProfileName), "target_name", jinja.Str(r.TargetName),
		"threads", jinja.Int(r.Threads), "quoting", q,
		"credentials", values.NewRecord(values.ClassPrefix(r.Driver.Name())+"Credentials", creds...))
}

// behaviorFlag is one of adapter.behavior: true or false, with its name.
type behaviorFlag struct {
	name string
	on   bool
}

func (behaviorFlag) Type() string     { return "BehaviorFlagRendered" }
func (f behaviorFlag) Truth() bool    { return f.on }
func (f behaviorFlag) String() string { return f.Repr() }
func (f behaviorFlag) Repr() string {
	return "BehaviorFlagRendered(" + jinja.Str(f.name).Repr() + ", " + jinja.Bool(f.on).Repr() + ")"
}

func (f behaviorFlag) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "name":
		return jinja.Str(f.name), nil
	case "setting", "no_warn":
		return jinja.Bool(f.on), nil
	}
	return nil, nil
}

// behavior is adapter.behavior: the flags of dbt-adapters and of the driver,
// over them the project's.
func (r *Runtime) behavior() jinja.Value {
	var pairs []any
	flag := func(name string, def bool) {
		if v, ok := r.Flags[name]; ok {
			def = v
		}
		pairs = append(pairs, name, behaviorFlag{name, def})
	}
	flag("require_batched_execution_for_custom_microbatch_strategy", false)
	flag("enable_truthy_nulls_equals_macro", false)
	if r.is("postgres") {
		flag("postgres_skip_autocommit_transaction_statements", true)
	}
	return values.NewRecord("Behavior", pairs...)
}
