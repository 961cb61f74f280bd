package diag

import "testing"

func TestFindWord(t *testing.T) {
	for _, c := range []struct {
		text, word string
		want       int
	}{
		{"select id", "id", 7},
		{"paid, Id", "id", 6},
		{"id_2 id", "id", 5},
		{"ዋጋ id", "id", 7},
		{`a."Dd"`, `"Dd"`, 2},
		{"(amount)", "AMOUNT", 1},
		{"paid", "id", -1},
		{"id", "", -1},
		{"", "id", -1},
	} {
		if got := FindWord(c.text, c.word); got != c.want {
			t.Errorf("FindWord(%q, %q) = %d, want %d", c.text, c.word, got, c.want)
		}
	}
}
