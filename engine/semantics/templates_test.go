package semantics

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItems(t *testing.T) {
	c := &checker{grains: Granularities(), custom: []string{"fiscal"}}
	for _, tt := range []struct {
		text string
		want []item
		err  string
	}{
		{text: "amount > 1"},
		{text: "{{ Dimension('order__status') }} = 'a' and {{ Entity('customer') }} = 1", want: []item{
			{kind: "Dimension", name: "order__status", element: "status"}, {kind: "Entity", name: "customer", element: "customer"}}},
		{text: "{{ TimeDimension('metric_time', 'Day') }}", want: []item{{kind: "TimeDimension", name: "metric_time", element: "metric_time", grain: "day"}}},
		{text: "{{ TimeDimension('order__at__fiscal', entity_path=['user']) }}", want: []item{
			{kind: "TimeDimension", name: "order__at__fiscal", element: "at", grain: "fiscal", path: []string{"user"}}}},
		{text: "{{ Dimension('metric_time').grain('week').date_part('month').descending(True) }}", want: []item{
			{kind: "Dimension", name: "metric_time", element: "metric_time", grain: "week", part: "month"}}},
		{text: "{{ Metric('orders', group_by=['customer']) }}", want: []item{{kind: "Metric", name: "orders", element: "orders", path: []string{"customer"}}}},
		{text: "{{ Metric('orders') }}", err: "`group_by` parameter is required for Metric in where filter. This is needed to determine 1) the granularity to " +
			"aggregate the metric to and 2) how to join the metric to the rest of the query"},
		{text: "{{ Dimension('status') }}", err: "name is in an incorrect format: 'status'. It should be of the form: <primary entity name>__<dimension_name>"},
		{text: "{{ Entity('customer').grain('day') }}", err: "`grain` is invalid for `Entity` in this context"},
		{text: "{{ Dimensions('a__b') }}", err: "'Dimensions' is undefined"},
		{text: "{{ Entity('a', entity_path='b') }}", err: "entity_path of Entity is a list, got 'b'"},
	} {
		got, err := c.items(tt.text)
		told := ""
		if err != nil {
			told = err.Error()
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(item{})); diff != "" || told != tt.err {
			t.Errorf("%s: %s\n%s", tt.text, told, diff)
		}
	}
}

// Whatever stands in a filter is an item or an error.
func FuzzItems(f *testing.F) {
	f.Add("{{ Dimension('order__status').grain('day') }} = 'a'")
	f.Add("{% for x in range(3) %}{{ Metric('m', group_by=[x]) }}{% endfor %}")
	f.Fuzz(func(t *testing.T, text string) {
		c := &checker{grains: Granularities()}
		for _, order := range []bool{false, true} {
			items, err := c.read(text, order)
			if err != nil && items != nil {
				t.Errorf("both items and an error: %v", err)
			}
		}
	})
}
