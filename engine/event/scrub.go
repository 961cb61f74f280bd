package event

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secret is a text that must not be shown.
type secret struct {
	text string
	// word: only where it stands as a word of its own.
	word bool
}

const mask = "*****"

// AddSecrets names more texts to scrub, wherever they stand. Empty ones are left out.
func (b *Bus) AddSecrets(secrets ...string) {
	b.addSecrets(secrets, func(s string) secret { return secret{text: s} })
}

// AddPasswords names the passwords of a connection. One that is a plain word ("postgres") is scrubbed where it stands as a
// word, for inside of others it is no password; one that the connection shows anyway, as its user or its database, can't
// be hidden and is left alone.
func (b *Bus) AddPasswords(shown []string, passwords ...string) {
	var hidden []string
	for _, p := range passwords {
		if !slices.Contains(shown, p) {
			hidden = append(hidden, p)
		}
	}
	b.addSecrets(hidden, func(s string) secret { return secret{s, plainWord(s)} })
}

// plainWord tells whether a password is of the kind that other words contain: short, of letters or of digits alone.
func plainWord(s string) bool {
	const long = 12
	return len(s) < long && (strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 ||
		strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0)
}

func (b *Bus) addSecrets(texts []string, make func(string) secret) {
	b.shared.mu.Lock()
	defer b.shared.mu.Unlock()
	var all []secret
	if old := b.shared.secrets.Load(); old != nil {
		all = append(all, *old...)
	}
	for _, t := range texts {
		if s := make(t); strings.TrimSpace(t) != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	// Longest first, so that a secret inside another leaves no rest of it.
	slices.SortStableFunc(all, func(x, y secret) int { return len(y.text) - len(x.text) })
	b.shared.secrets.Store(&all)
}

// Scrub replaces every secret in a text by *****.
func (b *Bus) Scrub(text string) string {
	secrets := b.shared.secrets.Load()
	if secrets == nil {
		return text
	}
	for _, s := range *secrets {
		if s.word {
			text = scrubWord(text, s.text)
		} else {
			text = strings.ReplaceAll(text, s.text, mask)
		}
	}
	return text
}

func scrubWord(text, word string) string {
	var out strings.Builder
	from := 0
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			if from == 0 {
				return text
			}
			out.WriteString(text[from:])
			return out.String()
		}
		start, end := at+i, at+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		at = end
		if !inWord(before) && !inWord(after) {
			out.WriteString(text[from:start] + mask)
			from = end
		}
	}
}

func inWord(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
