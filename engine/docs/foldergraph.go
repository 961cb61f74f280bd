package docs

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/docs/layout"
)

// folderGraph is the whole project as folders, placed as assets/folders.js places them.
type folderGraph struct {
	layout.Framed
	labels, subs  []string // of the boxes
	sizes         []layout.Box
	titles, notes []string // of the frames, "" for one that is a box alone
}

func (s *site) folderGraph() folderGraph {
	members := make([]int, len(s.clusters))
	shown := make([]bool, s.core)
	for _, i := range s.visible() {
		members[s.clusterOf[i]]++
		shown[i] = true
	}
	var numbers []int
	at := make([]int, len(s.clusters))
	for c, n := range members {
		if at[c] = -1; n > 0 {
			at[c] = len(numbers)
			numbers = append(numbers, c)
		}
	}
	counts := map[layout.Edge]int{}
	var edges, between []layout.Edge
	for i := range s.core {
		for _, p := range s.parents[i] {
			if p >= s.core || !shown[p] || !shown[i] || s.clusterOf[p] == s.clusterOf[i] {
				continue
			}
			e := layout.Edge{From: at[s.clusterOf[p]], To: at[s.clusterOf[i]]}
			if counts[e]++; counts[e] == 1 {
				edges = append(edges, e)
				between = append(between, layout.Edge{From: s.clusters[s.clusterOf[p]].lane, To: s.clusters[s.clusterOf[i]].lane})
			}
		}
	}
	circle := layout.Circles(len(s.lanes), between)
	g := folderGraph{}
	var cells []layout.Cell
	frames, lanes := map[int]int{}, map[int][]int{} // by circle: the frame, the lanes in it
	for _, c := range numbers {
		k := circle[s.clusters[c].lane]
		if _, ok := frames[k]; !ok {
			frames[k] = len(frames)
		}
		row := slices.Index(lanes[k], s.clusters[c].lane)
		if row < 0 {
			row = len(lanes[k])
			lanes[k] = append(lanes[k], s.clusters[c].lane)
		}
		cells = append(cells, layout.Cell{Frame: frames[k], Row: row, Column: s.clusters[c].column})
	}
	g.titles, g.notes = make([]string, len(frames)), make([]string, len(frames))
	inside := make([]int, len(frames))
	resources := make([]int, len(frames))
	stepped := make([]bool, len(frames))
	for k, c := range numbers {
		inside[cells[k].Frame]++
		resources[cells[k].Frame] += members[c]
		stepped[cells[k].Frame] = stepped[cells[k].Frame] || strings.HasPrefix(s.clusters[c].part, "step ")
	}
	for k, f := range frames {
		if inside[f] < 2 {
			continue
		}
		names := make([]string, len(lanes[k]))
		for i, l := range lanes[k] {
			names[i] = s.lanes[l]
		}
		g.titles[f] = sharedFolder(names)
		g.notes[f] = counted(strconv.Itoa(resources[f]), "resource")
		if len(names) > 1 {
			g.notes[f] = strconv.Itoa(len(names)) + " folders that refer to each other"
			if stepped[f] {
				g.notes[f] += ", in steps from left to right"
			}
		}
	}
	for k, c := range numbers {
		f, cl := cells[k].Frame, s.clusters[c]
		label, width := cl.label, 0.0
		if inside[f] > 1 {
			label, width = within(s.lanes[cl.lane], g.titles[f], cl.part), inFrame
		}
		g.labels = append(g.labels, label)
		sub := counted(strconv.Itoa(members[c]), "resource")
		if inside[f] > 1 && cl.part != "" && label != cl.part {
			sub += ", " + cl.part
		}
		g.subs = append(g.subs, sub)
		g.sizes = append(g.sizes, layout.Box{Width: max(width, boxWidth(len([]rune(label)))), Height: clusterHigh})
	}
	weights := make([]int, len(edges))
	for k, e := range edges {
		weights[k] = counts[e]
	}
	g.Framed = layout.PlaceFrames(g.sizes, cells, edges, weights, layout.Options{})
	return g
}

// sharedFolder is the longest folder that all names lie in; of one name it is that.
func sharedFolder(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	shared := strings.Split(names[0], "/")
	for _, n := range names[1:] {
		parts := strings.Split(n, "/")
		k := 0
		for k < len(shared) && k < len(parts) && shared[k] == parts[k] {
			k++
		}
		shared = shared[:k]
	}
	return strings.Join(shared, "/")
}

// within is a folder's name below the shared one of its frame; where it is that itself, the part is what tells it apart.
func within(name, shared, part string) string {
	if name == shared {
		if part != "" {
			return part
		}
		return path.Base(name)
	}
	if shared == "" {
		return name
	}
	return strings.TrimPrefix(name, shared+"/")
}
