package dbtjinja

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// Macro is a macro of the manifest with its compiled program.
type Macro struct {
	Def  *manifest.Macro
	Prog *jinja.Macro
}

// Library holds every macro of the root project, its packages and the built-in
// packages. It is filled by the parser and then only read.
type Library struct {
	root     string
	internal []string // adapter package first, "dbt" last
	pkgs     map[string]map[string]*Macro
	order    []string // packages in order of arrival
	spaces   map[string]*namespace
	// Dispatch gives the search order of a macro namespace from
	// dbt_project.yml, nil where it has none.
	Dispatch map[string][]string
	// Prefixes are the adapter and its parents, without "default".
	Prefixes []string
}

// NewLibrary makes an empty library. internal lists the built-in packages,
// the one to win first.
func NewLibrary(root string, internal, prefixes []string) *Library {
	return &Library{root: root, internal: internal, Prefixes: prefixes, pkgs: map[string]map[string]*Macro{}}
}

// IsInternal tells whether pkg is a built-in package.
func (l *Library) IsInternal(pkg string) bool { return slices.Contains(l.internal, pkg) }

// HasPackage tells whether there are macros of a package.
func (l *Library) HasPackage(name string) bool { return l.pkgs[name] != nil }

// Add puts a macro in. Two of one name in a package are an error that names
// both files.
func (l *Library) Add(m *Macro) error {
	p := l.pkgs[m.Def.PackageName]
	if p == nil {
		p = map[string]*Macro{}
		l.pkgs[m.Def.PackageName] = p
		l.order = append(l.order, m.Def.PackageName)
	}
	if old, dup := p[m.Def.Name]; dup {
		d := diag.New(diag.CompilationError, `dbt found multiple macros named "%s" in the project "%s".
 All macros require unique names, to fix this error rename or remove any
 duplicates. They can be found in these files:
    - %s
    - %s`, m.Def.Name, m.Def.PackageName, old.Def.OriginalFilePath, m.Def.OriginalFilePath)
		return d.At(m.Def.OriginalFilePath, m.Def.Line, 0).WithCode("duplicate-macro")
	}
	p[m.Def.Name] = m
	return nil
}

// namespace is what names mean in the nodes of one package: dbt's
// MacroNamespace, flattened.
type namespace struct {
	macros   map[string]*Macro
	packages map[string]map[string]*Macro
}

// Seal builds the namespaces; Add must not be called after it.
func (l *Library) Seal() {
	flat := l.flatInternal()
	packages := map[string]map[string]*Macro{"dbt": flat}
	for name, p := range l.pkgs {
		if !l.IsInternal(name) {
			packages[name] = p
		}
	}
	l.spaces = map[string]*namespace{}
	build := func(local string) *namespace {
		ns := &namespace{macros: make(map[string]*Macro, len(flat)+64), packages: packages}
		for n, m := range flat {
			ns.macros[n] = m
		}
		for n := range packages {
			delete(ns.macros, n) // a package's name wins over a built-in macro
		}
		for n, m := range l.pkgs[l.root] {
			ns.macros[n] = m
		}
		if local != l.root && !l.IsInternal(local) {
			for n, m := range l.pkgs[local] {
				ns.macros[n] = m
			}
		}
		return ns
	}
	l.spaces[""] = build("")
	l.spaces[l.root] = l.spaces[""]
	for name := range packages {
		if name != l.root {
			l.spaces[name] = build(name)
		}
	}
}

func (l *Library) flatInternal() map[string]*Macro {
	flat := map[string]*Macro{}
	for _, pkg := range slices.Backward(l.internal) {
		for n, m := range l.pkgs[pkg] {
			flat[n] = m
		}
	}
	return flat
}

func (l *Library) space(pkg string) *namespace {
	if ns, ok := l.spaces[pkg]; ok {
		return ns
	}
	return l.spaces[""]
}

// Get finds a macro of a package by name ("dbt" means all built-in ones).
func (l *Library) Get(pkg, name string) *Macro { return l.space("").packages[pkg][name] }

// BatchesModels tells whether models of the strategy microbatch are built batch by batch: with the built-in macro, or with
// any where always is set (the flag require_batched_execution_for_custom_microbatch_strategy).
func (l *Library) BatchesModels(project string, always bool) bool {
	m := l.Resolve(project, "get_incremental_microbatch_sql")
	return always || m != nil && l.IsInternal(m.Def.PackageName)
}

// Resolve finds what a name means in a node of a package: its own macros, the
// root project's, then the built-in ones. "pkg.name" looks in that package.
func (l *Library) Resolve(nodePackage, name string) *Macro {
	if pkg, rest, ok := strings.Cut(name, "."); ok {
		return l.Get(pkg, rest)
	}
	return l.space(nodePackage).macros[name]
}

// ResolveTest finds the macro of a generic test as dbt's MacroResolver does:
// the given package, then root, other packages, built-in.
func (l *Library) ResolveTest(pkg, name string) *Macro {
	if m := l.pkgs[pkg][name]; m != nil {
		return m
	}
	if m := l.pkgs[l.root][name]; m != nil {
		return m
	}
	for _, p := range slices.Backward(l.order) {
		if l.IsInternal(p) {
			continue
		}
		if m := l.pkgs[p][name]; m != nil {
			return m
		}
	}
	return l.space("").packages["dbt"][name]
}

// GenerateMacro finds generate_schema_name and its siblings: the root project
// first, then imported non-built-in packages when imported is that package, then
// the built-in ones.
func (l *Library) GenerateMacro(component, imported string) *Macro {
	name := "generate_" + component + "_name"
	if imported != "" {
		return l.pkgs[imported][name]
	}
	if m := l.pkgs[l.root][name]; m != nil {
		return m
	}
	return l.space("").packages["dbt"][name]
}

// Materialization finds the macro of a materialization: the adapter's before its
// parents' before "default", and among these the root project's before a
// package's before a built-in one. With explicitOverride (dbt's flag
// require_explicit_package_overrides_for_builtin_materializations) a package
// does not replace a built-in materialization; without it overrides tells that
// the macro is a package's in the place of a built-in one.
func (l *Library) Materialization(name string, explicitOverride bool) (m *Macro, overrides bool) {
	const core, imported, root = 0, 1, 2
	hasCore := false
	var best, bestOwn *Macro // bestOwn: without packages
	bestLocality := -1
	for _, prefix := range append(slices.Clone(l.Prefixes), "default") {
		full := "materialization_" + name + "_" + prefix
		found := [3]*Macro{}
		for _, p := range l.order {
			m := l.pkgs[p][full]
			switch {
			case m == nil:
			case l.IsInternal(p):
				found[core], hasCore = m, true
			case p == l.root:
				found[root] = m
			case found[imported] == nil:
				found[imported] = m
			}
		}
		for locality := root; locality >= core; locality-- {
			m := found[locality]
			if m == nil {
				continue
			}
			if best == nil {
				best, bestLocality = m, locality
			}
			if bestOwn == nil && locality != imported {
				bestOwn = m
			}
		}
	}
	overrides = bestLocality == imported && hasCore
	if overrides && explicitOverride {
		return bestOwn, false
	}
	return best, overrides
}

// Materializations lists the known names, for hints.
func (l *Library) Materializations() []string {
	var names []string
	for _, p := range l.pkgs {
		for n := range p {
			if rest, ok := strings.CutPrefix(n, "materialization_"); ok {
				if i := strings.LastIndexByte(rest, '_'); i > 0 {
					names = append(names, rest[:i])
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Names lists what a name may mean in a node of a package, for hints.
func (l *Library) Names(pkg string) []string {
	ns := l.space(pkg)
	names := make([]string, 0, len(ns.macros))
	for n := range ns.macros {
		names = append(names, n)
	}
	for p, ms := range ns.packages {
		if p == "dbt" {
			continue
		}
		for n := range ms {
			names = append(names, p+"."+n)
		}
	}
	slices.Sort(names)
	return names
}

// dispatchPackages is where adapter.dispatch looks: nil means the flat order.
func (l *Library) dispatchPackages(macroNamespace string) []string {
	if order := l.Dispatch[macroNamespace]; len(order) > 0 {
		return order
	}
	if _, installed := l.pkgs[macroNamespace]; installed {
		return []string{l.root, macroNamespace}
	}
	return nil
}

// FindStatic finds the macro that dbt takes adapter.dispatch(name, macroNamespace) for while it links macros. Without a
// namespace it is the root project's, else that of any package, else a built-in one, whichever package calls it.
func (l *Library) FindStatic(name, macroNamespace string) *Macro {
	packages := l.dispatchPackages(macroNamespace)
	if macroNamespace == "" || packages == nil {
		packages = []string{""}
	}
	for _, p := range packages {
		for _, prefix := range append(slices.Clone(l.Prefixes), "default") {
			full := prefix + "__" + name
			m := l.Get(p, full)
			if p == "" {
				m = l.ResolveTest(l.root, full)
			}
			if m != nil {
				return m
			}
		}
	}
	return nil
}

// FindDispatch finds the macro that adapter.dispatch(name, macroNamespace) gives
// in a node of nodePackage, and the names that were tried.
func (l *Library) FindDispatch(nodePackage, name, macroNamespace string) (*Macro, []string, error) {
	ns := l.space(nodePackage)
	packages := []string{""}
	if macroNamespace != "" {
		if ps := l.dispatchPackages(macroNamespace); ps != nil {
			packages = ps
		}
	}
	var tried []string
	for _, p := range packages {
		for _, prefix := range append(slices.Clone(l.Prefixes), "default") {
			full := prefix + "__" + name
			var m *Macro
			if p == "" {
				m = ns.macros[full]
				tried = append(tried, full)
			} else {
				m = ns.packages[p][full] // a package of the search order that is not installed has no macros
				tried = append(tried, p+"."+full)
			}
			if m != nil {
				return m, tried, nil
			}
		}
	}
	return nil, tried, nil
}
