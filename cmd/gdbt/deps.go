package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/deps"
	"github.com/gdbt-dev/gdbt/engine/diag"
)

func depsCommand() command {
	return command{
		use: "deps", short: "Install the packages of packages.yml",
		options: []func(*cobra.Command, *options){depsOptions},
		run:     runDeps,
	}
}

// depsFlags are the options of deps.
type depsFlags struct {
	add, source   string
	lock, upgrade bool
}

func depsOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	o.deps.source = "hub"
	fs.option(&o.deps.add, "add-package", "add a package to packages.yml first: name@version")
	fs.option(&o.deps.source, "source", "where the added package comes from", "hub", "git", "local")
	fs.option(&o.output, "output", "json prints what was installed as a document at the end", "json", "text")
	fs.switchOn(&o.deps.lock, "lock", "write package-lock.yml and install nothing")
	fs.switchOn(&o.deps.upgrade, "upgrade", "take the latest versions that packages.yml allows")
}

func runDeps(ctx context.Context, s *session) (int, error) {
	do := engine.DepsOptions{LockOnly: s.deps.lock, Upgrade: s.deps.upgrade}
	if s.deps.add != "" {
		a := deps.ParseAddition(s.deps.add, s.deps.source)
		if a.Version == "" && a.Source != "local" {
			return exitUsage, diag.New(diag.RuntimeError, "Version is required in --add-package when a package when source is %s", a.Source).
				WithCode("add-package").WithHint("write --add-package %s@version", a.Name)
		}
		do.Add = &a
	}
	done, err := engine.Deps(ctx, engine.Options{ProjectDir: s.projectDir, Vars: s.vars, Flags: s.flags, Env: s.env, Bus: s.bus, Now: s.now}, do)
	if err != nil {
		return exitUsage, err
	}
	if s.output == "json" {
		return exitOK, s.printDocument(depsDocumentOf(done))
	}
	return exitOK, nil
}

// depsDocument is what --output json prints.
type depsDocument struct {
	Packages    []packageDocument `json:"packages"`
	LockFile    string            `json:"lock_file"`
	LockWritten bool              `json:"lock_written"`
}

// packageDocument is a package in it; version is null for local folders and tarballs, latest but for packages of the hub.
type packageDocument struct {
	Name    string  `json:"name"`
	Kind    string  `json:"kind"`
	Source  string  `json:"source"`
	Version *string `json:"version"`
	Latest  *string `json:"latest"`
	Path    string  `json:"path"`
	Fetched bool    `json:"fetched"`
}

func depsDocumentOf(r *deps.Result) depsDocument {
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	doc := depsDocument{Packages: []packageDocument{}, LockFile: r.LockFile, LockWritten: r.LockWritten}
	for _, p := range r.Packages {
		doc.Packages = append(doc.Packages, packageDocument{p.Name, p.Kind, p.Source, orNull(p.Version), orNull(p.Latest), p.Path, p.Fetched})
	}
	return doc
}
