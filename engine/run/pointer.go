package run

import (
	"context"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// pointLatest makes the pointer to the latest version of a model, once that is built: a view of the model's name without
// the version, where the config latest_version_pointer or the flag asks for one (dbt 1.12, dbt/task/run.py).
func (v *visit) pointLatest(ctx context.Context) error {
	n := v.n
	if n.ResourceType != manifest.Model || n.Batch != nil || n.Version == nil || n.LatestVersion == nil || v.r.Command != Run && v.r.Command != Build ||
		manifest.VersionString(n.Version) != manifest.VersionString(n.LatestVersion) {
		return nil
	}
	on, alias := v.r.PointLatest, jinja.Value(jinja.None)
	switch cfg := n.ConfigValue("latest_version_pointer").(type) {
	case bool:
		on = cfg
	case *yamldoc.Map:
		if b, ok := cfg.Value("enabled").(bool); ok {
			on = b
		}
		if a := strings.TrimSpace(cfg.Str("alias")); a != "" {
			alias = jinja.Str(a)
		}
	}
	if !on {
		return nil
	}
	c, t := v.context(ctx)
	name := n.Name
	if m := v.r.Session.Library.Resolve(v.r.Session.ProjectName, "generate_latest_version_pointer_alias"); m != nil {
		model, _ := c.Lookup("model")
		out, err := c.MacroValue(m).(jinja.Callable).Call(t, []jinja.Value{alias, model}, nil)
		if err != nil {
			return err
		}
		name = strings.TrimSpace(out.String())
	}
	rel := v.r.Session.NodeRelation(n)
	if name == n.Alias || !rel.Quote.Identifier && strings.EqualFold(name, n.Alias) {
		return diag.New(diag.RuntimeError, "Cannot create latest version pointer: the latest version of '%s' is already aliased to '%s'. "+
			"Set `latest_version_pointer: enabled: false` or remove the conflicting alias.", n.Name, name).WithCode("latest-version-pointer")
	}
	pointer := *n
	pointer.Alias, pointer.UniqueID = name, n.UniqueID+"__latest_version_pointer"
	pointer.RawCode = "select * from " + rel.Render()
	pointer.CompiledCode, pointer.Compiled = pointer.RawCode, true
	pointer.PreHooks, pointer.PostHooks, pointer.Contract.Enforced = nil, nil, false
	pointer.Config = n.Config.Copy()
	pointer.Config.Set("persist_docs", yamldoc.NewMap())
	pointer.Config.Set("contract", yamldoc.NewMap("enforced", false, "alias_types", true))
	pointer.Config.Set("materialized", "view")
	view := &visit{r: v.r, n: &pointer, bus: v.bus, index: v.index, started: v.started, res: &Result{Thread: v.res.Thread}, conn: v.conn, state: v.state}
	m, err := view.materialization()
	if err != nil {
		return err
	}
	vc, vt := view.context(ctx)
	return view.call(vc, vt, m)
}
