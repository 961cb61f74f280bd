package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func debugCommand() command {
	return command{
		use: "debug", short: "Check the project, the profile and the connection",
		options: []func(*cobra.Command, *options){debugOptions, threadsOption},
		run: func(ctx context.Context, s *session) (int, error) {
			if s.configDir && s.output == "json" {
				return exitUsage, usagef(s.cmd, "output: json is not allowed with argument config-dir")
			}
			if s.configDir {
				s.bus.Emit(event.DebugCmdOut{Msg: fmt.Sprintf("To view your profiles.yml file, run:\n\n%s %s", openCommand(), s.profilesDir())})
				return exitOK, nil
			}
			return (&checks{session: s}).run(ctx)
		},
	}
}

func debugOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.switchOn(&o.connection, "connection", "check the connection only")
	fs.switchOn(&o.configDir, "config-dir", "show the command that opens the folder of profiles.yml")
	fs.option(&o.output, "output", "json prints what was found as a document at the end", "json", "text")
}

const profileMissing = "ERROR not found"

// checks are what debug looks at. Each that fails leaves its reason; the others go on.
type checks struct {
	*session
	failed []string
	// found is what --output json prints.
	found debugDocument
}

// debugDocument is what was looked at. What could not be looked at is null.
type debugDocument struct {
	Success     bool             `json:"success"`
	DBT         string           `json:"dbt_version"`
	Gdbt        string           `json:"gdbt_version"`
	OS          string           `json:"os"`
	ProfilesDir string           `json:"profiles_dir"`
	Profiles    fileDocument     `json:"profiles_yml"`
	Project     fileDocument     `json:"dbt_project_yml"`
	Adapter     *adapterDocument `json:"adapter"`
	Failures    []string         `json:"failures"`
}

type fileDocument struct {
	Path   string `json:"path"`
	Status string `json:"status"`
}

// adapterDocument is the warehouse; its connection has no secrets.
type adapterDocument struct {
	Type       string         `json:"type"`
	Version    string         `json:"version"`
	Profile    string         `json:"profile"`
	Target     string         `json:"target"`
	Connection map[string]any `json:"connection"`
	Connected  bool           `json:"connected"`
}

func (c *checks) out(format string, args ...any) {
	c.bus.Emit(event.DebugCmdOut{Msg: fmt.Sprintf(format, args...)})
}

func (c *checks) run(ctx context.Context) (int, error) {
	c.out("dbt version: %s", c.dbt.version)
	c.out("gdbt version: %s", version())
	c.out("os info: %s %s", runtime.GOOS, runtime.GOARCH)
	c.out("Using profiles dir at %s", c.profilesDir())
	c.out("Using profiles.yml file at %s", filepath.Join(c.profilesDir(), config.ProfilesFile))
	c.out("Using dbt_project.yml file at %s", filepath.Join(c.projectDir, config.ProjectFile))

	c.found = debugDocument{
		DBT: c.dbt.version, Gdbt: version(), OS: runtime.GOOS + " " + runtime.GOARCH, ProfilesDir: c.profilesDir(),
		Profiles: fileDocument{Path: filepath.Join(c.profilesDir(), config.ProfilesFile)},
		Project:  fileDocument{Path: filepath.Join(c.projectDir, config.ProjectFile)},
	}
	var open *engine.Project
	project, profile := c.files()
	code, err := withProject(func(ctx context.Context, _ *session, p *engine.Project) (int, error) {
		open = p
		conn := p.Connection()
		c.out("adapter type: %s", conn.Type)
		c.out("adapter version: %s", conn.Version)
		c.configuration(project, profile)
		c.connect(ctx, p)
		return exitOK, nil
	})(ctx, c.session)
	if open == nil {
		// Opening failed: the profile, unless the project itself could not be read.
		if project == "" {
			what := "Profile"
			if d, ok := diag.As(err); ok && d.File == config.ProjectFile {
				what, project = "Project", "ERROR invalid"
			} else if profile == "" {
				profile = "ERROR invalid"
			}
			if profile == profileMissing {
				c.failed = append(c.failed, fmt.Sprintf("dbt looked for a profiles.yml file in %s, but did\nnot find one. How to write one:\n\n%s\n",
					filepath.Join(c.profilesDir(), config.ProfilesFile), profileDocs))
			} else {
				c.failed = append(c.failed, what+" loading failed for the following reason:\n"+c.errorText(err))
			}
		}
		c.configuration(project, profile)
		c.out("Connection test skipped since no profile was found")
	} else if err != nil {
		return code, err
	}
	if ctx.Err() != nil {
		return exitFailed, ctx.Err()
	}
	if len(c.failed) == 0 {
		c.bus.Emit(event.DebugCmdResult{Status: "All checks passed!"})
		return exitOK, c.document()
	}
	c.bus.Emit(event.DebugCmdResult{Status: event.Plural(len(c.failed), "check") + " failed:"})
	for _, why := range c.failed {
		c.bus.Emit(event.DebugCmdResult{Msg: why + "\n"})
	}
	return exitFailed, c.document()
}

// document prints what was found, when that is asked for.
func (c *checks) document() error {
	if c.output != "json" {
		return nil
	}
	c.found.Success, c.found.Failures = len(c.failed) == 0, append([]string{}, c.failed...)
	return c.printDocument(c.found)
}

// files tells which of the two files is not there; "" when it is.
func (c *checks) files() (project, profile string) {
	if _, err := os.Stat(filepath.Join(c.projectDir, config.ProjectFile)); err != nil {
		project = "ERROR not found"
		c.failed = append(c.failed, fmt.Sprintf("Project loading failed for the following reason:\n project path <%s> not found",
			filepath.Join(c.projectDir, config.ProjectFile)))
	}
	if _, err := os.Stat(filepath.Join(c.profilesDir(), config.ProfilesFile)); errors.Is(err, os.ErrNotExist) {
		profile = "OK not found, using DuckDB in the target folder"
		if c.flags.IsSet("profiles_dir") {
			profile = profileMissing
		}
	}
	return project, profile
}

func (c *checks) configuration(project, profile string) {
	status := func(s string) string {
		if s == "" {
			return "OK found and valid"
		}
		return s
	}
	c.found.Project.Status, c.found.Profiles.Status = status(project), status(profile)
	if c.connection {
		c.out("Skipping steps before connection verification")
		return
	}
	c.out("Configuration:")
	c.bus.Emit(event.DebugCmdOut{Msg: "  profiles.yml file [", Status: status(profile), After: "]"})
	c.bus.Emit(event.DebugCmdOut{Msg: "  dbt_project.yml file [", Status: status(project), After: "]"})
	c.out("Required dependencies:")
	git := "OK found"
	if _, err := exec.LookPath("git"); err != nil {
		git = "OK not found, which only packages from git need"
	}
	c.bus.Emit(event.DebugCmdResult{Msg: " - git [", Status: git, After: "]\n"})
}

func (c *checks) connect(ctx context.Context, p *engine.Project) {
	c.out("Connection:")
	conn := p.Connection()
	c.found.Adapter = &adapterDocument{Type: conn.Type, Version: conn.Version, Profile: conn.Profile, Target: conn.Target, Connection: map[string]any{}}
	for _, f := range conn.Fields {
		c.found.Adapter.Connection[f.Name] = f.Value
		value, ok := f.Value.(string)
		if !ok {
			value = yamldoc.Repr(ordered(f.Value))
		}
		c.out("  %s: %s", f.Name, value)
	}
	c.bus.Emit(event.AdapterRegistered{AdapterName: conn.Type, AdapterVersion: "=" + conn.Version})
	status := "OK connection ok"
	c.found.Adapter.Connected = true
	if err := p.CheckConnection(ctx); err != nil {
		status = "ERROR"
		c.found.Adapter.Connected = false
		c.failed = append(c.failed, "dbt was unable to connect to the specified database.\nThe database returned the following error:\n\n  >"+
			indent(c.errorText(err))+"\n\nCheck your database credentials and try again.")
	}
	c.bus.Emit(event.DebugCmdOut{Msg: "  Connection test: [", Status: status, After: "]\n"})
}

// profilesDir is where profiles.yml is looked for.
func (s *session) profilesDir() string { return s.profilesDirOf(s.flags) }

func (s *session) profilesDirOf(f *config.Flags) string {
	if dir := f.ProfilesDir; dir != "" {
		return dir
	}
	cwd, err := os.Getwd()
	if err != nil {
		cwd = "."
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "~"
	}
	return config.FindProfilesDir(cwd, s.projectDir, home)
}

func openCommand() string {
	switch runtime.GOOS {
	case "windows":
		return "start"
	case "darwin":
		return "open"
	}
	return "xdg-open"
}

// ordered gives maps an order, which Python's way of printing them needs.
func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := yamldoc.NewMap()
		for _, k := range slices.Sorted(maps.Keys(v)) {
			m.Set(k, ordered(v[k]))
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = ordered(v[i])
		}
		return list
	}
	return v
}
