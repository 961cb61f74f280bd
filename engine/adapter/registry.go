package adapter

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Registry holds the drivers that a program links. The zero value is ready.
type Registry struct {
	mu      sync.RWMutex
	drivers map[string]Driver
}

// Register adds a driver; a second one of the same name is an error.
func (r *Registry) Register(d Driver) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, dup := r.drivers[d.Name()]; dup {
		return fmt.Errorf("adapter: driver %q is registered twice", d.Name())
	}
	if r.drivers == nil {
		r.drivers = map[string]Driver{}
	}
	r.drivers[d.Name()] = d
	return nil
}

// Lookup finds a driver by the `type` of a profile output.
func (r *Registry) Lookup(name string) (Driver, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	d, ok := r.drivers[name]
	return d, ok
}

// Names lists the registered drivers, sorted.
func (r *Registry) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.drivers))
}
