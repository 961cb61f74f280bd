package docs

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

func (s *site) columns(p *page, e *entry) {
	table := s.catalog[e.id]
	byColumn := map[string][]test{}
	for _, i := range s.testsOf[e.index] {
		t := s.test(i)
		if t.Column != "" {
			key := strings.ToLower(t.Column)
			byColumn[key] = append(byColumn[key], t)
		}
	}
	known := map[string]*manifest.Column{}
	for _, c := range e.columns {
		known[strings.ToLower(c.Name)] = c
	}
	add := func(name, typ, comment string, c *manifest.Column) {
		col := column{Name: name, Type: typ, Comment: comment, Tests: byColumn[strings.ToLower(name)]}
		if c != nil {
			col.Description = s.md.inline(c.Description)
			if col.Type == "" {
				col.Type = text(c.DataType)
			}
			for _, k := range c.Constraints {
				col.Badges = append(col.Badges, badge{"constraint", strings.ReplaceAll(k.Type, "_", " "), text(k.Expression)})
			}
			for _, t := range c.Tags {
				col.Badges = append(col.Badges, badge{"tag", t, "Tag"})
			}
		}
		if comment == "" || c != nil && strings.TrimSpace(c.Description) != "" {
			col.Comment = ""
		}
		p.ShowTypes = p.ShowTypes || col.Type != ""
		p.Columns = append(p.Columns, col)
	}
	if table != nil && len(table.Columns) > 0 {
		seen := map[string]bool{}
		for _, c := range table.Columns {
			key := strings.ToLower(c.Name)
			seen[key] = true
			add(c.Name, c.Type, text(c.Comment), known[key])
		}
		var missing []string
		for _, c := range e.columns {
			if !seen[strings.ToLower(c.Name)] {
				missing = append(missing, c.Name)
				add(c.Name, "", "", c)
			}
		}
		if len(missing) > 0 {
			p.Notes = append(p.Notes, "Described, but not in the warehouse: "+strings.Join(missing, ", "))
		}
	} else {
		for _, c := range e.columns {
			add(c.Name, "", "", c)
		}
		if l := s.lineageOf(e); l != nil && len(e.columns) == 0 {
			for _, c := range l.Columns {
				add(c.Name, "", "", nil)
			}
		}
	}
	p.HasColumnLineage = len(p.Columns) > 0 && s.in.Lineage != nil
}

func (s *site) tests(p *page, e *entry) {
	for _, i := range s.testsOf[e.index] {
		p.Tests = append(p.Tests, s.test(i))
	}
	// Tests of several resources belong to none: they are listed at each.
	for _, c := range s.children[e.index] {
		if x := s.entries[c]; (x.kind == manifest.Test || x.kind == unitTest) && s.tested(x) == nil {
			p.Tests = append(p.Tests, s.test(c))
		}
	}
}

func (s *site) test(i int) test {
	e := s.entries[i]
	t := test{Link: s.link(i), Name: e.name, Status: s.status(e)}
	if n := e.node; n != nil {
		t.Column = text(n.ColumnName)
		if md := n.TestMetadata; md != nil {
			t.Name = md.Name
			if md.Namespace != nil {
				t.Name = *md.Namespace + "." + md.Name
			}
			var details []string
			for k, v := range md.Kwargs.All() {
				if k != "column_name" && k != "model" {
					details = append(details, k+": "+plainValue(v))
				}
			}
			t.Detail = strings.Join(details, ", ")
		}
	}
	return t
}
