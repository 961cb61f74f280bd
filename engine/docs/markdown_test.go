package docs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMarkdown: what descriptions may be, and what of them does not reach the page.
func TestMarkdown(t *testing.T) {
	m := newMarkdown()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Plain words, user_id and all: (50 %).", "<p>Plain words, user_id and all: (50 %).</p>"},
		{"It's \"quoted\"", "<p>It&#39;s &#34;quoted&#34;</p>"},
		{"**bold** _it_ `x < 1`", "<p><strong>bold</strong> <em>it</em> <code>x &lt; 1</code></p>"},
		{"a_b_c _d_", "<p>a_b_c <em>d</em></p>"},
		{"- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"},
		{"line<br>break", "<p>line<br>break</p>"},
		{"<script>alert(1)</script>after", "after"},
		{`<b onclick="x()">b</b>`, "<p><b>b</b></p>"},
		{"[x](javascript:alert(1))", "<p>x</p>"},
		{"[x](https://example.com)", `<p><a href="https://example.com" rel="noreferrer">x</a></p>`},
		{"![logo](img/logo.png)", `<p><img src="img/logo.png" alt="logo"></p>`},
		{"![far](https://example.com/a.png)", `<p><a href="https://example.com/a.png" rel="noreferrer">far</a></p>`},
		{`<img src="//example.com/a.png">`, ""},
		{`<img src="https://example.com/a.png" alt="a">`, `<img alt="a">`},
		{`<div style="position:fixed">x</div>`, "<div>x</div>"},
		{"<iframe src=x></iframe>", ""},
		{"www.example.com", `<p><a href="http://www.example.com" rel="noreferrer">www.example.com</a></p>`},
	} {
		if diff := cmp.Diff(c.want, strings.TrimSpace(m.html(c.in))); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.in, diff)
		}
	}
}

// TestPlainIsWhatMarkdownGives: the short way for plain words gives what Markdown would.
func TestPlainIsWhatMarkdownGives(t *testing.T) {
	m := newMarkdown()
	for _, text := range []string{"A word", "user_id of the user", "Who; when: (10 % of it)", "a, b and c.", "What? Yes = no", "it's", `say "so"`, "x-y – z"} {
		if !plain.MatchString(text) {
			t.Errorf("%q takes the long way", text)
		}
		short := m.html(text)
		var b strings.Builder
		if err := m.engine.Convert([]byte(text), &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.policy.Sanitize(strings.TrimSpace(b.String())), short); diff != "" {
			t.Errorf("%q: -Markdown +short\n%s", text, diff)
		}
	}
}

func TestSafeURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.com/a?b=c": "https://example.com/a?b=c", "mailto:a@example.com": "mailto:a@example.com", "javascript:alert(1)": "", "JaVaScRiPt:alert(1)": "", " javascript:alert(1)": "",
		"data:text/html,x": "", "//example.com": "", "example": "", "ftp://example.com": "", "java\nscript:alert(1)": "", "": "",
	} {
		if got := safeURL(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzMarkdown: no text gives a script, a handler or a foreign image.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"# a\n\n![x](y)", "<img src=x onerror=y>", "[a](javascript:b)", "<svg/onload=x>", "| a |\n|---|\n| b |"} {
		f.Add(s)
	}
	m := newMarkdown()
	f.Fuzz(func(t *testing.T, s string) {
		out := strings.ToLower(m.html(s))
		for _, tag := range tags.FindAllString(out, -1) {
			for _, bad := range []string{"<script", "<style", "<iframe", "<svg", " onerror", " onload", " onclick", "href=\"javascript:", "src=\"http", "src=\"//"} {
				if strings.Contains(tag, bad) {
					t.Errorf("%q gives %q", s, tag)
				}
			}
		}
	})
}
