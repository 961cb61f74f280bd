package lineage

import (
	"slices"
)

// environment holds the common table expressions in reach.
type environment struct {
	outer *environment
	ctes  []*cte
}

// cte is a common table expression, resolved when it is first read.
type cte struct {
	def     *CTE
	env     *environment
	outer   *scope
	done    bool
	running bool
	// read tells that it was read while it was being resolved, with what was known of it then.
	read    bool
	entries []entry
	filters filters
}

// cte resolves a common table expression when it is first read. One that reads itself is resolved again until nothing
// new comes in.
func (r *resolver) cte(c *cte) error {
	if c.done {
		return nil
	}
	if c.running {
		c.read = true
		return nil
	}
	c.running = true
	defer func() { c.running = false }()
	f, err := r.collect(func() error {
		q := c.def.Query
		op, _ := q.Body.(*SetOp)
		if !c.def.Recursive || op == nil || op.Op != Union || len(q.With) > 0 || q.Limited {
			entries, err := r.query(q, c.env, c.outer)
			c.entries = r.renamed(r.numbered(entries), c.def.Columns)
			return err
		}
		first := func(entries []entry) { c.entries = r.renamed(r.numbered(entries), c.def.Columns) }
		for range 64 { // kinds and columns only grow: a chain of that length is no query
			before := c.entries
			entries, err := r.setOp(op, c.env, c.outer, func(left []entry) {
				if before == nil {
					first(left)
				}
			})
			if err != nil {
				return err
			}
			first(entries)
			if !c.read || slices.EqualFunc(before, c.entries, func(a, b entry) bool { return a.name == b.name && a.org.equal(b.org) }) {
				break
			}
		}
		return nil
	})
	known := c.entries
	for _, x := range c.def.Extra {
		from := slices.DeleteFunc(slices.Clone(known), func(e entry) bool { return !slices.Contains(x.From, e.name) })
		if len(from) < len(x.From) { // some are among those that are not known
			from = known
		}
		c.entries = append(slices.Clip(c.entries), entry{name: x.Name, org: r.row(from)})
	}
	c.filters = *f
	c.done = err == nil
	return err
}
