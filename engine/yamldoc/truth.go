package yamldoc

// Truth is Python's bool() of a plain value.
func Truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int64:
		return v != 0
	case float64:
		return v != 0
	case []any:
		return len(v) > 0
	case *Map:
		return v.Len() > 0
	}
	return true
}
