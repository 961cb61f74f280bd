package selector

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// State is what earlier runs left behind: state:, result: and source_status: look at it. A part that is nil was not found.
type State struct {
	// Path is the folder of the artifacts, as given.
	Path           string
	Manifest       *manifest.Manifest
	Results        *manifest.RunResults
	Sources        *manifest.Freshness
	SourcesCurrent *manifest.Freshness // of the target folder
	// CompareUnrendered is the flag state_modified_compare_more_unrendered_values.
	CompareUnrendered bool
	// Constraints says of each type of constraint what the warehouse does: "enforced" …; see adapter.Dialect.
	Constraints map[string]string
	// BuiltIn are the packages of built-in macros. Their text is no part of the project: it is another one in each version,
	// and in dbt, whose states are read too.
	BuiltIn []string
	// Now is the clock for deprecation dates; nil is time.Now.
	Now func() time.Time
	// Warn takes warnings about changed contracts and big seeds; its error ends the selection. nil drops them.
	Warn func(event.Event) error
}

func (st *State) warn(e event.Event) error {
	if st.Warn == nil {
		return nil
	}
	return st.Warn(e)
}

// missing is the hint of an artifact that is not there.
func (st *State) missing(what string) string {
	if st == nil {
		return "--state names the folder with the " + what
	}
	return "there is no " + what + " in the folder '" + st.Path + "' that --state names"
}

// stateChecks are the values of state:, in the order in which dbt's error lists them.
var stateChecks = []string{"new", "old", "modified", "unmodified", "modified.body", "modified.configs", "modified.persisted_descriptions",
	"modified.relation", "modified.macros", "modified.contract"}

// fresher is the value of source_status: that selects anything.
const fresher = "fresher"

// was is a resource as the earlier manifest has it; all fields are nil when it is new.
type was struct {
	node     *manifest.Node
	source   *manifest.Source
	exposure *manifest.Exposure
	unit     *manifest.UnitTest
	semantic *manifest.Semantic
}

func (w was) none() bool {
	return w.node == nil && w.source == nil && w.exposure == nil && w.unit == nil && w.semantic == nil
}

// comparison answers one state: term.
type comparison struct {
	s   *Selector
	st  *State
	old *manifest.Manifest
	// tainted are the macros that changed or call, at any depth, one that did; made when first needed.
	tainted map[string]bool
}

// state answers state: as dbt's StateSelectorMethod does. Removed models whose contract was enforced are told of too.
func (s *Selector) state(value string) (dag.Set, error) {
	st := s.opts.State
	if st == nil || st.Manifest == nil {
		return nil, diag.New(diag.RuntimeError, "Got a state selector method, but no comparison manifest").WithCode("no-state").
			WithHint("%s", st.missing("manifest.json of an earlier run"))
	}
	if !slices.Contains(stateChecks, value) {
		quoted := make([]any, len(stateChecks))
		for i, c := range stateChecks {
			quoted[i] = c
		}
		return nil, bad(`Got an invalid selector "%s", expected one of "%s"`, value, yamldoc.Repr(quoted)).WithHint("%s", diag.DidYouMean(value, stateChecks))
	}
	c := &comparison{s: s, st: st, old: st.Manifest}
	out := dag.Set{}
	for i := range s.items {
		it := &s.items[i]
		if !s.graph.Has(it.id) {
			continue
		}
		hit, err := c.check(value, it, c.before(it.id))
		if err != nil {
			return nil, err
		}
		if hit {
			out.Add(it.id)
		}
	}
	switch value {
	case "modified", "unmodified", "modified.contract":
		if err := c.removed(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *comparison) before(id string) was {
	return was{c.old.Nodes[id], c.old.Sources[id], c.old.Exposures[id], c.old.UnitTests[id], c.old.Semantic(id)}
}

func (c *comparison) check(value string, it *item, old was) (bool, error) {
	switch value {
	case "new":
		return old.none(), nil
	case "old":
		return !old.none(), nil
	case "modified":
		return c.modified(it, old)
	case "unmodified":
		m, err := c.modified(it, old)
		return !m, err
	case "modified.macros":
		return c.macrosModified(it)
	}
	// The others ask for one property: what doesn't have it is never selected, what is new always.
	switch value {
	case "modified.body":
		return c.differs(it.node != nil, old, func() (bool, error) { return c.sameBody(it.node, old.node) })
	case "modified.configs":
		return c.differs(it.kind != ident.UnitTest, old, func() (bool, error) { return sameConfig(it, old), nil })
	case "modified.persisted_descriptions":
		return c.differs(it.node != nil, old, func() (bool, error) { return sameDescription(it.node, old.node), nil })
	case "modified.relation":
		return c.differs(it.node != nil || it.source != nil, old, func() (bool, error) { return c.sameRelation(it, old), nil })
	default: // modified.contract
		return c.differs(it.node != nil, old, func() (bool, error) { return c.sameContract(it.node, old.node) })
	}
}

func (c *comparison) differs(has bool, old was, same func() (bool, error)) (bool, error) {
	if !has {
		return false, nil
	}
	if old.none() {
		return true, nil
	}
	eq, err := same()
	return !eq, err
}

// modified is dbt's check_modified_content: other contents, a changed macro somewhere below, or another contract.
func (c *comparison) modified(it *item, old was) (bool, error) {
	same, err := c.sameContents(it, old)
	if err != nil {
		return false, err
	}
	macros, err := c.macrosModified(it)
	return !same || macros, err
}

// sameContents is dbt's same_contents of each kind of resource. Of new ones, sources, exposures, metrics, semantic models
// and saved queries count as the same.
func (c *comparison) sameContents(it *item, old was) (bool, error) {
	switch {
	case it.source != nil:
		return old.none() || c.sameSource(it, old), nil
	case it.exposure != nil:
		return old.none() || sameExposure(it, old), nil
	case it.semantic != nil:
		return old.none() || sameSemantic(it, old), nil
	case it.unit != nil:
		return old.unit != nil && equalPtr(it.unit.Checksum, old.unit.Checksum), nil
	case old.node == nil:
		return false, nil
	}
	n, o := it.node, old.node
	if n.ResourceType == manifest.Test && n.TestMetadata != nil {
		return sameConfig(it, old) && slices.Equal(n.FQN, o.FQN), nil
	}
	// Body and contract are compared first, and always: they warn, and a contract may end it all.
	contract, err := c.sameContract(n, o)
	if err != nil {
		return false, err
	}
	body, err := c.sameBody(n, o)
	if err != nil {
		return false, err
	}
	same := contract && body && sameConfig(it, old) && sameDescription(n, o) && slices.Equal(n.FQN, o.FQN) && c.sameRelation(it, old)
	if n.ResourceType == manifest.FunctionType {
		same = same && reflect.DeepEqual(n.Arguments, o.Arguments) && reflect.DeepEqual(n.Returns, o.Returns)
	}
	if n.ResourceType == manifest.Model {
		same = same && manifest.VersionString(n.LatestVersion) == manifest.VersionString(o.LatestVersion) && n.Access == o.Access && sameDate(n.DeprecationDate, o.DeprecationDate)
	}
	return same, nil
}

// sameBody compares the raw code; of seeds the checksum, with a warning where that is of the path alone.
func (c *comparison) sameBody(n, old *manifest.Node) (bool, error) {
	if n.ResourceType != manifest.Seed {
		return n.RawCode == old.RawCode, nil
	}
	same := n.Checksum == old.Checksum
	if n.Checksum.Name != "path" {
		return same, nil
	}
	var e event.Event
	switch {
	case old.Checksum.Name != "path":
		e = event.SeedIncreased{PackageName: n.PackageName, Name: n.Name}
	case same:
		e = event.SeedExceedsLimitSamePath{PackageName: n.PackageName, Name: n.Name}
	default:
		e = event.SeedExceedsLimitAndPathChanged{PackageName: n.PackageName, Name: n.Name}
	}
	return same, c.st.warn(e)
}

// Fields of a config that are no part of its comparison: those of the relation are compared apart.
var (
	notCompared   = []string{"alias", "schema", "database", "tags", "group"}
	testModifiers = []string{"severity", "where", "limit", "fail_calc", "warn_if", "error_if", "store_failures", "store_failures_as"}
)

// sameConfig compares configs as they were written, before rendering.
func sameConfig(it *item, old was) bool {
	switch {
	case it.source != nil:
		return equalMaps(it.source.UnrenderedConfig, old.source.UnrenderedConfig)
	case it.exposure != nil:
		return equalMaps(it.exposure.UnrenderedConfig, old.exposure.UnrenderedConfig)
	case it.semantic != nil:
		return equalMaps(it.semantic.Doc.Map("unrendered_config"), old.semantic.Doc.Map("unrendered_config"), "group")
	}
	mine, other := it.node.UnrenderedConfig, old.node.UnrenderedConfig
	if it.kind == ident.Test {
		return !slices.ContainsFunc(testModifiers, func(k string) bool { return !sameKey(mine, other, k) })
	}
	return equalMaps(mine, other, notCompared...)
}

func sameKey(a, b *yamldoc.Map, key string) bool {
	x, inA := a.Get(key)
	y, inB := b.Get(key)
	return inA == inB && yamldoc.Equal(x, y)
}

// equalMaps compares all keys but those left out.
func equalMaps(a, b *yamldoc.Map, except ...string) bool {
	for _, m := range []*yamldoc.Map{a, b} {
		for _, k := range m.Keys() {
			if !slices.Contains(except, k) && !sameKey(a, b, k) {
				return false
			}
		}
	}
	return true
}

// sameDescription compares what persist_docs writes to the warehouse.
func sameDescription(n, old *manifest.Node) bool {
	persist, _ := n.ConfigValue("persist_docs").(*yamldoc.Map)
	if n.ResourceType == manifest.Test {
		return true
	}
	if yamldoc.Truth(persist.Value("relation")) && n.Description != old.Description {
		return false
	}
	if !yamldoc.Truth(persist.Value("columns")) {
		return true
	}
	texts := func(n *manifest.Node) *yamldoc.Map {
		m := yamldoc.NewMap()
		for _, c := range n.Columns {
			m.Set(c.Name, c.Description)
		}
		return m
	}
	return yamldoc.Equal(texts(n), texts(old))
}

// sameRelation compares database, schema and alias as they were written; of sources also the identifier.
func (c *comparison) sameRelation(it *item, old was) bool {
	if s, o := it.source, old.source; s != nil {
		if s.Identifier != o.Identifier {
			return false
		}
		if c.st.CompareUnrendered {
			return equalPtr(s.UnrenderedDatabase, o.UnrenderedDatabase) && equalPtr(s.UnrenderedSchema, o.UnrenderedSchema)
		}
		return s.Database == o.Database && s.Schema == o.Schema
	}
	for _, k := range []string{"database", "schema", "alias"} {
		if !yamldoc.Equal(it.node.UnrenderedConfig.Value(k), old.node.UnrenderedConfig.Value(k)) {
			return false
		}
	}
	return true
}

func (c *comparison) sameSource(it *item, old was) bool {
	s, o := it.source, old.source
	return c.sameRelation(it, old) && slices.Equal(s.FQN, o.FQN) && sameConfig(it, old) && sameQuoting(s.Quoting, o.Quoting) &&
		sameShape(s.Freshness, o.Freshness) && equalPtr(s.LoadedAtField, o.LoadedAtField) && sameShape(s.External, o.External)
}

func sameQuoting(a, b manifest.Quoting) bool {
	return equalPtr(a.Database, b.Database) && equalPtr(a.Schema, b.Schema) && equalPtr(a.Identifier, b.Identifier) && equalPtr(a.Column, b.Column)
}

// sameShape compares blocks in which a key without a value is as good as none: dbt reads them into classes with defaults.
func sameShape(a, b any) bool {
	x, isMap := a.(*yamldoc.Map)
	y, ok := b.(*yamldoc.Map)
	if !isMap || !ok {
		return yamldoc.Equal(a, b)
	}
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	for _, m := range []*yamldoc.Map{x, y} {
		for _, k := range m.Keys() {
			if !sameShape(x.Value(k), y.Value(k)) {
				return false
			}
		}
	}
	return true
}

func sameExposure(it *item, old was) bool {
	x, o := it.exposure, old.exposure
	return slices.Equal(x.FQN, o.FQN) && x.Type == o.Type && sameOwner(x.Owner, o.Owner) && equalPtr(x.Maturity, o.Maturity) && equalPtr(x.URL, o.URL) &&
		x.Description == o.Description && equalPtr(x.Label, o.Label) && sameSet(x.DependsOn.Nodes, o.DependsOn.Nodes) && sameConfig(it, old)
}

// sameSemantic compares what dbt compares of a metric, a semantic model or a saved query: of a metric not the filter and
// the parameters of its type.
func sameSemantic(it *item, old was) bool {
	x, o := it.semantic.Doc, old.semantic.Doc
	switch it.kind {
	case ident.Metric:
		return sameKeys(x, o, "type", "description", "label") && sameConfig(it, old)
	case ident.SemanticModel:
		return sameKeys(x, o, "model", "description", "defaults", "entities", "dimensions", "measures", "config", "primary_entity", "group")
	}
	exports, before := x.List("exports"), o.List("exports")
	if len(exports) != len(before) {
		return false
	}
	for i := range exports {
		a, _ := exports[i].(*yamldoc.Map)
		b, _ := before[i].(*yamldoc.Map)
		if !sameKeys(a, b, "name") || !sameKeys(a.Map("unrendered_config"), b.Map("unrendered_config"), "export_as", "schema", "alias") {
			return false
		}
	}
	return sameKeys(x, o, "description", "label", "config", "group", "tags") && sameKeys(x.Map("query_params"), o.Map("query_params"), "metrics", "group_by", "where")
}

func sameKeys(a, b *yamldoc.Map, keys ...string) bool {
	return !slices.ContainsFunc(keys, func(k string) bool { return !yamldoc.Equal(a.Value(k), b.Value(k)) })
}

func sameOwner(a, b manifest.Owner) bool {
	return yamldoc.Equal(a.Email, b.Email) && equalPtr(a.Name, b.Name) && equalMaps(a.Extra, b.Extra)
}

func sameSet(a, b []string) bool {
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(slices.Compact(x), slices.Compact(y))
}

func equalPtr[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// sameDate compares dates as moments where both are.
func sameDate(a, b *string) bool {
	x, okA := moment(a)
	y, okB := moment(b)
	if okA && okB {
		return x.Equal(y)
	}
	return equalPtr(a, b)
}

func moment(s *string) (time.Time, bool) {
	if s == nil {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, *s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// macrosModified tells whether a macro changed that the resource calls, directly or through others. As in dbt it is an error
// of a generic test whose macro is not there: what is changed can't be told.
func (c *comparison) macrosModified(it *item) (bool, error) {
	if n := it.node; n != nil && n.TestMetadata != nil && !slices.ContainsFunc(it.macros, func(id string) bool { return strings.HasSuffix(id, ".test_"+n.TestMetadata.Name) }) {
		return false, diag.New(diag.CompilationError, "Node '%s' (in %s) depends on a macro or test that does not exist. This can happen when a macro or generic test is removed "+
			"but is still referenced. Check for typos and/or install package dependencies with 'dbt deps'.", n.Name, n.OriginalFilePath).
			At(n.OriginalFilePath, n.Line, 0).WithCode("undefined-test")
	}
	if len(it.macros) == 0 {
		return false, nil
	}
	if c.tainted == nil {
		c.taint()
	}
	return slices.ContainsFunc(it.macros, func(id string) bool { return c.tainted[id] }), nil
}

// taint finds the macros that are new, gone or have another text, and all that call them.
func (c *comparison) taint() {
	now := c.s.manifest.Macros
	c.tainted = map[string]bool{}
	var queue []string
	add := func(id string) {
		if !c.tainted[id] {
			c.tainted[id] = true
			queue = append(queue, id)
		}
	}
	callers := map[string][]string{}
	builtIn := func(m *manifest.Macro) bool { return slices.Contains(c.st.BuiltIn, m.PackageName) }
	for id, m := range now {
		if old := c.old.Macros[id]; !builtIn(m) && (old == nil || old.MacroSQL != m.MacroSQL) {
			add(id)
		}
		for _, called := range m.DependsOn.Macros {
			callers[called] = append(callers[called], id)
		}
	}
	for id, m := range c.old.Macros {
		if now[id] == nil && !builtIn(m) {
			add(id)
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, caller := range callers[id] {
			add(caller)
		}
	}
}

// result answers result:: the nodes that had this status in the earlier run.
func (s *Selector) result(status string) (dag.Set, error) {
	if s.opts.State == nil || s.opts.State.Results == nil {
		return nil, diag.New(diag.InternalError, "No comparison run_results").WithCode("no-state").
			WithHint("%s", s.opts.State.missing("run_results.json of an earlier run"))
	}
	out := dag.Set{}
	for _, r := range s.opts.State.Results.Results {
		if _, known := s.byID[r.UniqueID]; known && r.Status == status {
			out.Add(r.UniqueID)
		}
	}
	return out, nil
}

// sourceStatus answers source_status:fresher: sources with newer data than at the earlier `source freshness`.
func (s *Selector) sourceStatus(value string) (dag.Set, error) {
	st := s.opts.State
	switch {
	case st == nil || st.Sources == nil:
		return nil, diag.New(diag.InternalError, "No previous state comparison freshness results in sources.json").WithCode("no-state").
			WithHint("%s", st.missing("sources.json of an earlier `source freshness`"))
	case st.SourcesCurrent == nil:
		return nil, diag.New(diag.InternalError, "No current state comparison freshness results in sources.json").WithCode("no-state").
			WithHint("run `source freshness` first: it writes sources.json to the target folder")
	}
	out := dag.Set{}
	if value != fresher {
		return out, nil
	}
	before := map[string]time.Time{}
	for _, r := range st.Sources.Results {
		if r.MaxLoadedAt != nil {
			before[r.UniqueID] = *r.MaxLoadedAt
		}
	}
	for _, r := range st.SourcesCurrent.Results {
		if _, known := s.byID[r.UniqueID]; !known || r.MaxLoadedAt == nil {
			continue
		}
		if old, ok := before[r.UniqueID]; !ok || r.MaxLoadedAt.After(old) {
			out.Add(r.UniqueID)
		}
	}
	return out, nil
}

// removed tells of the models with an enforced contract that are gone or disabled now.
func (c *comparison) removed() error {
	for _, id := range c.old.NodeOrder {
		n := c.old.Nodes[id]
		if off := c.s.manifest.Disabled[id]; len(off) > 0 {
			var ok bool
			if n, ok = off[0].(*manifest.Node); !ok {
				continue
			}
		} else if c.s.manifest.Nodes[id] != nil {
			continue
		}
		if n.ResourceType != manifest.Model || !n.Contract.Enforced {
			continue
		}
		now := time.Now
		if c.st.Now != nil {
			now = c.st.Now
		}
		if t, ok := moment(n.DeprecationDate); ok && t.Before(now()) {
			continue
		}
		what := "deleted or renamed"
		if n.ConfigValue("enabled") == false {
			what = "disabled"
		}
		change := fmt.Sprintf("Contracted model '%s' was %s.", n.UniqueID, what)
		if n.Version != nil {
			return breakingChange(n, []string{change})
		}
		err := c.st.warn(event.UnversionedBreakingChange{BreakingChanges: []string{change}, ModelName: n.Name, ModelFilePath: n.OriginalFilePath})
		if err != nil {
			return err
		}
	}
	return nil
}

// breakingChange is dbt's ContractBreakingChangeError.
func breakingChange(n *manifest.Node, reasons []string) error {
	d := diag.New("Breaking change to contract Error", "%s", "While comparing to previous project state, dbt detected a breaking change to an enforced contract.\n  - "+
		strings.Join(reasons, "\n  - ")+"\nConsider making an additive (non-breaking) change instead, if possible.\n"+
		"Otherwise, create a new model version: https://docs.getdbt.com/docs/collaborate/govern/model-versions").WithCode("contract-breaking-change")
	d.Node, d.NodePath = string(n.ResourceType)+" "+n.Name, n.OriginalFilePath
	return d
}
