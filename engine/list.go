package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// ListOptions say what List prints of each node.
type ListOptions struct {
	// Output is selector (the default), name, path or json.
	Output string
	// Keys are the fields of the json output, dotted for nested ones.
	Keys []string
	// Tree draws the resources under what they depend on.
	Tree bool
}

var listKeys = []string{"alias", "name", "package_name", "depends_on", "tags", "config", "resource_type", "source_name", "original_file_path", "unique_id"}

// ListKeys are the fields that the json output has when none are named.
func ListKeys() []string { return slices.Clone(listKeys) }

// List gives one line for each selected node, ordered by unique id.
func (p *Project) List(ctx context.Context, s Selection, o ListOptions) ([]string, error) {
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	if _, err := p.readStates(); err != nil {
		return nil, err
	}
	if err := p.writeManifest(); err != nil {
		return nil, err
	}
	if err := p.writeGraphSummary(nil); err != nil {
		return nil, err
	}
	// dbt prints the counts for ls and not for list.
	if p.flags.Which != "list" {
		p.found()
	}
	types, err := s.types(append(slices.Clone(listTypes), "analysis"), listTypes)
	if err != nil {
		return nil, err
	}
	ids, err := p.choose(s, types, true)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, p.bus.Warn(event.NoNodesSelected{})
	}
	if o.Tree {
		return p.tree(ids, o)
	}
	out := make([]string, 0, len(ids))
	for _, id := range ids.Sorted() {
		line, err := p.line(id, o)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

func (p *Project) line(id string, o ListOptions) (string, error) {
	m := p.manifest
	switch o.Output {
	case "json":
		return p.jsonLine(id, o.Keys)
	case "path":
		switch {
		case m.Nodes[id] != nil:
			return m.Nodes[id].OriginalFilePath, nil
		case m.Sources[id] != nil:
			return m.Sources[id].OriginalFilePath, nil
		case m.Exposures[id] != nil:
			return m.Exposures[id].OriginalFilePath, nil
		case m.Semantic(id) != nil:
			return m.Semantic(id).OriginalFilePath, nil
		case m.UnitTests[id] != nil:
			return m.UnitTests[id].OriginalFilePath, nil
		}
	case "name":
		switch {
		case m.Nodes[id] != nil:
			return m.Nodes[id].SearchName(), nil
		case m.Sources[id] != nil:
			return m.Sources[id].SourceName + "." + m.Sources[id].Name, nil
		case m.Exposures[id] != nil:
			return m.Exposures[id].Name, nil
		case m.Semantic(id) != nil:
			return m.Semantic(id).Name, nil
		case m.UnitTests[id] != nil:
			return m.UnitTests[id].Name, nil
		}
	}
	switch {
	case m.Nodes[id] != nil:
		return strings.Join(m.Nodes[id].FQN, "."), nil
	case m.Sources[id] != nil:
		s := m.Sources[id]
		return "source:" + s.PackageName + "." + s.SourceName + "." + s.Name, nil
	case m.Exposures[id] != nil:
		return "exposure:" + m.Exposures[id].PackageName + "." + m.Exposures[id].Name, nil
	case m.Semantic(id) != nil:
		x := m.Semantic(id)
		return string(x.ResourceType) + ":" + x.PackageName + "." + x.Name, nil
	case m.UnitTests[id] != nil:
		u := m.UnitTests[id]
		return "unit_test:" + u.PackageName + "." + u.VersionedName(), nil
	}
	return id, nil
}

// jsonLine prints the fields of a resource, with dbt's separators.
func (p *Project) jsonLine(id string, keys []string) (string, error) {
	var v any
	m := p.manifest
	switch {
	case m.Nodes[id] != nil:
		v = m.Nodes[id]
	case m.Sources[id] != nil:
		v = m.Sources[id]
	case m.Exposures[id] != nil:
		v = m.Exposures[id]
	case m.Semantic(id) != nil:
		v = m.Semantic(id)
	default:
		v = m.UnitTests[id]
	}
	raw, err := manifest.AppendJSON(nil, v)
	if err != nil {
		return "", err
	}
	all, err := dbtjinja.FromJSON(string(raw))
	if err != nil {
		return "", err
	}
	doc, ok := all.(*jinja.Dict)
	if !ok {
		return "", diag.New(diag.InternalError, "%s is no JSON object", id)
	}
	out := jinja.NewDict()
	if len(keys) == 0 {
		for k, x := range doc.Items() {
			if slices.Contains(listKeys, k.String()) {
				out.SetStr(k.String(), x)
			}
		}
	}
	for _, k := range keys {
		if x := nested(doc, strings.Split(k, ".")); x != nil {
			out.SetStr(k, x)
		}
	}
	return jinja.JSON(out, jinja.JSONOptions{})
}

// nested follows a dotted key; what is null below the first level is left out.
func nested(d *jinja.Dict, path []string) jinja.Value {
	v, ok := d.GetStr(path[0])
	if !ok {
		return nil
	}
	if len(path) == 1 {
		return v
	}
	sub, ok := v.(*jinja.Dict)
	if !ok {
		return nil
	}
	v = nested(sub, path[1:])
	if _, none := v.(jinja.NoneType); none {
		return nil
	}
	return v
}
