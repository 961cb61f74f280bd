package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// parseFloat is Python's float(s).
func parseFloat(s string) (float64, bool) {
	s = strings.TrimFunc(s, isSpace)
	s, ok := dropUnderscores(s)
	if !ok || s == "" {
		return 0, false
	}
	switch low := strings.ToLower(strings.TrimLeft(s, "+-")); {
	case strings.HasPrefix(low, "0x"), strings.ContainsAny(low, "p"):
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// dropUnderscores takes single underscores between digits out.
func dropUnderscores(s string) (string, bool) {
	if strings.IndexByte(s, '_') < 0 {
		return s, true
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && (i == 0 || i == len(s)-1 || !isAlnum(s[i-1]) || !isAlnum(s[i+1])) {
			return "", false
		}
	}
	return strings.ReplaceAll(s, "_", ""), true
}

func isAlnum(c byte) bool { return isWordByte(c) && c != '_' }

// parseIntBase is Python's int(s, base).
func parseIntBase(s string, base int) (Value, bool) {
	s = strings.TrimFunc(s, isSpace)
	s, ok := dropUnderscores(s)
	if !ok || s == "" || len(s) > 4300 || base != 0 && (base < 2 || base > 36) {
		return nil, false
	}
	neg := s[0] == '-'
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	if len(s) > 2 && s[0] == '0' {
		p := strings.ToLower(s[:2])
		if b := map[string]int{"0x": 16, "0o": 8, "0b": 2}[p]; b != 0 && (base == b || base == 0) {
			s, base = s[2:], b
		}
	}
	if base == 0 {
		if len(s) > 1 && s[0] == '0' && strings.Trim(s, "0") != "" {
			return nil, false
		}
		base = 10
	}
	if s == "" || s[0] == '+' || s[0] == '-' {
		return nil, false
	}
	n, ok := new(big.Int).SetString(s, base)
	if !ok {
		return nil, false
	}
	if neg {
		n.Neg(n)
	}
	return NewBigInt(n), true
}

// roundFloat is Python's round(f, prec): exact, halves to even.
func roundFloat(f float64, prec int) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || prec > 300 {
		return f
	}
	if prec < -308 {
		return 0
	}
	if prec >= 0 {
		out, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', prec, 64), 64)
		return out
	}
	p := math.Pow(10, float64(-prec))
	return math.RoundToEven(f/p) * p
}

// roundInt rounds to a multiple of 10**digits, halves to even.
func roundInt(n *big.Int, digits int) Value {
	if digits > 1000 {
		return Int(0)
	}
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	q, r := new(big.Int).DivMod(n, p, new(big.Int))
	switch c := r.Lsh(r, 1).Cmp(p); {
	case c > 0, c == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return NewBigInt(q.Mul(q, p))
}
