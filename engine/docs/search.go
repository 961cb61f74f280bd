package docs

import (
	"slices"
	"strings"
)

// searchList holds a text for each resource that has one; the page looks for words in the joined texts.
type searchList struct {
	At   []int  `json:"at"`   // numbers of resources
	Text string `json:"text"` // one line each
}

type listBuilder struct {
	at    []int
	lines []string
}

func (b *listBuilder) add(i int, text string) {
	if text = strings.ReplaceAll(text, "\n", " "); text != "" {
		b.at, b.lines = append(b.at, i), append(b.lines, text)
	}
}

func (b *listBuilder) list() searchList {
	return searchList{At: append([]int{}, b.at...), Text: strings.Join(b.lines, "\n")}
}

// searchColumns are names of columns, and tags.
func (s *site) searchColumns() any {
	var columns, tags listBuilder
	for i, e := range s.entries {
		var names []string
		if t := s.catalog[e.id]; t != nil {
			for _, c := range t.Columns {
				names = append(names, c.Name)
			}
		}
		for _, c := range e.columns {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
		columns.add(i, strings.Join(names, "\t"))
		all := slices.Clone(e.tags)
		for _, c := range e.columns {
			for _, t := range c.Tags {
				if !slices.Contains(all, t) {
					all = append(all, t)
				}
			}
		}
		tags.add(i, strings.Join(all, "\t"))
	}
	return map[string]searchList{"columns": columns.list(), "tags": tags.list()}
}

// longest is how much of a description is searched.
const longest = 400

// searchTexts are descriptions of resources and of their columns.
func (s *site) searchTexts() any {
	var texts, columns listBuilder
	for i, e := range s.entries {
		texts.add(i, clip(s.md.plainText(e.description), longest))
		var of []string
		for _, c := range e.columns {
			if d := clip(s.md.plainText(c.Description), longest/2); d != "" {
				of = append(of, c.Name+": "+d)
			}
		}
		columns.add(i, strings.Join(of, "\t"))
	}
	return map[string]searchList{"texts": texts.list(), "columnTexts": columns.list()}
}

// clip cuts a text between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// searchCode are the words of the code, each once.
func (s *site) searchCode() any {
	var code listBuilder
	for i, e := range s.entries {
		src := ""
		switch {
		case e.node != nil && e.node.TestMetadata == nil: // that of a generic test calls its macro
			src = e.node.RawCode
		case e.macro != nil:
			src = e.macro.MacroSQL
		}
		if len(src) > 100_000 {
			src = src[:100_000]
		}
		seen := map[string]bool{}
		var words []string
		for _, w := range strings.FieldsFunc(src, func(r rune) bool {
			return r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80
		}) {
			if w = strings.ToLower(strings.Trim(w, ".")); len(w) > 2 && !seen[w] {
				seen[w] = true
				words = append(words, w)
			}
		}
		code.add(i, strings.Join(words, " "))
	}
	return map[string]searchList{"code": code.list()}
}
