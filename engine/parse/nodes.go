package parse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// parsed is a node with what the property files still need of it.
type parsed struct {
	node  *manifest.Node
	calls []*yamldoc.Map
	doc   *manifest.Doc
}

// nodes parses everything but macros and property files.
func (p *parser) nodes(files [][]*file) error {
	var errs []error
	for i, fs := range files {
		all, err := parallel(fs, p.parseFile)
		errs = append(errs, err)
		for _, f := range fs {
			if f.kind == snapshotFile {
				errs = append(errs, p.strayTags(f))
			}
		}
		// A package may hold nothing but hooks.
		hooks, err := p.hooks(p.projects()[i])
		errs = append(errs, err)
		for _, x := range append(all, hooks...) {
			errs = append(errs, p.add(x))
		}
	}
	errs = append(errs, p.builtinDocs())
	p.m.RebuildRefs()
	return errors.Join(errs...)
}

func (p *parser) add(x parsed) error {
	if x.doc != nil {
		if old, dup := p.m.Docs[x.doc.UniqueID]; dup {
			return duplicate("docs blocks", x.doc.Name, `looking for doc("`+x.doc.Name+`")`, x.doc.UniqueID, x.doc.OriginalFilePath, 0, old.UniqueID, old.OriginalFilePath)
		}
		p.m.AddDoc(x.doc)
		return nil
	}
	n := x.node
	p.calledBy[nodeKey(n)] = &calls{configs: x.calls}
	switch {
	case n.ResourceType == manifest.Test:
		p.singular[n.PackageName+"."+n.Name] = n
	case n.ResourceType == manifest.Analysis:
		p.analyses[n.PackageName+"."+n.Name] = n
	}
	return p.addNode(n)
}

// nodeKey tells apart nodes that share an id while one of them is disabled.
func nodeKey(n *manifest.Node) string { return n.UniqueID + "\x00" + n.OriginalFilePath }

func (p *parser) addNode(n *manifest.Node) error {
	if enabled, ok := n.ConfigValue("enabled").(bool); ok && !enabled {
		p.m.AddDisabled(n)
		return nil
	}
	if old, dup := p.m.Nodes[n.UniqueID]; dup {
		return duplicateNode(n, old)
	}
	p.m.AddNode(n)
	return nil
}

func duplicateNode(n, old *manifest.Node) error {
	plural := "resources"
	if n.ResourceType == old.ResourceType {
		plural = pluralType(n.ResourceType)
	}
	name, action := n.Name, "looking for "+n.Name
	switch {
	case n.IsRefable():
		action = `looking for ref("` + n.Name + `")`
	case n.TestMetadata != nil:
		column := ""
		if n.ColumnName != nil && *n.ColumnName != "" {
			column = `column "` + *n.ColumnName + `" in `
		}
		name = n.Name + `" defined on ` + column + `"` + n.FileKeyName
		action = "running tests"
	}
	return duplicate(plural, name, action, n.UniqueID, n.OriginalFilePath, n.Line, old.UniqueID, old.OriginalFilePath)
}

func pluralType(t manifest.ResourceType) string { return ident.Type(t).Plural() }

func duplicate(plural, name, action, id1, path1 string, line int, id2, path2 string) error {
	return diag.New(diag.CompilationError, `dbt found two %s with the name "%s".

Since these resources have the same name, dbt will be unable to find the correct resource
when %s.

To fix this, change the name of one of these resources:
- %s (%s)
- %s (%s)`, plural, name, action, id1, path1, id2, path2).At(path1, line, 0).WithCode("duplicate-name")
}

func (p *parser) parseFile(f *file) ([]parsed, error) {
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	switch f.kind {
	case modelFile:
		if strings.HasSuffix(f.rel, ".py") {
			return one(p.pythonNode(f))
		}
		return one(p.sqlNode(f, manifest.Model, f.stem(), f.rel, fqnOf(f.project.Name, f.rel, f.stem()), f.text, f.lineSkip+1))
	case analysisFile:
		return one(p.sqlNode(f, manifest.Analysis, f.stem(), "analysis/"+f.rel, fqnOf(f.project.Name, "analysis/"+f.rel, f.stem()), f.text, f.lineSkip+1))
	case testFile:
		return one(p.sqlNode(f, manifest.Test, f.stem(), f.rel, fqnOf(f.project.Name, f.rel, f.stem()), f.text, f.lineSkip+1))
	case functionFile:
		return one(p.function(f))
	case seedFile:
		return one(p.seed(f))
	case snapshotFile:
		return p.snapshots(f)
	case docFile:
		return p.docs(f)
	case fixtureFile:
		return nil, nil
	}
	return nil, nil
}

func one(x parsed, err error) ([]parsed, error) {
	if err != nil {
		return nil, err
	}
	return []parsed{x}, nil
}

// newNode fills what all nodes have in common.
func (p *parser) newNode(f *file, t manifest.ResourceType, name, rel string, fqn []string) *manifest.Node {
	sum := manifest.Checksum{Name: "sha256", Checksum: f.sum}
	if f.big {
		sum = manifest.Checksum{Name: "path", Checksum: f.path}
	}
	return &manifest.Node{
		Database: p.s.Credentials.Database(), Schema: p.s.Credentials.Schema(), Alias: name,
		Name: name, ResourceType: t, PackageName: f.project.Name, Path: rel, OriginalFilePath: f.path,
		UniqueID: ident.ID(ident.Type(t), f.project.Name, name), FQN: fqn, Checksum: sum,
		Docs: manifest.Docs{Show: true}, CreatedAt: p.now, Language: "sql", Access: "protected",
		Meta: yamldoc.NewMap(), UnrenderedConfig: yamldoc.NewMap(), Contract: manifest.Contract{AliasTypes: true},
	}
}

// sqlNode parses a node whose text is Jinja: its calls are recorded by
// rendering it with execute = false.
func (p *parser) sqlNode(f *file, t manifest.ResourceType, name, rel string, fqn []string, text string, line int) (parsed, error) {
	n := p.newNode(f, t, name, rel, fqn)
	n.RawCode, n.Line = text, line
	calls, err := p.capture(n)
	if err != nil {
		return parsed{}, err
	}
	if err := p.configure(n, calls, nil); err != nil {
		return parsed{}, err
	}
	return parsed{node: n, calls: calls}, nil
}

// capture renders the node's text and takes over refs, sources and macros.
func (p *parser) capture(n *manifest.Node) ([]*yamldoc.Map, error) {
	if !jinja.HasMarkup(n.RawCode) {
		return nil, nil
	}
	rec := &dbtjinja.Recorder{}
	c := p.s.Parse(n, rec)
	tmpl, err := p.s.Env.ParseAt(n.OriginalFilePath, n.RawCode, max(n.Line, 1))
	if err != nil {
		return nil, p.located(err, n)
	}
	if _, err := tmpl.Render(p.thread(), c); err != nil {
		return nil, p.located(err, n)
	}
	if once := distinct(rec.Sources); len(once) < len(rec.Sources) && n.ResourceType == manifest.Model && p.static(n) {
		rec.Sources = once
	}
	p.take(n, rec)
	return rec.Configs, nil
}

// plainCalls is a model whose Jinja is nothing but calls of ref, source and config with plain arguments: dbt reads it without
// rendering, and its extractor gathers sources as a set.
var plainCalls = regexp.MustCompile(`^(?:[^{]|\{[^{%#]|\{#(?s:.*?)#\}|\{\{\s*(?:(?:ref|source)\(` + plainArgs + `|config\(` + plainConfig + `)\)\s*\}\})*$`)

// The arguments of ref and source, and of config: texts, booleans, and lists and dictionaries of them.
const (
	plainArgs   = `(?:'[^']*'|"[^"]*"|(?:v|version)\s*=\s*\d+|[\s,])*`
	plainConfig = `(?:\s*\w+\s*=(?:'[^']*'|"[^"]*"|True|False|[\s,:\[\]{}])*)*`
)

// static tells whether dbt would read a model without rendering it.
func (p *parser) static(n *manifest.Node) bool {
	for _, name := range []string{"ref", "source", "config"} {
		if p.s.Library.Get(n.PackageName, name) != nil || p.s.Library.Get(p.s.ProjectName, name) != nil {
			return false
		}
	}
	return plainCalls.MatchString(n.RawCode)
}

// distinct leaves out what was there before.
func distinct(list [][]string) [][]string {
	var out [][]string
	for _, x := range list {
		if !slices.ContainsFunc(out, func(y []string) bool { return slices.Equal(x, y) }) {
			out = append(out, x)
		}
	}
	return out
}

// take adds what a rendering recorded.
func (p *parser) take(n *manifest.Node, rec *dbtjinja.Recorder) {
	n.Refs = append(n.Refs, rec.Refs...)
	n.Sources = append(n.Sources, rec.Sources...)
	n.Metrics = append(n.Metrics, rec.Metrics...)
	n.Functions = append(n.Functions, rec.Functions...)
	for _, m := range rec.Macros {
		n.DependsOn.AddMacro(m)
	}
}

// located gives an error of the template engine its node, in dbt's words.
func (p *parser) located(err error, n *manifest.Node) error {
	err = jinjaError(err, diag.CompilationError)
	var d *diag.Diagnostic
	if errors.As(err, &d) && d.Node == "" {
		d.Node, d.NodePath = nodeTitle(n), n.OriginalFilePath
		if d.File == "" {
			d.File = n.OriginalFilePath
		}
	}
	if d != nil {
		p.s.AtUser(d, n)
	}
	if d != nil && d.Line == 0 && n.TestMetadata != nil && d.File == n.OriginalFilePath {
		d.Line = n.Line
	} else if d != nil && d.Line == 0 {
		if line, column, source, ok := n.ConfigPlace(d.Config); ok {
			d.At(n.OriginalFilePath, line, column).Source = source
		}
	}
	return err
}

// nodeTitle is dbt's short name of a node in errors: "model orders".
func nodeTitle(n *manifest.Node) string { return string(n.ResourceType) + " " + n.Name }

// configure computes the node's config from dbt_project.yml, the property
// files (patch) and the config() calls, and everything that follows from it.
func (p *parser) configure(n *manifest.Node, calls []*yamldoc.Map, patch *yamldoc.Map) error {
	return p.configurePatched(n, calls, patch, nil)
}

// configurePatched is configure with the patch as it is written too, before its Jinja was rendered.
func (p *parser) configurePatched(n *manifest.Node, calls []*yamldoc.Map, patch, written *yamldoc.Map) error {
	if n.ResourceType == manifest.Model && n.Language == "python" && !patch.Has("materialized") {
		// Tables, unless a property file says otherwise (BaseParser.update_parsed_node_config).
		table := yamldoc.NewMap("materialized", "table")
		for k, v := range patch.All() {
			table.Set(k, v)
		}
		patch = table
	}
	v, unrendered, err := p.config(n.ResourceType, n.PackageName, n.FQN, calls, patch)
	if err != nil {
		return p.located(err, n)
	}
	if p.Behavior.StateModifiedCompareMoreUnrenderedValues {
		if unrendered, err = p.moreUnrendered(n, calls, patch, written); err != nil {
			return p.located(err, n)
		}
	}
	cfg, err := p.overNulls(n, v, append(slices.Clone(calls), patch))
	if err != nil {
		return p.located(err, n)
	}
	n.Config, n.UnrenderedConfig = cfg, unrendered
	for _, t := range v.Tags() {
		if !slices.Contains(n.Tags, t) {
			n.Tags = append(n.Tags, t)
		}
	}
	if m := v.Meta(); m.Len() > 0 {
		n.Meta = m
	}
	if g := v.Group(); g != "" {
		n.Group = &g
	}
	if n.ResourceType == manifest.Model {
		if a := v.Access(); a != "" {
			if !slices.Contains(accessTypes, a) {
				return invalidAccess(n, a)
			}
			n.Access = a
		}
	}
	show, color := v.Docs()
	n.Docs = manifest.Docs{Show: show}
	if color != "" {
		n.Docs.NodeColor = &color
	}
	n.Contract = manifest.Contract{Enforced: v.ContractEnforced(), AliasTypes: v.ContractAliasTypes(), Checksum: n.Contract.Checksum}
	n.PreHooks, n.PostHooks = hookList(v.PreHooks()), hookList(v.PostHooks())
	if err := p.relationNames(n, v); err != nil {
		return err
	}
	return p.captureHooks(n)
}

// moreUnrendered is the unrendered config of the flag state_modified_compare_more_unrendered_values: property files count as
// they are written, and of a config() call that needs Jinja its source (ParseConfigObject, build_config_dict).
func (p *parser) moreUnrendered(n *manifest.Node, calls []*yamldoc.Map, patch, written *yamldoc.Map) (*yamldoc.Map, error) {
	call, err := oneCall(calls)
	if err != nil {
		return nil, err
	}
	req := config.Request{Type: ident.Type(n.ResourceType), Package: n.PackageName, FQN: n.FQN, Patch: patch.DeepCopy(), Call: call}
	if req.Patch == nil {
		req.Patch = yamldoc.NewMap()
	}
	mergeWritten(req.Patch, written)
	if len(calls) > 0 && n.Language == "sql" && !(n.TestMetadata != nil && slices.Contains(unrenderedTests, n.TestMetadata.Name)) {
		tmpl, err := p.s.Env.ParseWritten(n.OriginalFilePath, n.RawCode)
		if err != nil {
			return nil, err
		}
		keywords, ok := tmpl.CallText("config")
		// What dbt's static parser can read is not rendered, so its values are known.
		static := n.ResourceType == manifest.Model && tmpl.OnlyCalls("ref", "source", "config")
		if ok && len(keywords) > 0 && !static {
			req.Call = yamldoc.NewMap()
			for _, k := range keywords {
				req.Call.Set(k.Name, k.Text)
			}
		}
	}
	return p.Resolver.Unrendered(req), nil
}

// unrenderedTests are the generic tests that dbt does not render while it parses.
var unrenderedTests = []string{"unique", "not_null"}

// mergeWritten lays a config as it is written over the rendered one, as dbt's deep_merge does: of lists both count.
func mergeWritten(m, written *yamldoc.Map) {
	for _, e := range written.Entries() {
		was, has := m.GetKey(e.Key)
		v := e.Value
		switch x := e.Value.(type) {
		case *yamldoc.Map:
			if inner, ok := was.(*yamldoc.Map); ok {
				mergeWritten(inner, x)
				continue
			}
		case []any:
			if old, ok := was.([]any); has && ok {
				v = slices.Concat(x, old)
			}
		}
		m.SetKey(e.Key, v)
	}
}

// overNulls is a node's config as the manifest and Jinja see it. A null in a
// config() call or a property file leaves what was there before, but for the
// relation's name, which is made from v (BaseParser.update_parsed_node_config
// drops nulls).
func (p *parser) overNulls(n *manifest.Node, v *config.Values, given []*yamldoc.Map) (*yamldoc.Map, error) {
	m := v.Map()
	var keys, fields []string
	for _, g := range given {
		for k, val := range g.All() {
			if now, ok := m.Get(k); val == nil && ok && now == nil {
				if fields == nil {
					fields = config.FieldNames(ident.Type(n.ResourceType))
				}
				if slices.Contains(fields, k) { // a key of the user's own may be null
					keys = append(keys, k)
				}
			}
		}
	}
	if len(keys) == 0 {
		return m, nil
	}
	before := n.Config
	if before == nil {
		base, _, err := p.config(n.ResourceType, n.PackageName, n.FQN, nil, nil)
		if err != nil {
			return nil, err
		}
		before = base.Map()
	}
	m = m.Copy()
	for _, k := range keys {
		m.Set(k, before.Value(k))
	}
	return m, nil
}

// config computes the config of a resource and what of it stands in files.
func (p *parser) config(t manifest.ResourceType, pkg string, fqn []string, calls []*yamldoc.Map, patch *yamldoc.Map) (*config.Values, *yamldoc.Map, error) {
	call, err := oneCall(calls)
	if err != nil {
		return nil, nil, err
	}
	req := config.Request{Type: ident.Type(t), Package: pkg, FQN: fqn, Patch: patch, Call: call}
	v, err := p.Resolver.Config(req)
	if err != nil {
		return nil, nil, diag.Wrap(diag.ParsingError, err)
	}
	return v, p.Resolver.Unrendered(req), nil
}

// oneCall merges the config() calls of a node.
func oneCall(calls []*yamldoc.Map) (*yamldoc.Map, error) {
	switch len(calls) {
	case 0:
		return nil, nil
	case 1:
		return calls[0], nil
	}
	one := yamldoc.NewMap()
	for _, c := range calls {
		if err := config.MergeCall(one, c); err != nil {
			return nil, err
		}
	}
	return one, nil
}

var accessTypes = []string{"private", "protected", "public"}

func invalidAccess(n *manifest.Node, value string) *diag.Diagnostic {
	return diag.New(diag.ParsingError, "Node %s has an invalid value (%s) for the access field", n.UniqueID, value).
		At(n.OriginalFilePath, 0, 0).WithHint("%s", diag.DidYouMean(value, accessTypes)).WithCode("access")
}

func hookList(hs []config.Hook) []manifest.Hook {
	out := make([]manifest.Hook, 0, len(hs))
	for _, h := range hs {
		out = append(out, manifest.Hook{SQL: h.SQL, Transaction: h.Transaction, Index: h.Index})
	}
	return out
}

// relationNames sets database, schema, alias and relation_name.
func (p *parser) relationNames(n *manifest.Node, v *config.Values) error {
	custom := func(key string) any {
		s, ok := v.Get(key)
		if !ok {
			return nil
		}
		return s
	}
	var err error
	if n.Database, err = p.names.name("database", n, custom("database")); err != nil {
		return err
	}
	if n.Schema, err = p.names.name("schema", n, custom("schema")); err != nil {
		return err
	}
	if n.Alias, err = p.names.name("alias", n, custom("alias")); err != nil {
		return err
	}
	if n.ResourceType == manifest.Snapshot {
		if s := v.Str("target_database"); s != "" {
			n.Database = s
		}
		if s := v.Str("target_schema"); s != "" {
			n.Schema = s
		}
	}
	n.RelationName = nil
	if n.IsRelational() && !n.IsEphemeral() || n.ResourceType == manifest.Test && p.storesFailures(v) {
		name := p.s.NodeRelation(n).Render()
		n.RelationName = &name
	}
	return nil
}

// storesFailures tells whether a data test keeps its rows in the warehouse: by its
// config, else by --store-failures.
func (p *parser) storesFailures(v *config.Values) bool {
	if as := v.Str("store_failures_as"); as != "" && as != "ephemeral" {
		return true
	}
	// The flag names a relation even where the config keeps it from being made (TestShouldStoreFailures).
	if flag, _ := p.s.Flags.Get("STORE_FAILURES"); flag == true {
		return true
	}
	return v.Bool("store_failures")
}

// captureHooks renders the hooks for the refs they hold.
func (p *parser) captureHooks(n *manifest.Node) error {
	if n.ResourceType == manifest.Test {
		return nil
	}
	for _, h := range append(slices.Clone(n.PreHooks), n.PostHooks...) {
		if !jinja.HasMarkup(h.SQL) {
			continue
		}
		rec := &dbtjinja.Recorder{}
		if _, err := p.s.Parse(n, rec).RenderText(p.thread(), n.OriginalFilePath, h.SQL); err != nil {
			return p.located(err, n)
		}
		if n.ResourceType == manifest.Seed && len(rec.Refs)+len(rec.Sources) > 0 {
			d := diag.New(diag.ParsingError, "Seeds cannot depend on other nodes. Please remove the ref or source from the hooks of this seed: %s", h.SQL).
				At(n.OriginalFilePath, 0, 0).WithCode("seed-depends")
			d.Node, d.NodePath = nodeTitle(n), n.OriginalFilePath
			return d
		}
		p.take(n, rec)
	}
	return nil
}

func (p *parser) seed(f *file) (parsed, error) {
	n := p.newNode(f, manifest.Seed, f.stem(), f.rel, fqnOf(f.project.Name, f.rel, f.stem()))
	n.RootPath = f.project.Root
	if err := p.configure(n, nil, nil); err != nil {
		return parsed{}, err
	}
	return parsed{node: n}, nil
}

// snapshots parses the snapshot blocks of a file.
func (p *parser) snapshots(f *file) ([]parsed, error) {
	blocks, err := jinja.Blocks(f.path, f.text, "snapshot")
	if err != nil {
		return nil, jinjaError(err, diag.CompilationError)
	}
	var out []parsed
	for _, b := range blocks {
		if b.Kind != "snapshot" {
			f.stray = append(f.stray, b.Tags...)
			continue
		}
		fqn := fqnOf(f.project.Name, path.Join(strings.TrimSuffix(f.rel, path.Ext(f.rel)), "x"), b.Name)
		line := b.Line + f.lineSkip
		x, err := p.sqlNode(f, manifest.Snapshot, b.Name, f.rel, fqn, b.Contents, line)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// docs parses the docs blocks of a Markdown file.
func (p *parser) docs(f *file) ([]parsed, error) {
	if !strings.Contains(f.text, "{%") {
		return nil, nil
	}
	blocks, err := jinja.Blocks(f.path, f.text, "docs")
	if err != nil {
		return nil, jinjaError(err, diag.CompilationError)
	}
	var out []parsed
	for _, b := range blocks {
		if b.Kind == "" {
			continue
		}
		text := b.Contents
		if jinja.HasMarkup(text) {
			tmpl, err := p.s.Env.ParseAt(f.path, text, b.Line+f.lineSkip)
			if err != nil {
				return nil, jinjaError(err, diag.CompilationError)
			}
			if text, err = tmpl.Render(p.thread(), jinja.MapContext{}); err != nil {
				return nil, jinjaError(err, diag.CompilationError)
			}
		}
		out = append(out, parsed{doc: &manifest.Doc{
			Name: b.Name, ResourceType: manifest.DocType, PackageName: f.project.Name, Path: f.rel, OriginalFilePath: f.path,
			UniqueID: "doc." + f.project.Name + "." + b.Name, BlockContents: strings.TrimSpace(text),
		}})
	}
	return out, nil
}

// builtinDocs adds the docs blocks that come with gdbt.
func (p *parser) builtinDocs() error {
	for _, b := range p.Builtin {
		names, err := fs.Glob(b.Files, "docs/*.md")
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(b.Files, name)
			if err != nil {
				return fmt.Errorf("parse: %w", err)
			}
			blocks, err := p.docs(&file{project: &config.Project{Name: b.Name}, path: name, rel: path.Base(name), text: string(text)})
			if err != nil {
				return err
			}
			for _, x := range blocks {
				p.m.AddDoc(x.doc)
			}
		}
	}
	return nil
}

// inText moves an error about a text of dbt_project.yml or a property file to the file.
func (p *parser) inText(err error, n *manifest.Node, text string) {
	d, ok := diag.As(err)
	if !ok || d.File != n.OriginalFilePath {
		return
	}
	if place, ok := p.s.TextPlace(n, text, max(d.Line, 1), max(d.Column, 1)); ok {
		place.Set(d)
	}
}

// hooks makes the operations of on-run-start and on-run-end.
func (p *parser) hooks(pr *config.Project) ([]parsed, error) {
	if len(pr.OnRunStart)+len(pr.OnRunEnd) == 0 {
		return nil, nil
	}
	raw, err := os.ReadFile(pr.File)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	sum := sha(strings.TrimSpace(string(raw)))
	var out []parsed
	var errs []error
	for _, k := range []struct {
		name string
		sql  []string
	}{{"on-run-start", pr.OnRunStart}, {"on-run-end", pr.OnRunEnd}} {
		for i, sql := range k.sql {
			name := fmt.Sprintf("%s-%s-%d", pr.Name, k.name, i)
			f := &file{project: pr, path: "./dbt_project.yml", sum: sum}
			n := p.newNode(f, manifest.Operation, name, "hooks/"+name+".sql", []string{pr.Name, "hooks", name})
			n.RawCode, n.Index, n.Tags = sql, i, []string{k.name}
			calls, err := p.capture(n)
			if err == nil {
				err = p.configure(n, calls, nil)
			}
			if err != nil {
				p.inText(err, n, sql)
				errs = append(errs, err)
				continue
			}
			out = append(out, parsed{node: n, calls: calls})
		}
	}
	return out, errors.Join(errs...)
}
