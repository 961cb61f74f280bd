package docs_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// A site is made of a manifest, and of what else is known.
func ExampleBuild() {
	m := manifest.New("shop")
	m.AddNode(&manifest.Node{UniqueID: "model.shop.orders", ResourceType: manifest.Model, PackageName: "shop", Name: "orders", OriginalFilePath: "models/orders.sql",
		FQN: []string{"shop", "orders"}, Docs: manifest.Docs{Show: true}, Description: "One row an *order*."})
	dir, err := os.MkdirTemp("", "site-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := docs.Build(docs.Input{Manifest: m, Adapter: "duckdb"}, &docs.Dir{Path: dir}); err != nil {
		fmt.Println(err)
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, docs.Folder, "*.js"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// app.js
	// coverage.js
	// entities.js
	// graph.js
	// index.js
	// l0.js
	// n0.js
	// s1.js
	// s2.js
	// s3.js
	// select.js
}
