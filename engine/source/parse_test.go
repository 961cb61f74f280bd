package source

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseTime(t *testing.T) {
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-01-31":                noon.Add(-12 * time.Hour),
		"2026-01-31T12:00:00Z":      noon,
		"2026-01-31 12:00":          noon,
		"2026-01-31T15:00:00+03:00": noon,
	} {
		if got, err := ParseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "yesterday", "31.1.2026", "2026-02-30"} {
		if _, err := ParseTime(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestParseDotEnv(t *testing.T) {
	got, err := ParseDotEnv("\ufeff# Telegram\nAPI_ID=123\nexport API_HASH = 'ab#c' # hash\r\n\nPHONE=\"+251 9\"\nEMPTY=\nNOTE=a b # c\nURL=http://x/#y\n")
	want := map[string]string{"API_ID": "123", "API_HASH": "ab#c", "PHONE": "+251 9", "EMPTY": "", "NOTE": "a b", "URL": "http://x/#y"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, text := range []string{"A=1\nhunter2", "A=\"x", "a b=1"} {
		if _, err := ParseDotEnv(text); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever a .env file holds: names and values, or an error that shows nothing of it.
func FuzzParseDotEnv(f *testing.F) {
	f.Add("A=1\nexport B='x # y' # z\n")
	f.Add("\ufeffA=\"x\\n\"")
	f.Add("hunter2")
	f.Fuzz(func(t *testing.T, text string) {
		vars, err := ParseDotEnv(text)
		if err != nil {
			if strings.Contains(text, "hunter2") && strings.Contains(err.Error(), "hunter2") {
				t.Error(err)
			}
			return
		}
		for name := range vars {
			if name == "" || strings.ContainsAny(name, " \n\"'") {
				t.Errorf("a variable %q", name)
			}
		}
	})
}
