package jinja

import (
	"math"
	"math/big"
	"math/bits"
	"strings"
)

// binary is Python's a op b for arithmetic operators.
func binary(t *Thread, op tokenKind, a, b Value) (Value, error) {
	if x, ok := a.(Int); ok {
		if y, ok := b.(Int); ok {
			return intOp(t, op, int64(x), int64(y))
		}
	}
	if isNumber(a) && isNumber(b) {
		return numberOp(t, op, a, b)
	}
	for _, v := range [...]Value{a, b} {
		if u, ok := v.(*Undefined); ok && !(op == tMod && v == b) {
			return nil, u.Err()
		}
	}
	switch op {
	case tAdd:
		if s, ok := AsString(a); ok {
			if err := t.work(len(s) / 64); err != nil {
				return nil, err
			}
		}
		return add(a, b)
	case tSub:
		if x, ok := a.(*Set); ok {
			if y, ok := b.(*Set); ok {
				return setOp("difference", x, y)
			}
		}
	case tMul:
		if n, ok := toInt(b); ok {
			if v, err := repeat(t, a, n); v != nil || err != nil {
				return v, err
			}
		}
		if n, ok := toInt(a); ok {
			if v, err := repeat(t, b, n); v != nil || err != nil {
				return v, err
			}
		}
		_, sa := AsString(a)
		_, la := asSeq(a)
		if sa || la {
			return nil, raise("TypeError", "can't multiply sequence by non-int of type '"+b.Type()+"'")
		}
	case tMod:
		if s, ok := AsString(a); ok {
			out, err := percentFormat(t, s, b, isMarkup(a))
			if err != nil {
				return nil, err
			}
			if isMarkup(a) {
				return Markup(out), nil
			}
			return Str(out), nil
		}
	}
	if u, ok := b.(*Undefined); ok {
		return nil, u.Err()
	}
	if v, err := dateOp(op, a, b); v != nil || err != nil {
		return v, err
	}
	if h, ok := a.(HasBinary); ok {
		if v, err := h.Binary(t, tokenNames[op], b, false); v != nil || err != nil {
			return v, err
		}
	}
	if h, ok := b.(HasBinary); ok {
		if v, err := h.Binary(t, tokenNames[op], a, true); v != nil || err != nil {
			return v, err
		}
	}
	return nil, raise("TypeError", "unsupported operand type(s) for "+opName(op)+": '"+a.Type()+"' and '"+b.Type()+"'")
}

// HasBinary is implemented by host values with operators: op is one of
// + - * / // % **; reversed means that the value is on the right. (nil, nil)
// says that the value has no such operator.
type HasBinary interface {
	Binary(t *Thread, op string, other Value, reversed bool) (Value, error)
}

func opName(op tokenKind) string {
	if op == tPow {
		return "** or pow()"
	}
	return tokenNames[op]
}

func isMarkup(v Value) bool {
	_, ok := v.(Markup)
	return ok
}

func add(a, b Value) (Value, error) {
	sa, oka := AsString(a)
	sb, okb := AsString(b)
	switch {
	case oka && okb:
		if len(sa)+len(sb) > maxString {
			return nil, errTooLarge()
		}
		if isMarkup(a) || isMarkup(b) {
			return Markup(escapeValue(a).String() + escapeValue(b).String()), nil
		}
		return Str(sa + sb), nil
	case oka:
		return nil, raise("TypeError", `can only concatenate str (not "`+b.Type()+`") to str`)
	}
	switch x := a.(type) {
	case *List:
		if y, ok := b.(*List); ok {
			if len(x.Elems)+len(y.Elems) > maxItems {
				return nil, errTooLarge()
			}
			return NewList(append(append(make([]Value, 0, len(x.Elems)+len(y.Elems)), x.Elems...), y.Elems...)...), nil
		}
		return nil, raise("TypeError", `can only concatenate list (not "`+b.Type()+`") to list`)
	case Tuple, *namedTuple:
		t, _ := asSeq(a)
		switch b.(type) {
		case Tuple, *namedTuple:
			u, _ := asSeq(b)
			return append(append(make(Tuple, 0, len(t)+len(u)), t...), u...), nil
		}
		return nil, raise("TypeError", `can only concatenate tuple (not "`+b.Type()+`") to tuple`)
	case Bytes:
		if y, ok := b.(Bytes); ok {
			return x + y, nil
		}
	}
	if v, err := dateOp(tAdd, a, b); v != nil || err != nil {
		return v, err
	}
	for i, v := range [...]Value{a, b} {
		if h, ok := v.(HasBinary); ok {
			if r, err := h.Binary(nil, "+", [...]Value{b, a}[i], i == 1); r != nil || err != nil {
				return r, err
			}
		}
	}
	return nil, raise("TypeError", "unsupported operand type(s) for +: '"+a.Type()+"' and '"+b.Type()+"'")
}

func repeat(t *Thread, v Value, n int64) (Value, error) {
	if n < 0 {
		n = 0
	}
	if s, ok := AsString(v); ok {
		if len(s) > 0 && n > int64(maxString/len(s)) {
			return nil, errTooLarge()
		}
		if err := t.work(int(n) * len(s) / 16); err != nil {
			return nil, err
		}
		out := strings.Repeat(s, int(n))
		if isMarkup(v) {
			return Markup(out), nil
		}
		return Str(out), nil
	}
	elems, ok := asSeq(v)
	if !ok {
		return nil, nil
	}
	if len(elems) > 0 && n > int64(maxItems/len(elems)) {
		return nil, errTooLarge()
	}
	if err := t.work(int(n) * len(elems)); err != nil {
		return nil, err
	}
	out := make([]Value, 0, int(n)*len(elems))
	for ; n > 0; n-- {
		out = append(out, elems...)
	}
	if _, ok := v.(*List); ok {
		return NewList(out...), nil
	}
	return Tuple(out), nil
}

func intOp(t *Thread, op tokenKind, x, y int64) (Value, error) {
	switch op {
	case tAdd:
		if s := x + y; (s > x) == (y > 0) {
			return Int(s), nil
		}
	case tSub:
		if s := x - y; (s < x) == (y > 0) {
			return Int(s), nil
		}
	case tMul:
		hi, lo := bits.Mul64(uint64(abs64(x)), uint64(abs64(y)))
		if hi == 0 && lo < 1<<63 {
			return Int(x * y), nil
		}
	case tDiv:
		if y == 0 {
			return nil, raise("ZeroDivisionError", "division by zero")
		}
		if abs64(x) < 1<<53 && abs64(y) < 1<<53 {
			return Float(float64(x) / float64(y)), nil
		}
	case tFloorDiv, tMod:
		if y == 0 {
			return nil, raise("ZeroDivisionError", "integer division or modulo by zero")
		}
		if x == math.MinInt64 && y == -1 {
			break
		}
		q, r := x/y, x%y
		if r != 0 && (r < 0) != (y < 0) {
			q--
			r += y
		}
		if op == tMod {
			return Int(r), nil
		}
		return Int(q), nil
	}
	return bigOp(t, op, big.NewInt(x), big.NewInt(y))
}

func abs64(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}

func bigOp(t *Thread, op tokenKind, x, y *big.Int) (Value, error) {
	z := new(big.Int)
	if x.BitLen()+y.BitLen() > maxBits {
		return nil, errTooLarge()
	}
	if err := t.work((x.BitLen() + y.BitLen()) / 64); err != nil {
		return nil, err
	}
	switch op {
	case tAdd:
		return NewBigInt(z.Add(x, y)), nil
	case tSub:
		return NewBigInt(z.Sub(x, y)), nil
	case tMul:
		return NewBigInt(z.Mul(x, y)), nil
	case tDiv:
		if y.Sign() == 0 {
			return nil, raise("ZeroDivisionError", "division by zero")
		}
		f, _ := new(big.Rat).SetFrac(x, y).Float64()
		if math.IsInf(f, 0) {
			return nil, raise("OverflowError", "integer division result too large for a float")
		}
		return Float(f), nil
	case tFloorDiv, tMod:
		if y.Sign() == 0 {
			return nil, raise("ZeroDivisionError", "integer division or modulo by zero")
		}
		r := new(big.Int)
		z.QuoRem(x, y, r)
		if r.Sign() != 0 && (r.Sign() < 0) != (y.Sign() < 0) {
			z.Sub(z, big.NewInt(1))
			r.Add(r, y)
		}
		if op == tMod {
			return NewBigInt(r), nil
		}
		return NewBigInt(z), nil
	case tPow:
		if y.Sign() < 0 {
			fx, _ := new(big.Float).SetInt(x).Float64()
			fy, _ := new(big.Float).SetInt(y).Float64()
			return floatPow(fx, fy)
		}
		if x.BitLen() > 1 {
			if !y.IsInt64() || y.Int64() > maxBits/int64(x.BitLen()) {
				return nil, errTooLarge()
			}
			n := int(y.Int64()) * x.BitLen() / 64
			if err := t.work(n * (1 + n/64)); err != nil {
				return nil, err
			}
		}
		return NewBigInt(z.Exp(x, y, nil)), nil
	}
	return nil, raise("TypeError", "unsupported operator for int")
}

func floatPow(x, y float64) (Value, error) {
	if x == 0 && y < 0 {
		return nil, raise("ZeroDivisionError", "0.0 cannot be raised to a negative power")
	}
	if x < 0 && y != math.Trunc(y) {
		return nil, raise("TypeError", "the power of a negative number is complex, which is not supported")
	}
	r := math.Pow(x, y)
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return nil, raise("OverflowError", "(34, 'Numerical result out of range')")
	}
	return Float(r), nil
}

func numberOp(t *Thread, op tokenKind, a, b Value) (Value, error) {
	_, fa := a.(Float)
	_, fb := b.(Float)
	if !fa && !fb {
		if x, ok := toInt(a); ok {
			if y, ok := toInt(b); ok {
				return intOp(t, op, x, y)
			}
		}
		x, _ := toBig(a)
		y, _ := toBig(b)
		return bigOp(t, op, x, y)
	}
	x, _ := toFloat(a)
	y, _ := toFloat(b)
	switch op {
	case tAdd:
		return Float(x + y), nil
	case tSub:
		return Float(x - y), nil
	case tMul:
		return Float(x * y), nil
	case tPow:
		return floatPow(x, y)
	}
	if y == 0 {
		switch op {
		case tDiv:
			return nil, raise("ZeroDivisionError", "float division by zero")
		case tMod:
			return nil, raise("ZeroDivisionError", "float modulo")
		}
		return nil, raise("ZeroDivisionError", "float floor division by zero")
	}
	if op == tDiv {
		return Float(x / y), nil
	}
	m := math.Mod(x, y)
	d := (x - m) / y
	if m != 0 {
		if (m < 0) != (y < 0) {
			m += y
			d--
		}
	} else {
		m = math.Copysign(0, y)
	}
	if op == tMod {
		return Float(m), nil
	}
	if d == 0 {
		return Float(math.Copysign(0, x/y)), nil
	}
	fl := math.Floor(d)
	if d-fl > 0.5 {
		fl++
	}
	return Float(fl), nil
}

// Add is Python's a + b.
func Add(a, b Value) (Value, error) {
	if isNumber(a) && isNumber(b) {
		return numberOp(&Thread{}, tAdd, a, b)
	}
	for _, v := range [...]Value{a, b} {
		if u, ok := v.(*Undefined); ok {
			return nil, u.Err()
		}
	}
	return add(a, b)
}
