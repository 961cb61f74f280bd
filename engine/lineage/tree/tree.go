// Package tree reads the JSON in which parsers of SQL give their syntax trees, fast and with little memory: a tree is read
// once, so fields are kept in a list, and texts are parts of the source where they have no escapes.
package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is the kind of a value.
type Kind byte

// The kinds. The zero Value is of kind None: what is not there.
const (
	None Kind = iota
	Null
	Bool
	Number
	Text
	List
	Object
)

// Value is a JSON value. All methods may be called on one of any kind; they give nothing where there is nothing.
type Value struct {
	kind  Kind
	text  string // of Bool, Number and Text the value, of Object and List the JSON
	items []Value
	keys  []string // of Object, as many as items
}

// maxDepth bounds how deep a tree may be nested.
const maxDepth = 10000

var errDepth = errors.New("tree: nested too deep")

// Parse reads a JSON text.
func Parse(src string) (Value, error) {
	p := parser{src: src}
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	if p.space(); p.pos < len(src) {
		return Value{}, p.fail("more after the end")
	}
	return v, nil
}

// Kind is the kind of the value.
func (v Value) Kind() Kind { return v.kind }

// Map makes something of each item of a list, in order.
func Map[T any](item func(Value) T, list Value) []T {
	var out []T
	for _, v := range list.items {
		out = append(out, item(v))
	}
	return out
}

// Is tells whether the value is there and not null.
func (v Value) Is() bool { return v.kind > Null }

// Get gives a field of an object.
func (v Value) Get(key string) Value {
	for i, k := range v.keys {
		if k == key {
			return v.items[i]
		}
	}
	return Value{}
}

// Text gives a text.
func (v Value) Text() string {
	if v.kind != Text {
		return ""
	}
	return v.text
}

// Int gives a number without fraction.
func (v Value) Int() int {
	if v.kind != Number {
		return 0
	}
	n := 0
	for i := 0; i < len(v.text); i++ {
		c := v.text[i]
		if c < '0' || c > '9' || n > 1<<40 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// True tells whether the value is true.
func (v Value) True() bool { return v.kind == Bool && v.text == "true" }

// Scalar gives the text of a number, text or truth value.
func (v Value) Scalar() string {
	if v.kind >= List {
		return ""
	}
	return v.text
}

// Raw is the JSON text of an object or list.
func (v Value) Raw() string {
	if v.kind < List {
		return ""
	}
	return v.text
}

// Items are the elements of a list, or the values of an object.
func (v Value) Items() []Value { return v.items }

// Keys are the names of an object's fields, in order.
func (v Value) Keys() []string { return v.keys }

// Only takes an object with one field apart, as node types are written in some trees.
func (v Value) Only() (key string, inner Value) {
	if len(v.keys) != 1 {
		return "", Value{}
	}
	return v.keys[0], v.items[0]
}

type parser struct {
	src string
	pos int
	// values and keys are those of the lists and objects that are open, so that each is allocated once, at its size.
	values []Value
	keys   []string
}

func (p *parser) fail(format string, args ...any) error {
	return fmt.Errorf("tree: at byte %d: %s", p.pos, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.pos < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser) value(depth int) (Value, error) {
	if depth > maxDepth {
		return Value{}, errDepth
	}
	p.space()
	if p.pos >= len(p.src) {
		return Value{}, p.fail("the text ends")
	}
	start := p.pos
	switch c := p.src[p.pos]; c {
	case '{', '[':
		values, keys := len(p.values), len(p.keys)
		kind, end := Object, byte('}')
		if c == '[' {
			kind, end = List, ']'
		}
		err := p.list(end, func() error {
			if kind == Object {
				key, err := p.string()
				if err != nil {
					return err
				}
				if p.space(); p.pos >= len(p.src) || p.src[p.pos] != ':' {
					return p.fail("a colon is missing")
				}
				p.pos++
				p.keys = append(p.keys, key)
			}
			x, err := p.value(depth + 1)
			p.values = append(p.values, x)
			return err
		})
		v := Value{kind: kind, text: p.src[start:p.pos], items: slices.Clone(p.values[values:]), keys: slices.Clone(p.keys[keys:])}
		p.values, p.keys = p.values[:values], p.keys[:keys]
		return v, err
	case '"':
		s, err := p.string()
		return Value{kind: Text, text: s}, err
	default:
		for p.pos < len(p.src) && strings.IndexByte(" \t\r\n,:]}[{\"", p.src[p.pos]) < 0 {
			p.pos++
		}
		switch word := p.src[start:p.pos]; word {
		case "null":
			return Value{kind: Null}, nil
		case "true", "false":
			return Value{kind: Bool, text: word}, nil
		default:
			if word == "" || strings.IndexByte("-0123456789", word[0]) < 0 {
				return Value{}, p.fail("%q is no value", word)
			}
			return Value{kind: Number, text: word}, nil
		}
	}
}

// list reads what stands between brackets, up to the closing one.
func (p *parser) list(end byte, item func() error) error {
	p.pos++
	if p.space(); p.pos < len(p.src) && p.src[p.pos] == end {
		p.pos++
		return nil
	}
	for {
		p.space()
		if err := item(); err != nil {
			return err
		}
		p.space()
		switch {
		case p.pos >= len(p.src):
			return p.fail("the text ends")
		case p.src[p.pos] == end:
			p.pos++
			return nil
		case p.src[p.pos] != ',':
			return p.fail("a comma is missing")
		}
		p.pos++
	}
}

func (p *parser) string() (string, error) {
	if p.pos >= len(p.src) || p.src[p.pos] != '"' {
		return "", p.fail("a text is missing")
	}
	start := p.pos
	escaped := false
	for p.pos++; p.pos < len(p.src); p.pos++ {
		switch p.src[p.pos] {
		case '"':
			p.pos++
			if !escaped {
				return p.src[start+1 : p.pos-1], nil
			}
			var s string
			if err := json.Unmarshal([]byte(p.src[start:p.pos]), &s); err != nil {
				return "", p.fail("%s", err)
			}
			return s, nil
		case '\\':
			escaped = true
			p.pos++
		}
	}
	return "", p.fail("a text does not end")
}
