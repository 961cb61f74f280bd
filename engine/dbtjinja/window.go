package dbtjinja

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// window limits what has an event_time to a span of time: in a batch of a microbatch model to the batch, with --sample in
// any model or snapshot to the sample, with both to what they share (dbt/context/providers.py, resolve_event_time_filter).
func (c *Context) window(r adapter.Relation, cfg *yamldoc.Map, columns manifest.Columns, quote *bool) adapter.Relation {
	field := cfg.Str("event_time")
	if c.mode != ModeRun || field == "" || c.node == nil || c.node.ResourceType != manifest.Model && c.node.ResourceType != manifest.Snapshot {
		return r
	}
	var w config.Window
	switch b, sample := c.node.Batch, c.s.Sample; {
	case b != nil:
		w = config.Window{Start: b.Start, End: b.End}
		if sample != nil && sample.Start.After(w.Start) {
			w.Start = sample.Start
		}
		if sample != nil && sample.End.Before(w.End) {
			w.End = sample.End
		}
	case sample != nil:
		w = *sample
	default:
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
	r.EventTime = &adapter.EventTimeFilter{Field: field, Start: config.PythonTime(w.Start), End: config.PythonTime(w.End)}
	return r
}

// batchValue is `model.batch`.
func batchValue(b *manifest.Batch) jinja.Value {
	d := jinja.NewDict()
	d.SetStr("id", jinja.Str(b.ID()))
	d.SetStr("event_time_start", jinja.FromGo(b.Start))
	d.SetStr("event_time_end", jinja.FromGo(b.End))
	return d
}
