package event

import "testing"

// A password that is a plain word hides words, not parts of names; one that the connection shows anyway hides nothing.
func TestPasswords(t *testing.T) {
	for _, c := range []struct {
		name      string
		shown     []string
		passwords []string
		in, want  string
	}{
		{"a strong one, anywhere", nil, []string{"t0p-Secret!"}, "xt0p-Secret!x 't0p-Secret!'", "x*****x '*****'"},
		{"a word", nil, []string{"shop"}, "shop of wo_shop, shops and 'shop' (shop)", "***** of wo_shop, shops and '*****' (*****)"},
		{"a word at both ends", nil, []string{"shop"}, "shop", "*****"},
		{"digits", nil, []string{"1234"}, "12345 1234:1234", "12345 *****:*****"},
		{"beyond ASCII", nil, []string{"ключ"}, "ключи ключ", "ключи *****"},
		{"shown as the user", []string{"postgres"}, []string{"postgres"}, "Registered adapter: postgres", "Registered adapter: postgres"},
		{"long letters, anywhere", nil, []string{"correcthorsebattery"}, "xcorrecthorsebatteryx", "x*****x"},
		{"none", nil, []string{""}, "text", "text"},
	} {
		b := NewBus(Options{})
		b.AddPasswords(c.shown, c.passwords...)
		if got := b.Scrub(c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
