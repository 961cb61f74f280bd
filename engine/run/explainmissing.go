package run

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// missingRelation is how the warehouses say that a relation is not there: PostgreSQL and DuckDB.
var missingRelation = regexp.MustCompile(`(?:^|\n)(?:Catalog Error: Table with name (\S+) does not exist|relation "([^"\n]+)" does not exist)`)

// hintMissing says which node makes a relation that is not there: one that this node does not refer to runs whenever it
// likes, one that it does refer to was left out of the run.
func (v *visit) hintMissing(d *diag.Diagnostic) {
	m := missingRelation.FindStringSubmatch(d.Message)
	if m == nil || d.Hint != "" {
		return
	}
	name := m[1] + m[2]
	schema := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		schema, name = name[:i], name[i+1:]
	}
	for _, id := range v.r.Session.Manifest.NodeOrder {
		n := v.r.Session.Manifest.Nodes[id]
		if n == v.n || !n.IsRelational() || n.IsEphemeral() || !strings.EqualFold(n.Alias, name) || schema != "" && !strings.EqualFold(n.Schema, schema) {
			continue
		}
		if v.needs(id) {
			d.Hint = fmt.Sprintf("%s '%s' makes it and is not there yet: build it first, with `build --select %s`", n.ResourceType, n.Name, n.Name)
		} else {
			d.Hint = fmt.Sprintf("%s '%s' makes it, and nothing says that it runs first: name it by ref('%s')", n.ResourceType, n.Name, n.Name)
		}
		return
	}
}

// needs tells whether the node depends on another, directly or through others.
func (v *visit) needs(id string) bool {
	seen := map[string]bool{}
	var below func(n *manifest.Node) bool
	below = func(n *manifest.Node) bool {
		for _, parent := range n.DependsOn.Nodes {
			if parent == id {
				return true
			}
			if p := v.r.Session.Manifest.Nodes[parent]; p != nil && !seen[parent] {
				seen[parent] = true
				if below(p) {
					return true
				}
			}
		}
		return false
	}
	return below(v.n)
}
