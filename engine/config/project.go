package config

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// DbtVersion is the version of dbt whose behaviour gdbt has: Jinja's
// dbt_version, the metadata of artifacts and require-dbt-version use it.
const DbtVersion = "1.11.16"

// ProjectFile is the name of a project's settings file.
const ProjectFile = "dbt_project.yml"

// Project is a dbt_project.yml with its Jinja rendered and its defaults filled in.
type Project struct {
	Name string
	// Version as written; "" when there is none.
	Version       string
	ConfigVersion int
	// ProfileName is the `profile:` key, rendered; "" when there is none.
	ProfileName string
	// Root is the project's folder (absolute); File its dbt_project.yml.
	Root, File string
	// Doc is dbt_project.yml with positions, for error messages; it may be nil.
	Doc *yamldoc.Document

	// Paths are relative to Root, as written.
	ModelPaths, SeedPaths, TestPaths, AnalysisPaths, MacroPaths []string
	SnapshotPaths, DocsPaths, AssetPaths, FunctionPaths         []string
	TargetPath, LogPath, PackagesInstallPath                    string
	CleanTargets                                                []string

	Quoting Quoting
	// OnRunStart and OnRunEnd are the hooks, not rendered.
	OnRunStart, OnRunEnd []string
	// RequireDbtVersion holds the specifiers, for example ">=1.0.0".
	RequireDbtVersion []string
	Dispatch          []Dispatch
	// Sections holds the config trees by section, rendered.
	Sections map[Section]*yamldoc.Map
	// UnrenderedSections holds the same as written.
	UnrenderedSections map[Section]*yamldoc.Map
	// Vars is the vars: block, not rendered: globals and, by package name, Maps.
	Vars           *yamldoc.Map
	QueryComment   QueryComment
	RestrictAccess bool
	DbtCloud       *yamldoc.Map
	// Flags is the flags: block as written.
	Flags *yamldoc.Map
	// PackagesFile is the file that lists the packages: packages.yml or dependencies.yml.
	PackagesFile string
	// Packages are the entries of that file, rendered, checked for their form.
	Packages []PackageSpec
	// Selectors is the content of selectors.yml, rendered; nil without the file.
	Selectors *yamldoc.Map
	// SelectorsDoc is the same file with positions, for error messages.
	SelectorsDoc *yamldoc.Document
	// Unrendered is the whole dbt_project.yml as written.
	Unrendered *yamldoc.Map
	// Warnings lists deprecations and oddities that loading met.
	Warnings []*diag.Diagnostic
}

// SourcePaths are the folders of all sources, each once: `models/` and `models` are one (dbt's all_source_paths).
func (p *Project) SourcePaths() []string {
	var out []string
	for _, path := range slices.Concat(p.ModelPaths, p.SeedPaths, p.SnapshotPaths, p.AnalysisPaths, p.MacroPaths, p.TestPaths, p.FunctionPaths) {
		if path = strings.TrimRight(path, "/"); !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	return out
}

// Section names a config tree of dbt_project.yml.
type Section string

// Sections of dbt_project.yml that hold configs.
const (
	SectionModels         Section = "models"
	SectionSeeds          Section = "seeds"
	SectionSnapshots      Section = "snapshots"
	SectionAnalyses       Section = "analyses"
	SectionSources        Section = "sources"
	SectionTests          Section = "data_tests"
	SectionUnitTests      Section = "unit_tests"
	SectionMetrics        Section = "metrics"
	SectionSemanticModels Section = "semantic-models"
	SectionSavedQueries   Section = "saved-queries"
	SectionExposures      Section = "exposures"
	SectionFunctions      Section = "functions"
)

// Quoting is a quoting: block; nil fields are not set.
type Quoting struct {
	Database, Schema, Identifier *bool
	SnowflakeIgnoreCase          *bool
}

// Dispatch is one entry of dispatch:, the search order of a macro namespace.
type Dispatch struct {
	MacroNamespace string
	SearchOrder    []string
}

// QueryComment is the query-comment: setting.
type QueryComment struct {
	// Default tells that nothing is set: dbt's own comment applies.
	Default bool
	// Comment is the template, not rendered; "" switches comments off unless Default.
	Comment string
	Append  bool
	// JobLabel asks for the comment as job labels (BigQuery).
	JobLabel bool
}

// PackageSpec is one entry of packages.yml or dependencies.yml.
type PackageSpec struct {
	// Kind is "package", "git", "local", "tarball" or "private".
	Kind string
	// Location is the value of that key.
	Location string
	Name     string
	// Versions are the version specifiers of a hub package, or the git revision.
	Versions          []string
	Subdirectory      string
	WarnUnpinned      *bool
	InstallPrerelease bool
	Provider          string
	// Data is the entry as rendered; Unrendered as written.
	Data, Unrendered *yamldoc.Map
	// File, Line and Column are where the entry stands; Source is that line.
	File         string
	Line, Column int
	Source       string
}

// SearchOrder returns the dispatch order of a macro namespace, nil when none is set.
func (p *Project) SearchOrder(namespace string) []string {
	for _, d := range p.Dispatch {
		if d.MacroNamespace == namespace {
			return d.SearchOrder
		}
	}
	return nil
}
