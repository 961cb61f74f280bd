package parse

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
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

// resolve links everything by id and checks the whole: refs and sources exist
// and are allowed, names and relations are unique, there is no cycle.
func (p *parser) resolve() error {
	var errs []error
	for _, id := range p.m.NodeOrder {
		errs = append(errs, p.link(p.m.Nodes[id]))
	}
	errs = append(errs, p.linkSemantics())
	for _, id := range p.m.ExposureOrder {
		errs = append(errs, p.linkExposure(p.m.Exposures[id]))
	}
	for _, id := range slices.Clone(p.m.UnitOrder) {
		errs = append(errs, p.linkUnitTest(p.m.UnitTests[id]))
	}
	errs = append(errs, p.descriptions())
	p.primaryKeys()
	errs = append(errs, p.checkGroups(), p.microbatches(), p.checkUnique())
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return p.checkSemantics()
}

func addOnce(list []string, id string) []string {
	if slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}

func (p *parser) link(n *manifest.Node) error {
	if n.ResourceType == manifest.Seed {
		return nil
	}
	for _, src := range n.Sources {
		s, disabled := p.m.ResolveSource(src[0], src[1], n.PackageName)
		if s == nil {
			if err := p.missing(n, dbtjinja.MissingSource(p.m, n, src[0], src[1], disabled), target{"source", src[0] + "." + src[1], "", src[1], disabled}); err != nil {
				return err
			}
			continue
		}
		n.DependsOn.Nodes = addOnce(n.DependsOn.Nodes, s.UniqueID)
	}
	if err := p.linkFunctions(n); err != nil {
		return err
	}
	for _, r := range n.Refs {
		pkg := ""
		if r.Package != nil {
			pkg = *r.Package
		}
		t, disabled := p.m.ResolveRef(r.Name, pkg, r.Version, n.PackageName)
		if t == nil {
			if err := p.missing(n, dbtjinja.MissingRef(p.m, n, r, disabled), target{"node", r.Name, pkg, r.Name, disabled != nil}); err != nil {
				return err
			}
			continue
		}
		if err := p.s.CheckAccess(n, t); err != nil {
			d, _ := diag.As(err)
			return p.locateCall(d, n, r.Name)
		}
		if err := p.warnOfRoot(n, t, pkg, r.Name); err != nil {
			return err
		}
		n.DependsOn.Nodes = addOnce(n.DependsOn.Nodes, t.UniqueID)
	}
	return p.linkMetrics(n)
}

// linkMetrics links what metric() in a node's text means.
func (p *parser) linkMetrics(n *manifest.Node) error {
	for _, call := range n.Metrics {
		pkg, name := "", call[len(call)-1]
		if len(call) == 2 {
			pkg = call[0]
		}
		kind := string(n.ResourceType)
		m, err := p.metricOf(strings.ToUpper(kind[:1])+kind[1:], n.UniqueID, n.OriginalFilePath, n.Line, name, pkg, n.PackageName)
		if err != nil {
			d, _ := diag.As(err)
			_, disabled := p.m.ResolveMetric(name, pkg, n.PackageName)
			if err := p.missing(n, d, target{"metric", name, pkg, name, disabled}); err != nil {
				return err
			}
			continue
		}
		n.DependsOn.Nodes = addOnce(n.DependsOn.Nodes, m.UniqueID)
	}
	return nil
}

func (p *parser) linkFunctions(n *manifest.Node) error {
	for _, f := range n.Functions {
		name, pkg := f[len(f)-1], ""
		if len(f) == 2 {
			pkg = f[0]
		}
		to, disabled := p.m.ResolveFunction(name, pkg, n.PackageName)
		if to == nil {
			if err := p.missing(n, dbtjinja.MissingFunction(p.m, n, name, pkg, disabled), target{"function", name, pkg, name, disabled != nil}); err != nil {
				return err
			}
			continue
		}
		n.DependsOn.Nodes = addOnce(n.DependsOn.Nodes, to.UniqueID)
	}
	return nil
}

// warnOfRoot warns of a package's ref that means a node of the root project without saying so.
func (p *parser) warnOfRoot(n, to *manifest.Node, pkg, name string) error {
	root := p.Root.Name
	if p.Behavior.RequireRefSearchesNodePackageBeforeRoot || n.PackageName == root || to.PackageName != root || pkg == root {
		return nil
	}
	// dbt's text, with its missing spaces.
	d := diag.Warn("PackageNodeDependsOnRootProjectNode", "The node '%s'in package '%s' depends on the root project node '%s'."+
		"This may lead to unexpected cycles downstream. Please set the 'require_ref_prefers_node_package_to_root' behavior change flag to True to avoid this issue."+
		"For more information, see the documentation at https://docs.getdbt.com/reference/global-configs/behavior-changes#require_ref_prefers_node_package_to_root",
		n.Name, n.PackageName, to.UniqueID)
	d.Fields = map[string]any{"node_name": n.Name, "package_name": n.PackageName, "root_project_unique_id": to.UniqueID}
	return p.warn(locate(d, n, name))
}

// target is what a ref(), source() or function() means: its kind and name in messages, the package that was named, and
// how the text of the node writes it.
type target struct {
	kind, name, pkg, written string
	disabled                 bool
}

// missing handles a call without target: an error; for tests a warning, and the test is turned off.
func (p *parser) missing(n *manifest.Node, d *diag.Diagnostic, t target) error {
	p.locateCall(d, n, t.written)
	if n.ResourceType != manifest.Test {
		return d
	}
	cfg := n.Config.Copy()
	cfg.Set("enabled", false)
	n.Config = cfg
	d.Fields = map[string]any{"original_file_path": n.OriginalFilePath, "unique_id": n.UniqueID, "resource_type_title": "Test",
		"target_name": t.name, "target_kind": t.kind, "target_package": t.pkg}
	if !t.disabled {
		// dbt names the package here even where none was given.
		d.Message = fmt.Sprintf("Test '%s' (%s) depends on a %s named '%s' in package '%s' which was not found", n.UniqueID, n.OriginalFilePath, t.kind, t.name, t.pkg)
		d.Fields["disabled"] = "False"
		return p.warn(d.WithCode("NodeNotFoundOrDisabled"))
	}
	d.WithCode("InvalidDisabledTargetInTestNode").Severity = diag.Info
	if t.kind == "source" || t.kind == "metric" {
		d.Severity = diag.Warning
	}
	return p.Warn(d)
}

// locate points an error at the place in the node's text that mentions a name.
func locate(d *diag.Diagnostic, n *manifest.Node, name string) *diag.Diagnostic {
	d.File = n.OriginalFilePath
	if n.IsGeneric || n.RawCode == "" {
		d.Line = n.Line
		return d
	}
	for _, quoted := range []string{"'" + name + "'", `"` + name + `"`, name} {
		i := strings.Index(n.RawCode, quoted)
		if i < 0 {
			continue
		}
		line, col := diag.Position([]byte(n.RawCode), i)
		d.Source = diag.Snippet([]byte(n.RawCode), line)
		d.Line, d.Column = line+max(n.Line, 1)-1, col
		return d
	}
	return d
}

// locateCall is locate that looks into the hooks too.
func (p *parser) locateCall(d *diag.Diagnostic, n *manifest.Node, name string) *diag.Diagnostic {
	if n.ResourceType == manifest.Operation {
		locate(d, n, name)
		p.inText(d, n, n.RawCode)
		return d
	}
	if locate(d, n, name); d.Line > 0 {
		return d
	}
	for _, h := range append(slices.Clone(n.PreHooks), n.PostHooks...) {
		hook := locate(&diag.Diagnostic{}, &manifest.Node{RawCode: h.SQL}, name)
		if hook.Line == 0 {
			continue
		}
		if place, ok := p.s.TextPlace(n, h.SQL, hook.Line, hook.Column); ok {
			place.Set(d)
			return d
		}
	}
	return d
}

func (p *parser) linkExposure(e *manifest.Exposure) error {
	n := &manifest.Node{Name: e.Name, UniqueID: e.UniqueID, ResourceType: manifest.ExposureType, PackageName: e.PackageName,
		OriginalFilePath: e.OriginalFilePath, Line: e.Line, Refs: e.Refs, Sources: e.Sources, Metrics: e.Metrics, Access: "public", IsGeneric: true}
	if err := p.link(n); err != nil {
		return err
	}
	e.DependsOn = n.DependsOn
	return nil
}

// descriptions renders doc() calls in descriptions.
func (p *parser) descriptions() error {
	var errs []error
	render := func(pkg, file, node, text string) (string, []string) {
		if !jinja.HasMarkup(text) {
			return text, nil
		}
		out, blocks, err := p.description(pkg, file, node, text)
		if err != nil {
			errs = append(errs, err)
		}
		return out, blocks
	}
	columns := func(pkg, file, node string, cols []*manifest.Column) {
		for _, c := range cols {
			c.Description, c.DocBlocks = render(pkg, file, node, c.Description)
		}
	}
	done := map[*manifest.Column]bool{} // versions share columns
	for _, id := range p.m.NodeOrder {
		n := p.m.Nodes[id]
		file := n.OriginalFilePath
		if n.PatchPath != nil {
			_, file, _ = strings.Cut(*n.PatchPath, "://")
		}
		n.Description, n.DocBlocks = render(n.PackageName, file, nodeTitle(n), n.Description)
		for _, c := range n.Columns {
			if !done[c] {
				done[c] = true
				columns(n.PackageName, file, nodeTitle(n), []*manifest.Column{c})
			}
		}
	}
	for _, s := range p.m.Sources {
		title := "source " + s.SourceName + "." + s.Name
		s.Description, s.DocBlocks = render(s.PackageName, s.OriginalFilePath, title, s.Description)
		s.SourceDescription, _ = render(s.PackageName, s.OriginalFilePath, title, s.SourceDescription)
		columns(s.PackageName, s.OriginalFilePath, title, s.Columns)
	}
	for _, m := range p.m.Macros {
		m.Description, _ = render(m.PackageName, m.OriginalFilePath, "macro "+m.Name, m.Description)
		for i := range m.Arguments {
			m.Arguments[i].Description, _ = render(m.PackageName, m.OriginalFilePath, "macro "+m.Name, m.Arguments[i].Description)
		}
	}
	for _, e := range p.m.Exposures {
		e.Description, _ = render(e.PackageName, e.OriginalFilePath, "exposure "+e.Name, e.Description)
	}
	for _, x := range p.m.AllSemantics() {
		docs := []any{x.Doc}
		for _, key := range []string{"entities", "measures", "dimensions"} {
			docs = append(docs, x.Doc.List(key)...)
		}
		for _, it := range docs {
			m, _ := it.(*yamldoc.Map)
			if text, ok := m.Value("description").(string); ok {
				out, _ := render(x.PackageName, x.OriginalFilePath, strings.ReplaceAll(string(x.ResourceType), "_", " ")+" "+x.Name, text)
				m.Set("description", out)
			}
		}
	}
	return errors.Join(errs...)
}

// description renders a description, and gives the ids of the docs blocks whose text it takes as it is.
func (p *parser) description(pkg, file, node, text string) (string, []string, error) {
	c := p.s.YAML(pkg)
	c.Extra = map[string]jinja.Value{"doc": jinja.NewFunction("doc", func(_ *jinja.Thread, args []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
		if len(args) != 1 && len(args) != 2 {
			return nil, diag.New(diag.CompilationError, "doc() takes at most two arguments (%d given)", len(args))
		}
		docPkg, name := docArgs(args)
		d := p.m.ResolveDoc(name, docPkg, pkg)
		if d == nil {
			inPkg := ""
			if docPkg != "" {
				inPkg = " in package '" + docPkg + "'"
			}
			return nil, diag.New(diag.CompilationError, "Documentation for '%s' depends on doc '%s'%s which was not found", node, name, inPkg).
				WithCode("undefined-doc").WithHint("%s", diag.DidYouMean(name, p.m.DocNames()))
		}
		return jinja.Str(d.BlockContents), nil
	})}
	tmpl, err := p.s.Env.Parse(file, text)
	var out string
	if err == nil {
		out, err = tmpl.Render(jinja.NewThread(p.ctx), c)
	}
	if err != nil {
		err = jinjaError(err, diag.CompilationError)
		if d, ok := diag.As(err); ok && p.props[pkg+"://"+file] != nil {
			p.props[pkg+"://"+file].inText(d, text)
		}
		return text, nil, err
	}
	var blocks []string
	for _, call := range tmpl.Calls() {
		if call.Name != "doc" || !call.Printed || len(call.Args) == 0 || slices.Contains(call.Args, nil) {
			continue
		}
		docPkg, name := docArgs(call.Args)
		if d := p.m.ResolveDoc(name, docPkg, pkg); d != nil {
			blocks = append(blocks, d.UniqueID)
		}
	}
	return out, blocks, nil
}

// docArgs are the arguments of doc(), one or two: the name, with a package in front of it.
func docArgs(args []jinja.Value) (pkg, name string) {
	if len(args) == 2 {
		pkg = args[0].String()
	}
	return pkg, args[len(args)-1].String()
}

// primaryKeys infers primary_key of models from constraints and tests
// (core/contracts/graph/nodes.py, infer_primary_key).
func (p *parser) primaryKeys() {
	type marks struct{ unique, disabledUnique, notNull []string }
	byNode := map[string]*marks{}
	scan := func(t *manifest.Node, enabled bool) {
		if t.TestMetadata == nil || t.AttachedNode == nil {
			return
		}
		m := byNode[*t.AttachedNode]
		if m == nil {
			m = &marks{}
			byNode[*t.AttachedNode] = m
		}
		var cols []string
		if c, ok := t.TestMetadata.Kwargs.Value("column_name").(string); ok {
			cols = []string{c}
		} else {
			cols = stringList(t.TestMetadata.Kwargs.Value("combination_of_columns"))
		}
		for _, c := range cols {
			switch {
			case t.TestMetadata.Name == "not_null":
				m.notNull = addOnce(m.notNull, c)
			case t.TestMetadata.Name != "unique" && t.TestMetadata.Name != "unique_combination_of_columns":
			case enabled:
				m.unique = addOnce(m.unique, c)
			default:
				m.disabledUnique = addOnce(m.disabledUnique, c)
			}
		}
	}
	for _, id := range p.m.NodeOrder {
		if n := p.m.Nodes[id]; n.ResourceType == manifest.Test {
			scan(n, n.ConfigValue("enabled") != false)
		}
	}
	for _, id := range p.m.DisabledO {
		for _, r := range p.m.Disabled[id] {
			if n, ok := r.(*manifest.Node); ok && n.ResourceType == manifest.Test {
				scan(n, false)
			}
		}
	}
	for _, id := range p.m.NodeOrder {
		n := p.m.Nodes[id]
		if n.ResourceType != manifest.Model {
			continue
		}
		n.PrimaryKey = n.ConstraintKey()
		m := byNode[id]
		if n.PrimaryKey != nil || m == nil {
			continue
		}
		both := []string{}
		for _, c := range m.notNull {
			if slices.Contains(m.unique, c) || slices.Contains(m.disabledUnique, c) {
				both = append(both, c)
			}
		}
		switch {
		case len(both) > 0:
			n.PrimaryKey = both
		case len(m.unique) > 0:
			n.PrimaryKey = m.unique
		default:
			n.PrimaryKey = m.disabledUnique
		}
	}
}

func (p *parser) checkGroups() error {
	var names []string
	for _, g := range p.m.Groups {
		names = append(names, g.Name)
	}
	slices.Sort(names)
	var errs []error
	near := nearKeys{p, map[[2]string]string{}, map[dbtjinja.Place]bool{}}
	for _, id := range p.m.NodeOrder {
		n := p.m.Nodes[id]
		if n.Group != nil && !slices.Contains(names, *n.Group) {
			d := diag.New(diag.ParsingError, "Invalid group '%s', expected one of %s", *n.Group, yamldoc.Repr(anyList(names))).
				WithCode("undefined-group").WithHint("%s", diag.DidYouMean(*n.Group, names))
			d.Node, d.NodePath = nodeTitle(n), n.OriginalFilePath
			errs = append(errs, locate(d, n, *n.Group))
		}
		if n.ResourceType == manifest.Model && n.Access == "public" && n.Materialized() == "ephemeral" {
			errs = append(errs, diag.New(diag.ParsingError, "Node %s with 'ephemeral' materialization has an invalid value (public) for the access field", n.UniqueID).At(n.OriginalFilePath, 0, 0))
		}
		if n.ResourceType == manifest.Snapshot {
			errs = append(errs, p.checkSnapshot(n))
		}
		if v := n.ConfigValue("on_error"); v != nil && v != "continue" && v != "skip_children" && n.ResourceType == manifest.Model {
			d := diag.New(diag.ParsingError, "Invalid value for on_error: %s is not one of 'skip_children', 'continue'", yamldoc.Repr(v)).At(n.OriginalFilePath, n.Line, 0).
				WithCode("on-error").WithHint("%s", diag.DidYouMean(yamldoc.Text(v), []string{"skip_children", "continue"}))
			d.Node, d.NodePath = nodeTitle(n), n.OriginalFilePath
			if place, ok := p.s.ConfigPlace(n, "on_error"); ok {
				place.Set(d)
			}
			errs = append(errs, d)
		}
		errs = append(errs, p.checkSchemaChange(n), near.check(n))
	}
	return errors.Join(errs...)
}

// checkSnapshot holds the required configs of a snapshot.
func (p *parser) checkSnapshot(n *manifest.Node) error {
	bad := config.CheckSnapshot(n.Config)
	if bad == nil {
		return nil
	}
	d := diag.New(diag.ParsingError, "%s", bad.Message).At(n.OriginalFilePath, n.Line, 0).WithCode("snapshot-config")
	d.Node, d.NodePath = nodeTitle(n), n.OriginalFilePath
	if place, ok := p.s.ConfigPlace(n, bad.Key); ok {
		place.Set(d)
	}
	if key, _ := n.Config.Get("unique_key"); n.Config.Str("strategy") != "" && !yamldoc.Truth(key) {
		d.WithHint("it has no `unique_key`")
	}
	return d
}

// nearKeys tells of configs whose names are nearly those of known ones: dbt takes them for custom configs in silence, and a custom
// one they may be, so that this is a note, once a place.
type nearKeys struct {
	p *parser
	// meant are the answers of NearKey, by type and key: a config of dbt_project.yml is one of thousands of nodes.
	meant map[[2]string]string
	told  map[dbtjinja.Place]bool
}

func (k *nearKeys) check(n *manifest.Node) error {
	p := k.p
	for _, en := range n.Config.Entries() {
		key := yamldoc.KeyString(en.Key)
		of := [2]string{string(n.ResourceType), key}
		near, asked := k.meant[of]
		if !asked {
			near = p.Resolver.NearKey(ident.Type(n.ResourceType), key)
			k.meant[of] = near
		}
		if near == "" {
			continue
		}
		place, ok := p.s.ConfigPlace(n, key)
		if !ok || k.told[place] {
			continue
		}
		k.told[place] = true
		d := diag.Warn("near-config", "The config '%s' of %s is none of dbt's", key, n.UniqueID).WithHint("did you mean '%s'?", near)
		d.Severity = diag.Info
		place.Set(d)
		if err := p.Warn(d); err != nil {
			return err
		}
	}
	return nil
}

// schemaChanges are the values of on_schema_change.
var schemaChanges = []string{"ignore", "fail", "append_new_columns", "sync_all_columns"}

// checkSchemaChange tells of an on_schema_change that means nothing. dbt takes it for ignore and writes that to its debug log; a
// warning would fail with --warn-error where dbt passes, so that this is a note.
func (p *parser) checkSchemaChange(n *manifest.Node) error {
	value, set := n.ConfigValue("on_schema_change").(string)
	if !set || n.ResourceType != manifest.Model || n.Materialized() != "incremental" || slices.Contains(schemaChanges, value) {
		return nil
	}
	if m := p.s.Library.Resolve(n.PackageName, "incremental_validate_on_schema_change"); m == nil || !p.s.Library.IsInternal(m.Def.PackageName) {
		return nil
	}
	d := diag.Warn("on-schema-change", "Invalid value for on_schema_change (%s) specified: it counts as ignore", value).
		At(n.OriginalFilePath, n.Line, 0).WithHint("%s", cmp.Or(diag.DidYouMean(value, schemaChanges), "valid values: "+strings.Join(schemaChanges, ", ")))
	d.Severity = diag.Info
	if place, ok := p.s.ConfigPlace(n, "on_schema_change"); ok {
		place.Set(d)
	}
	return p.Warn(d)
}

// checkUnique finds two nodes of one name in a package and two nodes with the
// same relation.
func (p *parser) checkUnique() error {
	var errs []error
	var forbidden []*manifest.Node // names with spaces
	spaces := 0
	names := map[string]*manifest.Node{}
	versioned := map[string]*manifest.Node{}
	relations := map[string]*manifest.Node{}
	spaced := func(n *manifest.Node) error {
		if !strings.Contains(n.Name, " ") {
			return nil
		}
		if p.Behavior.RequireResourceNamesWithoutSpaces {
			forbidden = append(forbidden, n)
			return nil
		}
		if spaces++; spaces == 1 || p.Debug {
			return p.warn(deprecated("SpacesInResourceNameDeprecation", map[string]any{"unique_id": n.UniqueID, "level": "warn"},
				"Found spaces in the name of `%s`", n.UniqueID).At(n.OriginalFilePath, 0, 0))
		}
		return nil
	}
	for _, id := range p.m.NodeOrder {
		n := p.m.Nodes[id]
		if !n.IsRelational() {
			errs = append(errs, spaced(n))
			continue
		}
		key := n.PackageName + "." + n.SearchName()
		if old := names[key]; old != nil {
			if p.Behavior.RequireUniqueProjectResourceNames {
				errs = append(errs, duplicateNode(old, n))
				continue
			}
			errs = append(errs, p.warn(deprecated("DuplicateNameDistinctNodeTypesDeprecation",
				map[string]any{"resource_name": n.Name, "unique_id1": old.UniqueID, "unique_id2": n.UniqueID, "package_name": n.PackageName},
				"Found resources with the same name '%s' in package '%s': '%s' and '%s'. Please update one of the resources to have a unique name.",
				n.Name, n.PackageName, old.UniqueID, n.UniqueID).At(n.OriginalFilePath, 0, 0)))
		}
		names[key] = n
		if n.Version != nil {
			versioned[n.PackageName+"."+n.Name] = n
		}
		rel := p.s.NodeRelation(n).Render()
		if old := relations[rel]; old != nil {
			d := diag.New(diag.CompilationError, "dbt found two resources with the database representation \"%s\".\ndbt cannot create two resources with identical database representations. To fix this,\nchange the configuration of one of these resources:\n- %s (%s)\n- %s (%s)",
				rel, old.UniqueID, old.OriginalFilePath, n.UniqueID, n.OriginalFilePath).At(n.OriginalFilePath, 0, 0).WithCode("ambiguous-alias").
				WithHint("give one of them another alias or schema, for example {{ config(alias='%s_2') }}", n.Alias)
			errs = append(errs, locate(d, n, n.Alias))
			continue
		}
		relations[rel] = n
		errs = append(errs, spaced(n))
	}
	for _, key := range slices.Sorted(maps.Keys(versioned)) {
		if n, bare := versioned[key], names[key]; bare != nil {
			errs = append(errs, p.versionedAndBare(n, bare))
		}
	}
	if len(forbidden) > 0 {
		list := ""
		for _, n := range forbidden {
			list += fmt.Sprintf("\n  * '%s' (%s)", n.UniqueID, n.OriginalFilePath)
		}
		errs = append(errs, diag.New(diag.RuntimeError, "Resource names cannot contain spaces:%s\nPlease rename the invalid model(s) so that their name(s) do not contain any spaces.", list).
			At(forbidden[0].OriginalFilePath, 0, 0).WithCode("name-with-spaces"))
	}
	if spaces > 0 {
		hint := " Run again with `--debug` to see them all."
		if p.Debug {
			hint = ""
		}
		errs = append(errs, p.warn(deprecated("ResourceNamesWithSpacesDeprecation",
			map[string]any{"count_invalid_names": spaces, "show_debug_hint": !p.Debug, "level": ""},
			"Spaces found in %d resource name(s). This is deprecated, and may lead to errors when using dbt.%s "+
				"For more information: https://docs.getdbt.com/reference/global-configs/legacy-behaviors", spaces, hint)))
	}
	return errors.Join(errs...)
}

// Cycle finds a cycle and describes its path; nil when there is none.
func Cycle(m *manifest.Manifest, path []string) error {
	if len(path) == 0 {
		return nil
	}
	text := strings.Join(path, " --> ")
	d := diag.New(diag.RuntimeError, "Found a cycle: %s", text).WithCode("cycle")
	if n := m.Nodes[path[0]]; n != nil {
		d.File = n.OriginalFilePath
		if next := m.Nodes[path[len(path)-2]]; next != nil {
			locate(d, n, next.Name)
			d.Hint = fmt.Sprintf("%s refers to %s; take one of the refs of this chain out", path[0], next.UniqueID)
		}
	}
	return d
}

// versionedAndBare is the error of a model with versions that shares its name with a node without.
func (p *parser) versionedAndBare(n, bare *manifest.Node) error {
	patch := ""
	if n.PatchPath != nil {
		patch = *n.PatchPath
	}
	return diag.New(diag.ParsingError, "dbt found versioned and unversioned models with the name \"%s\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource\n"+
		"when looking for ref('%s').\n\nTo fix this, change the name of the unversioned resource\n%s (%s)\nor add the unversioned model to the versions in %s",
		n.Name, n.Name, bare.UniqueID, bare.OriginalFilePath, patch).At(bare.OriginalFilePath, 0, 0).WithCode("versioned-and-unversioned")
}
