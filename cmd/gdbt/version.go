package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
)

func isVersionFlag(arg string) bool {
	return arg == "--version" || arg == "-v" || arg == "-V"
}

// versionDocument is what --version --output json prints.
type versionDocument struct {
	DBT      string            `json:"dbt_version"`
	Gdbt     string            `json:"gdbt_version"`
	Adapters map[string]string `json:"adapters"`
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

// printVersion prints what dbt's tools look for, the dbt version first: they take the first x.y.z.
// As JSON they are one document.
func (p *process) printVersion(format string) int {
	dbt, err := p.emulation()
	if err != nil {
		return p.fail(err)
	}
	if format == "json" {
		doc := versionDocument{DBT: dbt.version, Gdbt: version(), Adapters: map[string]string{}}
		for _, d := range drivers() {
			doc.Adapters[d.Name()] = d.Version()
		}
		text, err := json.MarshalIndent(doc, "", "  ")
		if err != nil {
			return p.fail(err)
		}
		fmt.Fprintf(p.stdout, "%s\n", text)
		return exitOK
	}
	if dbt.nodeFinished {
		fmt.Fprintf(p.stdout, "dbt-core %s\n\n", dbt.version)
	} else {
		fmt.Fprintf(p.stdout, "Core:\n  - installed: %s\n\n", dbt.version)
	}
	fmt.Fprintln(p.stdout, "Plugins:")
	width := 0
	for _, d := range drivers() {
		width = max(width, len(d.Name()))
	}
	for _, d := range drivers() {
		fmt.Fprintf(p.stdout, "  - %-*s %s\n", width+1, d.Name()+":", d.Version())
	}
	fmt.Fprintf(p.stdout, "\ngdbt: %s\n", version())
	return exitOK
}
