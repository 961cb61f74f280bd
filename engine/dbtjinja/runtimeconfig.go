package dbtjinja

import (
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// refFunction is `ref`.
type refFunction struct {
	*jinja.Function
	s *Session
}

// Attr implements jinja.HasAttr.
func (f *refFunction) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	if name == "config" {
		return f.s.runtimeConfig(), nil
	}
	return f.Function.Attr(t, name)
}

// runtimeConfig is the project as packages read it from `builtins.ref.config`, a
// door of dbt's resolvers that no page describes: its name, version, variables
// and packages, and the arguments of the command. Credentials are not in it.
func (s *Session) runtimeConfig() jinja.Value {
	project := func(name, version, root string) []any {
		return []any{"project_name", jinja.Str(name), "version", jinja.Str(version), "project_root", jinja.Str(root)}
	}
	packages := jinja.NewDict()
	for _, name := range sortedKeys(s.Packages) {
		packages.SetStr(name, values.NewRecord("RuntimeConfig", project(name, s.Packages[name].Version, s.Packages[name].Root)...))
	}
	target := func(key string) jinja.Value {
		v, _ := s.Target.Get(key)
		return toJinja(v)
	}
	return values.NewRecord("RuntimeConfig", append(project(s.ProjectName, s.ProjectVersion, s.ProjectRoot),
		"dependencies", packages, "vars", record("VarProvider", s.ProjectVars), "cli_vars", toJinja(s.CLIVars),
		"args", record("Namespace", s.InvocationArgs), "profile_name", target("profile_name"), "target_name", target("target_name"),
		"threads", target("threads"))...)
}

// record is a map as an object with fields and to_dict().
func record(class string, m *yamldoc.Map) jinja.Value {
	var fields []any
	for k, v := range m.All() {
		fields = append(fields, k, toJinja(v))
	}
	return values.NewRecord(class, fields...)
}
