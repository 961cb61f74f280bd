//go:build cgo

package engine_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
)

// A project of two models and a test is built in DuckDB, which needs no server and
// here no profile: the database is a file in the project's target folder.
func Example() {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"dbt_project.yml":       "name: shop\nversion: '1.0'\n",
		"models/orders.sql":     "select 1 as id, 30 as amount union all select 2, 12",
		"models/big_orders.sql": "select * from {{ ref('orders') }} where amount > 20",
		"models/schema.yml":     "models: [{name: orders, columns: [{name: id, data_tests: [unique]}]}]",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}

	ctx := context.Background()
	drivers := &adapter.Registry{}
	if err := drivers.Register(duckdb.Driver()); err != nil {
		log.Fatal(err)
	}
	p, err := engine.Open(ctx, engine.Options{ProjectDir: dir, Adapters: drivers, Env: config.MapEnviron(nil)})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()

	res, err := p.Build(ctx, engine.Selection{Select: []string{"orders+"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range res.Results {
		fmt.Println(r.Node.Name, r.Status)
	}
	fmt.Println("success:", res.Success())

	rows, err := p.Show(ctx, engine.Selection{}, engine.Inline{SQL: "select sum(amount) as total from {{ ref('big_orders') }}", Limit: 5})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("total:", rows.Results[0].Table.Values[0][0])
	// Output:
	// orders success
	// unique_orders_id pass
	// big_orders success
	// success: true
	// total: 30
}
