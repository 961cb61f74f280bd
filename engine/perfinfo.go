package engine

import (
	"encoding/json"
	"io"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// perfInfo is perf_info.json. Files of all kinds are parsed side by side, so
// that dbt's times of each parser have nothing to stand for and stay out.
type perfInfo struct {
	PathCount                 int        `json:"path_count"`
	ParsedPathCount           int        `json:"parsed_path_count"`
	StaticAnalysisPathCount   int        `json:"static_analysis_path_count"`
	StaticAnalysisParsedCount int        `json:"static_analysis_parsed_path_count"`
	IsPartialParseEnabled     bool       `json:"is_partial_parse_enabled"`
	IsStaticAnalysisEnabled   bool       `json:"is_static_analysis_enabled"`
	ReadFiles                 float64    `json:"read_files_elapsed"`
	LoadMacros                float64    `json:"load_macros_elapsed"`
	ParseProject              float64    `json:"parse_project_elapsed"`
	PatchSources              float64    `json:"patch_sources_elapsed"`
	ProcessManifest           float64    `json:"process_manifest_elapsed"`
	LoadAll                   float64    `json:"load_all_elapsed"`
	Projects                  []struct{} `json:"projects"`
}

// WritePerfInfo writes target/perf_info.json: where the time of the parse went.
func (p *Project) WritePerfInfo() error {
	info := perfInfo{
		PathCount: p.perf.Files, ParsedPathCount: p.perf.Files, IsPartialParseEnabled: p.flags.PartialParse,
		ReadFiles: p.perf.ReadFiles.Seconds(), LoadMacros: p.perf.Macros.Seconds(), ParseProject: p.perf.Nodes.Seconds(),
		PatchSources: p.perf.Properties.Seconds(), ProcessManifest: p.perf.Links.Seconds(), LoadAll: p.parseTime.Seconds(),
		Projects: []struct{}{},
	}
	path := filepath.Join(p.target, "perf_info.json")
	err := manifest.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "    ")
		return enc.Encode(info)
	})
	if err != nil {
		return err
	}
	p.bus.Emit(event.ParsePerfInfoPath{Path: path})
	return nil
}
