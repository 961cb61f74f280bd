package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// Clean removes the folders of clean-targets. Sources and tests of the project
// are never removed, and with projectOnly nothing outside of it.
func (p *Project) Clean(projectOnly bool) error {
	root := p.project.Root
	protected := map[string]bool{}
	for _, list := range [][]string{p.project.ModelPaths, p.project.SeedPaths, p.project.TestPaths, p.project.AnalysisPaths,
		p.project.MacroPaths, p.project.SnapshotPaths, p.project.FunctionPaths} {
		for _, d := range list {
			protected[filepath.Join(root, filepath.FromSlash(d))] = true
		}
	}
	for _, target := range p.project.CleanTargets {
		path := target
		if !filepath.IsAbs(path) {
			path = filepath.Join(root, filepath.FromSlash(target))
		}
		inside := path != root && strings.HasPrefix(path, root+string(filepath.Separator))
		if projectOnly && !inside {
			return diag.New(diag.RuntimeError, "dbt will not clean the following directories outside the project: ['%s']", target).
				At("dbt_project.yml", 0, 0).WithHint("use --no-clean-project-files-only to remove folders outside of the project").WithCode("clean-outside")
		}
		p.bus.Emit(event.CheckCleanPath{Path: target})
		switch {
		case path == root || strings.HasPrefix(root, path+string(filepath.Separator)):
			return diag.New(diag.RuntimeError, "clean-targets names '%s', which holds the project itself", target).At("dbt_project.yml", 0, 0).WithCode("clean-project")
		case protected[path]:
			p.bus.Emit(event.ProtectedCleanPath{Path: target})
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("clean: %w", err)
		}
		p.bus.Emit(event.ConfirmCleanPath{Path: target})
	}
	p.bus.Emit(event.FinishedCleanPaths{})
	return nil
}
