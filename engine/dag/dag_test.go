package dag

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"

	ref "github.com/dominikbraun/graph"
	"github.com/google/go-cmp/cmp"
)

// build makes a graph from "a>b b>c d".
func build(t testing.TB, spec string) *Graph {
	t.Helper()
	g := New()
	for _, part := range strings.Fields(spec) {
		ids := strings.Split(part, ">")
		for i, id := range ids {
			g.AddNode(id)
			if i > 0 {
				if err := g.AddEdge(ids[i-1], id); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return g
}

func edges(g *Graph) string {
	var out []string
	for _, id := range g.Nodes() {
		for _, c := range g.Children(id) {
			out = append(out, id+">"+c)
		}
	}
	return strings.Join(out, " ")
}

func TestNeighbours(t *testing.T) {
	g := build(t, "a>b>d a>c>d d>e a>b")
	if diff := cmp.Diff([]string{"b", "c"}, g.Parents("d")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b", "c"}, g.Children("a")); diff != "" {
		t.Error(diff)
	}
	if g.Len() != 5 || g.EdgeCount() != 5 || !g.HasEdge("a", "b") || g.HasEdge("b", "a") || g.Children("x") != nil {
		t.Error("counts")
	}
	for depth, want := range map[int]string{0: "", 1: "d", 2: "b c d", -1: "a b c d"} {
		if got := strings.Join(g.Ancestors(depth, "e").Sorted(), " "); got != want {
			t.Errorf("Ancestors(e, %d) = %s, want %s", depth, got, want)
		}
	}
	if got := strings.Join(g.Descendants(-1, "b", "c", "unknown").Sorted(), " "); got != "d e" {
		t.Errorf("Descendants = %s", got)
	}
	var unknown *UnknownNodeError
	if err := g.AddEdge("a", "x"); !errors.As(err, &unknown) || unknown.ID != "x" {
		t.Errorf("AddEdge to an unknown node: %v", err)
	}
}

func TestOrder(t *testing.T) {
	g := build(t, "z>m b>m>a c")
	got, err := g.Order()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "c", "z", "m", "a"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestCycle(t *testing.T) {
	tests := map[string][]string{
		"a>b>c":             nil,
		"x>c>b>d>c y":       {"b", "d", "c", "b"},
		"a>a":               {"a", "a"},
		"a>b>a c>d>c":       {"a", "b", "a"},
		"a>b>c>d>e>c b>e>f": {"c", "d", "e", "c"},
	}
	for spec, want := range tests {
		g := build(t, spec)
		if diff := cmp.Diff(want, g.Cycle()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", spec, diff)
		}
		_, err := g.Order()
		var ce *CycleError
		if errors.As(err, &ce) != (want != nil) {
			t.Errorf("%s: Order error %v", spec, err)
		}
	}
}

func TestSubset(t *testing.T) {
	tests := []struct{ spec, keep, want string }{
		{"a>b>c", "a c", "a>c"},
		{"a>b>c>d", "a d", "a>d"},
		{"a>b>d a>c>d", "a c d", "a>c a>d c>d"},
		{"a>b c>b b>d b>e", "a c d e", "a>d a>e c>d c>e"},
		{"a>b>a", "a", ""},
		{"a b", "a b", ""},
	}
	for _, tt := range tests {
		keep := NewSet(strings.Fields(tt.keep)...)
		sub := build(t, tt.spec).Subset(keep.Has)
		if got := edges(sub); got != tt.want {
			t.Errorf("%s keeping %s: %s, want %s", tt.spec, tt.keep, got, tt.want)
		}
		if sub.Len() != len(keep) {
			t.Errorf("%s: %d nodes", tt.spec, sub.Len())
		}
	}
}

func TestLongestPaths(t *testing.T) {
	got, err := build(t, "a>b>c a>d e").LongestPaths(func(id string) float64 {
		return map[string]float64{"d": 5}[id] + 1
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]float64{"a": 7, "b": 2, "c": 1, "d": 6, "e": 1}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// random makes a graph with n nodes, about m edges a node, in both libraries.
func random(n, m int, seed int64, cyclic bool) (*Graph, ref.Graph[string, string]) {
	r := rand.New(rand.NewSource(seed))
	g, o := New(), ref.New(ref.StringHash, ref.Directed())
	name := func(i int) string { return fmt.Sprintf("n%03d", (i*7919)%n) }
	for i := range n {
		g.AddNode(name(i))
		_ = o.AddVertex(name(i))
	}
	for i := 1; i < n; i++ {
		for range r.Intn(m + 1) {
			p, c := r.Intn(i), i
			if cyclic && r.Intn(20) == 0 {
				p, c = c, p
			}
			_ = g.AddEdge(name(p), name(c))
			_ = o.AddEdge(name(p), name(c))
		}
	}
	return g, o
}

func TestAgainstReference(t *testing.T) {
	for seed := range int64(40) {
		g, o := random(60, 3, seed, seed%2 == 1)
		want, err := ref.StableTopologicalSort(o, func(a, b string) bool { return a < b })
		got, gotErr := g.Order()
		if (err != nil) != (gotErr != nil) {
			t.Fatalf("seed %d: cycle: %v, reference %v", seed, gotErr, err)
		}
		if cycle := g.Cycle(); (cycle != nil) != (err != nil) {
			t.Fatalf("seed %d: Cycle = %v, reference %v", seed, cycle, err)
		} else {
			for i := 1; i < len(cycle); i++ {
				if !g.HasEdge(cycle[i-1], cycle[i]) {
					t.Fatalf("seed %d: %v is no path", seed, cycle)
				}
			}
		}
		if err == nil && len(got) != len(want) {
			t.Fatalf("seed %d: order has %d nodes, reference %d", seed, len(got), len(want))
		}
		place := map[string]int{}
		for i, id := range got {
			place[id] = i
		}
		reach := func(id string) Set {
			out := Set{}
			_ = ref.DFS(o, id, func(v string) bool { out.Add(v); return false })
			delete(out, id)
			return out
		}
		for _, id := range g.Nodes() {
			for _, c := range g.Children(id) {
				if err == nil && place[id] >= place[c] {
					t.Fatalf("seed %d: %s comes after its child %s", seed, id, c)
				}
			}
			desc := g.Descendants(-1, id)
			delete(desc, id)
			if diff := cmp.Diff(reach(id).Sorted(), desc.Sorted()); diff != "" {
				t.Fatalf("seed %d: descendants of %s (-want +got):\n%s", seed, id, diff)
			}
		}
		// A subset has an edge exactly where a path through dropped nodes is.
		keep := Set{}
		for i, id := range g.Nodes() {
			if (i+int(seed))%3 != 0 {
				keep.Add(id)
			}
		}
		sub := g.Subset(keep.Has)
		for a := range keep {
			for b := range keep {
				if want := pathOutside(g, a, b, keep) && (a != b || g.HasEdge(a, a)); sub.HasEdge(a, b) != want {
					t.Fatalf("seed %d: edge %s>%s is %v", seed, a, b, !want)
				}
			}
		}
	}
}

func pathOutside(g *Graph, from, to string, keep Set) bool {
	seen, todo := Set{}, []string{from}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		for _, c := range g.Children(at) {
			if c == to {
				return true
			}
			if !keep.Has(c) && !seen.Has(c) {
				seen.Add(c)
				todo = append(todo, c)
			}
		}
	}
	return false
}

func TestWalkSkipsAndFailures(t *testing.T) {
	g := build(t, "a>b>c>d e>c f>g")
	boom := errors.New("boom")
	var skips []string
	rep, err := g.Walk(context.Background(), Walker{
		Workers: 1,
		Visit: func(_ context.Context, id string) error {
			switch id {
			case "b":
				return boom
			case "f":
				panic("oh")
			}
			return nil
		},
		Skip: func(id string, causes []string) { skips = append(skips, id+" because of "+strings.Join(causes, ",")) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "e"}, rep.Done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	var p *PanicError
	if !errors.Is(rep.Failed["b"], boom) || !errors.As(rep.Failed["f"], &p) || len(rep.Failed) != 2 {
		t.Errorf("failed: %v", rep.Failed)
	}
	if diff := cmp.Diff(map[string][]string{"c": {"b"}, "d": {"b"}, "g": {"f"}}, rep.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c because of b", "d because of b", "g because of f"}, skips); diff != "" {
		t.Errorf("skip calls (-want +got):\n%s", diff)
	}
}

func TestWalkPriorityAndDeterminism(t *testing.T) {
	g := build(t, "a>c b>d e")
	for range 5 {
		var order []string
		_, err := g.Walk(context.Background(), Walker{
			Priority: func(id string) float64 { return map[string]float64{"b": 2, "d": 1, "e": 1}[id] },
			Visit:    func(_ context.Context, id string) error { order = append(order, id); return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"b", "d", "e", "a", "c"}, order); diff != "" {
			t.Fatalf("order (-want +got):\n%s", diff)
		}
	}
}

func TestWalkCancel(t *testing.T) {
	g := build(t, "a>b>c d")
	ctx, cancel := context.WithCancel(context.Background())
	rep, err := g.Walk(ctx, Walker{Visit: func(context.Context, string) error { cancel(); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Report{Done: []string{"a"}, Failed: map[string]error{}, Skipped: map[string][]string{}, Pending: []string{"b", "c", "d"}}, rep); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if _, err := build(t, "a>b>a").Walk(context.Background(), Walker{}); err == nil {
		t.Error("a cycle must be an error")
	}
}

func TestWalkParallel(t *testing.T) {
	g, _ := random(400, 3, 5, false)
	var mu sync.Mutex
	done := Set{}
	running, most := 0, 0
	rep, err := g.Walk(context.Background(), Walker{Workers: 8, Visit: func(_ context.Context, id string) error {
		mu.Lock()
		running++
		most = max(most, running)
		for _, p := range g.Parents(id) {
			if !done.Has(p) {
				t.Errorf("%s began before its parent %s ended", id, p)
			}
		}
		mu.Unlock()
		mu.Lock()
		running--
		done.Add(id)
		mu.Unlock()
		if strings.HasSuffix(id, "77") {
			return errors.New("no")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rep.Done) + len(rep.Failed) + len(rep.Skipped); n != 400 || len(rep.Pending) > 0 || most > 8 {
		t.Errorf("%d nodes accounted for, at most %d at once", n, most)
	}
	for id, causes := range rep.Skipped {
		anc := g.Ancestors(-1, id)
		for _, c := range causes {
			if !anc.Has(c) || rep.Failed[c] == nil {
				t.Errorf("%s was skipped because of %s", id, c)
			}
		}
	}
}

// FuzzGraph: whatever the edges, order and cycle agree and nothing panics.
func FuzzGraph(f *testing.F) {
	f.Add([]byte{0, 1, 1, 2, 2, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		g := New()
		for i := 0; i+1 < len(raw); i += 2 {
			a, b := fmt.Sprint(raw[i]%16), fmt.Sprint(raw[i+1]%16)
			g.AddNode(a)
			g.AddNode(b)
			if err := g.AddEdge(a, b); err != nil {
				t.Fatal(err)
			}
		}
		_, err := g.Order()
		if (err != nil) != (g.Cycle() != nil) {
			t.Fatalf("order says %v, cycle %v", err, g.Cycle())
		}
		sub := g.Subset(func(id string) bool { return id < "2" })
		if err == nil && sub.Cycle() != nil {
			t.Fatal("a subset of an acyclic graph has a cycle")
		}
	})
}

func large() (*Graph, []string, [][2]int) {
	const n = 10_000
	r := rand.New(rand.NewSource(1))
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("model.shop.node_%05d", i)
	}
	var es [][2]int
	for i := 1; i < n; i++ {
		for range 5 {
			es = append(es, [2]int{r.Intn(i), i})
		}
	}
	return fill(ids, es), ids, es
}

func fill(ids []string, es [][2]int) *Graph {
	g := New()
	for _, id := range ids {
		g.AddNode(id)
	}
	for _, e := range es {
		_ = g.AddEdge(ids[e[0]], ids[e[1]])
	}
	return g
}

func BenchmarkGraph(b *testing.B) {
	g, ids, es := large()
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			fill(ids, es)
		}
	})
	b.Run("order", func(b *testing.B) {
		for b.Loop() {
			_, _ = g.Order()
		}
	})
	b.Run("ancestors", func(b *testing.B) {
		for b.Loop() {
			g.Ancestors(-1, ids[len(ids)-1])
		}
	})
	b.Run("subset", func(b *testing.B) {
		for b.Loop() {
			g.Subset(func(id string) bool { return !strings.HasSuffix(id, "7") })
		}
	})
	b.Run("walk", func(b *testing.B) {
		for b.Loop() {
			_, _ = g.Walk(context.Background(), Walker{Workers: 4, Visit: func(context.Context, string) error { return nil }})
		}
	})
}

// BenchmarkReference measures the library that the package comment compares with.
func BenchmarkReference(b *testing.B) {
	_, ids, es := large()
	make := func() ref.Graph[string, string] {
		o := ref.New(ref.StringHash, ref.Directed())
		for _, id := range ids {
			_ = o.AddVertex(id)
		}
		for _, e := range es {
			_ = o.AddEdge(ids[e[0]], ids[e[1]])
		}
		return o
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			make()
		}
	})
	o := make()
	b.Run("order", func(b *testing.B) {
		for b.Loop() {
			_, _ = ref.StableTopologicalSort(o, func(a, b string) bool { return a < b })
		}
	})
}

func TestSet(t *testing.T) {
	s := NewSet("b", "a")
	if !slices.Equal(s.Sorted(), []string{"a", "b"}) || s.Has("c") {
		t.Error("set")
	}
}
