package jinja

import (
	"strings"
	"unicode/utf8"
)

// Slice is a slice object, the start:stop:step of a subscript.
type Slice struct {
	Start, Stop, Step Value
}

func (*Slice) Type() string     { return "slice" }
func (*Slice) Truth() bool      { return true }
func (s *Slice) String() string { return s.Repr() }
func (s *Slice) Repr() string {
	return "slice(" + s.Start.Repr() + ", " + s.Stop.Repr() + ", " + s.Step.Repr() + ")"
}

func isDunder(name string) bool {
	return len(name) > 4 && strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__")
}

func unsafeAttr(t *Thread, v Value, name string) Value {
	return &Undefined{Name: name, Unsafe: true, policy: t.Undefined,
		Hint: "access to attribute " + reprString(name) + " of " + reprString(v.Type()) + " object is unsafe."}
}

// attrOf is Python's getattr for builtin and host values; (nil, nil) if there
// is no such attribute.
func attrOf(t *Thread, v Value, name string) (Value, error) {
	if h, ok := v.(HasAttr); ok {
		x, err := h.Attr(t, name)
		if x != nil || err != nil {
			return x, err
		}
	}
	if m := findMethods(name); m != nil {
		if fn := m.of(v); fn != nil {
			return &boundMethod{v, name, fn}, nil
		}
	}
	return fieldOf(v, name), nil
}

// fieldOf gives the data attributes of builtin values.
func fieldOf(v Value, name string) Value {
	switch typed := v.(type) {
	case Int, *BigInt, Bool:
		switch name {
		case "real", "numerator":
			if b, ok := typed.(Bool); ok {
				n, _ := toInt(b)
				return Int(n)
			}
			return v
		case "imag":
			return Int(0)
		case "denominator":
			return Int(1)
		}
	case Float:
		switch name {
		case "real":
			return v
		case "imag":
			return Float(0)
		}
	case Range:
		switch name {
		case "start":
			return Int(typed.Start)
		case "stop":
			return Int(typed.Stop)
		case "step":
			return Int(typed.Step)
		}
	}
	return nil
}

// GetAttr is v.name in a template: the attribute, else the item of this name,
// else an undefined value. Names that start with an underscore are withheld
// from values that have them.
func GetAttr(t *Thread, v Value, name string) (Value, error) {
	if u, ok := v.(*Undefined); ok {
		return u.attr(t, name)
	}
	if strings.HasPrefix(name, "_") {
		if isDunder(name) && !isKeyOf(v, name) {
			return unsafeAttr(t, v, name), nil
		}
	} else if x, err := attrOf(t, v, name); x != nil || err != nil {
		return x, err
	}
	x, err := itemOf(t, v, Str(name))
	if x != nil {
		return x, nil
	}
	if err != nil && !isRaised(err, "TypeError", "KeyError", "IndexError", "LookupError") {
		return nil, err
	}
	return &Undefined{Name: name, obj: v, policy: t.Undefined}, nil
}

// isKeyOf: a dict's own key wins over the sandbox, as its getattr fails first;
// but the names every Python object has are attributes.
func isKeyOf(v Value, name string) bool {
	d, ok := v.(*Dict)
	if !ok || objectAttrs[name] {
		return false
	}
	_, ok = d.GetStr(name)
	return ok
}

var objectAttrs = map[string]bool{
	"__class__": true, "__init__": true, "__dict__": true, "__doc__": true, "__module__": true, "__len__": true,
	"__iter__": true, "__eq__": true, "__hash__": true, "__str__": true, "__repr__": true, "__getitem__": true,
	"__subclasshook__": true, "__reduce__": true, "__new__": true, "__getattribute__": true, "__setattr__": true,
	"__delattr__": true, "__dir__": true, "__format__": true, "__sizeof__": true, "__contains__": true,
}

// undefinedAttrs are the private attributes of Jinja2's own undefined values,
// which the sandbox withholds.
var undefinedAttrs = map[string]bool{
	"_undefined_hint": true, "_undefined_obj": true, "_undefined_name": true, "_undefined_exception": true,
	"_undefined_message": true, "_fail_with_undefined_error": true, "__call__": true,
}

func (u *Undefined) attr(t *Thread, name string) (Value, error) {
	if !u.chains() && (objectAttrs[name] || undefinedAttrs[name]) {
		return unsafeAttr(t, u, name), nil
	}
	if u.chains() {
		return &Undefined{Name: name, policy: u.policy}, nil
	}
	return nil, u.Err()
}

// GetItem is v[key] in a template: the item, else, for a str, the attribute,
// else an undefined value.
func GetItem(t *Thread, v, key Value) (Value, error) {
	if u, ok := v.(*Undefined); ok {
		if u.chains() {
			return u, nil
		}
		return nil, u.Err()
	}
	x, err := itemOf(t, v, key)
	if x != nil {
		return x, nil
	}
	if err != nil && !isRaised(err, "TypeError", "KeyError", "IndexError", "LookupError") {
		return nil, err
	}
	name, ok := AsString(key)
	if !ok {
		return &Undefined{Name: key.String(), key: key, obj: v, policy: t.Undefined}, nil
	}
	if strings.HasPrefix(name, "_") {
		if isDunder(name) {
			return unsafeAttr(t, v, name), nil
		}
	} else if x, err := attrOf(t, v, name); x != nil || err != nil {
		return x, err
	}
	return &Undefined{Name: name, obj: v, policy: t.Undefined}, nil
}

// itemOf is Python's v[key]; (nil, nil) or an error of Python's if there is none.
func itemOf(t *Thread, v, key Value) (Value, error) {
	switch x := v.(type) {
	case *Dict:
		e, _, err := x.Get(key)
		return e, err
	case *List, Tuple, *namedTuple:
		elems, _ := asSeq(v)
		if s, ok := key.(*Slice); ok {
			return getSlice(t, v, *s)
		}
		i, ok := toInt(key)
		if !ok {
			return nil, raise("TypeError", v.Type()+" indices must be integers or slices, not "+key.Type())
		}
		if i < 0 {
			i += int64(len(elems))
		}
		if i < 0 || i >= int64(len(elems)) {
			return nil, nil
		}
		return elems[i], nil
	case Str, Markup, *markedStr:
		s, _ := AsString(v)
		if sl, ok := key.(*Slice); ok {
			return getSlice(t, v, *sl)
		}
		i, ok := toInt(key)
		if !ok {
			return nil, raise("TypeError", "string indices must be integers, not '"+key.Type()+"'")
		}
		c, ok := charAt(s, i)
		if !ok {
			return nil, nil
		}
		if isMarkup(v) {
			return Markup(c), nil
		}
		return Str(c), nil
	case Range:
		if s, ok := key.(*Slice); ok {
			return getSlice(t, v, *s)
		}
		if i, ok := toInt(key); ok {
			n := int64(x.Len())
			if i < 0 {
				i += n
			}
			if i >= 0 && i < n {
				return x.At(int(i)), nil
			}
		}
		return nil, nil
	case Bytes:
		if i, ok := toInt(key); ok {
			if i < 0 {
				i += int64(len(x))
			}
			if i >= 0 && i < int64(len(x)) {
				return Int(x[i]), nil
			}
		}
		return nil, nil
	case HasItem:
		return x.Item(t, key)
	}
	return nil, raise("TypeError", "'"+v.Type()+"' object is not subscriptable")
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func charAt(s string, i int64) (string, bool) {
	if isASCII(s) {
		if i < 0 {
			i += int64(len(s))
		}
		if i < 0 || i >= int64(len(s)) {
			return "", false
		}
		return s[i : i+1], true
	}
	if i < 0 {
		i += int64(utf8.RuneCountInString(s))
	}
	if i < 0 {
		return "", false
	}
	for p := range s {
		if i == 0 {
			_, n := utf8.DecodeRuneInString(s[p:])
			return s[p : p+n], true
		}
		i--
	}
	return "", false
}

// indices is Python's slice.indices.
func (s *Slice) indices(n int) (start, stop, step int, err error) {
	num := func(v Value, def int) (int, error) {
		if v == None {
			return def, nil
		}
		switch x := v.(type) {
		case *BigInt:
			if x.n.Sign() < 0 {
				return -1 << 62, nil
			}
			return 1 << 62, nil
		case *Undefined:
			return 0, x.Err()
		}
		i, ok := toInt(v)
		if !ok {
			return 0, raise("TypeError", "slice indices must be integers or None or have an __index__ method")
		}
		return int(i), nil
	}
	if step, err = num(s.Step, 1); err != nil {
		return
	}
	if step == 0 {
		err = raise("ValueError", "slice step cannot be zero")
		return
	}
	lo, hi := 0, n
	if step < 0 {
		lo, hi = -1, n-1
	}
	clamp := func(v Value, def int) (int, error) {
		if v == None {
			return def, nil
		}
		i, err := num(v, 0)
		if i < 0 {
			i += n
		}
		return max(lo, min(hi, i)), err
	}
	first, last := lo, hi
	if step < 0 {
		first, last = hi, lo
	}
	if start, err = clamp(s.Start, first); err != nil {
		return
	}
	stop, err = clamp(s.Stop, last)
	return
}

func getSlice(t *Thread, v Value, s Slice) (Value, error) {
	if u, ok := v.(*Undefined); ok {
		if u.chains() {
			return u, nil
		}
		return nil, u.Err()
	}
	if str, ok := AsString(v); ok {
		out, err := sliceString(str, &s)
		if err != nil {
			return nil, err
		}
		if isMarkup(v) {
			return Markup(out), nil
		}
		return Str(out), nil
	}
	if b, ok := v.(Bytes); ok {
		start, stop, step, err := s.indices(len(b))
		var out []byte
		for i := start; err == nil && (step > 0 && i < stop || step < 0 && i > stop); i += step {
			out = append(out, b[i])
		}
		return Bytes(out), err
	}
	if r, ok := v.(Range); ok {
		start, stop, step, err := s.indices(r.Len())
		if err != nil {
			return nil, err
		}
		return Range{r.Start + int64(start)*r.Step, r.Start + int64(stop)*r.Step, r.Step * int64(step)}, nil
	}
	elems, ok := asSeq(v)
	if !ok {
		if h, ok := v.(HasItem); ok {
			x, err := h.Item(t, &s)
			if x != nil || err != nil {
				return x, err
			}
		}
		if _, ok := v.(*Dict); ok {
			return nil, raise("TypeError", "unhashable type: 'slice'")
		}
		return nil, raise("TypeError", "'"+v.Type()+"' object is not subscriptable")
	}
	start, stop, step, err := s.indices(len(elems))
	if err != nil {
		return nil, err
	}
	var out []Value
	if step == 1 {
		if start < stop {
			out = append(out, elems[start:stop]...)
		}
	} else {
		for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
			out = append(out, elems[i])
		}
	}
	if _, ok := v.(*List); ok {
		return NewList(out...), nil
	}
	return Tuple(out), nil
}

func sliceString(str string, s *Slice) (string, error) {
	if isASCII(str) {
		start, stop, step, err := s.indices(len(str))
		if err != nil {
			return "", err
		}
		if step == 1 {
			if start >= stop {
				return "", nil
			}
			return str[start:stop], nil
		}
		var out []byte
		for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
			out = append(out, str[i])
		}
		return string(out), nil
	}
	r := []rune(str)
	start, stop, step, err := s.indices(len(r))
	if err != nil {
		return "", err
	}
	var out []rune
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		out = append(out, r[i])
	}
	return string(out), nil
}
