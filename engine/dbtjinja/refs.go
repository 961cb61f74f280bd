package dbtjinja

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// EphemeralPrefix starts the name of an injected CTE.
const EphemeralPrefix = "__dbt__cte__"

func (c *Context) parseRef(args []jinja.Value, kwargs []jinja.Kwarg) (manifest.Ref, error) {
	var r manifest.Ref
	var err error
	text := func(v jinja.Value, what, want string) string {
		s, ok := jinja.AsString(v)
		if !ok && err == nil {
			d := diag.New(diag.CompilationError, "The %s argument to ref() must be a %s, got <class '%s'>", what, want, v.Type())
			if u, ok := v.(*jinja.Undefined); ok && u.Name != "" {
				d.WithHint("put the name in quotes: ref('%s')", u.Name)
			}
			err = d
		}
		return s
	}
	switch len(args) {
	case 1:
		r.Name = text(args[0], "name", "string")
	case 2:
		p := text(args[0], "package", "string or None")
		r.Package = &p
		r.Name = text(args[1], "name", "string")
	default:
		return r, diag.New(diag.CompilationError, "ref() takes at most two arguments (%d given)", len(args)).WithCode("wrong-arguments").
			WithHint("ref('model'), ref('package', 'model'), and for a version ref('model', v=2)")
	}
	if err != nil {
		return r, err
	}
	for _, k := range kwargs {
		if k.Name != "version" && k.Name != "v" {
			continue
		}
		if !k.Value.Truth() || r.Version != nil {
			continue
		}
		if r.Version, err = FromJinja(k.Value); err != nil {
			return r, err
		}
		switch r.Version.(type) {
		case string, int64, float64, bool:
		default:
			return r, diag.New(diag.CompilationError, "The version argument to ref() must be a string, int, float, or None - got <class '%s'>", k.Value.Type())
		}
	}
	return r, nil
}

func (c *Context) ref(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	r, err := c.parseRef(args, kwargs)
	if err != nil {
		return nil, err
	}
	if !c.executes() {
		if c.rec != nil {
			c.rec.Refs = append(c.rec.Refs, r)
		}
		if c.node == nil {
			return jinja.None, nil
		}
		return c.wrap(c.s.NodeRelation(c.node)), nil
	}
	pkg := ""
	if r.Package != nil {
		pkg = *r.Package
	}
	target, disabled := c.s.Manifest.ResolveRef(r.Name, pkg, r.Version, c.pkg)
	if target == nil {
		return nil, MissingRef(c.s.Manifest, c.node, r, disabled)
	}
	if c.unit != nil {
		if v, ok := c.unitInput(target.UniqueID); ok {
			return v, nil
		}
		return nil, MissingRef(c.s.Manifest, c.node, r, nil).WithHint("add ref('%s') to `given` of the unit test", r.Name)
	}
	if c.node != nil && c.mode == ModeRun {
		if err := c.s.CheckAccess(c.node, target); err != nil {
			return nil, err
		}
		if !slices.Contains(c.node.DependsOn.Nodes, target.UniqueID) {
			return nil, refBadContext(c.node, r)
		}
	}
	if c.mode == ModeRun && r.Version == nil {
		if err := c.tellNewer(target); err != nil {
			return nil, err
		}
	}
	if target.IsEphemeral() {
		if c.OnEphemeral == nil {
			return nil, diag.New(diag.CompilationError, "Operations can not ref() ephemeral nodes, but %s is ephemeral", target.Name)
		}
		c.OnEphemeral(target)
		return c.wrap(c.narrowed(cteRelation(c, EphemeralPrefix+target.Alias), target)), nil
	}
	defers, err := c.defers(t, target)
	if err != nil {
		return nil, err
	}
	if defers {
		return c.wrap(c.narrowed(*target.Deferred, target)), nil
	}
	return c.wrap(c.narrowed(c.s.NodeRelation(target), target)), nil
}

// tellNewer tells that a version that comes after the latest is there (dbt's RefableLookup.perform_lookup).
func (c *Context) tellNewer(target *manifest.Node) error {
	if target.Version == nil || c.NodeInfo() == nil {
		return nil
	}
	newest := target.LatestVersion
	for _, n := range c.s.Manifest.Nodes {
		if n.ResourceType == manifest.Model && n.Name == target.Name && n.Version != nil && manifest.CompareVersions(n.Version, newest) > 0 {
			newest = n.Version
		}
	}
	if manifest.CompareVersions(newest, target.LatestVersion) <= 0 {
		return nil
	}
	return c.s.Tell(event.UnpinnedRefNewVersionAvailable{NodeInfo: c.NodeInfo(), RefNodeName: target.Name, RefNodePackage: target.PackageName,
		RefNodeVersion: manifest.VersionString(target.Version), RefMaxVersion: manifest.VersionString(newest)}, c)
}

// narrowed applies --empty, --sample and the batch of a microbatch model.
func (c *Context) narrowed(r adapter.Relation, target *manifest.Node) adapter.Relation {
	return c.window(c.limited(r), target.Config, target.Columns, nil)
}

// defers tells whether ref() means the relation of the deferred manifest (dbt's RuntimeRefResolver.create_relation).
func (c *Context) defers(t *jinja.Thread, target *manifest.Node) (bool, error) {
	if !c.s.Defer || target.Deferred == nil {
		return false, nil
	}
	if c.s.FavorState {
		if _, selected := slices.BinarySearch(c.s.SelectedResources, target.UniqueID); !selected {
			return true, nil
		}
	}
	ad, ok := c.Adapter.(interface {
		CallMethod(t *jinja.Thread, name string, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, bool, error)
	})
	if !ok {
		return false, diag.New(diag.InternalError, "ref() of %s can't ask the warehouse whether the relation exists", target.UniqueID)
	}
	own, _, err := ad.CallMethod(t, "get_relation", []jinja.Value{jinja.Str(target.Database), jinja.Str(target.Schema), jinja.Str(target.Alias)}, nil)
	return err == nil && own == jinja.None, err
}

// limited applies --empty.
func (c *Context) limited(r adapter.Relation) adapter.Relation {
	if c.s.Empty && c.mode == ModeRun {
		zero := int64(0)
		r.Limit = &zero
	}
	return r
}

func (c *Context) source(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	if len(args) != 2 || len(kwargs) > 0 {
		return nil, diag.New(diag.CompilationError, "source() takes exactly two arguments (%d given)", len(args)+len(kwargs)).WithCode("wrong-arguments").
			WithHint("source('source', 'table')")
	}
	name, ok := jinja.AsString(args[0])
	if !ok {
		return nil, diag.New(diag.CompilationError, "The source name (first) argument to source() must be a string, got <class '%s'>", args[0].Type())
	}
	table, ok := jinja.AsString(args[1])
	if !ok {
		return nil, diag.New(diag.CompilationError, "The table name (second) argument to source() must be a string, got <class '%s'>", args[1].Type())
	}
	if !c.executes() {
		if c.rec != nil {
			c.rec.Sources = append(c.rec.Sources, []string{name, table})
		}
		if c.node == nil {
			return jinja.None, nil
		}
		return c.wrap(c.s.NodeRelation(c.node)), nil
	}
	src, disabled := c.s.Manifest.ResolveSource(name, table, c.pkg)
	if src == nil {
		return nil, MissingSource(c.s.Manifest, c.node, name, table, disabled)
	}
	if c.unit != nil {
		if v, ok := c.unitInput(src.UniqueID); ok {
			return v, nil
		}
		return nil, MissingSource(c.s.Manifest, c.node, name, table, false).WithHint("add source('%s', '%s') to `given` of the unit test", name, table)
	}
	if _, err := c.s.sourceLocation(src); err != nil {
		return nil, diag.New(diag.CompilationError, "source %s.%s (%s): %v", src.SourceName, src.Name, src.OriginalFilePath, err).WithCode("source-location")
	}
	return c.wrap(c.window(c.limited(c.s.SourceRelation(src)), src.Config, src.Columns, src.Quoting.Column)), nil
}

// metric is metric('name') or metric('package', 'name'): the name of the metric, which is all that is left of dbt's
// metrics in SQL since they are MetricFlow's.
func (c *Context) metric(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	if len(args) < 1 || len(args) > 2 || len(kwargs) > 0 {
		return nil, diag.New(diag.CompilationError, "metric() takes at most two arguments (%d given)", len(args)+len(kwargs)).WithCode("wrong-arguments")
	}
	var names []string
	for _, a := range args {
		name, ok := jinja.AsString(a)
		if !ok {
			return nil, diag.New(diag.CompilationError, "The name (first) argument to metric() must be a string, got <class '%s'>", a.Type())
		}
		names = append(names, name)
	}
	name := names[len(names)-1]
	if !c.executes() {
		if c.rec != nil {
			c.rec.Metrics = append(c.rec.Metrics, names)
		}
		ref := &metricReference{name: name, pkg: jinja.None}
		if len(names) == 2 {
			ref.pkg = jinja.Str(names[0])
		}
		return ref, nil
	}
	pkg := ""
	if len(names) == 2 {
		pkg = names[0]
	}
	m, _ := c.s.Manifest.ResolveMetric(name, pkg, c.pkg)
	if m == nil {
		return nil, diag.New(diag.CompilationError, "%s depends on a metric named '%s' which was not found", nodeWord(c.node), name).WithCode("undefined-metric")
	}
	return &metricReference{name: m.Name, pkg: jinja.Str(m.PackageName), node: m.Doc}, nil
}

// metricReference is what metric() gives: it prints as the metric's name. While parsing only the names are known; later
// the fields of the metric are attributes too.
type metricReference struct {
	name string
	pkg  jinja.Value
	node *yamldoc.Map
}

func (m *metricReference) String() string { return m.name }
func (m *metricReference) Repr() string {
	return "<dbt.contracts.graph.metrics." + m.Type() + " object>"
}
func (m *metricReference) Truth() bool { return true }

func (m *metricReference) Type() string {
	if m.node == nil {
		return "MetricReference"
	}
	return "ResolvedMetricReference"
}

// Attr gives metric_name, package_name and the fields of the metric's node.
func (m *metricReference) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "metric_name":
		return jinja.Str(m.name), nil
	case "package_name":
		return m.pkg, nil
	}
	if v, ok := m.node.Get(name); ok {
		return toJinja(v), nil
	}
	return nil, nil
}

// nodeWord is dbt's "Model 'model.p.x' (models/x.sql)".
func nodeWord(n *manifest.Node) string {
	if n == nil {
		return "A macro"
	}
	// Python's title(): Model, Unit_Test, Sql_Operation.
	parts := strings.Split(string(n.ResourceType), "_")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, "_") + " '" + n.UniqueID + "' (" + n.OriginalFilePath + ")"
}

// MissingRef is the error for a ref() that finds nothing, in dbt's words, with
// the nearest names.
func MissingRef(m *manifest.Manifest, n *manifest.Node, r manifest.Ref, disabled *manifest.Node) *diag.Diagnostic {
	reason := "was not found"
	if disabled != nil {
		reason = "is disabled"
	}
	version := ""
	if r.Version != nil {
		version = "with version '" + manifest.VersionString(r.Version) + "' "
	}
	pkg := ""
	if r.Package != nil {
		pkg = "in package or project '" + *r.Package + "' "
	}
	d := diag.New(diag.CompilationError, "%s depends on a node named '%s' %s%swhich %s", nodeWord(n), r.Name, version, pkg, reason)
	d.WithCode("undefined-ref")
	if disabled == nil {
		d.WithHint("%s", diag.DidYouMean(r.Name, m.RefNames()))
		if stem := strings.TrimSuffix(strings.TrimSuffix(r.Name, ".csv"), ".sql"); stem != r.Name && slices.Contains(m.RefNames(), stem) {
			d.WithHint("did you mean '%s'? The name of a node has no extension", stem)
		}
		if versions := m.VersionsOf(r.Name); r.Version != nil && len(versions) > 0 {
			d.WithHint("'%s' has the versions %s", r.Name, strings.Join(versions, ", "))
		} else if r.Version != nil && slices.Contains(m.RefNames(), r.Name) {
			d.WithHint("'%s' has no versions", r.Name)
		} else if source := sourceOf(m, r); source != "" {
			d.WithHint("it is a table of a source: source('%s', '%s')", source, r.Name)
		}
	} else {
		d.WithHint("%s is turned off in %s", disabled.UniqueID, disabled.OriginalFilePath)
	}
	return d
}

// sourceOf finds the source that has a table of the name that a ref gives; "" is none.
func sourceOf(m *manifest.Manifest, r manifest.Ref) string {
	for _, name := range m.SourceNames() {
		source, table, _ := strings.Cut(name, ".")
		if table == r.Name && (r.Package == nil || *r.Package == source) {
			return source
		}
	}
	return ""
}

// MissingSource is the error for a source() that finds nothing.
func MissingSource(m *manifest.Manifest, n *manifest.Node, source, table string, disabled bool) *diag.Diagnostic {
	reason := "was not found"
	if disabled {
		reason = "is disabled"
	}
	d := diag.New(diag.CompilationError, "%s depends on a source named '%s.%s' which %s", nodeWord(n), source, table, reason)
	d.WithCode("undefined-source")
	if !disabled {
		d.WithHint("%s", diag.DidYouMean(source+"."+table, m.SourceNames()))
		if d.Hint == "" && slices.Contains(m.RefNames(), table) {
			d.WithHint("'%s' is no source: ref('%s')", table, table)
		}
		if d.Hint == "" {
			d.WithHint("%s", m.TablesOf(source))
		}
	}
	return d
}

func refBadContext(n *manifest.Node, r manifest.Ref) error {
	args := "'" + r.Name + "'"
	if r.Package != nil {
		args = "'" + *r.Package + "', " + args
	}
	if r.Version != nil {
		args += ", v='" + manifest.VersionString(r.Version) + "'"
	}
	return diag.New(diag.CompilationError, `dbt was unable to infer all dependencies for the model "%s".
This typically happens when ref() is placed within a conditional block.

To fix this, add the following hint to the top of the model "%s":

-- depends_on: {{ ref(%s) }}`, n.Name, n.Name, args).WithCode("conditional-ref")
}

// CheckAccess holds dbt's rules of private and protected models.
func (s *Session) CheckAccess(n, target *manifest.Node) error {
	if target.ResourceType != manifest.Model || n.ResourceType == manifest.SQLOperation {
		return nil
	}
	group := func(n *manifest.Node) string {
		if n.Group == nil {
			return ""
		}
		return *n.Group
	}
	restricted := target.PackageName != s.ProjectName && s.Packages[target.PackageName].RestrictAccess
	scope := ""
	switch {
	case target.Access == "private":
		if group(n) == group(target) && (n.PackageName == target.PackageName || !restricted) {
			return nil
		}
		scope = group(target)
	case target.Access == "protected" && restricted && n.PackageName != target.PackageName:
		scope = target.PackageName
	default:
		return nil
	}
	where := "group"
	if target.Access == "protected" {
		where = "package"
	}
	return diag.New(diag.ParsingError, "Node %s attempted to reference node %s, which is not allowed because the referenced node is %s to the '%s' %s.",
		n.UniqueID, target.UniqueID, target.Access, scope, where).WithCode("access")
}
