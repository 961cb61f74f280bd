package decimal

import (
	"math"
	"math/big"
)

// signed is the coefficient with its sign, scaled to exponent exp (<= d.exp).
func (d Decimal) signed(exp int) *big.Int {
	n := new(big.Int).Set(d.c())
	if d.exp > exp {
		n.Mul(n, pow10(d.exp-exp))
	}
	if d.neg {
		n.Neg(n)
	}
	return n
}

func fromSigned(n *big.Int, exp int) Decimal {
	return Decimal{coef: new(big.Int).Abs(n), neg: n.Sign() < 0, exp: exp}
}

// farApart tells that the exponents differ so much that scaling would need
// absurdly large integers.
func farApart(a, b Decimal) bool {
	d := a.exp - b.exp
	return d > 10000 || d < -10000
}

// Add is a + b.
func Add(a, b Decimal) (Decimal, error) {
	if a.form != finite || b.form != finite {
		switch {
		case a.form == nan || b.form == nan:
			return Decimal{form: nan}, nil
		case a.form == infinite && b.form == infinite && a.neg != b.neg:
			return Decimal{}, ErrInvalid
		case a.form == infinite:
			return a, nil
		}
		return b, nil
	}
	if farApart(a, b) {
		// The smaller one cannot change any of the 28 digits.
		if a.IsZero() {
			return b.round(), nil
		}
		if b.IsZero() || a.adjusted() > b.adjusted() {
			return a.round(), nil
		}
		return b.round(), nil
	}
	exp := min(a.exp, b.exp)
	sum := fromSigned(new(big.Int).Add(a.signed(exp), b.signed(exp)), exp)
	if sum.IsZero() {
		sum.neg = a.neg && b.neg
	}
	return sum.round(), nil
}

func (d Decimal) adjusted() int { return d.exp + numDigits(d.c()) - 1 }

// Sub is a - b.
func Sub(a, b Decimal) (Decimal, error) {
	b.neg = !b.neg
	return Add(a, b)
}

// Mul is a · b.
func Mul(a, b Decimal) (Decimal, error) {
	neg := a.neg != b.neg
	if a.form != finite || b.form != finite {
		switch {
		case a.form == nan || b.form == nan:
			return Decimal{form: nan}, nil
		case a.IsZero() || b.IsZero():
			return Decimal{}, ErrInvalid
		}
		return Decimal{form: infinite, neg: neg}, nil
	}
	return Decimal{coef: new(big.Int).Mul(a.c(), b.c()), exp: a.exp + b.exp, neg: neg}.checked()
}

func (d Decimal) checked() (Decimal, error) {
	d = d.round()
	if !d.IsZero() && d.adjusted() > maxExponent {
		return Decimal{}, ErrOverflow
	}
	return d, nil
}

// Div is a / b.
func Div(a, b Decimal) (Decimal, error) {
	neg := a.neg != b.neg
	switch {
	case a.form == nan || b.form == nan:
		return Decimal{form: nan}, nil
	case a.form == infinite && b.form == infinite:
		return Decimal{}, ErrInvalid
	case a.form == infinite:
		return Decimal{form: infinite, neg: neg}, nil
	case b.form == infinite:
		return Decimal{coef: new(big.Int), neg: neg, exp: -maxExponent - Precision + 1}, nil
	case b.IsZero() && a.IsZero():
		return Decimal{}, ErrUndefined
	case b.IsZero():
		return Decimal{}, ErrDivisionByZero
	case a.IsZero():
		return Decimal{coef: new(big.Int), neg: neg, exp: a.exp - b.exp}, nil
	}
	shift := max(0, numDigits(b.c())-numDigits(a.c())+Precision+1)
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(a.c(), pow10(shift)), b.c(), new(big.Int))
	exp := a.exp - b.exp - shift
	if r.Sign() != 0 {
		// A sticky digit keeps round from taking an inexact half for a tie.
		q.Mul(q, ten)
		q.Add(q, big.NewInt(1))
		exp--
		return Decimal{coef: q, exp: exp, neg: neg}.checked()
	}
	// An exact quotient has the ideal exponent, as far as zeros allow.
	ideal := a.exp - b.exp
	m := new(big.Int)
	for exp < ideal {
		t, r := new(big.Int).QuoRem(q, ten, m)
		if r.Sign() != 0 {
			break
		}
		q = t
		exp++
	}
	return Decimal{coef: q, exp: exp, neg: neg}.checked()
}

// FloorDiv is a // b, which Python truncates for decimals.
func FloorDiv(a, b Decimal) (Decimal, error) {
	switch {
	case a.form == nan || b.form == nan:
		return Decimal{form: nan}, nil
	case a.form == infinite && b.form == infinite:
		return Decimal{}, ErrInvalid
	case a.form == infinite:
		return Decimal{form: infinite, neg: a.neg != b.neg}, nil
	case b.form == infinite:
		return Decimal{coef: new(big.Int), neg: a.neg != b.neg}, nil
	case b.IsZero() && a.IsZero():
		return Decimal{}, ErrUndefined
	case b.IsZero():
		return Decimal{}, ErrDivisionByZero
	case farApart(a, b):
		return Decimal{}, ErrInvalid
	}
	exp := min(a.exp, b.exp)
	q := new(big.Int).Quo(a.signed(exp), b.signed(exp))
	d := Decimal{coef: q.Abs(q), neg: a.neg != b.neg}
	if numDigits(d.coef) > Precision {
		return Decimal{}, ErrInvalid
	}
	return d, nil
}

// Mod is a % b; the result has the sign of a.
func Mod(a, b Decimal) (Decimal, error) {
	switch {
	case a.form == nan || b.form == nan:
		return Decimal{form: nan}, nil
	case a.form == infinite:
		return Decimal{}, ErrInvalid
	case b.form == infinite:
		return a.round(), nil
	case b.IsZero() && a.IsZero():
		return Decimal{}, ErrUndefined
	case b.IsZero(), farApart(a, b):
		return Decimal{}, ErrInvalid
	}
	exp := min(a.exp, b.exp)
	q, r := new(big.Int).QuoRem(a.signed(exp), b.signed(exp), new(big.Int))
	if numDigits(q.Abs(q)) > Precision {
		return Decimal{}, ErrInvalid
	}
	return Decimal{coef: r.Abs(r), neg: a.neg, exp: exp}.round(), nil
}

// Pow is a ** n for a whole n between -1000 and 1000.
func Pow(a, b Decimal) (Decimal, error) {
	if !b.IsInt() || a.form != finite {
		return Decimal{}, ErrInvalid
	}
	n, _ := b.Int()
	if !n.IsInt64() || math.Abs(float64(n.Int64())) > 1000 {
		return Decimal{}, ErrOverflow
	}
	k := int(n.Int64())
	if k < 0 {
		p, err := Pow(a, FromInt(int64(-k)))
		if err != nil {
			return Decimal{}, err
		}
		return Div(FromInt(1), p)
	}
	if k == 0 {
		if a.IsZero() {
			return Decimal{}, ErrInvalid
		}
		return FromInt(1), nil
	}
	coef := new(big.Int).Exp(a.c(), big.NewInt(int64(k)), nil)
	return Decimal{coef: coef, exp: a.exp * k, neg: a.neg && k%2 == 1}.checked()
}

// Cmp is -1, 0 or 1; ok is false when one of them is not a number.
func Cmp(a, b Decimal) (int, bool) {
	if a.form == nan || b.form == nan {
		return 0, false
	}
	sa, sb := a.sign(), b.sign()
	switch {
	case sa != sb:
		if sa < sb {
			return -1, true
		}
		return 1, true
	case sa == 0:
		return 0, true
	case a.form == infinite || b.form == infinite:
		switch {
		case a.form == b.form:
			return 0, true
		case a.form == infinite:
			return sa, true
		}
		return -sa, true
	}
	if x, y := a.adjusted(), b.adjusted(); x != y {
		if x < y {
			return -sa, true
		}
		return sa, true
	}
	exp := min(a.exp, b.exp)
	return a.signed(exp).Cmp(b.signed(exp)), true
}

func (d Decimal) sign() int {
	switch {
	case d.IsZero():
		return 0
	case d.neg:
		return -1
	}
	return 1
}
