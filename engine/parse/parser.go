package parse

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Options is what a parse starts from.
type Options struct {
	// Session is ready but for Library and Manifest, which the parse sets.
	Session *dbtjinja.Session
	// Root is the project; Packages are those that are installed, by name.
	Root     *config.Project
	Packages map[string]*config.Project
	// Resolver computes the configs of resources.
	Resolver *config.Resolver
	// Builtin are the built-in macro packages, the one to win first.
	Builtin []BuiltinPackage
	// Flags that change what is parsed.
	Behavior config.Behavior
	// Debug tells of every name with spaces, not of the first alone.
	Debug bool
	// Now is the time of the parse in seconds since 1970, for created_at.
	Now float64
	// Warn takes warnings; an error of it ends the parse (--warn-error).
	Warn func(*diag.Diagnostic) error
	// Perf, when set, receives where the time went.
	Perf *Perf
}

// BuiltinPackage is a macro package that comes with gdbt.
type BuiltinPackage struct {
	Name  string
	Files fs.FS
}

type parser struct {
	Options
	s     *dbtjinja.Session
	m     *manifest.Manifest
	now   float64
	calls sync.Map // *manifest.Macro → []jinja.StaticCall, until linked
	// reached holds what reach found, by the id of the test's macro.
	reached sync.Map

	names    *nameMacros
	fixtures map[string]*file // pkg.name
	ctx      context.Context

	singular map[string]*manifest.Node // "pkg.name" → singular test, for property files
	analyses map[string]*manifest.Node
	calledBy map[string]*calls

	overrides map[string]*entry    // "pkg.source" → override
	props     map[string]*propFile // by file id, to point at texts of them
	tables    []*sourceTable
	// semanticRefs are the models of semantic models.
	semanticRefs map[*manifest.Semantic][]manifest.Ref
	jobs         []*testJob
}

// calls are the config() calls of a node: property files are merged below them.
type calls struct{ configs []*yamldoc.Map }

// Project reads and parses everything. The error may join several diagnostics.
func Project(ctx context.Context, opts Options) (*manifest.Manifest, error) {
	p := newParser(ctx, opts, manifest.New(opts.Root.Name))
	p.m.NodePackageFirst = opts.Behavior.RequireRefSearchesNodePackageBeforeRoot
	p.s.Manifest = p.m
	projects := p.projects()
	perf := opts.Perf
	if perf == nil {
		perf = &Perf{}
	}
	watch := stopwatch{time.Now()}
	// What needs nothing else goes on beside the rest: the built-in macros, then the YAML files.
	builtin := make([]func() ([]*dbtjinja.Macro, error), len(opts.Builtin))
	for i, b := range opts.Builtin {
		builtin[i] = begin(func() ([]*dbtjinja.Macro, error) { return p.builtinMacros(b.Name, b.Files) })
		defer builtin[i]()
	}
	files := make([][]*file, len(projects))
	for i, pr := range projects {
		fs, err := readFiles(pr)
		if err != nil {
			return nil, err
		}
		files[i] = fs
		perf.Files += len(fs)
	}
	watch.lap(&perf.ReadFiles)
	props := make([]func() ([]*propFile, error), len(files))
	for i, fs := range files {
		props[i] = begin(func() ([]*propFile, error) { return parallel(fs, p.loadProps) })
		defer props[i]()
	}
	if err := p.macros(files, builtin); err != nil {
		return nil, err
	}
	p.names = newNameMacros(p)
	watch.lap(&perf.Macros)
	for _, step := range []struct {
		do   func() error
		took *time.Duration
	}{
		{func() error { return p.nodes(files) }, &perf.Nodes},
		{func() error { return p.properties(files, props) }, &perf.Properties},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step.do(); err != nil {
			return nil, err
		}
		watch.lap(step.took)
	}
	if err := p.resolve(); err != nil {
		return nil, err
	}
	p.m.BuildMaps()
	watch.lap(&perf.Links)
	return p.m, nil
}

// projects are the root project and its packages by name, in the order in which they are parsed.
func (p *parser) projects() []*config.Project {
	out := []*config.Project{p.Root}
	for _, name := range slices.Sorted(maps.Keys(p.Packages)) {
		out = append(out, p.Packages[name])
	}
	return out
}

func newParser(ctx context.Context, opts Options, m *manifest.Manifest) *parser {
	return &parser{
		Options: opts, s: opts.Session, m: m, now: opts.Now, ctx: ctx,
		singular: map[string]*manifest.Node{}, analyses: map[string]*manifest.Node{}, calledBy: map[string]*calls{},
		fixtures: map[string]*file{}, overrides: map[string]*entry{}, props: map[string]*propFile{},
		semanticRefs: map[*manifest.Semantic][]manifest.Ref{},
	}
}

// Inline parses a query given on the command line as a node of the root project
// and adds it to a parsed manifest, as dbt does for --inline.
func Inline(ctx context.Context, opts Options, m *manifest.Manifest, sql string) (*manifest.Node, error) {
	p := newParser(ctx, opts, m)
	p.names = newNameMacros(p)
	f := &file{project: opts.Root, path: "from remote system.sql", sum: sha(sql)}
	n := p.newNode(f, manifest.SQLOperation, "inline_query", path.Join("sql", "inline_query"), []string{opts.Root.Name, "sql", "inline_query"})
	n.RawCode, n.Line = sql, 1
	calls, err := p.capture(n)
	if err == nil {
		err = p.configure(n, calls, nil)
	}
	if err == nil {
		err = p.link(n)
	}
	if err != nil {
		return nil, err
	}
	m.AddNode(n)
	return n, nil
}

// macros fills the library.
func (p *parser) macros(files [][]*file, builtin []func() ([]*dbtjinja.Macro, error)) error {
	var internal []string
	for _, b := range p.Builtin {
		internal = append(internal, b.Name)
	}
	prefixes := append([]string{p.s.Driver.Name()}, p.s.Driver.Parents()...)
	lib := dbtjinja.NewLibrary(p.Root.Name, internal, prefixes)
	lib.Dispatch = map[string][]string{}
	for _, d := range p.Root.Dispatch {
		lib.Dispatch[d.MacroNamespace] = d.SearchOrder
	}
	p.s.Library = lib
	var all []*dbtjinja.Macro
	var errs []error
	add := func(ms []*dbtjinja.Macro, err error, builtin bool) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		for _, m := range ms {
			if err := lib.Add(m); err != nil {
				errs = append(errs, err)
				continue
			}
			all = append(all, m)
			// The helpers of the built-in macros are nobody else's business.
			if !builtin || !private(m.Def.Name) {
				p.m.AddMacro(m.Def)
			}
		}
	}
	parse := func(fs []*file) {
		ms, err := parallel(fs, func(f *file) ([]*dbtjinja.Macro, error) {
			if f.kind != macroFile && f.kind != genericTestFile {
				return nil, nil
			}
			return p.parseMacroFile(f.project.Name, f.path, p.shown(f), f.text, f.lineSkip, func(tags []jinja.BlockTag) { f.stray = append(f.stray, tags...) })
		})
		add(ms, err, false)
		for _, f := range fs {
			if f.kind == macroFile {
				errs = append(errs, p.strayTags(f))
			}
		}
	}
	parse(files[0])
	for _, parsed := range builtin {
		ms, err := parsed()
		add(ms, err, true)
	}
	for _, fs := range files[1:] {
		parse(fs)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	lib.Seal()
	return p.linkMacros(all)
}

// private tells whether a built-in macro is a helper of others, of which dbt knows nothing. dbt has one macro whose
// name looks like that.
//
// Functions on DuckDB are ours alone (dbt-duckdb has no macros for them), so their macros count as helpers too.
func private(name string) bool {
	return strings.HasPrefix(name, "_") && name != "_split_part_negative" ||
		strings.HasPrefix(name, "duckdb__") && strings.Contains(name, "scalar_function")
}

func (p *parser) thread() *jinja.Thread {
	t := jinja.NewThread(p.ctx)
	t.Undefined = jinja.UndefinedParse
	return t
}

func (p *parser) warn(d *diag.Diagnostic) error {
	d.Severity = diag.Warning
	return p.Warn(d)
}
