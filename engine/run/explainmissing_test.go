package run

import "testing"

func TestMissingRelation(t *testing.T) {
	for message, want := range map[string]string{
		"Catalog Error: Table with name orders does not exist!\nDid you mean \"x\"?": "orders",
		"relation \"shop.orders\" does not exist\nLINE 3: from shop.orders":          "shop.orders",
		"column \"orders\" does not exist":                                           "",
		"Binder Error: Referenced column \"relation\" not found":                     "",
	} {
		got := ""
		if m := missingRelation.FindStringSubmatch(message); m != nil {
			got = m[1] + m[2]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", message, got, want)
		}
	}
}
