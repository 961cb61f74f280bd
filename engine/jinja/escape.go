package jinja

import "strings"

var htmlEscaper = strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;")

// escapeValue is markupsafe.escape: Markup stays, all else is escaped.
func escapeValue(v Value) Value {
	if m, ok := v.(Markup); ok {
		return m
	}
	return Markup(htmlEscaper.Replace(v.String()))
}

// unescapeHTML takes the entities back that escape makes, and the usual others.
var htmlUnescaper = strings.NewReplacer("&amp;", "&", "&gt;", ">", "&lt;", "<", "&#39;", "'", "&#34;", `"`, "&quot;", `"`,
	"&apos;", "'", "&nbsp;", "\u00a0")

// stripTags is Markup.striptags: comments and tags out, spaces joined.
func stripTags(s string) string {
	cut := func(s, open, end string) string {
		for {
			i := strings.Index(s, open)
			if i < 0 {
				return s
			}
			j := strings.Index(s[i:], end)
			if j < 0 {
				return s
			}
			s = s[:i] + s[i+j+len(end):]
		}
	}
	s = cut(s, "<!--", "-->")
	s = cut(s, "<", ">")
	return htmlUnescaper.Replace(strings.Join(strings.FieldsFunc(s, isSpace), " "))
}
