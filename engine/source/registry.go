package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Registry holds the plugins that a program links. The zero value is ready.
type Registry struct {
	mu      sync.RWMutex
	plugins map[string]Plugin
}

// Register adds a plugin; a second one of the same name is an error.
func (r *Registry) Register(p Plugin) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, dup := r.plugins[p.Name()]; dup {
		return fmt.Errorf("source: plugin %q is registered twice", p.Name())
	}
	if r.plugins == nil {
		r.plugins = map[string]Plugin{}
	}
	r.plugins[p.Name()] = p
	return nil
}

// Lookup finds a plugin by name; the error is a diagnostic that lists the
// plugins there are.
func (r *Registry) Lookup(name string) (Plugin, error) {
	r.mu.RLock()
	p, ok := r.plugins[name]
	r.mu.RUnlock()
	if ok {
		return p, nil
	}
	d := diag.New(diag.ValidationError, "there is no source plugin %q", name).WithCode("unknown-plugin")
	d.Err = &OptionError{"plugin"}
	names := r.Names()
	if did := diag.DidYouMean(name, names); did != "" {
		return nil, d.WithHint("%s", did)
	}
	if len(names) > 0 {
		return nil, d.WithHint("this program has: %s", strings.Join(names, ", "))
	}
	return nil, d.WithHint("this program has none")
}

// Names lists the registered plugins, sorted.
func (r *Registry) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.plugins))
}
