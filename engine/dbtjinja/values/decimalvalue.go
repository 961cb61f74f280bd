package values

import (
	"errors"
	"math/big"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values/decimal"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// Decimal is Python's decimal.Decimal: what dbt gives for numeric and float
// columns.
type Decimal struct{ d decimal.Decimal }

// Type is "decimal.Decimal".
func (Decimal) Type() string { return "decimal.Decimal" }

// Truth is false for zero.
func (d Decimal) Truth() bool { return !d.d.IsZero() }

// String is Python's str: digits as they are, trailing zeros included.
func (d Decimal) String() string { return d.d.String() }

// Repr is Decimal('1.50').
func (d Decimal) Repr() string { return "Decimal('" + d.d.String() + "')" }

// Decimal returns the number.
func (d Decimal) Decimal() decimal.Decimal { return d.d }

// asDecimal turns a number into a decimal; exact tells that Python's Decimal
// does arithmetic with it (floats only compare).
func asDecimal(v jinja.Value) (d decimal.Decimal, exact, ok bool) {
	switch x := v.(type) {
	case Decimal:
		return x.d, true, true
	case jinja.Int:
		return decimal.FromInt(int64(x)), true, true
	case *jinja.BigInt:
		return decimal.FromBig(x.Big()), true, true
	case jinja.Bool:
		if x {
			return decimal.FromInt(1), true, true
		}
		return decimal.FromInt(0), true, true
	case jinja.Float:
		return exactFloat(float64(x)), false, true
	}
	return decimal.Decimal{}, false, false
}

// exactFloat is the float's exact value, with which Python compares decimals.
func exactFloat(f float64) decimal.Decimal {
	r := new(big.Rat)
	if r.SetFloat64(f) == nil {
		return decimal.FromFloat(f) // inf and nan
	}
	d, err := decimal.Parse(r.FloatString(r.Denom().BitLen()))
	if err != nil {
		return decimal.FromFloat(f)
	}
	return d
}

// EqualTo compares with numbers by value.
func (d Decimal) EqualTo(other jinja.Value) bool {
	o, _, ok := asDecimal(other)
	if !ok {
		return false
	}
	c, ok := decimal.Cmp(d.d, o)
	return ok && c == 0
}

// Compare orders numbers; 2 says that one of them is not a number.
func (d Decimal) Compare(other jinja.Value) (int, error) {
	o, _, ok := asDecimal(other)
	if !ok {
		return 0, jinja.Raise("TypeError", "'<' not supported between instances of 'decimal.Decimal' and '"+other.Type()+"'")
	}
	c, ok := decimal.Cmp(d.d, o)
	if !ok {
		return 2, nil
	}
	return c, nil
}

// HashKey makes equal numbers the same key of a dict.
func (d Decimal) HashKey() (any, error) {
	if d.d.IsNaN() {
		return nil, jinja.Raise("TypeError", "Cannot hash a signaling NaN value.")
	}
	if d.d.IsInt() {
		if n, err := d.d.Int(); err == nil && n.IsInt64() {
			return n.Int64(), nil
		}
	}
	if f := d.d.Float(); exactEqual(d.d, f) {
		return f, nil
	}
	return "decimal:" + d.d.Normalize().String(), nil
}

func exactEqual(d decimal.Decimal, f float64) bool {
	c, ok := decimal.Cmp(d, exactFloat(f))
	return ok && c == 0
}

// Binary is arithmetic with ints, bools and decimals.
func (d Decimal) Binary(_ *jinja.Thread, op string, other jinja.Value, reversed bool) (jinja.Value, error) {
	o, exact, ok := asDecimal(other)
	if !ok || !exact {
		return nil, nil
	}
	a, b := d.d, o
	if reversed {
		a, b = b, a
	}
	var r decimal.Decimal
	var err error
	switch op {
	case "+":
		r, err = decimal.Add(a, b)
	case "-":
		r, err = decimal.Sub(a, b)
	case "*":
		r, err = decimal.Mul(a, b)
	case "/":
		r, err = decimal.Div(a, b)
	case "//":
		r, err = decimal.FloorDiv(a, b)
	case "%":
		r, err = decimal.Mod(a, b)
	case "**":
		r, err = decimal.Pow(a, b)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, arithmeticError(err)
	}
	return Decimal{r}, nil
}

func arithmeticError(err error) error {
	switch {
	case errors.Is(err, decimal.ErrDivisionByZero):
		return jinja.Raise("decimal.DivisionByZero", err.Error())
	case errors.Is(err, decimal.ErrOverflow):
		return jinja.Raise("decimal.Overflow", err.Error())
	}
	return jinja.Raise("decimal.InvalidOperation", err.Error())
}

// Unary is + and -.
func (d Decimal) Unary(op string) (jinja.Value, error) {
	if op == "-" {
		return Decimal{d.d.Neg()}, nil
	}
	return d, nil
}

// ToInt is int(d).
func (d Decimal) ToInt() (jinja.Value, error) {
	n, err := d.d.Int()
	if err != nil {
		return nil, jinja.Raise("ValueError", err.Error())
	}
	return jinja.NewBigInt(n), nil
}

// ToFloat is float(d).
func (d Decimal) ToFloat() (float64, error) { return d.d.Float(), nil }

// Round is round(d, places), half to even.
func (d Decimal) Round(places int) (jinja.Value, error) { return Decimal{d.d.Quantize(places)}, nil }

// Abs is abs(d).
func (d Decimal) Abs() (jinja.Value, error) { return Decimal{d.d.Abs()}, nil }

// decimalTuple is Python's DecimalTuple: sign, digits and exponent, by index and by name.
type decimalTuple struct{ parts [3]jinja.Value }

func (decimalTuple) Type() string     { return "DecimalTuple" }
func (decimalTuple) Truth() bool      { return true }
func (d decimalTuple) String() string { return d.Repr() }
func (d decimalTuple) Repr() string {
	return "DecimalTuple(sign=" + d.parts[0].Repr() + ", digits=" + d.parts[1].Repr() + ", exponent=" + d.parts[2].Repr() + ")"
}

// Attr implements jinja.HasAttr.
func (d decimalTuple) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "sign":
		return d.parts[0], nil
	case "digits":
		return d.parts[1], nil
	case "exponent":
		return d.parts[2], nil
	}
	return nil, nil
}

// Item implements jinja.HasItem.
func (d decimalTuple) Item(_ *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	if i, ok := key.(jinja.Int); ok && i >= -3 && i < 3 {
		return d.parts[(int(i)+3)%3], nil
	}
	return nil, nil
}

func (d Decimal) tuple() jinja.Value {
	sign := jinja.Int(0)
	if d.d.Negative() {
		sign = 1
	}
	var digits jinja.Tuple
	exponent := jinja.Value(jinja.Str("n"))
	switch {
	case d.d.IsInf():
		digits, exponent = jinja.Tuple{jinja.Int(0)}, jinja.Str("F")
	case d.d.IsNaN():
	default:
		text, exp := d.d.Coefficient()
		for _, c := range text {
			digits = append(digits, jinja.Int(c-'0'))
		}
		exponent = jinja.Int(exp)
	}
	return decimalTuple{[3]jinja.Value{sign, digits, exponent}}
}

var decimalMethods = methods[Decimal]{
	"as_tuple": func(d Decimal, a args) (jinja.Value, error) { return d.tuple(), a.none("as_tuple") },
	"normalize": func(d Decimal, a args) (jinja.Value, error) {
		return Decimal{d.d.Normalize()}, a.none("normalize")
	},
	"is_nan":      func(d Decimal, a args) (jinja.Value, error) { return jinja.Bool(d.d.IsNaN()), a.none("is_nan") },
	"is_zero":     func(d Decimal, a args) (jinja.Value, error) { return jinja.Bool(d.d.IsZero()), a.none("is_zero") },
	"is_infinite": func(d Decimal, a args) (jinja.Value, error) { return jinja.Bool(d.d.IsInf()), a.none("is_infinite") },
	"is_signed":   func(d Decimal, a args) (jinja.Value, error) { return jinja.Bool(d.d.Negative()), a.none("is_signed") },
	"to_integral_value": func(d Decimal, a args) (jinja.Value, error) {
		if d.d.IsInt() {
			return d, a.none("to_integral_value")
		}
		return Decimal{d.d.Quantize(0)}, a.none("to_integral_value")
	},
}

// Attr gives the methods.
func (d Decimal) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	return decimalMethods.bound(d, name), nil
}

// fromText makes a value of an adapter's decimal.
func fromText(s adapter.Decimal) jinja.Value {
	d, err := decimal.Parse(string(s))
	if err != nil {
		return jinja.Str(s)
	}
	return Decimal{d}
}
