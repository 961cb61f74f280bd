package jinja

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/pyjson"
)

// JSONOptions are those of Python's json.dumps.
type JSONOptions struct {
	Indent   bool
	Pad      string // of one level, if Indent
	SortKeys bool
	// Default gives a value for what JSON does not know; nil fails.
	Default func(Value) (Value, error)
}

// JSON is Python's json.dumps: ", " and ": " between, all beyond ASCII escaped.
func JSON(v Value, o JSONOptions) (string, error) {
	out, err := appendJSON(nil, v, &o, 0)
	return string(out), err
}

func appendJSON(out []byte, v Value, o *JSONOptions, depth int) ([]byte, error) {
	if depth > maxReprDepth {
		return nil, raise("ValueError", "Circular reference detected")
	}
	switch x := v.(type) {
	case NoneType:
		return append(out, "null"...), nil
	case Bool:
		return strconv.AppendBool(out, bool(x)), nil
	case Int:
		return strconv.AppendInt(out, int64(x), 10), nil
	case *BigInt:
		return append(out, x.String()...), nil
	case Float:
		return pyjson.AppendFloat(out, float64(x), 64), nil
	case Str, Markup, *markedStr:
		s, _ := AsString(v)
		return pyjson.AppendString(out, s), nil
	case *List, Tuple, *namedTuple:
		elems, _ := asSeq(v)
		if len(elems) == 0 {
			return append(out, "[]"...), nil
		}
		out = append(out, '[')
		for i, e := range elems {
			out = o.sep(out, i, depth+1)
			var err error
			if out, err = appendJSON(out, e, o, depth+1); err != nil {
				return nil, err
			}
		}
		return append(o.end(out, depth), ']'), nil
	case *Dict:
		return appendJSONDict(out, x, o, depth)
	case Mapping:
		d, err := toDict(nil, v)
		if err != nil {
			return nil, err
		}
		return appendJSONDict(out, d, o, depth)
	}
	if o.Default != nil {
		w, err := o.Default(v)
		if err != nil {
			return nil, err
		}
		return appendJSON(out, w, o, depth+1)
	}
	return nil, raise("TypeError", "Object of type "+v.Type()+" is not JSON serializable")
}

func appendJSONDict(out []byte, d *Dict, o *JSONOptions, depth int) ([]byte, error) {
	if d.Len() == 0 {
		return append(out, "{}"...), nil
	}
	items := (&DictView{d, viewItems}).elems()
	if o.SortKeys {
		var err error
		items, err = sortValues(&Thread{}, items, func(v Value) (Value, error) { return v.(Tuple)[0], nil }, false)
		if err != nil {
			return nil, err
		}
	}
	out = append(out, '{')
	for i, it := range items {
		out = o.sep(out, i, depth+1)
		k := it.(Tuple)[0]
		switch x := k.(type) {
		case Str, Markup, *markedStr:
			s, _ := AsString(k)
			out = pyjson.AppendString(out, s)
		case NoneType:
			out = append(out, `"null"`...)
		case Bool:
			out = strconv.AppendQuote(out, strconv.FormatBool(bool(x)))
		case Int, *BigInt, Float:
			out = strconv.AppendQuote(out, k.String())
		default:
			return nil, raise("TypeError", "keys must be str, int, float, bool or None, not "+k.Type())
		}
		out = append(out, ": "...)
		var err error
		if out, err = appendJSON(out, it.(Tuple)[1], o, depth+1); err != nil {
			return nil, err
		}
	}
	return append(o.end(out, depth), '}'), nil
}

func (o *JSONOptions) sep(out []byte, i, depth int) []byte {
	if o.Indent {
		if i > 0 {
			out = append(out, ',')
		}
		return o.line(out, depth)
	}
	if i > 0 {
		out = append(out, ", "...)
	}
	return out
}

func (o *JSONOptions) end(out []byte, depth int) []byte {
	if o.Indent {
		return o.line(out, depth)
	}
	return out
}

func (o *JSONOptions) line(out []byte, depth int) []byte {
	out = append(out, '\n')
	for ; depth > 0; depth-- {
		out = append(out, o.Pad...)
	}
	return out
}

// pprint is Python's pprint.pformat: what does not fit width goes on lines of
// its own. Dicts are sorted by key.
func pprint(v Value, width int) string {
	p := &printer{width: width}
	p.write(v, 0, 0)
	return p.b.String()
}

type printer struct {
	b     strings.Builder
	width int
	depth int
}

func (p *printer) write(v Value, indent, allowance int) {
	v = p.sorted(v, 0)
	text := v.Repr()
	if utf8.RuneCountInString(text) <= p.width-indent-allowance || p.depth > 100 {
		p.b.WriteString(text)
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	switch x := v.(type) {
	case *Dict:
		p.b.WriteByte('{')
		n := 0
		for k, e := range x.Items() {
			if n > 0 {
				p.b.WriteString(",\n" + strings.Repeat(" ", indent+1))
			}
			key := k.Repr()
			p.b.WriteString(key + ": ")
			end := 1
			if n == x.Len()-1 {
				end = allowance + 1
			}
			p.write(e, indent+1+utf8.RuneCountInString(key)+2, end)
			n++
		}
		p.b.WriteByte('}')
	case *List, Tuple, *namedTuple, *Set:
		open, end := "(", ")"
		elems, _ := listOf(v)
		switch v.(type) {
		case *List:
			open, end = "[", "]"
		case *Set:
			open, end = "{", "}"
		default:
			if len(elems) == 1 {
				end = ",)"
			}
		}
		p.b.WriteString(open)
		for i, e := range elems {
			after := 1
			if i > 0 {
				p.b.WriteString(",\n" + strings.Repeat(" ", indent+1))
			}
			if i == len(elems)-1 {
				after = allowance + len(end)
			}
			p.write(e, indent+1, after)
		}
		p.b.WriteString(end)
	case Str:
		p.text(string(x), indent, allowance)
	default:
		p.b.WriteString(text)
	}
}

// sorted gives dicts with their keys in order, at any depth.
func (p *printer) sorted(v Value, depth int) Value {
	if depth > 50 {
		return v
	}
	switch x := v.(type) {
	case *Dict:
		items, err := sortValues(&Thread{}, (&DictView{x, viewItems}).elems(), func(v Value) (Value, error) { return v.(Tuple)[0], nil }, false)
		if err != nil {
			return v
		}
		d := NewDict()
		for _, it := range items {
			_ = d.Set(it.(Tuple)[0], p.sorted(it.(Tuple)[1], depth+1))
		}
		return d
	case *List:
		l := &List{}
		for _, e := range x.Elems {
			l.Append(p.sorted(e, depth+1))
		}
		return l
	case Tuple:
		t := make(Tuple, len(x))
		for i, e := range x {
			t[i] = p.sorted(e, depth+1)
		}
		return t
	}
	return v
}

// text breaks a long str into several literals, at spaces.
func (p *printer) text(s string, indent, allowance int) {
	var pieces []string
	lines := splitLines(s, true)
	if p.depth == 1 {
		indent++
		allowance++
	}
	for i, line := range lines {
		max := p.width - indent
		if i == len(lines)-1 {
			max -= allowance
		}
		if utf8.RuneCountInString(reprString(line)) <= max {
			pieces = append(pieces, reprString(line))
			continue
		}
		cur := ""
		words := splitKeepSpace(line)
		for j, w := range words {
			limit := p.width - indent
			if j == len(words)-1 && i == len(lines)-1 {
				limit -= allowance
			}
			if cur != "" && utf8.RuneCountInString(reprString(cur+w)) > limit {
				pieces = append(pieces, reprString(cur))
				cur = ""
			}
			cur += w
		}
		if cur != "" {
			pieces = append(pieces, reprString(cur))
		}
	}
	if len(pieces) == 1 {
		p.b.WriteString(pieces[0])
		return
	}
	open, end := "", ""
	if p.depth == 1 {
		open, end = "(", ")"
	}
	p.b.WriteString(open + strings.Join(pieces, "\n"+strings.Repeat(" ", indent)) + end)
}

// splitKeepSpace cuts into words with the space that follows each.
func splitKeepSpace(s string) []string {
	var out []string
	for s != "" {
		i := strings.IndexFunc(s, isSpace)
		if i < 0 {
			return append(out, s)
		}
		j := i + strings.IndexFunc(s[i:]+"x", func(r rune) bool { return !isSpace(r) })
		out = append(out, s[:j])
		s = s[j:]
	}
	return out
}
