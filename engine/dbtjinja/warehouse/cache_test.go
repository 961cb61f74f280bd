package warehouse

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/google/go-cmp/cmp"
)

func rel(schema, name string) adapter.Relation {
	return adapter.Relation{Database: "db", Schema: schema, Identifier: name, Type: adapter.TypeTable}
}

func names(rels []adapter.Relation) string {
	var out []string
	for _, r := range rels {
		out = append(out, r.Identifier)
	}
	return strings.Join(out, " ")
}

func TestCacheNamesIgnoreCase(t *testing.T) {
	c := &Cache{}
	c.Add(nil, rel("S", "Orders"))
	c.Add(nil, adapter.Relation{Database: "DB", Schema: "s", Identifier: "ORDERS", Type: adapter.TypeView})
	got, ok := c.Get("Db", "s", "orders")
	if !ok || got.Identifier != "Orders" || got.Type != adapter.TypeTable {
		t.Errorf("the first one stays: %+v", got)
	}
	if !c.HasSchema("DB", "S") || c.HasSchema("db", "other") {
		t.Error("schemas are known by lower case")
	}
	c.AddSchema("db", "empty")
	if !c.HasSchema("db", "EMPTY") || len(c.GetRelations("db", "empty")) != 0 {
		t.Error("a schema can be known to be empty")
	}
	if diff := cmp.Diff([]SchemaKey{{"db", "empty"}, {"db", "s"}}, c.Schemas()); diff != "" {
		t.Error(diff)
	}
}

// a ← b ← c and a ← d: dropping a takes all of them along.
func linked() *Cache {
	c := &Cache{}
	c.Add(nil, rel("s", "a"), rel("s", "b"), rel("s", "c"), rel("s", "d"), rel("s", "free"))
	c.AddLink(nil, rel("s", "a"), rel("s", "b"))
	c.AddLink(nil, rel("s", "b"), rel("s", "c"))
	c.AddLink(nil, rel("s", "a"), rel("s", "d"))
	return c
}

func TestCacheDropCascades(t *testing.T) {
	c := linked()
	if got := names(c.Drop(nil, rel("S", "A"))); got != "a b c d" {
		t.Errorf("dropped %q", got)
	}
	if got := names(c.GetRelations("db", "s")); got != "free" {
		t.Errorf("left %q", got)
	}
	if c.Drop(nil, rel("s", "a")) != nil {
		t.Error("dropping what is not there does nothing")
	}
	c = linked()
	c.Drop(nil, rel("s", "b"))
	if got := names(c.GetRelations("db", "s")); got != "a d free" {
		t.Errorf("left %q", got)
	}
	c.Add(nil, rel("s", "b"))
	c.Drop(nil, rel("s", "a")) // the old link to b is gone with the old b
	if got := names(c.GetRelations("db", "s")); got != "free b" {
		t.Errorf("left %q", got)
	}
}

func TestCacheRenameKeepsDependents(t *testing.T) {
	c := linked()
	if err := c.Rename(nil, rel("s", "a"), rel("s", "a__dbt_backup")); err != nil {
		t.Fatal(err)
	}
	if err := c.Rename(nil, rel("s", "a__dbt_tmp"), rel("s", "a")); err != nil { // unknown: becomes known
		t.Fatal(err)
	}
	if err := c.Rename(nil, rel("s", "b"), rel("s", "b2")); err != nil {
		t.Fatal(err)
	}
	if got := names(c.Drop(nil, rel("s", "a__dbt_backup"))); got != "a__dbt_backup b2 c d" {
		t.Errorf("dropped %q", got)
	}
	if got := names(c.GetRelations("db", "s")); got != "free a" {
		t.Errorf("left %q", got)
	}
}

func TestCacheRenameToATakenName(t *testing.T) {
	c := &Cache{}
	c.Add(nil, rel("s", "long"), rel("s", "long__dbt_tmp"))
	err := c.Rename(nil, rel("s", "long"), rel("s", "long__dbt_tmp"))
	want := "Cache inconsistency detected: in rename, new key _ReferenceKey(database='db', schema='s', identifier='long__dbt_tmp') already in cache: " +
		"[_ReferenceKey(database='db', schema='s', identifier='long'), _ReferenceKey(database='db', schema='s', identifier='long__dbt_tmp')]\n\n" +
		"Name collisions can occur when the length of two models' names approach your database's builtin limit. Try restructuring your project such that " +
		"no two models share the prefix 'long'. Then, clean your warehouse of any removed models."
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestCacheLinksToOtherSchemas(t *testing.T) {
	c := &Cache{}
	c.AddSchema("db", "s")
	c.AddLink(nil, rel("elsewhere", "x"), rel("s", "v")) // not ours
	if len(c.GetRelations("db", "s")) != 0 {
		t.Error("a link to an unknown schema is ignored")
	}
	c.AddLink(nil, rel("s", "t"), rel("report", "v"))
	if got, _ := c.Get("db", "report", "v"); got.Type != adapter.TypeExternal {
		t.Errorf("unknown relations are external: %+v", got)
	}
	c.DropSchema(nil, "db", "S")
	if _, ok := c.Get("db", "report", "v"); ok || c.HasSchema("db", "s") {
		t.Error("dropping a schema takes dependents of its relations along")
	}
	c.Clear()
	if len(c.Schemas()) != 0 {
		t.Error("clear")
	}
}

func TestCacheConcurrently(t *testing.T) {
	c := &Cache{}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			schema := fmt.Sprintf("s%d", g%3)
			for i := range 200 {
				n := fmt.Sprintf("t%d_%d", g, i)
				c.Add(nil, rel(schema, n))
				c.AddLink(nil, rel(schema, n), rel("s0", fmt.Sprintf("v%d", i)))
				c.GetRelations("db", schema)
				if err := c.Rename(nil, rel(schema, n), rel(schema, n+"x")); err != nil {
					t.Error(err)
				}
				c.Get("db", schema, n)
				c.Drop(nil, rel(schema, n+"x"))
			}
		})
	}
	wg.Wait()
	for g := range 3 {
		for _, r := range c.GetRelations("db", fmt.Sprintf("s%d", g)) {
			if !strings.HasPrefix(r.Identifier, "v") {
				t.Errorf("%s should be gone", r.Identifier)
			}
		}
	}
}

func BenchmarkCacheSwap(b *testing.B) {
	c := &Cache{}
	for i := range 10_000 {
		c.Add(nil, rel("s", fmt.Sprintf("t%d", i)))
	}
	for b.Loop() {
		_ = c.Rename(nil, rel("s", "t5"), rel("s", "t5__dbt_backup"))
		_ = c.Rename(nil, rel("s", "t5__dbt_tmp"), rel("s", "t5"))
		c.Drop(nil, rel("s", "t5__dbt_backup"))
		c.Get("db", "s", "t5")
	}
}

// What happens is said in dbt's words, when that is asked for.
func TestCacheEvents(t *testing.T) {
	var got []string
	bus := event.NewBus(event.Options{Sink: event.SinkFunc(func(r event.Record) { got = append(got, r.Message(event.Style{})) })})
	use := func(c *Cache) {
		c.Add(bus, rel("s", "A"))
		c.AddLink(bus, rel("s", "a"), rel("s", "v"))
		c.AddLink(bus, rel("other", "x"), rel("s", "v"))
		if err := c.Rename(bus, rel("s", "v"), rel("s", "w")); err != nil {
			t.Fatal(err)
		}
		if err := c.Rename(bus, rel("s", "tmp"), rel("s", "b")); err != nil {
			t.Fatal(err)
		}
		c.Drop(bus, rel("s", "a"))
		c.Drop(bus, rel("s", "a"))
		c.DropSchema(bus, "db", "s")
	}
	use(&Cache{})
	if got != nil {
		t.Errorf("nobody asked: %q", got)
	}
	use(&Cache{LogEvents: true})
	key := func(name string) string { return "(database=db, schema=s, identifier=" + name + ")" }
	want := []string{
		"dump before adding : {}",
		"adding relation: " + key("a"),
		"dump after adding : {'db.s.a': '[]'}",
		"dump before adding : {'db.s.a': '[]'}",
		"adding relation: " + key("v"),
		"dump after adding : {'db.s.a': '[]', 'db.s.v': '[]'}",
		"adding link, " + key("v") + " references " + key("a"),
		"(database=db, schema=other, identifier=x)",
		"Renaming relation " + key("v") + " to " + key("w"),
		`dump before rename : {'db.s.a': "['db.s.v']", 'db.s.v': '[]'}`,
		"updated reference from " + key("v") + " -> " + key("a") + " to " + key("w") + " -> " + key("a"),
		`dump after rename : {'db.s.a': "['db.s.w']", 'db.s.w': '[]'}`,
		"Renaming relation " + key("tmp") + " to " + key("b"),
		`dump before rename : {'db.s.a': "['db.s.w']", 'db.s.w': '[]'}`,
		"old key " + key("tmp") + " not found in self.relations, assuming temporary",
		`dump after rename : {'db.s.a': "['db.s.w']", 'db.s.b': '[]', 'db.s.w': '[]'}`,
		"Dropping relation: " + key("a"),
		"drop " + key("a") + " is cascading to ['" + key("a") + "', '" + key("w") + "']",
		"Dropping relation: " + key("a"),
		"dropped a nonexistent relationship: " + key("a"),
		"Dropping relation: " + key("b"),
		"drop " + key("b") + " is cascading to ['" + key("b") + "']",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
