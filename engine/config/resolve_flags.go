package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// flagDef ties dbt's name of a flag to its field. The type of the field decides
// how a value is read.
type flagDef struct {
	name  string
	field any // *bool, *string, *int, *[]string, *WarnErrorOptions
	def   any
	// choices limits a text.
	choices []string
	// inProject tells that the flags: block may set it; inEnv that the environment may.
	inProject, inEnv bool
}

var (
	logFormats = []string{"text", "debug", "json", "default"}
	// resourceTypes are the values of --resource-types; --exclude-resource-types takes all but the last.
	resourceTypes = strings.Fields("metric semantic_model saved_query source analysis function model test unit_test exposure snapshot seed default all")
	logLevels     = []string{"debug", "info", "warn", "error", "none"}
)

// ResourceTypes are the values of --exclude-resource-types; --resource-types takes "all" too.
func ResourceTypes() []string { return slices.Clone(resourceTypes[:len(resourceTypes)-1]) }

// FlagVariables are the variables that set options, without their prefix, in the order of the flags.
func FlagVariables() []string {
	var out []string
	for _, d := range flagDefs(&Flags{}) {
		if d.inEnv {
			out = append(out, strings.ToUpper(d.name))
		}
	}
	return out
}

func flagDefs(f *Flags) []flagDef {
	both := func(name string, field, def any, choices ...string) flagDef {
		return flagDef{name, field, def, choices, true, true}
	}
	env := func(name string, field, def any, choices ...string) flagDef {
		return flagDef{name, field, def, choices, false, true}
	}
	cli := func(name string, field, def any) flagDef { return flagDef{name, field, def, nil, false, false} }
	return []flagDef{
		both("cache_selected_only", &f.CacheSelectedOnly, false),
		env("clean_project_files_only", &f.CleanProjectFilesOnly, true),
		both("debug", &f.Debug, false),
		env("defer", &f.Defer, false),
		env("defer_state", &f.DeferState, ""),
		env("empty", &f.Empty, false),
		env("event_time_start", &f.EventTimeStart, ""),
		env("event_time_end", &f.EventTimeEnd, ""),
		env("exclude_resource_types", &f.ExcludeResourceTypes, []string(nil), resourceTypes[:len(resourceTypes)-1]...),
		env("export_saved_queries", &f.ExportSavedQueries, false),
		both("fail_fast", &f.FailFast, false),
		env("favor_state", &f.FavorState, false),
		env("full_refresh", &f.FullRefresh, false),
		env("host", &f.Host, "127.0.0.1"),
		env("include_saved_query", &f.IncludeSavedQuery, false),
		both("indirect_selection", &f.IndirectSelection, "eager", "eager", "cautious", "buildable", "empty"),
		env("introspect", &f.Introspect, true),
		env("live", &f.Live, true),
		env("log_cache_events", &f.LogCacheEvents, false),
		env("log_file_max_bytes", &f.LogFileMaxBytes, 10<<20),
		both("log_format", &f.LogFormat, "default", logFormats...),
		both("log_format_file", &f.LogFormatFile, "debug", logFormats...),
		both("log_level", &f.LogLevel, "info", logLevels...),
		both("log_level_file", &f.LogLevelFile, "debug", logLevels...),
		env("log_path", &f.LogPath, ""),
		env("macro_debugging", &f.MacroDebugging, false),
		both("partial_parse", &f.PartialParse, true),
		env("partial_parse_file_path", &f.PartialParseFilePath, ""),
		env("partial_parse_file_diff", &f.PartialParseFileDiff, true),
		both("populate_cache", &f.PopulateCache, true),
		env("print", &f.Print, true),
		both("printer_width", &f.PrinterWidth, 80),
		env("profile", &f.Profile, ""),
		env("profiles_dir", &f.ProfilesDir, ""),
		env("project_dir", &f.ProjectDir, ""),
		env("quiet", &f.Quiet, false),
		env("resource_types", &f.ResourceTypes, []string(nil), resourceTypes...),
		env("sample", &f.Sample, ""),
		both("send_anonymous_usage_stats", &f.SendAnonymousUsage, true),
		cli("show_all_deprecations", &f.ShowAllDeprecations, false),
		env("show_resource_report", &f.ShowResourceReport, false),
		env("single_threaded", &f.SingleThreaded, false),
		env("state", &f.State, ""),
		both("static_parser", &f.StaticParser, true),
		env("store_failures", &f.StoreFailures, false),
		env("target", &f.Target, ""),
		env("target_path", &f.TargetPath, ""),
		cli("threads", &f.Threads, 0),
		env("upload_to_artifacts_ingest_api", &f.UploadToArtifactsIngestAPI, false),
		both("use_colors", &f.UseColors, true),
		both("use_colors_file", &f.UseColorsFile, true),
		both("use_experimental_parser", &f.UseExperimentalParse, false),
		env("use_fast_test_edges", &f.UseFastTestEdges, false),
		both("version_check", &f.VersionCheck, true),
		both("warn_error", &f.WarnError, false),
		both("warn_error_options", &f.WarnErrorOptions, WarnErrorOptions{}),
		both("write_json", &f.WriteJSON, true),
	}
}

// behaviorDefs are the flags that only the flags: block can set.
func behaviorDefs(b *Behavior) []flagDef {
	def := func(name string, field *bool, value bool) flagDef {
		return flagDef{name: name, field: field, def: value, inProject: true}
	}
	return []flagDef{
		def("require_batched_execution_for_custom_microbatch_strategy", &b.RequireBatchedExecutionForCustomMicrobatchStrategy, false),
		def("require_event_names_in_deprecations", &b.RequireEventNamesInDeprecations, false),
		def("require_explicit_package_overrides_for_builtin_materializations", &b.RequireExplicitPackageOverridesForBuiltinMaterializations, true),
		def("require_resource_names_without_spaces", &b.RequireResourceNamesWithoutSpaces, true),
		def("source_freshness_run_project_hooks", &b.SourceFreshnessRunProjectHooks, true),
		def("skip_nodes_if_on_run_start_fails", &b.SkipNodesIfOnRunStartFails, false),
		def("state_modified_compare_more_unrendered_values", &b.StateModifiedCompareMoreUnrenderedValues, false),
		def("state_modified_compare_vars", &b.StateModifiedCompareVars, false),
		def("require_yaml_configuration_for_mf_time_spines", &b.RequireYAMLConfigurationForMFTimeSpines, false),
		def("require_nested_cumulative_type_params", &b.RequireNestedCumulativeTypeParams, false),
		def("validate_macro_args", &b.ValidateMacroArgs, false),
		def("require_all_warnings_handled_by_warn_error", &b.RequireAllWarningsHandledByWarnError, false),
		def("require_generic_test_arguments_property", &b.RequireGenericTestArgumentsProperty, true),
		def("latest_version_pointer_enabled_by_default", &b.LatestVersionPointerEnabledByDefault, false),
		def("require_unique_project_resource_names", &b.RequireUniqueProjectResourceNames, false),
		def("require_ref_searches_node_package_before_root", &b.RequireRefSearchesNodePackageBeforeRoot, false),
	}
}

// IsFlag tells whether a name is one of dbt's flags that the command line can set ("fail_fast").
func IsFlag(name string) bool {
	return slices.ContainsFunc(flagDefs(&Flags{}), func(d flagDef) bool { return d.name == name })
}

// deprecatedEnv maps older environment variables to a flag; invert tells that a
// true value means false.
var deprecatedEnv = []struct {
	env, flag string
	invert    bool
}{
	{"DEFER_TO_STATE", "defer", false}, {"FAVOR_STATE_MODE", "favor_state", false},
	{"ARTIFACT_STATE_PATH", "state", false}, {"NO_PRINT", "print", true},
}

// EnvPrefixes are the prefixes of environment variables for flags, first wins.
var envPrefixes = []string{"DBT_ENGINE_", "DBT_"}

// ResolveFlags gives every flag its value: given (by dbt's name with underscores;
// what the command line set: bool, string, int, []string, *yamldoc.Map), then the
// environment (DBT_ENGINE_X, DBT_X), then project (the flags: block, may be nil),
// then the default. Warnings tell of deprecated variables and of flags in the block
// that are ignored because they have a wrong type.
func ResolveFlags(given map[string]any, env *Environ, project *yamldoc.Map) (*Flags, []*diag.Diagnostic, error) {
	f := &Flags{set: map[string]bool{}}
	var warnings []*diag.Diagnostic
	defs := append(flagDefs(f), behaviorDefs(&f.Behavior)...)
	for name := range given {
		if !slices.ContainsFunc(defs, func(d flagDef) bool { return d.name == name }) {
			return nil, nil, diag.New(diag.UsageError, "No such option: --%s", strings.ReplaceAll(name, "_", "-")).WithCode("bad-option")
		}
	}
	for _, d := range defs {
		d.assign(d.def)
		if v, ok := given[d.name]; ok {
			if problem := d.assign(v); problem != "" {
				return nil, nil, d.usage(problem)
			}
			f.set[d.name] = true
			warnings = append(warnings, d.renamed(env)...)
			continue
		}
		found, err := d.fromEnv(env)
		if err != nil {
			return nil, nil, err
		}
		warnings = append(warnings, d.renamed(env)...)
		if found {
			f.set[d.name] = true
			continue
		}
		if v, ok := project.Get(d.name); ok && d.inProject && v != nil {
			if _, ok := d.field.(*WarnErrorOptions); ok {
				if problem := d.assign(v); problem != "" {
					return nil, nil, diag.New(diag.RuntimeError, "warn_error_options in the flags of %s: %s", ProjectFile, problem).WithCode("bad-flag")
				}
				f.set[d.name] = true
				continue
			}
			if problem := d.assign(v); problem != "" {
				warnings = append(warnings, diag.Warn("InvalidProjectFlag", "The flag '%s' in the flags: block of %s is ignored: %s", d.name, ProjectFile, problem))
				d.assign(d.def)
				continue
			}
			f.set[d.name] = true
		}
	}
	warnings = append(warnings, unknownEngineVars(env)...)
	if v, ok := env.Lookup("DO_NOT_TRACK"); ok && slices.Contains([]string{"1", "t", "true", "y", "yes"}, strings.ToLower(v)) {
		f.SendAnonymousUsage = false
	}
	if f.set["use_colors"] && !f.set["use_colors_file"] {
		f.UseColorsFile = f.UseColors
	}
	if f.set["log_level"] && !f.set["log_level_file"] {
		f.LogLevelFile = f.LogLevel
	}
	if f.set["log_format"] && !f.set["log_format_file"] {
		f.LogFormatFile = f.LogFormat
	}
	warnings = append(warnings, f.WarnErrorOptions.deprecated()...)
	if f.set["threads"] && f.Threads < 1 {
		return nil, nil, diag.New(diag.UsageError, "Invalid value for '--threads': %d is not at least 1", f.Threads).WithCode("bad-option")
	}
	if f.set["warn_error"] && f.set["warn_error_options"] {
		return nil, nil, diag.New(diag.UsageError, "warn_error_options: not allowed with argument warn_error").WithCode("bad-option")
	}
	return f, warnings, nil
}

// optionVars are the variables of options without their prefix, and those that dbt knows beside them.
var optionVars = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for _, name := range strings.Fields("INVOCATION_ENV RECORDED_FILE_PATH TEST_STATE_MODIFIED PACKAGE_HUB_URL DOWNLOAD_DIR PP_FILE_DIFF_TEST PP_TEST") {
		known[name] = true
	}
	for _, d := range flagDefs(&Flags{}) {
		if d.inEnv {
			known[strings.ToUpper(d.name)] = true
		}
	}
	for _, d := range deprecatedEnv {
		known[d.env] = true
	}
	return known
})

// unknownEngineVars warns of variables in the engine's namespace that mean nothing.
func unknownEngineVars(env *Environ) []*diag.Diagnostic {
	const prefix = "DBT_ENGINE_"
	known := slices.Collect(maps.Keys(optionVars()))
	var out []*diag.Diagnostic
	for _, name := range env.Names() {
		short, ok := strings.CutPrefix(name, prefix)
		if !ok || short == "SQLPARSE" || optionVars()[short] {
			continue
		}
		w := diag.Warn("EnvironmentVariableNamespaceDeprecation", "Found custom environment variable `%s` in the environment. The prefix `DBT_ENGINE` is reserved for dbt engine environment variables. Custom environment variables with the prefix `DBT_ENGINE` may cause collisions and runtime errors.", name)
		w.Fields = map[string]any{"env_var": name, "reserved_prefix": strings.TrimSuffix(prefix, "_")}
		if near := diag.Nearest(short, known, 1); len(near) > 0 {
			w.Hint = "did you mean '" + prefix + near[0] + "'?"
		}
		out = append(out, w)
	}
	return out
}

func (d flagDef) usage(problem string) error {
	return diag.New(diag.UsageError, "Invalid value for '--%s': %s", strings.ReplaceAll(d.name, "_", "-"), problem).WithCode("bad-option")
}

func (d flagDef) fromEnv(env *Environ) (found bool, err error) {
	if !d.inEnv {
		return false, nil
	}
	try := func(name string, invert bool) (bool, error) {
		text, ok := env.own(name)
		if !ok || text == "" {
			return false, nil
		}
		if invert {
			b, ok := parseBool(text)
			if !ok {
				return false, d.usage(notBoolean(text))
			}
			d.assign(!b)
			return true, nil
		}
		if problem := d.assignText(text); problem != "" {
			return false, d.usage(problem + " (from the environment variable " + name + ")")
		}
		return true, nil
	}
	for _, dep := range deprecatedEnv {
		if dep.flag != d.name {
			continue
		}
		for _, prefix := range envPrefixes {
			if found, err := try(prefix+dep.env, dep.invert); found || err != nil {
				return found, err
			}
		}
	}
	for _, prefix := range envPrefixes {
		if found, err := try(prefix+strings.ToUpper(d.name), false); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// renamed warns of a variable with an older name.
func (d flagDef) renamed(env *Environ) []*diag.Diagnostic {
	for _, dep := range deprecatedEnv {
		if dep.flag != d.name {
			continue
		}
		for _, prefix := range envPrefixes {
			if text, _ := env.own(prefix + dep.env); text != "" {
				old, now := "DBT_"+dep.env, "DBT_ENGINE_"+strings.ToUpper(d.name)
				w := diag.Warn("EnvironmentVariableRenamed", "The environment variable `%s` has been renamed as `%s`. If `%s` is currently set, its value will be used instead of `%s`. Set `%s` and unset `%s` to avoid this deprecation warning and ensure it works properly in a future release.",
					old, now, old, now, now, old)
				w.Fields = map[string]any{"old_name": old, "new_name": now}
				return []*diag.Diagnostic{w}
			}
		}
	}
	return nil
}

func notBoolean(text string) string {
	return fmt.Sprintf("'%s' is not a valid boolean. Recognized values: 0, 1, f, false, n, no, off, on, t, true, y, yes", text)
}

func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

// assignText reads the text of an environment variable.
func (d flagDef) assignText(s string) string {
	switch d.field.(type) {
	case *bool:
		b, ok := parseBool(s)
		if !ok {
			return notBoolean(s)
		}
		return d.assign(b)
	case *int:
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil {
			return fmt.Sprintf("'%s' is not a valid integer.", s)
		}
		return d.assign(n)
	case *[]string:
		words := strings.Fields(s)
		for i, w := range words {
			lower := strings.ToLower(w)
			if d.choices != nil && !slices.Contains(d.choices, lower) {
				return fmt.Sprintf("'%s' is not one of '%s'.%s", w, strings.Join(d.choices, "', '"), MeantOf(w, d.choices))
			}
			words[i] = lower
		}
		return d.assign(words)
	case *WarnErrorOptions:
		m, err := ParseYAMLOption(s, "warn-error-options")
		if err != nil {
			return fmt.Sprintf("String '%s' is not valid YAML", s)
		}
		return d.assign(m)
	}
	return d.assign(s)
}

// MeantOf is " (did you mean …?)" where a word is near one of the choices, else "".
func MeantOf(word string, choices []string) string {
	if hint := diag.DidYouMean(strings.ToLower(word), choices); hint != "" {
		return " (" + hint + ")"
	}
	return ""
}

// assign stores a typed value; the result says what is wrong with it, if anything.
func (d flagDef) assign(v any) string {
	switch field := d.field.(type) {
	case *bool:
		b, ok := v.(bool)
		if !ok {
			return yamldoc.Repr(v) + " is not a valid boolean."
		}
		*field = b
	case *int:
		switch n := v.(type) {
		case int:
			*field = n
		case int64:
			*field = int(n)
		default:
			return yamldoc.Repr(v) + " is not a valid integer."
		}
	case *string:
		s, ok := v.(string)
		if !ok {
			return yamldoc.Repr(v) + " is not a text."
		}
		if d.choices != nil {
			lower := strings.ToLower(s)
			if !slices.Contains(d.choices, lower) {
				return fmt.Sprintf("'%s' is not one of '%s'.%s", s, strings.Join(d.choices, "', '"), MeantOf(s, d.choices))
			}
			s = lower
		}
		*field = s
	case *[]string:
		switch l := v.(type) {
		case []string:
			*field = l
		case []any:
			*field = texts(l)
		default:
			return yamldoc.Repr(v) + " is not a list."
		}
	case *WarnErrorOptions:
		switch o := v.(type) {
		case WarnErrorOptions:
			*field = o
		case *yamldoc.Map:
			parsed, problem := ParseWarnErrorOptions(o)
			if problem != "" {
				return problem
			}
			*field = parsed
		default:
			return yamldoc.Repr(v) + " is not a dictionary."
		}
	}
	return ""
}
