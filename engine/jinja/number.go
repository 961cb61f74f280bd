package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Int is a Python int that fits 64 bits. Larger ones are *BigInt.
type Int int64

func (Int) Type() string     { return "int" }
func (i Int) Truth() bool    { return i != 0 }
func (i Int) String() string { return strconv.FormatInt(int64(i), 10) }
func (i Int) Repr() string   { return strconv.FormatInt(int64(i), 10) }

// BigInt is a Python int beyond 64 bits. Use [NewBigInt], which gives an Int
// where that is enough: the two never hold the same number.
type BigInt struct {
	n *big.Int
}

// NewBigInt makes an int Value of n.
func NewBigInt(n *big.Int) Value {
	if n.IsInt64() {
		return Int(n.Int64())
	}
	return &BigInt{n}
}

func (*BigInt) Type() string     { return "int" }
func (b *BigInt) Truth() bool    { return true }
func (b *BigInt) String() string { return b.n.String() }
func (b *BigInt) Repr() string   { return b.n.String() }

// Big is a copy of the number.
func (b *BigInt) Big() *big.Int { return new(big.Int).Set(b.n) }

// Float is Python's float.
type Float float64

func (Float) Type() string     { return "float" }
func (f Float) Truth() bool    { return f != 0 }
func (f Float) String() string { return reprFloat(float64(f)) }
func (f Float) Repr() string   { return reprFloat(float64(f)) }

// reprFloat is Python's repr: the shortest digits that give the same number,
// with an exponent below 1e-4 and from 1e16.
func reprFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	a := math.Abs(f)
	if a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// toBig gives the number of an Int, BigInt or Bool.
func toBig(v Value) (*big.Int, bool) {
	switch x := v.(type) {
	case Int:
		return big.NewInt(int64(x)), true
	case *BigInt:
		return x.n, true
	case Bool:
		if x {
			return big.NewInt(1), true
		}
		return new(big.Int), true
	}
	return nil, false
}

// toFloat gives an int, bool or float as float64.
func toFloat(v Value) (float64, bool) {
	switch x := v.(type) {
	case Float:
		return float64(x), true
	case Int:
		return float64(x), true
	case Bool:
		if x {
			return 1, true
		}
		return 0, true
	case *BigInt:
		f, _ := new(big.Float).SetInt(x.n).Float64()
		return f, true
	}
	return 0, false
}

// toInt gives an int or bool that fits 64 bits.
func toInt(v Value) (int64, bool) {
	switch x := v.(type) {
	case Int:
		return int64(x), true
	case Bool:
		if x {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// floatToInt is Python's int(f).
func floatToInt(f float64) (Value, error) {
	switch {
	case math.IsNaN(f):
		return nil, raise("ValueError", "cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return nil, raise("OverflowError", "cannot convert float infinity to integer")
	}
	if math.Abs(f) < 1<<62 {
		return Int(int64(f)), nil
	}
	b, _ := big.NewFloat(f).Int(nil)
	return NewBigInt(b), nil
}
