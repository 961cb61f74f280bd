package engine

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// The arguments of an invocation under dbt's names: invocation_args_dict in Jinja, and `args` of run_results.json, from
// which retry takes the command up again. dbt leaves out what has no value, and some switches that are off
// (dbt/utils/utils.py, args_to_dict).

// argsMap is what Options say.
func (p *Project) argsMap() *yamldoc.Map {
	f := p.flags
	m := yamldoc.NewMap(
		"which", f.Which, "invocation_command", p.bus.Scrub(p.opts.Command), "project_dir", f.ProjectDir, "profiles_dir", p.profilesDir(), "log_path", f.LogPath,
		"vars", config.ScrubVars(p.vars.CLI()), "indirect_selection", f.IndirectSelection, "introspect", f.Introspect,
		"cache_selected_only", f.CacheSelectedOnly, "defer", f.Defer, "favor_state", f.FavorState,
		"log_format", f.LogFormat, "log_format_file", f.LogFormatFile, "log_level", f.LogLevel, "log_level_file", f.LogLevelFile,
		"log_file_max_bytes", f.LogFileMaxBytes, "macro_debugging", f.MacroDebugging, "partial_parse", f.PartialParse,
		"partial_parse_file_diff", f.PartialParseFileDiff, "populate_cache", f.PopulateCache, "print", f.Print, "printer_width", f.PrinterWidth,
		"quiet", f.Quiet, "static_parser", f.StaticParser, "strict_mode", false, "use_colors", f.UseColors, "use_colors_file", f.UseColorsFile,
		"use_fast_test_edges", f.UseFastTestEdges, "version_check", f.VersionCheck, "warn_error_options", warnErrorOptions(f),
		"write_json", f.WriteJSON, "send_anonymous_usage_stats", f.SendAnonymousUsage, "show_all_deprecations", f.ShowAllDeprecations,
		"show_resource_report", f.ShowResourceReport, "upload_to_artifacts_ingest_api", false,
	)
	behaviorArgs(m, f.Behavior)
	for _, s := range switches(f) {
		if s.on {
			m.Set(s.name, true)
		}
	}
	for _, o := range []struct{ name, value string }{
		{"target", f.Target}, {"profile", f.Profile}, {"target_path", f.TargetPath}, {"state", f.State}, {"defer_state", f.DeferState},
		{"event_time_start", isoEventTime(f.EventTimeStart)}, {"event_time_end", isoEventTime(f.EventTimeEnd)},
		{"partial_parse_file_path", f.PartialParseFilePath},
	} {
		if o.value != "" {
			m.Set(o.name, o.value)
		}
	}
	if f.Sample != "" {
		if w, err := config.ParseSample(f.Sample, p.now()); err == nil {
			m.Set("sample", yamldoc.NewMap("start", isoSample(w.Start), "end", isoSample(w.End)))
		}
	}
	if f.Threads > 0 {
		m.Set("threads", f.Threads)
	}
	commandFlags(m, f)
	for k, v := range p.opts.Args.All() {
		m.Set(k, v)
	}
	return m
}

// profilesDir is the folder of the profiles.yml that was read.
func (p *Project) profilesDir() string {
	if p.flags.ProfilesDir == "" && p.profile.File != "" {
		return filepath.Dir(p.profile.File)
	}
	return p.flags.ProfilesDir
}

type switchArg struct {
	name string
	on   bool
}

// switches are those that dbt leaves out when they are off.
func switches(f *config.Flags) []switchArg {
	return []switchArg{
		{"debug", f.Debug}, {"full_refresh", f.FullRefresh}, {"fail_fast", f.FailFast}, {"warn_error", f.WarnError},
		{"single_threaded", f.SingleThreaded}, {"log_cache_events", f.LogCacheEvents}, {"store_failures", f.StoreFailures},
		{"use_experimental_parser", f.UseExperimentalParse},
	}
}

// behaviorArgs are the flags that only the project can set.
func behaviorArgs(m *yamldoc.Map, b config.Behavior) {
	for _, s := range []switchArg{
		{"require_all_warnings_handled_by_warn_error", b.RequireAllWarningsHandledByWarnError},
		{"require_batched_execution_for_custom_microbatch_strategy", b.RequireBatchedExecutionForCustomMicrobatchStrategy},
		{"require_explicit_package_overrides_for_builtin_materializations", b.RequireExplicitPackageOverridesForBuiltinMaterializations},
		{"require_generic_test_arguments_property", b.RequireGenericTestArgumentsProperty},
		{"require_nested_cumulative_type_params", b.RequireNestedCumulativeTypeParams},
		{"require_ref_searches_node_package_before_root", b.RequireRefSearchesNodePackageBeforeRoot},
		{"require_resource_names_without_spaces", b.RequireResourceNamesWithoutSpaces},
		{"require_unique_project_resource_names", b.RequireUniqueProjectResourceNames},
		{"require_yaml_configuration_for_mf_time_spines", b.RequireYAMLConfigurationForMFTimeSpines},
		{"skip_nodes_if_on_run_start_fails", b.SkipNodesIfOnRunStartFails},
		{"source_freshness_run_project_hooks", b.SourceFreshnessRunProjectHooks},
		{"state_modified_compare_more_unrendered_values", b.StateModifiedCompareMoreUnrenderedValues},
		{"state_modified_compare_vars", b.StateModifiedCompareVars},
		{"validate_macro_args", b.ValidateMacroArgs},
	} {
		m.Set(s.name, s.on)
	}
}

// commandFlags are the flags that some commands have and others don't.
func commandFlags(m *yamldoc.Map, f *config.Flags) {
	is := func(commands ...string) bool { return slices.Contains(commands, f.Which) }
	if is("build", "run", "snapshot", "compile") {
		m.Set("empty", f.Empty)
	}
	if is("build", "test", "clone", "list", "ls") {
		m.Set("resource_types", anyList(f.ResourceTypes))
		m.Set("exclude_resource_types", anyList(f.ExcludeResourceTypes))
	}
	if is("build") {
		m.Set("export_saved_queries", f.ExportSavedQueries)
		m.Set("include_saved_query", f.IncludeSavedQuery)
	}
	if is("build", "seed") {
		m.Set("show", false)
	}
	if is("build", "run", "test", "seed", "snapshot", "compile", "show", "generate", "freshness") {
		m.Set("sqlparse", yamldoc.NewMap("MAX_GROUPING_DEPTH", nil, "MAX_GROUPING_TOKENS", nil))
	}
	if !is("run-operation", "parse", "retry", "") {
		m.Set("select", []any{})
		m.Set("exclude", []any{})
	}
}

// commandArgs are argsMap with the selection of this call, which a program may give without Options.Args.
func (p *Project) commandArgs(s Selection, in *Inline) *yamldoc.Map {
	m := p.argsMap()
	if s.IDs != nil {
		return m // what chose them stands in Options.Args
	}
	m.Set("select", anyList(s.Select))
	m.Set("exclude", anyList(s.Exclude))
	if s.Selector != "" {
		m.Set("selector", s.Selector)
	}
	if len(s.ResourceTypes) > 0 {
		m.Set("resource_types", anyList(s.ResourceTypes))
	}
	if len(s.ExcludeTypes) > 0 {
		m.Set("exclude_resource_types", anyList(s.ExcludeTypes))
	}
	if in != nil && in.SQL != "" {
		m.Set("inline", in.SQL)
	}
	return m
}

// operationArgs are the arguments of run-operation, of which dbt keeps plain values alone, the switches that are off
// among them (dbt/task/run_operation.py).
func (p *Project) operationArgs(o Operation) *yamldoc.Map {
	m := p.argsMap()
	for _, name := range []string{"project_dir", "profiles_dir", "log_path", "warn_error_options"} {
		m.Delete(name)
	}
	for _, s := range switches(p.flags) {
		if s.name != "warn_error" {
			m.Set(s.name, s.on)
		}
	}
	m.Set("macro", o.Macro)
	if o.Args.Len() > 0 {
		m.Set("args", o.Args)
	}
	return m
}

// scrubbed copies arguments with the secrets taken out: an artifact must not hold them.
func (p *Project) scrubbed(v any) any {
	switch v := v.(type) {
	case string:
		return p.bus.Scrub(v)
	case *yamldoc.Map:
		out := yamldoc.NewMap()
		for k, x := range v.All() {
			out.Set(k, p.scrubbed(x))
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = p.scrubbed(x)
		}
		return out
	}
	return v
}

// isoEventTime is --event-time-start or -end as dbt's arguments have it: "2024-01-01T00:00:00".
func isoEventTime(text string) string {
	if w := config.EventTimes(text, text); w != nil {
		return w.Start.Format("2006-01-02T15:04:05")
	}
	return text
}

// isoSample is an end of --sample in dbt's arguments: "2024-01-01T00:00:00+00:00".
func isoSample(t time.Time) string { return strings.Replace(config.PythonTime(t), " ", "T", 1) }
