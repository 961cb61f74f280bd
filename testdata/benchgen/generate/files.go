package generate

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"
)

// write turns the parts into files.
func (p *Project) write() error {
	p.Files["dbt_project.yml"] = projectYAML
	p.Files["profiles.yml"] = profilesYAML
	for name, text := range macros {
		p.Files[name] = text
	}
	for i := range p.opts.Models / 200 {
		data := struct {
			Number  int
			Comment string
		}{i, p.sentence(9)}
		if err := p.execute(fmt.Sprintf("macros/clean/clean_%d.sql", i), cleanMacro, data); err != nil {
			return err
		}
	}
	for _, m := range p.parts.models {
		if err := p.modelFile(m); err != nil {
			return err
		}
	}
	p.modelYAML()
	p.sourceYAML()
	p.exposures()
	p.docs()
	for i, name := range p.parts.seeds {
		var b strings.Builder
		b.WriteString("code,label,weight\n")
		for k, code := range []string{"north", "south", "east", "west"} {
			fmt.Fprintf(&b, "%s,%s %d,%d\n", code, strings.ToUpper(code), i, k+1)
		}
		p.Files["seeds/"+name+".csv"] = b.String()
	}
	for _, db := range []string{"postgres", "duckdb"} {
		p.Files["setup/sources_"+db+".sql"] = p.setup(db)
	}
	return p.around()
}

func (p *Project) execute(name string, t *template.Template, data any) error {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return err
	}
	p.Files[name] = b.String()
	return nil
}

func (p *Project) modelFile(m *model) error {
	d := sqlData{model: m, Columns: columns, Helper: -1, Comment: p.sentence(p.rand.from(6, 14)), Lookback: 30 * p.rand.from(1, 6)}
	for i, parent := range m.Parents {
		if i == 0 {
			d.Base = parent.Name
		} else {
			d.Others = append(d.Others, other{fmt.Sprintf("other_%d", i), parent.Name})
		}
	}
	t := martSQL
	switch m.Layer {
	case "staging":
		t = stagingSQL
		d.Fees = feeNames[:p.rand.from(2, len(feeNames))]
		if helpers := p.opts.Models / 200; helpers > 0 {
			d.Helper = p.rand.below(helpers)
		}
	case "intermediate":
		t = intermediateSQL
		if p.rand.below(6) == 0 {
			d.Seed = pick(&p.rand, p.parts.seeds)
		}
	}
	return p.execute(m.Dir+"/"+m.Name+".sql", t, d)
}

// around writes the snapshots and the singular tests.
func (p *Project) around() error {
	var views, marts []*model
	for _, m := range p.parts.models {
		switch {
		case m.Layer == "staging" && m.Materialized == "view":
			views = append(views, m)
		case m.Layer == "marts":
			marts = append(marts, m)
		}
	}
	for i := range p.opts.Models / 200 {
		if err := p.execute("snapshots/"+views[i].Name+"_history.sql", snapshotSQL, views[i]); err != nil {
			return err
		}
	}
	for i := range p.opts.Models / 100 {
		p.tests++
		if err := p.execute(fmt.Sprintf("tests/closed_has_amount_%d.sql", i), singularSQL, pick(&p.rand, marts)); err != nil {
			return err
		}
	}
	return nil
}

var descriptions = map[string]string{
	"id": "Key of the record.", "buyer_id": "The buyer that the record belongs to.", "segment": "Code of the market segment.",
	"state": "How far the record is.", "amount": "Amount in full units of the currency.", "quantity": "Number of pieces.",
	"is_live": "Whether the record still counts.", "opened_at": "When the record was made.", "changed_at": "When the record last changed.",
	"record_hash": "Hash of the key columns.", "unit_amount": "Amount of one piece.",
}

// modelYAML writes one file for ten models of a folder, each with four tests.
func (p *Project) modelYAML() {
	byDir := map[string][]*model{}
	var dirs []string
	for _, m := range p.parts.models {
		if byDir[m.Dir] == nil {
			dirs = append(dirs, m.Dir)
		}
		byDir[m.Dir] = append(byDir[m.Dir], m)
	}
	for _, dir := range dirs {
		for i, ten := range slices.Collect(slices.Chunk(byDir[dir], 10)) {
			var b strings.Builder
			b.WriteString("version: 2\n\nmodels:\n")
			for _, m := range ten {
				p.modelEntry(&b, m)
			}
			p.Files[fmt.Sprintf("%s/_%s_%d.yml", dir, path.Base(dir), i)] = b.String()
		}
	}
}

func (p *Project) modelEntry(b *strings.Builder, m *model) {
	fmt.Fprintf(b, "  - name: %s\n", m.Name)
	if p.rand.below(3) == 0 {
		fmt.Fprintf(b, "    description: \"{{ doc('%s') }}\"\n", pick(&p.rand, p.parts.docs))
	} else {
		fmt.Fprintf(b, "    description: >\n      %s\n      %s\n", p.sentence(14), p.sentence(11))
	}
	fmt.Fprintf(b, "    config:\n      meta:\n        steward: %s-team\n        reviewed: %d\n    columns:\n", m.Topic, 2020+p.rand.below(6))
	names := append(slices.Clone(columns), "record_hash")
	if m.Layer == "intermediate" {
		names[len(names)-1] = "unit_amount"
	}
	for _, column := range names {
		fmt.Fprintf(b, "      - name: %s\n        description: %s\n", column, descriptions[column])
		switch column {
		case "id":
			b.WriteString("        data_tests:\n          - unique\n          - not_null\n")
			p.tests += 2
			if parent := m.solid(); parent != nil {
				fmt.Fprintf(b, "          - relationships:\n              arguments:\n                to: ref('%s')\n                field: id\n              config:\n                severity: warn\n", parent.Name)
				p.tests++
			}
		case "state":
			b.WriteString("        data_tests:\n          - accepted_values:\n              arguments:\n                values: ['open', 'paid', 'sent', 'closed']\n")
			p.tests++
		case "amount":
			if m.solid() == nil {
				b.WriteString("        data_tests:\n          - at_least:\n              arguments:\n                limit: 0\n")
				p.tests++
			}
		}
	}
	b.WriteString("\n")
}

func (p *Project) sourceYAML() {
	bySystem := map[string][]*table{}
	for _, t := range p.parts.tables {
		bySystem[t.System] = append(bySystem[t.System], t)
	}
	for _, system := range systems {
		tables := bySystem[system]
		if tables == nil {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "version: 2\n\nsources:\n  - name: %s\n    description: %s\n    schema: \"{{ var('raw_schema') }}\"\n    tables:\n", system, p.sentence(9))
		for _, t := range tables {
			fmt.Fprintf(&b, "      - name: %s\n        identifier: %s_%s\n        description: %s\n        columns:\n          - name: id\n"+
				"            description: Key of the row.\n            data_tests:\n              - not_null\n", t.Name, t.System, t.Name, p.sentence(8))
			p.tests++
		}
		p.Files["models/staging/"+system+"/_sources.yml"] = b.String()
	}
}

func (p *Project) exposures() {
	marts := p.parts.levels[levels+1]
	if len(marts) == 0 || p.opts.Models < 40 {
		return
	}
	var b strings.Builder
	b.WriteString("version: 2\n\nexposures:\n")
	for i := range p.opts.Models / 40 {
		topic := pick(&p.rand, topics)
		fmt.Fprintf(&b, "  - name: %s_board_%d\n    label: Board %d\n    type: %s\n    maturity: %s\n    url: https://boards.example.com/%d\n    description: %s\n    depends_on:\n",
			topic, i, i, pick(&p.rand, []string{"dashboard", "notebook", "analysis", "application"}), pick(&p.rand, []string{"high", "medium", "low"}), i, p.sentence(10))
		for _, m := range []*model{pick(&p.rand, marts), pick(&p.rand, marts)} {
			fmt.Fprintf(&b, "      - ref('%s')\n", m.Name)
		}
		fmt.Fprintf(&b, "    owner:\n      name: %s team\n      email: team@example.com\n\n", topic)
	}
	p.Files["models/marts/_exposures.yml"] = b.String()
}

func (p *Project) docs() {
	var b strings.Builder
	for i, name := range p.parts.docs {
		fmt.Fprintf(&b, "{%% docs %s %%}\n## Topic %d\n\n%s\n\n- %s\n- %s\n{%% enddocs %%}\n\n", name, i, p.sentence(22), p.sentence(8), p.sentence(7))
	}
	p.Files["models/docs.md"] = b.String()
}

// setup is the SQL that makes the source tables, one statement a line.
func (p *Project) setup(db string) string {
	rows := fmt.Sprintf("generate_series(1, %d) as g(i)", p.opts.Rows)
	if db == "duckdb" {
		rows = fmt.Sprintf("range(1, %d) as g(i)", p.opts.Rows+1)
	}
	var b strings.Builder
	b.WriteString("create schema if not exists raw_bench;\n")
	for k, t := range p.parts.tables {
		fmt.Fprintf(&b, "create table if not exists raw_bench.%s_%s as select cast(i as integer) as id, cast(i %% 7 as integer) as buyer_id, "+
			"case i %% 4 when 0 then 'north' when 1 then 'south' when 2 then 'east' else 'west' end as segment_code, "+
			"case i %% 4 when 0 then 'O' when 1 then 'P' when 2 then 'S' else 'X' end as state_code, "+
			"cast(i * %d as integer) as amount_cents, cast(1 + i %% 9 as integer) as quantity, ", t.System, t.Name, 31+k)
		for f, fee := range feeNames {
			fmt.Fprintf(&b, "cast(i * %d %% 700 as integer) as %s_cents, ", 101+f, fee)
		}
		fmt.Fprintf(&b, "cast(null as timestamp) as removed_at, cast('2026-01-01' as timestamp) + i * interval '1 day' as opened_at, "+
			"cast('2026-02-01' as timestamp) + i * interval '1 hour' as changed_at from %s;\n", rows)
	}
	return b.String()
}

const projectYAML = `name: bench
version: '1.0.0'
config-version: 2
profile: bench

vars:
  batch: nightly
  raw_schema: raw_bench

flags:
  send_anonymous_usage_stats: false
  require_generic_test_arguments_property: true

models:
  bench:
    staging:
      +tags: ["daily"]
    intermediate:
      +materialized: view
    marts:
      +materialized: table
      +schema: marts
      +meta:
        owner: analytics

seeds:
  bench:
    +quote_columns: false
`

const profilesYAML = `bench:
  target: "{{ env_var('BENCH_TARGET', 'duckdb') }}"
  outputs:
    duckdb:
      type: duckdb
      path: "{{ env_var('BENCH_DUCKDB', 'bench.duckdb') }}"
      schema: dev
      threads: 4
    postgres:
      type: postgres
      host: "{{ env_var('PGHOST', '127.0.0.1') }}"
      port: "{{ env_var('PGPORT', '5432') | as_number }}"
      user: "{{ env_var('PGUSER', 'postgres') }}"
      password: "{{ env_var('PGPASSWORD', '') }}"
      dbname: "{{ env_var('PGDATABASE', 'postgres') }}"
      schema: dev
      threads: 4
`
