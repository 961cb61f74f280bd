package jinja

import (
	"regexp"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

var (
	urlHTTP = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})|([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)|` +
			`(https?://)((\d{1,3}(\.\d{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}\])))(:\d{1,5})?([/?#]\S*)?$`)
	})
	urlEmail = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\S+@\w[\w.-]*\.\w+$`) })
	urlHead  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([(<]|&lt;)+`) })
	urlTail  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([)>.,\n]|&gt;)+$`) })
	urlExtra = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([\w.+-]{2,}:(/){0,2})$`) })
)

func urlizeFilter(t *Thread, v Value, a []Value) (Value, error) {
	if err := checkUse(v); err != nil {
		return nil, err
	}
	limit := -1
	if a[0] != None {
		n, err := intArg(a[0])
		if err != nil {
			return nil, err
		}
		limit = n
	}
	rels := map[string]bool{"noopener": true}
	if a[3] != None {
		for _, r := range strings.Fields(a[3].String()) {
			rels[r] = true
		}
	}
	if a[1].Truth() {
		rels["nofollow"] = true
	}
	attrs := ""
	names := make([]string, 0, len(rels))
	for r := range rels {
		names = append(names, r)
	}
	sort.Strings(names)
	attrs = ` rel="` + htmlEscaper.Replace(strings.Join(names, " ")) + `"`
	if a[2] != None && a[2].Truth() {
		attrs += ` target="` + htmlEscaper.Replace(a[2].String()) + `"`
	}
	var schemes []string
	if a[4] != None {
		elems, err := listOf(a[4])
		if err != nil {
			return nil, err
		}
		for _, e := range elems {
			s := e.String()
			if !urlExtra().MatchString(s) {
				return nil, raise("FilterArgumentError", reprString(s)+" is not a valid URI scheme prefix.")
			}
			schemes = append(schemes, s)
		}
	}
	out := urlize(escapeValue(v).String(), limit, attrs, schemes)
	if t.autoescape {
		return Markup(out), nil
	}
	return Str(out), nil
}

func urlize(text string, limit int, attrs string, schemes []string) string {
	var b strings.Builder
	for text != "" {
		i := strings.IndexFunc(text, isSpace)
		if i < 0 {
			b.WriteString(urlWord(text, limit, attrs, schemes))
			break
		}
		b.WriteString(urlWord(text[:i], limit, attrs, schemes))
		j := i + strings.IndexFunc(text[i:]+"x", func(r rune) bool { return !isSpace(r) })
		b.WriteString(text[i:j])
		text = text[j:]
	}
	return b.String()
}

func urlWord(word string, limit int, attrs string, schemes []string) string {
	head := urlHead().FindString(word)
	middle := word[len(head):]
	tail := urlTail().FindString(middle)
	middle = middle[:len(middle)-len(tail)]
	for _, p := range [][2]string{{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}} {
		n := strings.Count(middle, p[0])
		if n <= strings.Count(middle, p[1]) {
			continue
		}
		for range min(n, strings.Count(tail, p[1])) {
			end := strings.Index(tail, p[1]) + len(p[1])
			middle += tail[:end]
			tail = tail[end:]
		}
	}
	show := middle
	if limit >= 0 && utf8.RuneCountInString(show) > limit {
		show = truncRunes(show, limit) + "..."
	}
	switch {
	case urlHTTP().MatchString(middle):
		href := middle
		if !strings.HasPrefix(middle, "https://") && !strings.HasPrefix(middle, "http://") {
			href = "https://" + middle
		}
		middle = `<a href="` + href + `"` + attrs + `>` + show + `</a>`
	case strings.HasPrefix(middle, "mailto:") && urlEmail().MatchString(middle[7:]):
		middle = `<a href="` + middle + `">` + middle[7:] + `</a>`
	case strings.Contains(middle, "@") && !strings.HasPrefix(middle, "www.") && middle[0] != '@' &&
		!strings.Contains(middle, ":") && urlEmail().MatchString(middle):
		middle = `<a href="mailto:` + middle + `">` + middle + `</a>`
	default:
		for _, s := range schemes {
			if middle != s && strings.HasPrefix(middle, s) {
				middle = `<a href="` + middle + `"` + attrs + `>` + middle + `</a>`
			}
		}
	}
	return head + middle + tail
}

// wordWrap is textwrap.wrap on each line of s.
func wordWrap(s string, width int, breakLong bool, sep string, hyphens bool) string {
	var out []string
	for _, line := range splitLines(s, false) {
		out = append(out, strings.Join(wrapLine(line, width, breakLong, hyphens), sep))
	}
	return strings.Join(out, sep)
}

var wrapHyphen = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[^\s\w]*\w+[^0-9\W]-+`)
})

// chunks cuts a line into words, spaces and parts of hyphenated words.
func chunks(line string, hyphens bool) []string {
	var out []string
	for line != "" {
		space := isSpace(rune(line[0]))
		i := strings.IndexFunc(line, func(r rune) bool { return isSpace(r) != space })
		if i < 0 {
			i = len(line)
		}
		word := line[:i]
		line = line[i:]
		for !space && hyphens {
			// a hyphen after a letter, with a letter to follow, may end a line
			m := wrapHyphen().FindStringIndex(word)
			if m == nil || m[0] != 0 || m[1] >= len(word) || !isWordByte(word[m[1]]) && word[m[1]] < utf8.RuneSelf {
				break
			}
			out = append(out, word[:m[1]])
			word = word[m[1]:]
		}
		out = append(out, word)
	}
	return out
}

func wrapLine(line string, width int, breakLong, hyphens bool) []string {
	cs := chunks(line, hyphens)
	var lines []string
	size := utf8.RuneCountInString
	for len(cs) > 0 {
		if len(lines) > 0 && strings.TrimFunc(cs[0], isSpace) == "" {
			cs = cs[1:]
			if len(cs) == 0 {
				break
			}
		}
		var cur []string
		n := 0
		for len(cs) > 0 && n+size(cs[0]) <= width {
			n += size(cs[0])
			cur = append(cur, cs[0])
			cs = cs[1:]
		}
		if len(cs) > 0 && size(cs[0]) > width {
			space := max(1, width-n)
			if breakLong {
				part := truncRunes(cs[0], space)
				if hyphens && size(cs[0]) > space {
					if h := strings.LastIndexByte(part, '-'); h > 0 && strings.Trim(part[:h], "-") != "" {
						part = part[:h+1]
					}
				}
				cur = append(cur, part)
				cs[0] = cs[0][len(part):]
			} else if len(cur) == 0 {
				cur = append(cur, cs[0])
				cs = cs[1:]
			}
		}
		if len(cur) > 0 && strings.TrimFunc(cur[len(cur)-1], isSpace) == "" {
			cur = cur[:len(cur)-1]
		}
		if len(cur) > 0 {
			lines = append(lines, strings.Join(cur, ""))
		}
	}
	return lines
}
