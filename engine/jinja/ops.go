package jinja

import (
	"math"
	"math/big"
	"strings"
)

type cmpOp uint8

const (
	cmpEq cmpOp = iota
	cmpNe
	cmpLt
	cmpLe
	cmpGt
	cmpGe
	cmpIn
	cmpNotIn
)

var cmpNames = [...]string{"==", "!=", "<", "<=", ">", ">=", "in", "not in"}

const (
	// maxString bounds the length of a text made by one operation.
	maxString = 1 << 27
	// maxBits bounds the size of ints.
	maxBits = 1 << 22
	// maxCompare bounds the nesting of compared containers.
	maxCompare = 500
)

func errTooLarge() error { return limitErr("the value is too large") }

// Equal is Python's a == b.
func Equal(a, b Value) bool { return equal(a, b, 0) }

func equal(a, b Value, depth int) bool {
	if depth > maxCompare {
		return false
	}
	switch x := a.(type) {
	case Str:
		y, ok := AsString(b)
		return ok && string(x) == y
	case Markup:
		y, ok := AsString(b)
		return ok && string(x) == y
	case *markedStr:
		y, ok := AsString(b)
		return ok && x.s == y
	case NoneType:
		_, ok := b.(NoneType)
		return ok
	case Int:
		switch y := b.(type) {
		case Int:
			return x == y
		case Float:
			return float64(x) == float64(y) && Int(float64(x)) == x
		case Bool:
			n, _ := toInt(y)
			return int64(x) == n
		case Equaler:
			return y.EqualTo(x)
		}
		return false
	case Bool, *BigInt, Float:
		if y, ok := b.(Equaler); ok {
			return y.EqualTo(a)
		}
		c, ok := compareNumbers(a, b)
		return ok && c == 0
	case *List:
		y, ok := b.(*List)
		return ok && (x == y || equalSeq(x.Elems, y.Elems, depth))
	case Tuple, *namedTuple:
		t, _ := asSeq(a)
		switch b.(type) {
		case Tuple, *namedTuple:
			u, _ := asSeq(b)
			return equalSeq(t, u, depth)
		}
		return false
	case *Dict:
		y, ok := b.(*Dict)
		if !ok || x.live != y.live {
			return false
		}
		if x == y {
			return true
		}
		for k, v := range x.Items() {
			w, ok, err := y.Get(k)
			if err != nil || !ok || !equal(v, w, depth+1) {
				return false
			}
		}
		return true
	case *Set:
		y, ok := b.(*Set)
		if !ok || x.d.live != y.d.live {
			return false
		}
		for _, k := range x.d.Keys() {
			if in, _ := y.Has(k); !in {
				return false
			}
		}
		return true
	case Bytes:
		y, ok := b.(Bytes)
		return ok && x == y
	case Range:
		y, ok := b.(Range)
		if !ok {
			return false
		}
		n := x.Len()
		return n == y.Len() && (n == 0 || x.Start == y.Start && (n == 1 || x.Step == y.Step))
	case *Undefined:
		_, ok := b.(*Undefined)
		return ok
	case *Slice:
		y, ok := b.(*Slice)
		return ok && *x == *y
	case *DictView:
		y, ok := b.(*DictView)
		if !ok || x.kind != y.kind {
			return false
		}
		if x.kind == viewValues {
			return x == y
		}
		s, err1 := NewSet(x.elems()...)
		u, err2 := NewSet(y.elems()...)
		return err1 == nil && err2 == nil && equal(s, u, depth+1)
	case Equaler:
		return x.EqualTo(b)
	}
	if e, ok := b.(Equaler); ok {
		return e.EqualTo(a)
	}
	return identical(a, b)
}

func equalSeq(a, b []Value, depth int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i], depth+1) {
			return false
		}
	}
	return true
}

// identical compares host values; those that Go cannot compare are never equal.
func identical(a, b Value) bool {
	ka, err := hashKey(a)
	if err != nil {
		return false
	}
	kb, err := hashKey(b)
	return err == nil && ka == kb
}

// compareNumbers compares ints, bools and floats; ok is false for other types
// and for NaN.
func compareNumbers(a, b Value) (c int, ok bool) {
	x, xi := toInt(a)
	y, yi := toInt(b)
	if xi && yi {
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	_, xf := a.(Float)
	_, yf := b.(Float)
	if xf || yf {
		fx, ok1 := toFloat(a)
		fy, ok2 := toFloat(b)
		if !ok1 || !ok2 || math.IsNaN(fx) || math.IsNaN(fy) {
			return 0, false
		}
		switch {
		case fx < fy:
			return -1, true
		case fx > fy:
			return 1, true
		}
		return 0, true
	}
	bx, ok1 := toBig(a)
	by, ok2 := toBig(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	return bx.Cmp(by), true
}

func isNumber(v Value) bool {
	switch v.(type) {
	case Int, *BigInt, Float, Bool:
		return true
	}
	return false
}

// Compare orders a and b as Python does: -1, 0 or 1. The error is a TypeError.
func Compare(a, b Value) (int, error) { return compare(a, b, cmpLt, 0) }

// Less is Python's a < b.
func Less(a, b Value) (bool, error) {
	c, err := Compare(a, b)
	return c < 0, err
}

func compare(a, b Value, op cmpOp, depth int) (int, error) {
	if depth > maxCompare {
		return 0, &Error{Kind: Limit, Type: "RecursionError", Msg: "maximum recursion depth exceeded in comparison"}
	}
	if isNumber(a) && isNumber(b) {
		c, ok := compareNumbers(a, b)
		if !ok {
			return 2, nil // NaN: every comparison is false
		}
		return c, nil
	}
	if s, ok := AsString(a); ok {
		if u, ok := AsString(b); ok {
			return strings.Compare(s, u), nil
		}
	}
	for _, v := range [...]Value{a, b} {
		if u, ok := v.(*Undefined); ok {
			return 0, u.Err()
		}
	}
	_, la := a.(*List)
	_, lb := b.(*List)
	x, oka := asSeq(a)
	y, okb := asSeq(b)
	if oka && okb && la == lb {
		for i := 0; i < len(x) && i < len(y); i++ {
			if !equal(x[i], y[i], depth+1) {
				return compare(x[i], y[i], op, depth+1)
			}
		}
		return len(x) - len(y), nil
	}
	if x, ok := a.(Bytes); ok {
		if y, ok := b.(Bytes); ok {
			return strings.Compare(string(x), string(y)), nil
		}
	}
	if o, ok := a.(Ordered); ok {
		return o.Compare(b)
	}
	if o, ok := b.(Ordered); ok {
		c, err := o.Compare(a)
		return -c, err
	}
	return 0, raise("TypeError", "'"+cmpNames[op]+"' not supported between instances of '"+a.Type()+"' and '"+b.Type()+"'")
}

func compareValues(t *Thread, op cmpOp, a, b Value) (bool, error) {
	switch op {
	case cmpEq:
		return Equal(a, b), nil
	case cmpNe:
		return !Equal(a, b), nil
	case cmpIn:
		return Contains(t, b, a)
	case cmpNotIn:
		ok, err := Contains(t, b, a)
		return !ok, err
	}
	if sa, ok := a.(*Set); ok {
		if sb, ok := b.(*Set); ok {
			switch op {
			case cmpGt, cmpGe:
				return sa.contains(sb, op == cmpGt), nil
			default:
				return sb.contains(sa, op == cmpLt), nil
			}
		}
	}
	c, err := compare(a, b, op, 0)
	if err != nil || c == 2 {
		if c == 2 && err == nil && (!isNumber(a) || !isNumber(b)) {
			c = 1
		} else {
			return false, err
		}
	}
	switch op {
	case cmpLt:
		return c < 0, nil
	case cmpLe:
		return c <= 0, nil
	case cmpGt:
		return c > 0, nil
	}
	return c >= 0, nil
}

// contains tells whether all of o is in s; strict wants s to have more.
func (s *Set) contains(o *Set, strict bool) bool {
	for _, k := range o.d.Keys() {
		if in, _ := s.Has(k); !in {
			return false
		}
	}
	return !strict || s.Len() > o.Len()
}

// Contains is Python's x in c.
func Contains(t *Thread, c, x Value) (bool, error) {
	if s, ok := AsString(c); ok {
		sub, ok := AsString(x)
		if !ok {
			if u, ok := x.(*Undefined); ok && u.chains() {
				return false, raise("TypeError", "'in <string>' requires string as left operand, not Undefined")
			}
			return false, raise("TypeError", "'in <string>' requires string as left operand, not "+x.Type())
		}
		return strings.Contains(s, sub), nil
	}
	switch c := c.(type) {
	case *Dict:
		_, ok, err := c.Get(x)
		return ok, err
	case *Set:
		return c.Has(x)
	case *DictView:
		if c.kind == viewKeys {
			_, ok, err := c.d.Get(x)
			return ok, err
		}
	case Range:
		if n, ok := toInt(x); ok {
			if c.Step > 0 {
				return n >= c.Start && n < c.Stop && (n-c.Start)%c.Step == 0, nil
			}
			return n <= c.Start && n > c.Stop && (c.Start-n)%-c.Step == 0, nil
		}
	case Bytes:
		if s, ok := x.(Bytes); ok {
			return strings.Contains(string(c), string(s)), nil
		}
	}
	if h, ok := c.(interface {
		Contains(t *Thread, x Value) (bool, error)
	}); ok {
		return h.Contains(t, x)
	}
	if elems, ok := asSeq(c); ok {
		for _, e := range elems {
			if Equal(e, x) {
				return true, nil
			}
		}
		return false, nil
	}
	it, err := iterOf(c)
	if err != nil {
		return false, raise("TypeError", "argument of type '"+c.Type()+"' is not iterable")
	}
	for {
		e, ok, err := it.next()
		if err != nil || !ok {
			return false, err
		}
		if Equal(e, x) {
			return true, nil
		}
		if err := t.step(); err != nil {
			return false, err
		}
	}
}

func unary(op tokenKind, v Value) (Value, error) {
	switch x := v.(type) {
	case Int:
		if op == tAdd {
			return x, nil
		}
		if x == math.MinInt64 {
			return NewBigInt(new(big.Int).Neg(big.NewInt(int64(x)))), nil
		}
		return -x, nil
	case Bool:
		n, _ := toInt(x)
		if op == tSub {
			n = -n
		}
		return Int(n), nil
	case Float:
		if op == tSub {
			x = -x
		}
		return x, nil
	case *BigInt:
		if op == tSub {
			return NewBigInt(new(big.Int).Neg(x.n)), nil
		}
		return x, nil
	case *Undefined:
		return nil, x.Err()
	case TimeDelta:
		if op == tSub {
			return -x, nil
		}
		return x, nil
	}
	if n, ok := v.(Number); ok {
		return n.Unary(tokenNames[op])
	}
	return nil, raise("TypeError", "bad operand type for unary "+tokenNames[op]+": '"+v.Type()+"'")
}
