package docs

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders descriptions to HTML that is safe to show. It may be used concurrently.
type markdown struct {
	engine goldmark.Markdown
	policy *bluemonday.Policy
	done   sync.Map // text → HTML: docs blocks and stock phrases stand at many columns
}

func newMarkdown() *markdown {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "b", "i", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "kbd", "code", "pre",
		"blockquote", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "abbr", "cite", "q", "span", "div")
	p.AllowTables()
	p.AllowStandardURLs()
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowAttrs("href").OnElements("a")
	p.RequireNoFollowOnLinks(false)
	p.RequireNoReferrerOnLinks(true)
	// Images come from the project's own folders only: one from elsewhere would be a request to somebody.
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^[\w][\w. %-]*(?:/[\w. %-]+)*$`)).OnElements("img")
	p.AllowAttrs("alt", "title").OnElements("img")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[\w-]+$`)).OnElements("code")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	return &markdown{
		engine: goldmark.New(
			goldmark.WithExtensions(extension.GFM),
			goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(remoteImages{}, 100))),
			goldmark.WithRendererOptions(gmhtml.WithUnsafe())), // bluemonday takes out what is not safe
		policy: p,
	}
}

// remoteImages makes links of the images that lie elsewhere.
type remoteImages struct{}

func (remoteImages) Transform(doc *ast.Document, _ gmtext.Reader, _ parser.Context) {
	var remote []*ast.Image
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if img, ok := n.(*ast.Image); ok && entering {
			if u, err := url.Parse(string(img.Destination)); err != nil || u.Scheme != "" || u.Host != "" {
				remote = append(remote, img)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, img := range remote {
		link := ast.NewLink()
		link.Destination, link.Title = img.Destination, img.Title
		for c := img.FirstChild(); c != nil; c = img.FirstChild() {
			link.AppendChild(link, c)
		}
		if link.ChildCount() == 0 {
			link.AppendChild(link, ast.NewString(img.Destination))
		}
		img.Parent().ReplaceChild(img.Parent(), img, link)
	}
}

// plain is text in which Markdown has nothing to do.
var plain = regexp.MustCompile(`^[\pL(][\pL\pN ,.;:'"()/%=?–—-]*(?:[\pL\pN]_[\pL\pN][\pL\pN ,.;:'"()/%=?–—-]*)*$`)

// html renders a text. The result is sanitised.
func (m *markdown) html(src string) string {
	if strings.TrimSpace(src) == "" {
		return ""
	}
	if len(src) < 2000 && plain.MatchString(src) && !strings.Contains(src, "://") && !strings.Contains(src, "www.") && !strings.Contains(src, "  ") {
		return "<p>" + html.EscapeString(src) + "</p>"
	}
	if out, ok := m.done.Load(src); ok {
		return out.(string)
	}
	var b bytes.Buffer
	out := ""
	if err := m.engine.Convert([]byte(src), &b); err != nil {
		out = "<p>" + html.EscapeString(src) + "</p>" // the text itself is better than nothing
	} else {
		out = m.policy.Sanitize(b.String())
	}
	m.done.Store(src, out)
	return out
}

// inline is html for a place within a line: one paragraph loses its tags.
func (m *markdown) inline(src string) string {
	out := strings.TrimSpace(m.html(src))
	if in, ok := strings.CutPrefix(out, "<p>"); ok {
		if in, ok = strings.CutSuffix(in, "</p>"); ok && !strings.Contains(in, "<p>") {
			return in
		}
	}
	return out
}

var tags = regexp.MustCompile(`<[^>]*>`)

// plainText is a description without its marks, for search and short lines.
func (m *markdown) plainText(src string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(m.html(src), " "))), " ")
}

// safeURL gives an address that may stand in a link, "" for any other: javascript: and their like run as code.
func safeURL(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" && u.Scheme != "mailto" {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "mailto":
		return u.String()
	}
	return ""
}
