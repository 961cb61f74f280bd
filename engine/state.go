package engine

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/run"
	"github.com/gdbt-dev/gdbt/engine/selector"
)

// earlier are the artifacts of earlier runs that --state and --defer-state name.
type earlier struct {
	state *selector.State
	// deferred is the manifest to defer to; deferredPath is the folder as given, "" without one.
	deferred     *manifest.Manifest
	deferredPath string
}

// readStates reads the artifacts that --state and --defer-state name, once. A folder or a file that is not there is no
// error: what needs it says so. A file that can't be read is one.
func (p *Project) readStates() (*earlier, error) {
	if p.earlier != nil {
		return p.earlier, nil
	}
	e := &earlier{}
	if dir := p.flags.State; dir != "" {
		var err error
		if e.state, err = p.readState(dir); err != nil {
			return nil, err
		}
		e.deferred, e.deferredPath = e.state.Manifest, dir
	}
	if dir := p.flags.DeferState; dir != "" {
		st, err := p.readState(dir)
		if err != nil {
			return nil, err
		}
		e.deferred, e.deferredPath = st.Manifest, dir
	}
	p.earlier = e
	return e, nil
}

// readState reads what one folder holds, as dbt's PreviousState does.
func (p *Project) readState(dir string) (*selector.State, error) {
	root := dir
	if !filepath.IsAbs(root) {
		root = filepath.Join(p.project.Root, root)
	}
	if filepath.Clean(root) == filepath.Clean(p.target) {
		p.bus.Emit(event.WarnStateTargetEqual{StatePath: dir})
	}
	st := &selector.State{
		Path: dir, CompareUnrendered: p.flags.Behavior.StateModifiedCompareMoreUnrenderedValues,
		Constraints: p.driver.Dialect().ConstraintSupport, Now: p.now, Warn: p.bus.Warn, BuiltIn: []string{"dbt", "dbt_" + p.driver.Name()},
	}
	for _, parent := range p.driver.Parents() {
		st.BuiltIn = append(st.BuiltIn, "dbt_"+parent)
	}
	var err error
	if st.Manifest, err = orNothing(manifest.ReadManifest(filepath.Join(root, "manifest.json"))); err != nil {
		return nil, err
	}
	if st.Results, err = orNothing(manifest.ReadRunResults(filepath.Join(root, "run_results.json"))); err != nil {
		return nil, err
	}
	if st.Sources, err = orNothing(manifest.ReadSources(filepath.Join(root, "sources.json"))); err != nil {
		return nil, err
	}
	st.SourcesCurrent, err = orNothing(manifest.ReadSources(filepath.Join(p.target, "sources.json")))
	return st, err
}

// orNothing makes nothing of a file that is not there.
func orNothing[T any](v *T, err error) (*T, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return v, err
}

// deferNodes gives the nodes the relations that they have in the deferred manifest (dbt's merge_from_artifact):
// refs use them with --defer, clone always needs them.
func (p *Project) deferNodes(command run.Command) error {
	if !p.flags.Defer && command != run.Clone {
		return nil
	}
	e, err := p.readStates()
	if err != nil {
		return err
	}
	switch {
	case e.deferredPath == "":
		return diag.New(diag.RuntimeError, "--state or --defer-state are required for deferral, but neither was provided").WithCode("no-state").
			WithHint("--defer-state names the folder with the manifest.json to defer to")
	case e.deferred == nil:
		return diag.New(diag.RuntimeError, "Could not find manifest in --state path: \"%s\"", e.deferredPath).WithCode("no-state").
			WithHint("a manifest.json of an earlier run is needed there; the folder is relative to the project's")
	}
	for id, other := range e.deferred.Nodes {
		if n := p.manifest.Nodes[id]; n != nil && n.ResourceType == manifest.FunctionType {
			rel := p.session.FunctionRelation(other)
			n.Deferred, n.DeferredName = &rel, rel.Render()
		} else if n != nil && other.IsRefable() && !other.IsEphemeral() {
			rel := p.session.NodeRelation(other)
			n.Deferred = &rel
			if other.RelationName != nil {
				n.DeferredName = *other.RelationName
			} else {
				n.DeferredName = rel.Render()
			}
		}
	}
	p.session.Defer, p.session.FavorState = p.flags.Defer, p.flags.FavorState
	return nil
}
