package warehouse

import (
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// Key names a relation in the cache; all parts are in lower case.
type Key struct{ Database, Schema, Identifier string }

// KeyOf makes the key of a relation.
func KeyOf(r adapter.Relation) Key {
	return Key{strings.ToLower(r.Database), strings.ToLower(r.Schema), strings.ToLower(r.Identifier)}
}

// String is the key as Python prints dbt's.
func (k Key) String() string {
	q := func(s string) string {
		if s == "" {
			return "None"
		}
		return "'" + s + "'"
	}
	return "_ReferenceKey(database=" + q(k.Database) + ", schema=" + q(k.Schema) + ", identifier=" + q(k.Identifier) + ")"
}

// SchemaKey names a schema; both parts are in lower case.
type SchemaKey struct{ Database, Schema string }

func schemaKey(database, schema string) SchemaKey {
	return SchemaKey{strings.ToLower(database), strings.ToLower(schema)}
}

type cached struct {
	rel adapter.Relation
	seq int // order of arrival
	// readers are the views that go away when this is dropped with cascade;
	// reads is the reverse.
	readers, reads map[Key]bool
}

// Cache holds the relations that the warehouse is known to have, by schema, as
// dbt's RelationsCache: names are compared without case, a drop takes recorded
// dependents along, a rename keeps them. The zero value is ready; it is safe for
// concurrent use. What changes it takes the bus of who does so; nil says nothing.
type Cache struct {
	// LogEvents emits what happens, with dumps of the whole; set it before use.
	LogEvents bool

	mu        sync.RWMutex
	schemas   map[SchemaKey]map[string]bool // identifiers of a known schema
	relations map[Key]*cached
	seq       int
}

func (c *Cache) schema(k SchemaKey) map[string]bool {
	s, ok := c.schemas[k]
	if !ok {
		if c.schemas == nil {
			c.schemas = map[SchemaKey]map[string]bool{}
			c.relations = map[Key]*cached{}
		}
		s = map[string]bool{}
		c.schemas[k] = s
	}
	return s
}

// AddSchema makes a schema known, so that what is not in it does not exist.
func (c *Cache) AddSchema(database, schema string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schema(schemaKey(database, schema))
}

// HasSchema tells whether a schema is known.
func (c *Cache) HasSchema(database, schema string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, ok := c.schemas[schemaKey(database, schema)]
	return ok
}

// Add puts relations in; one that is there already stays as it is.
func (c *Cache) Add(bus *event.Bus, rels ...adapter.Relation) {
	log := c.log(bus)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range rels {
		c.addLogged(log, r)
	}
}

func (c *Cache) addLogged(log cacheLog, r adapter.Relation) {
	log.dump("before", "adding")
	log.action("add_relation", KeyOf(r))
	c.add(r)
	log.dump("after", "adding")
}

func (c *Cache) add(r adapter.Relation) *cached {
	k := KeyOf(r)
	ids := c.schema(SchemaKey{k.Database, k.Schema})
	if e, ok := c.relations[k]; ok {
		return e
	}
	c.seq++
	e := &cached{rel: r, seq: c.seq, readers: map[Key]bool{}, reads: map[Key]bool{}}
	c.relations[k] = e
	ids[k.Identifier] = true
	return e
}

// AddLink records that dependent is dropped when referenced is dropped with
// cascade. Unknown relations are put in as external ones; a referenced relation
// of an unknown schema is none of our business.
func (c *Cache) AddLink(bus *event.Bus, referenced, dependent adapter.Relation) {
	log := c.log(bus)
	c.mu.Lock()
	defer c.mu.Unlock()
	rk, dk := KeyOf(referenced), KeyOf(dependent)
	if _, known := c.schemas[SchemaKey{rk.Database, rk.Schema}]; !known {
		log.action("", rk, dk)
		return
	}
	if c.relations[rk] == nil {
		referenced.Type = adapter.TypeExternal
		c.addLogged(log, referenced)
	}
	if c.relations[dk] == nil {
		dependent.Type = adapter.TypeExternal
		c.addLogged(log, dependent)
	}
	log.action("add_link", dk, rk)
	c.relations[rk].readers[dk] = true
	c.relations[dk].reads[rk] = true
}

// Drop removes a relation and, in depth, what depends on it. It returns the
// removed ones, none when the relation was not there.
func (c *Cache) Drop(bus *event.Bus, r adapter.Relation) []adapter.Relation {
	log := c.log(bus)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drop(log, KeyOf(r))
}

func (c *Cache) drop(log cacheLog, k Key) []adapter.Relation {
	log.action("drop_relation", k)
	if c.relations[k] == nil {
		log.action("drop_missing_relation", k)
		return nil
	}
	doomed := map[Key]bool{}
	for next := []Key{k}; len(next) > 0; {
		n := next[len(next)-1]
		next = next[:len(next)-1]
		if doomed[n] || c.relations[n] == nil {
			continue
		}
		doomed[n] = true
		for d := range c.relations[n].readers {
			next = append(next, d)
		}
	}
	var out []*cached
	for n := range doomed {
		e := c.relations[n]
		out = append(out, e)
		for parent := range e.reads {
			if p := c.relations[parent]; p != nil {
				delete(p.readers, n)
			}
		}
		delete(c.relations, n)
		delete(c.schemas[SchemaKey{n.Database, n.Schema}], n.Identifier)
	}
	gone := inOrder(out)
	log.cascade(k, gone)
	return gone
}

// Rename moves a relation to another name together with its dependents. A
// relation that is not known counts as a temporary one that becomes known. The
// error says that the new name is taken.
func (c *Cache) Rename(bus *event.Bus, from, to adapter.Relation) error {
	log := c.log(bus)
	c.mu.Lock()
	defer c.mu.Unlock()
	old, new := KeyOf(from), KeyOf(to)
	log.action("rename_relation", old, new)
	log.dump("before", "rename")
	if c.relations[new] != nil {
		return c.collision(new)
	}
	e := c.relations[old]
	if e == nil {
		log.action("temporary_relation", old)
		c.add(to)
		log.dump("after", "rename")
		return nil
	}
	delete(c.relations, old)
	delete(c.schemas[SchemaKey{old.Database, old.Schema}], old.Identifier)
	e.rel.Database, e.rel.Schema, e.rel.Identifier = to.Database, to.Schema, to.Identifier
	c.schema(SchemaKey{new.Database, new.Schema})[new.Identifier] = true
	c.relations[new] = e
	for parent := range e.reads {
		if p := c.relations[parent]; p != nil {
			log.action("update_reference", old, new, parent)
			delete(p.readers, old)
			p.readers[new] = true
		}
	}
	for child := range e.readers {
		if d := c.relations[child]; d != nil {
			delete(d.reads, old)
			d.reads[new] = true
		}
	}
	log.dump("after", "rename")
	return nil
}

// collision is dbt's TruncatedModelNameCausedCollisionError.
func (c *Cache) collision(k Key) error {
	var all []*cached
	for _, e := range c.relations {
		all = append(all, e)
	}
	var keys []string
	for _, r := range inOrder(all) {
		keys = append(keys, KeyOf(r).String())
	}
	msg := "Cache inconsistency detected: in rename, new key " + k.String() + " already in cache: [" + strings.Join(keys, ", ") + "]"
	if prefix, ok := truncatedPrefix(k.Identifier); ok {
		msg += "\n\nName collisions can occur when the length of two models' names approach your database's builtin limit. " +
			"Try restructuring your project such that no two models share the prefix '" + prefix + "'. " +
			"Then, clean your warehouse of any removed models."
	}
	return diag.New(diag.InternalError, "%s", msg)
}

func truncatedPrefix(identifier string) (string, bool) {
	if i := strings.Index(identifier, "__dbt_backup"); i >= 0 {
		return identifier[:i], true
	}
	return strings.CutSuffix(identifier, "__dbt_tmp")
}

// Get finds a relation by name, ignoring case.
func (c *Cache) Get(database, schema, identifier string) (adapter.Relation, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.relations[Key{strings.ToLower(database), strings.ToLower(schema), strings.ToLower(identifier)}]
	if e == nil {
		return adapter.Relation{}, false
	}
	return e.rel, true
}

// GetRelations lists a schema in the order in which its relations came.
func (c *Cache) GetRelations(database, schema string) []adapter.Relation {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k := schemaKey(database, schema)
	out := make([]*cached, 0, len(c.schemas[k]))
	for id := range c.schemas[k] {
		out = append(out, c.relations[Key{k.Database, k.Schema, id}])
	}
	return inOrder(out)
}

// DropSchema forgets a schema with all that it held and what depends on that.
func (c *Cache) DropSchema(bus *event.Bus, database, schema string) {
	log := c.log(bus)
	c.mu.Lock()
	defer c.mu.Unlock()
	k := schemaKey(database, schema)
	var held []*cached
	for id := range c.schemas[k] {
		held = append(held, c.relations[Key{k.Database, k.Schema, id}])
	}
	for _, r := range inOrder(held) {
		// One that went with another is not dropped again.
		if rk := KeyOf(r); c.relations[rk] != nil {
			c.drop(log, rk)
		}
	}
	delete(c.schemas, k)
}

// Schemas lists the known schemas, sorted.
func (c *Cache) Schemas() []SchemaKey {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]SchemaKey, 0, len(c.schemas))
	for k := range c.schemas {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b SchemaKey) int {
		return strings.Compare(a.Database+"\x00"+a.Schema, b.Database+"\x00"+b.Schema)
	})
	return out
}

// Clear forgets everything.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schemas, c.relations = nil, nil
}

func inOrder(entries []*cached) []adapter.Relation {
	slices.SortFunc(entries, func(a, b *cached) int { return a.seq - b.seq })
	out := make([]adapter.Relation, len(entries))
	for i, e := range entries {
		out[i] = e.rel
	}
	return out
}
