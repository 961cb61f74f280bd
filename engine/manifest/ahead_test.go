package manifest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEncodeAhead: what is encoded ahead gives the same bytes, and changes of the other nodes are in them.
func TestEncodeAhead(t *testing.T) {
	m := New("p")
	for i := range 300 {
		m.AddNode(&Node{UniqueID: fmt.Sprintf("model.p.m%d", i), Name: fmt.Sprint("m", i), ResourceType: "model", RawCode: "select 1"})
		m.AddMacro(&Macro{UniqueID: fmt.Sprintf("macro.p.x%d", i), Name: fmt.Sprint("x", i), MacroSQL: "{% macro x() %}é{% endmacro %}"})
	}
	ahead := m.EncodeAhead(func(n *Node) bool { return n.UniqueID != "model.p.m7" })
	m.Nodes["model.p.m7"].CompiledCode = "select 2"
	var want, got bytes.Buffer
	if err := m.Write(&want); err != nil {
		t.Fatal(err)
	}
	if err := ahead.Write(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Error(diff)
	}
	if len(ahead.known) != 599 {
		t.Errorf("%d entries were encoded ahead, want 599", len(ahead.known))
	}
}
