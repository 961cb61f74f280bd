package warehouse

import (
	"sync"

	"github.com/gdbt-dev/gdbt/engine/event"
)

// connections are dbt's connections as its log tells of them: one for each thread, renamed for each piece of work. The
// sessions behind them come from the pool.
type connections struct {
	mu      sync.Mutex
	names   map[string]string // by thread
	opened  map[string]bool
	threads []string // in the order in which they came
}

// rename gives the connection of a thread another name, and the one it had.
func (c *connections) rename(thread, name string) (old string, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names, c.opened = map[string]string{}, map[string]bool{}
	}
	if old, known = c.names[thread]; !known {
		c.threads = append(c.threads, thread)
	}
	c.names[thread] = name
	return old, known
}

// open gives the state that the thread's connection was in before.
func (c *connections) open(thread string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened[thread] {
		return "closed"
	}
	if c.opened == nil {
		c.opened = map[string]bool{}
	}
	c.opened[thread] = true
	return "init"
}

// LogCleanup logs the end of the connections, as dbt does when the work of an invocation is done.
func (r *Runtime) LogCleanup() {
	r.connections.mu.Lock()
	defer r.connections.mu.Unlock()
	for _, t := range r.connections.threads {
		r.Bus.Emit(event.ConnectionClosedInCleanup{ConnName: r.connections.names[t]})
	}
	r.connections.names, r.connections.opened, r.connections.threads = nil, nil, nil
}
