package engine

import (
	"context"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/deps"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// DepsOptions say what [Deps] does beside installing the packages.
type DepsOptions struct {
	// Add is a package to add to packages.yml first.
	Add *deps.Addition
	// LockOnly writes package-lock.yml and installs nothing. Upgrade takes the latest versions that packages.yml
	// allows, whatever the lock file says.
	LockOnly, Upgrade bool
}

// Deps installs the packages of a project. It needs neither a profile nor a warehouse, and so no open project: of opts
// it takes ProjectDir, Vars, Flags, Env and Bus. Errors are *diag.Diagnostic; the packages that were there then stay.
func Deps(ctx context.Context, opts Options, do DepsOptions) (*deps.Result, error) {
	p := &Project{opts: opts, flags: opts.Flags, env: opts.Env, bus: opts.Bus}
	if p.env == nil {
		p.env = config.OSEnviron()
	}
	if p.bus == nil {
		p.bus = event.NewBus(event.Options{Now: opts.Now, Secrets: p.env.Secrets()})
	}
	dir, err := p.dir()
	if err != nil {
		return nil, err
	}
	raw, err := config.ReadProject(dir)
	if err != nil {
		return nil, err
	}
	if p.flags == nil {
		if p.flags, _, err = config.ResolveFlags(nil, p.env, raw.Flags()); err != nil {
			return nil, err
		}
	}
	if p.cliVars, err = config.ParseVars(opts.Vars); err != nil {
		return nil, err
	}
	render := config.RenderOptions{Env: p.env, Vars: p.cliVars, LenientVars: true, Target: yamldoc.NewMap(), Extra: p.configContext()}
	project, err := raw.Render(config.LoadOptions{Render: render, SkipVersionCheck: !p.flags.VersionCheck, TargetPath: p.flags.TargetPath, LogPath: p.flags.LogPath})
	if err != nil {
		return nil, err
	}
	for _, w := range project.Warnings {
		if err := p.warn(w); err != nil {
			return nil, err
		}
	}
	project.Root = filepath.Clean(project.Root)
	hub, ok := p.env.Lookup("DBT_ENGINE_PACKAGE_HUB_URL")
	if !ok || hub == "" {
		hub, _ = p.env.Lookup("DBT_PACKAGE_HUB_URL")
	}
	return deps.Run(ctx, deps.Options{
		Project: project, Raw: raw, Render: render, Bus: p.bus, SkipVersionCheck: !p.flags.VersionCheck, HubURL: hub,
		Add: do.Add, LockOnly: do.LockOnly, Upgrade: do.Upgrade,
	})
}
