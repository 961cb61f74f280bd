//go:build cgo

package engine_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// shop writes a project into a new folder. The examples use it; a program has its project already.
func shop(files map[string]string) (dir string) {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		log.Fatal(err)
	}
	files["dbt_project.yml"] = "name: shop\nversion: '1.0'\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	return dir
}

func drivers() *adapter.Registry {
	r := &adapter.Registry{}
	if err := r.Register(duckdb.Driver()); err != nil {
		log.Fatal(err)
	}
	return r
}

// Events arrive while the project is built. A failed node is no error: its status,
// its message and how the command ended say so.
func ExampleProject_Build_events() {
	dir := shop(map[string]string{
		"models/orders.sql": "select 1 as id union all select null",
		"models/totals.sql": "select count(*) as n from {{ ref('orders') }}",
		"models/schema.yml": "models: [{name: orders, columns: [{name: id, data_tests: [not_null]}]}]",
	})
	defer os.RemoveAll(dir)
	ctx := context.Background()
	bus := event.NewBus(event.Options{Sink: event.SinkFunc(func(r event.Record) {
		switch e := r.Event.(type) {
		case event.NodeStart:
			fmt.Println("started", e.NodeInfo.NodeName)
		case event.NodeFinished:
			fmt.Println("finished", e.NodeInfo.NodeName, e.RunResult.Status)
		}
	})})
	p, err := engine.Open(ctx, engine.Options{ProjectDir: dir, Adapters: drivers(), Env: config.MapEnviron(nil), Bus: bus})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	res, err := p.Build(ctx, engine.Selection{})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range res.Results {
		if r.Status == engine.StatusFail {
			fmt.Println(r.Node.Name+":", *r.Message)
		}
	}
	fmt.Println(engine.ExitOf(res, err), engine.ExitCode(res, err))
	// Output:
	// started orders
	// finished orders success
	// started not_null_orders_id
	// finished not_null_orders_id fail
	// started totals
	// finished totals skipped
	// not_null_orders_id: Got 1 result, configured to fail if != 0
	// failed 1
}

// Cancelling the context cancels the running query and skips the rest.
func ExampleProject_Run_cancel() {
	dir := shop(map[string]string{
		"models/slow.sql":  "{{ config(materialized='table') }} select count(*) as n from range(100000000) a, range(100000) b",
		"models/below.sql": "select * from {{ ref('slow') }}",
	})
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	bus := event.NewBus(event.Options{Sink: event.SinkFunc(func(r event.Record) {
		if _, ok := r.Event.(event.NodeExecuting); ok {
			time.AfterFunc(50*time.Millisecond, cancel)
		}
	})})
	p, err := engine.Open(ctx, engine.Options{ProjectDir: dir, Adapters: drivers(), Env: config.MapEnviron(nil), Bus: bus})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	res, err := p.Run(ctx, engine.Selection{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.ByID("model.shop.slow").Status, res.ByID("model.shop.below").Status, engine.ExitOf(res, err))
	// Output: error skipped interrupted
}

// Selections mean what they mean on the command line.
func ExampleProject_List() {
	dir := shop(map[string]string{
		"models/staging/orders.sql": "{{ config(tags=['hourly']) }} select 1 as id",
		"models/totals.sql":         "select count(*) as n from {{ ref('orders') }}",
		"models/other.sql":          "select 1 as id",
	})
	defer os.RemoveAll(dir)
	ctx := context.Background()
	p, err := engine.Open(ctx, engine.Options{ProjectDir: dir, Adapters: drivers(), Env: config.MapEnviron(nil)})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	lines, err := p.List(ctx, engine.Selection{Select: []string{"tag:hourly+"}}, engine.ListOptions{Output: "path"})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range lines {
		fmt.Println(l)
	}
	// Output:
	// models/staging/orders.sql
	// models/totals.sql
}
