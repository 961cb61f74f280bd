package yamldoc

import (
	"gopkg.in/yaml.v3"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Node is a YAML node with its position. A project has as many as its property files have words and they live as long
// as its parse: this one takes less than half of what yaml.v3's takes, and its children lie together.
type Node struct {
	// Value is the text of a scalar, the name of an alias.
	Value string
	// Content are the elements of a list; of a mapping its keys and values in turn.
	Content []Node
	// Line and Column count from 1.
	Line, Column int

	kind  yaml.Kind
	style yaml.Style
	rare  *rare
}

// rare is what few nodes have.
type rare struct {
	tag, shortTag string
	anchored      bool
	alias         *Node
}

func (n *Node) tag() string {
	if n.rare == nil {
		return ""
	}
	return n.rare.tag
}

func (n *Node) shortTag() string {
	if n.rare == nil {
		return ""
	}
	return n.rare.shortTag
}

// anchored tells whether aliases may mean the node.
func (n *Node) anchored() bool { return n.rare != nil && n.rare.anchored }

// aliased is what an alias means.
func (n *Node) aliased() *Node {
	if n.rare == nil {
		return nil
	}
	return n.rare.alias
}

// nodes makes ours of yaml.v3's nodes; it enforces the depth limit.
type nodes struct {
	doc     *Document
	anchors map[*yaml.Node]*Node
}

func (c *nodes) fill(n *Node, from *yaml.Node, depth int) error {
	*n = Node{Value: from.Value, Line: from.Line, Column: from.Column, kind: from.Kind, style: from.Style}
	if depth > c.doc.limits.MaxDepth {
		return c.doc.Errorf(n, diag.RuntimeError, "YAML is nested more than %d levels deep", c.doc.limits.MaxDepth).WithCode("yaml-limit")
	}
	tagged := from.Style&yaml.TaggedStyle != 0
	if tagged || from.Anchor != "" || from.Alias != nil {
		n.rare = &rare{anchored: from.Anchor != "", alias: c.anchors[from.Alias]}
		if tagged {
			n.rare.tag, n.rare.shortTag = from.Tag, from.ShortTag()
		}
		if n.rare.anchored {
			if c.anchors == nil {
				c.anchors = map[*yaml.Node]*Node{}
			}
			c.anchors[from] = n // before its content, where an alias may mean it
		}
	}
	if len(from.Content) > 0 {
		n.Content = make([]Node, len(from.Content))
	}
	for i, child := range from.Content {
		if err := c.fill(&n.Content[i], child, depth+1); err != nil {
			return err
		}
	}
	return nil
}
