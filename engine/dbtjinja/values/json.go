package values

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// writeJSON writes a nested value of a result cell as Python's json.dumps does,
// which is how dbt puts arrays and structs into a table.
func writeJSON(b *strings.Builder, v any) {
	switch x := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(x))
	case string:
		quoteJSON(b, x, true)
	case float64:
		b.WriteString(jsonFloat(x))
	case float32:
		b.WriteString(jsonFloat(float64(x)))
	case adapter.Decimal:
		if d, ok := fromText(x).(Decimal); ok {
			b.WriteString(jsonFloat(d.d.Float()))
			return
		}
		quoteJSON(b, string(x), true)
	case []any:
		b.WriteByte('[')
		for i, e := range x {
			if i > 0 {
				b.WriteString(", ")
			}
			writeJSON(b, e)
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		for i, k := range slices.Sorted(maps.Keys(x)) {
			if i > 0 {
				b.WriteString(", ")
			}
			quoteJSON(b, k, true)
			b.WriteString(": ")
			writeJSON(b, x[k])
		}
		b.WriteByte('}')
	default:
		switch w := cell(v, false).(type) {
		case jinja.Int, *jinja.BigInt:
			b.WriteString(w.String())
		case jinja.DateTime, jinja.Date:
			quoteJSON(b, isoText(w), true)
		default:
			quoteJSON(b, fmt.Sprint(w), true)
		}
	}
}
