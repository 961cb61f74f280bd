package jinja

import (
	"math"
	"math/big"
	"reflect"
	"strconv"
)

// bigKey and seqKey are the keys under which values that Go cannot compare
// lie in a dict's index.
type (
	bigKey  string
	seqKey  string
	typeKey string
)

// hashKey turns a value into a comparable key, equal for values that Python
// finds equal: 1, 1.0 and True share one.
func hashKey(v Value) (any, error) {
	switch x := v.(type) {
	case Str:
		return string(x), nil
	case Markup:
		return string(x), nil
	case *markedStr:
		return x.s, nil
	case Int:
		return int64(x), nil
	case Bool:
		if x {
			return int64(1), nil
		}
		return int64(0), nil
	case Float:
		f := float64(x)
		if f == math.Trunc(f) && math.Abs(f) < 1<<62 {
			return int64(f), nil
		}
		if f == math.Trunc(f) && !math.IsInf(f, 0) {
			b, _ := big.NewFloat(f).Int(nil)
			return bigKey(b.String()), nil
		}
		return f, nil
	case *BigInt:
		return bigKey(x.n.String()), nil
	case NoneType, Bytes, Range:
		return x, nil
	case Tuple:
		return hashSeq(x)
	case *namedTuple:
		return hashSeq(x.Tuple)
	case *Undefined:
		return typeKey("Undefined"), nil
	case *List, *Dict, *Set, *DictView:
		return nil, raise("TypeError", "unhashable type: '"+v.Type()+"'")
	case Hashable:
		return x.HashKey()
	}
	if !reflect.TypeOf(v).Comparable() {
		return nil, raise("TypeError", "unhashable type: '"+v.Type()+"'")
	}
	return v, nil
}

func hashSeq(t []Value) (any, error) {
	out := make([]byte, 0, 16*len(t))
	for _, e := range t {
		k, err := hashKey(e)
		if err != nil {
			return nil, err
		}
		switch k := k.(type) {
		case string:
			out = append(out, 's')
			out = strconv.AppendInt(out, int64(len(k)), 10)
			out = append(append(out, ':'), k...)
		case int64:
			out = strconv.AppendInt(append(out, 'i'), k, 10)
		case float64:
			out = strconv.AppendUint(append(out, 'f'), math.Float64bits(k), 16)
		case bigKey:
			out = append(append(out, 'b'), k...)
		case seqKey:
			out = append(out, 't')
			out = strconv.AppendInt(out, int64(len(k)), 10)
			out = append(append(out, ':'), k...)
		default:
			r := e.Type() + "\x00" + e.Repr()
			out = append(out, 'o')
			out = strconv.AppendInt(out, int64(len(r)), 10)
			out = append(append(out, ':'), r...)
		}
		out = append(out, ',')
	}
	return seqKey(out), nil
}
