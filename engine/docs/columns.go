package docs

import (
	"strconv"

	"github.com/gdbt-dev/gdbt/engine/lineage"
)

// columnShard holds the columns of a group by the resource's number.
type columnShard map[string]columnSet

// columnSet is what is known of a resource's columns. A place is [number of the resource, column, kind], with the kinds
// d(irect) and c(omputed).
type columnSet struct {
	Names []string `json:"names"`
	Types []string `json:"types,omitempty"`
	// From and To are the places that a column comes from and goes into, one list for each column.
	From [][][3]any `json:"from,omitempty"`
	To   [][][3]any `json:"to,omitempty"`
	// Filters are the places that decide which rows come out; Rows are the resources whose rows a column decides.
	Filters [][2]any      `json:"filters,omitempty"`
	Rows    map[int][]int `json:"rows,omitempty"`
	// Untraced says why a column, by its place, could not be followed; Open why columns may be missing; Err why nothing was read.
	Untraced map[int]string `json:"untraced,omitempty"`
	Open     string         `json:"open,omitempty"`
	Err      string         `json:"error,omitempty"`
}

func (s *site) lineageOf(e *entry) *lineage.Node {
	if s.in.Lineage == nil {
		return nil
	}
	return s.in.Lineage.Node(e.id)
}

func (s *site) columnsOf(first, last int) columnShard {
	out := columnShard{}
	for _, e := range s.entries[first:last] {
		set := columnSet{Rows: map[int][]int{}, Untraced: map[int]string{}}
		types := map[string]string{}
		var listed []string
		if t := s.catalog[e.id]; t != nil {
			for _, c := range t.Columns {
				types[c.Name] = c.Type
				listed = append(listed, c.Name)
			}
		}
		if len(listed) == 0 {
			for _, c := range e.columns {
				types[c.Name] = text(c.DataType)
				listed = append(listed, c.Name)
			}
		}
		n := s.lineageOf(e)
		if n != nil {
			set.Open, set.Err = n.Open, s.said(n.Err)
			for _, r := range n.Filters {
				if at := s.byID[r.Node]; at != nil {
					set.Filters = append(set.Filters, [2]any{at.index, r.Column})
				}
			}
			if len(listed) == 0 {
				for _, c := range n.Columns {
					listed = append(listed, c.Name)
				}
			}
		}
		typed := false
		for i, name := range listed {
			set.Names = append(set.Names, name)
			set.Types = append(set.Types, types[name])
			typed = typed || types[name] != ""
			if s.in.Lineage == nil {
				continue
			}
			from, to := [][3]any{}, [][3]any{}
			ref := lineage.Ref{Node: e.id, Column: name}
			if c := s.in.Lineage.Column(ref); c != nil {
				from = s.places(c.From)
				if c.Untraced != "" {
					set.Untraced[i] = c.Untraced
				}
			} else if n != nil && len(s.parents[e.index]) > 0 {
				set.Untraced[i] = "the lineage does not know this column"
			}
			to = append(to, s.places(s.in.Lineage.UsedBy(ref))...)
			set.From, set.To = append(set.From, from), append(set.To, to)
			for _, id := range s.in.Lineage.FilteredBy(ref) {
				if at := s.byID[id]; at != nil {
					set.Rows[i] = append(set.Rows[i], at.index)
				}
			}
		}
		if !typed {
			set.Types = nil
		}
		if len(set.Names) > 0 || set.Err != "" || set.Open != "" {
			out[strconv.Itoa(e.index)] = set
		}
	}
	return out
}

func (s *site) places(edges []lineage.Edge) [][3]any {
	out := make([][3]any, 0, len(edges))
	for _, x := range edges {
		if at := s.byID[x.Node]; at != nil {
			kind := "c"
			if x.Kind == lineage.Direct {
				kind = "d"
			}
			out = append(out, [3]any{at.index, x.Column, kind})
		}
	}
	return out
}
