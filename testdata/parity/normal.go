package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/testdata/parity/compare"
)

// normal takes out of an outcome what belongs to machine, time and run.
type normal struct{ dir string }

var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	temp     = regexp.MustCompile(`__dbt_tmp\d{10,20}`)
	took     = regexp.MustCompile(` in \d+\.\d\ds`)
	finished = regexp.MustCompile(` in \d+ hours \d+ minutes and \d+\.\d\d seconds \(\d+\.\d\ds\)`)
	clock    = regexp.MustCompile(`^\d\d:\d\d:\d\d  ?`)
	numbered = regexp.MustCompile(`^\d+ of (\d+) `)
	dots     = regexp.MustCompile(` \.* +\[`)
	stamps   = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00(:00)?)?`)
)

// stamp replaces a time that lies near now.
func stamp(s string) string {
	return stamps.ReplaceAllStringFunc(s, func(t string) string {
		at, err := time.Parse("2006-01-02T15:04:05", strings.Replace(t[:19], " ", "T", 1))
		if err != nil || time.Since(at).Abs() > 26*time.Hour {
			return t
		}
		return "<now>"
	})
}

func (n normal) text(s string) string {
	s = strings.ReplaceAll(s, n.dir, "<dir>")
	s = uuids.ReplaceAllString(s, "<uuid>")
	s = temp.ReplaceAllString(s, "__dbt_tmp<time>")
	return stamp(s)
}

// stdout takes the times out of lines. Independent nodes run in an order that is each tool's
// own, so the lines of nodes are sorted and stand at the end.
func (n normal) stdout(s string) string {
	s = n.text(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		l = strings.TrimRight(clock.ReplaceAllString(l, ""), " ")
		l = finished.ReplaceAllString(l, " in <time>")
		if numbered.MatchString(l) {
			l = dots.ReplaceAllString(l, " ... [")
		}
		l = took.ReplaceAllString(l, " in <time>")
		lines[i] = numbered.ReplaceAllString(l, "# of $1 ")
	}
	var nodes, rest []string
	for _, l := range lines {
		if strings.HasPrefix(l, "# of ") {
			nodes = append(nodes, l)
		} else {
			rest = append(rest, l)
		}
	}
	slices.Sort(nodes)
	return strings.Join(append(sortBlocks(rest), nodes...), "\n")
}

// sortBlocks sorts what is told of failed nodes at the end of a run, for its order is that of the run.
func sortBlocks(lines []string) []string {
	starts := func(l string) bool { return strings.HasPrefix(l, "Failure in ") || strings.HasPrefix(l, "Warning in ") }
	end := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Completed with ") })
	if end < 0 {
		return lines
	}
	from := end + slices.IndexFunc(lines[end:], starts)
	to := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Done. ") })
	if from < end || to < from {
		return lines
	}
	var blocks []string
	for i := from; i < to; {
		j := i + 1
		for j < to && !starts(lines[j]) {
			j++
		}
		blocks = append(blocks, strings.TrimRight(strings.Join(lines[i:j], "\n"), "\n")+"\n")
		i = j
	}
	slices.Sort(blocks)
	out := slices.Clone(lines[:from])
	for _, b := range blocks {
		out = append(out, strings.Split(b, "\n")...)
	}
	return append(out, lines[to:]...)
}

// times are keys whose values are times or durations.
var times = []string{
	"created_at", "execution_time", "elapsed_time", "generated_at", "started_at", "completed_at", "invocation_started_at", "run_started_at",
	"snapshotted_at", "max_loaded_at_time_ago_in_s",
}

// document normalises an artifact.
func (n normal) document(name string, v any) any {
	v = n.value(v)
	o, ok := v.(*compare.Object)
	if !ok {
		return v
	}
	if name == "graph_summary" {
		for k, graph := range o.Values {
			if g, ok := graph.(*compare.Object); ok {
				o.Values[k] = named(g)
			}
		}
	}
	if name == "run_results" || name == "sources" {
		// The order of results is that of the run.
		if list, ok := o.Values["results"].([]any); ok {
			slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(uniqueID(a), uniqueID(b)) })
		}
	}
	return o
}

// named gives the nodes of a graph their names in the place of numbers, which follow the order of files.
func named(graph *compare.Object) *compare.Object {
	name := func(number string) string {
		if n, ok := graph.Values[number].(*compare.Object); ok {
			s, _ := n.Values["name"].(string)
			return s
		}
		return "?" + number
	}
	out := compare.NewObject()
	for _, number := range graph.Keys {
		n, ok := graph.Values[number].(*compare.Object)
		if !ok {
			return graph
		}
		if succ, ok := n.Values["succ"].([]any); ok {
			names := make([]string, len(succ))
			for i, s := range succ {
				names[i] = name(fmt.Sprint(s))
			}
			slices.Sort(names)
			n.Set("succ", strings.Join(names, " "))
		}
		out.Set(name(number), n)
	}
	sorted := compare.NewObject()
	for _, k := range slices.Sorted(maps.Keys(out.Values)) {
		sorted.Set(k, out.Values[k])
	}
	return sorted
}

func uniqueID(v any) string {
	if o, ok := v.(*compare.Object); ok {
		s, _ := o.Values["unique_id"].(string)
		return s
	}
	return ""
}

func (n normal) value(v any) any {
	switch v := v.(type) {
	case string:
		return n.text(v)
	case []any:
		for i := range v {
			v[i] = n.value(v[i])
		}
	case *compare.Object:
		for k, x := range v.Values {
			if slices.Contains(times, k) && x != nil {
				v.Values[k] = "<time>"
			} else {
				v.Values[k] = n.value(x)
			}
		}
	}
	return v
}

// Relation is a relation of the warehouse.
type Relation struct {
	Name    string     `json:"name"`
	Kind    string     `json:"kind"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	// More is what else is known of it: comment, indexes, privileges.
	More []string `json:"more"`
}

// relations prints each relation as a text: what it is, then its rows sorted.
func (n normal) relations(list []Relation) *compare.Object {
	slices.SortFunc(list, func(a, b Relation) int { return strings.Compare(a.Name, b.Name) })
	out := compare.NewObject()
	for _, r := range list {
		lines := make([]string, len(r.Rows))
		scd := slices.IndexFunc(r.Columns, func(c string) bool { return strings.HasPrefix(c, "dbt_scd_id ") })
		for i, row := range r.Rows {
			line := stamp(strings.Join(row, " | "))
			if scd >= 0 && strings.Contains(line, "<now>") {
				line = strings.ReplaceAll(line, row[scd], "<hash>")
			}
			lines[i] = line
		}
		slices.Sort(lines)
		text := fmt.Sprintf("%s (%s)\n", r.Kind, strings.Join(r.Columns, ", "))
		for _, m := range r.More {
			text += m + "\n"
		}
		out.Set(n.text(r.Name), n.text(text)+strings.Join(lines, "\n"))
	}
	return out
}
