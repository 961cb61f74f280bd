// Command benchgen writes dbt projects of any size for benchmarks. The same
// arguments always give the same bytes.
//
//	go run ./testdata/benchgen -models 1000 -out DIR
//
// setup/sources_postgres.sql and setup/sources_duckdb.sql in DIR create the
// source tables; run one of them before `gdbt run`. See package generate for
// what is in a project.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/gdbt-dev/gdbt/testdata/benchgen/generate"
)

func main() {
	o := generate.Defaults()
	out := flag.String("out", "", "folder that gets the project")
	flag.IntVar(&o.Models, "models", o.Models, "number of models")
	flag.IntVar(&o.Rows, "rows", o.Rows, "rows in each source table")
	flag.IntVar(&o.Parents, "parents", o.Parents, "largest number of models that an intermediate model refers to")
	flag.Uint64Var(&o.Seed, "seed", o.Seed, "another seed gives another project of the same size")
	flag.BoolVar(&o.NoEphemeral, "no-ephemeral", o.NoEphemeral, "views in the place of ephemeral models")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	p, err := generate.New(o)
	if err == nil {
		err = p.Write(*out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchgen:", err)
		os.Exit(1)
	}
	fmt.Println(p.Summary())
}
