package jinja

import (
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxNesting bounds how deep brackets and blocks may lie in each other.
	maxNesting = 250
	// maxChain bounds operators and postfixes applied one after the other.
	maxChain = 2000
)

// parser makes the tree. Errors leave it as a panic of *Error, caught in parseTemplate.
type parser struct {
	t      *Template
	src    string
	tokens []token
	i      int
	cur    token
	lexErr string
	depth  int
	tags   []string   // open tags
	openAt []int32    // where they stand
	ends   [][]string // what each open tag waits for

	special specialNames // those that occur at all
}

// specialNames are the names for which scopes are searched.
type specialNames struct {
	loop, storesLoop, caller, kwargs, varargs bool
}

func (p *parser) fail(pos int32, msg string) { p.failKind(Syntax, pos, msg) }

// failKind is for errors that Python finds after Jinja2 has parsed the text,
// and which are therefore no syntax errors of Jinja2.
func (p *parser) failKind(kind ErrorKind, pos int32, msg string) {
	p.failHint(kind, pos, msg, "")
}

func (p *parser) failHint(kind ErrorKind, pos int32, msg, hint string) {
	e := &Error{Kind: kind, Msg: msg, Hint: hint}
	p.t.locate(e, pos)
	panic(e)
}

func (p *parser) enter(pos int32) {
	p.depth++
	if p.depth > maxNesting {
		e := &Error{Kind: Syntax, Msg: "too deeply nested"}
		p.t.locate(e, pos)
		panic(e)
	}
}

func (p *parser) chain(n *int, pos int32) {
	*n++
	if *n > maxChain {
		p.fail(pos, "expression too long")
	}
}

// failLex fails with what the lexer said.
func (p *parser) failLex(pos int32) {
	hint := ""
	switch {
	case strings.HasPrefix(p.lexErr, "unexpected char") && int(pos) < len(p.src) && strings.ContainsRune("'\"", rune(p.src[pos])):
		hint = "the text in quotes that begins here does not end"
	case p.lexErr == "unexpected '}'":
		hint = "an expression ends with }}, a tag with %}"
	case strings.HasPrefix(p.lexErr, "unexpected '}', expected"):
		hint = "a bracket is not closed before the end of the expression"
	}
	p.failHint(Syntax, pos, p.lexErr, hint)
}

func (p *parser) next() token {
	old := p.cur
	if p.i < len(p.tokens) {
		p.cur = p.tokens[p.i]
		p.i++
		if p.cur.kind == tError {
			p.failLex(p.cur.pos)
		}
	} else {
		p.cur = token{kind: tEOF, pos: int32(len(p.src))}
	}
	return old
}

func (p *parser) look() token {
	if p.i < len(p.tokens) {
		if p.tokens[p.i].kind == tError {
			p.failLex(p.tokens[p.i].pos)
		}
		return p.tokens[p.i]
	}
	return token{kind: tEOF, pos: int32(len(p.src))}
}

func (p *parser) skipIf(k tokenKind) bool {
	if p.cur.kind == k {
		p.next()
		return true
	}
	return false
}

func (p *parser) isName(s string) bool { return p.cur.kind == tName && p.cur.val == s }

func (p *parser) skipName(s string) bool {
	if p.isName(s) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(k tokenKind) token {
	if p.cur.kind != k {
		p.expected(tokenNames[k])
	}
	return p.next()
}

func (p *parser) expectName(s string) token {
	if !p.isName(s) {
		p.expected(s)
	}
	return p.next()
}

func (p *parser) expected(what string) {
	if p.cur.kind == tEOF {
		p.fail(p.cur.pos, "unexpected end of template, expected "+reprString(what)+".")
	}
	p.failHint(Syntax, p.cur.pos, "expected token "+reprString(what)+", got "+reprString(p.cur.describe()), p.bracesHint(what))
}

// bracesHint tells what is wrong with the braces around an expression that did not end as expected.
func (p *parser) bracesHint(what string) string {
	before := p.src[:min(int(p.cur.pos), len(p.src))]
	block, expr := strings.LastIndex(before, "{%"), strings.LastIndex(before, "{{")
	switch {
	case block >= 0 && expr > block && !strings.Contains(before[block:], "%}"):
		return "inside {% %} an expression stands without {{ }}"
	case what == tokenNames[tVarEnd]:
		return "close the expression with }}"
	case what == tokenNames[tComma]:
		return "a comma is missing before this"
	}
	return ""
}

// body parses statements up to one of the end tags.
func (p *parser) statements(drop bool, ends ...string) []stmt {
	p.skipIf(tColon)
	p.expect(tBlockEnd)
	body := p.subparse(ends)
	if p.cur.kind == tEOF {
		p.failEOF(ends)
	}
	if drop {
		p.next()
	}
	return body
}

func (p *parser) failEOF(ends []string) {
	p.ends = append(p.ends, ends)
	pos := p.cur.pos
	if pos > 0 && p.cur.kind == tEOF {
		// the error belongs to the last token, as a reader expects
		for i := len(p.tokens) - 1; i >= 0; i-- {
			if p.tokens[i].kind != tEOF {
				pos = p.tokens[i].pos
				break
			}
		}
	}
	p.failTag("", pos)
}

func (p *parser) failTag(name string, pos int32) {
	var msg strings.Builder
	if name == "" {
		msg.WriteString("Unexpected end of template.")
	} else {
		msg.WriteString("Encountered unknown tag " + reprString(name) + ".")
	}
	if len(p.ends) > 0 {
		last := append([]string(nil), p.ends[len(p.ends)-1]...)
		for i, s := range last {
			last[i] = reprString(s)
		}
		looking := strings.Join(last, " or ")
		nesting := false
		for _, es := range p.ends {
			for _, e := range es {
				nesting = nesting || e == name
			}
		}
		if nesting {
			msg.WriteString(" You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for " + looking + ".")
		} else {
			msg.WriteString(" Jinja was looking for the following tags: " + looking + ".")
		}
	}
	if len(p.tags) > 0 {
		msg.WriteString(" The innermost block that needs to be closed is " + reprString(p.tags[len(p.tags)-1]) + ".")
	}
	p.failHint(Syntax, pos, msg.String(), p.tagHint(name))
}

// tagHint tells which tag was meant, or which block is open; name is "" at the end of the text.
func (p *parser) tagHint(name string) string {
	var known []string
	if len(p.ends) > 0 {
		known = append(known, p.ends[len(p.ends)-1]...)
	}
	if !strings.HasPrefix(name, "end") {
		known = append(known, "if", "for", "set", "macro", "call", "filter", "do")
	}
	if name == "elseif" || name == "elsif" {
		return "did you mean 'elif'?"
	}
	if near := closest(name, known); name != "" && near != "" {
		return "did you mean " + reprString(near) + "?"
	}
	if len(p.tags) > 0 {
		e := &Error{}
		p.t.locate(e, p.openAt[len(p.openAt)-1])
		tag := p.tags[len(p.tags)-1]
		return fmt.Sprintf("the block '%s' that begins in line %d needs {%% end%s %%}", tag, e.Line, tag)
	}
	if strings.HasPrefix(name, "end") {
		return "no block is open here"
	}
	return ""
}

func (p *parser) subparse(ends []string) []stmt {
	p.enter(p.cur.pos)
	defer func() { p.depth-- }()
	var body []stmt
	var items []outItem
	flush := func() {
		if len(items) > 0 {
			body = append(body, &outputStmt{items: items})
			items = nil
		}
	}
	if len(ends) > 0 {
		p.ends = append(p.ends, ends)
		defer func() { p.ends = p.ends[:len(p.ends)-1] }()
	}
	for {
		switch p.cur.kind {
		case tEOF:
			flush()
			return body
		case tData:
			items = append(items, outItem{text: p.cur.val})
			p.next()
		case tVarBegin:
			p.next()
			items = append(items, outItem{x: p.tuple(tupleOpts{cond: true})})
			p.expect(tVarEnd)
		case tBlockBegin:
			p.next()
			if p.cur.kind == tName {
				for _, e := range ends {
					if p.cur.val == e {
						flush()
						return body
					}
				}
			}
			// a print tag keeps its place among the output
			if p.isName("print") {
				p.next()
				for p.cur.kind != tBlockEnd {
					items = append(items, outItem{x: p.expression()})
					if p.cur.kind != tBlockEnd {
						p.expect(tComma)
					}
				}
				p.next()
				continue
			}
			flush()
			body = append(body, p.statement())
			p.expect(tBlockEnd)
		default:
			p.fail(p.cur.pos, "internal parsing error")
		}
	}
}

type tupleOpts struct {
	simple   bool // names and literals only, for targets
	cond     bool // inline if allowed
	end      string
	explicit bool // within parentheses
	ns       bool // ns.attr allowed
}

func (p *parser) tupleEnd(o tupleOpts) bool {
	switch p.cur.kind {
	case tVarEnd, tBlockEnd, tRParen:
		return true
	case tName:
		return o.end != "" && p.cur.val == o.end
	}
	return false
}

func (p *parser) tuple(o tupleOpts) expr {
	p.enter(p.cur.pos)
	defer func() { p.depth-- }()
	pos := p.cur.pos
	var elems []expr
	is := false
	for {
		if len(elems) > 0 {
			p.expect(tComma)
		}
		if p.tupleEnd(o) {
			break
		}
		var x expr
		switch {
		case o.simple:
			x = p.primary(o.ns)
		case o.cond:
			x = p.expression()
		default:
			x = p.orExpr()
		}
		if !is && p.cur.kind != tComma {
			if elems == nil {
				return x
			}
		}
		elems = append(elems, x)
		if p.cur.kind != tComma {
			break
		}
		is = true
	}
	if !is && !o.explicit {
		p.fail(p.cur.pos, "Expected an expression, got "+reprString(p.cur.describe()))
	}
	return &tupleExpr{node{pos}, elems}
}

// target parses what a value is assigned to.
func (p *parser) target(o tupleOpts) expr {
	o.simple = true
	x := p.tuple(o)
	p.setStore(x)
	return x
}

func (p *parser) setStore(x expr) {
	switch x := x.(type) {
	case *nameExpr:
		x.store = true
		p.special.storesLoop = p.special.storesLoop || x.name == "loop"
	case *nsRef:
	case *tupleExpr:
		for _, e := range x.elems {
			p.setStore(e)
		}
	default:
		p.fail(x.at(), "can't assign to "+reprString(nodeName(x)))
	}
}

func nodeName(x expr) string {
	switch x.(type) {
	case *constExpr:
		return "const"
	case *listExpr:
		return "list"
	case *dictExpr:
		return "dict"
	}
	return "expression"
}

func (p *parser) nameTarget() *nameExpr {
	t := p.expect(tName)
	if isConstName(t.val) {
		p.fail(t.pos, "can't assign to 'name'")
	}
	return &nameExpr{node: node{t.pos}, name: t.val, store: true}
}

func isConstName(s string) bool {
	switch s {
	case "true", "false", "none", "True", "False", "None":
		return true
	}
	return false
}

func (p *parser) primary(ns bool) expr {
	t := p.cur
	switch t.kind {
	case tName:
		p.next()
		switch t.val {
		case "true", "True":
			return &constExpr{node{t.pos}, True}
		case "false", "False":
			return &constExpr{node{t.pos}, False}
		case "none", "None":
			return &constExpr{node{t.pos}, None}
		}
		name := &nameExpr{node: node{t.pos}, name: t.val}
		switch t.val {
		case "loop":
			p.special.loop = true
		case "caller":
			p.special.caller = true
		case "kwargs":
			p.special.kwargs = true
		case "varargs":
			p.special.varargs = true
		}
		if ns && p.cur.kind == tDot {
			p.next()
			return &nsRef{node{t.pos}, name, p.expect(tName).val}
		}
		return name
	case tString:
		p.next()
		s := p.unescape(t)
		if p.cur.kind == tString {
			var b strings.Builder
			b.WriteString(s)
			for p.cur.kind == tString {
				b.WriteString(p.unescape(p.cur))
				p.next()
			}
			s = b.String()
		}
		return &constExpr{node{t.pos}, Str(s)}
	case tInt:
		p.next()
		return &constExpr{node{t.pos}, p.parseInt(t)}
	case tFloat:
		p.next()
		f, err := strconv.ParseFloat(strings.ReplaceAll(t.val, "_", ""), 64)
		if err != nil && f == 0 {
			p.fail(t.pos, "invalid float "+t.val)
		}
		return &constExpr{node{t.pos}, Float(f)}
	case tLParen:
		p.next()
		x := p.tuple(tupleOpts{simple: false, cond: true, explicit: true})
		p.expect(tRParen)
		return x
	case tLBracket:
		return p.list()
	case tLBrace:
		return p.dict()
	}
	if t.kind == tEOF || t.kind == tVarEnd || t.kind == tBlockEnd {
		if p.i >= 2 {
			prev := p.tokens[p.i-2].kind
			if prev == tVarBegin || prev == tBlockBegin {
				p.fail(t.pos, "Expected an expression, got "+reprString(t.describe()))
			}
		}
	}
	p.fail(t.pos, "unexpected "+reprString(t.describe()))
	return nil
}

func (p *parser) parseInt(t token) Value {
	s := strings.ReplaceAll(t.val, "_", "")
	if n, err := strconv.ParseInt(s, 0, 64); err == nil && !(len(s) > 1 && s[0] == '0' && isDigit(s[1])) {
		return Int(n)
	}
	base := 0
	if s[0] == '0' && (len(s) == 1 || isDigit(s[1])) {
		base = 10
	}
	if len(s) > 4300 && base != 16 {
		p.fail(t.pos, "Exceeds the limit (4300 digits) for integer string conversion")
	}
	n, ok := new(big.Int).SetString(s, base)
	if !ok {
		p.fail(t.pos, "invalid integer "+t.val)
	}
	return NewBigInt(n)
}

func (p *parser) list() expr {
	t := p.expect(tLBracket)
	p.enter(t.pos)
	defer func() { p.depth-- }()
	var elems []expr
	for p.cur.kind != tRBracket {
		if len(elems) > 0 {
			p.expect(tComma)
		}
		if p.cur.kind == tRBracket {
			break
		}
		elems = append(elems, p.expression())
	}
	p.expect(tRBracket)
	return &listExpr{node{t.pos}, elems}
}

func (p *parser) dict() expr {
	t := p.expect(tLBrace)
	p.enter(t.pos)
	defer func() { p.depth-- }()
	d := &dictExpr{node: node{t.pos}}
	for p.cur.kind != tRBrace {
		if len(d.keys) > 0 {
			p.expect(tComma)
		}
		if p.cur.kind == tRBrace {
			break
		}
		k := p.expression()
		p.expect(tColon)
		d.keys = append(d.keys, k)
		d.vals = append(d.vals, p.expression())
	}
	p.expect(tRBrace)
	return d
}

// unescape applies Python's escapes of a string literal.
func (p *parser) unescape(t token) string {
	s := t.val
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	for i < len(s) {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			out = append(out, c)
			i++
			continue
		}
		i += 2
		switch e := s[i-1]; e {
		case '\n':
		case '\\', '\'', '"':
			out = append(out, e)
		case 'a':
			out = append(out, 7)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'v':
			out = append(out, '\v')
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n, j := rune(0), i-1
			for j < len(s) && j < i+2 && s[j] >= '0' && s[j] <= '7' {
				n = n*8 + rune(s[j]-'0')
				j++
			}
			i = j
			out = utf8.AppendRune(out, n)
		case 'x', 'u', 'U':
			n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[e]
			if i+n > len(s) {
				p.fail(t.pos, "truncated \\"+string(e)+" escape in string")
			}
			r, err := strconv.ParseUint(s[i:i+n], 16, 32)
			if err != nil || r > utf8.MaxRune {
				p.fail(t.pos, "invalid \\"+string(e)+" escape in string")
			}
			i += n
			out = utf8.AppendRune(out, rune(r))
		case 'N':
			p.fail(t.pos, "escape \\N{name} is not supported in strings; write \\u and the code")
		default:
			out = append(out, '\\', e)
		}
	}
	return string(out)
}

// sortedNames is a help for "did you mean".
func sortedNames[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
