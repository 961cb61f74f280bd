package parse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var (
	sourceKeys = []string{"name", "description", "meta", "database", "schema", "loader", "quoting", "freshness", "loaded_at_field",
		"loaded_at_query", "tables", "tags", "config", "overrides"}
	quotingKeys   = []string{"database", "schema", "identifier", "column"}
	freshnessKeys = []string{"warn_after", "error_after", "filter"}
	tableKeys     = []string{"name", "description", "meta", "data_type", "docs", "config", "columns", "tests", "data_tests", "loaded_at_field",
		"loaded_at_query", "identifier", "quoting", "freshness", "external", "tags", "constraints", "quote_columns"}
)

// sourceEntry declares the tables of a source; `overrides:` patches a package's.
func (p *parser) sourceEntry(e *entry) error {
	if err := e.only(e.m, nil, sourceKeys...); err != nil {
		return err
	}
	if err := e.types(e.m, nil, sourceTypes); err != nil {
		return err
	}
	if err := e.sourceParts(e.m, nil); err != nil {
		return err
	}
	if pkg, ok := e.m.Value("overrides").(string); ok {
		key := pkg + "." + e.name
		if old, dup := p.overrides[key]; dup {
			return e.at(diag.CompilationError, []any{"name"}, "dbt found two schema.yml entries for the same source named %s in package %s. Sources may only be overridden a single time. "+
				"To fix this, remove the source entry for %s from one of these files:\n - %s\n - %s", e.name, pkg, e.name, e.pf.path, old.pf.path)
		}
		p.overrides[key] = e
		return nil
	}
	tables := e.m.Value("tables")
	list, ok := tables.([]any)
	if tables != nil && !ok {
		return e.wrongType("tables", tables, "array")
	}
	for i, it := range list {
		m, ok := it.(*yamldoc.Map)
		if !ok || m.Value("name") == nil {
			return e.at(diag.ParsingError, []any{"tables", i}, "Invalid sources config given in %s @ sources: %s - at path ['tables'][%d]: 'name' is a required property", e.pf.path, yamldoc.Repr(e.raw), i)
		}
		name, err := e.nameOf(m, []any{"tables", i})
		if err != nil {
			return err
		}
		if err := p.unknown(e, "table "+name, []any{"tables", i}, tableKeys...); err != nil {
			return err
		}
		if err := e.types(m, []any{"tables", i}, tableTypes); err != nil {
			return err
		}
		if err := e.sourceParts(m, []any{"tables", i}); err != nil {
			return err
		}
		p.tables = append(p.tables, &sourceTable{e: e, m: m, idx: i})
	}
	return nil
}

// sourceParts holds the keys of what a source and a table have in common.
func (e *entry) sourceParts(m *yamldoc.Map, path []any) error {
	for key, known := range map[string][]string{"quoting": quotingKeys, "freshness": freshnessKeys, "docs": docsKeys} {
		if err := e.only(m.Value(key), append(slices.Clone(path), key), known...); err != nil {
			return err
		}
	}
	return nil
}

// sourceTable waits for the overrides of all files.
type sourceTable struct {
	e   *entry
	m   *yamldoc.Map
	idx int
}

// sources makes the source tables, then all generic tests.
func (p *parser) sources() error {
	var errs []error
	used := map[string]bool{} // "pkg.source" and "pkg.source.table" that are overridden
	for _, t := range p.tables {
		src, table := t.e.m, t.m
		key := t.e.pf.project.Name + "." + t.e.name
		if o := p.overrides[key]; o != nil {
			used[key] = true
			src = merged(src, o.m, "overrides", "name", "tables")
			for _, it := range o.m.List("tables") {
				if om, ok := it.(*yamldoc.Map); ok && yamldoc.Equal(om.Value("name"), table.Value("name")) {
					table = merged(table, om, "name")
					used[key+"."+om.Str("name")] = true
				}
			}
		}
		errs = append(errs, p.sourceTable(t, src, table))
	}
	errs = append(errs, p.unusedOverrides(used))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return p.genericTests()
}

// unusedOverrides warns of overrides of sources and of tables that are not there.
func (p *parser) unusedOverrides(used map[string]bool) error {
	var first *diag.Diagnostic
	var list []string
	note := func(o *entry, path []any, what, key string) {
		if first == nil {
			first = o.at(diag.ParsingError, path, "").WithCode("UnusedTables")
		}
		list = append(list, fmt.Sprintf("  - %s %s (in %s)", what, key, o.pf.path))
	}
	for _, key := range slices.Sorted(maps.Keys(p.overrides)) {
		o := p.overrides[key]
		if !used[key] {
			note(o, []any{"overrides"}, "Source", key)
			continue
		}
		for i, t := range o.m.List("tables") {
			if table, ok := t.(*yamldoc.Map); ok && !used[key+"."+table.Str("name")] {
				note(o, []any{"tables", i}, "Source table", key+"."+table.Str("name"))
			}
		}
	}
	if first == nil {
		return nil
	}
	first.Message = "During parsing, dbt encountered source overrides that had no target:\n" + strings.Join(list, "\n")
	first.Fields = map[string]any{"unused_tables": list}
	return p.warn(first)
}

func merged(base, over *yamldoc.Map, but ...string) *yamldoc.Map {
	out := base.Copy()
	for k, v := range over.All() {
		if !slices.Contains(but, k) {
			out.Set(k, v)
		}
	}
	return out
}

func (p *parser) sourceTable(t *sourceTable, src, table *yamldoc.Map) error {
	e := t.e
	name := yamldoc.Text(table.Value("name"))
	pkg := e.pf.project.Name
	s := &manifest.Source{
		Database: firstText(src.Value("database"), p.s.Credentials.Database()),
		Schema:   firstText(src.Value("schema"), e.name),
		Name:     name, ResourceType: manifest.SourceType, PackageName: pkg, Path: e.pf.path, OriginalFilePath: e.pf.path,
		UniqueID: ident.SourceID(pkg, e.name, name), FQN: fqnOf(pkg, e.pf.rel, e.name, name),
		SourceName: e.name, SourceDescription: src.Str("description"), Description: table.Str("description"),
		Loader: src.Str("loader"), Identifier: firstText(table.Value("identifier"), name), CreatedAt: p.now,
		Line: e.line(), UnrenderedDatabase: optText(e.raw.Value("database")), UnrenderedSchema: optText(e.raw.Value("schema")),
		External: filled(table.Map("external"), yamldoc.NewMap("location", nil, "file_format", nil, "row_format", nil, "tbl_properties", nil, "partitions", nil)),
	}
	if n := e.pf.doc.Nearest(e.pf.doc.Root, e.key, e.idx, "tables", t.idx); n != nil {
		s.Line = n.Line
	}
	s.Quoting = quotingOf(src.Map("quoting"), table.Map("quoting"))
	cols, err := p.columns(e, table.List("columns"), []any{"tables", t.idx, "columns"})
	if err != nil {
		return err
	}
	s.Columns = columnValues(cols)
	patch, err := t.config(src, table)
	if err != nil {
		return err
	}
	if err := p.sourceTags(t, src, table); err != nil {
		return err
	}
	v, unrendered, err := p.config(manifest.SourceType, pkg, s.FQN, nil, patch)
	if err != nil {
		return err
	}
	s.Config, s.UnrenderedConfig = v.Map(), unrendered
	s.Meta, s.Tags = v.Meta(), v.Tags()
	s.SourceMeta = yamldoc.NewMap()
	for _, from := range []*yamldoc.Map{src.Map("meta"), src.Map("config").Map("meta")} {
		for k, val := range from.All() {
			s.SourceMeta.Set(k, val)
		}
	}
	if f, ok := v.Get("freshness"); ok {
		s.Freshness, _ = f.(*yamldoc.Map)
	}
	s.LoadedAtField, s.LoadedAtQuery = optText(v.Map().Value("loaded_at_field")), optText(v.Map().Value("loaded_at_query"))
	s.RelationName = p.s.SourceName(s)
	if err := p.sourceTests(t, table, src, cols); err != nil {
		return err
	}
	if !v.Enabled() {
		p.m.AddDisabled(s)
		return nil
	}
	if old, dup := p.m.Sources[s.UniqueID]; dup {
		return duplicate("sources", e.name+"_"+name, `looking for source("`+e.name+`", "`+name+`")`, s.UniqueID, s.OriginalFilePath, s.Line, old.UniqueID, old.OriginalFilePath)
	}
	if thresholds(s.Freshness) && s.LoadedAtField == nil && s.LoadedAtQuery == nil {
		d := e.at(diag.ParsingError, []any{"tables", t.idx}, "The configured adapter does not support metadata-based freshness. A loaded_at_field must be specified for source '%s.%s'.", e.name, name)
		if err := p.warn(d.WithCode("FreshnessConfigProblem")); err != nil {
			return err
		}
	}
	p.m.AddSource(s)
	return nil
}

// sourceTags warns of tags in configs that are no text: they are left out.
func (p *parser) sourceTags(t *sourceTable, src, table *yamldoc.Map) error {
	for i, of := range []*yamldoc.Map{src, table} {
		tags := of.Map("config").Value("tags")
		list, ok := tags.([]any)
		if !ok && tags != nil {
			list = []any{tags}
		}
		isText := func(v any) bool { _, ok := v.(string); return ok }
		if !slices.ContainsFunc(list, func(v any) bool { return !isText(v) }) {
			continue
		}
		path := [][]any{{"config", "tags"}, {"tables", t.idx, "config", "tags"}}[i]
		if err := p.notValid(t.e.at(diag.ParsingError, path, ""), "`config.tags`: "+yamldoc.Repr(tags), "source", of.Str("name")); err != nil {
			return err
		}
	}
	return nil
}

// thresholds tells whether a freshness has one.
func thresholds(f *yamldoc.Map) bool {
	for _, key := range []string{"warn_after", "error_after"} {
		if m := f.Map(key); m.Value("count") != nil && m.Value("period") != nil {
			return true
		}
	}
	return false
}

func (p *parser) sourceTests(t *sourceTable, table, src *yamldoc.Map, cols []column) error {
	name := yamldoc.Text(table.Value("name"))
	tags := append(stringList(src.Value("tags")), stringList(table.Value("tags"))...)
	quoteAll, _ := table.Map("quoting").Value("column").(bool)
	if _, set := table.Map("quoting").Get("column"); !set {
		quoteAll, _ = src.Map("quoting").Value("column").(bool)
	}
	tests, err := testList(t.e, table, []any{"tables", t.idx})
	if err != nil {
		return err
	}
	for i, def := range tests {
		p.jobs = append(p.jobs, &testJob{e: t.e, path: []any{"tables", t.idx, "data_tests", i}, def: def, tags: tags, source: t.e.name, table: name})
	}
	p.columnTests(t.e, cols, quoteAll, nil, t.e.name, name, tags)
	return nil
}

func firstText(vs ...any) string {
	for _, v := range vs {
		if s, ok := v.(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func optText(v any) *string {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	return &s
}

// quotingOf merges quoting blocks, the later ones win.
func quotingOf(blocks ...*yamldoc.Map) manifest.Quoting {
	var q manifest.Quoting
	for _, b := range blocks {
		set := func(key string, to **bool) {
			if v, ok := b.Value(key).(bool); ok {
				*to = &v
			}
		}
		set("database", &q.Database)
		set("schema", &q.Schema)
		set("identifier", &q.Identifier)
		set("column", &q.Column)
	}
	return q
}

// config merges the configs of source and table, from both places they may
// stand in (core/parser/sources.py).
func (t *sourceTable) config(src, table *yamldoc.Map) (*yamldoc.Map, error) {
	out := yamldoc.NewMap()
	sc, tc := src.Map("config"), table.Map("config")
	for _, from := range []*yamldoc.Map{sc, tc} {
		for k, v := range from.All() {
			out.Set(k, v)
		}
	}
	if err := t.freshness(out, src, sc, table, tc); err != nil {
		return nil, err
	}
	field, query, err := t.loadedAt(src, sc, table, tc)
	if err != nil {
		return nil, err
	}
	out.Set("loaded_at_field", field)
	out.Set("loaded_at_query", query)
	meta := yamldoc.NewMap()
	var tags []string
	for _, from := range []*yamldoc.Map{src, sc, table, tc} {
		for k, v := range from.Map("meta").All() {
			meta.Set(k, v)
		}
		tags = append(tags, stringList(from.Value("tags"))...)
	}
	slices.Sort(tags)
	out.Set("meta", meta)
	out.Set("tags", anyList(slices.Compact(tags)))
	return out, nil
}

func (t *sourceTable) freshness(out, src, sc, table, tc *yamldoc.Map) error {
	type level struct {
		v   *yamldoc.Map
		set bool
		nul bool
	}
	read := func(m *yamldoc.Map) level {
		v, ok := m.Get("freshness")
		if !ok {
			return level{}
		}
		if v == nil {
			return level{set: true, nul: true}
		}
		x, _ := v.(*yamldoc.Map)
		return level{v: x, set: true}
	}
	var cur *yamldoc.Map
	isNull, given := false, false
	for _, m := range []*yamldoc.Map{src, sc, table, tc} {
		l := read(m)
		switch {
		case !l.set:
			continue
		case l.nul:
			cur, isNull, given = nil, true, true
			continue
		}
		given, isNull = true, false
		cur = mergeFreshness(cur, l.v)
	}
	switch {
	case isNull:
		out.Set("freshness", nil)
	case given && cur != nil:
		for _, k := range []string{"warn_after", "error_after"} {
			th := cur.Map(k)
			if period, ok := th.Value("period").(string); ok && !slices.Contains(freshnessPeriods, period) {
				return t.periodError(k, period, "Invalid sources config given in %s @ sources: %s - at path ['freshness']['%s']['period']: '%s' is not one of ['minute', 'hour', 'day']", t.e.pf.path, yamldoc.Repr(t.e.raw), k, period)
			}
		}
		out.Set("freshness", cur)
	default:
		out.Delete("freshness")
	}
	return nil
}

var freshnessPeriods = []string{"minute", "hour", "day"}

// periodError points at the period of a threshold: that of the table or of its source, in a config or not.
func (t *sourceTable) periodError(threshold, period, format string, args ...any) error {
	path := []any{"freshness"}
	for _, at := range [][]any{{"tables", t.idx, "config", "freshness"}, {"tables", t.idx, "freshness"}, {"config", "freshness"}, {"freshness"}} {
		at = append(at, threshold, "period")
		if n := t.e.pf.doc.Find(nil, append([]any{t.e.key, t.e.idx}, at...)...); n != nil && n.Value == period {
			path = at
			break
		}
	}
	return t.e.at(diag.ParsingError, path, format, args...).WithHint("%s", diag.DidYouMean(period, freshnessPeriods))
}

// mergeFreshness lays a threshold over another; the result has every field.
func mergeFreshness(base, over *yamldoc.Map) *yamldoc.Map {
	empty := func() *yamldoc.Map { return yamldoc.NewMap("count", nil, "period", nil) }
	out := yamldoc.NewMap("warn_after", empty(), "error_after", empty(), "filter", nil)
	for _, m := range []*yamldoc.Map{base, over} {
		for _, k := range []string{"warn_after", "error_after"} {
			v, ok := m.Get(k)
			if !ok {
				continue
			}
			if v == nil {
				out.Set(k, nil)
				continue
			}
			th := empty()
			if old := out.Map(k); old != nil {
				th = old.Copy()
			}
			if vm, ok := v.(*yamldoc.Map); ok {
				for kk, vv := range vm.All() {
					if vv != nil {
						th.Set(kk, vv)
					}
				}
			}
			out.Set(k, th)
		}
		if f := m.Value("filter"); f != nil {
			out.Set("filter", f)
		}
	}
	return out
}

func (t *sourceTable) loadedAt(src, sc, table, tc *yamldoc.Map) (field, query any, err error) {
	pick := func(ms ...*yamldoc.Map) any {
		for _, m := range ms {
			if v := m.Value("loaded_at_field"); v != nil {
				return v
			}
		}
		return nil
	}
	q := func(ms ...*yamldoc.Map) any {
		for _, m := range ms {
			if v := m.Value("loaded_at_query"); v != nil {
				return v
			}
		}
		return nil
	}
	tablePresent := table.Has("loaded_at_field") || tc.Value("loaded_at_field") != nil
	if tablePresent && q(table, tc) != nil {
		return nil, nil, t.e.at(diag.ParsingError, []any{"tables", t.idx}, "Cannot specify both loaded_at_field and loaded_at_query at table level.")
	}
	if pick(src, sc) != nil && q(src, sc) != nil {
		return nil, nil, t.e.at(diag.ParsingError, nil, "Cannot specify both loaded_at_field and loaded_at_query at source level.")
	}
	if tablePresent {
		field = pick(table, tc)
	} else {
		field = pick(src, sc)
	}
	switch {
	case q(table, tc) != nil:
		query = q(table, tc)
	case !tablePresent:
		query = q(src, sc)
	}
	for _, v := range []any{field, query} {
		if s, ok := v.(string); ok && strings.TrimSpace(s) == "" {
			return nil, nil, t.e.at(diag.ParsingError, []any{"tables", t.idx}, "loaded_at_field cannot be an empty string.")
		}
	}
	return field, query, nil
}
