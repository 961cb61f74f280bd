package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/gdbt-dev/gdbt/engine/config"
)

func isVersionFlag(arg string) bool {
	return arg == "--version" || arg == "-v" || arg == "-V"
}

// version is that of gdbt itself: the module version of a build by go install, else the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel " + s.Value[:12]
		}
	}
	return "devel"
}

// printVersion prints what dbt's tools look for, the dbt version first.
func printVersion(w io.Writer) {
	fmt.Fprintf(w, "Core:\n  - installed: %s\n\nPlugins:\n", config.DbtVersion)
	for _, d := range drivers() {
		fmt.Fprintf(w, "  - %s: %s\n", d.Name(), d.Version())
	}
	fmt.Fprintf(w, "\ngdbt: %s\n", version())
}
