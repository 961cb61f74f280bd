package run

import (
	"time"

	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// nodeInfo is dbt's node_info of log events.
func nodeInfo(n *manifest.Node, status string, started, finished time.Time) *event.NodeInfo {
	if n == nil {
		return nil
	}
	info := &event.NodeInfo{
		NodePath: n.Path, NodeName: n.Name, UniqueID: n.UniqueID, ResourceType: string(n.ResourceType),
		Materialized: n.Materialized(), NodeStatus: status, NodeChecksum: n.Checksum.Checksum,
		Meta:         yamldoc.Plain(n.Meta),
		NodeRelation: event.NodeRelation{Database: n.Database, Schema: n.Schema, Alias: n.Alias},
	}
	if n.RelationName != nil {
		info.NodeRelation.RelationName = *n.RelationName
	}
	if !started.IsZero() {
		info.NodeStartedAt = started.UTC().Format("2006-01-02T15:04:05.000000")
	}
	if !finished.IsZero() {
		info.NodeFinishedAt = finished.UTC().Format("2006-01-02T15:04:05.000000")
	}
	return info
}

// infoOf is node_info of the node, unit test, exposure or saved query of a result.
func infoOf(res *Result, status string, started, finished time.Time) *event.NodeInfo {
	n := res.Node
	switch {
	case res.UnitTest != nil:
		u := res.UnitTest
		n = &manifest.Node{Name: u.Name, UniqueID: u.UniqueID, ResourceType: manifest.UnitTestType, Path: u.Path}
		if u.Schema != nil {
			n.Schema = *u.Schema
		}
	case n != nil:
	case res.Exposure != nil:
		e := res.Exposure
		n = &manifest.Node{Name: e.Name, UniqueID: e.UniqueID, ResourceType: manifest.ResourceType("exposure"), Path: e.Path}
	case res.SavedQuery != nil:
		q := res.SavedQuery
		n = &manifest.Node{Name: q.Name, UniqueID: q.UniqueID, ResourceType: manifest.SavedQuery, Path: q.Doc.Str("path")}
	default:
		return nil
	}
	return nodeInfo(n, status, started, finished)
}

// represent is how log lines name a relation: schema and alias, with the
// database where it is not the target's.
func (r *Runner) represent(n *manifest.Node) string {
	name := n.Schema + "." + n.Alias
	if n.Database != "" && n.Database != r.Session.Credentials.Database() {
		name = n.Database + "." + name
	}
	return name
}

// describe is dbt's description of a node in its start and result lines.
func (r *Runner) describe(n *manifest.Node) string {
	switch n.ResourceType {
	case manifest.Model:
		kind := n.Materialized()
		if r.batches(n) {
			kind = "microbatch"
		}
		return n.Language + " " + kind + " model " + r.represent(n)
	case manifest.FunctionType:
		return "function " + r.represent(n)
	case manifest.Seed:
		return "seed file " + r.represent(n)
	case manifest.Snapshot:
		return "snapshot " + r.represent(n) // the line of its result has the name alone
	case manifest.Test:
		return "test " + n.Name
	}
	return string(n.ResourceType) + " " + n.Name
}

// group is the owner information of a node's group for log events.
func (r *Runner) group(n *manifest.Node) map[string]any {
	if n == nil || n.Group == nil {
		return nil
	}
	for _, g := range r.Session.Manifest.Groups {
		if g.Name != *n.Group {
			continue
		}
		owner := map[string]any{}
		if g.Owner.Name != nil {
			owner["name"] = *g.Owner.Name
		}
		if g.Owner.Email != nil {
			owner["email"] = yamldoc.Text(g.Owner.Email) // several are told as the text of a list
		}
		for k, v := range yamldoc.Plain(g.Owner.Extra) {
			owner[k] = v
		}
		return map[string]any{"name": g.Name, "package_name": g.PackageName, "owner": owner}
	}
	return nil
}
