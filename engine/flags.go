package engine

import (
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// flagMap is Jinja's `flags`: dbt's names in upper case.
func flagMap(f *config.Flags) *yamldoc.Map {
	opt := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return yamldoc.NewMap(
		"WHICH", f.Which, "FULL_REFRESH", f.FullRefresh, "STORE_FAILURES", f.StoreFailures, "EMPTY", f.Empty,
		"CACHE_SELECTED_ONLY", f.CacheSelectedOnly, "DEBUG", f.Debug, "DEFER", f.Defer, "FAIL_FAST", f.FailFast,
		"FAVOR_STATE", f.FavorState, "INDIRECT_SELECTION", f.IndirectSelection, "INTROSPECT", f.Introspect,
		"LOG_CACHE_EVENTS", f.LogCacheEvents, "LOG_FORMAT", f.LogFormat, "LOG_LEVEL", f.LogLevel, "LOG_PATH", f.LogPath,
		"PARTIAL_PARSE", f.PartialParse, "POPULATE_CACHE", f.PopulateCache, "PRINT", f.Print, "PRINTER_WIDTH", f.PrinterWidth,
		"PROFILE", opt(f.Profile), "PROFILES_DIR", f.ProfilesDir, "PROJECT_DIR", f.ProjectDir, "QUIET", f.Quiet,
		"SEND_ANONYMOUS_USAGE_STATS", false, "SINGLE_THREADED", f.SingleThreaded, "STATE", opt(f.State), "STATIC_PARSER", f.StaticParser,
		"TARGET", opt(f.Target), "TARGET_PATH", opt(f.TargetPath), "USE_COLORS", f.UseColors, "USE_EXPERIMENTAL_PARSER", f.UseExperimentalParse,
		"VERSION_CHECK", f.VersionCheck, "WARN_ERROR", f.WarnError, "WARN_ERROR_OPTIONS", warnErrorOptions(f), "WRITE_JSON", f.WriteJSON,
		"EVENT_TIME_START", opt(f.EventTimeStart), "EVENT_TIME_END", opt(f.EventTimeEnd), "MACRO_DEBUGGING", f.MacroDebugging,
	)
}

func warnErrorOptions(f *config.Flags) *yamldoc.Map {
	var errs any = anyList(f.WarnErrorOptions.Error)
	if f.WarnErrorOptions.All() {
		errs = f.WarnErrorOptions.Error[0]
	}
	return yamldoc.NewMap("error", errs, "warn", anyList(f.WarnErrorOptions.Warn), "silence", anyList(f.WarnErrorOptions.Silence))
}

func anyList(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}

// commandArgs are argsMap with what belongs to the command.
func (p *Project) commandArgs(s Selection, in *Inline) *yamldoc.Map {
	m := p.argsMap().Copy()
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
	if in != nil {
		if in.SQL != "" {
			m.Set("inline", in.SQL)
		}
		m.Set("limit", in.Limit)
	}
	return m
}

// argsMap is `args` of run_results.json and invocation_args_dict.
func (p *Project) argsMap() *yamldoc.Map {
	if p.opts.Args != nil {
		return p.opts.Args
	}
	f := p.flags
	b := f.Behavior
	m := yamldoc.NewMap(
		"which", f.Which, "project_dir", f.ProjectDir, "profiles_dir", f.ProfilesDir, "log_path", f.LogPath,
		"vars", p.vars.CLI(), "full_refresh", f.FullRefresh, "fail_fast", f.FailFast, "empty", f.Empty,
		"store_failures", f.StoreFailures, "indirect_selection", f.IndirectSelection, "introspect", f.Introspect,
		"cache_selected_only", f.CacheSelectedOnly, "defer", f.Defer, "favor_state", f.FavorState,
		"log_format", f.LogFormat, "log_format_file", f.LogFormatFile, "log_level", f.LogLevel, "log_level_file", f.LogLevelFile,
		"log_file_max_bytes", f.LogFileMaxBytes, "macro_debugging", f.MacroDebugging, "partial_parse", f.PartialParse,
		"populate_cache", f.PopulateCache, "print", f.Print, "printer_width", f.PrinterWidth, "quiet", f.Quiet,
		"static_parser", f.StaticParser, "use_colors", f.UseColors, "use_colors_file", f.UseColorsFile, "version_check", f.VersionCheck,
		"warn_error_options", warnErrorOptions(f), "write_json", f.WriteJSON, "send_anonymous_usage_stats", false,
		"show_resource_report", f.ShowResourceReport, "upload_to_artifacts_ingest_api", false,
		"require_explicit_package_overrides_for_builtin_materializations", b.RequireExplicitPackageOverridesForBuiltinMaterializations,
		"require_resource_names_without_spaces", b.RequireResourceNamesWithoutSpaces,
		"require_generic_test_arguments_property", b.RequireGenericTestArgumentsProperty,
		"require_unique_project_resource_names", b.RequireUniqueProjectResourceNames,
		"require_ref_searches_node_package_before_root", b.RequireRefSearchesNodePackageBeforeRoot,
		"invocation_command", p.opts.Command,
	)
	if f.Target != "" {
		m.Set("target", f.Target)
	}
	if f.Profile != "" {
		m.Set("profile", f.Profile)
	}
	return m
}
