package docs_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/docs/layout"
)

var update = flag.Bool("update", false, "write the golden files")

type drawing struct {
	name  string
	boxes []layout.Box
	edges []layout.Edge
}

// drawings are graphs of each kind: chains, long lines, circles, islands, and two that chance made.
func drawings() []drawing {
	boxes := func(n int) []layout.Box {
		out := make([]layout.Box, n)
		for i := range out {
			out[i] = layout.Box{Width: 100 + float64(i%5)*20, Height: 34 + float64(i%3)*22}
		}
		return out
	}
	random := func(n, edges int, seed uint64) drawing {
		r := rand.New(rand.NewPCG(seed, 1))
		d := drawing{name: fmt.Sprintf("random %d", n), boxes: boxes(n)}
		for range edges {
			from, to := r.IntN(n), r.IntN(n)
			d.edges = append(d.edges, layout.Edge{From: min(from, to), To: max(from, to)})
		}
		return d
	}
	return []drawing{
		{"empty", nil, nil},
		{"one", boxes(1), nil},
		{"chain", boxes(3), []layout.Edge{{From: 0, To: 1}, {From: 1, To: 2}}},
		{"diamond with a long line", boxes(6), []layout.Edge{{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 3}, {From: 2, To: 3}, {From: 0, To: 5}, {From: 3, To: 4}, {From: 4, To: 5}}},
		{"circle", boxes(3), []layout.Edge{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 0}, {From: 1, To: 1}}},
		{"source moves to its child", boxes(5), []layout.Edge{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 3}, {From: 4, To: 3}}},
		random(40, 70, 1), random(200, 420, 2),
	}
}

// TestLayoutGolden holds the places of the small drawings.
func TestLayoutGolden(t *testing.T) {
	var b strings.Builder
	for _, d := range drawings()[:6] {
		r := layout.Place(d.boxes, d.edges, layout.Options{})
		fmt.Fprintf(&b, "%s: %.1f × %.1f\n", d.name, r.Width, r.Height)
		for i, p := range r.Boxes {
			fmt.Fprintf(&b, "  %d in column %d at %.1f %.1f\n", i, r.Columns[i], p.X, p.Y)
		}
		for k, way := range r.Edges {
			fmt.Fprintf(&b, "  %d → %d:", d.edges[k].From, d.edges[k].To)
			for _, p := range way {
				fmt.Fprintf(&b, " %.1f %.1f", p.X, p.Y)
			}
			b.WriteByte('\n')
		}
	}
	if *update {
		if err := os.WriteFile("testdata/layout.golden", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/layout.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Error(diff)
	}
}

type framed struct {
	name   string
	boxes  []layout.Box
	cells  []layout.Cell
	edges  []layout.Edge
	counts []int
}

// framedDrawings are boxes alone, in frames of one column and of several, with lines that others stand for.
func framedDrawings() []framed {
	box := func(n int) []layout.Box {
		out := make([]layout.Box, n)
		for i := range out {
			out[i] = layout.Box{Width: 110 + float64(i%4)*30, Height: 46}
		}
		return out
	}
	cells := func(frames ...int) []layout.Cell {
		out := make([]layout.Cell, len(frames))
		for i, f := range frames {
			out[i].Frame = f
		}
		return out
	}
	tall := make([]layout.Cell, 22)
	for i := range tall[1:] {
		tall[i+1].Frame = 1
	}
	return []framed{
		{"empty", nil, nil, nil, nil},
		{"alone", box(3), cells(0, 1, 2), []layout.Edge{{From: 0, To: 1}, {From: 1, To: 2}, {From: 0, To: 2}}, []int{1, 2, 3}},
		{"a circle between two", box(5), cells(0, 1, 1, 1, 2), []layout.Edge{{From: 0, To: 1}, {From: 0, To: 3}, {From: 1, To: 2}, {From: 2, To: 1}, {From: 2, To: 4}, {From: 3, To: 4}, {From: 0, To: 4}}, []int{1, 1, 5, 5, 2, 3, 9}},
		{"many in one", box(22), tall, []layout.Edge{{From: 0, To: 1}}, []int{4}},
		{"steps", box(5), []layout.Cell{{Frame: 0, Row: 0, Column: 0}, {Frame: 0, Row: 0, Column: 2}, {Frame: 0, Row: 1, Column: 0}, {Frame: 0, Row: 1, Column: 1}, {Frame: 1}}, []layout.Edge{{From: 1, To: 4}}, []int{1}},
	}
}

// TestCircles: what can reach each other is one part.
func TestCircles(t *testing.T) {
	for _, c := range []struct {
		n     int
		edges []layout.Edge
		want  []int
	}{
		{0, nil, []int{}},
		{3, nil, []int{0, 1, 2}},
		{4, []layout.Edge{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 1}, {From: 2, To: 3}}, []int{0, 1, 1, 2}},
		{5, []layout.Edge{{From: 4, To: 0}, {From: 0, To: 4}, {From: 1, To: 2}, {From: 2, To: 3}, {From: 3, To: 1}, {From: 3, To: 0}}, []int{0, 1, 1, 1, 0}},
		{2, []layout.Edge{{From: 0, To: 0}, {From: 0, To: 1}}, []int{0, 1}},
	} {
		if diff := cmp.Diff(c.want, layout.Circles(c.n, c.edges)); diff != "" {
			t.Errorf("%v: %s", c.edges, diff)
		}
	}
}

// TestFrames: boxes lie in their frame and do not overlap; a line that others stand for is left out.
func TestFrames(t *testing.T) {
	for _, d := range framedDrawings() {
		r := layout.PlaceFrames(d.boxes, d.cells, d.edges, d.counts, layout.Options{})
		for i, b := range r.Boxes {
			f := r.Frames[d.cells[i].Frame]
			if b.X < f.X || b.Y < f.Y || b.X+d.boxes[i].Width > f.X+f.Width+0.01 || b.Y+d.boxes[i].Height > f.Y+f.Height+0.01 {
				t.Errorf("%s: box %d at %v is not in its frame %v", d.name, i, b, f)
			}
			for j := range i {
				if o := r.Boxes[j]; b.X < o.X+d.boxes[j].Width && o.X < b.X+d.boxes[i].Width && b.Y < o.Y+d.boxes[j].Height && o.Y < b.Y+d.boxes[i].Height {
					t.Errorf("%s: boxes %d and %d overlap", d.name, i, j)
				}
			}
		}
		type line struct{ From, To, Count int }
		var lines []line
		for _, l := range r.Lines {
			lines = append(lines, line{l.From, l.To, l.Count})
		}
		if want := map[string][]line{"alone": {{0, 1, 1}, {1, 2, 2}}, "a circle between two": {{0, 1, 2}, {1, 2, 5}}, "many in one": {{0, 1, 4}}, "steps": {{0, 1, 1}}}[d.name]; cmp.Diff(want, lines) != "" {
			t.Errorf("%s: lines %v, want %v", d.name, lines, want)
		}
		if d.name == "many in one" && r.Height > 600 {
			t.Errorf("a frame of 21 boxes is %v high", r.Height)
		}
	}
}

// TestLayoutHolds: boxes of a column do not overlap, and lines lead to the right but for those of circles.
func TestLayoutHolds(t *testing.T) {
	for _, d := range drawings() {
		r := layout.Place(d.boxes, d.edges, layout.Options{})
		for i := range d.boxes {
			for j := range i {
				if r.Columns[i] == r.Columns[j] && r.Boxes[i].Y < r.Boxes[j].Y+d.boxes[j].Height+13.9 && r.Boxes[j].Y < r.Boxes[i].Y+d.boxes[i].Height+13.9 {
					t.Errorf("%s: boxes %d and %d overlap", d.name, i, j)
				}
			}
		}
		if d.name == "circle" {
			continue
		}
		for _, e := range d.edges {
			if e.From != e.To && r.Columns[e.From] >= r.Columns[e.To] {
				t.Errorf("%s: %d is not left of %d", d.name, e.From, e.To)
			}
		}
	}
}

// TestLayoutInTheBrowser: the page places the same graphs at the same places.
func TestLayoutInTheBrowser(t *testing.T) {
	b := openBrowser(t)
	b.open(onDisk(t, generated(3)))
	for _, d := range drawings() {
		boxes, edges := []map[string]float64{}, [][2]int{}
		for _, x := range d.boxes {
			boxes = append(boxes, map[string]float64{"w": x.Width, "h": x.Height})
		}
		for _, e := range d.edges {
			edges = append(edges, [2]int{e.From, e.To})
		}
		raw, err := json.Marshal([]any{boxes, edges})
		if err != nil {
			t.Fatal(err)
		}
		type placed struct {
			Width, Height float64
			Columns       []int
			Boxes         [][2]float64
			Edges         [][]float64
		}
		got := eval[placed](b, `gdbtDocs.api.place(...`+string(raw)+`)`)
		r := layout.Place(d.boxes, d.edges, layout.Options{})
		want := placed{Width: r.Width, Height: r.Height, Columns: append([]int{}, r.Columns...), Boxes: [][2]float64{}, Edges: [][]float64{}}
		for _, p := range r.Boxes {
			want.Boxes = append(want.Boxes, [2]float64{p.X, p.Y})
		}
		for _, way := range r.Edges {
			flat := []float64{}
			for _, p := range way {
				flat = append(flat, p.X, p.Y)
			}
			want.Edges = append(want.Edges, flat)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -Go +browser\n%.3000s", d.name, diff)
		}
	}
}

// TestFramesInTheBrowser: frames too.
func TestFramesInTheBrowser(t *testing.T) {
	b := openBrowser(t)
	b.open(onDisk(t, generated(3)))
	for _, d := range framedDrawings() {
		boxes, cells, edges := []map[string]float64{}, []map[string]int{}, [][2]int{}
		for i, x := range d.boxes {
			boxes = append(boxes, map[string]float64{"w": x.Width, "h": x.Height})
			cells = append(cells, map[string]int{"frame": d.cells[i].Frame, "row": d.cells[i].Row, "column": d.cells[i].Column})
		}
		for _, e := range d.edges {
			edges = append(edges, [2]int{e.From, e.To})
		}
		raw, err := json.Marshal([]any{boxes, cells, edges, append([]int{}, d.counts...)})
		if err != nil {
			t.Fatal(err)
		}
		type line struct {
			From, To, Count int
			Way             []float64
		}
		type placed struct {
			Width, Height float64
			Boxes         [][2]float64
			Frames        []struct{ X, Y, W, H float64 }
			Lines         []line
		}
		got := eval[placed](b, `gdbtDocs.api.placeFrames(...`+string(raw)+`)`)
		r := layout.PlaceFrames(d.boxes, d.cells, d.edges, d.counts, layout.Options{})
		want := placed{Width: r.Width, Height: r.Height, Boxes: [][2]float64{}, Frames: []struct{ X, Y, W, H float64 }{}, Lines: []line{}}
		for _, p := range r.Boxes {
			want.Boxes = append(want.Boxes, [2]float64{p.X, p.Y})
		}
		for _, f := range r.Frames {
			want.Frames = append(want.Frames, struct{ X, Y, W, H float64 }{f.X, f.Y, f.Width, f.Height})
		}
		for _, l := range r.Lines {
			x := line{From: l.From, To: l.To, Count: l.Count}
			for _, p := range l.Way {
				x.Way = append(x.Way, p.X, p.Y)
			}
			want.Lines = append(want.Lines, x)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -Go +browser\n%.3000s", d.name, diff)
		}
	}
}
