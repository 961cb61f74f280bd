package config

import (
	"math/big"
	"unicode"
)

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// isInteger follows JSON schema: a float without a fraction is an integer too,
// a boolean is not.
func isInteger(v any) bool {
	switch v := v.(type) {
	case int, int64, *big.Int:
		return true
	case float64:
		return v == float64(int64(v))
	}
	return false
}

func isNumber(v any) bool {
	if _, ok := v.(float64); ok {
		return true
	}
	return isInteger(v)
}
