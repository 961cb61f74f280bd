package scraper

import (
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
)

func TestPhones(t *testing.T) {
	mask := &phoneCover{}
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"ዋጋ 1,200 ብር", "ዋጋ 1,200 ብር"},
		{"☎️ 0900 000 000\nአድራሻ", "☎️ **** *** ***\nአድራሻ"},
		{"+251 900 000 000 | telebirr", "+*** *** *** *** | telebirr"},
		{"+251-900-00-00-01, 0900000002", "+***-***-**-**-**, **********"},
		{"0900/00-00-01/0900/00-00-02", "****/**-**-**/****/**-**-**"},
		{"251900000001", "************"},
		{"00251900000001 350 birr", "************** 350 birr"},
		{"0900 000 000 350 birr", "**** *** *** 350 birr"},
		{"+999 000 00001", "+*** *** *****"},
		{"(0900) 00 00 01", "(****) ** ** **"},
		// What looks a little like one.
		{"2026-01-18 10:30", "2026-01-18 10:30"},
		{"0.250 mg 0,500", "0.250 mg 0,500"},
		{"batch A0900000001", "batch A0900000001"},
		{"09000000012345", "09000000012345"},
		{"10x10 500mg 120-150 ETB", "10x10 500mg 120-150 ETB"},
		{"0900 000 00", "0900 000 00"},
		{"+", "+"},
	} {
		if got := mask.text(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// All spellings of a number have one hash, and without the key nobody gets it.
func TestPhoneHash(t *testing.T) {
	hash, other := &phoneCover{key: []byte("k")}, &phoneCover{key: []byte("l")}
	want := hash.text("0900000001")
	if !strings.HasPrefix(want, "tel_") || len(want) != 20 {
		t.Error(want)
	}
	for _, same := range []string{"+251 900 00 00 01", "251900000001", "00251900000001", "0900/00-00-01"} {
		if got := hash.text(same); got != want {
			t.Errorf("%s: %s, want %s", same, got, want)
		}
	}
	if hash.text("0900000002") == want || other.text("0900000001") == want {
		t.Error("two numbers, or two keys, give one hash")
	}
}

func TestPhonesInJSON(t *testing.T) {
	mask := &phoneCover{}
	for _, c := range []struct{ in, want string }{
		{`{"id":251900000001,"text":"0900 000 001"}`, `{"id":251900000001,"text":"**** *** ***"}`},
		{`["\u12000900000001"]`, `["ሀ**********"]`},
		{`{"a":"x\"y","b":["\\",1]}`, `{"a":"x\"y","b":["\\",1]}`},
		{`{"0900000001":{"t":"<b> & 0900000001"}}`, `{"**********":{"t":"<b> & **********"}}`},
	} {
		if got := mask.json(c.in); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestPhonesOption(t *testing.T) {
	req := func(v any) source.LoadRequest {
		return source.LoadRequest{Config: source.Config{Options: map[string]any{"phones": v}}}
	}
	if c, err := phonesOf(source.LoadRequest{}); c != nil || err != nil {
		t.Error(c, err)
	}
	if c, err := phonesOf(req("keep")); c != nil || err != nil {
		t.Error(c, err)
	}
	if _, err := phonesOf(req("hide")); err == nil || !strings.Contains(err.Error(), "meta.gdbt.phones must be keep, mask or hash, not hide") {
		t.Error(err)
	}
	_, err := phonesOf(req("hash"))
	if d, ok := diag.As(err); !ok || !strings.Contains(d.Message, PhoneKeyVar) || d.Hint == "" {
		t.Error(err)
	}
}
