package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var nodeKeys = []string{
	"name", "description", "meta", "data_type", "constraints", "docs", "config", "columns", "tests", "data_tests",
	"quote_columns", "access", "latest_version", "versions", "deprecation_date", "time_spine", "group", "contract",
	"relation", "tags", "freshness",
}

// patch is what a property file says of a node.
type patch struct {
	description     string
	columns         []column
	config          *yamldoc.Map
	written         *yamldoc.Map // config before its Jinja was rendered
	access          string
	constraints     []manifest.Constraint
	deprecation     *string
	timeSpine       *yamldoc.Map
	version, latest any
	arguments       []manifest.FunctionArgument
	returns         manifest.FunctionReturns
}

func (p *parser) readPatch(e *entry) (*patch, error) {
	keys := nodeKeys
	if e.key == "functions" {
		keys = append([]string{"arguments", "returns"}, nodeKeys...)
	}
	if err := p.unknown(e, strings.TrimSuffix(e.key, "s")+" "+e.name, nil, keys...); err != nil {
		return nil, err
	}
	if err := e.types(e.m, nil, nodeTypes); err != nil {
		return nil, err
	}
	if err := e.only(e.m.Value("docs"), []any{"docs"}, docsKeys...); err != nil {
		return nil, err
	}
	if err := e.only(e.m.Value("time_spine"), []any{"time_spine"}, "standard_granularity_column", "custom_granularities"); err != nil {
		return nil, err
	}
	if err := e.normalize("meta", "docs", "group", "contract", "access"); err != nil {
		return nil, err
	}
	x := &patch{config: e.m.Map("config"), written: e.raw.Map("config")}
	var err error
	if x.description, err = e.text("description"); err != nil {
		return nil, err
	}
	if v, ok := e.m.Get("columns"); ok && v != nil {
		list, ok := v.([]any)
		if !ok {
			return nil, e.wrongType("columns", v, "array")
		}
		if x.columns, err = p.columns(e, list, []any{"columns"}); err != nil {
			return nil, err
		}
	}
	if x.constraints, err = p.constraints(e, e.m.List("constraints"), []any{"constraints"}, true, e.name); err != nil {
		return nil, err
	}
	x.deprecation = dateText(e.m.Value("deprecation_date"))
	x.timeSpine = filled(e.m.Map("time_spine"), yamldoc.NewMap("standard_granularity_column", nil, "custom_granularities", []any{}))
	return x, e.checkTimeSpine(x)
}

// checkTimeSpine holds that the columns of a time spine are columns of the model. Those of versions are not looked at: which
// are the latest version's is known later.
func (e *entry) checkTimeSpine(x *patch) error {
	if x.timeSpine == nil || e.m.Value("versions") != nil {
		return nil
	}
	var names []any
	var found *column
	standard := x.timeSpine.Str("standard_granularity_column")
	for i, c := range x.columns {
		names = append(names, c.Name)
		if c.Name == standard {
			found = &x.columns[i]
		}
	}
	fail := func(key, format string, args ...any) *diag.Diagnostic {
		return e.at(diag.ParsingError, []any{"time_spine", key}, format, args...).WithCode("time-spine")
	}
	switch {
	case found == nil:
		return fail("standard_granularity_column", "Time spine standard granularity column must be defined on the model. Got invalid column name '%s' for model '%s'. "+
			"Valid names: %s.", standard, e.name, yamldoc.Repr(names)).WithHint("%s", diag.DidYouMean(standard, stringList(names)))
	case found.Granularity == nil:
		return fail("standard_granularity_column", "Time spine standard granularity column must have a granularity defined. Please add one for column '%s' in model '%s'.", standard, e.name)
	}
	var missing []any
	for _, it := range x.timeSpine.List("custom_granularities") {
		g, _ := it.(*yamldoc.Map)
		name := g.Str("column_name")
		if name == "" {
			name = g.Str("name")
		}
		if !slices.Contains(names, any(name)) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fail("custom_granularities", "Time spine custom granularity columns do not exist in the model. Columns not found: %s; Available columns: %s", yamldoc.Repr(missing), yamldoc.Repr(names))
	}
	return nil
}

// dateText is a deprecation date as dbt prints it.
func dateText(v any) *string {
	s := ""
	switch v := v.(type) {
	case yamldoc.Date:
		s = v.String() + "T00:00:00+00:00"
	case yamldoc.Time:
		s = v.String()
		if v.Naive {
			s += "+00:00"
		}
	case string:
		s = v
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			s = t.Format("2006-01-02T15:04:05+00:00")
		}
	default:
		return nil
	}
	return &s
}

// modelEntry patches a model, or the models of its versions.
func (p *parser) modelEntry(e *entry) error {
	versions := e.m.List("versions")
	if len(versions) == 0 {
		return p.nodeEntry(e)
	}
	return p.versionedEntry(e, versions)
}

// nodeEntry patches the model, seed or snapshot that the entry names.
func (p *parser) nodeEntry(e *entry) error {
	x, err := p.readPatch(e)
	if err != nil {
		return err
	}
	return p.patchNode(e, x)
}

func (p *parser) patchNode(e *entry, x *patch) error {
	n := p.named(e)
	if n != nil && pluralType(n.ResourceType) != e.key {
		right := pluralType(n.ResourceType)
		d := e.at(diag.ParsingError, []any{"name"}, "'%s' is a %s node, but it is specified in the %s section of %s.\nTo fix this error, place the `%s` specification under the %s key instead.",
			e.name, n.ResourceType, e.key, e.pf.path, e.name, right).WithCode("WrongResourceSchemaFile")
		d.Fields = map[string]any{"patch_name": e.name, "resource_type": string(n.ResourceType), "plural_resource_type": right, "yaml_key": e.key, "file_path": e.pf.path}
		err := p.warn(d)
		return errors.Join(err, p.entryTests(e, x, nil)) // dbt makes the tests all the same
	}
	var err error
	if n == nil {
		found := slices.DeleteFunc(slices.Clone(p.m.DisabledNodes(e.name)), func(d *manifest.Node) bool {
			return d.PackageName != e.pf.project.Name || pluralType(d.ResourceType) != e.key
		})
		if err := e.enablesOne(found, x.config); err != nil {
			return err
		}
		for _, d := range found {
			if err := p.patchDisabled(e, d, x); err != nil {
				return err
			}
		}
		if len(found) == 0 {
			err = p.noNode(e, e.name)
		}
		return errors.Join(err, p.entryTests(e, x, nil))
	}
	if n.PatchPath != nil {
		_, old, _ := strings.Cut(*n.PatchPath, "://")
		return e.at(diag.CompilationError, []any{"name"}, "dbt found two schema.yml entries for the same resource named %s. Resources and their associated columns may only be described a single time. To fix this, remove one of the resource entries for %s in this file:\n - %s\n", e.name, e.name, old).WithCode("duplicate-patch")
	}
	if err := p.applyPatch(e, n, x); err != nil {
		return err
	}
	p.settle(n)
	return p.entryTests(e, x, nil)
}

// named finds the node that an entry means.
func (p *parser) named(e *entry) *manifest.Node {
	if e.key == "functions" {
		return p.m.FindFunction(e.name, "")
	}
	if n := p.m.FindRef(e.name, e.pf.project.Name, nil); n != nil {
		return n
	}
	return p.m.FindRef(e.name, "", nil)
}

func (p *parser) noNode(e *entry, name string) error {
	var names []string
	for _, id := range p.m.NodeOrder {
		if n := p.m.Nodes[id]; pluralType(n.ResourceType) == e.key {
			names = append(names, n.Name)
		}
	}
	d := e.at(diag.ParsingError, []any{"name"}, "Did not find matching node for patch with name '%s' in the '%s' section of file '%s'", name, e.key, e.pf.path).
		WithCode("NoNodeForYamlKey").WithHint("%s", diag.DidYouMean(name, names))
	d.Fields = map[string]any{"patch_name": name, "yaml_key": e.key, "file_path": e.pf.path}
	return p.warn(d)
}

// enablesOne is an error when a property file turns on one of several disabled nodes of a name: which, it can't say.
func (e *entry) enablesOne(disabled []*manifest.Node, config *yamldoc.Map) error {
	if len(disabled) < 2 || !yamldoc.Truth(config.Value("enabled")) {
		return nil
	}
	var files []string
	for _, d := range disabled {
		files = append(files, d.OriginalFilePath)
	}
	return e.at(diag.ParsingError, []any{"config", "enabled"}, "Found %d matching disabled nodes for %s '%s'. Multiple nodes for the same unique id cannot be enabled in the schema file. "+
		"They must be enabled in `dbt_project.yml` or in the sql files.", len(disabled), disabled[0].ResourceType, e.name).
		WithHint("they are in %s", strings.Join(files, ", "))
}

// patchDisabled applies a patch to a disabled node and turns it on when the
// patch says so.
func (p *parser) patchDisabled(e *entry, n *manifest.Node, x *patch) error {
	p.m.RemoveDisabled(n)
	if err := p.applyPatch(e, n, x); err != nil {
		return err
	}
	if err := p.addNode(n); err != nil {
		return err
	}
	p.m.RebuildRefs()
	return nil
}

// settle moves a node that its property file turned off to the disabled ones.
func (p *parser) settle(n *manifest.Node) {
	if enabled, ok := n.ConfigValue("enabled").(bool); ok && !enabled {
		p.m.RemoveNode(n.UniqueID)
		p.m.AddDisabled(n)
		p.m.RebuildRefs()
	}
}

// applyPatch merges a patch into a node: config first, then the properties.
func (p *parser) applyPatch(e *entry, n *manifest.Node, x *patch) error {
	n.PatchPath = e.pf.patchPath()
	n.Description = x.description
	n.Columns = columnValues(x.columns)
	if x.access != "" {
		n.Access = x.access
	}
	if x.version != nil {
		n.Version, n.LatestVersion = x.version, x.latest
	}
	if x.config.Len() > 0 || x.version != nil {
		var configs []*yamldoc.Map
		if c := p.calledBy[nodeKey(n)]; c != nil {
			configs = c.configs
		}
		if err := p.configurePatched(n, configs, x.config, x.written); err != nil {
			var d *diag.Diagnostic
			if errors.As(err, &d) && d.Line == 0 {
				path := []any{"config"}
				var fe *config.FieldError
				if errors.As(d.Err, &fe) {
					for _, key := range config.Spellings(fe.Key) {
						if e.pf.doc.Find(nil, e.key, e.idx, "config", key) != nil {
							path = append(path, key)
							break
						}
						if e.pf.doc.Find(nil, e.key, e.idx, key) != nil { // access, group and the like may stand beside config
							path = []any{key}
							if key == "access" {
								d.Message, d.Node = invalidAccess(n, yamldoc.Text(x.config.Value("access"))).Message, ""
							}
							break
						}
					}
				}
				at := e.at(d.Category, path, "%s", d.Message)
				d.File, d.Line, d.Column, d.Source = at.File, at.Line, at.Column, at.Source
			}
			return err
		}
	}
	if n.ResourceType == manifest.FunctionType {
		n.Arguments, n.Returns = x.arguments, x.returns
	}
	if n.ResourceType != manifest.Model {
		if len(x.constraints) == 0 {
			return nil
		}
		return p.notValid(e.at(diag.ParsingError, []any{"constraints"}, ""), "constraints", string(n.ResourceType), n.Name)
	}
	n.DeprecationDate, n.TimeSpine = x.deprecation, x.timeSpine
	return p.patchConstraints(e, n, x.constraints)
}

// notValid warns of a field that means nothing where it stands; d has its place.
func (p *parser) notValid(d *diag.Diagnostic, field, resource, name string) error {
	d.Message = fmt.Sprintf("Field %s is not valid for %s (%s)", field, resource, name)
	d.Fields = map[string]any{"field_name": field, "resource_type": resource, "node_name": name}
	return p.warn(d.WithCode("ValidationWarning"))
}

// patchConstraints sets the constraints of a model and its contract's checksum.
func (p *parser) patchConstraints(e *entry, n *manifest.Node, cs []manifest.Constraint) error {
	var missing []string
	if n.Contract.Enforced && len(n.Columns) == 0 {
		missing = append(missing, "Constraints must be defined in a `yml` schema configuration file like `schema.yml`.")
	}
	if n.Contract.Enforced && n.Language != "sql" {
		missing = append(missing, "Language Error: Expected 'sql' but found '"+n.Language+"'")
	}
	if len(missing) > 0 {
		return e.at(diag.ParsingError, nil, "Contract enforcement failed for: (%s)\n%s", n.OriginalFilePath, strings.Join(missing, "\n")).WithCode("contract")
	}
	var pk []string
	for _, c := range n.Columns {
		for _, k := range c.Constraints {
			if k.Type == "primary_key" {
				pk = append(pk, c.Name)
			}
		}
	}
	if len(pk) > 1 {
		return e.at(diag.ParsingError, []any{"columns"}, "Primary key constraint error: (%s)\nFound %d columns (['%s']) with primary key constraints defined. Primary keys for multiple columns must be defined as a model level constraint.", n.OriginalFilePath, len(pk), strings.Join(pk, "', '"))
	}
	if len(pk) > 0 && slices.ContainsFunc(cs, func(c manifest.Constraint) bool { return c.Type == "primary_key" }) {
		return e.at(diag.ParsingError, []any{"constraints"}, "Primary key constraint error: (%s)\nPrimary key constraints defined at the model level and the columns level. Primary keys can be defined at the model level or the column level, not both.", n.OriginalFilePath)
	}
	n.Constraints = cs
	all := slices.Clone(cs)
	for _, c := range n.Columns {
		all = append(all, c.Constraints...)
	}
	// As dbt's, the warning looks at a model's own constraints only where the model has versions.
	unsupported := func(c manifest.Constraint) bool {
		return c.WarnUnsupported && (!c.IsModelConstraint || n.IsVersioned())
	}
	if materialized := n.Materialized(); n.Contract.Enforced && materialized != "table" && materialized != "incremental" && slices.ContainsFunc(all, unsupported) {
		d := e.at(diag.ParsingError, nil, "Constraint types are not supported for %s materializations and will be ignored.  "+
			"Set 'warn_unsupported: false' on this constraint to ignore this warning.", materialized).WithCode("UnsupportedConstraintMaterialization")
		d.Fields = map[string]any{"materialized": materialized}
		if err := p.warn(d); err != nil {
			return err
		}
	}
	for _, c := range all {
		if c.Type != "foreign_key" || c.To == nil {
			continue
		}
		rec, err := p.expression(n, *c.To)
		if err != nil || len(rec.Refs)+len(rec.Sources) == 0 {
			return e.at(diag.ParsingError, []any{"constraints"}, "Invalid 'ref' or 'source' syntax on foreign key constraint 'to' on model %s: %s.", n.Name, *c.To)
		}
		n.Refs = append(n.Refs, rec.Refs...)
		n.Sources = append(n.Sources, rec.Sources...)
	}
	if n.Contract.Enforced {
		sum := contractChecksum(n)
		n.Contract.Checksum = &sum
	}
	return nil
}

// expression renders "ref('x')" or the like and gives what it calls.
func (p *parser) expression(n *manifest.Node, text string) (*dbtjinja.Recorder, error) {
	rec := &dbtjinja.Recorder{}
	_, err := p.s.Parse(n, rec).RenderText(p.thread(), n.OriginalFilePath, "{{ "+text+" }}")
	return rec, err
}

// contractChecksum hashes what state:modified compares of a contract: columns,
// types and constraints, sorted by column.
func contractChecksum(n *manifest.Node) string {
	cols := slices.Clone(n.Columns)
	slices.SortFunc(cols, func(a, b *manifest.Column) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	for _, c := range cols {
		b.WriteString("|" + c.Name)
		if c.DataType != nil {
			b.WriteString(*c.DataType)
		} else {
			b.WriteString("None")
		}
		b.WriteString(constraintRepr(c.Constraints))
	}
	if m := n.Materialized(); m == "table" || m == "incremental" {
		b.WriteString(m + constraintRepr(n.Constraints))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// constraintRepr prints constraints as Python prints dbt's dataclasses: they are
// part of a checksum that dbt and gdbt share.
func constraintRepr(cs []manifest.Constraint) string {
	opt := func(s *string) string {
		if s == nil {
			return "None"
		}
		return yamldoc.Repr(*s)
	}
	list := func(l []string) string {
		items := make([]any, len(l))
		for i, s := range l {
			items[i] = s
		}
		return yamldoc.Repr(items)
	}
	py := func(b bool) string { return yamldoc.Repr(b) }
	parts := make([]string, 0, len(cs))
	for _, c := range cs {
		name := "ColumnLevelConstraint"
		if c.IsModelConstraint {
			name = "ModelLevelConstraint"
		}
		s := name + "(type=<ConstraintType." + c.Type + ": '" + c.Type + "'>, name=" + opt(c.Name) + ", expression=" + opt(c.Expression) +
			", warn_unenforced=" + py(c.WarnUnenforced) + ", warn_unsupported=" + py(c.WarnUnsupported) + ", to=" + opt(c.To) + ", to_columns=" + list(c.ToColumns)
		if c.IsModelConstraint {
			s += ", columns=" + list(c.Columns)
		}
		parts = append(parts, s+")")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

var versionKeys = []string{"v", "defined_in", "description", "access", "config", "constraints", "docs", "data_tests", "tests", "columns", "deprecation_date"}

// versionedEntry patches each version of a model (docs.getdbt.com/docs/mesh/govern/model-versions).
func (p *parser) versionedEntry(e *entry, versions []any) error {
	base, err := p.readPatch(e)
	if err != nil {
		return err
	}
	latest := e.m.Value("latest_version")
	var vs []any
	for i, it := range versions {
		m, ok := it.(*yamldoc.Map)
		if !ok || m.Value("v") == nil {
			return e.at(diag.ParsingError, []any{"versions", i}, "Invalid models config given in %s @ models: a version needs a `v`", e.pf.path)
		}
		v := m.Value("v")
		if slices.ContainsFunc(vs, func(o any) bool { return yamldoc.Text(o) == yamldoc.Text(v) }) {
			return e.at(diag.ParsingError, []any{"versions", i}, "Found duplicate version: '%s' in versions list of model '%s'", yamldoc.Text(v), e.name)
		}
		vs = append(vs, v)
		if err := e.only(m, []any{"versions", i}, versionKeys...); err != nil {
			return err
		}
	}
	if latest == nil {
		latest = slices.MaxFunc(vs, manifest.CompareVersions)
	} else if !slices.ContainsFunc(vs, func(v any) bool { return yamldoc.Equal(v, latest) }) {
		return e.at(diag.ParsingError, []any{"latest_version"}, "latest_version: %s is not one of model '%s' versions: %s ", yamldoc.Text(latest), e.name, yamldoc.Repr(vs))
	}
	for i, it := range versions {
		if err := p.oneVersion(e, base, it.(*yamldoc.Map), i, latest); err != nil {
			return err
		}
	}
	p.m.RebuildRefs()
	for i, it := range versions {
		m := it.(*yamldoc.Map)
		x, tests, err := p.versionColumns(e, base, m, i)
		if err != nil {
			return err
		}
		if err := p.versionTests(e, x, tests, m.Value("v")); err != nil {
			return err
		}
	}
	return nil
}

// versionColumns applies a version's include and exclude to the model's columns.
func (p *parser) versionColumns(e *entry, base *patch, m *yamldoc.Map, i int) ([]column, []any, error) {
	var include, exclude []string
	includeAll := true
	own := m.List("columns")
	for _, it := range own {
		c, _ := it.(*yamldoc.Map)
		if c.Has("include") || c.Has("exclude") {
			exclude = stringList(c.Value("exclude"))
			inc := c.Value("include")
			if s, ok := inc.(string); ok && (s == "*" || s == "all") || inc == nil {
				includeAll = true
			} else {
				includeAll, include = false, stringList(inc)
			}
		}
	}
	var cols []column
	for _, c := range base.columns {
		if (includeAll || slices.Contains(include, c.Name)) && !slices.Contains(exclude, c.Name) {
			cols = append(cols, c)
		}
	}
	more, err := p.columns(e, own, []any{"versions", i, "columns"})
	if err != nil {
		return nil, nil, err
	}
	tests, err := testList(e, m, []any{"versions", i})
	if err != nil {
		return nil, nil, err
	}
	if tests == nil && m.Value("data_tests") == nil { // `tests: []` says nothing, `data_tests: []` says none
		if tests, err = testList(e, e.m, nil); err != nil {
			return nil, nil, err
		}
	}
	return append(cols, more...), tests, nil
}

func (p *parser) oneVersion(e *entry, base *patch, m *yamldoc.Map, i int, latest any) error {
	v := m.Value("v")
	text := manifest.VersionString(v)
	file := m.Str("defined_in")
	if file == "" {
		file = e.name + "_v" + text
	}
	pkg := e.pf.project.Name
	n := p.m.FindRef(file, pkg, nil)
	if n == nil && yamldoc.Equal(v, latest) {
		n = p.m.FindRef(e.name, pkg, nil)
	}
	disabled := false
	if n == nil {
		found := slices.DeleteFunc(slices.Clone(p.m.DisabledNodes(file)), func(d *manifest.Node) bool { return d.ResourceType != manifest.Model })
		if err := e.enablesOne(found, base.config); err != nil {
			return err
		}
		if len(found) > 0 {
			n, disabled = found[0], true
		}
	}
	if n == nil {
		return p.noNode(e, file)
	}
	oldKey := nodeKey(n)
	if disabled {
		p.m.RemoveDisabled(n)
	} else {
		p.m.RemoveNode(n.UniqueID)
	}
	n.UniqueID = ident.VersionedID(pkg, e.name, text)
	n.FQN = append(append(slices.Clone(n.FQN[:len(n.FQN)-1]), e.name), "v"+text)
	n.Name = e.name
	p.calledBy[nodeKey(n)] = p.calledBy[oldKey]
	cols, _, err := p.versionColumns(e, base, m, i)
	if err != nil {
		return err
	}
	cfg := base.config.DeepCopy()
	for k, val := range m.Map("config").All() {
		if a, ok := cfg.Value(k).(*yamldoc.Map); ok {
			if b, ok := val.(*yamldoc.Map); ok {
				for kk, vv := range b.All() {
					a.Set(kk, vv)
				}
				continue
			}
		}
		cfg.Set(k, val)
	}
	if d := m.Map("docs"); d != nil {
		cfg.Set("docs", d)
	}
	var written *yamldoc.Map
	if l := e.raw.List("versions"); i < len(l) { // a text of Jinja can stand for the list
		raw, _ := l[i].(*yamldoc.Map)
		written = raw.Map("config")
	}
	x := &patch{description: base.description, columns: cols, config: cfg, written: written, access: m.Str("access"), version: v, latest: latest,
		constraints: base.constraints, deprecation: dateText(m.Value("deprecation_date"))}
	if s := m.Str("description"); s != "" {
		x.description = s
	}
	if l := m.List("constraints"); len(l) > 0 {
		if x.constraints, err = p.constraints(e, l, []any{"versions", i, "constraints"}, true, e.name); err != nil {
			return err
		}
	}
	if x.access != "" && !slices.Contains(accessTypes, x.access) {
		return e.at(diag.ParsingError, []any{"versions", i, "access"}, "Node %s has an invalid value (%s) for the access field", n.UniqueID, x.access).
			WithHint("%s", diag.DidYouMean(x.access, accessTypes)).WithCode("access")
	}
	if err := p.applyPatch(e, n, x); err != nil {
		return err
	}
	return p.addNode(n)
}

// snapshotEntry patches a snapshot; with `relation:` it makes one.
func (p *parser) snapshotEntry(e *entry) error {
	rel, err := e.text("relation")
	if err != nil {
		return err
	}
	if rel == "" {
		return p.nodeEntry(e)
	}
	f := *e.pf.file
	dir := path.Dir(f.rel)
	fqn := append(fqnOf(f.project.Name, f.rel), e.name)
	n := p.newNode(&f, manifest.Snapshot, e.name, path.Join(f.rel, e.name+".sql"), fqn)
	_ = dir
	n.RawCode, n.Line = "select * from {{ "+rel+" }}", e.line()
	rec, err := p.expression(n, rel)
	if err != nil || len(rec.Refs)+len(rec.Sources) == 0 {
		return e.at(diag.ParsingError, []any{"relation"}, "Invalid ref or source expression: %s", rel)
	}
	n.Refs, n.Sources = rec.Refs, rec.Sources
	if err := p.configure(n, nil, nil); err != nil {
		return err
	}
	if err := p.addNode(n); err != nil {
		return err
	}
	p.m.RebuildRefs()
	return p.nodeEntry(e)
}

// analysisEntry and singularEntry patch analyses and singular tests.
func (p *parser) analysisEntry(e *entry) error {
	return p.plainEntry(e, p.analyses[e.pf.project.Name+"."+e.name])
}

func (p *parser) singularEntry(e *entry) error {
	return p.plainEntry(e, p.singular[e.pf.project.Name+"."+e.name])
}

func (p *parser) plainEntry(e *entry, n *manifest.Node) error {
	x, err := p.readPatch(e)
	if err != nil {
		return err
	}
	if n == nil {
		return p.noNode(e, e.name)
	}
	if err := p.applyPatch(e, n, x); err != nil {
		return err
	}
	if _, on := p.m.Nodes[n.UniqueID]; on {
		p.settle(n)
	}
	return nil
}

// macroEntry documents a macro.
func (p *parser) macroEntry(e *entry) error {
	if err := p.unknown(e, "macro "+e.name, nil, "name", "description", "meta", "docs", "config", "arguments"); err != nil {
		return err
	}
	if err := e.types(e.m, nil, macroTypes); err != nil {
		return err
	}
	if err := e.only(e.m.Value("docs"), []any{"docs"}, docsKeys...); err != nil {
		return err
	}
	var err error
	mac := p.m.Macros["macro."+e.pf.project.Name+"."+e.name]
	if mac == nil {
		var names []string
		for _, m := range p.m.Macros {
			if m.PackageName == e.pf.project.Name {
				names = append(names, m.Name)
			}
		}
		d := e.at(diag.ParsingError, []any{"name"}, "Found patch for macro \"%s\" which was not found", e.name).
			WithCode("MacroNotFoundForPatch").WithHint("%s", diag.DidYouMean(e.name, names))
		d.Fields = map[string]any{"patch_name": e.name}
		return p.warn(d)
	}
	if mac.PatchPath != nil {
		_, old, _ := strings.Cut(*mac.PatchPath, "://")
		return e.at(diag.CompilationError, []any{"name"}, "dbt found two schema.yml entries for the same macro in package %s named %s. Macros may only be described a single time. To fix this, remove one of the macro entries for %s in this file:\n - %s\n", mac.PackageName, e.name, e.name, old)
	}
	mac.PatchPath = e.pf.patchPath()
	mac.Description = e.m.Str("description")
	cfg := e.m.Map("config")
	meta := yamldoc.NewMap()
	for _, src := range []*yamldoc.Map{e.m.Map("meta"), cfg.Map("meta")} {
		for k, v := range src.All() {
			meta.Set(k, v)
		}
	}
	mac.Meta = meta
	docs := cfg.Map("docs")
	if docs == nil {
		docs = e.m.Map("docs")
	}
	if b, ok := docs.Value("show").(bool); ok {
		mac.Docs.Show = b
	}
	if c, ok := docs.Value("node_color").(string); ok {
		mac.Docs.NodeColor = &c
	}
	mac.Config = macroConfig(mac)
	var args []manifest.MacroArgument
	for i, it := range e.m.List("arguments") {
		a, ok := it.(*yamldoc.Map)
		if !ok {
			continue
		}
		if err := e.only(a, []any{"arguments", i}, "name", "type", "description"); err != nil {
			return err
		}
		arg := manifest.MacroArgument{Name: yamldoc.Text(a.Value("name")), Description: a.Str("description")}
		if t, ok := a.Value("type").(string); ok {
			arg.Type = &t
		}
		args = append(args, arg)
	}
	if len(args) == 0 {
		return nil // those of the macro itself, with the flag validate_macro_args
	}
	if p.Behavior.ValidateMacroArgs {
		err = p.checkArguments(e, mac, args)
	}
	mac.Arguments = args
	return err
}

// groupEntry declares a group.
func (p *parser) groupEntry(e *entry) error {
	if err := e.only(e.m, nil, "name", "owner", "description", "config"); err != nil {
		return err
	}
	if err := e.types(e.m, nil, groupTypes); err != nil {
		return err
	}
	owner, err := e.owner(true)
	if err != nil {
		return err
	}
	g := &manifest.Group{Name: e.name, ResourceType: manifest.GroupType, PackageName: e.pf.project.Name, Path: e.pf.rel,
		OriginalFilePath: e.pf.path, UniqueID: "group." + e.pf.project.Name + "." + e.name, Owner: owner}
	if d, ok := e.m.Value("description").(string); ok {
		g.Description = &d
	}
	if old, dup := p.m.Groups[g.UniqueID]; dup {
		return duplicate("groups", g.Name, "looking for "+g.Name, g.UniqueID, g.OriginalFilePath, e.line(), old.UniqueID, old.OriginalFilePath)
	}
	v, _, err := p.config(manifest.GroupType, g.PackageName, fqnOf(g.PackageName, e.pf.rel, e.name), nil, e.m.Map("config"))
	if err != nil {
		return err
	}
	g.Config = v.Map()
	p.m.AddGroup(g)
	return nil
}

// owner reads `owner:`, which needs a name or an email.
func (e *entry) owner(required bool) (manifest.Owner, error) {
	m := e.m.Map("owner")
	if m == nil {
		if required {
			return manifest.Owner{}, e.at(diag.ParsingError, nil, "Invalid %s config given in %s @ %s: %s - at path []: 'owner' is a required property", e.key, e.pf.path, e.key, yamldoc.Repr(e.raw))
		}
		return manifest.Owner{}, nil
	}
	o := manifest.Owner{Email: m.Value("email"), Extra: yamldoc.NewMap()}
	if n, ok := m.Value("name").(string); ok {
		o.Name = &n
	}
	for k, v := range m.All() {
		if k != "email" && k != "name" {
			o.Extra.Set(k, v)
		}
	}
	if o.Email == nil && o.Name == nil {
		return o, e.at(diag.ParsingError, []any{"owner"}, "%s owner must have at least one of 'name' or 'email'.", strings.ToUpper(e.key[:1])+strings.TrimSuffix(e.key[1:], "s"))
	}
	return o, nil
}
