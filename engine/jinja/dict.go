package jinja

import "iter"

// Dict is Python's dict: keys in the order of their insertion.
type Dict struct {
	entries []dictEntry
	index   map[any]int32 // built once there are more than dictLinear entries
	live    int
}

type dictEntry struct {
	key Value // nil: deleted
	val Value
}

// dictLinear is how many entries are searched without an index.
const dictLinear = 8

// NewDict makes an empty dict.
func NewDict() *Dict { return &Dict{} }

func (*Dict) Type() string     { return "dict" }
func (d *Dict) Truth() bool    { return d.live > 0 }
func (d *Dict) String() string { return d.Repr() }
func (d *Dict) Repr() string   { return reprOf(d) }

// Len is the number of entries.
func (d *Dict) Len() int { return d.live }

func (d *Dict) findStr(s string) int {
	if d.index != nil {
		if i, ok := d.index[s]; ok {
			return int(i)
		}
		return -1
	}
	for i := range d.entries {
		switch k := d.entries[i].key.(type) {
		case Str:
			if string(k) == s {
				return i
			}
		case Markup:
			if string(k) == s {
				return i
			}
		case *markedStr:
			if k.s == s {
				return i
			}
		}
	}
	return -1
}

func (d *Dict) find(key Value) (int, error) {
	if s, ok := AsString(key); ok {
		return d.findStr(s), nil
	}
	h, err := hashKey(key)
	if err != nil {
		return -1, err
	}
	if d.index != nil {
		if i, ok := d.index[h]; ok {
			return int(i), nil
		}
		return -1, nil
	}
	for i := range d.entries {
		if k := d.entries[i].key; k != nil {
			if kh, err := hashKey(k); err == nil && kh == h {
				return i, nil
			}
		}
	}
	return -1, nil
}

// Get looks key up. The error is that of an unhashable key.
func (d *Dict) Get(key Value) (Value, bool, error) {
	i, err := d.find(key)
	if err != nil || i < 0 {
		return nil, false, err
	}
	return d.entries[i].val, true, nil
}

// GetStr looks the str key up.
func (d *Dict) GetStr(key string) (Value, bool) {
	if i := d.findStr(key); i >= 0 {
		return d.entries[i].val, true
	}
	return nil, false
}

// Set gives key a value; an old key keeps its place.
func (d *Dict) Set(key, val Value) error {
	i, err := d.find(key)
	if err != nil {
		return err
	}
	d.setAt(i, key, val)
	return nil
}

// SetStr gives the str key a value.
func (d *Dict) SetStr(key string, val Value) {
	i := d.findStr(key)
	if i >= 0 {
		d.entries[i].val = val
		return
	}
	d.setAt(-1, Str(key), val)
}

func (d *Dict) setAt(i int, key, val Value) {
	if i >= 0 {
		d.entries[i].val = val
		return
	}
	d.entries = append(d.entries, dictEntry{key, val})
	d.live++
	if d.index != nil {
		h, _ := hashKey(key)
		d.index[h] = int32(len(d.entries) - 1)
	} else if len(d.entries) > dictLinear {
		d.reindex()
	}
}

func (d *Dict) reindex() {
	d.index = make(map[any]int32, 2*len(d.entries))
	for i := range d.entries {
		if k := d.entries[i].key; k != nil {
			h, _ := hashKey(k)
			d.index[h] = int32(i)
		}
	}
}

// Delete removes key and gives its value; ok is false if it was not there.
func (d *Dict) Delete(key Value) (val Value, ok bool, err error) {
	i, err := d.find(key)
	if err != nil || i < 0 {
		return nil, false, err
	}
	val = d.entries[i].val
	if d.index != nil {
		h, _ := hashKey(key)
		delete(d.index, h)
	}
	d.entries[i] = dictEntry{}
	d.live--
	switch {
	case i == len(d.entries)-1:
		d.entries = d.entries[:i]
	case len(d.entries) > 2*d.live+dictLinear:
		d.compact()
	}
	return val, true, nil
}

func (d *Dict) compact() {
	kept := make([]dictEntry, 0, d.live)
	for _, e := range d.entries {
		if e.key != nil {
			kept = append(kept, e)
		}
	}
	d.entries, d.index = kept, nil
	if len(kept) > dictLinear {
		d.reindex()
	}
}

// Clear removes all entries.
func (d *Dict) Clear() { *d = Dict{} }

// Keys is a new slice of the keys, in order.
func (d *Dict) Keys() []Value {
	out := make([]Value, 0, d.live)
	for i := range d.entries {
		if k := d.entries[i].key; k != nil {
			out = append(out, k)
		}
	}
	return out
}

// Values is a new slice of the values, in order.
func (d *Dict) Values() []Value {
	out := make([]Value, 0, d.live)
	for i := range d.entries {
		if d.entries[i].key != nil {
			out = append(out, d.entries[i].val)
		}
	}
	return out
}

// Items goes through the entries in order. The dict must not be changed
// meanwhile, but for the values of present keys.
func (d *Dict) Items() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		for i := 0; i < len(d.entries); i++ {
			if e := d.entries[i]; e.key != nil && !yield(e.key, e.val) {
				return
			}
		}
	}
}

// Copy is a shallow copy.
func (d *Dict) Copy() *Dict {
	out := &Dict{entries: make([]dictEntry, 0, d.live), live: d.live}
	for _, e := range d.entries {
		if e.key != nil {
			out.entries = append(out.entries, e)
		}
	}
	if len(out.entries) > dictLinear {
		out.reindex()
	}
	return out
}

// Update sets all entries of other.
func (d *Dict) Update(other *Dict) {
	for k, v := range other.Items() {
		_ = d.Set(k, v) // the keys of a dict are hashable
	}
}

type viewKind uint8

const (
	viewKeys viewKind = iota
	viewValues
	viewItems
)

func (k viewKind) String() string { return [...]string{"keys", "values", "items"}[k] }

// DictView is what dict.keys(), values() and items() give: it follows the dict.
type DictView struct {
	d    *Dict
	kind viewKind
}

func (v *DictView) Type() string   { return "dict_" + v.kind.String() }
func (v *DictView) Truth() bool    { return v.d.live > 0 }
func (v *DictView) String() string { return v.Repr() }
func (v *DictView) Repr() string   { return reprOf(v) }

// Len is the number of entries of the dict.
func (v *DictView) Len() int { return v.d.live }

func (v *DictView) at(e dictEntry) Value {
	switch v.kind {
	case viewKeys:
		return e.key
	case viewValues:
		return e.val
	}
	return Tuple{e.key, e.val}
}

func (v *DictView) elems() []Value {
	out := make([]Value, 0, v.d.live)
	for _, e := range v.d.entries {
		if e.key != nil {
			out = append(out, v.at(e))
		}
	}
	return out
}

// Set is Python's set; it prints and iterates in the order of insertion.
type Set struct {
	d Dict
}

// NewSet makes a set. The error is that of an unhashable element.
func NewSet(elems ...Value) (*Set, error) {
	s := &Set{}
	for _, e := range elems {
		if err := s.Add(e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (*Set) Type() string     { return "set" }
func (s *Set) Truth() bool    { return s.d.live > 0 }
func (s *Set) String() string { return s.Repr() }
func (s *Set) Repr() string   { return reprOf(s) }

// Len is the number of elements.
func (s *Set) Len() int { return s.d.live }

// Elems is a new slice of the elements.
func (s *Set) Elems() []Value { return s.d.Keys() }

// Add puts v in.
func (s *Set) Add(v Value) error {
	i, err := s.d.find(v)
	if err != nil || i >= 0 {
		return err
	}
	s.d.setAt(-1, v, True)
	return nil
}

// Has tells whether v is in.
func (s *Set) Has(v Value) (bool, error) {
	i, err := s.d.find(v)
	return i >= 0, err
}
