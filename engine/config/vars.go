package config

import (
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// ParseVars reads the YAML of --vars. "" and "{}" give an empty Map.
func ParseVars(text string) (*yamldoc.Map, error) { return ParseYAMLOption(text, "vars") }

// ParseYAMLOption reads the YAML dictionary of a command line option.
func ParseYAMLOption(text, option string) (*yamldoc.Map, error) {
	if strings.TrimSpace(text) == "" {
		return &yamldoc.Map{}, nil
	}
	v, err := yamldoc.ToValue("--"+option, []byte(text), yamldoc.Limits{})
	if m, ok := v.(*yamldoc.Map); ok && err == nil {
		return m, nil
	}
	d := diag.New(diag.UsageError, "Invalid value for '--%s': String '%s' is not valid YAML", option, text).WithCode("bad-option")
	if err != nil {
		d.Err = err
		d.Hint = "the value must be a YAML dictionary, for example --" + option + " '{key: value}'"
	} else {
		d.Hint = "The --" + option + " argument must be a YAML dictionary, but was of type '" + yamldoc.TypeName(v) + "'; write --" + option + " '{key: value}'"
	}
	return nil, d
}

// Vars answers var() for the nodes of every package. Safe for concurrent use.
type Vars struct {
	cli      *yamldoc.Map
	root     *Project
	packages map[string]*Project

	mu     sync.RWMutex
	merged map[string]*yamldoc.Map
}

// NewVars takes the --vars, the root project and the packages by name.
func NewVars(cli *yamldoc.Map, root *Project, packages map[string]*Project) *Vars {
	return &Vars{cli: cli, root: root, packages: packages, merged: map[string]*yamldoc.Map{}}
}

// Lookup returns the value of a var as a node of package pkg sees it: --vars, then
// the root project (the block of the package, then globals), then the package's own
// project (likewise).
func (v *Vars) Lookup(pkg, name string) (any, bool) { return v.Merged(pkg).Get(name) }

// Names lists the vars that a node of package pkg can see, sorted.
func (v *Vars) Names(pkg string) []string {
	keys := v.Merged(pkg).Keys()
	slices.Sort(keys)
	return keys
}

// CLI returns the --vars.
func (v *Vars) CLI() *yamldoc.Map { return v.cli }

// Merged returns all vars that a node of package pkg can see; it must not be changed.
func (v *Vars) Merged(pkg string) *yamldoc.Map {
	v.mu.RLock()
	m := v.merged[pkg]
	v.mu.RUnlock()
	if m != nil {
		return m
	}
	m = &yamldoc.Map{}
	add := func(from *yamldoc.Map) {
		for _, e := range from.Entries() {
			m.SetKey(e.Key, e.Value)
		}
	}
	addProject := func(p *Project) {
		if p != nil {
			add(p.Vars)
			add(p.Vars.Map(pkg))
		}
	}
	if v.root == nil || pkg != v.root.Name {
		addProject(v.packages[pkg])
	}
	addProject(v.root)
	add(v.cli)
	v.mu.Lock()
	v.merged[pkg] = m
	v.mu.Unlock()
	return m
}

// sortedJSON is json.dumps(sort_keys=True, indent=4) of the top level.
func sortedJSON(m *yamldoc.Map) string {
	if m.Len() == 0 {
		return "{}"
	}
	var b strings.Builder
	writeJSON(&b, m, 0)
	return b.String()
}

func writeJSON(b *strings.Builder, v any, depth int) {
	pad := strings.Repeat("    ", depth+1)
	end := "\n" + strings.Repeat("    ", depth)
	switch v := v.(type) {
	case *yamldoc.Map:
		if v.Len() == 0 {
			b.WriteString("{}")
			return
		}
		entries := slices.Clone(v.Entries())
		slices.SortStableFunc(entries, func(x, y yamldoc.Entry) int {
			return strings.Compare(yamldoc.KeyString(x.Key), yamldoc.KeyString(y.Key))
		})
		b.WriteString("{\n")
		for i, e := range entries {
			if i > 0 {
				b.WriteString(",\n")
			}
			key, _ := yamldoc.AppendJSON(nil, yamldoc.KeyString(e.Key))
			value := e.Value
			if s, ok := value.(string); ok && s != "" && strings.HasPrefix(yamldoc.KeyString(e.Key), SecretPrefix) {
				value = "*****"
			}
			b.WriteString(pad + string(key) + ": ")
			writeJSON(b, value, depth+1)
		}
		b.WriteString(end + "}")
	case []any:
		if len(v) == 0 {
			b.WriteString("[]")
			return
		}
		b.WriteString("[\n")
		for i, e := range v {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(pad)
			writeJSON(b, e, depth+1)
		}
		b.WriteString(end + "]")
	default:
		raw, err := yamldoc.AppendJSON(nil, v)
		if err != nil {
			raw = []byte("null")
		}
		b.Write(raw)
	}
}

// SecretVars are the values of the variables whose names begin with [SecretPrefix]: they must never be printed.
func SecretVars(vars *yamldoc.Map) []string {
	var out []string
	for name, v := range vars.All() {
		if strings.HasPrefix(name, SecretPrefix) {
			out = append(out, yamldoc.Text(v))
		}
	}
	return out
}

// ScrubVars are the variables with stars for the secret ones, for artifacts.
func ScrubVars(vars *yamldoc.Map) *yamldoc.Map {
	out := yamldoc.NewMap()
	for name, v := range vars.All() {
		if strings.HasPrefix(name, SecretPrefix) {
			v = "*****"
		}
		out.Set(name, v)
	}
	return out
}
