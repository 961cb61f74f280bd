package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// Clean removes the folders of a project's clean-targets, see [Project.Clean]. It needs no profile: of opts it takes
// ProjectDir, Vars, Flags, Env and Bus.
func Clean(opts Options, projectOnly bool) error {
	p := newProject(opts)
	if _, _, err := p.readWithoutProfile(); err != nil {
		return err
	}
	return p.Clean(projectOnly)
}

// Clean removes the folders of clean-targets. When one of them holds sources or
// tests of the project, or with projectOnly lies outside of it, nothing is removed
// (dbt/task/clean.py).
func (p *Project) Clean(projectOnly bool) error {
	root := p.project.Root
	absolute := func(list []string) []string {
		var out []string
		for _, d := range list {
			if !filepath.IsAbs(d) {
				d = filepath.Join(root, filepath.FromSlash(d))
			}
			out = append(out, filepath.Clean(d))
		}
		return out
	}
	sources := absolute(p.project.SourcePaths())
	var protected, outside []string
	targets := absolute(p.project.CleanTargets)
	for _, path := range targets {
		switch {
		case path == root || within(root, path):
			if projectOnly {
				outside = append(outside, path)
				continue
			}
			return diag.New(diag.RuntimeError, "clean-targets names '%s', which holds the project itself", path).At(config.ProjectFile, 0, 0).WithCode("clean-project")
		case slices.ContainsFunc(sources, func(s string) bool { return s == path || within(s, path) }):
			protected = append(protected, path)
		case !within(path, root):
			outside = append(outside, path)
		}
	}
	if len(protected) > 0 {
		return diag.New(diag.RuntimeError, "dbt will not clean the following source paths: ['%s']", strings.Join(protected, "', '")).
			At(config.ProjectFile, 0, 0).WithCode("clean-sources").WithHint("take them out of clean-targets")
	}
	if len(outside) > 0 && projectOnly {
		return diag.New(diag.RuntimeError, "dbt will not clean the following directories outside the project: ['%s']", strings.Join(outside, "', '")).
			At(config.ProjectFile, 0, 0).WithCode("clean-outside").WithHint("use --no-clean-project-files-only to remove folders outside of the project")
	}
	if slices.Contains(p.project.CleanTargets, "dbt_modules") && !slices.Contains(p.project.CleanTargets, p.project.PackagesInstallPath) {
		err := p.bus.Warn(event.NewDeprecation("PackageInstallPathDeprecation", "The default package install path has changed from `dbt_modules` to `dbt_packages`.\n"+
			"Please update `clean-targets` in `dbt_project.yml` and check `.gitignore` as well.\n"+
			"Or, set `packages-install-path: dbt_modules` if you'd like to keep the current value.", nil))
		if err != nil {
			return err
		}
	}
	for _, path := range targets {
		p.bus.Emit(event.CheckCleanPath{Path: path})
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("clean: %w", err)
		}
		p.bus.Emit(event.ConfirmCleanPath{Path: path})
	}
	p.bus.Emit(event.FinishedCleanPaths{})
	return nil
}

// within tells whether a path lies below a folder.
func within(path, folder string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}
