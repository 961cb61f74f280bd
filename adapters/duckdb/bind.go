package duckdb

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// bind gives a value to a placeholder.
func bind(stmt mapping.PreparedStatement, at mapping.IdxT, v any) error {
	var state mapping.State
	switch v := v.(type) {
	case nil:
		state = mapping.BindNull(stmt, at)
	case bool:
		state = mapping.BindBoolean(stmt, at, v)
	case int:
		return bind(stmt, at, int64(v))
	case int64:
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			state = mapping.BindInt32(stmt, at, int32(v))
		} else {
			state = mapping.BindInt64(stmt, at, v)
		}
	case float64:
		state = mapping.BindDouble(stmt, at, v)
	case adapter.Decimal:
		d, ok := decimalValue(string(v))
		if !ok {
			return bind(stmt, at, string(v))
		}
		state = mapping.BindDecimal(stmt, at, d)
	case adapter.Date:
		t, err := time.Parse(time.DateOnly, string(v))
		if err != nil {
			return bind(stmt, at, string(v))
		}
		state = mapping.BindDate(stmt, at, mapping.NewDate(int32(t.Unix()/86400)))
	case adapter.Timestamp:
		state = mapping.BindTimestamp(stmt, at, mapping.NewTimestamp(v.UnixMicro()))
	case time.Time:
		state = mapping.BindTimestampTZ(stmt, at, mapping.NewTimestamp(v.UnixMicro()))
	case time.Duration:
		days := v / (24 * time.Hour)
		state = mapping.BindInterval(stmt, at, mapping.NewInterval(0, int32(days), (v%(24*time.Hour)).Microseconds()))
	case []byte:
		state = mapping.BindBlob(stmt, at, v)
	case string:
		if err := validText(v); err != nil {
			return err
		}
		state = mapping.BindVarcharLength(stmt, at, v, mapping.IdxT(len(v)))
	default:
		text, err := valueText(v)
		if err != nil {
			return err
		}
		return bind(stmt, at, text)
	}
	if state == mapping.StateError {
		return fmt.Errorf("DuckDB refused a value of type %T: %s", v, mapping.PrepareError(stmt))
	}
	return nil
}

func validText(s string) error {
	if !utf8.ValidString(s) {
		if len(s) > 40 {
			s = s[:40]
		}
		return fmt.Errorf("a text value is not valid UTF-8: %q", s)
	}
	return nil
}

// decimalValue reads a plain decimal of at most 38 digits.
func decimalValue(s string) (mapping.Decimal, bool) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := whole + fraction
	if digits == "" || len(digits) > 38 || strings.Trim(digits, "0123456789") != "" {
		return mapping.Decimal{}, false
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return mapping.Decimal{}, false
	}
	if strings.HasPrefix(s, "-") {
		n.Neg(n)
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	high := new(big.Int).Rsh(n, 64).Int64()
	return mapping.NewDecimal(uint8(len(digits)), uint8(len(fraction)), mapping.NewHugeInt(low, high)), true
}

// valueText prints a value so that DuckDB's cast from VARCHAR reads it.
func valueText(v any) (string, error) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case *big.Int:
		return v.String(), nil
	case float64:
		switch {
		case math.IsInf(v, 1):
			return "inf", nil
		case math.IsInf(v, -1):
			return "-inf", nil
		case math.IsNaN(v):
			return "nan", nil
		}
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case adapter.Decimal:
		return string(v), nil
	case string:
		return v, validText(v)
	case adapter.Date:
		return string(v), nil
	case adapter.Timestamp:
		return timestampText(v.Time), nil
	case time.Time:
		return timestampText(v.UTC()) + "+00", nil
	case time.Duration:
		return strconv.FormatInt(v.Microseconds(), 10) + " microseconds", nil
	case []byte:
		var b strings.Builder
		for i := range v {
			b.WriteString(`\x` + hex.EncodeToString(v[i:i+1]))
		}
		return b.String(), nil
	case []any, adapter.Object, map[string]any:
		return adapter.JSONText(v), nil
	default:
		return "", fmt.Errorf("a value of type %T can't be sent", v)
	}
}

func timestampText(t time.Time) string {
	if y := t.Year(); y <= 0 {
		return fmt.Sprintf("%04d-%s (BC)", 1-y, t.Format("01-02 15:04:05.999999"))
	}
	return t.Format("2006-01-02 15:04:05.999999")
}
