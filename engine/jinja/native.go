package jinja

import "strings"

// nativeOut collects the parts of a native rendering.
type nativeOut struct {
	parts []Value
}

func (n *nativeOut) add(v Value) { n.parts = append(n.parts, v) }

// concat is dbt's quoted_native_concat.
func (n *nativeOut) concat() (Value, error) {
	if len(n.parts) == 0 {
		return Str(""), nil
	}
	if len(n.parts) > 1 {
		var b strings.Builder
		for _, p := range n.parts {
			b.WriteString(p.String())
		}
		return Str(b.String()), nil
	}
	m, ok := n.parts[0].(*markedStr)
	if !ok {
		return n.parts[0], nil
	}
	if m.kind == markText {
		return Str(m.s), nil
	}
	v, err := LiteralEval(m.s)
	if err != nil {
		v = Str(m.s)
	}
	switch m.kind {
	case markBool:
		if _, ok := v.(Bool); !ok {
			return nil, raise("JinjaRenderingError", "Could not convert value '"+m.s+"' into type 'bool'")
		}
	case markNumber:
		switch v.(type) {
		case Int, *BigInt, Float:
		default:
			return nil, raise("JinjaRenderingError", "Could not convert value '"+m.s+"' into type 'number'")
		}
	}
	return v, nil
}
