package warehouse

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// cacheLog emits what happens to a cache; without a bus it does nothing. Its methods are called under the cache's lock,
// so that a dump shows what the actions around it say.
type cacheLog struct {
	cache *Cache
	bus   *event.Bus
}

func (c *Cache) log(bus *event.Bus) cacheLog {
	if !c.LogEvents {
		bus = nil
	}
	return cacheLog{c, bus}
}

// action names up to three relations, as the action needs.
func (l cacheLog) action(action string, keys ...Key) {
	if l.bus == nil {
		return
	}
	e := event.CacheAction{Action: action}
	for i, to := range []**event.RefKey{&e.RefKey, &e.RefKey2, &e.RefKey3} {
		if i < len(keys) {
			k := event.RefKey(keys[i])
			*to = &k
		}
	}
	l.bus.Emit(e)
}

// cascade tells what a drop takes along, itself included.
func (l cacheLog) cascade(k Key, gone []adapter.Relation) {
	if l.bus == nil {
		return
	}
	ref := event.RefKey(k)
	e := event.CacheAction{Action: "drop_cascade", RefKey: &ref}
	for _, r := range gone {
		e.RefList = append(e.RefList, event.RefKey(KeyOf(r)))
	}
	l.bus.Emit(e)
}

func (l cacheLog) dump(beforeAfter, action string) {
	if l.bus == nil {
		return
	}
	dump := make(map[string]string, len(l.cache.relations))
	for k, e := range l.cache.relations {
		readers := make([]string, 0, len(e.readers))
		for r := range e.readers {
			readers = append(readers, r.dotted())
		}
		slices.Sort(readers)
		list := make([]any, len(readers))
		for i, r := range readers {
			list[i] = r
		}
		dump[k.dotted()] = yamldoc.Repr(list)
	}
	l.bus.Emit(event.CacheDumpGraph{Dump: dump, BeforeAfter: beforeAfter, Action: action})
}

// dotted is the key as dbt's dumps have it.
func (k Key) dotted() string {
	parts := []string{k.Database, k.Schema, k.Identifier}
	for i, p := range parts {
		if p == "" {
			parts[i] = "None"
		}
	}
	return strings.Join(parts, ".")
}
