package jinja

import (
	"strings"
)

// LiteralEval is Python's ast.literal_eval: it reads None, True, False,
// numbers, strings, bytes, and lists, tuples, dicts and sets of them.
func LiteralEval(s string) (Value, error) {
	s = strings.TrimLeft(s, " \t")
	t := &Template{env: literalEnv, first: 1, src: s}
	p := &literalParser{parser{t: t, src: s}}
	return p.parse()
}

var literalEnv = &Env{}

type literalParser struct{ parser }

func (p *literalParser) parse() (v Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			v, err = nil, raise("SyntaxError", e.Msg)
		}
	}()
	l := lexer{src: p.src}
	// Python reads line breaks within brackets only
	src := strings.TrimRight(p.src, " \t\r\n")
	l.src = src
	p.src = src
	if strings.ContainsAny(src, "\n") && !strings.ContainsAny(src[:1], "([{'\"") {
		return nil, raise("SyntaxError", "invalid syntax")
	}
	if strings.Contains(src, "#") && !strings.ContainsAny(src, "'\"") {
		return nil, raise("SyntaxError", "comments are not literals")
	}
	pos, ok := l.tag(0, 0)
	if !ok || pos < len(src) || len(l.balance) > 0 {
		return nil, raise("SyntaxError", "invalid syntax")
	}
	p.tokens = l.tokens
	p.next()
	if p.cur.kind == tEOF {
		return nil, raise("SyntaxError", "invalid syntax")
	}
	v = p.tuple(tEOF)
	if p.cur.kind != tEOF {
		return nil, raise("SyntaxError", "invalid syntax")
	}
	return v, nil
}

func (p *literalParser) bad() { p.fail(p.cur.pos, "malformed node or string") }

// tuple parses values up to the end token; one without a comma is itself.
func (p *literalParser) tuple(end tokenKind) Value {
	var elems Tuple
	comma := false
	for p.cur.kind != end {
		elems = append(elems, p.value())
		if !p.skipIf(tComma) {
			if !comma && len(elems) == 1 {
				return elems[0]
			}
			break
		}
		comma = true
	}
	if elems == nil {
		elems = Tuple{}
	}
	return elems
}

func (p *literalParser) value() Value {
	p.enter(p.cur.pos)
	defer func() { p.depth-- }()
	t := p.cur
	switch t.kind {
	case tAdd, tSub:
		p.next()
		v := p.value()
		if _, isBool := v.(Bool); isBool || !isNumber(v) {
			p.bad()
		}
		v, _ = unary(t.kind, v)
		return v
	case tInt:
		if len(t.val) > 1 && t.val[0] == '0' && isDigit(t.val[1]) && strings.Trim(t.val, "0_") != "" {
			p.bad()
		}
		fallthrough
	case tFloat:
		v := p.primary(false).(*constExpr).v
		return v
	case tString:
		return p.primary(false).(*constExpr).v
	case tName:
		p.next()
		switch t.val {
		case "None":
			return None
		case "True":
			return True
		case "False":
			return False
		case "set":
			if p.skipIf(tLParen) && p.skipIf(tRParen) {
				return &Set{}
			}
		case "b", "B", "u", "U", "r", "R":
			if s := p.cur; s.kind == tString && int(s.pos) == int(t.pos)+1 {
				p.next()
				switch t.val {
				case "b", "B":
					return p.bytes(s)
				case "r", "R":
					return Str(s.val)
				}
				return Str(p.unescape(s))
			}
		}
		p.bad()
	case tLParen:
		p.next()
		v := p.tuple(tRParen)
		p.expect(tRParen)
		return v
	case tLBracket:
		p.next()
		l := &List{}
		for p.cur.kind != tRBracket {
			l.Append(p.value())
			if !p.skipIf(tComma) {
				break
			}
		}
		p.expect(tRBracket)
		return l
	case tLBrace:
		return p.braces()
	}
	p.bad()
	return nil
}

// bytes reads the inside of b'…': ASCII, and escapes up to \xff.
func (p *literalParser) bytes(t token) Value {
	if !isASCII(t.val) {
		p.bad()
	}
	var out []byte
	for _, r := range p.unescape(t) {
		if r > 0xff {
			p.bad()
		}
		out = append(out, byte(r))
	}
	return Bytes(out)
}

func (p *literalParser) braces() Value {
	p.next()
	d, s := NewDict(), &Set{}
	for p.cur.kind != tRBrace {
		k := p.value()
		var err error
		if s.Len() == 0 && p.skipIf(tColon) {
			err = d.Set(k, p.value())
		} else if d.Len() == 0 {
			err = s.Add(k)
		} else {
			p.bad()
		}
		if err != nil {
			p.bad()
		}
		if !p.skipIf(tComma) {
			break
		}
	}
	p.expect(tRBrace)
	if s.Len() > 0 {
		return s
	}
	return d
}
