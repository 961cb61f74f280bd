package lineage

import (
	"fmt"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// state is what is known of a node while the graph is being built.
type state struct {
	node *Node
	// src is nil for sources.
	src *manifest.Node
	// yaml are the columns that the project's YAML files name, all those that the catalog has.
	yaml, all []string
	query     *Query
	// entries are the query's columns with those that are not known.
	entries []entry
	done    bool
	running bool
	at      map[string]int // place of a column in node.Columns by folded name
	asking  map[string]bool
}

// listed are the columns that are known without the query.
func (s *state) listed() []string {
	if len(s.all) > 0 {
		return s.all
	}
	return s.yaml
}

// why says why there may be other columns than those listed.
func (s *state) why() string {
	switch {
	case len(s.all) > 0:
		return ""
	case s.node.Err != "":
		return fmt.Sprintf("the columns of %s are not known: %s", s.node.ID, s.node.Err)
	case len(s.yaml) > 0:
		return fmt.Sprintf("of %s only the columns in the YAML files are known (docs generate asks the warehouse)", s.node.ID)
	}
	return fmt.Sprintf("the columns of %s are not known (docs generate asks the warehouse)", s.node.ID)
}

func (s *state) add(b *builder, c Column) {
	k := b.fold(c.Name)
	if _, dup := s.at[k]; !dup {
		s.at[k] = len(s.node.Columns)
	}
	s.node.Columns = append(s.node.Columns, c)
}

// ask looks up a column that may be among those not known, and adds it to the node when it is.
func (s *state) ask(b *builder, name string) (string, bool) {
	k := b.fold(name)
	if i, ok := s.at[k]; ok {
		return s.node.Columns[i].Name, true
	}
	if s.running { // a model that reads its own table
		if i := slices.IndexFunc(s.all, func(c string) bool { return b.fold(c) == k }); i >= 0 {
			return s.all[i], true
		}
		return name, true
	}
	if s.query == nil || s.entries == nil {
		s.add(b, Column{Name: name, Untraced: s.node.Err})
		return name, true
	}
	if s.asking[k] { // a circle of relations that read each other
		return name, true
	}
	s.asking[k] = true
	r := &resolver{dialect: b.dialect, rows: &filters{}, budget: maxColumns}
	f, ok := r.opened(s.entries, name, "")
	if !ok {
		return "", false
	}
	s.add(b, Column{Name: f.name, From: f.org.from, Untraced: f.org.why})
	return f.name, true
}

// table is the node as a query sees it.
func (s *state) table(b *builder) *table {
	t := &table{node: s.node.ID, open: s.node.Open, ask: func(name string) (string, bool) { return s.ask(b, name) }}
	if s.running { // a model that reads its own table
		t.columns = s.listed()
		if t.open = s.why(); t.open != "" {
			t.open = "it reads its own table, and " + t.open
			for _, name := range s.query.itemNames() { // it has at least what the query gives
				if !slices.ContainsFunc(t.columns, func(c string) bool { return b.fold(c) == b.fold(name) }) {
					t.columns = append(slices.Clip(t.columns), name)
				}
			}
		}
		return t
	}
	t.columns = make([]string, len(s.node.Columns))
	for i, c := range s.node.Columns {
		t.columns[i] = c.Name
	}
	if len(s.all) > 0 {
		// The relation may have columns that the query has no more, or not yet.
		for _, c := range s.all {
			if _, ok := s.at[b.fold(c)]; !ok && t.open != "" {
				if spelled, ok := s.ask(b, c); ok {
					t.columns = append(t.columns, spelled)
				}
			}
		}
		t.open = ""
	}
	return t
}

// finish brings what the catalog and the YAML files know of the columns together with what the query says.
func (s *state) finish(b *builder) {
	if s.query == nil || s.node.Err != "" {
		return
	}
	missing := func(names []string, where string) {
		for _, name := range names {
			if _, ok := s.ask(b, name); !ok {
				s.add(b, Column{Name: name, Untraced: where})
			}
		}
	}
	if len(s.all) > 0 {
		missing(s.all, "the relation has it, the compiled query does not")
		order := make(map[string]int, len(s.all))
		for i, c := range s.all {
			order[b.fold(c)] = i - len(s.all)
		}
		slices.SortStableFunc(s.node.Columns, func(x, y Column) int { return order[b.fold(x.Name)] - order[b.fold(y.Name)] })
		s.node.Open = ""
	}
	missing(s.yaml, "the YAML files name it, the compiled query does not have it")
}

// addSnapshotColumns adds the columns that dbt adds to a snapshot's query, under the names that the config gives them.
func (s *state) addSnapshotColumns(b *builder) {
	if s.src.ResourceType != manifest.Snapshot {
		return
	}
	names, _ := s.src.ConfigValue("snapshot_meta_column_names").(*yamldoc.Map)
	name := func(of string) string {
		if v, ok := names.Get(of); ok {
			if text, ok := v.(string); ok && text != "" {
				return text
			}
		}
		return of
	}
	// What is computed from the query's own columns comes from where those come from.
	of := func(key string) origin {
		var o origin
		for _, c := range texts(s.src.ConfigValue(key)) {
			spelled, ok := s.ask(b, c)
			if !ok {
				o = o.merge(origin{why: fmt.Sprintf("%s is %q, which is no column of the query", key, c)})
				continue
			}
			col := s.node.Columns[s.at[b.fold(spelled)]]
			o = o.merge(origin{col.From, col.Untraced})
		}
		return o
	}
	s.running = false // its columns are known from here on
	updated, key := of("updated_at"), of("unique_key")
	checked := origin{}
	if strategy, _ := s.src.ConfigValue("strategy").(string); strategy == "check" {
		checked = of("check_cols")
		if c, _ := s.src.ConfigValue("check_cols").(string); c == "all" {
			checked = origin{}
			for _, c := range s.node.Columns {
				checked = checked.merge(origin{from: c.From})
			}
		}
	}
	for _, e := range checked.merge(key).merge(updated).from {
		if !slices.Contains(s.node.Filters, e.Ref) { // they decide whether a new version of the row comes in
			s.node.Filters = append(s.node.Filters, e.Ref)
		}
	}
	slices.SortFunc(s.node.Filters, Ref.compare)
	add := func(of string, o origin) { s.add(b, Column{Name: name(of), From: o.from, Untraced: o.why}) }
	add("dbt_scd_id", key.merge(updated).derive())
	add("dbt_updated_at", updated)
	add("dbt_valid_from", updated)
	add("dbt_valid_to", updated.derive())
	if hard, _ := s.src.ConfigValue("hard_deletes").(string); hard == "new_record" {
		add("dbt_is_deleted", origin{})
	}
}

// texts reads a config value that is a text or a list of texts.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	case []string:
		return v
	}
	return nil
}
