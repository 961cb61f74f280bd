package config

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// apply merges one partial config into m.
func (r *Resolver) apply(s *schema, m, partial *yamldoc.Map) *FieldError {
	var seen []string
	// What only the adapter knows comes before other unknown keys, as in dbt.
	for _, key := range r.adapterFields {
		if _, known := s.index[key]; !known && partial.Has(key) {
			m.Set(key, partial.Value(key))
		}
	}
	for _, e := range partial.Entries() {
		written := yamldoc.KeyString(e.Key)
		key := written
		switch {
		case key == "pre_hook" || key == "post_hook":
			key = strings.Replace(key, "_", "-", 1)
		case r.aliases[key] != "":
			key = r.aliases[key]
			if partial.Has(key) || slices.Contains(seen, key) {
				return &FieldError{Key: written, Message: fmt.Sprintf("Got duplicate keys: (%s) all map to \"%s\"", written, key)}
			}
			seen = append(seen, key)
		}
		i, known := s.index[key]
		if !known {
			if key != "pre-hook" && key != "post-hook" {
				m.Set(key, e.Value) // dbt drops hooks of resources that have none
			}
			continue
		}
		f := &s.fields[i]
		v, err := f.merge(s.class, m.Value(key), e.Value)
		if err != nil {
			err.Key = key
			return err
		}
		m.Set(key, v)
	}
	return s.consistent(m)
}

func wrongDict(key string, v any) *FieldError {
	return &FieldError{Key: key, Message: fmt.Sprintf("at path ['%s']: expected dict, got %s", key, yamldoc.Text(v))}
}

// merge joins an earlier value, already in form, with a later one.
func (f *field) merge(class string, before, after any) (any, *FieldError) {
	switch f.rule {
	case appendList:
		list := slices.Concat(listify(before), listify(after))
		if f.kind == hookList {
			return f.hooks(list)
		}
		return list, nil
	case update:
		a, ok := before.(*yamldoc.Map)
		b, ok2 := after.(*yamldoc.Map)
		if !ok || !ok2 {
			return nil, wrongDict(f.name, after)
		}
		joined := a.Copy()
		for _, e := range b.Entries() {
			joined.SetKey(e.Key, e.Value)
		}
		return f.form(class, joined)
	case dictAppend:
		a, ok := before.(*yamldoc.Map)
		b, ok2 := after.(*yamldoc.Map)
		if !ok || !ok2 {
			return nil, wrongDict(f.name, after)
		}
		joined := yamldoc.MapWithCapacity(a.Len() + b.Len())
		for k, v := range a.All() {
			joined.Set(k, listify(v))
		}
		for k, v := range b.All() {
			name := strings.TrimLeft(k, "+")
			if old, ok := joined.Get(name); ok && name != k {
				v = slices.Concat(listify(old), listify(v))
			}
			joined.Set(name, listify(v))
		}
		return joined, nil
	}
	return f.form(class, after)
}

func listify(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

// invalid is the text of dbt's deserialiser for a value it can't take.
func (f *field) invalid(class, typ string, v any) *FieldError {
	return &FieldError{Key: f.name, Message: fmt.Sprintf(`Field "%s" of type %s in %s has invalid value %s`, f.name, typ, class, yamldoc.Repr(v))}
}

// form brings a value into the shape that dbt's classes give it.
func (f *field) form(class string, v any) (any, *FieldError) {
	switch f.kind {
	case dict:
		if _, ok := v.(*yamldoc.Map); !ok {
			return nil, f.invalid(class, "Dict[str, Any]", v)
		}
	case docsDict:
		return pick(v, "show", true, "node_color", nil), nil
	case contractDict:
		return pick(v, "enforced", false, "alias_types", true), nil
	case cacheDict:
		m, ok := v.(*yamldoc.Map)
		if !ok {
			return nil, f.invalid(class, "SavedQueryCache", v)
		}
		return pick(m, "enabled", false), nil
	case metaColumns:
		m, ok := v.(*yamldoc.Map)
		if !ok {
			return nil, f.invalid(class, "SnapshotMetaColumnNames", v)
		}
		return pick(m, "dbt_valid_to", nil, "dbt_valid_from", nil, "dbt_scd_id", nil, "dbt_updated_at", nil, "dbt_is_deleted", nil), nil
	case enum, enumOrNull:
		typ := f.class
		if f.kind == enumOrNull {
			if v == nil {
				return nil, nil
			}
			typ = "Optional[" + typ + "]"
		}
		if s, ok := v.(string); !ok || !slices.Contains(f.choices, s) {
			return nil, f.invalid(class, typ, v)
		}
	case intOrNull:
		switch n := v.(type) {
		case string:
			i, err := strconv.ParseInt(strings.TrimSpace(strings.ReplaceAll(n, "_", "")), 10, 64)
			if err != nil {
				return nil, f.invalid(class, "Optional[int]", v)
			}
			return i, nil
		case float64:
			if math.IsNaN(n) || math.IsInf(n, 0) {
				return nil, f.invalid(class, "Optional[int]", v)
			}
			return int64(n), nil
		case bool:
			if n {
				return int64(1), nil
			}
			return int64(0), nil
		case []any, *yamldoc.Map:
			return nil, f.invalid(class, "Optional[int]", v)
		}
	case textListOrNull:
		switch l := v.(type) {
		case nil, string:
		case []any:
			return slices.Clone(l), nil
		default:
			return nil, f.invalid(class, "Union[str, List[str], None]", v)
		}
	case textList:
		switch l := v.(type) {
		case []any:
		case string:
			// A text is a sequence of its characters to dbt.
			out := make([]any, 0, len(l))
			for _, r := range l {
				out = append(out, string(r))
			}
			return out, nil
		default:
			return nil, f.invalid(class, "List[str]", v)
		}
	case onOff:
		if b, ok := v.(bool); ok {
			if b {
				return "on", nil
			}
			return "off", nil
		}
	case modelFreshness:
		return f.buildAfter(class, v)
	case sourceFreshness:
		return f.thresholds(class, v)
	}
	return v, nil
}

// pick keeps the named keys of a mapping, with defaults for the missing ones.
func pick(v any, keysAndDefaults ...any) *yamldoc.Map {
	m, _ := v.(*yamldoc.Map)
	out := yamldoc.MapWithCapacity(len(keysAndDefaults) / 2)
	for i := 0; i < len(keysAndDefaults); i += 2 {
		key := keysAndDefaults[i].(string)
		value := keysAndDefaults[i+1]
		if x, ok := m.Get(key); ok {
			value = x
		}
		out.Set(key, value)
	}
	return out
}

var timePeriods = []string{"minute", "hour", "day"}

// buildAfter is a model's freshness: null unless it has build_after.
func (f *field) buildAfter(class string, v any) (any, *FieldError) {
	m, _ := v.(*yamldoc.Map)
	if !m.Has("build_after") {
		return nil, nil
	}
	after, ok := m.Value("build_after").(*yamldoc.Map)
	if !ok {
		return nil, f.invalid("ModelFreshness", "ModelBuildAfter", m.Value("build_after"))
	}
	out, err := f.period(pick(after, "count", nil, "period", nil, "updates_on", "any"), "ModelBuildAfter")
	if err != nil {
		return nil, err
	}
	if s, _ := out.Value("updates_on").(string); s != "any" && s != "all" {
		return nil, &FieldError{Key: f.name, Message: fmt.Sprintf(`Field "updates_on" of type ModelFreshnessUpdatesOnOptions in ModelBuildAfter has invalid value %s`, yamldoc.Repr(out.Value("updates_on")))}
	}
	count, period := out.Value("count"), out.Value("period")
	switch {
	case period != nil && count == nil:
		return nil, &FieldError{Key: f.name, Message: "`freshness.build_after` must have a value for `count` if a `period` is provided"}
	case count != nil && period == nil:
		return nil, &FieldError{Key: f.name, Message: "`freshness.build_after` must have a value for `period` if a `count` is provided"}
	}
	return yamldoc.NewMap("build_after", out), nil
}

// thresholds is a source's freshness.
func (f *field) thresholds(class string, v any) (any, *FieldError) {
	if v == nil {
		return nil, nil
	}
	m, ok := v.(*yamldoc.Map)
	if !ok {
		return nil, f.invalid(class, "Optional[FreshnessThreshold]", v)
	}
	out := &yamldoc.Map{}
	for _, key := range []string{"warn_after", "error_after"} {
		t, has := m.Get(key)
		tm, isMap := t.(*yamldoc.Map)
		switch {
		case has && t == nil:
			out.Set(key, nil)
		case has && !isMap:
			return nil, &FieldError{Key: f.name, Message: fmt.Sprintf(`Field "%s" of type Optional[Time] in FreshnessThreshold has invalid value %s`, key, yamldoc.Repr(t))}
		default:
			p, err := f.period(pick(tm, "count", nil, "period", nil), "Time")
			if err != nil {
				return nil, err
			}
			out.Set(key, p)
		}
	}
	out.Set("filter", m.Value("filter"))
	return out, nil
}

// period checks count and period of a time span.
func (f *field) period(m *yamldoc.Map, class string) (*yamldoc.Map, *FieldError) {
	bad := func(key, typ string) *FieldError {
		return &FieldError{Key: f.name, Message: fmt.Sprintf(`Field "%s" of type %s in %s has invalid value %s`, key, typ, class, yamldoc.Repr(m.Value(key)))}
	}
	switch c := m.Value("count").(type) {
	case nil, int64:
	case string:
		n, err := strconv.ParseInt(c, 10, 64)
		if err != nil {
			return nil, bad("count", "Optional[int]")
		}
		m.Set("count", n)
	case float64:
		m.Set("count", int64(c))
	default:
		return nil, bad("count", "Optional[int]")
	}
	if p := m.Value("period"); p != nil {
		if s, ok := p.(string); !ok || !slices.Contains(timePeriods, s) {
			return nil, bad("period", "Optional[TimePeriod]")
		}
	}
	return m, nil
}

// hooks brings hooks into the form {sql, transaction, index}. A text may be JSON.
func (f *field) hooks(list []any) (any, *FieldError) {
	out := make([]any, 0, len(list))
	for _, h := range list {
		switch h := h.(type) {
		case *yamldoc.Map:
			hook, err := f.hook(h)
			if err != nil {
				return nil, err
			}
			out = append(out, hook)
		case string:
			if m := jsonObject(h); m != nil {
				hook, err := f.hook(m)
				if err != nil {
					return nil, err
				}
				out = append(out, hook)
				continue
			}
			out = append(out, yamldoc.NewMap("sql", h, "transaction", true, "index", nil))
		case nil:
		default:
			return nil, &FieldError{Key: f.name, Message: fmt.Sprintf("at path ['%s']: a hook must be a text or a dictionary with `sql`, got %s", f.name, yamldoc.Repr(h))}
		}
	}
	return out, nil
}

func (f *field) hook(m *yamldoc.Map) (*yamldoc.Map, *FieldError) {
	if !m.Has("sql") {
		return nil, &FieldError{Key: f.name, Message: `Field "sql" of type str is missing in Hook instance`}
	}
	out := pick(m, "sql", nil, "transaction", true, "index", nil)
	if _, ok := out.Value("sql").(string); !ok {
		return nil, &FieldError{Key: f.name, Message: fmt.Sprintf("at path ['%s'][0]['sql']: %s is not of type 'string'", f.name, yamldoc.Repr(out.Value("sql")))}
	}
	if _, ok := out.Value("transaction").(bool); !ok {
		return nil, &FieldError{Key: f.name, Message: fmt.Sprintf("at path ['%s'][0]['transaction']: %s is not of type 'boolean'", f.name, yamldoc.Repr(out.Value("transaction")))}
	}
	return out, nil
}

// jsonObject reads a text that is a JSON object, nil for any other.
func jsonObject(s string) *yamldoc.Map {
	if t := strings.TrimSpace(s); !strings.HasPrefix(t, "{") || !json.Valid([]byte(t)) {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	v, err := decodeJSON(dec)
	if err != nil {
		return nil
	}
	m, _ := v.(*yamldoc.Map)
	return m
}

// decodeJSON reads one value, keeping the order of keys.
func decodeJSON(dec *json.Decoder) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := tok.(type) {
	case json.Delim:
		if t == '[' {
			list := []any{}
			for dec.More() {
				v, err := decodeJSON(dec)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
			_, err := dec.Token()
			return list, err
		}
		m := &yamldoc.Map{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeJSON(dec)
			if err != nil {
				return nil, err
			}
			m.Set(fmt.Sprint(key), v)
		}
		_, err := dec.Token()
		return m, err
	case json.Number:
		if i, err := t.Int64(); err == nil {
			return i, nil
		}
		return t.Float64()
	default:
		return t, nil
	}
}

var severityPattern = regexp.MustCompile(`^([Ww][Aa][Rr][Nn]|[Ee][Rr][Rr][Oo][Rr])$`)

// finalize checks a complete config and sets what follows from other fields.
func (s *schema) finalize(t ident.Type, m *yamldoc.Map) *FieldError {
	whole := func(key, format string, args ...any) *FieldError {
		return &FieldError{Key: key, Message: "at path []: " + fmt.Sprintf(format, args...)}
	}
	if t == ident.Snapshot {
		for i := range s.fields {
			if f := &s.fields[i]; m.Value(f.name) == nil {
				m.Set(f.name, f.def)
			}
		}
	}
	if t == ident.Test {
		if v := m.Value("severity"); v != nil && v != "" {
			if str, ok := v.(string); ok && !severityPattern.MatchString(str) {
				return whole("severity", "Severity must be either 'warn' or 'error'. Got '%s'", str)
			}
		}
	}
	for i := range s.fields {
		f := &s.fields[i]
		if path, problem := f.check(m.Value(f.name)); problem != "" {
			return &FieldError{Key: f.name, Message: "at path " + pathText(append([]any{f.name}, path...)) + ": " + problem}
		}
	}
	mat := m.Str("materialized")
	switch {
	case t == ident.Test && mat != "" && mat != "test":
		return whole("materialized", "A test must have a materialized value of 'test'")
	case t == ident.Seed && mat != "" && mat != "seed":
		return whole("materialized", "A seed must have a materialized value of 'seed'")
	case t == ident.Test:
		storeFailures(m)
	}
	return nil
}

// consistent checks what dbt checks each time that a level is applied.
func (s *schema) consistent(m *yamldoc.Map) *FieldError {
	whole := func(key, format string, args ...any) *FieldError {
		return &FieldError{Key: key, Message: "at path []: " + fmt.Sprintf(format, args...)}
	}
	_, hasDocs := s.index["docs"]
	if c, ok := m.Map("docs").Value("node_color").(string); hasDocs && ok && c != "" && !validColor(c) {
		return whole("docs", "Invalid color name for docs.node_color: %s. It is neither a valid HTML color name nor a valid HEX code.", c)
	}
	_, hasContract := s.index["contract"]
	if enforced, _ := m.Map("contract").Value("enforced").(bool); hasContract && enforced && m.Value("materialized") == "incremental" {
		if on := m.Value("on_schema_change"); on != "append_new_columns" && on != "fail" {
			return whole("on_schema_change", "Invalid value for on_schema_change: %s. Models materialized as incremental with contracts enabled must set on_schema_change to 'append_new_columns' or 'fail'", yamldoc.Text(on))
		}
	}
	return nil
}

// storeFailures keeps store_failures and store_failures_as in step; the latter
// leads when it is set.
func storeFailures(m *yamldoc.Map) {
	switch as := m.Value("store_failures_as"); as {
	case nil:
		switch m.Value("store_failures") {
		case true:
			m.Set("store_failures_as", "table")
		case false:
			m.Set("store_failures_as", "ephemeral")
		}
	default:
		m.Set("store_failures", as != "ephemeral")
	}
}

// check returns how a final value is wrong, in the words of JSON schema.
func (f *field) check(v any) (path []any, problem string) {
	anyOf := func(ok bool) ([]any, string) {
		if ok {
			return nil, ""
		}
		return nil, yamldoc.Repr(v) + " is not valid under any of the given schemas"
	}
	typed := func(ok bool, name string) ([]any, string) {
		if ok {
			return nil, ""
		}
		return nil, yamldoc.Repr(v) + " is not of type '" + name + "'"
	}
	_, isBool := v.(bool)
	_, isText := v.(string)
	m, isMap := v.(*yamldoc.Map)
	list, isList := v.([]any)
	bad := slices.IndexFunc(list, func(e any) bool { _, ok := e.(string); return !ok })
	inner := func(key, name string) ([]any, string) {
		x := m.Value(key)
		_, ok := x.(bool)
		if name == "string" {
			_, ok = x.(string)
		}
		if ok {
			return nil, ""
		}
		return []any{key}, yamldoc.Repr(x) + " is not of type '" + name + "'"
	}
	optional := func(key string) ([]any, string) {
		if x := m.Value(key); x != nil {
			if _, ok := x.(string); !ok {
				return []any{key}, yamldoc.Repr(x) + " is not valid under any of the given schemas"
			}
		}
		return nil, ""
	}
	switch f.kind {
	case boolean:
		return typed(isBool, "boolean")
	case boolOrNull:
		return anyOf(v == nil || isBool)
	case text, severity:
		return typed(isText, "string")
	case textOrNull, onOff:
		return anyOf(v == nil || isText)
	case intOrNull:
		return anyOf(v == nil || isInteger(v))
	case dict:
		return typed(isMap, "object")
	case textList:
		if !isList {
			return typed(false, "array")
		}
		if bad >= 0 {
			return []any{bad}, yamldoc.Repr(list[bad]) + " is not of type 'string'"
		}
	case textOrList:
		return anyOf(isText || isList && bad < 0)
	case textListOrNull:
		return anyOf(v == nil || isText || isList && bad < 0)
	case docsDict:
		if path, problem := inner("show", "boolean"); problem != "" {
			return path, problem
		}
		return optional("node_color")
	case contractDict:
		if path, problem := inner("enforced", "boolean"); problem != "" {
			return path, problem
		}
		return inner("alias_types", "boolean")
	case cacheDict:
		return inner("enabled", "boolean")
	case metaColumns:
		for k := range m.All() {
			if path, problem := optional(k); problem != "" {
				return path, problem
			}
		}
	case sourceFreshness:
		if m != nil {
			return optional("filter")
		}
	}
	return nil, ""
}

// MergeCall joins a further config() call into the calls so far, as dbt's
// merge_config_dicts: hooks, tags and packages add up, some dictionaries update,
// grants extend by "+", the rest is replaced. dst is changed.
func MergeCall(dst, call *yamldoc.Map) error {
	if dst.Len() == 0 {
		for _, e := range call.Entries() {
			dst.SetKey(e.Key, e.Value)
		}
		return nil
	}
	for _, e := range call.Entries() {
		key := yamldoc.KeyString(e.Key)
		old, had := dst.Get(key)
		switch key {
		case "pre-hook", "pre_hook", "post-hook", "post_hook", "tags", "packages":
			if !had {
				dst.Set(key, listify(e.Value))
				continue
			}
			dst.Set(key, slices.Concat(listify(old), listify(e.Value)))
		case "quoting", "column_types", "meta", "docs", "contract", "snapshot_meta_column_names":
			after, ok := e.Value.(*yamldoc.Map)
			if !ok {
				return wrongDict(key, e.Value)
			}
			if before, ok := old.(*yamldoc.Map); ok {
				joined := before.Copy()
				for _, x := range after.Entries() {
					joined.SetKey(x.Key, x.Value)
				}
				after = joined
			}
			dst.Set(key, after)
		case "grants":
			after, ok := e.Value.(*yamldoc.Map)
			if !ok {
				return wrongDict(key, e.Value)
			}
			joined := &yamldoc.Map{}
			if before, ok := old.(*yamldoc.Map); ok {
				for k, v := range before.All() {
					joined.Set(k, listify(v))
				}
			}
			for k, v := range after.All() {
				if prev, ok := joined.Get(k); ok && strings.HasPrefix(k, "+") {
					v = slices.Concat(listify(prev), listify(v))
				}
				joined.Set(k, listify(v))
			}
			dst.Set(key, joined)
		default:
			dst.SetKey(e.Key, e.Value)
		}
	}
	return nil
}

// CheckSnapshot is dbt's last check of a snapshot's final config; the error's text is dbt's (SnapshotConfig.final_validate).
func CheckSnapshot(v *yamldoc.Map) *FieldError {
	fail := func(key, format string, args ...any) *FieldError {
		return &FieldError{Key: key, Message: fmt.Sprintf(format, args...)}
	}
	strategy := v.Str("strategy")
	if key, _ := v.Get("unique_key"); strategy == "" || !yamldoc.Truth(key) {
		return fail("strategy", "Snapshots must be configured with a 'strategy' and 'unique_key'.")
	}
	cols := v.Value("check_cols")
	list, _ := cols.([]any)
	one, isText := cols.(string)
	empty := cols == nil || isText && one == "" || !isText && len(list) == 0
	switch strategy {
	case "check":
		if empty {
			return fail("strategy", "A snapshot configured with the check strategy must specify a check_cols configuration.")
		}
		if isText && one != "all" {
			return fail("check_cols", "Invalid value for 'check_cols': %s. Expected 'all' or a list of strings.", one)
		}
	case "timestamp":
		if v.Str("updated_at") == "" {
			return fail("strategy", "A snapshot configured with the timestamp strategy must specify an updated_at configuration.")
		}
		if !empty {
			return fail("check_cols", "A 'timestamp' snapshot should not have 'check_cols'")
		}
	}
	if m := v.Str("materialized"); m != "" && m != "snapshot" {
		return fail("materialized", "A snapshot must have a materialized value of 'snapshot'")
	}
	return nil
}
