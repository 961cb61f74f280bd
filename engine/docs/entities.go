package docs

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// relation is a line of the entity diagram: a column refers to a column of another resource.
type relation struct {
	From       int    `json:"f"`
	FromColumn string `json:"fc"`
	To         int    `json:"t"`
	ToColumn   string `json:"tc"`
	// By is test or constraint; One tells that the referring column is unique.
	By     string `json:"by"`
	One    bool   `json:"one"`
	Status string `json:"status,omitempty"`
}

type entityShard struct {
	Entities  []entity   `json:"entities"`
	Relations []relation `json:"relations"`
}

type entity struct {
	Node    int            `json:"i"`
	Columns []entityColumn `json:"columns"`
	// More is how many columns are left out, which are no keys.
	More int `json:"more"`
}

type entityColumn struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
	Key  string `json:"key,omitempty"` // primary, foreign, or both with a blank between
}

// relations reads the relationships tests and the foreign keys.
func (s *site) relations() []relation {
	var out []relation
	add := func(r relation) {
		for _, x := range out {
			if x.From == r.From && x.To == r.To && strings.EqualFold(x.FromColumn, r.FromColumn) && strings.EqualFold(x.ToColumn, r.ToColumn) {
				return
			}
		}
		out = append(out, r)
	}
	relationNames := map[string]int{}
	for i, e := range s.entries[:s.core] {
		switch {
		case e.node != nil && e.node.RelationName != nil:
			relationNames[*e.node.RelationName] = i
		case e.source != nil:
			relationNames[e.source.RelationName] = i
		}
	}
	for i, e := range s.entries {
		if e.kind == manifest.Test && e.node.TestMetadata != nil && e.node.TestMetadata.Name == "relationships" {
			from := s.tested(e)
			field, _ := e.node.TestMetadata.Kwargs.Value("field").(string)
			if from == nil || field == "" || len(s.parents[i]) == 0 {
				continue
			}
			to := from.index // a table that refers to itself has one parent
			for _, p := range s.parents[i] {
				if p != from.index {
					to = p
				}
			}
			r := relation{From: from.index, FromColumn: strings.Trim(text(e.node.ColumnName), `"`), To: to, ToColumn: strings.Trim(field, `"`), By: "test"}
			if st := s.status(e); st != nil {
				r.Status = st.Class
			}
			add(r)
		}
	}
	for i, e := range s.entries[:s.core] {
		if e.node == nil {
			continue
		}
		foreign := func(c manifest.Constraint, columns []string) {
			to, ok := relationNames[text(c.To)]
			if c.Type != "foreign_key" || !ok {
				return
			}
			for k, name := range columns {
				target := name
				if k < len(c.ToColumns) {
					target = c.ToColumns[k]
				}
				add(relation{From: i, FromColumn: name, To: to, ToColumn: target, By: "constraint"})
			}
		}
		for _, c := range e.node.Constraints {
			foreign(c, c.Columns)
		}
		for _, col := range e.columns {
			for _, c := range col.Constraints {
				foreign(c, []string{col.Name})
			}
		}
	}
	for k := range out {
		out[k].One = s.unique(out[k].From, out[k].FromColumn)
	}
	return out
}

// unique tells whether a column has a unique test or is a key by itself.
func (s *site) unique(i int, column string) bool {
	for _, t := range s.testsOf[i] {
		n := s.entries[t].node
		if n != nil && n.TestMetadata != nil && n.TestMetadata.Name == "unique" && strings.EqualFold(text(n.ColumnName), column) {
			return true
		}
	}
	return slices.ContainsFunc(s.primary(i), func(c string) bool { return len(s.primary(i)) == 1 && strings.EqualFold(c, column) })
}

// primary are the columns of the primary key, as constraints, tests or the manifest tell it.
func (s *site) primary(i int) []string {
	n := s.entries[i].node
	if n == nil {
		return nil
	}
	if len(n.PrimaryKey) > 0 {
		return n.PrimaryKey
	}
	return n.ConstraintKey()
}

// ownKeys tells whether each column of the primary key is unique by itself, as where the manifest lists all that tests tell of.
func (s *site) ownKeys(i int) bool {
	return !slices.ContainsFunc(s.primary(i), func(c string) bool { return !s.unique(i, c) })
}

// mostColumns is how many columns an entity shows.
const mostColumns = 12

func (s *site) entities() entityShard {
	out := entityShard{Entities: []entity{}, Relations: s.links}
	if out.Relations == nil {
		out.Relations = []relation{}
	}
	keys := map[int]map[string]string{}
	mark := func(i int, column, kind string) {
		if keys[i] == nil {
			keys[i] = map[string]string{}
		}
		k := strings.ToLower(column)
		if !strings.Contains(keys[i][k], kind) {
			keys[i][k] = strings.TrimSpace(keys[i][k] + " " + kind)
		}
	}
	for _, r := range s.links {
		for _, i := range []int{r.From, r.To} {
			for k, c := range s.primary(i) {
				if k > 0 && s.ownKeys(i) {
					mark(i, c, "unique")
				} else {
					mark(i, c, "primary")
				}
			}
		}
		mark(r.From, r.FromColumn, "foreign")
		if keys[r.To][strings.ToLower(r.ToColumn)] == "" {
			mark(r.To, r.ToColumn, "referred")
		}
	}
	numbers := make([]int, 0, len(keys))
	for i := range keys {
		numbers = append(numbers, i)
	}
	slices.Sort(numbers)
	for _, i := range numbers {
		e := s.entries[i]
		x := entity{Node: i}
		var columns []entityColumn
		if t := s.catalog[e.id]; t != nil {
			for _, c := range t.Columns {
				columns = append(columns, entityColumn{Name: c.Name, Type: c.Type, Key: keys[i][strings.ToLower(c.Name)]})
			}
		}
		if len(columns) == 0 {
			for _, c := range e.columns {
				columns = append(columns, entityColumn{Name: c.Name, Type: text(c.DataType), Key: keys[i][strings.ToLower(c.Name)]})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(keys[i])) { // keys that nobody lists
			if !slices.ContainsFunc(columns, func(c entityColumn) bool { return strings.EqualFold(c.Name, name) }) {
				columns = append(columns, entityColumn{Name: name, Key: keys[i][name]})
			}
		}
		slices.SortStableFunc(columns, func(a, b entityColumn) int { return cmp.Compare(keyRank(a.Key), keyRank(b.Key)) })
		for _, c := range columns {
			if c.Key != "" || len(x.Columns) < mostColumns {
				x.Columns = append(x.Columns, c)
			} else {
				x.More++
			}
		}
		out.Entities = append(out.Entities, x)
	}
	return out
}

func keyRank(k string) int {
	switch {
	case strings.Contains(k, "primary"):
		return 0
	case k != "":
		return 1
	}
	return 2
}
