package docs_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestColours: each colour of text has a contrast of 4.5 to 1 with each ground that it stands on, and each colour of lines and marks
// 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11), in both themes; a dark page is the same whether the system or the reader asks for it.
func TestColours(t *testing.T) {
	raw, err := os.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s):root[^{]*\{(.*?)\}`).FindAllStringSubmatch(string(raw), -1)
	if len(blocks) < 3 {
		t.Fatalf("%d blocks of colours", len(blocks))
	}
	colours := make([]map[string]string, 3)
	for i := range colours {
		colours[i] = map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(blocks[i][1], -1) {
			colours[i][m[1]] = m[2]
		}
	}
	for name, c := range colours[1] {
		if colours[2][name] != c {
			t.Errorf("--%s is %s for a dark system and %s for a dark page", name, c, colours[2][name])
		}
	}
	for i, theme := range []string{"light", "dark"} {
		at := func(name string) float64 {
			c, ok := colours[i][name]
			if !ok {
				t.Fatalf("%s: no colour --%s", theme, name)
			}
			return luminance(c)
		}
		check := func(least float64, inks, grounds string) {
			for _, ink := range strings.Fields(inks) {
				for _, ground := range strings.Fields(grounds) {
					a, b := at(ink), at(ground)
					if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < least {
						t.Errorf("%s: --%s on --%s is %.2f to 1, less than %.1f", theme, ink, ground, got, least)
					}
				}
			}
		}
		check(4.5, "ink soft", "ground raised sunken code shade accent-soft")
		check(4.5, "ink", "mark ok-soft warn-soft bad-soft skip-soft")
		check(4.5, "accent", "ground raised sunken accent-soft code")
		for _, state := range []string{"ok", "warn", "bad", "skip"} {
			check(4.5, state, state+"-soft ground raised sunken")
		}
		check(4.5, "source seed snapshot model analysis metric exposure test macro", "ground raised sunken code")
		check(3, "edge focus", "ground raised sunken")
	}
}

// luminance is the relative luminance of WCAG.
func luminance(hex string) float64 {
	part := func(k int) float64 {
		n, _ := strconv.ParseUint(hex[1+2*k:3+2*k], 16, 8)
		v := float64(n) / 255
		if v <= 0.03928 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(0) + 0.7152*part(1) + 0.0722*part(2)
}
