package parse

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// testJob is one element of a `data_tests:` list with the thing it tests.
type testJob struct {
	e       *entry
	path    []any // of the test, from the entry
	def     any
	column  string
	hasCol  bool
	tags    []string
	version any
	// source and table are set for tests of source tables, else the tested node
	// is the entry.
	source, table string
	// deprecated is what dbt calls deprecated in the definition.
	deprecated []*diag.Diagnostic
}

// testConfigArgs may stand beside a test's arguments (dbt's old form) and are
// configs (core/parser/generic_test_builders.py).
var testConfigArgs = []string{
	"severity", "tags", "enabled", "where", "limit", "warn_if", "error_if", "fail_calc", "store_failures",
	"store_failures_as", "meta", "database", "schema", "alias",
}

var testName = regexp.MustCompile(`^(?:([a-zA-Z_][0-9a-zA-Z_]*)\.)?([a-zA-Z_][0-9a-zA-Z_]*)`)

// entryTests queues the tests of a model, seed or snapshot.
func (p *parser) entryTests(e *entry, x *patch, version any) error {
	tests, err := testList(e, e.m, nil)
	if err != nil {
		return err
	}
	return p.versionTests(e, x.columns, tests, version)
}

func (p *parser) versionTests(e *entry, cols []column, tests []any, version any) error {
	quoteAll, _ := e.m.Value("quote_columns").(bool)
	p.columnTests(e, cols, quoteAll, version, "", "", nil)
	for i, t := range tests {
		p.jobs = append(p.jobs, &testJob{e: e, path: []any{"data_tests", i}, def: t, version: version})
	}
	return nil
}

func (p *parser) columnTests(e *entry, cols []column, quoteAll bool, version any, source, table string, tags []string) {
	for _, c := range cols {
		name := c.Name
		if c.quote != nil && *c.quote || c.quote == nil && quoteAll {
			name = (adapter.Relation{QuoteChar: p.s.Driver.Dialect().QuoteChar}).Quoted(name)
		}
		for i, t := range c.tests {
			p.jobs = append(p.jobs, &testJob{e: e, path: append(slices.Clone(c.path), "data_tests", i), def: t, column: name, hasCol: true,
				tags: append(slices.Clone(tags), c.Tags...), version: version, source: source, table: table})
		}
	}
}

// genericTests builds the queued tests.
func (p *parser) genericTests() error {
	made, err := parallel(p.jobs, func(j *testJob) ([]*manifest.Node, error) {
		n, err := p.genericTest(j)
		if err != nil {
			return nil, err
		}
		return []*manifest.Node{n}, nil
	})
	for _, j := range p.jobs {
		for _, d := range j.deprecated {
			if err := p.warn(d); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	for _, n := range made {
		if err := p.addNode(n); err != nil {
			return err
		}
	}
	return nil
}

// testDef is a test definition taken apart.
type testDef struct {
	name, namespace string
	args            *yamldoc.Map // column_name, arguments, model
	config          *yamldoc.Map
	title, short    string // full name, and the one that fits 63 characters
	description     string
}

func (j *testJob) bad(format string, args ...any) error {
	return j.refuse(diag.ParsingError, "Invalid test config given in "+j.e.pf.path+":\n\t", format, args)
}

// wrong is bad for what dbt notices a step later, when it builds the test.
func (j *testJob) wrong(format string, args ...any) *diag.Diagnostic {
	return j.refuse(diag.CompilationError, "Invalid generic test configuration given in "+j.e.pf.path+": \n", format, args)
}

func (j *testJob) refuse(category, head, format string, args []any) *diag.Diagnostic {
	d := j.e.at(category, j.path, format, args...)
	d.Message = head + d.Message
	return d.WithCode("test-config")
}

// manyKeys is the error of a test that is a mapping of several keys, most often arguments that are not indented.
func (j *testJob) manyKeys(v *yamldoc.Map) error {
	pairs := make([]string, 0, v.Len())
	for _, en := range v.Entries() {
		pairs = append(pairs, "("+yamldoc.Repr(en.Key)+", "+yamldoc.Repr(en.Value)+")")
	}
	err := j.bad("test definition dictionary must have exactly one key, got [%s] instead (%d keys)", strings.Join(pairs, ", "), v.Len())
	if d, ok := diag.As(err); ok && v.Len() > 1 && v.Entries()[0].Value == nil {
		d.WithHint("indent '%s' further than '%s', whose argument it is", yamldoc.KeyString(v.Entries()[1].Key), yamldoc.KeyString(v.Entries()[0].Key))
	}
	return err
}

// badConfig is the error of a config whose Jinja can't be rendered.
func (j *testJob) badConfig(d *testDef, key string, err error) error {
	bad, _ := diag.As(err)
	if bad.Category != diag.CompilationError {
		return err
	}
	column := "None"
	if j.column != "" {
		column = j.column
	}
	bad.Message = fmt.Sprintf("Invalid generic test configuration given in %s: \nThe %s.%s column's \"%s\" test references an undefined macro in its %s configuration argument. The macro %s.\n"+
		"Please note that the generic test configuration parser currently does not support using custom macros to populate configuration values",
		j.e.pf.path, j.e.name, column, d.name, key, bad.Message)
	return bad.WithCode("test-config")
}

// extract reads a definition: "unique", {unique: {…}} or {test_name: unique, …}.
func (p *parser) extract(j *testJob) (*testDef, error) {
	var name any
	var args *yamldoc.Map
	switch v := j.def.(type) {
	case string:
		name, args = v, yamldoc.NewMap()
	case *yamldoc.Map:
		if n, ok := v.Get("test_name"); ok {
			name, args = n, v.DeepCopy()
			args.Delete("test_name")
			break
		}
		if v.Len() != 1 {
			return nil, j.manyKeys(v)
		}
		en := v.Entries()[0]
		name = en.Key
		switch a := en.Value.(type) {
		case *yamldoc.Map:
			args = a.DeepCopy()
		case nil:
			args = nil
		}
		if args == nil {
			return nil, j.bad("test arguments must be a dict, got <class '%s'> (value %s)", yamldoc.TypeName(en.Value), yamldoc.Repr(en.Value))
		}
	default:
		return nil, j.bad("test must be dict or str, got <class '%s'> (value %s)", yamldoc.TypeName(j.def), yamldoc.Repr(j.def))
	}
	text, ok := name.(string)
	if !ok {
		return nil, j.bad("test name must be a str, got <class '%s'> (value %s)", yamldoc.TypeName(name), yamldoc.Repr(name))
	}
	m := testName.FindStringSubmatch(text)
	if m == nil {
		return nil, j.wrong("Test name string did not match expected pattern: %s", text)
	}
	if j.hasCol {
		args.Set("column_name", j.column)
	}
	p.oldTestForm(j, text, args)
	if p.Behavior.RequireGenericTestArgumentsProperty {
		if a, had := args.Delete("arguments"); had {
			if am, ok := a.(*yamldoc.Map); ok {
				for _, en := range am.Entries() {
					args.SetKey(en.Key, en.Value)
				}
			}
		}
	}
	if args.Has("model") {
		return nil, j.wrong("Test arguments include \"model\", which is a reserved argument")
	}
	return &testDef{namespace: m[1], name: m[2], args: args, config: yamldoc.NewMap()}, nil
}

// modelText is the `model` argument of a test as dbt writes it.
func (j *testJob) modelText() string {
	target := ""
	switch {
	case j.source != "":
		target = "source('" + j.source + "', '" + j.table + "')"
	case j.version != nil:
		target = "ref('" + j.e.name + "', version='" + manifest.VersionString(j.version) + "')"
	default:
		target = "ref('" + j.e.name + "')"
	}
	return "{{ get_where_subquery(" + target + ") }}"
}

// configs moves the configs out of the arguments and renders them.
func (p *parser) configs(j *testJob, d *testDef) error {
	given := yamldoc.NewMap()
	if v, ok := d.args.Get("config"); ok {
		if v != nil {
			m, ok := v.(*yamldoc.Map)
			if !ok {
				return j.bad("config of a test must be a dict, got %s", yamldoc.Repr(v))
			}
			given = m.Copy()
		}
		d.args.Delete("config")
	}
	set := func(key string, v any) error {
		if s, ok := v.(string); ok && jinja.HasMarkup(s) {
			x, err := p.native(j.e.pf, s)
			if err != nil {
				return j.badConfig(d, key, err)
			}
			v = x
		}
		if v != nil {
			d.config.Set(key, v)
		}
		return nil
	}
	for _, key := range testConfigArgs {
		v, _ := d.args.Delete(key)
		if yamldoc.Truth(v) && given.Has(key) {
			return j.wrong("Test cannot have the same key at the top-level and in config").WithHint("take %s out of one of the two", key)
		}
		if !yamldoc.Truth(v) {
			if x, ok := given.Delete(key); ok {
				v = x
			}
		}
		if err := set(key, v); err != nil {
			return err
		}
	}
	for _, en := range given.Entries() {
		if err := set(yamldoc.KeyString(en.Key), en.Value); err != nil {
			return err
		}
	}
	return nil
}

var notWord = regexp.MustCompile(`[^0-9a-zA-Z_]+`)

// nameTest makes the test's names from its arguments
// (core/parser/generic_test_builders.py, synthesize_generic_test_names).
func (j *testJob) nameTest(d *testDef) {
	if v, ok := d.args.Delete("description"); ok {
		d.description = yamldoc.Text(v)
		if v == nil {
			d.description = ""
		}
	}
	if v, ok := d.args.Delete("name"); ok {
		d.title = yamldoc.Text(v)
		d.short = d.title
		return
	}
	kind, target := d.name, j.e.name
	switch {
	case j.source != "":
		kind, target = "source_"+d.name, j.source+"_"+j.table
	case j.version != nil:
		target += "_v" + manifest.VersionString(j.version)
	}
	if d.namespace != "" {
		kind = d.namespace + "_" + kind
	}
	var parts []string
	keys := d.args.Keys()
	sort.Strings(keys)
	for _, k := range keys {
		if k == "model" {
			continue
		}
		switch v := d.args.Value(k).(type) {
		case *yamldoc.Map:
			for _, en := range v.Entries() {
				parts = append(parts, yamldoc.Text(en.Value))
			}
		case []any:
			for _, x := range v {
				parts = append(parts, yamldoc.Text(x))
			}
		default:
			parts = append(parts, yamldoc.Text(v))
		}
	}
	for i, s := range parts {
		parts[i] = notWord.ReplaceAllString(s, "_")
	}
	id := kind + "_" + target
	d.title = id + "_" + strings.Join(parts, "__")
	d.short = d.title
	if len([]rune(d.title)) >= 64 {
		r := []rune(id)
		sum := md5.Sum([]byte(d.title))
		d.short = string(r[:min(30, len(r))]) + "_" + hex.EncodeToString(sum[:])
		if !d.config.Has("alias") {
			d.config.Set("alias", d.short)
		}
	}
}

// hash is the last part of a generic test's id.
func (d *testDef) hash() string {
	var ns any
	if d.namespace != "" {
		ns = d.namespace
	}
	md := yamldoc.NewMap("namespace", ns, "name", d.name, "kwargs", d.args)
	sum := md5.Sum([]byte(d.title + yamldoc.Repr(hashable(md))))
	return hex.EncodeToString(sum[:])[22:]
}

// hashable sorts dicts and turns scalars into text, as dbt's get_hashable_md.
func hashable(v any) any {
	switch v := v.(type) {
	case *yamldoc.Map:
		keys := v.Keys()
		sort.Strings(keys)
		out := yamldoc.MapWithCapacity(len(keys))
		for _, k := range keys {
			out.Set(k, hashable(v.Value(k)))
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = hashable(e)
		}
		return out
	}
	return yamldoc.Text(v)
}

// rawCode is the text of a generic test's node.
func (d *testDef) rawCode() string {
	name := "test_" + d.name
	if d.namespace != "" {
		name = d.namespace + "." + name
	}
	code := "{{ " + name + "(**_dbt_generic_test_kwargs) }}"
	if d.config.Len() == 0 {
		return code
	}
	var parts []string
	for _, en := range d.config.Entries() {
		v := yamldoc.Text(en.Value)
		if s, ok := en.Value.(string); ok {
			v = `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
		}
		parts = append(parts, yamldoc.KeyString(en.Key)+"="+v)
	}
	return code + "{{ config(" + strings.Join(parts, ",") + ") }}"
}

// genericTest makes the node of a test.
func (p *parser) genericTest(j *testJob) (*manifest.Node, error) {
	d, err := p.extract(j)
	if err != nil {
		return nil, err
	}
	d.args.Set("model", j.modelText())
	if err := p.configs(j, d); err != nil {
		return nil, err
	}
	j.nameTest(d)
	f := j.e.pf.file
	pkg := f.project.Name
	_, below, _ := strings.Cut(f.path, "/")
	n := p.newNode(f, manifest.Test, d.title, d.short+".sql", fqnOf(pkg, below, d.title))
	n.UniqueID = ident.TestID(pkg, d.title, d.hash())
	n.Checksum = manifest.Checksum{Name: "none"}
	n.IsGeneric, n.RawCode, n.Description, n.Line = true, d.rawCode(), d.description, j.line()
	n.TestMetadata = &manifest.TestMetadata{Name: d.name, Kwargs: d.args}
	if d.namespace != "" {
		namespace := d.namespace // a copy: a pointer into the job would keep it, its file and its YAML nodes in memory
		n.TestMetadata.Namespace = &namespace
	}
	if j.hasCol {
		column := j.column
		n.ColumnName = &column
	}
	n.FileKeyName = j.e.key + "." + j.e.name
	tags := append(slices.Clone(j.tags), stringList(d.config.Value("tags"))...)
	slices.Sort(tags)
	n.Tags = slices.Compact(tags)
	if err := p.linkTest(j, d, n); err != nil {
		return nil, err
	}
	return n, p.attach(j, n)
}

func (j *testJob) line() int {
	if n := j.e.pf.doc.Nearest(j.e.pf.doc.Root, append([]any{j.e.key, j.e.idx}, j.path...)...); n != nil {
		return n.Line
	}
	return 0
}

// linkTest finds the test's macro, records what its arguments call and
// computes its config.
func (p *parser) linkTest(j *testJob, d *testDef, n *manifest.Node) error {
	lib := p.s.Library
	mac := lib.ResolveTest(n.PackageName, "test_"+d.name)
	if d.namespace != "" {
		if m := lib.Get(d.namespace, "test_"+d.name); m != nil {
			mac = m
		}
	}
	if mac == nil {
		return p.unknownTest(j, d, n)
	}
	// dbt looks for the macro without the namespace first, and where that finds another one it renders the test's text
	// in a context that the namespaced macro is no part of (render_test_update in schema_generic_tests.py).
	first := lib.ResolveTest(n.PackageName, "test_"+d.name)
	if first == nil {
		first = mac
	}
	n.DependsOn.Macros = []string{first.Def.UniqueID}
	calls := []*yamldoc.Map{d.config}
	switch {
	case lib.IsInternal(first.Def.PackageName) && (d.name == "unique" || d.name == "not_null"):
		if j.source != "" {
			n.Sources = append(n.Sources, []string{j.source, j.table})
		} else {
			n.Refs = append(n.Refs, manifest.Ref{Name: j.e.name, Version: j.version})
		}
	default:
		known := p.reach(first)
		if m := known.named["test_"+d.name]; m != nil && d.namespace == "" {
			mac = lib.Get(m.PackageName, m.Name)
		}
		more, err := p.renderTest(j, d, n, mac, known)
		if err != nil {
			return err
		}
		calls = append(calls, more...)
		// The text of such a test ends with its config as a call (schema_generic_tests.py), so it counts twice.
		if d.config.Len() > 0 {
			calls = append(calls, d.config)
		}
	}
	if err := p.configure(n, calls, nil); err != nil {
		return err
	}
	return nil
}

// unknownTest warns of a test without a macro. As in dbt that is an error when the test runs: everything else does.
func (p *parser) unknownTest(j *testJob, d *testDef, n *manifest.Node) error {
	full := "test_" + d.name
	if d.namespace != "" {
		full = d.namespace + "." + full
	}
	w := j.e.at("", j.path, "'%s' is undefined: the test '%s' will fail when it runs", full, n.Name).WithCode("undefined-test")
	var names []string
	for _, name := range p.s.Library.Names(n.PackageName) {
		if pkg, rest, ok := strings.Cut(name, ".test_"); ok {
			names = append(names, pkg+"."+rest)
		} else if rest, ok := strings.CutPrefix(name, "test_"); ok {
			names = append(names, rest)
		}
	}
	w.Hint = diag.DidYouMean(d.name, names)
	if d.namespace != "" && !p.s.Library.HasPackage(d.namespace) {
		w.WithHint("there is no package '%s': name it in packages.yml and run `gdbt deps`", d.namespace)
	}
	if err := p.warn(w); err != nil {
		return err
	}
	calls, err := p.renderTest(j, d, n, nil, &testSpace{})
	if err != nil {
		return err
	}
	return p.configure(n, append([]*yamldoc.Map{d.config}, calls...), nil)
}

// testSpace is the macros of a test: their ids, and what a name stands for.
type testSpace struct {
	ids   map[string]bool
	named map[string]*manifest.Macro
}

// reach is the macros that dbt knows while it parses a test (TestMacroNamespace): the test's own, the one that
// wraps the model, and what they depend on. Of macros with one name the last counts where no package is named.
func (p *parser) reach(first *dbtjinja.Macro) *testSpace {
	if known, ok := p.reached.Load(first.Def.UniqueID); ok {
		return known.(*testSpace)
	}
	known := &testSpace{ids: map[string]bool{}, named: map[string]*manifest.Macro{}}
	var visit func(id string)
	visit = func(id string) {
		m := p.m.Macros[id]
		if m == nil || known.ids[id] {
			return
		}
		known.ids[id], known.named[m.Name] = true, m
		for _, d := range m.DependsOn.Macros {
			visit(d)
		}
	}
	if m := p.s.Library.ResolveTest(p.s.ProjectName, "get_where_subquery"); m != nil {
		visit(m.Def.UniqueID)
	}
	visit(first.Def.UniqueID)
	p.reached.Store(first.Def.UniqueID, known)
	return known
}

// renderTest renders the arguments and, where dbt knows it, the macro. A built-in one calls nothing that counts here, and
// can fail of the kind of an argument alone: it is rendered when one is neither a text nor a list.
func (p *parser) renderTest(j *testJob, d *testDef, n *manifest.Node, mac *dbtjinja.Macro, known *testSpace) ([]*yamldoc.Map, error) {
	rec := &dbtjinja.Recorder{}
	c := p.s.ParseTest(n, rec, mac)
	call := mac != nil && known.ids[mac.Def.UniqueID]
	builtin := call && p.s.Library.IsInternal(mac.Def.PackageName)
	plain := builtin && !slices.ContainsFunc(d.args.Entries(), func(en yamldoc.Entry) bool { return !isTextOrList(en.Value) })
	var kwargs []jinja.Kwarg
	for _, en := range d.args.Entries() {
		key := yamldoc.KeyString(en.Key)
		if plain && !hasCalls(en.Value) {
			continue
		}
		v, err := c.TestArgument(p.thread(), key, en.Value)
		if err != nil {
			return nil, p.testError(j, n, err)
		}
		kwargs = append(kwargs, jinja.Kwarg{Name: key, Value: v})
	}
	if builtin {
		if err := mac.Prog.Takes(d.args.Keys()); err != nil {
			return nil, p.testError(j, n, err)
		}
	}
	if call && !plain {
		if _, err := c.MacroValue(mac).(jinja.Callable).Call(p.thread(), nil, kwargs); err != nil {
			err = p.testError(j, n, err)
			if given, ok := d.args.Get("values"); builtin && ok && !isTextOrList(given) {
				if at, ok := diag.As(err); ok {
					at.Hint = fmt.Sprintf("values is a list, even of one: values: [%v]", given)
				}
			}
			return nil, err
		}
	}
	rec.Macros = slices.DeleteFunc(rec.Macros, func(id string) bool { return !known.ids[id] })
	p.take(n, rec)
	return rec.Configs, nil
}

// testError points an error of a test's rendering at its place in the YAML.
func (p *parser) testError(j *testJob, n *manifest.Node, err error) error {
	err = p.located(err, n)
	if d, ok := diag.As(err); ok {
		if len(d.Stack) == 0 || d.File == n.OriginalFilePath || d.File == "" {
			at := j.e.at(d.Category, j.path, "")
			d.File, d.Line, d.Column, d.Source = at.File, at.Line, at.Column, at.Source
		}
	}
	return err
}

func isTextOrList(v any) bool {
	switch v.(type) {
	case string, []any:
		return true
	}
	return false
}

func hasCalls(v any) bool {
	switch v := v.(type) {
	case string:
		return jinja.HasMarkup(v) || looksLikeFunc.MatchString(v)
	case []any:
		return slices.ContainsFunc(v, hasCalls)
	case *yamldoc.Map:
		for _, en := range v.Entries() {
			if hasCalls(en.Value) {
				return true
			}
		}
	}
	return false
}

// attach links a test to the node it tests and takes over its group.
func (p *parser) attach(j *testJob, n *manifest.Node) error {
	if j.source != "" {
		n.FileKeyName = "sources." + j.source
		return nil
	}
	t := p.m.FindRef(j.e.name, n.PackageName, j.version)
	for _, name := range []string{j.e.name, j.e.name + ".v" + manifest.VersionString(j.version)} {
		if list := p.m.DisabledNodes(name); t == nil && len(list) > 0 {
			t = list[0]
		}
	}
	if t == nil {
		return nil
	}
	n.AttachedNode = &t.UniqueID
	n.Group = t.Group
	return nil
}
