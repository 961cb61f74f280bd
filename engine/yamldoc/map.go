package yamldoc

import (
	"iter"
	"slices"
)

// Map is a mapping that keeps the order of its keys: they reach the manifest and
// Jinja in the order of the file. Keys are nil, bool, int64, float64, string,
// [Date] or [Time]; nearly always strings. The zero value is an empty map; a nil
// *Map can be read. A Map is not safe for concurrent writes.
type Map struct {
	entries []Entry
	index   map[any]int // built above indexFrom entries
}

// Entry is one pair of a Map.
type Entry struct {
	Key   any
	Value any
}

const indexFrom = 12

// NewMap makes a Map from key, value, key, value …; it panics on an odd count.
func NewMap(kv ...any) *Map {
	if len(kv)%2 != 0 {
		panic("yamldoc: NewMap needs pairs")
	}
	m := &Map{entries: make([]Entry, 0, len(kv)/2)}
	for i := 0; i < len(kv); i += 2 {
		m.SetKey(kv[i], kv[i+1])
	}
	return m
}

// MapWithCapacity makes an empty Map with room for n entries.
func MapWithCapacity(n int) *Map { return &Map{entries: make([]Entry, 0, n)} }

// Len returns the number of entries.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return len(m.entries)
}

func (m *Map) find(key any) int {
	if m == nil {
		return -1
	}
	if m.index != nil {
		if i, ok := m.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range m.entries {
		if m.entries[i].Key == key {
			return i
		}
	}
	return -1
}

// Get returns the value of a string key.
func (m *Map) Get(key string) (any, bool) { return m.GetKey(key) }

// GetKey returns the value of any key.
func (m *Map) GetKey(key any) (any, bool) {
	if i := m.find(key); i >= 0 {
		return m.entries[i].Value, true
	}
	return nil, false
}

// Value returns the value of a string key, nil when there is none.
func (m *Map) Value(key string) any {
	v, _ := m.Get(key)
	return v
}

// Has tells whether a string key is there.
func (m *Map) Has(key string) bool { return m.find(key) >= 0 }

// Map returns the value of a key when it is a Map, else nil.
func (m *Map) Map(key string) *Map {
	v, _ := m.Value(key).(*Map)
	return v
}

// List returns the value of a key when it is a list, else nil.
func (m *Map) List(key string) []any {
	v, _ := m.Value(key).([]any)
	return v
}

// Str returns the value of a key when it is a string, else "".
func (m *Map) Str(key string) string {
	v, _ := m.Value(key).(string)
	return v
}

// Set puts a value at a string key: in place when the key is there, else last.
func (m *Map) Set(key string, value any) { m.SetKey(key, value) }

// SetKey is Set for any key.
func (m *Map) SetKey(key, value any) {
	if i := m.find(key); i >= 0 {
		m.entries[i].Value = value
		return
	}
	m.entries = append(m.entries, Entry{key, value})
	switch {
	case m.index != nil:
		m.index[key] = len(m.entries) - 1
	case len(m.entries) > indexFrom:
		m.index = make(map[any]int, 2*len(m.entries))
		for i := range m.entries {
			m.index[m.entries[i].Key] = i
		}
	}
}

// Delete removes a string key and returns the value it had.
func (m *Map) Delete(key string) (any, bool) {
	i := m.find(key)
	if i < 0 {
		return nil, false
	}
	v := m.entries[i].Value
	m.entries = slices.Delete(m.entries, i, i+1)
	if m.index != nil {
		m.index = make(map[any]int, len(m.entries))
		for i := range m.entries {
			m.index[m.entries[i].Key] = i
		}
	}
	return v, true
}

// Keys returns the keys in order; those that are no strings as Python's
// json module writes them ("1", "true", "null").
func (m *Map) Keys() []string {
	if m == nil {
		return nil
	}
	out := make([]string, len(m.entries))
	for i := range m.entries {
		out[i] = KeyString(m.entries[i].Key)
	}
	return out
}

// All iterates over keys (see Keys) and values in order.
func (m *Map) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if m == nil {
			return
		}
		for _, e := range m.entries {
			if !yield(KeyString(e.Key), e.Value) {
				return
			}
		}
	}
}

// Entries returns the pairs in order. The slice must not be changed.
func (m *Map) Entries() []Entry {
	if m == nil {
		return nil
	}
	return m.entries
}

// Copy returns a shallow copy; the copy of nil is an empty Map.
func (m *Map) Copy() *Map {
	if m == nil {
		return &Map{}
	}
	c := &Map{entries: slices.Clone(m.entries)}
	if m.index != nil {
		c.index = make(map[any]int, len(m.index))
		for k, v := range m.index {
			c.index[k] = v
		}
	}
	return c
}

// DeepCopy returns a copy that shares no Map and no list with m.
func (m *Map) DeepCopy() *Map {
	c := m.Copy()
	for i := range c.entries {
		c.entries[i].Value = DeepCopy(c.entries[i].Value)
	}
	return c
}

// DeepCopy copies the Maps and lists in v.
func DeepCopy(v any) any {
	switch v := v.(type) {
	case *Map:
		if v == nil {
			return v
		}
		return v.DeepCopy()
	case []any:
		if v == nil {
			return v
		}
		c := make([]any, len(v))
		for i := range v {
			c[i] = DeepCopy(v[i])
		}
		return c
	}
	return v
}

// Equal compares two values as Python would: Maps without regard to order,
// numbers by value.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case *Map:
		y, ok := b.(*Map)
		if !ok || x.Len() != y.Len() {
			return false
		}
		for _, e := range x.Entries() {
			v, ok := y.GetKey(e.Key)
			if !ok || !Equal(e.Value, v) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !Equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case []byte:
		y, ok := b.([]byte)
		return ok && string(x) == string(y)
	}
	if fa, ok := number(a); ok {
		fb, ok := number(b)
		return ok && fa.Cmp(fb) == 0
	}
	switch b.(type) {
	case *Map, []any, []byte:
		return false
	}
	if t, ok := a.(Time); ok {
		u, ok := b.(Time)
		return ok && t.Naive == u.Naive && t.Time.Equal(u.Time)
	}
	return a == b
}
