package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
)

// However many batches there are, items come in their order, those without an item are left out.
func TestWriteSectionKeepsTheOrder(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, n := range []int{0, 1, batch, batch + 1, 10*batch + 7} {
		m := New("shop")
		var want []string
		for i := range n {
			id := fmt.Sprintf("macro.shop.m%d", (i*7919)%100003)
			want = append(want, id)
			m.MacroOrder = append(m.MacroOrder, id, "macro.shop.gone")
			m.Macros[id] = &Macro{Name: id, UniqueID: id, MacroSQL: "{% macro m() %}<&>{% endmacro %}"}
		}
		var b bytes.Buffer
		if err := m.Write(&b); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Macros map[string]struct{ Name, MacroSQL string }
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatalf("%d items: %v", n, err)
		}
		if len(got.Macros) != n {
			t.Errorf("%d items, want %d", len(got.Macros), n)
		}
		at := 0
		for _, id := range want {
			i := bytes.Index(b.Bytes()[at:], []byte(`"`+id+`":`))
			if i < 0 {
				t.Fatalf("%d items: %s is not where it belongs", n, id)
			}
			at += i
		}
	}
}
