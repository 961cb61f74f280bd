package run

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// adapter makes `adapter` for a context of this node.
func (v *visit) adapter(c *dbtjinja.Context) jinja.Value {
	c.ThreadID = v.res.Thread
	c.Info = func() *event.NodeInfo { return v.state }
	return v.r.Runtime.Object(v.conn, c, warehouse.Options{Dispatch: c.Dispatch()})
}

// context makes the context in which a materialization runs.
func (v *visit) context(ctx context.Context) (*dbtjinja.Context, *jinja.Thread) {
	c := v.r.Session.Run(v.n, nil)
	c.SetAdapter(v.adapter(c))
	if v.n.Compiled {
		c.SQL = &v.n.CompiledCode
	}
	c.OnEphemeral = func(*manifest.Node) {}
	c.OnWrite = v.write
	if v.incremental { // a batch after the first adds to its table, also with --full-refresh
		c.Extra = map[string]jinja.Value{"is_incremental": constant("is_incremental", true), "should_full_refresh": constant("should_full_refresh", false)}
	}
	t := jinja.NewThread(ctx)
	t.Local = c
	return c, t
}

// write is the context's write(): the statement goes to target/run.
func (v *visit) write(payload string) error {
	rel := path.Join("run", compile.RelativePath(v.n))
	build := path.Join(v.r.TargetFolder, rel)
	v.n.BuildPath, v.written = &build, payload
	if !v.r.WriteFiles {
		return nil
	}
	return manifest.WriteText(filepath.Join(v.r.Target, filepath.FromSlash(rel)), payload)
}

// call runs a materialization; the relations that it gives back go into the cache.
func (v *visit) call(c *dbtjinja.Context, t *jinja.Thread, m *dbtjinja.Macro) error {
	out, err := c.MacroValue(m).(jinja.Callable).Call(t, nil, nil)
	if err != nil {
		return err
	}
	relations, err := v.relations(out)
	if err != nil {
		return err
	}
	for _, rel := range relations {
		v.r.Runtime.Cache.Add(v.bus, rel.Adapter())
	}
	return nil
}

// findMaterialization finds the macro of a materialization by its name.
func (v *visit) findMaterialization(name string) (*dbtjinja.Macro, error) {
	m, overrides := v.r.Session.Library.Materialization(name, v.r.ExplicitOverride)
	if m == nil {
		d := diag.New(diag.CompilationError, "%s", dbtjinja.MissingMaterialization(name, v.r.Session.Driver.Name())).WithCode("unknown-materialization")
		d.Config = "materialized"
		return nil, d.WithHint("%s", diag.DidYouMean(name, v.r.Session.Library.Materializations()))
	}
	if !overrides {
		return m, nil
	}
	pkg := m.Def.PackageName
	return m, v.bus.Warn(event.NewDeprecation("PackageMaterializationOverrideDeprecation", fmt.Sprintf("Installed package '%s' is overriding the built-in "+
		"materialization '%s'. Overrides of built-in materializations from installed packages will be deprecated in future versions of dbt. "+
		"For more information: https://docs.getdbt.com/reference/global-configs/legacy-behaviors", pkg, name),
		map[string]any{"package_name": pkg, "materialization_name": name}))
}

// materialization finds the macro that builds the node.
func (v *visit) materialization() (*dbtjinja.Macro, error) {
	m, err := v.findMaterialization(v.n.Materialized())
	if err != nil {
		return nil, err
	}
	langs := m.Def.SupportedLanguages
	if len(langs) > 0 && !slices.Contains(langs, v.n.Language) && v.n.Language != "" {
		d := diag.New(diag.ValidationError, "Materialization \"%s\" only supports languages ['%s']; got \"%s\"", m.Def.Name, strings.Join(langs, "', '"), v.n.Language).
			At(v.n.OriginalFilePath, v.n.Line, 0).WithCode("unsupported-language")
		if v.n.Language == "python" {
			d.WithHint("Python models are not supported by gdbt: write the model in SQL, or leave it out with --exclude")
		}
		return nil, d
	}
	return m, nil
}

// materialize runs the node's materialization and takes its result.
func (v *visit) materialize(ctx context.Context) error {
	if v.batched() {
		return v.microbatch(ctx)
	}
	m, err := v.materialization()
	if err != nil {
		return err
	}
	c, t := v.context(ctx)
	if err := v.call(c, t, m); err != nil {
		return err
	}
	if err := v.pointLatest(ctx); err != nil {
		return err
	}
	main, ok := c.Result("main").(*dbtjinja.StoredResult)
	if !ok {
		return diag.New(diag.RuntimeError, "main is not being called during running model")
	}
	if resp, ok := values.ToResponse(main.Response); ok {
		v.res.Response = &resp
		v.res.Message = text(resp.Message)
	} else {
		v.res.Message = text(main.Response.String())
	}
	if v.n.ResourceType == manifest.Seed {
		if table, ok := c.Result("agate_table").(*dbtjinja.StoredResult); ok {
			if at, ok := table.Table.(*values.Table); ok {
				v.res.Table = at.Adapter()
			}
		}
	}
	return nil
}

// relations reads {'relations': […]}, which a materialization must return.
func (v *visit) relations(out jinja.Value) ([]*values.Relation, error) {
	if _, isText := jinja.AsString(out); isText {
		return nil, diag.New(diag.CompilationError, "The materialization (\"%s\") did not explicitly return a list of relations to add to the cache.", v.n.Materialized())
	}
	d, ok := out.(*jinja.Dict)
	if !ok {
		return nil, diag.New(diag.CompilationError, "Invalid return value from materialization, expected a dict with key \"relations\", got: %s", out)
	}
	list, ok := d.GetStr("relations")
	if !ok {
		return nil, diag.New(diag.CompilationError, "Invalid return value from materialization, \"relations\" not found, got keys: %s", jinja.NewList(d.Keys()...).Repr())
	}
	elems, err := jinja.ListOf(list)
	if err != nil {
		return nil, diag.New(diag.CompilationError, "Invalid return value from materialization, \"relations\" not a list, got: %s", list)
	}
	var rels []*values.Relation
	for _, e := range elems {
		r, ok := e.(*values.Relation)
		if !ok {
			return nil, diag.New(diag.CompilationError, "Invalid return value from materialization, \"relations\" contains non-Relation: %s", e)
		}
		rels = append(rels, r)
	}
	return rels, nil
}
