package config

import (
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Resolver computes configs of resources from the projects' files, the
// properties and config() calls, as dbt's ContextConfigGenerator does. It is safe
// for concurrent use and keeps what resources of one folder share.
type Resolver struct {
	root     *Project
	packages map[string]*Project
	aliases  map[string]string

	adapterFields []string

	mu      sync.RWMutex
	schemas map[ident.Type]*schema
	bases   map[baseKey]*base
}

// ResolverOptions steer [NewResolver].
type ResolverOptions struct {
	// Aliases are other names of config keys that the adapter knows, to their
	// proper names (postgres: dbname → database, pass → password).
	Aliases map[string]string
	// AdapterFields are the adapter's own config keys in its order (postgres:
	// unlogged, indexes); they come first among the keys that dbt does not know.
	AdapterFields []string
}

// NewResolver takes the root project and the packages by name.
func NewResolver(root *Project, packages map[string]*Project, opts ResolverOptions) *Resolver {
	return &Resolver{
		root: root, packages: packages, aliases: opts.Aliases, adapterFields: opts.AdapterFields,
		schemas: map[ident.Type]*schema{}, bases: map[baseKey]*base{},
	}
}

// Request names a resource and what its files say.
type Request struct {
	Type    ident.Type
	FQN     []string
	Package string
	// Patch is the `config:` of the properties file, rendered; may be nil.
	Patch *yamldoc.Map
	// Call holds the config() calls of the file, joined by [MergeCall]; may be nil.
	Call *yamldoc.Map
}

// Origin tells where a config value was set.
type Origin uint8

// Origins of config values.
const (
	OriginProject    Origin = iota // dbt_project.yml
	OriginProperties               // config: of a properties file
	OriginCall                     // config() in the file
)

// FieldError is the cause of every error of [Resolver.Config]: which key is
// wrong and where it was set, so that the caller can find the place.
type FieldError struct {
	Key     string
	Origin  Origin
	Message string
}

func (e *FieldError) Error() string { return e.Message }

// base is the part of a config that all resources of a folder share.
type base struct {
	// own has the levels of the resource's own project applied; rootLevels are
	// the root project's levels for a resource of a package.
	own        *yamldoc.Map
	ownLevels  []level
	rootLevels []level
	err        *FieldError
	errFrom    level

	once  sync.Once
	final *Values
	fail  error
}

type baseKey struct {
	typ       ident.Type
	pkg, path string
}

// level is one mapping of a config tree, with its keys cleaned, and its place.
type level struct {
	values  *yamldoc.Map
	project *Project
	section Section
	path    []string
}

func (r *Resolver) schema(t ident.Type) *schema {
	r.mu.RLock()
	s := r.schemas[t]
	r.mu.RUnlock()
	if s == nil {
		s = newSchema(t)
		r.mu.Lock()
		r.schemas[t] = s
		r.mu.Unlock()
	}
	return s
}

func (r *Resolver) project(pkg string) *Project {
	if r.root != nil && pkg == r.root.Name {
		return r.root
	}
	return r.packages[pkg]
}

// depth counts how many parts of fqn the tree has as nested mappings.
func depth(tree *yamldoc.Map, fqn []string) int {
	for i, part := range fqn {
		next, ok := tree.Value(part).(*yamldoc.Map)
		if !ok {
			return i
		}
		tree = next
	}
	return len(fqn)
}

// levels lists the mappings along fqn, least specific first.
func levels(p *Project, s Section, tree *yamldoc.Map, fqn []string, n int) []level {
	if tree == nil {
		return nil
	}
	out := make([]level, 0, n+1)
	for i := 0; ; i++ {
		out = append(out, level{values: cleanLevel(tree), project: p, section: s, path: fqn[:i:i]})
		if i == n {
			return out
		}
		tree = tree.Map(fqn[i])
	}
}

// cleanLevel keeps the configs of a mapping: keys with a plus, and keys without
// one whose value is no mapping (a mapping is a folder).
func cleanLevel(m *yamldoc.Map) *yamldoc.Map {
	out := yamldoc.MapWithCapacity(m.Len())
	for _, e := range m.Entries() {
		key := yamldoc.KeyString(e.Key)
		if plain, ok := strings.CutPrefix(key, "+"); ok {
			out.Set(strings.TrimSpace(plain), e.Value)
		} else if _, folder := e.Value.(*yamldoc.Map); !folder {
			out.Set(key, e.Value)
		}
	}
	return out
}

// base returns the shared part for a resource.
func (r *Resolver) base(req Request) *base {
	sec := SectionOf(req.Type)
	own := r.project(req.Package)
	foreign := r.root != nil && req.Package != r.root.Name
	var ownTree, rootTree *yamldoc.Map
	ownDepth, rootDepth := 0, 0
	if own != nil {
		ownTree = own.Sections[sec]
		ownDepth = depth(ownTree, req.FQN)
	}
	if foreign {
		rootTree = r.root.Sections[sec]
		rootDepth = depth(rootTree, req.FQN)
	}
	key := baseKey{req.Type, req.Package, strings.Join(req.FQN[:max(ownDepth, rootDepth)], "\x00")}
	r.mu.RLock()
	b := r.bases[key]
	r.mu.RUnlock()
	if b != nil {
		return b
	}
	s := r.schema(req.Type)
	b = &base{own: s.defaults.Copy()}
	b.ownLevels = levels(own, sec, ownTree, req.FQN, ownDepth)
	if foreign {
		b.rootLevels = levels(r.root, sec, rootTree, req.FQN, rootDepth)
	}
	for _, l := range b.ownLevels {
		if err := r.apply(s, b.own, l.values); err != nil {
			err.Origin = OriginProject
			b.err, b.errFrom = err, l
			break
		}
	}
	r.mu.Lock()
	if other := r.bases[key]; other != nil {
		b = other
	} else {
		r.bases[key] = b
	}
	r.mu.Unlock()
	return b
}

// Config computes the final config of a resource. The result may be shared. Errors
// are diagnostics in dbt's words whose cause is a *FieldError.
func (r *Resolver) Config(req Request) (*Values, error) {
	b := r.base(req)
	s := r.schema(req.Type)
	if b.err != nil {
		return nil, r.diagnose(req, b, s, b.err, b.errFrom)
	}
	if req.Patch.Len() == 0 && req.Call.Len() == 0 {
		b.once.Do(func() { b.final, b.fail = r.finish(req, b, s, b.own.Copy()) })
		return b.final, b.fail
	}
	return r.finish(req, b, s, b.own.Copy())
}

// finish applies what is more specific than the project's own file, and checks.
func (r *Resolver) finish(req Request, b *base, s *schema, m *yamldoc.Map) (*Values, error) {
	for _, part := range []struct {
		values *yamldoc.Map
		origin Origin
	}{{req.Patch, OriginProperties}, {req.Call, OriginCall}} {
		if part.values.Len() == 0 {
			continue
		}
		if err := r.apply(s, m, part.values); err != nil {
			err.Origin = part.origin
			return nil, r.diagnose(req, b, s, err, level{})
		}
	}
	for _, l := range b.rootLevels {
		if err := r.apply(s, m, l.values); err != nil {
			err.Origin = OriginProject
			return nil, r.diagnose(req, b, s, err, l)
		}
	}
	if err := s.finalize(req.Type, m); err != nil {
		from := r.locate(req, b, err)
		return nil, r.diagnose(req, b, s, err, from)
	}
	return &Values{m: m}, nil
}

// locate finds who set the key of an error of the final check.
func (r *Resolver) locate(req Request, b *base, err *FieldError) level {
	has := func(m *yamldoc.Map) bool {
		if m.Has(err.Key) || m.Has(strings.ReplaceAll(err.Key, "-hook", "_hook")) {
			return true
		}
		for alias, name := range r.aliases {
			if name == err.Key && m.Has(alias) {
				return true
			}
		}
		return false
	}
	for _, l := range slices.Backward(b.rootLevels) {
		if has(l.values) {
			err.Origin = OriginProject
			return l
		}
	}
	switch {
	case has(req.Call):
		err.Origin = OriginCall
		return level{}
	case has(req.Patch):
		err.Origin = OriginProperties
		return level{}
	}
	err.Origin = OriginProject
	for _, l := range slices.Backward(b.ownLevels) {
		if has(l.values) {
			return l
		}
	}
	return level{}
}

// diagnose makes the error for people; in dbt_project.yml it has the place.
func (r *Resolver) diagnose(req Request, _ *base, s *schema, err *FieldError, from level) error {
	d := diag.New(diag.ParsingError, "%s", err.Message).WithCode("bad-config")
	d.Err = err
	if err.Origin == OriginCall {
		d.Config = err.Key
	}
	if i, ok := s.index[err.Key]; ok && s.fields[i].choices != nil {
		d.Hint = "valid values: " + strings.Join(s.fields[i].choices, ", ")
	}
	if from.project == nil || from.project.Doc == nil {
		return d
	}
	doc := from.project.Doc
	path := []any{string(from.section)}
	if from.section == SectionTests && doc.Find(nil, path...) == nil {
		path[0] = "tests"
	}
	for _, p := range from.path {
		path = append(path, p)
	}
	for _, name := range []string{"+" + err.Key, err.Key, "+" + strings.ReplaceAll(err.Key, "-", "_"), strings.ReplaceAll(err.Key, "-", "_")} {
		if n := doc.FindKey(nil, append(path, name)...); n != nil {
			d.At(doc.File, n.Line, n.Column).WithSource(doc.Src)
			break
		}
	}
	return d
}

// Unrendered computes dbt's unrendered_config: the same levels as written, later
// keys replacing earlier ones. patch and call are what the files say, as written.
func (r *Resolver) Unrendered(req Request) *yamldoc.Map {
	out := &yamldoc.Map{}
	sec := SectionOf(req.Type)
	switch req.Type {
	case ident.Function:
		sec = SectionModels // as dbt has it
	case ident.SemanticModel, ident.SavedQuery:
		sec = "" // dbt looks for keys that can't be there
	}
	add := func(m *yamldoc.Map) {
		for _, e := range m.Entries() {
			key := yamldoc.KeyString(e.Key)
			if name, ok := r.aliases[key]; ok {
				key = name
			}
			out.Set(key, e.Value)
		}
	}
	addProject := func(p *Project) {
		if p == nil {
			return
		}
		tree := p.UnrenderedSections[sec]
		for _, l := range levels(p, sec, tree, req.FQN, depth(tree, req.FQN)) {
			add(l.values)
		}
	}
	addProject(r.project(req.Package))
	add(req.Patch)
	add(req.Call)
	if r.root != nil && req.Package != r.root.Name {
		addProject(r.root)
	}
	return out
}
