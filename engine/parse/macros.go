package parse

import (
	"errors"
	"io/fs"
	"path"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var macroKinds = []string{"macro", "materialization", "test", "data_test"}

// parseMacroFile compiles the macros, tests and materializations of a file.
// name is its path in the project, shown the one for errors; line is the line of text's first character less one.
// stray, when not nil, is called with the tags that stand outside of all blocks.
func (p *parser) parseMacroFile(pkg, name, shown, text string, lineSkip int, stray func([]jinja.BlockTag)) ([]*dbtjinja.Macro, error) {
	if !strings.Contains(text, "{%") {
		return nil, nil
	}
	blocks, err := jinja.Blocks(shown, text, macroKinds...)
	if err != nil {
		return nil, jinjaError(err, diag.CompilationError)
	}
	var out []*dbtjinja.Macro
	for _, b := range blocks {
		if b.Kind == "" {
			if stray != nil {
				stray(b.Tags)
			}
			continue
		}
		line := b.Line + lineSkip
		tmpl, err := p.s.Env.ParseAt(shown, b.Full, line)
		if err != nil {
			return nil, jinjaError(err, diag.CompilationError)
		}
		progs := tmpl.Macros()
		if len(progs) != 1 {
			return nil, diag.New(diag.ParsingError, "Found multiple macros in %s, expected 1", b.Full).At(shown, line, 0)
		}
		prog := progs[0]
		def := &manifest.Macro{
			Name: prog.Name, ResourceType: manifest.MacroType, PackageName: pkg, Path: name, OriginalFilePath: name,
			UniqueID: "macro." + pkg + "." + prog.Name, MacroSQL: b.Full,
			Docs: manifest.Docs{Show: true}, Meta: yamldoc.NewMap(), CreatedAt: p.now, Line: line,
			SupportedLanguages: prog.SupportedLanguages,
		}
		if p.Behavior.ValidateMacroArgs {
			for _, param := range prog.Params {
				def.Arguments = append(def.Arguments, manifest.MacroArgument{Name: param.Name})
			}
		}
		def.Config = macroConfig(def)
		out = append(out, &dbtjinja.Macro{Def: def, Prog: prog})
		p.calls.Store(def, tmpl.Calls())
	}
	return out, nil
}

func macroConfig(m *manifest.Macro) *yamldoc.Map {
	var color any
	if m.Docs.NodeColor != nil {
		color = *m.Docs.NodeColor
	}
	return yamldoc.NewMap("meta", m.Meta, "docs", yamldoc.NewMap("show", m.Docs.Show, "node_color", color))
}

// builtinMacros compiles the macro package of a driver or of dbt itself.
func (p *parser) builtinMacros(pkg string, files fs.FS) ([]*dbtjinja.Macro, error) {
	var names []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".sql" {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	return parallel(names, func(name string) ([]*dbtjinja.Macro, error) {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		return p.parseMacroFile(pkg, name, name, string(text), 0, nil)
	})
}

// parallel maps items to lists on all processors and joins them in order. All
// errors are reported, not only the first.
func parallel[T, R any](items []T, f func(T) ([]R, error)) ([]R, error) {
	results := make([][]R, len(items))
	errs := make([]error, len(items))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(items); i = int(next.Add(1)) - 1 {
				results[i], errs[i] = f(items[i])
			}
		})
	}
	workers.Wait()
	var out []R
	for _, r := range results {
		out = append(out, r...)
	}
	return out, errors.Join(errs...)
}

// linkMacros fills depends_on of every macro from the calls in its text, as
// dbt's statically_extract_macro_calls does.
func (p *parser) linkMacros(macros []*dbtjinja.Macro) error {
	for _, m := range macros {
		v, _ := p.calls.LoadAndDelete(m.Def)
		calls, _ := v.([]jinja.StaticCall)
		seen := map[string]bool{}
		add := func(name string) {
			if name == m.Def.Name || name == "source" || name == "ref" || name == "config" {
				return
			}
			pkg := m.Def.PackageName
			if a, b, ok := strings.Cut(name, "."); ok {
				pkg, name = a, b
			}
			if pkg == "dbt" && strings.Contains(name, ".") {
				return
			}
			t := p.s.Library.ResolveTest(pkg, name)
			if t != nil && !seen[t.Def.UniqueID] && !(p.s.Library.IsInternal(t.Def.PackageName) && private(t.Def.Name)) {
				seen[t.Def.UniqueID] = true
				m.Def.DependsOn.Macros = append(m.Def.DependsOn.Macros, t.Def.UniqueID)
			}
		}
		for _, c := range calls {
			switch {
			case c.Name == "adapter.dispatch":
				name, ns := dispatchArgs(c)
				if name == "" {
					continue
				}
				add(name)
				if t := p.s.Library.FindStatic(name, ns); t != nil {
					add(t.Def.PackageName + "." + t.Def.Name)
				}
			case strings.HasPrefix(c.Name, "adapter."):
			case strings.Count(c.Name, ".") <= 1:
				add(c.Name)
			}
		}
	}
	return nil
}

func dispatchArgs(c jinja.StaticCall) (name, ns string) {
	text := func(v jinja.Value) string {
		s, _ := v.(jinja.Str)
		return string(s)
	}
	if len(c.Args) > 0 {
		name = text(c.Args[0])
	}
	if len(c.Args) > 1 {
		ns = text(c.Args[1])
	}
	for _, k := range c.Kwargs {
		switch k.Name {
		case "macro_name":
			name = text(k.Value)
		case "macro_namespace":
			ns = text(k.Value)
		}
	}
	return name, ns
}

// jinjaError turns an error of the template engine into a diagnostic. A
// diagnostic raised inside keeps its words and gets the place.
func jinjaError(err error, category string) error {
	var je *jinja.Error
	if !errors.As(err, &je) {
		return err
	}
	return dbtjinja.Diagnose(je, category)
}

// begin starts f beside what goes on; the function that it gives waits for the end. It must be called.
func begin[T any](f func() (T, error)) func() (T, error) {
	var v T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		v, err = f()
	}()
	return func() (T, error) {
		<-done
		return v, err
	}
}
