package dbtjinja

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// SampleWindow is --sample: the contents of two SQL literals.
type SampleWindow struct{ Start, End string }

// sampled applies --sample: in a model or snapshot, what has an event_time is limited to the window
// (dbt/context/providers.py, resolve_event_time_filter).
func (c *Context) sampled(r adapter.Relation, config *yamldoc.Map, columns manifest.Columns, quote *bool) adapter.Relation {
	field := config.Str("event_time")
	if c.s.Sample == nil || c.mode != ModeRun || field == "" || c.node == nil ||
		c.node.ResourceType != manifest.Model && c.node.ResourceType != manifest.Snapshot {
		return r
	}
	quoted := quote != nil && *quote
	for _, col := range columns {
		if col.Name == field && col.Quote != nil {
			quoted = *col.Quote
		}
	}
	if quoted {
		field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
	}
	r.EventTime = &adapter.EventTimeFilter{Field: field, Start: c.s.Sample.Start, End: c.s.Sample.End}
	return r
}
