package semantics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// item is one thing that a template asks for: Dimension('order__is_food'), TimeDimension('metric_time', 'day'),
// Entity('order'), Metric('orders', group_by=['customer']).
type item struct {
	kind, name string
	// element is the name without its entities and its grain.
	element, grain string
	path           []string
	part           string // date part
}

// key tells items apart, whatever their order.
func (i item) key() string {
	return strings.TrimSpace(strings.Join(append([]string{i.kind, i.name, i.grain, i.part}, i.path...), " "))
}

// items reads what a filter or a group-by asks for.
func (c *checker) items(text string) ([]item, error) { return c.read(text, false) }

// orderItems reads an order-by, which may say descending(True), and where a metric needs no group_by.
func (c *checker) orderItems(text string) ([]item, error) { return c.read("{{ "+text+" }}", true) }

func (c *checker) read(text string, order bool) ([]item, error) {
	t, err := jinja.NewEnv(jinja.Options{}).Parse("", text)
	if err != nil {
		return nil, plain(err)
	}
	r := &reader{c: c, order: order}
	th := jinja.NewThread(context.Background())
	th.Undefined = jinja.UndefinedStrict
	if _, err := t.Render(th, r); err != nil {
		return nil, plain(err)
	}
	var out []item
	for _, q := range r.items {
		it, err := q.resolve(c, order)
		if err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, nil
}

// plain is an error of the template engine without its place.
func plain(err error) error {
	var e *jinja.Error
	if errors.As(err, &e) {
		return errors.New(e.Msg)
	}
	return err
}

// reader is the context of a template: four functions that note what is asked for.
type reader struct {
	c     *checker
	order bool
	items []*request
}

// Lookup implements jinja.Context.
func (r *reader) Lookup(name string) (jinja.Value, bool) {
	params := map[string][]string{
		"Dimension":     {"name", "entity_path"},
		"TimeDimension": {"time_dimension_name", "time_granularity_name", "entity_path", "descending", "date_part_name"},
		"Entity":        {"entity_name", "entity_path"},
		"Metric":        {"metric_name", "group_by"},
	}[name]
	if params == nil {
		return nil, false
	}
	return jinja.NewFunction(name, func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		list := make([]jinja.Param, len(params))
		for i, p := range params {
			list[i] = jinja.Param{Name: p}
			if i > 0 {
				list[i].Default = jinja.None
			}
		}
		given, err := jinja.Bind(name, args, kwargs, list...)
		if err != nil {
			return nil, err
		}
		q := &request{item: item{kind: name, name: given[0].String()}}
		for i, p := range params[1:] {
			v := given[i+1]
			switch {
			case v == jinja.None:
			case p == "time_granularity_name":
				q.grain = strings.ToLower(v.String())
			case p == "date_part_name":
				q.part = strings.ToLower(v.String())
			case p == "entity_path" || p == "group_by":
				plain, err := jinja.ToGo(v)
				list, ok := plain.([]any)
				if err != nil || !ok {
					return nil, fmt.Errorf("%s of %s is a list, got %s", p, name, v.Repr())
				}
				for _, x := range list {
					q.path = append(q.path, yamldoc.Text(x))
				}
			}
		}
		r.items = append(r.items, q)
		return &builder{q, r.order}, nil
	}), true
}

// request is an item while the template is read: methods may still change it.
type request struct{ item }

// resolve takes the name apart: entities before, a grain behind (StructuredDunderedName).
func (q *request) resolve(c *checker, order bool) (item, error) {
	it := q.item
	if it.kind == "Metric" {
		if !order && len(it.path) == 0 {
			return it, errors.New("`group_by` parameter is required for Metric in where filter. This is needed to determine 1) the granularity to aggregate the metric to " +
				"and 2) how to join the metric to the rest of the query")
		}
		it.element = it.name
		return it, nil
	}
	names := strings.Split(it.name, "__")
	grain := ""
	timed := it.kind == "TimeDimension" || it.grain != "" || it.part != ""
	if last := names[len(names)-1]; len(names) > 1 && (slices.Contains(c.grains, last) || timed && slices.Contains(c.custom, last)) {
		grain, names = last, names[:len(names)-1]
	}
	it.element = names[len(names)-1]
	if it.kind == "Entity" {
		if grain != "" {
			return it, fmt.Errorf("name is in an incorrect format: '%s'. It should not contain a time grain suffix", it.name)
		}
		return it, nil
	}
	if len(names) != 2 && it.element != "metric_time" {
		return it, fmt.Errorf("name is in an incorrect format: '%s'. It should be of the form: <primary entity name>__<dimension_name>", it.name)
	}
	if grain != "" && it.grain != "" && grain != it.grain {
		return it, fmt.Errorf("received different grains in `time_dimension_name` parameter ('%s') and `time_granularity_name` parameter ('%s'). Remove the grain suffix "+
			"(`%s`) from the time dimension name and use the `time_granularity_name` parameter to specify the intended grain", it.name, it.grain, grain)
	}
	if it.grain == "" && timed {
		it.grain = grain
	}
	return it, nil
}

// builder is an item in a template, with the methods grain, date_part and descending.
type builder struct {
	q     *request
	order bool
}

func (b *builder) Type() string   { return b.q.kind }
func (b *builder) Truth() bool    { return true }
func (b *builder) String() string { return "" }
func (b *builder) Repr() string   { return b.q.kind + "('" + b.q.name + "')" }

// Attr implements jinja.HasAttr.
func (b *builder) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	dimension := b.q.kind == "Dimension"
	switch {
	case dimension && (name == "grain" || name == "date_part"):
	case name == "descending" && (b.order || dimension):
	case slices.Contains([]string{"grain", "date_part", "descending"}, name):
		return nil, fmt.Errorf("`%s` is invalid for `%s` in this context", name, b.q.kind)
	default:
		return nil, nil
	}
	return jinja.NewFunction(name, func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind(name, args, kwargs, jinja.Param{Name: "value"})
		if err != nil {
			return nil, err
		}
		switch name {
		case "grain":
			b.q.grain = strings.ToLower(a[0].String())
		case "date_part":
			b.q.part = strings.ToLower(a[0].String())
		}
		return b, nil
	}), nil
}
