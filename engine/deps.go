package engine

import (
	"context"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/deps"
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
	p := newProject(opts)
	raw, render, err := p.readWithoutProfile()
	if err != nil {
		return nil, err
	}
	p.project.Root = filepath.Clean(p.project.Root)
	hub, ok := p.env.Lookup("DBT_ENGINE_PACKAGE_HUB_URL")
	if !ok || hub == "" {
		hub, _ = p.env.Lookup("DBT_PACKAGE_HUB_URL")
	}
	return deps.Run(ctx, deps.Options{
		Project: p.project, Raw: raw, Render: render, Bus: p.bus, SkipVersionCheck: !p.flags.VersionCheck, HubURL: hub,
		Add: do.Add, LockOnly: do.LockOnly, Upgrade: do.Upgrade,
	})
}
