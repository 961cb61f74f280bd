package lineagetest

import (
	"context"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// Seed gives a fuzz target the queries of the corpus.
func Seed(f *testing.F, dialect string) {
	_, cases, err := Corpus(dialect)
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		for _, part := range c.Parts {
			f.Add(part.SQL)
		}
	}
}

// Trace traces any text as a model that reads two sources, of which one has known columns, and checks what must hold of
// every graph: edges lead to columns of nodes that are there, and a second run finds the same.
func Trace(t *testing.T, p lineage.Parser, sql string) {
	t.Helper()
	run := func() *lineage.Graph {
		m := manifest.New("shop")
		for _, name := range []string{"orders", "events"} {
			m.AddSource(&manifest.Source{UniqueID: "source.shop.raw." + name, Name: name, RelationName: `"db"."main"."` + name + `"`})
		}
		relation := `"db"."main"."m"`
		m.AddNode(&manifest.Node{UniqueID: "model.shop.m", Alias: "m", ResourceType: manifest.Model, Compiled: true, CompiledCode: sql, RelationName: &relation})
		g, err := lineage.Build(context.Background(), lineage.Input{
			Manifest: m, Columns: map[string][]string{"source.shop.raw.orders": {"id", "amount", "status"}}, Parser: p,
		})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	g := run()
	n := g.Node("model.shop.m")
	for _, c := range n.Columns {
		for _, e := range c.From {
			if e.Node != n.ID && g.Column(e.Ref) == nil {
				t.Errorf("%q: %s comes from %v, which is not there", sql, c.Name, e.Ref)
			}
			if e.Kind != lineage.Direct && e.Kind != lineage.Derived {
				t.Errorf("%q: an edge of kind %q", sql, e.Kind)
			}
		}
	}
	if again := run().Node("model.shop.m"); len(describe(again)) != len(describe(n)) {
		t.Errorf("%q: two runs differ", sql)
	}
}

// LongQuery is a query like those of real projects, for benchmarks.
const LongQuery = `
with orders as (select * from db.main.orders), events as (select id, user_id, kind, happened from db.main.events),
cleaned as (
    select id, cast(amount as numeric) as amount, lower(trim(status)) as status,
        case when status in ('paid', 'shipped') then amount when status = 'returned' then 0 else null end as revenue,
        row_number() over (partition by status order by amount desc) as place
    from orders where amount > 0
),
joined as (
    select c.id, c.amount, c.status, c.revenue, e.kind, e.happened, coalesce(e.user_id, -1) as user_id
    from cleaned c left join events e on e.id = c.id and e.kind <> 'test'
    where c.place = 1
),
totals as (select user_id, status, sum(amount) as amount, sum(revenue) as revenue, count(*) as orders, max(happened) as last_at from joined group by user_id, status)
select t.user_id, t.status, t.amount, t.revenue, t.orders, t.last_at, t.amount / nullif(t.orders, 0) as average,
    sum(t.amount) over (partition by t.user_id) as of_user
from totals t where exists (select 1 from joined j where j.user_id = t.user_id and j.kind = 'order')
union all
select -1, 'all', sum(amount), sum(revenue), sum(orders), max(last_at), avg(amount), sum(amount) from totals
order by 1, 2`

// Deep are texts nested to a depth.
func Deep(depth int) []string {
	return []string{
		"select " + strings.Repeat("(", depth) + "id" + strings.Repeat(")", depth) + " as x from orders",
		"select id" + strings.Repeat(" + id", depth) + " as x from orders",
		strings.Repeat("select * from (", depth) + "select id from orders" + strings.Repeat(") s", depth),
		"select id from orders" + strings.Repeat(" union all select id from orders", depth),
		"select " + strings.Repeat("coalesce(", depth) + "id" + strings.Repeat(", 1)", depth) + " as x from orders",
	}
}
