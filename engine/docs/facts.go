package docs

import (
	"regexp"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func (s *site) facts(p *page, e *entry) {
	add := func(name, value string) {
		if value != "" {
			p.Facts = append(p.Facts, fact{Name: name, Value: value})
		}
	}
	addCode := func(name, value string) {
		if value != "" {
			p.Facts = append(p.Facts, fact{Name: name, Value: value, Code: true})
		}
	}
	table := s.catalog[e.id]
	if n := e.node; n != nil {
		addCode("Relation", readable(text(n.RelationName)))
	}
	if x := e.source; x != nil {
		addCode("Relation", readable(x.RelationName))
		add("Loader", x.Loader)
		addCode("Loaded at", text(x.LoadedAtField))
		for _, level := range []string{"warn_after", "error_after"} {
			if c := x.Freshness.Map(level); c.Value("count") != nil {
				add(map[string]string{"warn_after": "Warns after", "error_after": "Stale after"}[level], counted(plainValue(c.Value("count")), c.Str("period")))
			}
		}
	}
	if table != nil {
		add("Type", strings.ToLower(table.Type))
		add("Owner in the warehouse", text(table.Owner))
	}
	if size, ok := s.in.Sizes[e.id]; ok {
		if size.Rows >= 0 {
			add("Rows", thousands(size.Rows))
		}
		if size.Bytes >= 0 {
			add("Size", bytesText(size.Bytes))
		}
	} else if s.in.Sizes != nil && table != nil && strings.EqualFold(table.Type, "view") {
		add("Rows", "not counted, as it is a view")
	}
	if table != nil {
		for _, st := range table.Stats {
			if st.Include && st.ID != "has_stats" {
				v := yamldoc.Text(st.Value)
				switch n := st.Value.(type) {
				case float64:
					v = thousands(int64(n))
				case int64:
					v = thousands(n)
				}
				add(st.Label, v)
			}
		}
	}
	if r := s.results[e.id]; r != nil {
		if len(r.Timing) > 0 {
			if at, err := time.Parse(time.RFC3339Nano, r.Timing[len(r.Timing)-1].CompletedAt); err == nil {
				add("Last run", at.UTC().Format("2006-01-02 15:04:05")+" UTC")
			}
		}
		if r.ExecutionTime > 0 {
			add("Took", duration(r.ExecutionTime))
		}
	}
	s.ownership(p, e)
	if u := e.unit; u != nil {
		add("Tests the model", u.Model)
	}
	if e.kind == manifest.FunctionType {
		addCode("Returns", e.node.Returns.DataType)
		add("What it returns", text(e.node.Returns.Description))
	}
	if n := e.node; n != nil && e.kind == manifest.Test {
		add("Severity", plainValue(n.ConfigValue("severity")))
		addCode("Column", text(n.ColumnName))
	}
	if x := e.macro; x != nil && len(x.SupportedLanguages) > 0 {
		add("Languages", strings.Join(x.SupportedLanguages, ", "))
	}
	if e.node != nil && len(e.node.PrimaryKey) > 0 {
		addCode("Primary key", strings.Join(e.node.PrimaryKey, ", "))
	}
	add("Package", e.pkg)
	addCode("File", e.path)
	if e.patch != "" && e.patch != e.path {
		addCode("Described in", e.patch)
	}
}

// readable takes the quotes from a relation's name where it means the same without them.
func readable(relation string) string {
	if simpleRelation.MatchString(relation) {
		return strings.ReplaceAll(relation, `"`, "")
	}
	return relation
}

var simpleRelation = regexp.MustCompile(`^"[a-z_][a-z0-9_]*"(?:\."[a-z_][a-z0-9_]*")*$`)

func (s *site) ownership(p *page, e *entry) {
	owner := func(o manifest.Owner) {
		name := text(o.Name)
		mail := plainValue(o.Email)
		if o.Email == nil {
			mail = ""
		}
		f := fact{Name: "Owner", Value: name}
		if name == "" {
			f.Value = mail
		} else if mail != "" {
			f.Value += " <" + mail + ">"
		}
		if strings.Contains(mail, "@") && !strings.ContainsAny(mail, " ,<>?&") {
			f.Href = safeURL("mailto:" + mail)
		}
		if f.Value != "" {
			p.Facts = append(p.Facts, f)
		}
	}
	if x := e.exposure; x != nil {
		owner(x.Owner)
		if x.URL != nil && *x.URL != "" {
			p.Facts = append(p.Facts, fact{Name: "URL", Value: *x.URL, Href: safeURL(*x.URL)})
		}
	}
	if e.group != "" {
		p.Facts = append(p.Facts, fact{Name: "Group", Value: e.group})
		for _, id := range s.in.Manifest.GroupOrder {
			if g := s.in.Manifest.Groups[id]; g.Name == e.group {
				owner(g.Owner)
				break
			}
		}
	} else if o, ok := e.meta.Value("owner").(string); ok {
		p.Facts = append(p.Facts, fact{Name: "Owner", Value: o})
	}
}
