package jinja

import "strings"

// Block is a top-level block of a file, cut out of the text before any
// parsing, or the raw text between two blocks.
type Block struct {
	// Kind is the name of the tag: macro, test, materialization, snapshot,
	// docs …; "" for raw text.
	Kind string
	// Name is the word after the kind.
	Name string
	// Full is the text from {% to the end of {% end… %}; Contents what is between the two tags.
	Full     string
	Contents string
	// Start is the offset of Full, in bytes; Line the line of it, from 1.
	Start int
	Line  int
	// Tags are those of raw text, which belong to no block.
	Tags []BlockTag
}

// BlockTag is a tag outside of the blocks, {% if … %} say.
type BlockTag struct {
	Kind string
	Line int
}

// Blocks cuts the top-level blocks of the given kinds out of src, as dbt's
// block lexer does (dbt_common/clients/_jinja_blocks.py). Without kinds these
// are snapshot, macro, materialization and docs. Raw text between the blocks
// is given as well, if it is not empty. Errors: a block without an end, a
// block within another or within if or for.
func Blocks(file, src string, kinds ...string) ([]Block, error) {
	if len(kinds) == 0 {
		kinds = []string{"snapshot", "macro", "materialization", "docs"}
	}
	b := &blockLexer{t: &Template{file: file, src: src, first: 1}, src: src}
	return b.run(kinds)
}

type blockTag struct {
	kind, name string
	start, end int // of the tag
}

type blockLexer struct {
	t   *Template
	src string
	pos int
}

func (b *blockLexer) err(pos int, msg string) error {
	e := &Error{Kind: Syntax, Msg: msg}
	b.t.locate(e, int32(min(pos, len(b.src))))
	return e
}

var controlEnds = map[string]string{"endif": "if", "endfor": "for"}

func (b *blockLexer) run(kinds []string) ([]Block, error) {
	var out []Block
	var open []blockTag // if and for
	var cur *blockTag
	last := 0
	var stray []BlockTag
	raw := func(to int) {
		if to > last {
			line, _ := b.t.position(int32(last))
			s := b.src[last:to]
			out = append(out, Block{Full: s, Contents: s, Start: last, Line: line, Tags: stray})
			stray = nil
		}
	}
	allowed := func(kind string) bool {
		for _, k := range kinds {
			if k == kind {
				return true
			}
		}
		return false
	}
	for {
		tag, ok, err := b.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		switch tag.kind {
		case "if", "for":
			open = append(open, tag)
		case "endif", "endfor":
			want := controlEnds[tag.kind]
			if len(open) == 0 {
				return nil, b.err(tag.start, "Got an unexpected control flow end tag, got "+tag.kind+
					" but never saw a preceding "+want)
			}
			top := open[len(open)-1]
			open = open[:len(open)-1]
			if top.kind != want {
				return nil, b.err(tag.start, "Got an unexpected control flow end tag, got "+tag.kind+
					" but expected end"+top.kind+" next")
			}
		}
		switch {
		case allowed(tag.kind):
			if len(open) > 0 {
				line, _ := b.t.position(int32(open[len(open)-1].start))
				return nil, b.err(tag.start, "Got a block definition inside control flow: {% "+tag.kind+
					" %} must be at the top level, but the {% "+open[len(open)-1].kind+" %} of line "+Int(line).String()+" is open")
			}
			if cur != nil {
				line, _ := b.t.position(int32(cur.start))
				return nil, b.err(tag.start, "Got nested tags: "+cur.kind+" (started at line "+Int(line).String()+
					") did not have a matching {% end"+cur.kind+" %} before a subsequent "+tag.kind+" was found")
			}
			raw(tag.start)
			last = tag.start
			c := tag
			cur = &c
		case cur != nil && tag.kind == "end"+cur.kind:
			line, _ := b.t.position(int32(cur.start))
			out = append(out, Block{Kind: cur.kind, Name: cur.name, Full: b.src[cur.start:tag.end],
				Contents: b.src[cur.end:tag.start], Start: cur.start, Line: line})
			last = tag.end
			cur = nil
		case cur == nil:
			line, _ := b.t.position(int32(tag.start))
			stray = append(stray, BlockTag{Kind: tag.kind, Line: line})
		}
	}
	if cur != nil {
		return nil, b.err(cur.start, "Reached EOF without finding a close tag for "+cur.kind)
	}
	raw(len(b.src))
	return out, nil
}

// next finds the next tag; comments, expressions and raw blocks are skipped.
func (b *blockLexer) next() (blockTag, bool, error) {
	for {
		at := nextOpen(b.src, b.pos)
		if at < 0 {
			return blockTag{}, false, nil
		}
		switch b.src[at+1] {
		case '#':
			i := strings.Index(b.src[at+2:], "#}")
			if i < 0 {
				return blockTag{}, false, b.err(at, "unexpected end of file, expected #}")
			}
			b.pos = at + 2 + i + 2
		case '{':
			end, err := b.closing(at+2, "}}")
			if err != nil {
				return blockTag{}, false, err
			}
			b.pos = end
		default:
			tag, ok, err := b.tag(at)
			if err != nil || ok {
				return tag, ok, err
			}
		}
	}
}

// closing finds the end of a tag; strings may hold the delimiter.
func (b *blockLexer) closing(pos int, end string) (int, error) {
	start := pos
	for pos < len(b.src) {
		switch c := b.src[pos]; {
		case strings.HasPrefix(b.src[pos:], end):
			return pos + 2, nil
		case c == '"' || c == '\'':
			q := pos
			pos++
			for pos < len(b.src) && b.src[pos] != c {
				if b.src[pos] == '\\' {
					pos++
				}
				pos++
			}
			if pos >= len(b.src) {
				return 0, b.err(q, "unexpected end of file, expected the end of a string")
			}
		}
		pos++
	}
	return 0, b.err(start, "unexpected end of file, expected "+end)
}

// word reads an ASCII name.
func (b *blockLexer) word(pos int) (string, int) {
	e := pos
	for e < len(b.src) && isWordByte(b.src[e]) && (e > pos || !isDigit(b.src[e])) {
		e++
	}
	return b.src[pos:e], e
}

func (b *blockLexer) tag(at int) (blockTag, bool, error) {
	// {%- takes the space before it along
	t := blockTag{start: at}
	pos := at + 2
	if pos < len(b.src) && b.src[pos] == '-' {
		pos++
		t.start = len(trimRightSpace(b.src[:at]))
		if t.start < b.pos {
			t.start = b.pos
		}
	}
	pos = skipSpace(b.src, pos)
	var e int
	if t.kind, e = b.word(pos); t.kind == "" {
		b.pos = at + 2
		return t, false, nil
	}
	if t.kind == "raw" {
		end, ok := b.rawEnd(e)
		if ok {
			t.end, b.pos = end, end
			return t, true, nil
		}
		return t, false, b.err(at, "unexpected end of file, expected {% raw %}...{% endraw %}")
	}
	if p := skipSpace(b.src, e); p > e {
		t.name, e = b.word(p)
		if t.name == "" {
			e = p
		}
	}
	end, err := b.closing(e, "%}")
	if err != nil {
		return t, false, err
	}
	if b.src[end-3] == '-' {
		end = skipSpace(b.src, end)
	}
	t.end = end
	b.pos = end
	return t, true, nil
}

// rawEnd finds the end of a raw block whose name ends at pos.
func (b *blockLexer) rawEnd(pos int) (int, bool) {
	pos = closeTag(b.src, skipSpace(b.src, pos), '%', false)
	if pos < 0 {
		return 0, false
	}
	for {
		i := strings.Index(b.src[pos:], "{%")
		if i < 0 {
			return 0, false
		}
		pos += i + 2
		p := pos
		if p < len(b.src) && b.src[p] == '-' {
			p++
		}
		p = skipSpace(b.src, p)
		if strings.HasPrefix(b.src[p:], "endraw") {
			if end := closeTag(b.src, skipSpace(b.src, p+6), '%', false); end >= 0 {
				return end, true
			}
		}
	}
}
