// Package compile turns a node's text into the SQL that runs: it renders the
// Jinja with execute = true, puts the SQL of ephemeral models in front as CTEs
// and writes the result below target/compiled.
package compile

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/serial"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/sqltok"
)

// Compiler compiles the nodes of one invocation. It is safe for concurrent use;
// each node is compiled by one goroutine.
type Compiler struct {
	Session *dbtjinja.Session
	// Target is the absolute target folder; TargetName the one shown in artifacts
	// ("target"). Write tells whether files are written.
	Target, TargetName string
	Write              bool
	// NoInject leaves ephemeral models out (--no-inject-ephemeral-ctes).
	NoInject bool

	mu        sync.Mutex
	ephemeral map[string]*ephemeral
	texts     sync.Map // raw code of generic tests → *jinja.Template
}

// ephemeral is an ephemeral model compiled once for all that refer to it.
type ephemeral struct {
	once sync.Once
	sql  string
	ctes []manifest.InjectedCTE
	err  error
}

// Adapter makes the `adapter` object of a context.
type Adapter func(c *dbtjinja.Context) jinja.Value

// Node compiles n and sets its compiled fields. Errors are *diag.Diagnostic.
func (c *Compiler) Node(ctx context.Context, n *manifest.Node, ad Adapter) error {
	if n.ResourceType == manifest.Seed {
		return nil
	}
	sql, ctes, err := c.node(ctx, n, ad, nil)
	if err != nil {
		return err
	}
	if err := c.foreignKeys(ctx, n, ad); err != nil {
		return err
	}
	n.CompiledCode = sql
	n.ExtraCTEs = ctes
	if len(ctes) > 0 && !c.NoInject {
		n.CompiledCode = Inject(sql, ctes)
	}
	n.Compiled, n.ExtraCTEsInjected = true, true
	return c.WriteNode(n)
}

// foreignKeys turns the `to` of foreign key constraints ("ref('x')") into the
// relation that it means.
func (c *Compiler) foreignKeys(ctx context.Context, n *manifest.Node, ad Adapter) error {
	render := func(list []manifest.Constraint) ([]manifest.Constraint, error) {
		out := slices.Clone(list)
		for i, k := range out {
			if k.Type != "foreign_key" || k.To == nil || !strings.Contains(*k.To, "(") || strings.HasPrefix(*k.To, `"`) {
				continue
			}
			jc := c.Session.Run(n, nil)
			jc.SetAdapter(ad(jc))
			to, err := jc.RenderText(jinja.NewThread(ctx), n.OriginalFilePath, "{{ "+*k.To+" }}")
			if err != nil {
				return nil, Locate(c.Session, err, n)
			}
			out[i].To = &to
		}
		return out, nil
	}
	var err error
	if n.Constraints, err = render(n.Constraints); err != nil {
		return err
	}
	for i, col := range n.Columns {
		if !slices.ContainsFunc(col.Constraints, func(k manifest.Constraint) bool { return k.Type == "foreign_key" }) {
			continue
		}
		own := *col // versions of a model share their columns
		if own.Constraints, err = render(col.Constraints); err != nil {
			return err
		}
		n.Columns[i] = &own
	}
	return nil
}

// Inject puts CTEs in front of a statement, merging with its own WITH.
func Inject(sql string, ctes []manifest.InjectedCTE) string {
	list := make([]sqltok.CTE, len(ctes))
	for i, e := range ctes {
		list[i] = sqltok.CTE{SQL: e.SQL}
	}
	return sqltok.InjectCTEs(sql, list)
}

// node renders n and collects the CTEs it needs, innermost first. above holds
// the ephemeral models that led here.
func (c *Compiler) node(ctx context.Context, n *manifest.Node, ad Adapter, above []string) (string, []manifest.InjectedCTE, error) {
	var refs []*manifest.Node
	sql, err := c.render(ctx, n, ad, func(e *manifest.Node) {
		if !slices.Contains(refs, e) {
			refs = append(refs, e)
		}
	})
	if err != nil {
		return "", nil, err
	}
	var ctes []manifest.InjectedCTE
	add := func(e manifest.InjectedCTE) {
		if !slices.ContainsFunc(ctes, func(x manifest.InjectedCTE) bool { return x.ID == e.ID }) {
			ctes = append(ctes, e)
		}
	}
	for _, e := range refs {
		if slices.Contains(above, e.UniqueID) {
			return "", nil, diag.New(diag.RuntimeError, "ephemeral models refer to each other: %v", append(above, e.UniqueID))
		}
		x := c.cte(e.UniqueID)
		// Who waits for another to compile it must not keep that one from rendering.
		serial.Outside(ctx, func() {
			x.once.Do(func() {
				inside, leave := c.Session.Share(serial.Without(ctx), false)
				defer leave()
				x.sql, x.ctes, x.err = c.ephemeralNode(inside, e, ad, above)
			})
		})
		if x.err != nil {
			return "", nil, x.err
		}
		for _, inner := range x.ctes {
			add(inner)
		}
		add(manifest.InjectedCTE{ID: e.UniqueID, SQL: " " + dbtjinja.EphemeralPrefix + e.Alias + " as (\n" + x.sql + "\n)"})
	}
	return sql, ctes, nil
}

func (c *Compiler) cte(id string) *ephemeral {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ephemeral == nil {
		c.ephemeral = map[string]*ephemeral{}
	}
	x := c.ephemeral[id]
	if x == nil {
		x = &ephemeral{}
		c.ephemeral[id] = x
	}
	return x
}

func (c *Compiler) ephemeralNode(ctx context.Context, e *manifest.Node, ad Adapter, above []string) (string, []manifest.InjectedCTE, error) {
	sql, ctes, err := c.node(ctx, e, ad, append(slices.Clone(above), e.UniqueID))
	if err != nil {
		return "", nil, err
	}
	e.CompiledCode = sql
	if len(ctes) > 0 && !c.NoInject {
		e.CompiledCode = Inject(sql, ctes)
	}
	e.Compiled, e.ExtraCTEsInjected, e.ExtraCTEs = true, true, ctes
	return sql, ctes, c.WriteNode(e)
}

func (c *Compiler) render(ctx context.Context, n *manifest.Node, ad Adapter, onEphemeral func(*manifest.Node)) (string, error) {
	if n.Language == "python" && n.ResourceType == manifest.Model {
		return c.python(ctx, n, ad, onEphemeral)
	}
	if !jinja.HasMarkup(n.RawCode) {
		return n.RawCode, nil
	}
	jc := c.Session.Run(n, nil)
	jc.OnEphemeral = onEphemeral
	jc.OnMacro = n.DependsOn.AddMacro // those behind `if execute` are met only now
	jc.SetAdapter(ad(jc))
	t := jinja.NewThread(ctx)
	t.Local = jc
	if n.TestMetadata != nil {
		kwargs, err := jc.TestKwargs(t)
		if err != nil {
			return "", Locate(c.Session, err, n)
		}
		d := jinja.NewDict()
		for _, k := range kwargs {
			d.SetStr(k.Name, k.Value)
		}
		jc.Extra = map[string]jinja.Value{"_dbt_generic_test_kwargs": d}
	}
	tmpl, err := c.template(n)
	if err != nil {
		return "", Locate(c.Session, err, n)
	}
	out, err := tmpl.Render(t, jc)
	if err != nil {
		return "", Locate(c.Session, err, n)
	}
	return out, nil
}

// python is the text of a Python model with the functions behind it that dbt gives it.
func (c *Compiler) python(ctx context.Context, n *manifest.Node, ad Adapter, onEphemeral func(*manifest.Node)) (string, error) {
	jc := c.Session.Run(n, nil)
	jc.OnEphemeral = onEphemeral
	jc.SetAdapter(ad(jc))
	t := jinja.NewThread(ctx)
	t.Local = jc
	postfix, err := jc.RenderText(t, n.OriginalFilePath, "{{ py_script_postfix(model) }}")
	if err != nil {
		return "", Locate(c.Session, err, n)
	}
	return n.RawCode + "\n\n" + postfix, nil
}

func (c *Compiler) template(n *manifest.Node) (*jinja.Template, error) {
	if n.TestMetadata == nil {
		return c.Session.Env.ParseAt(n.OriginalFilePath, n.RawCode, max(n.Line, 1))
	}
	if t, ok := c.texts.Load(n.RawCode); ok {
		return t.(*jinja.Template), nil
	}
	t, err := c.Session.Env.Parse(n.OriginalFilePath, n.RawCode)
	if err == nil {
		c.texts.Store(n.RawCode, t)
	}
	return t, err
}

// Locate gives an error its node, in dbt's words ("Compilation Error in model x (path)"), and a place in a file of the user: an
// error that a built-in macro raised points at the config or property that it is about, else at the call in the user's macro or
// model, else at the node.
func Locate(s *dbtjinja.Session, err error, n *manifest.Node) error {
	var je *jinja.Error
	if errors.As(err, &je) {
		err = dbtjinja.Diagnose(je, diag.CompilationError)
	}
	d, ok := diag.As(err)
	if !ok {
		return err
	}
	if d.Node == "" {
		d.Node, d.NodePath = string(n.ResourceType)+" "+n.Name, n.OriginalFilePath
	}
	if d.File == "" {
		d.File = n.OriginalFilePath
	}
	if p, ok := faultPlace(s, d, n); ok {
		p.Set(d)
	} else {
		s.AtUser(d, n)
		if n.TestMetadata != nil {
			atTest(d, n)
		}
	}
	if d.File == n.OriginalFilePath {
		d.File = s.Shown(n.PackageName, d.File)
	}
	return d
}

// faultPlace is the place of what an error says to be at fault: a word of the node's text, a property or a config.
func faultPlace(s *dbtjinja.Session, d *diag.Diagnostic, n *manifest.Node) (dbtjinja.Place, bool) {
	if line, column, source, ok := WordPlace(n, d.Word); ok {
		return dbtjinja.Place{File: n.OriginalFilePath, Line: line, Column: column, Source: source}, true
	}
	if d.Property != nil {
		if p, ok := s.PropertyPlace(n, d.Property...); ok {
			return p, true
		}
	}
	return s.ConfigPlace(n, d.Config)
}

// atTest turns places in the text that dbt makes for a generic test into the place of the test in its YAML file.
func atTest(d *diag.Diagnostic, n *manifest.Node) {
	if d.File == n.OriginalFilePath {
		d.Line, d.Column, d.Source = n.Line, 0, ""
	}
	for i := range d.Stack {
		if d.Stack[i].File == n.OriginalFilePath {
			d.Stack[i].Line = n.Line
		}
	}
}

// RelativePath is where a node's files go below target/compiled and target/run. Those of the batches of a model share a
// folder.
func RelativePath(n *manifest.Node) string {
	p := n.OriginalFilePath
	if path.Base(n.Path) != path.Base(p) {
		p = path.Join(p, n.Path)
	}
	if n.Batch != nil {
		ext := path.Ext(p)
		stem := strings.TrimSuffix(path.Base(p), ext)
		p = path.Join(path.Dir(p), stem, stem+"_"+n.Batch.Name()+ext)
	}
	return path.Join(n.PackageName, p)
}

// WriteNode writes the compiled text of a node and notes where.
func (c *Compiler) WriteNode(n *manifest.Node) error {
	if n.ResourceType == manifest.Snapshot || n.CompiledCode == "" { // dbt writes none
		return nil
	}
	rel := path.Join("compiled", RelativePath(n))
	shown := path.Join(c.TargetName, rel)
	if strings.HasPrefix(n.OriginalFilePath, "./") { // a hook: dbt leaves the dot in
		shown = path.Join(c.TargetName, "compiled", n.PackageName) + "/./" + strings.TrimPrefix(RelativePath(n), n.PackageName+"/")
	}
	n.CompiledPath = &shown
	if !c.Write {
		return nil
	}
	return manifest.WriteText(filepath.Join(c.Target, filepath.FromSlash(rel)), n.CompiledCode)
}
