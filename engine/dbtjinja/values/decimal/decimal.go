// Package decimal is Python's decimal.Decimal in its default context (28
// digits, half-even rounding): the numbers that agate, and so dbt, makes of
// SQL's numeric and float columns and of numbers in seeds. Results print as
// Python prints them, trailing zeros included.
package decimal

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// Precision is the number of digits of a result.
const Precision = 28

type form uint8

const (
	finite form = iota
	infinite
	nan
)

// Decimal is (-1)^neg · coef · 10^exp, an infinity or not a number. It is
// immutable; the zero value is 0.
type Decimal struct {
	coef *big.Int // never negative; nil is 0
	exp  int
	neg  bool
	form form
}

// Errors of arithmetic, named as Python's exceptions.
var (
	ErrSyntax         = errors.New("not a decimal number")
	ErrDivisionByZero = errors.New("[<class 'decimal.DivisionByZero'>]")
	ErrUndefined      = errors.New("[<class 'decimal.DivisionUndefined'>]")
	ErrInvalid        = errors.New("[<class 'decimal.InvalidOperation'>]")
	ErrOverflow       = errors.New("[<class 'decimal.Overflow'>]")
)

// maxExponent bounds exponents as Python's default context does (Emax).
const maxExponent = 999999

// FromInt makes a decimal of an int.
func FromInt(n int64) Decimal { return FromBig(big.NewInt(n)) }

// FromBig makes a decimal of an int of any size, without rounding.
func FromBig(n *big.Int) Decimal {
	return Decimal{coef: new(big.Int).Abs(n), neg: n.Sign() < 0}
}

// FromFloat makes the decimal of the shortest digits that give f, as
// Decimal(repr(f)) does.
func FromFloat(f float64) Decimal {
	switch {
	case math.IsNaN(f):
		return Decimal{form: nan}
	case math.IsInf(f, 0):
		return Decimal{form: infinite, neg: f < 0}
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if a := math.Abs(f); a == 0 || a >= 1e-4 && a < 1e16 {
		s = strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
	}
	d, _ := Parse(s)
	return d
}

// Parse reads what Python's Decimal(str) reads: an optional sign, digits of any
// script with single underscores between them, an exponent, "inf", "infinity"
// or "nan"; white space around it is ignored.
func Parse(s string) (Decimal, error) {
	s = strings.TrimFunc(s, unicode.IsSpace)
	var d Decimal
	if s != "" && (s[0] == '+' || s[0] == '-') {
		d.neg = s[0] == '-'
		s = s[1:]
	}
	if s == "" {
		return Decimal{}, ErrSyntax
	}
	if c := s[0] | 0x20; c == 'i' || c == 'n' || c == 's' {
		return special(d, strings.ToLower(s))
	}
	digits := make([]byte, 0, len(s))
	seen, point := false, false
	rest := ""
scan:
	for i, r := range s {
		switch {
		case '0' <= r && r <= '9':
			digits = append(digits, byte(r))
			seen = true
		case r == '.' && !point:
			point = true
			continue
		case r == '_':
			continue
		case (r == 'e' || r == 'E') && seen:
			rest = s[i+1:]
			if rest == "" {
				return Decimal{}, ErrSyntax
			}
			break scan
		default:
			v, ok := digitValue(r)
			if !ok {
				return Decimal{}, ErrSyntax
			}
			digits = append(digits, '0'+v)
			seen = true
		}
		if point {
			d.exp--
		}
	}
	if !seen {
		return Decimal{}, ErrSyntax
	}
	if rest != "" {
		e, err := strconv.Atoi(strings.ReplaceAll(rest, "_", ""))
		if err != nil || e > 2*maxExponent || e < -2*maxExponent {
			return Decimal{}, ErrSyntax
		}
		d.exp += e
	}
	d.coef, _ = new(big.Int).SetString(string(digits), 10)
	return d, nil
}

func special(d Decimal, s string) (Decimal, error) {
	switch {
	case s == "inf" || s == "infinity":
		d.form = infinite
		return d, nil
	case strings.HasPrefix(s, "nan"), strings.HasPrefix(s, "snan"):
		for _, c := range s[strings.Index(s, "nan")+3:] {
			if c < '0' || c > '9' {
				return Decimal{}, ErrSyntax
			}
		}
		return Decimal{form: nan}, nil
	}
	return Decimal{}, ErrSyntax
}

// digitValue gives the value of a decimal digit of any script: Unicode lists
// them in runs of ten.
func digitValue(r rune) (byte, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	return 0, false
}

// ten is read only.
var ten = big.NewInt(10)

func pow10(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }

func (d Decimal) c() *big.Int {
	if d.coef == nil {
		return new(big.Int)
	}
	return d.coef
}

// IsZero tells whether d is 0 or -0.
func (d Decimal) IsZero() bool { return d.form == finite && d.c().Sign() == 0 }

// IsNaN and IsInf tell about the special values.
func (d Decimal) IsNaN() bool { return d.form == nan }

// IsInf tells whether d is an infinity.
func (d Decimal) IsInf() bool { return d.form == infinite }

// Negative tells whether d has a minus sign, -0 included.
func (d Decimal) Negative() bool { return d.neg }

// Neg is -d, rounded as Python's unary minus: -0 becomes 0.
func (d Decimal) Neg() Decimal {
	d.neg = !d.neg && !d.IsZero()
	return d.round()
}

// Abs is |d|.
func (d Decimal) Abs() Decimal {
	d.neg = false
	return d.round()
}

// String is Python's str(d).
func (d Decimal) String() string {
	sign := ""
	if d.neg {
		sign = "-"
	}
	switch d.form {
	case nan:
		return "NaN"
	case infinite:
		return sign + "Infinity"
	}
	digits := d.c().String()
	left := len(digits) + d.exp // digits in front of the point
	dot := left
	if d.exp > 0 || left <= -6 {
		dot = 1
	}
	var b strings.Builder
	b.WriteString(sign)
	switch {
	case dot <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -dot))
		b.WriteString(digits)
	case dot >= len(digits):
		b.WriteString(digits)
		b.WriteString(strings.Repeat("0", dot-len(digits)))
	default:
		b.WriteString(digits[:dot])
		b.WriteByte('.')
		b.WriteString(digits[dot:])
	}
	if left != dot {
		b.WriteByte('E')
		if e := left - dot; e >= 0 {
			b.WriteByte('+')
		}
		b.WriteString(strconv.Itoa(left - dot))
	}
	return b.String()
}

// Plain is the number without an exponent.
func (d Decimal) Plain() string {
	if d.form != finite {
		return d.String()
	}
	if d.exp > 0 {
		d.coef = new(big.Int).Mul(d.c(), pow10(d.exp))
		d.exp = 0
	}
	sign := ""
	if d.neg {
		sign = "-"
	}
	digits := d.c().String()
	if d.exp == 0 {
		return sign + digits
	}
	if n := -d.exp - len(digits) + 1; n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	return sign + digits[:len(digits)+d.exp] + "." + digits[len(digits)+d.exp:]
}

// Normalize drops trailing zeros of the coefficient.
func (d Decimal) Normalize() Decimal {
	d = d.round()
	if d.form != finite {
		return d
	}
	if d.IsZero() {
		d.exp = 0
		return d
	}
	q, r := new(big.Int), new(big.Int)
	c := new(big.Int).Set(d.c())
	for {
		q.QuoRem(c, ten, r)
		if r.Sign() != 0 {
			break
		}
		c, q = q, c
		d.exp++
	}
	d.coef = c
	return d
}

// Digits gives the count of significant digits and the exponent.
func (d Decimal) Digits() (n, exp int) { return len(d.c().String()), d.exp }

// Coefficient gives the digits without sign and point, and the power of ten that they count in.
func (d Decimal) Coefficient() (digits string, exp int) { return d.c().String(), d.exp }

// round applies the context's precision.
func (d Decimal) round() Decimal {
	if d.form != finite {
		return d
	}
	n := numDigits(d.c())
	if n <= Precision {
		return d
	}
	drop := n - Precision
	d.coef = quoHalfEven(d.c(), pow10(drop))
	d.exp += drop
	if numDigits(d.coef) > Precision { // 999… became 1000…
		d.coef = new(big.Int).Quo(d.coef, ten)
		d.exp++
	}
	return d
}

func numDigits(n *big.Int) int {
	if n.BitLen() < 90 {
		return len(n.String())
	}
	return len(n.Text(10))
}

// quoHalfEven is n/m for positive numbers, rounded to the nearest, ties to even.
func quoHalfEven(n, m *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, m, new(big.Int))
	switch r.Lsh(r, 1).Cmp(m) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
	}
	return q
}

// Quantize rounds d to places digits behind the point (negative: in front),
// half to even, as round(d, places).
func (d Decimal) Quantize(places int) Decimal {
	if d.form != finite {
		return d
	}
	shift := -places - d.exp
	switch {
	case shift > 0:
		if shift > numDigits(d.c())+1 {
			d.coef = new(big.Int)
		} else {
			d.coef = quoHalfEven(d.c(), pow10(shift))
		}
	case shift < 0:
		d.coef = new(big.Int).Mul(d.c(), pow10(-shift))
	}
	d.exp = -places
	return d
}

// Int is int(d): the whole part.
func (d Decimal) Int() (*big.Int, error) {
	switch d.form {
	case nan:
		return nil, errors.New("cannot convert NaN to integer")
	case infinite:
		return nil, errors.New("cannot convert Infinity to integer")
	}
	n := new(big.Int)
	switch {
	case d.exp >= 0:
		n.Mul(d.c(), pow10(d.exp))
	case -d.exp > numDigits(d.c()):
	default:
		n.Quo(d.c(), pow10(-d.exp))
	}
	if d.neg {
		n.Neg(n)
	}
	return n, nil
}

// IsInt tells whether d is a whole number.
func (d Decimal) IsInt() bool {
	return d.form == finite && d.Normalize().exp >= 0
}

// Float is the nearest float64.
func (d Decimal) Float() float64 {
	switch d.form {
	case nan:
		return math.NaN()
	case infinite:
		if d.neg {
			return math.Inf(-1)
		}
		return math.Inf(1)
	}
	sign := ""
	if d.neg {
		sign = "-"
	}
	f, _ := strconv.ParseFloat(sign+d.c().String()+"e"+strconv.Itoa(d.exp), 64)
	return f
}
