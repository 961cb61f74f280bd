package dbtjinja

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/serial"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Session is what all renderings of one invocation share. Its fields are set
// before the first Context is made and not changed after.
type Session struct {
	Library  *Library
	Env      *jinja.Env
	Manifest *manifest.Manifest

	ProjectName    string
	ProjectRoot    string
	ProjectVersion string
	// ProjectVars is the project's vars: block, CLIVars what --vars gave.
	ProjectVars, CLIVars *yamldoc.Map

	TargetPath string // relative to ProjectRoot, or absolute
	// Packages are the installed packages but for the root project's.
	Packages map[string]PackageInfo

	Driver      adapter.Driver
	Credentials adapter.Credentials
	// Quoting is the project's quote policy over the dialect's.
	Quoting adapter.QuotePolicy
	// ParseAdapter is `adapter` while nothing runs (execute = false).
	ParseAdapter func(dispatch jinja.Value) jinja.Value

	Target         *yamldoc.Map
	Flags          *yamldoc.Map // `flags`, upper-case names
	InvocationArgs *yamldoc.Map
	MetadataEnvs   map[string]string
	InvocationID   string
	RunStartedAt   time.Time
	DBTVersion     string

	// Var looks a variable up for a package: --vars, root project, package.
	Var func(pkg string, name string) (any, bool)
	// VarNames lists what Var may find, for hints.
	VarNames func(pkg string) []string
	// EnvVar reads an environment variable; RecordEnv notes that one was used.
	EnvVar    func(name string) (string, bool)
	RecordEnv func(name, value string, fromDefault bool)
	// EnvNames lists the environment variables for hints; it may be nil.
	EnvNames func() []string

	// Log takes log(), Print print(), Tell what else is told while a template is rendered, exceptions.warn() for one. An
	// error of Tell ends the rendering (--warn-error).
	// from is the context that they were called in; nil when there is none.
	Log   func(msg string, info bool, from *Context)
	Print func(msg string, from *Context)
	Tell  func(e event.Event, from *Context) error
	// LoadSeed reads a seed's CSV as an agate table.
	LoadSeed func(n *manifest.Node) (jinja.Value, error)
	Empty    bool
	// Sample is the window of --sample, nil for none.
	Sample *config.Window
	// SelectedResources are the ids of the selected nodes, sorted.
	SelectedResources []string
	// Defer lets ref() take a node's Deferred relation: where the node's own is not there or, with FavorState, where
	// the node is not selected.
	Defer, FavorState bool

	// Modules is `modules`: datetime, pytz, re, itertools.
	Modules jinja.Value

	// serial is held by what shares values with others, see Share.
	serial serial.Lock
	extras *jinja.Dict // entries that macros made in `graph`

	base      map[string]jinja.Value
	classes   values.Classes
	documents sync.Map // YAML files that errors point into, by name
	builtIn   struct {
		once  sync.Once
		files map[string]bool
	}
}

// ReadFile reads a file that an error names: from the project's folder on, or absolute.
func (s *Session) ReadFile(file string) ([]byte, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.ProjectRoot, file)
	}
	return os.ReadFile(file)
}

// PackageInfo is what contexts need to know of an installed package.
type PackageInfo struct {
	RestrictAccess bool
	Root, Version  string
}

// Init prepares the members that are the same in every context.
func (s *Session) Init() {
	s.classes = values.NewClasses(s.Driver, s.Quoting)
	target := s.DictOf(s.Target)
	s.base = map[string]jinja.Value{
		"dbt_version":          jinja.Str(s.DBTVersion),
		"target":               target,
		"env":                  target,
		"project_name":         jinja.Str(s.ProjectName),
		"invocation_id":        jinja.Str(s.InvocationID),
		"run_started_at":       jinja.FromGo(s.RunStartedAt),
		"modules":              s.Modules,
		"flags":                newFlags(s),
		"dbt_metadata_envs":    toJinja(stringMap(s.MetadataEnvs)),
		"invocation_args_dict": s.DictOf(s.InvocationArgs),
		"thread_id":            jinja.Str("MainThread"),
	}
	for _, f := range s.baseFunctions() {
		s.base[f.name] = jinja.NewFunction(f.name, f.fn)
	}
	builtins := jinja.NewDict()
	for name, v := range s.base {
		builtins.SetStr(name, v)
	}
	s.base["builtins"] = builtins
}

// ConfigContext is what Jinja in configuration files sees beside var(), env_var() and target: dbt's BaseContext. Of the
// session it takes Flags, Modules, InvocationID, RunStartedAt, DBTVersion, Log and Print.
func (s *Session) ConfigContext() jinja.Context {
	c := jinja.MapContext{
		"invocation_id":     jinja.Str(s.InvocationID),
		"run_started_at":    jinja.FromGo(s.RunStartedAt),
		"modules":           s.Modules,
		"flags":             newFlags(s),
		"dbt_metadata_envs": toJinja(stringMap(s.MetadataEnvs)),
		"thread_id":         jinja.Str("MainThread"),
	}
	for _, f := range s.baseFunctions() {
		c[f.name] = jinja.NewFunction(f.name, f.fn)
	}
	return c
}

// DictOf is a Map as a new Jinja dict.
func (s *Session) DictOf(m *yamldoc.Map) jinja.Value { return toJinja(m) }

func stringMap(m map[string]string) *yamldoc.Map {
	out := yamldoc.MapWithCapacity(len(m))
	for _, k := range sortedKeys(m) {
		out.Set(k, m[k])
	}
	return out
}

// Share lets the work under the context that it returns see and change what
// macros of the whole run keep in `graph`; no other such work renders meanwhile.
// A hook always may; a node only if a hook has put something there, so that
// nodes of other projects render side by side. leave must be called at its end.
func (s *Session) Share(ctx context.Context, hook bool) (inside context.Context, leave func()) {
	inside, leave = s.serial.Enter(ctx)
	if hook || s.extras != nil {
		return inside, leave
	}
	leave()
	return ctx, func() {}
}
