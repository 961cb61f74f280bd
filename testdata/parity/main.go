// Command parity runs dbt and gdbt side by side on projects and tells what
// differs in what they leave behind: exit codes, printed text, artifacts,
// compiled SQL, and the relations in the warehouse with their rows.
//
//	go run ./testdata/parity -dbt PATH [-gdbt PATH] [-project NAMES] [-target duckdb|postgres]
//
// It is for developers who have dbt 1.11 with dbt-duckdb and dbt-postgres on
// their machine, and there the version of DuckDB that gdbt embeds, or errors are
// worded otherwise; no test needs it. PostgreSQL is the server of PGHOST, PGPORT,
// PGUSER and PGPASSWORD, where a database `gdbt_parity` is dropped and created;
// without PGHOST only DuckDB is compared.
//
// Every difference must be in differences.yml with its reason, and every entry
// there must still be met by a difference (which is only asked for when all
// projects are run): either is an error and exit code 1. What dbt did is kept
// in the folder of -keep and taken from there until a project's files, its steps or
// dbt's path change.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/testdata/parity/compare"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context) (ok bool, err error) {
	dbt := flag.String("dbt", "", "path of dbt 1.11")
	gdbt := flag.String("gdbt", "", "path of gdbt; empty builds it")
	projects := flag.String("project", "", "names of projects, with commas; empty for all")
	targets := flag.String("target", "", "duckdb or postgres; empty for both")
	root := flag.String("root", ".", "folder of the repository")
	keep := flag.String("keep", "", "folder that keeps what dbt did; empty keeps nothing")
	work := flag.String("work", "", "folder for the copies of projects, kept afterwards; empty for a temporary one")
	all := flag.Bool("all", false, "print the known differences too")
	out := flag.String("out", "", "file that gets the unknown differences as JSON, one a line, with their whole values")
	list := flag.Bool("list", false, "print the names of the projects and end")
	flag.Parse()

	if *root, err = filepath.Abs(*root); err != nil {
		return false, err
	}
	cases := Cases(*root)
	if *list {
		for _, c := range cases {
			fmt.Println(c.Name)
		}
		return true, nil
	}
	if *dbt == "" || flag.NArg() > 0 {
		flag.Usage()
		return false, fmt.Errorf("-dbt is needed, and no further arguments")
	}
	file := filepath.Join(*root, "testdata", "parity", "differences.yml")
	raw, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	known, err := compare.ReadKnown(file, raw)
	if err != nil {
		return false, err
	}
	if *work == "" {
		if *work, err = os.MkdirTemp("", "parity"); err != nil {
			return false, err
		}
		defer os.RemoveAll(*work)
	}
	if *work, err = filepath.Abs(*work); err != nil {
		return false, err
	}
	if *gdbt == "" {
		*gdbt = filepath.Join(*work, "gdbt")
		build := exec.CommandContext(ctx, "go", "build", "-o", *gdbt, "./cmd/gdbt")
		build.Dir, build.Stderr = *root, os.Stderr
		if err := build.Run(); err != nil {
			return false, fmt.Errorf("building gdbt: %w", err)
		}
	}
	chosen := map[string]bool{}
	for _, name := range strings.FieldsFunc(*projects, func(r rune) bool { return r == ',' }) {
		if !slices.ContainsFunc(cases, func(c Case) bool { return c.Name == name }) {
			return false, fmt.Errorf("there is no project %q; -list has their names", name)
		}
		chosen[name] = true
	}
	if *targets != "" && *targets != "duckdb" && *targets != "postgres" {
		return false, fmt.Errorf("there is no target %q", *targets)
	}

	var lines *json.Encoder
	if *out != "" {
		f, err := os.Create(*out)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		lines = json.NewEncoder(f)
	}
	complete := true
	bench := &Bench{Root: *root, Work: *work, Keep: *keep, DBT: *dbt, GDBT: *gdbt}
	var found []compare.Difference
	for _, c := range cases {
		for _, target := range c.Targets {
			if len(chosen) > 0 && !chosen[c.Name] || *targets != "" && *targets != target {
				complete = false
				continue
			}
			if target == "postgres" && os.Getenv("PGHOST") == "" {
				fmt.Printf("%s/%s: left out, PGHOST is not set\n", c.Name, target)
				complete = false
				continue
			}
			list, err := bench.Compare(ctx, c, target)
			if err != nil {
				return false, fmt.Errorf("%s/%s: %w", c.Name, target, err)
			}
			unknown := compare.Sort(list, known)
			fmt.Printf("%s/%s: %d differences, %d of them unknown\n", c.Name, target, len(list), len(unknown))
			found = append(found, unknown...)
			if *all {
				unknown = list
			}
			for _, d := range unknown {
				fmt.Println(" ", d)
			}
			if lines != nil {
				for _, d := range unknown {
					if err := lines.Encode(d); err != nil {
						return false, err
					}
				}
			}
		}
	}
	ok = len(found) == 0
	mend := 0
	for _, k := range known {
		if k.Met == 0 && complete {
			fmt.Printf("no longer met: %s (%s)\n", k.At, k.Why)
			ok = false
		}
		if k.Status == compare.ToMend {
			mend++
		}
	}
	fmt.Printf("%d unknown differences; %d entries are known, %d of them to mend\n", len(found), len(known), mend)
	return ok, nil
}
