package jinja

import (
	"strconv"
	"strings"
)

// formatter is one run of str.format.
type formatter struct {
	t      *Thread
	args   []Value
	named  func(string) (Value, bool)
	auto   int // next automatic index; -1 once an index was written
	manual bool
}

// strFormat is str.format with the sandbox's rules for attributes.
func strFormat(t *Thread, s string, args []Value, named func(string) (Value, bool)) (string, error) {
	f := &formatter{t: t, args: args, named: named}
	return f.format(s, 2)
}

func (f *formatter) format(s string, depth int) (string, error) {
	if depth == 0 {
		return "", raise("ValueError", "Max string recursion exceeded")
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		if c != '{' && c != '}' {
			j := strings.IndexAny(s[i:], "{}")
			if j < 0 {
				b.WriteString(s[i:])
				break
			}
			b.WriteString(s[i : i+j])
			i += j
			continue
		}
		if i+1 < len(s) && s[i+1] == c {
			b.WriteByte(c)
			i += 2
			continue
		}
		if c == '}' {
			return "", raise("ValueError", "Single '}' encountered in format string")
		}
		end, level := i+1, 1
		for end < len(s) {
			switch s[end] {
			case '{':
				level++
			case '}':
				level--
			}
			if level == 0 {
				break
			}
			end++
		}
		if level > 0 {
			if end == i+1 {
				return "", raise("ValueError", "Single '{' encountered in format string")
			}
			return "", raise("ValueError", "expected '}' before end of string")
		}
		text, err := f.field(s[i+1:end], depth)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		if b.Len() > maxString {
			return "", errTooLarge()
		}
		i = end + 1
	}
	return b.String(), nil
}

func (f *formatter) field(s string, depth int) (string, error) {
	name, conv, specText := s, byte(0), ""
	// the name ends at ! or :, but not within [ ]
	brackets := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[':
			brackets++
		case ']':
			brackets--
		case '!', ':':
			if brackets > 0 {
				continue
			}
			name = s[:i]
			rest := s[i:]
			if rest[0] == '!' {
				if len(rest) < 2 {
					return "", raise("ValueError", "unmatched '{' in format spec")
				}
				conv = rest[1]
				rest = rest[2:]
				if rest != "" && rest[0] != ':' {
					return "", raise("ValueError", "expected ':' after conversion specifier")
				}
			}
			if rest != "" {
				specText = rest[1:]
			}
			i = len(s)
		}
	}
	v, err := f.lookup(name)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(specText, "{}") {
		if specText, err = f.format(specText, depth-1); err != nil {
			return "", err
		}
	}
	switch conv {
	case 0:
	case 's':
		v = Str(v.String())
	case 'r':
		v = Str(v.Repr())
	case 'a':
		v = Str(asciiRepr(v.Repr()))
	default:
		return "", raise("ValueError", "Unknown conversion specifier '"+string(conv)+"'")
	}
	return formatValue(v, specText)
}

func (f *formatter) lookup(name string) (Value, error) {
	end := strings.IndexAny(name, ".[")
	first, rest := name, ""
	if end >= 0 {
		first, rest = name[:end], name[end:]
	}
	var v Value
	if n, err := strconv.Atoi(first); first == "" || err == nil && n >= 0 {
		if first == "" {
			if f.manual {
				return nil, raise("ValueError", "cannot switch from manual field specification to automatic field numbering")
			}
			n = f.auto
			f.auto++
		} else {
			if f.auto > 0 {
				return nil, raise("ValueError", "cannot switch from automatic field numbering to manual field specification")
			}
			f.manual = true
		}
		if n >= len(f.args) {
			return nil, raise("IndexError", "Replacement index "+strconv.Itoa(n)+" out of range for positional args tuple")
		}
		v = f.args[n]
	} else {
		var ok bool
		if v, ok = f.named(first); !ok {
			return nil, raise("KeyError", reprString(first))
		}
	}
	for rest != "" {
		var err error
		if rest[0] == '.' {
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, raise("ValueError", "Empty attribute in format string")
			}
			v, err = GetAttr(f.t, v, rest[:end])
			rest = rest[end:]
		} else {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, raise("ValueError", "Missing ']' in format string")
			}
			key := rest[1:end]
			rest = rest[end+1:]
			if rest != "" && rest[0] != '.' && rest[0] != '[' {
				return nil, raise("ValueError", "Only '.' or '[' may follow ']' in format field specifier")
			}
			if n, convErr := strconv.Atoi(key); convErr == nil && n >= 0 {
				v, err = GetItem(f.t, v, Int(n))
			} else {
				v, err = GetItem(f.t, v, Str(key))
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}
