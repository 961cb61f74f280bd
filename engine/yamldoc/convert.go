package yamldoc

import (
	"encoding/base64"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Value turns the whole document into a plain Go value; nil when it is empty.
func (d *Document) Value() (any, error) { return d.ValueOf(d.Root) }

// ToValue parses src and returns its value.
func ToValue(file string, src []byte, limits Limits) (any, error) {
	d, err := Parse(file, src, limits)
	if err != nil {
		return nil, err
	}
	return d.Value()
}

// ValueOf turns a node into a plain Go value as PyYAML's SafeLoader would: aliases
// are followed, merge keys ("<<") folded in, the last of repeated keys wins. Errors
// are diagnostics with the place.
func (d *Document) ValueOf(n *Node) (any, error) {
	if n == nil {
		return nil, nil
	}
	c := converter{doc: d, budget: d.limits.orDefault().MaxAliasNodes}
	return c.value(n)
}

type converter struct {
	doc *Document
	// open holds the anchors being expanded, to find a node inside itself.
	open    []*Node
	inAlias int
	budget  int
}

func (c *converter) value(n *Node) (any, error) {
	if c.inAlias > 0 {
		if c.budget--; c.budget < 0 {
			return nil, c.doc.Errorf(n, diag.RuntimeError, "YAML aliases expand to more than %d nodes", c.doc.limits.orDefault().MaxAliasNodes).WithCode("yaml-limit")
		}
	}
	if n.kind == yaml.AliasNode {
		for _, o := range c.open {
			if o == n.aliased() {
				return nil, c.doc.Errorf(n, diag.RuntimeError, "YAML anchor '%s' contains itself", n.Value).WithCode("yaml-recursion")
			}
		}
		c.inAlias++
		v, err := c.value(n.aliased())
		c.inAlias--
		return v, err
	}
	if n.anchored() {
		c.open = append(c.open, n)
		defer func() { c.open = c.open[:len(c.open)-1] }()
	}
	switch n.kind {
	case yaml.ScalarNode:
		return c.scalar(n)
	case yaml.SequenceNode:
		return c.list(n)
	case yaml.MappingNode:
		return c.mapping(n)
	}
	return nil, nil
}

const quotedStyle = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func (c *converter) scalar(n *Node) (any, error) {
	if n.style&yaml.TaggedStyle != 0 {
		return c.tagged(n)
	}
	if n.style&quotedStyle != 0 {
		return n.Value, nil
	}
	v, err := ResolvePlain(n.Value)
	if err != nil {
		return nil, c.doc.Errorf(n, diag.RuntimeError, "%s", err.Error()).WithCode("yaml-value").
			WithHint("put the value in quotes to keep it as text")
	}
	return v, nil
}

func (c *converter) tagged(n *Node) (any, error) {
	bad := func(kind string) error {
		return c.doc.Errorf(n, diag.RuntimeError, "'%s' is not a valid %s", n.Value, kind).WithCode("yaml-value")
	}
	switch n.shortTag() {
	case "!!str", "!":
		return n.Value, nil
	case "!!null":
		return nil, nil
	case "!!bool":
		switch strings.ToLower(n.Value) {
		case "yes", "true", "on":
			return true, nil
		case "no", "false", "off":
			return false, nil
		}
		return nil, bad("boolean")
	case "!!int":
		if n.Value != "" {
			if i, ok := parseInt(n.Value); ok {
				return i, nil
			}
		}
		return nil, bad("integer")
	case "!!float":
		if n.Value != "" {
			if f, ok := parseFloat(n.Value); ok {
				return f, nil
			}
			if f, ok := pyFloat(n.Value); ok {
				return f, nil
			}
		}
		return nil, bad("float")
	case "!!timestamp":
		v, err := parseTimestamp(n.Value)
		if _, isText := v.(string); err != nil || isText {
			return nil, bad("timestamp")
		}
		return v, nil
	case "!!binary":
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
		if err != nil {
			return nil, bad("base64 text")
		}
		return raw, nil
	case "!!merge":
		return n.Value, nil
	}
	return nil, c.unknownTag(n)
}

func (c *converter) unknownTag(n *Node) error {
	return c.doc.Errorf(n, diag.RuntimeError, "could not determine a constructor for the tag '%s'", n.tag()).
		WithCode("yaml-tag").WithHint("a text that starts with '!' must be in quotes")
}

func (c *converter) list(n *Node) (any, error) {
	if n.style&yaml.TaggedStyle != 0 {
		switch n.shortTag() {
		case "!!seq", "!":
		case "!!omap", "!!pairs":
			return c.pairs(n)
		default:
			return nil, c.unknownTag(n)
		}
	}
	out := make([]any, len(n.Content))
	for i := range n.Content {
		v, err := c.value(&n.Content[i])
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// pairs reads !!omap and !!pairs: a list of [key, value].
func (c *converter) pairs(n *Node) (any, error) {
	out := make([]any, 0, len(n.Content))
	for i := range n.Content {
		e := Deref(&n.Content[i])
		if e.kind != yaml.MappingNode || len(e.Content) != 2 {
			return nil, c.doc.Errorf(e, diag.RuntimeError, "expected a mapping of length 1").WithCode("yaml-value")
		}
		k, err := c.value(&e.Content[0])
		if err != nil {
			return nil, err
		}
		v, err := c.value(&e.Content[1])
		if err != nil {
			return nil, err
		}
		out = append(out, []any{k, v})
	}
	return out, nil
}

func (c *converter) mapping(n *Node) (any, error) {
	isSet := false
	if n.style&yaml.TaggedStyle != 0 {
		switch n.shortTag() {
		case "!!map", "!":
		case "!!set":
			isSet = true
		default:
			return nil, c.unknownTag(n)
		}
	}
	m := MapWithCapacity(len(n.Content) / 2)
	if err := c.fill(m, n); err != nil {
		return nil, err
	}
	if isSet {
		out := make([]any, 0, m.Len())
		for _, e := range m.entries {
			out = append(out, e.Key)
		}
		return out, nil
	}
	return m, nil
}

// fill adds the pairs of n: merged mappings first, of a list of them the first
// one wins, then n's own keys.
func (c *converter) fill(m *Map, n *Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(&n.Content[i]) {
			continue
		}
		from := &n.Content[i+1]
		target := Deref(from)
		switch target.kind {
		case yaml.MappingNode:
			if err := c.merge(m, from); err != nil {
				return err
			}
		case yaml.SequenceNode:
			for j := len(target.Content) - 1; j >= 0; j-- {
				if !IsMap(&target.Content[j]) {
					return c.doc.Errorf(&target.Content[j], diag.RuntimeError, "expected a mapping for merging, but found %s", kindName(&target.Content[j])).WithCode("yaml-merge")
				}
				if err := c.merge(m, &target.Content[j]); err != nil {
					return err
				}
			}
		default:
			return c.doc.Errorf(from, diag.RuntimeError, "expected a mapping or list of mappings for merging, but found %s", kindName(target)).WithCode("yaml-merge")
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := &n.Content[i]
		if isMerge(k) {
			continue
		}
		key, err := c.value(k)
		if err != nil {
			return err
		}
		switch key.(type) {
		case []any, *Map, []byte:
			hint := ""
			if k.style&yaml.FlowStyle != 0 && k.kind == yaml.MappingNode {
				hint = `a value that starts with "{{" must be in quotes`
			}
			e := c.doc.Errorf(k, diag.RuntimeError, "while constructing a mapping: found unhashable key").WithCode("yaml-key")
			e.Hint = hint
			return e
		}
		v, err := c.value(&n.Content[i+1])
		if err != nil {
			return err
		}
		m.SetKey(key, v)
	}
	return nil
}

func (c *converter) merge(m *Map, n *Node) error {
	for _, o := range c.open {
		if o == Deref(n) {
			return c.doc.Errorf(n, diag.RuntimeError, "YAML anchor '%s' contains itself", n.Value).WithCode("yaml-recursion")
		}
	}
	if n.kind == yaml.AliasNode {
		c.inAlias++
		defer func() { c.inAlias-- }()
		n = Deref(n)
	}
	if n.anchored() {
		c.open = append(c.open, n)
		defer func() { c.open = c.open[:len(c.open)-1] }()
	}
	return c.fill(m, n)
}

func kindName(n *Node) string {
	switch Deref(n).kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "sequence"
	}
	return "scalar"
}

// Plain turns a Map into plain Go maps and slices, for code that knows nothing of
// this package; dates become ISO text. A nil Map gives an empty one.
func Plain(m *Map) map[string]any {
	out := make(map[string]any, m.Len())
	for k, v := range m.All() {
		out[k] = plain(v)
	}
	return out
}

func plain(v any) any {
	switch v := v.(type) {
	case *Map:
		return Plain(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case Date:
		return v.String()
	case Time:
		return v.String()
	}
	return v
}
