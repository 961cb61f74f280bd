package engine

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/jinja/pymod"
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/parse"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Options say what to open. Only Adapters is required.
type Options struct {
	// ProjectDir is the folder of dbt_project.yml; empty means Flags.ProjectDir,
	// else the working folder or the nearest parent that has one.
	ProjectDir string
	// Vars is the YAML text of --vars.
	Vars string
	// Flags are dbt's flags; nil takes dbt's defaults, the environment and the
	// project's `flags:`.
	Flags *config.Flags
	// Env is the environment; nil is the process's.
	Env *config.Environ
	// Bus receives the events; nil drops them.
	Bus *event.Bus
	// Adapters are the drivers that may be used.
	Adapters *adapter.Registry
	// Sources are the source plugins that may be used.
	Sources *source.Registry
	// Parsers read SQL for [Project.Lineage], one for each warehouse that it is wanted for.
	Parsers []lineage.Parser
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Args are the command's own options under dbt's names (select, inline, macro …), which invocation_args_dict and
	// run_results.json keep beside Flags; it may be nil.
	Args *yamldoc.Map
	// ShowRows is how many rows of seeds and of failing tests are fetched and printed (--show); 0 is none.
	ShowRows int
	// Command is the command line as typed, for artifacts.
	Command string
	// DbtVersion is the version of dbt that artifacts name; empty is config.DbtVersion.
	DbtVersion string
}

// Project is an open project. Its methods may not be called concurrently; open
// it twice for that.
type Project struct {
	opts    Options
	flags   *config.Flags
	env     *config.Environ
	bus     *event.Bus
	now     func() time.Time
	started time.Time

	project  *config.Project
	packages map[string]*config.Project
	profile  *config.Profile
	driver   adapter.Driver
	creds    adapter.Credentials
	vars     *config.Vars
	cliVars  *yamldoc.Map
	target   string // absolute target folder

	session   *dbtjinja.Session
	manifest  *manifest.Manifest
	nodes     *dag.Graph // of the manifest; nobody adds to it
	perf      parse.Perf
	parseTime time.Duration
	ahead     *manifest.Ahead
	runtime   *warehouse.Runtime
	earlier   *earlier // what --state and --defer-state name, once read
	pool      adapter.Warehouse
}

// Open reads the project, its packages and its profile. It does not connect: that
// is for the first command that needs the warehouse. Errors are *diag.Diagnostic. What
// Open returns must be closed.
func Open(ctx context.Context, opts Options) (*Project, error) {
	p := newProject(opts)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := p.readProject(); err != nil {
		return nil, err
	}
	return p, nil
}

// newProject is a project of which nothing is read yet: the options with their defaults.
func newProject(opts Options) *Project {
	p := &Project{opts: opts, flags: opts.Flags, env: opts.Env, bus: opts.Bus, now: opts.Now}
	if p.now == nil {
		p.now = time.Now
	}
	p.started = p.now()
	if p.env == nil {
		p.env = config.OSEnviron()
	}
	if p.opts.DbtVersion == "" {
		p.opts.DbtVersion = config.DbtVersion
	}
	if p.bus == nil {
		p.bus = event.NewBus(event.Options{Now: p.now, Secrets: p.env.Secrets()})
	}
	if p.opts.Sources == nil {
		p.opts.Sources = &source.Registry{}
	}
	return p
}

// Close ends the connections. Calling it again does nothing.
func (p *Project) Close() error {
	if p.pool == nil {
		return nil
	}
	err := p.pool.Close()
	p.pool = nil
	return err
}

// Config is the project's own settings.
func (p *Project) Config() *config.Project { return p.project }

// TargetDir is the absolute folder that artifacts go to.
func (p *Project) TargetDir() string { return p.target }

// Manifest is what the last Parse made, nil before.
func (p *Project) Manifest() *manifest.Manifest { return p.manifest }

func (p *Project) dir() (string, error) {
	dir := p.opts.ProjectDir
	if dir == "" && p.flags != nil {
		dir = p.flags.ProjectDir
	}
	if dir == "" {
		cwd, err := os.Getwd()
		if err != nil {
			return "", err
		}
		dir = config.FindProjectDir(cwd)
	}
	return filepath.Abs(dir)
}

// readRaw reads dbt_project.yml, and settles the flags and the variables of the command line.
func (p *Project) readRaw() (raw *config.RawProject, dir string, err error) {
	if dir, err = p.dir(); err != nil {
		return nil, "", err
	}
	if raw, err = config.ReadProject(dir); err != nil {
		return nil, "", err
	}
	if p.flags == nil {
		if p.flags, _, err = config.ResolveFlags(nil, p.env, raw.Flags()); err != nil {
			return nil, "", err
		}
	}
	if p.cliVars, err = config.ParseVars(p.opts.Vars); err != nil {
		return nil, "", err
	}
	return raw, dir, nil
}

// readWithoutProfile reads the project for commands that need no profile: nothing is known of a target then, and
// variables may be missing.
func (p *Project) readWithoutProfile() (*config.RawProject, config.RenderOptions, error) {
	raw, _, err := p.readRaw()
	if err != nil {
		return nil, config.RenderOptions{}, err
	}
	render := config.RenderOptions{Env: p.env, Vars: p.cliVars, LenientVars: true, Target: yamldoc.NewMap(), Extra: p.configContext()}
	p.project, err = raw.Render(config.LoadOptions{Render: render, SkipVersionCheck: !p.flags.VersionCheck, TargetPath: p.flags.TargetPath, LogPath: p.flags.LogPath})
	if err := p.warnAll(raw.Warnings, err); err != nil {
		return nil, render, err
	}
	return raw, render, nil
}

// warnAll tells what reading a file met before it ended with err, if it did.
func (p *Project) warnAll(warnings []*diag.Diagnostic, err error) error {
	for _, w := range warnings {
		if err := p.warn(w); err != nil {
			return err
		}
	}
	return err
}

func (p *Project) readProject() error {
	raw, dir, err := p.readRaw()
	if err != nil {
		return err
	}
	render := config.RenderOptions{Env: p.env, Vars: p.cliVars, Extra: p.configContext()}
	p.bus.AddSecrets(config.SecretVars(p.cliVars)...)
	if err := p.readProfile(raw, render, dir); err != nil {
		return err
	}
	if p.profile.Unnamed {
		p.bus.Emit(event.MissingProfileTarget{ProfileName: p.profile.Name, TargetName: p.profile.TargetName})
	}
	render.Target = p.targetMap()
	load := config.LoadOptions{Render: render, SkipVersionCheck: !p.flags.VersionCheck, TargetPath: p.flags.TargetPath, LogPath: p.flags.LogPath}
	p.project, err = raw.Render(load)
	if err := p.warnAll(raw.Warnings, err); err != nil {
		return err
	}
	if p.packages, err = config.LoadPackages(p.project, load); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(p.packages)) {
		if err := p.warnAll(p.packages[name].Warnings, nil); err != nil {
			return err
		}
	}
	p.vars = config.NewVars(p.cliVars, p.project, p.packages)
	p.target = p.project.TargetPath
	if !filepath.IsAbs(p.target) {
		p.target = filepath.Join(p.project.Root, p.target)
	}
	return nil
}

// readProfile finds the connection. Without any profile a DuckDB file in the
// target folder is the warehouse, so that a new project runs with no set-up.
func (p *Project) readProfile(raw *config.RawProject, render config.RenderOptions, dir string) error {
	name, err := raw.ProfileName(render)
	if err != nil {
		return err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	home, _ := os.UserHomeDir() // without a home there is just one place less to look
	p.profile, err = config.LoadProfile(config.ProfileOptions{
		Dir: p.flags.ProfilesDir, CWD: cwd, ProjectDir: dir, Home: home, Name: p.flags.Profile, ProjectName: name, ProjectDoc: raw.Doc,
		Target: p.flags.Target, Threads: p.flags.Threads, Render: render,
	})
	targetDir := p.flags.TargetPath
	if targetDir == "" {
		targetDir = "target"
	}
	if !filepath.IsAbs(targetDir) {
		targetDir = filepath.Join(dir, targetDir)
	}
	if errors.Is(err, config.ErrNoProfile) && p.flags.Target == "" && p.flags.Profile == "" && p.flags.ProfilesDir == "" {
		if fallback := p.embedded(raw, targetDir); fallback != nil {
			p.profile, err = fallback, nil
		}
	}
	if err != nil {
		return err
	}
	if p.flags.Threads > 0 {
		p.profile.Threads = p.flags.Threads
	}
	if p.flags.SingleThreaded {
		p.profile.Threads = 1
	}
	if p.opts.Adapters == nil {
		return diag.New(diag.InternalError, "no adapters were handed to the engine")
	}
	driver, ok := p.opts.Adapters.Lookup(p.profile.Type)
	if !ok {
		d := diag.New(diag.RuntimeError, "Could not find adapter type %s!", p.profile.Type).WithCode("unknown-adapter")
		return p.profile.Locate(d, "type").WithHint("%s", orText(diag.DidYouMean(p.profile.Type, p.opts.Adapters.Names()), "gdbt has: "+strings.Join(p.opts.Adapters.Names(), ", ")))
	}
	p.driver = driver
	if p.creds, err = driver.Credentials(p.profile.Fields(), adapter.Dirs{Project: dir, Target: targetDir}); err != nil {
		var ce *adapter.CredentialsError
		if errors.As(err, &ce) {
			d := diag.New(diag.RuntimeError, "Credentials in profile \"%s\", target \"%s\" invalid: %s", p.profile.Name, p.profile.TargetName, ce.Message).WithCode("credentials")
			d.Hint = ce.Hint
			return p.profile.Locate(d, ce.Field)
		}
		return err
	}
	p.bus.AddSecrets(p.profile.Secrets...)
	warehouse.Hide(p.bus, p.driver, p.creds)
	return nil
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// embedded is the profile of a project that has none.
func (p *Project) embedded(raw *config.RawProject, targetDir string) *config.Profile {
	if p.opts.Adapters == nil {
		return nil
	}
	if _, ok := p.opts.Adapters.Lookup("duckdb"); !ok {
		return nil
	}
	name := raw.Name()
	if name == "" {
		name = "gdbt"
	}
	threads := 4
	if p.flags.Threads > 0 {
		threads = p.flags.Threads
	}
	return &config.Profile{
		Name: name, TargetName: "default", Type: "duckdb", Threads: threads,
		Output: yamldoc.NewMap("path", filepath.Join(targetDir, name+".duckdb"), "schema", "main"),
	}
}

// targetMap is Jinja's `target`.
func (p *Project) targetMap() *yamldoc.Map {
	m := yamldoc.NewMap()
	for _, f := range p.creds.Fields() {
		m.Set(f.Name, f.Value)
	}
	m.Set("type", p.driver.Name())
	m.Set("threads", p.profile.Threads)
	m.Set("name", p.profile.TargetName)
	m.Set("target_name", p.profile.TargetName)
	m.Set("profile_name", p.profile.Name)
	return m
}

// warn sends a diagnostic as a warning.
func (p *Project) warn(d *diag.Diagnostic) error {
	switch d.Code {
	case "InvalidDisabledTargetInTestNode", "SemanticValidationFailure", "FreshnessConfigProblem", "MicrobatchModelNoEventTimeInputs":
		// dbt never makes these an error.
		level := map[diag.Severity]event.Level{diag.Info: event.Debug, diag.Warning: event.Warn, diag.Error: event.Error}[d.Severity]
		p.bus.EmitAt(level, Warning(d))
		return nil
	}
	if d.Severity == diag.Info {
		p.bus.Emit(event.Note{Msg: warningText(d)})
		return nil
	}
	if d.Code == parse.UnreadSection {
		p.bus.EmitAt(event.Warn, event.Note{Msg: warningText(d)})
		return nil
	}
	return p.bus.Warn(Warning(d))
}

// Warning is the event of a diagnostic that warns: dbt's, where its code is the name of one of dbt's.
func Warning(d *diag.Diagnostic) event.Event {
	switch {
	case d.Code == "SpacesInResourceNameDeprecation":
		id, _ := d.Fields["unique_id"].(string)
		return event.SpacesInResourceName{UniqueID: id, Level: "warn"}
	case event.DeprecationCode(d.Code) != "":
		return event.NewDeprecation(d.Code, paragraphs(d), d.Fields)
	case d.Code == "UnsupportedConstraintMaterialization":
		return event.ParseWarning{Event: d.Code, Msg: paragraphs(d), Fields: d.Fields}
	case event.ParseWarningCode(d.Code) != "":
		return event.ParseWarning{Event: d.Code, Msg: warningText(d), Fields: d.Fields}
	}
	return event.Warning{Msg: warningText(d)}
}

// paragraphs is warningText for an event that fills its lines: the place would be filled into the text.
func paragraphs(d *diag.Diagnostic) string {
	d.Source = "" // wrapped, it would be none
	return strings.Replace(warningText(d), "\n  --> ", "\n\n--> ", 1)
}

// warningText prints a warning with its place and hint.
func warningText(d *diag.Diagnostic) string {
	text := d.Message
	if d.File != "" {
		text += "\n  --> " + d.Place()
		if d.Source != "" && d.Line > 0 {
			text += fmt.Sprintf("\n  %d | %s", d.Line, strings.ToValidUTF8(d.Source, "�"))
		}
	}
	if d.Hint != "" {
		text += "\n  hint: " + d.Hint
	}
	return text
}

// newSession prepares what all renderings share.
func (p *Project) newSession() (*dbtjinja.Session, error) {
	packages := map[string]dbtjinja.PackageInfo{}
	for name, pkg := range p.packages {
		packages[name] = dbtjinja.PackageInfo{RestrictAccess: pkg.RestrictAccess, Root: pkg.Root, Version: pkg.Version}
	}
	quoting := p.driver.Dialect().DefaultQuoting
	set := func(v *bool, to *bool) {
		if v != nil {
			*to = *v
		}
	}
	set(p.project.Quoting.Database, &quoting.Database)
	set(p.project.Quoting.Schema, &quoting.Schema)
	set(p.project.Quoting.Identifier, &quoting.Identifier)
	s := &dbtjinja.Session{
		Env:            jinja.NewEnv(jinja.Options{MangleMacros: true}),
		ProjectVersion: p.project.Version, ProjectVars: p.project.Vars, CLIVars: p.vars.CLI(),
		ProjectName: p.project.Name, ProjectRoot: p.project.Root, TargetPath: p.project.TargetPath, Packages: packages,
		Driver: p.driver, Credentials: p.creds, Quoting: quoting,
		Target: p.targetMap(), Flags: p.flagMap(), InvocationArgs: p.argsMap(), MetadataEnvs: p.metadataEnvs(),
		InvocationID: p.bus.InvocationID(), RunStartedAt: p.started.UTC(), DBTVersion: config.DbtVersion,
		Var: p.vars.Lookup, VarNames: p.vars.Names, EnvVar: p.env.Lookup, RecordEnv: p.env.Record, EnvNames: p.env.Names,
		Modules: pymod.Modules(p.itertoolsUsed), Empty: p.flags.Empty, LoadSeed: p.loadSeed,
		Log: func(msg string, info bool, from *dbtjinja.Context) {
			bus, n := p.busOf(from)
			if info {
				bus.Emit(event.JinjaLogInfo{Msg: msg, NodeInfo: n})
			} else {
				bus.Emit(event.JinjaLogDebug{Msg: msg, NodeInfo: n})
			}
		},
		Print: func(msg string, from *dbtjinja.Context) {
			if p.flags.Print {
				bus, _ := p.busOf(from)
				bus.Emit(event.PrintEvent{Msg: msg})
			}
		},
		Tell: func(e event.Event, from *dbtjinja.Context) error {
			bus, _ := p.busOf(from)
			if e.Kind().Level == event.Warn {
				return bus.Warn(e)
			}
			bus.Emit(e)
			return nil
		},
	}
	if p.flags.Sample != "" {
		w, err := config.ParseSample(p.flags.Sample, p.now())
		if err != nil {
			return nil, diag.New(diag.UsageError, "Invalid value for '--sample': %s", err.Error()).WithCode("bad-option")
		}
		s.Sample = &w
	}
	s.ParseAdapter = func(dispatch jinja.Value) jinja.Value {
		return p.runtime.ParseObject(warehouse.Options{Dispatch: dispatch})
	}
	var err error
	if p.runtime, err = p.newRuntime(quoting); err != nil {
		return nil, err
	}
	s.Init()
	return s, nil
}

// busOf gives the bus of the thread that a template is rendered in, and what is told of its node.
func (p *Project) busOf(c *dbtjinja.Context) (*event.Bus, *event.NodeInfo) {
	if c == nil {
		return p.bus, nil
	}
	bus := p.bus
	if c.ThreadID != "" {
		bus = bus.Thread(c.ThreadID)
	}
	return bus, c.NodeInfo()
}

func (p *Project) metadataEnvs() map[string]string {
	out := map[string]string{}
	for _, n := range p.env.Names() {
		if rest, ok := strings.CutPrefix(n, "DBT_ENV_CUSTOM_ENV_"); ok {
			out[rest], _ = p.env.Lookup(n)
		}
	}
	return out
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}
