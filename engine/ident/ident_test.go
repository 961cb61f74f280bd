package ident

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIDs(t *testing.T) {
	tests := []struct {
		got  string
		want string
		part Parsed
	}{
		{ID(Model, "shop", "orders"), "model.shop.orders", Parsed{Model, "shop", "orders"}},
		{VersionedID("shop", "orders", "2"), "model.shop.orders.v2", Parsed{Model, "shop", "orders.v2"}},
		{VersionedID("shop", "orders", ""), "model.shop.orders", Parsed{Model, "shop", "orders"}},
		{TestID("shop", "not_null_orders_id", "cf6c17daed"), "test.shop.not_null_orders_id.cf6c17daed", Parsed{Test, "shop", "not_null_orders_id.cf6c17daed"}},
		{SourceID("shop", "raw", "orders"), "source.shop.raw.orders", Parsed{Source, "shop", "raw.orders"}},
		{UnitTestID("shop", "orders", "adds_up"), "unit_test.shop.orders.adds_up", Parsed{UnitTest, "shop", "orders.adds_up"}},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
		p, err := Parse(tt.got)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(tt.part, p); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.got, diff)
		}
		if p.String() != tt.got {
			t.Errorf("%s prints as %s", tt.got, p)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, bad := range []string{"", "model", "model.shop", "model..x", "model.shop.", "table.shop.x"} {
		if p, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", bad, p)
		}
	}
}

func TestTypes(t *testing.T) {
	for typ, want := range map[Type]string{Analysis: "analyses", SavedQuery: "saved_queries", Test: "data_tests", Model: "models"} {
		if typ.Plural() != want {
			t.Errorf("%s: %s", typ, typ.Plural())
		}
	}
	if !Seed.Refable() || Source.Refable() || !Model.Executable() || Exposure.Executable() {
		t.Error("abilities of types")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("model.a.b")
	f.Add("source.a.b.c")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := Parse(s); err == nil && p.String() != s {
			t.Fatalf("Parse(%q) prints as %q", s, p)
		}
	})
}
