package docs

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/docs/layout"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// cluster is a box of the whole project's graph: the resources of a folder, or a part of them.
type cluster struct {
	label string // the whole name
	part  string // which part of the folder, "" for all of it
	// lane is the folder's number, column the place of the part among the folder's.
	lane, column int
	nodes        []int
}

// The whole project shows each resource as long as there are no more than singly, else folders, at most boxes of them. A
// folder with more than handful resources is several boxes, unless there would be too many of them.
const (
	singly  = 300
	boxes   = 90
	handful = 100
	steps   = 4
)

// cluster sorts the resources of the lineage into folders, and joins the deepest folders until there are few enough. Where
// most of the project lies in folders that refer to each other in circles, each of these is split by steps.
func (s *site) cluster() {
	keys := s.folderKeys()
	at := map[string]int{}
	lanes := make([]int, s.core)
	var byLane [][]int
	for i, k := range keys {
		l, ok := at[k]
		if !ok {
			l = len(byLane)
			at[k] = l
			byLane, s.lanes = append(byLane, nil), append(s.lanes, k)
		}
		lanes[i] = l
		byLane[l] = append(byLane[l], i)
	}
	s.clusterOf = make([]int, s.core)
	step, circled, stepsOf := s.stepsIn(lanes)
	most := min(singly, max(handful, s.core/boxes))
	first := make([]int, stepsOf+1) // the first column of each step
	split := func(l, k int) [][]int {
		list := byLane[l]
		if circled[l] {
			list = slices.DeleteFunc(slices.Clone(list), func(i int) bool { return step[i] != k })
		}
		parts := (len(list) + most - 1) / most
		out := make([][]int, 0, parts)
		for part := range parts {
			size := (len(list) + parts - 1) / parts
			out = append(out, list[part*size:min(len(list), (part+1)*size)])
		}
		return out
	}
	for k := range stepsOf {
		columns := 0
		for l := range byLane {
			if circled[l] {
				columns = max(columns, len(split(l, k)))
			}
		}
		first[k+1] = first[k] + columns
	}
	for l := range byLane {
		all := 1
		if circled[l] {
			all = stepsOf
		}
		for k := range all {
			parts := split(l, k)
			for p, nodes := range parts {
				c := cluster{label: s.lanes[l], lane: l, column: p, nodes: nodes}
				if circled[l] {
					c.column += first[k]
					c.part = "step " + strconv.Itoa(k+1)
				}
				if len(parts) > 1 {
					c.part = strings.TrimPrefix(c.part+", "+strconv.Itoa(p+1)+" of "+strconv.Itoa(len(parts)), ", ")
				}
				if c.part != "" {
					c.label += " (" + c.part + ")"
				}
				for _, i := range nodes {
					s.clusterOf[i] = len(s.clusters)
				}
				s.clusters = append(s.clusters, c)
			}
		}
	}
}

// folderKeys names the folder of each resource of the lineage.
func (s *site) folderKeys() []string {
	keys := make([]string, s.core)
	for i, e := range s.entries[:s.core] {
		switch e.kind {
		case manifest.SourceType:
			keys[i] = "source " + e.source.SourceName
		case manifest.ExposureType, manifest.MetricType, manifest.SemanticModel, manifest.SavedQuery:
			keys[i] = strings.ToLower(kindPlurals[e.kind])
		default:
			keys[i] = path.Dir(e.path)
			if e.pkg != s.in.Manifest.RootProject {
				keys[i] = e.pkg + "/" + keys[i]
			}
		}
	}
	for {
		distinct, deepest := map[string]bool{}, 0
		for _, k := range keys {
			distinct[k] = true
			deepest = max(deepest, strings.Count(k, "/"))
		}
		sources := 0
		for k := range distinct {
			if strings.HasPrefix(k, "source ") {
				sources++
			}
		}
		if len(distinct) <= boxes || deepest == 0 && sources < 2 {
			break
		}
		for i, k := range keys {
			if deepest == 0 && strings.HasPrefix(k, "source ") {
				keys[i] = "sources"
			} else if deepest > 0 && strings.Count(k, "/") == deepest {
				keys[i] = path.Dir(k)
			}
		}
	}
	return keys
}

// stepsIn finds the folders that refer to each other in circles, where these hold the most of a big project, and says in
// which step each of their resources is: a step further for each time that the way to it enters another of the folders.
func (s *site) stepsIn(lanes []int) (step []int, circled []bool, count int) {
	step, circled = make([]int, s.core), make([]bool, len(s.lanes))
	if s.core <= singly {
		return step, circled, 0
	}
	var edges []layout.Edge
	for i := range s.core {
		for _, p := range s.parents[i] {
			if p < s.core && lanes[p] != lanes[i] {
				edges = append(edges, layout.Edge{From: lanes[p], To: lanes[i]})
			}
		}
	}
	circle := layout.Circles(len(s.lanes), edges)
	folders, resources := map[int]int{}, map[int]int{}
	for _, c := range circle {
		folders[c]++
	}
	for _, l := range lanes {
		resources[circle[l]]++
	}
	big := -1
	for c, n := range resources {
		if folders[c] > 2 && n*5 > s.core*2 && (big < 0 || n > resources[big]) {
			big = c
		}
	}
	if big < 0 || boxes/folders[big] < 2 {
		return step, circled, 0
	}
	for l := range circled {
		circled[l] = circle[l] == big
	}
	// Parents come before children in the order of the walk.
	known := make([]bool, s.core)
	var walk func(i int) int
	walk = func(i int) int {
		if known[i] {
			return step[i]
		}
		known[i] = true
		for _, p := range s.parents[i] {
			if p < s.core {
				k := walk(p)
				if circled[lanes[p]] && circled[lanes[i]] && lanes[p] != lanes[i] {
					k++
				}
				step[i] = max(step[i], k)
			}
		}
		return step[i]
	}
	sizes := []int{}
	for i := range s.core {
		k := walk(i)
		if !circled[lanes[i]] {
			continue
		}
		for len(sizes) <= k {
			sizes = append(sizes, 0)
		}
		sizes[k]++
	}
	// Few steps of about the same size say more than many.
	count = min(steps, boxes/folders[big], len(sizes))
	joined, before, last := make([]int, len(sizes)), 0, -1
	for k, n := range sizes {
		joined[k] = min(last+1, count*before/resources[big])
		before += n
		last = joined[k]
	}
	for i := range step {
		if circled[lanes[i]] {
			step[i] = joined[step[i]]
		}
	}
	return step, circled, last + 1
}
