package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/testdata/benchgen/generate"
)

// Case is a project and what is done with it.
type Case struct {
	Name    string
	Targets []string
	// Write puts the project into a folder; the harness adds profiles.yml.
	Write func(dir string) error
	// Setup is SQL that the warehouse of a target needs first.
	Setup func(dir, target string) (string, error)
	// Prepare are arguments of gdbt that fill the warehouse of either tool;
	// {root} is the repository.
	Prepare []string
	Steps   []Step
}

// Step is one command. What it leaves behind is compared after each.
type Step struct {
	// Name is its name in places; the first argument when it is empty.
	Name string
	Args []string
}

func (s Step) name() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Args[0]
}

func step(name string, args ...string) Step { return Step{Name: name, Args: args} }

var both = []string{"duckdb", "postgres"}

// Cases are all projects; root is the folder of the repository.
func Cases(root string) []Case {
	folder := func(path ...string) func(string) error {
		from := filepath.Join(append([]string{root}, path...)...)
		return func(dir string) error { return os.CopyFS(dir, os.DirFS(from)) }
	}
	own := func(name string) func(string) error { return folder("testdata", "parity", "projects", name) }
	return []Case{
		{
			Name: "shop", Targets: both, Write: folder("testdata", "projects", "shop"),
			Steps: []Step{
				step("parse", "parse"),
				step("build", "build"),
				step("again", "build"),
				step("full-refresh", "build", "--full-refresh", "--select", "daily_orders+"),
				step("list", "list", "--output", "json"),
				step("compile", "compile"),
			},
		},
		{
			Name: "medical_warehouse", Targets: both,
			Write:   folder("project"),
			Prepare: []string{"source", "load", "--vars", "{lake: '{root}/testdata/lake'}"},
			Steps:   []Step{step("parse", "parse"), step("build", "build"), step("again", "build")},
		},
		{
			Name: "generated", Targets: both,
			Write: func(dir string) error {
				o := generate.Defaults()
				o.Models, o.Rows = 30, 20
				p, err := generate.New(o)
				if err != nil {
					return err
				}
				return p.Write(dir)
			},
			Setup: func(dir, target string) (string, error) {
				raw, err := os.ReadFile(filepath.Join(dir, "setup", "sources_"+target+".sql"))
				if err != nil {
					return "", fmt.Errorf("the generated project: %w", err)
				}
				return string(raw), nil
			},
			Steps: []Step{step("parse", "parse"), step("build", "build")},
		},
		{
			Name: "everything", Targets: both, Write: own("everything"),
			Setup: func(string, string) (string, error) {
				return `create schema analytics_raw;
					create table analytics_raw.orders_in (id integer, customer_id integer, amount numeric(10,2), status varchar(20), ordered_at timestamp);
					insert into analytics_raw.orders_in values (1, 10, 12.50, 'placed', '2026-01-01 10:00:00'), (2, 11, 7.25, 'shipped', '2026-01-02 11:30:00'),
						(3, 10, null, 'returned', '2026-01-03'), (4, 12, 100, 'placed', '2026-01-03 12:00:00');
					create table analytics_raw.customers_in (id integer, name varchar(20), country varchar(2), updated_at date);
					insert into analytics_raw.customers_in values (10, 'Ada', 'GB', '2026-01-01'), (11, 'Brook', 'US', '2026-01-02'), (12, 'Chen', 'CN', '2026-01-03');`, nil
			},
			Steps: []Step{
				step("parse", "parse"),
				step("build", "build"),
				step("again", "build", "--vars", "{batch: 2}"),
				step("list", "list", "--output", "json"),
				step("list-selectors", "list", "--exclude", "resource_type:test", "--output", "path"),
				step("test-store", "test", "--store-failures"),
				step("operation", "run-operation", "say", "--args", "{what: hello, times: 2}"),
				step("docs", "docs", "generate"),
				step("freshness", "source", "freshness"),
			},
		},
		{
			Name: "unit_tests", Targets: both, Write: own("unit_tests"),
			Setup: func(string, string) (string, error) {
				return "create schema analytics; create table analytics.raw_notes (customer_id integer, note varchar(20));", nil
			},
			// dbt's build runs the tests of one model in the order of a set and skips them behind the first that fails: one is left.
			Steps: []Step{
				step("parse", "parse"), step("list", "list", "--output", "json"), step("seed", "seed"), step("run", "run"), step("test", "test"),
				step("build", "build", "--exclude", "wrong", "from_fixture", "overridden", "unknown_column", "not_given", "every_version"),
				step("list-type", "list", "--select", "test_type:unit", "--exclude", "unit_test:no_*"),
			},
		},
		{
			Name: "incremental", Targets: both, Write: own("incremental"),
			Steps: []Step{
				step("first", "build"),
				step("second", "build", "--vars", "{batch: 2}"),
				step("third", "build", "--vars", "{batch: 3, extra: true}"),
				step("empty", "run", "--empty"),
				step("full-refresh", "build", "--full-refresh"),
			},
		},
		{
			Name: "language", Targets: both, Write: own("language"),
			Steps: []Step{
				step("first", "build", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-04"),
				step("second", "build", "--vars", "{round: 2}", "--event-time-start", "2024-01-03", "--event-time-end", "2024-01-04"),
				step("batch-fails", "run", "--select", "daily+", "--vars", "{bad: 20240102}", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-04"),
				step("batch-retry", "retry", "--vars", "{bad: ''}"),
				step("sample", "run", "--select", "described", "--sample", "{start: 2024-01-02 00:00:00, end: 2024-01-03 00:00:00}"),
				step("freshness", "source", "freshness"),
				step("list", "list", "--output", "json"),
			},
		},
		{
			Name: "failures", Targets: both, Write: own("failures"),
			Steps: []Step{
				step("build", "build"),
				step("fail-fast", "build", "--fail-fast", "--select", "good", "bad_sql+", "--exclude", "resource_type:test"),
				step("run", "run"),
				step("test", "test"),
				step("warn-error", "test", "--warn-error", "--select", "warned"),
				step("rerun", "run", "--select", "bad_sql+", "good"),
				step("retry", "retry"),
				step("nothing", "run", "--select", "nothing_here"),
			},
		},
		{
			Name: "warehouse_objects", Targets: []string{"postgres"}, Write: own("warehouse_objects"),
			Steps: []Step{
				step("first", "build"),
				step("second", "build"),
				step("changed", "build", "--vars", "{change: index}"),
				step("continue", "run", "--select", "mv_continue", "--vars", "{change: continue}"),
				step("fail", "run", "--select", "mv_fail", "--vars", "{change: fail}"),
				step("full-refresh", "run", "--full-refresh"),
				step("swapped", "run", "--vars", "{kind: swapped}"),
			},
		},
	}
}
