package ducklineage

import (
	"regexp"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// columnsStar is COLUMNS(…) with what chooses its columns.
type columnsStar struct {
	star   *lineage.Star
	choice tree.Value
}

// star turns `*`, `t.*` and COLUMNS(…) into the model.
func (c *converter) star(e tree.Value) *lineage.Star {
	s := &lineage.Star{Exclude: texts(e.Get("exclude_list")), Expand: e.Get("columns").True()}
	if rel := e.Get("relation_name").Text(); rel != "" {
		s.Qualifier = []string{rel}
	}
	for _, x := range e.Get("qualified_exclude_list").Items() {
		s.Exclude = append(s.Exclude, x.Get("column").Text())
	}
	for _, x := range e.Get("replace_list").Items() {
		s.Replace = append(s.Replace, lineage.Item{Name: x.Get("key").Text(), Expr: c.expr(x.Get("value"))})
	}
	for _, x := range e.Get("rename_list").Items() {
		if s.Rename == nil {
			s.Rename = map[string]string{}
		}
		s.Rename[x.Get("key").Get("column").Text()] = x.Get("value").Text()
	}
	choice := e.Get("expr")
	if s.Expand {
		c.columns = append(c.columns, columnsStar{s, choice})
	}
	if !choice.Is() {
		return s
	}
	switch {
	case choice.Get("class").Text() == "CONSTANT":
		if re, err := regexp.Compile(choice.Get("value").Get("value").Text()); err == nil {
			s.Match = re.MatchString
			return s
		}
	case choice.Get("function_name").Text() == "list_value":
		s.Only = []string{}
		for _, x := range choice.Get("children").Items() {
			switch x.Get("class").Text() {
			case "CONSTANT":
				s.Only = append(s.Only, x.Get("value").Get("value").Text())
			case "COLUMN_REF":
				if parts := texts(x.Get("column_names")); len(parts) > 0 {
					s.Only = append(s.Only, parts[len(parts)-1])
				}
			}
		}
		return s
	case choice.Get("function_name").Text() == "list_filter":
		if args := choice.Get("children").Items(); len(args) == 2 && args[1].Get("class").Text() == "LAMBDA" {
			if param := texts(args[1].Get("lhs").Get("column_names")); len(param) == 1 {
				if test := nameTest(args[1].Get("expr"), param[0]); test != nil {
					s.Match = test
					return s
				}
			}
		}
	}
	s.Unknown = "COLUMNS chooses by an expression that is not evaluated"
	return s
}

// starLike is `* LIKE 'a%'` and its kin, which choose columns by their names.
func (c *converter) starLike(e tree.Value) (*lineage.Star, bool) {
	args := e.Get("children").Items()
	if len(args) < 2 || len(args) > 3 || args[0].Get("class").Text() != "STAR" || args[0].Get("columns").True() {
		return nil, false
	}
	test := likeTest(e.Get("function_name").Text(), args[1:])
	if test == nil {
		return nil, false
	}
	s := c.star(args[0])
	s.Match = test
	return s, true
}

// unpacked is `*COLUMNS(…)`: all columns as arguments of one call.
func (c *converter) unpacked(e tree.Value) lineage.Expr {
	var args []lineage.Expr
	for _, x := range e.Get("children").Items() {
		arg := c.expr(x)
		if s, ok := arg.(*lineage.Star); ok {
			s.Expand = false
		}
		args = append(args, arg)
	}
	return &lineage.Call{Args: args}
}

// aliasTemplate makes names by an alias with \0 for the column's name and, where an expression chooses the columns, \1 for its groups.
func aliasTemplate(choice tree.Value, alias string) func(string) string {
	var re *regexp.Regexp
	if choice.Get("class").Text() == "CONSTANT" {
		var err error
		if re, err = regexp.Compile(choice.Get("value").Get("value").Text()); err != nil {
			return nil
		}
	}
	return func(name string) string {
		groups := []string{name}
		if re != nil {
			groups = re.FindStringSubmatch(name)
		}
		var b strings.Builder
		for i := 0; i < len(alias); i++ {
			if alias[i] == '\\' && i+1 < len(alias) && alias[i+1] >= '0' && alias[i+1] <= '9' {
				if n := int(alias[i+1] - '0'); n < len(groups) {
					b.WriteString(groups[n])
				}
				i++
				continue
			}
			b.WriteByte(alias[i])
		}
		return b.String()
	}
}

// nameTest is a condition on a column's name, called param in it; nil when it can't be told without running it.
func nameTest(e tree.Value, param string) func(string) bool {
	children := e.Get("children").Items()
	all := func(combine func(a, b bool) bool, start bool) func(string) bool {
		var tests []func(string) bool
		for _, x := range children {
			t := nameTest(x, param)
			if t == nil {
				return nil
			}
			tests = append(tests, t)
		}
		return func(name string) bool {
			out := start
			for _, t := range tests {
				out = combine(out, t(name))
			}
			return out
		}
	}
	isParam := func(x tree.Value) bool {
		parts := texts(x.Get("column_names"))
		return len(parts) == 1 && strings.EqualFold(parts[0], param)
	}
	switch e.Get("type").Text() {
	case "CONJUNCTION_AND":
		return all(func(a, b bool) bool { return a && b }, true)
	case "CONJUNCTION_OR":
		return all(func(a, b bool) bool { return a || b }, false)
	case "OPERATOR_NOT":
		if len(children) == 1 {
			if t := nameTest(children[0], param); t != nil {
				return func(name string) bool { return !t(name) }
			}
		}
	case "COMPARE_IN", "COMPARE_NOT_IN":
		if len(children) == 0 || !isParam(children[0]) {
			return nil
		}
		names := map[string]bool{}
		for _, x := range children[1:] {
			if x.Get("class").Text() != "CONSTANT" {
				return nil
			}
			names[x.Get("value").Get("value").Text()] = true
		}
		want := e.Get("type").Text() == "COMPARE_IN"
		return func(name string) bool { return names[name] == want }
	case "COMPARE_EQUAL", "COMPARE_NOTEQUAL":
		if isParam(e.Get("left")) && e.Get("right").Get("class").Text() == "CONSTANT" {
			value, want := e.Get("right").Get("value").Get("value").Text(), e.Get("type").Text() == "COMPARE_EQUAL"
			return func(name string) bool { return (name == value) == want }
		}
	case "FUNCTION":
		if len(children) > 1 && isParam(children[0]) {
			return likeTest(e.Get("function_name").Text(), children[1:])
		}
	}
	return nil
}

// likeTest is a test of a name against constants: a pattern, and the character of ESCAPE where there is one.
func likeTest(function string, args []tree.Value) func(string) bool {
	var texts []string
	for _, a := range args {
		if a.Get("class").Text() != "CONSTANT" || a.Get("value").Get("value").Kind() != tree.Text {
			return nil
		}
		texts = append(texts, a.Get("value").Get("value").Text())
	}
	p, escape := texts[0], ""
	if len(texts) == 2 {
		if escape = texts[1]; !strings.HasSuffix(function, "like_escape") {
			return nil
		}
	}
	not := func(t func(string) bool) func(string) bool { return func(s string) bool { return !t(s) } }
	switch function {
	case "~~", "like_escape":
		return like(p, escape, false)
	case "!~~", "not_like_escape":
		return not(like(p, escape, false))
	case "~~*", "ilike_escape":
		return like(p, escape, true)
	case "!~~*", "not_ilike_escape":
		return not(like(p, escape, true))
	case "starts_with", "prefix", "^@":
		return func(s string) bool { return strings.HasPrefix(s, p) }
	case "ends_with", "suffix":
		return func(s string) bool { return strings.HasSuffix(s, p) }
	case "contains":
		return func(s string) bool { return strings.Contains(s, p) }
	case "regexp_matches":
		if re, err := regexp.Compile(p); err == nil {
			return re.MatchString
		}
	case "regexp_full_match":
		if re, err := regexp.Compile("^(?:" + p + ")$"); err == nil {
			return re.MatchString
		}
	}
	return nil
}

// like is SQL's LIKE.
func like(pattern, escape string, foldCase bool) func(string) bool {
	var b strings.Builder
	b.WriteString("(?s")
	if foldCase {
		b.WriteString("i")
	}
	b.WriteString(")^")
	escaped := false
	for _, r := range pattern {
		switch {
		case !escaped && escape != "" && string(r) == escape:
			escaped = true
			continue
		case !escaped && r == '%':
			b.WriteString(".*")
		case !escaped && r == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		escaped = false
	}
	b.WriteString("$")
	re, err := regexp.Compile(b.String())
	if err != nil {
		return func(string) bool { return false }
	}
	return re.MatchString
}
