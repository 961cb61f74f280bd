package scraper

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
)

// OptionPhones is the key of `config.meta.gdbt` that says what becomes of phone numbers.
const OptionPhones = "phones"

// PhoneKeyVar is the environment variable with the key of `phones: hash`. Without
// a key, anybody could hash all numbers there are and compare.
const PhoneKeyVar = "GDBT_PHONE_KEY"

// phoneCover hides phone numbers in all texts of a record on their way to the
// warehouse; the lake keeps them. A number is what begins with +, 00, 0 or 251
// and has as many digits as such a number has, with up to two blanks or marks of
// punctuation between them.
type phoneCover struct {
	key []byte // nil to mask
}

// phonesOf reads the option; nil leaves texts as they are.
func phonesOf(req source.LoadRequest) (*phoneCover, error) {
	bad := func(format string, args ...any) *diag.Diagnostic {
		return req.Config.Bad(OptionPhones, format, args...)
	}
	v, there := req.Config.Options[OptionPhones]
	if !there {
		return nil, nil
	}
	switch v {
	case "keep":
		return nil, nil
	case "mask":
		return &phoneCover{}, nil
	case "hash":
		if key := req.Env(PhoneKeyVar); key != "" {
			return &phoneCover{key: []byte(key)}, nil
		}
		return nil, bad("meta.gdbt.phones is hash, and the environment has no key in %s", PhoneKeyVar).
			WithHint("set %s to a long secret text, the same for every load", PhoneKeyVar)
	}
	return nil, bad("meta.gdbt.phones must be keep, mask or hash, not %v", v)
}

func (c *phoneCover) record(r *Record) {
	for i := range messageFields {
		text, ok := r.Values[i].(string)
		if !ok {
			continue
		}
		switch messageFields[i].typ {
		case textField:
			r.Values[i] = c.text(text)
		case originField:
			if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
				r.Values[i] = c.json(text)
			} else {
				r.Values[i] = c.text(text)
			}
		case jsonField:
			r.Values[i] = c.json(text)
		}
	}
	if r.Extra != "" {
		r.Extra = c.json(r.Extra)
	}
}

func (c *phoneCover) reject(r *Reject) {
	if r != nil {
		r.Raw, r.Reason = c.text(r.Raw), c.text(r.Reason)
	}
}

var phoneStart = regexp.MustCompile(`\+|00|0|251`)

// text hides the numbers of a text.
func (c *phoneCover) text(s string) string {
	if !strings.ContainsAny(s, "+02") {
		return s
	}
	var out strings.Builder
	done := 0
	for _, m := range phoneStart.FindAllStringIndex(s, -1) {
		if m[0] < done {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(s[:m[0]]); isASCIIWord(before) || before == '.' || before == ',' {
			continue // within a longer word or number
		}
		end := phoneEnd(s, m[0], s[m[0]:m[1]])
		if after, _ := utf8.DecodeRuneInString(s[end:]); end == m[0] || isASCIIWord(after) {
			continue
		}
		out.WriteString(s[done:m[0]])
		out.WriteString(c.number(s[m[0]:end]))
		done = end
	}
	if done == 0 {
		return s
	}
	return out.String() + s[done:]
}

// phoneEnd is where the number that begins at i ends, i when there is none.
func phoneEnd(s string, i int, prefix string) int {
	// How many digits it has; Ethiopia's numbers have nine behind 0 or 251.
	least, most := 10, 10
	switch prefix {
	case "+":
		least, most = 9, 15
		if strings.HasPrefix(s[i+1:], "251") {
			least, most = 12, 12
		}
	case "00":
		least, most = 11, 17
		if strings.HasPrefix(s[i+2:], "251") {
			least, most = 14, 14
		}
	case "251":
		least, most = 12, 12
	}
	n, end := 0, i
	for j, gap := i, 0; j < len(s) && n < most && gap <= 2; j++ {
		switch ch := s[j]; {
		case '0' <= ch && ch <= '9':
			n, end, gap = n+1, j+1, 0
		case j == i && ch == '+':
		case strings.IndexByte(" ().-/", ch) >= 0:
			gap++
		default:
			gap = 3
		}
	}
	if n < least {
		return i
	}
	return end
}

func isASCIIWord(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// number hides one. A mask is as long as the number, so that the places of
// entities stay right; a hash is the same for all spellings of a number.
func (c *phoneCover) number(s string) string {
	if c.key == nil {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return r
			}
			return '*'
		}, s)
	}
	national := strings.TrimPrefix(digitsOf(s), "00")
	national = strings.TrimPrefix(national, "251") // Ethiopia, where most of these channels are
	national = strings.TrimPrefix(national, "0")
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(national))
	return "tel_" + hex.EncodeToString(mac.Sum(nil)[:8])
}

// json hides the numbers in the texts of a JSON value that was checked before,
// and leaves everything else byte for byte.
func (c *phoneCover) json(s string) string {
	var out strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		end := i + 1
		for end < len(s) && s[end] != '"' {
			if s[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(s))
		var text string
		if err := json.Unmarshal([]byte(s[i:end]), &text); err == nil {
			if hidden := c.text(text); hidden != text {
				out.WriteString(s[done:i])
				out.WriteString(quoteJSON(hidden))
				done = end
			}
		}
		i = end - 1
	}
	if done == 0 {
		return s
	}
	return out.String() + s[done:]
}

func quoteJSON(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return fmt.Sprintf("%q", text) // can't be: a string is always JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}
