package selector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Selectors are the named definitions of selectors.yml.
type Selectors struct {
	names []string
	specs map[string]Spec
	def   string
}

// Names lists the selectors in the order of the file.
func (s *Selectors) Names() []string {
	if s == nil {
		return nil
	}
	return slices.Clone(s.names)
}

// Default is the name of the selector with `default: true`, "" when none has it.
func (s *Selectors) Default() string {
	if s == nil {
		return ""
	}
	return s.def
}

// Get returns a selector by name; an unknown one is an error.
func (s *Selectors) Get(name string) (Spec, error) {
	if s != nil {
		if spec, ok := s.specs[name]; ok {
			return spec, nil
		}
	}
	quoted := make([]string, 0)
	for _, n := range s.Names() {
		quoted = append(quoted, "'"+n+"'")
	}
	d := diag.New(diag.RuntimeError, "Could not find selector named %s, expected one of [%s]", name, strings.Join(quoted, ", ")).WithCode("no-selector")
	d.Hint = diag.DidYouMean(name, s.Names())
	return nil, d
}

const selectorForms = "Valid root-level selector definitions: union, intersection, string, dictionary. No lists. \nhttps://docs.getdbt.com/reference/node-selection/yaml-selectors"

// ParseSelectors reads the content of selectors.yml (rendered; nil is empty). doc
// gives errors their place and may be nil. mode is --indirect-selection, which holds
// where a definition names none.
func ParseSelectors(data *yamldoc.Map, doc *yamldoc.Document, mode Indirect) (*Selectors, error) {
	out := &Selectors{specs: map[string]Spec{}}
	if data.Len() == 0 {
		return out, nil
	}
	p := &yamlParser{doc: doc, mode: mode, known: out}
	list, ok := data.Value("selectors").([]any)
	if !ok {
		return nil, p.malformed([]any{"selectors"}, "a list under `selectors` is needed")
	}
	for _, k := range data.Keys() {
		if k != "selectors" && k != "version" {
			return nil, p.malformed([]any{k}, "unknown key '"+k+"'; "+strings.TrimSpace("known keys: selectors, version"))
		}
	}
	for i, e := range list {
		at := []any{"selectors", i}
		m, ok := e.(*yamldoc.Map)
		if !ok {
			return nil, p.malformed(at, "a selector is a dictionary with name and definition")
		}
		if err := p.selector(m, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type yamlParser struct {
	doc   *yamldoc.Document
	mode  Indirect
	known *Selectors
}

// place puts the place of a value on an error.
func (p *yamlParser) place(d *diag.Diagnostic, path []any) error {
	d.Code = "bad-selector"
	if p.doc == nil {
		return d
	}
	n := p.doc.Nearest(nil, path...)
	if v := p.doc.Find(nil, path...); v != nil {
		n = v
	}
	d.File = p.doc.File
	if n != nil {
		d.At(p.doc.File, n.Line, n.Column).WithSource(p.doc.Src)
	}
	return d
}

func (p *yamlParser) malformed(path []any, hint string) error {
	return p.place(diag.New(diag.RuntimeError, "Could not parse selector file data: \n%s", selectorForms).WithHint("%s", hint), path)
}

// wrong wraps a message as dbt does when it reads the definitions.
func (p *yamlParser) wrong(path []any, format string, args ...any) error {
	return p.place(diag.New(diag.RuntimeError, "Could not read selector file data: Runtime Error\n  "+format, args...), path)
}

func (p *yamlParser) selector(m *yamldoc.Map, at []any) error {
	name, ok := m.Value("name").(string)
	if !ok {
		return p.malformed(at, "a selector needs a name")
	}
	known := []string{"name", "definition", "description", "default"}
	for _, k := range m.Keys() {
		if !slices.Contains(known, k) {
			return p.malformed(append(at, k), strings.TrimSpace("unknown key '"+k+"' "+diag.DidYouMean(k, known)))
		}
	}
	isDefault := false
	if v, ok := m.Get("default"); ok {
		if isDefault, ok = v.(bool); !ok {
			return p.malformed(append(at, "default"), "default is true or false")
		}
	}
	if isDefault {
		if p.known.def != "" {
			return p.wrong(append(at, "default"), "Error when parsing the selector file. Found multiple selectors with `default: true`:%s and %s", p.known.def, name)
		}
		p.known.def = name
	}
	def, ok := m.Get("definition")
	if !ok {
		return p.malformed(at, "a selector needs a definition")
	}
	at = append(at, "definition")
	switch d := def.(type) {
	case string:
	case *yamldoc.Map:
		if d.Len() > 1 && (d.Has("union") || d.Has("intersection")) {
			return p.wrong(at, "Only a single 'union' or 'intersection' key is allowed in a root level selector definition; found %s.", strings.Join(d.Keys(), ","))
		}
	default:
		return p.malformed(at, "a definition is a text or a dictionary")
	}
	spec, err := p.definition(def, at)
	if err != nil {
		return err
	}
	if _, again := p.known.specs[name]; !again {
		p.known.names = append(p.known.names, name)
	}
	p.known.specs[name] = spec
	return nil
}

func (p *yamlParser) definition(def any, at []any) (Spec, error) {
	switch d := def.(type) {
	case string:
		c, err := ParseCriterion(d, p.mode)
		return c, p.located(err, at)
	case *yamldoc.Map:
		switch {
		case d.Has("union"):
			return p.set(d, "union", Union, at)
		case d.Has("intersection"):
			return p.set(d, "intersection", Intersection, at)
		}
		return p.dictionary(d, at)
	}
	return nil, p.wrong(at, "Expected to find union, intersection, str or dict, instead found %s: %s", yamldoc.TypeName(def), yamldoc.Text(def))
}

// located gives an error of the grammar its place in the file.
func (p *yamlParser) located(err error, at []any) error {
	if err == nil {
		return nil
	}
	d := *diag.Wrap(diag.RuntimeError, err)
	d.Message = "Could not read selector file data: Runtime Error\n  " + d.Message
	return p.place(&d, at)
}

// list returns the entries under a key, each a text or a dictionary.
func (p *yamlParser) list(m *yamldoc.Map, key string, at []any) ([]any, error) {
	list, ok := m.Value(key).([]any)
	if !ok {
		return nil, p.wrong(append(at, key), "Invalid value for key \"%s\". Expected a list.", key)
	}
	for i, e := range list {
		switch e.(type) {
		case string, *yamldoc.Map:
		default:
			return nil, p.wrong(append(at, key, i), "Invalid value type <class '%s'> in key \"%s\", expected dict or str (value: %s).", yamldoc.TypeName(e), key, yamldoc.Text(e))
		}
	}
	return list, nil
}

// below is the path of something under at.
func below(at []any, more ...any) []any { return append(slices.Clone(at), more...) }

// set reads union or intersection; one entry may be an exclude. As in dbt an entry
// that has an exclude counts for nothing else.
func (p *yamlParser) set(m *yamldoc.Map, key string, op Op, at []any) (Spec, error) {
	list, err := p.list(m, key, at)
	if err != nil {
		return nil, err
	}
	g := &Group{Op: op, Indirect: Eager, Raw: yamldoc.Repr(m)}
	var without Spec
	for i, e := range list {
		here := below(at, key, i)
		if sub, ok := e.(*yamldoc.Map); ok && sub.Has("exclude") {
			if without != nil {
				return nil, p.wrong(here, "You cannot provide multiple exclude arguments to the same selector set operator:\n  %s", yamldoc.Repr(sub))
			}
			if without, err = p.exclude(sub, here); err != nil {
				return nil, err
			}
			continue
		}
		spec, err := p.definition(e, here)
		if err != nil {
			return nil, err
		}
		g.Components = append(g.Components, spec)
	}
	if without == nil {
		return g, nil
	}
	return &Group{Op: Difference, Components: []Spec{g, without}, Indirect: Eager, Raw: g.Raw}, nil
}

// exclude reads the list under exclude; nil when it is empty.
func (p *yamlParser) exclude(m *yamldoc.Map, at []any) (Spec, error) {
	list, err := p.list(m, "exclude", at)
	if err != nil {
		return nil, err
	}
	g := &Group{Op: Union, Indirect: Eager, Raw: yamldoc.Repr(list)}
	for i, e := range list {
		spec, err := p.definition(e, below(at, "exclude", i))
		if err != nil {
			return nil, err
		}
		g.Components = append(g.Components, spec)
	}
	switch len(g.Components) {
	case 0:
		return nil, nil
	case 1:
		return g.Components[0], nil
	}
	return g, nil
}

// dictionary reads {method: value} or {method: …, value: …, parents: …}.
func (p *yamlParser) dictionary(m *yamldoc.Map, at []any) (Spec, error) {
	var method string
	var value any
	switch {
	case m.Len() == 1: // {selector: name} is read as selector:name in a text is
		method = m.Keys()[0]
		value = m.Entries()[0].Value
		if method == "exclude" {
			return nil, p.wrong(at, "'exclude' is not a valid method name")
		}
	case m.Value("method") == "selector":
		name := yamldoc.Text(m.Value("value"))
		spec, ok := p.known.specs[name]
		if !ok {
			err := p.wrong(at, "Existing selector definition for %s not found.", name)
			d, _ := diag.As(err)
			d.Hint = strings.TrimSpace(diag.DidYouMean(name, p.known.names) + " a selector can use those above it in the file")
			return nil, d
		}
		return spec, nil
	case m.Has("method") && m.Has("value"):
		method, value = yamldoc.Text(m.Value("method")), m.Value("value")
	default:
		keys := make([]string, 0, m.Len())
		for _, k := range m.Keys() {
			keys = append(keys, "'"+k+"'")
		}
		err := p.wrong(at, "Expected either 1 key or else \"method\" and \"value\" keys, but got [%s]", strings.Join(keys, ", "))
		if d, ok := diag.As(err); ok {
			for _, k := range m.Keys() {
				if hint := diag.DidYouMean(k, []string{"method", "value"}); hint != "" && k != "method" && k != "value" {
					d.WithHint("%s", hint)
				}
			}
		}
		return nil, err
	}
	parts := strings.Split(method, ".")
	raw := yamldoc.Repr(m)
	if err := checkMethod(parts[0], raw); err != nil {
		return nil, p.located(err, at)
	}
	c := &Criterion{Raw: raw, Method: parts[0], Args: parts[1:], Value: value, Indirect: p.mode, ParentsDepth: Unlimited, ChildrenDepth: Unlimited}
	c.ChildrensParents = yamldoc.Truth(m.Value("childrens_parents"))
	c.Parents = yamldoc.Truth(m.Value("parents"))
	c.Children = yamldoc.Truth(m.Value("children"))
	for key, depth := range map[string]*int{"parents_depth": &c.ParentsDepth, "children_depth": &c.ChildrenDepth} {
		if v := m.Value(key); yamldoc.Truth(v) {
			n, err := parseDepth(raw, yamldoc.Text(v))
			if err != nil {
				return nil, p.located(err, below(at, key))
			}
			*depth = n
		}
	}
	if v, ok := m.Get("indirect_selection"); ok {
		mode, err := ParseIndirect(yamldoc.Text(v))
		if err != nil {
			return nil, p.located(err, below(at, "indirect_selection"))
		}
		c.Indirect = mode
	}
	if err := c.check(); err != nil {
		return nil, p.located(err, at)
	}
	if m.Len() == 1 || !m.Has("exclude") {
		return c, nil
	}
	without, err := p.exclude(m, at)
	if err != nil || without == nil {
		return c, err
	}
	return &Group{Op: Difference, Components: []Spec{c, without}, Indirect: Eager, Raw: raw}, nil
}

// ManifestSelectors gives the selectors in the form of manifest.json: texts are
// taken apart into dictionaries. The input must have passed [ParseSelectors].
func ManifestSelectors(data *yamldoc.Map) (*yamldoc.Map, error) {
	out := &yamldoc.Map{}
	for _, e := range data.List("selectors") {
		m, ok := e.(*yamldoc.Map)
		if !ok {
			return nil, fmt.Errorf("selector: entry %s is no dictionary", yamldoc.Repr(e))
		}
		entry := m.Copy()
		def, err := normal(m.Value("definition"), out)
		if err != nil {
			return nil, err
		}
		entry.Set("definition", def)
		out.Set(m.Str("name"), entry)
	}
	return out, nil
}

func normal(def any, known *yamldoc.Map) (any, error) {
	switch d := def.(type) {
	case string:
		return normalText(d)
	case *yamldoc.Map:
		for _, key := range []string{"union", "intersection"} {
			if list, ok := d.Value(key).([]any); ok {
				parts, err := normalList(list, known)
				return yamldoc.NewMap(key, parts), err
			}
		}
		if d.Len() == 0 {
			return d, nil
		}
		key, value := d.Keys()[0], d.Entries()[0].Value
		if list, ok := value.([]any); ok {
			parts, err := normalList(list, known)
			if err != nil {
				return nil, err
			}
			value = parts
		}
		switch {
		case key == "exclude":
			return yamldoc.NewMap(key, value), nil
		case d.Len() == 1:
			return yamldoc.NewMap("method", key, "value", value), nil
		case key == "method" && value == "selector":
			return known.Map(yamldoc.Text(d.Value("value"))).Value("definition"), nil
		}
		return d, nil
	}
	return def, nil
}

func normalList(list []any, known *yamldoc.Map) ([]any, error) {
	out := make([]any, 0, len(list))
	for _, e := range list {
		n, err := normal(e, known)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func normalText(raw string) (any, error) {
	c, err := ParseCriterion(raw, Eager)
	if err != nil {
		return nil, err
	}
	out := &yamldoc.Map{}
	if c.ChildrensParents {
		out.Set("childrens_parents", true)
	}
	if c.Parents {
		out.Set("parents", true)
	}
	if c.ParentsDepth != Unlimited {
		out.Set("parents_depth", fmt.Sprint(c.ParentsDepth))
	}
	out.Set("method", strings.Join(append([]string{c.Method}, c.Args...), "."))
	if c.Value != "" {
		out.Set("value", c.Value)
	}
	if c.Children {
		out.Set("children", true)
	}
	if c.ChildrenDepth != Unlimited {
		out.Set("children_depth", fmt.Sprint(c.ChildrenDepth))
	}
	return out, nil
}
