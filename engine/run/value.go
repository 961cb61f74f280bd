package run

import (
	"time"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// resultValue is a result as on-run-end hooks see it (dbt's RunResult): by
// attribute, with node, status, message, timing and to_dict().
func resultValue(r *Result) jinja.Value {
	d := jinja.NewDict()
	for k, v := range r.toMap().All() {
		d.SetStr(k, dbtjinja.ToJinja(v))
	}
	if r.Node != nil {
		d.SetStr("node", dbtjinja.ResultNode(r.Node))
	}
	if r.Source != nil {
		d.SetStr("node", dbtjinja.ResultObject(dbtjinja.SourceValue(r.Source)))
	}
	if r.UnitTest != nil && r.Node == nil {
		d.SetStr("node", dbtjinja.ResultObject(dbtjinja.UnitTestValue(r.UnitTest)))
	}
	if r.Exposure != nil {
		d.SetStr("node", dbtjinja.ResultObject(dbtjinja.ExposureValue(r.Exposure)))
	}
	if r.SavedQuery != nil {
		d.SetStr("node", dbtjinja.ResultObject(dbtjinja.SavedQueryValue(r.SavedQuery)))
	}
	if r.Age != nil {
		d.SetStr("max_loaded_at", jinja.FromGo(r.Age.MaxLoadedAt))
		d.SetStr("snapshotted_at", jinja.FromGo(r.Age.SnapshottedAt))
		d.SetStr("age", jinja.Float(r.Age.Seconds()))
	}
	phases := jinja.NewList()
	for _, t := range r.Timing {
		phases.Append(timingObject{t})
	}
	return &resultObject{d, phases}
}

// timingObject is a phase of a result; its times are datetimes, and texts in to_dict().
type timingObject struct{ t Timing }

func (timingObject) Type() string     { return "TimingInfo" }
func (timingObject) Truth() bool      { return true }
func (o timingObject) String() string { return o.Repr() }
func (o timingObject) Repr() string {
	return "TimingInfo(name='" + o.t.Name + "', started_at=" + o.at(o.t.Started).Repr() + ", completed_at=" + o.at(o.t.Completed).Repr() + ")"
}

func (timingObject) at(t time.Time) jinja.Value { return jinja.NewDateTime(t.UTC(), nil) }

// Attr implements jinja.HasAttr.
func (o timingObject) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "name":
		return jinja.Str(o.t.Name), nil
	case "started_at":
		return o.at(o.t.Started), nil
	case "completed_at":
		return o.at(o.t.Completed), nil
	case "to_dict":
		return jinja.NewFunction(name, func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) {
			return dbtjinja.ToJinja(yamldoc.NewMap("name", o.t.Name, "started_at", isoTime(o.t.Started), "completed_at", isoTime(o.t.Completed))), nil
		}), nil
	}
	return nil, nil
}

// resultObject has the fields of the result as in run_results.json, which is what to_dict() gives; the phases of its
// timing are objects.
type resultObject struct {
	d      *jinja.Dict
	timing *jinja.List
}

func (*resultObject) Type() string     { return "RunResult" }
func (*resultObject) Truth() bool      { return true }
func (r *resultObject) String() string { return r.Repr() }
func (r *resultObject) Repr() string {
	s := "RunResult("
	first := true
	for k, v := range r.d.Items() {
		if !first {
			s += ", "
		}
		first = false
		s += k.String() + "=" + v.Repr()
	}
	return s + ")"
}

// Attr implements jinja.HasAttr.
func (r *resultObject) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name == "to_dict" {
		return jinja.NewFunction(name, func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) {
			return r.d.Copy(), nil
		}), nil
	}
	if name == "timing" {
		return r.timing, nil
	}
	v, _ := r.d.GetStr(name)
	return v, nil
}

func timeOf(r *Result) time.Time {
	if len(r.Timing) > 0 {
		return r.Timing[0].Started
	}
	return time.Time{}
}

// Preview prints the rows that show fetched: an agate table, or with format
// "json" a list of objects.
func (r *Result) Preview(format string) string {
	t := values.NewTable(r.Table)
	if format == "json" {
		return t.JSON(false)
	}
	o := values.DefaultPrintOptions()
	o.MaxRows = -1
	return t.Format(o)
}

// Fit is the table of Preview for a terminal of so many columns; 0 is any width.
func (r *Result) Fit(columns int) string {
	o := values.DefaultPrintOptions()
	o.MaxRows = -1
	if columns <= 0 {
		return values.NewTable(r.Table).Format(o)
	}
	return values.NewTable(r.Table).Fit(o, columns)
}

// plain is a node as plain Go values, for methods of the driver.
func plain(n *manifest.Node) map[string]any {
	m := yamldoc.NewMap()
	n.Fields(func(name string, v any) {
		switch v := v.(type) {
		case string, bool, int, int64, float64, *yamldoc.Map, []string:
			m.Set(name, v)
		}
	})
	return yamldoc.Plain(m)
}
