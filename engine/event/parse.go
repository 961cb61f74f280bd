package event

import (
	"fmt"
	"slices"
	"strings"
)

// PartialParsingEnabled counts the files that changed since the saved parse.
type PartialParsingEnabled struct {
	Deleted int `log:"deleted"`
	Added   int `log:"added"`
	Changed int `log:"changed"`
}

func (PartialParsingEnabled) Kind() Kind { return Kind{"PartialParsingEnabled", "I040", Debug} }
func (e PartialParsingEnabled) Message(Style) string {
	return fmt.Sprintf("Partial parsing enabled: %d files deleted, %d files added, %d files changed.", e.Deleted, e.Added, e.Changed)
}

// PartialParsingFile names one changed file; Operation is added, deleted or updated.
type PartialParsingFile struct {
	FileID    string `log:"file_id"`
	Operation string `log:"operation"`
}

func (PartialParsingFile) Kind() Kind { return Kind{"PartialParsingFile", "I041", Debug} }
func (e PartialParsingFile) Message(Style) string {
	return fmt.Sprintf("Partial parsing: %s file: %s", e.Operation, e.FileID)
}

// PartialParsingSkipParsing: nothing changed since the saved parse.
type PartialParsingSkipParsing struct{}

func (PartialParsingSkipParsing) Kind() Kind { return Kind{"PartialParsingSkipParsing", "I017", Debug} }
func (PartialParsingSkipParsing) Message(Style) string {
	return "Partial parsing enabled, no changes found, skipping parsing"
}

// PartialParsingNotEnabled: --no-partial-parse.
type PartialParsingNotEnabled struct{}

func (PartialParsingNotEnabled) Kind() Kind           { return Kind{"PartialParsingNotEnabled", "I028", Debug} }
func (PartialParsingNotEnabled) Message(Style) string { return "Partial parsing not enabled" }

// UnableToPartialParse: the saved parse can't be used.
type UnableToPartialParse struct {
	Reason string `log:"reason"`
}

func (UnableToPartialParse) Kind() Kind { return Kind{"UnableToPartialParse", "I024", Info} }
func (e UnableToPartialParse) Message(Style) string {
	return "Unable to do partial parsing because " + e.Reason
}

// ParsePerfInfoPath tells where perf_info.json went.
type ParsePerfInfoPath struct {
	Path string `log:"path"`
}

func (ParsePerfInfoPath) Kind() Kind             { return Kind{"ParsePerfInfoPath", "I010", Info} }
func (e ParsePerfInfoPath) Message(Style) string { return "Performance info: " + e.Path }

// Count is a number of resources of one type.
type Count struct {
	// Type is dbt's name of the type: "model", "test", "saved_query", or "incremental model" and "project hook" in
	// FinishedRunningStats.
	Type string
	N    int
}

// StatLine joins counts in the order given and leaves out the zeros: "4 models, 1 analysis, 6 data tests". dbt's rules:
// underscores become spaces; the plural of test is data tests, but one is a "test".
func StatLine(counts []Count) string {
	var parts []string
	for _, c := range counts {
		if c.N == 0 {
			continue
		}
		plural := c.Type + "s"
		switch c.Type {
		case "analysis":
			plural = "analyses"
		case "saved_query":
			plural = "saved_queries"
		case "test":
			plural = "data_tests"
		}
		parts = append(parts, strings.ReplaceAll(Plural(c.N, c.Type, plural), "_", " "))
	}
	return strings.Join(parts, ", ")
}

// FoundStats tells what the project holds. StatLine counts types in the order in which the manifest first meets them
// (nodes as parsed), then source, exposure, metric, macro, group, semantic_model, saved_query, unit_test.
type FoundStats struct {
	StatLine string `log:"stat_line"`
}

func (FoundStats) Kind() Kind             { return Kind{"FoundStats", "W006", Info} }
func (e FoundStats) Message(Style) string { return "Found " + e.StatLine }

// UnusedResourceConfigPath: a path under `models:` and the like in dbt_project.yml to which no resource belongs.
type UnusedResourceConfigPath struct {
	UnusedConfigPaths []string `log:"unused_config_paths"`
}

func (UnusedResourceConfigPath) Kind() Kind { return Kind{"UnusedResourceConfigPath", "I051", Warn} }
func (e UnusedResourceConfigPath) Message(s Style) string {
	return s.WarningTag("", fmt.Sprintf("Configuration paths exist in your dbt_project.yml file which do not apply to any resources.\n"+
		"There are %d unused configuration paths:\n- %s", len(e.UnusedConfigPaths), strings.Join(e.UnusedConfigPaths, "\n- ")))
}

// NoNodeForYamlKey: a properties entry that describes nothing.
type NoNodeForYamlKey struct {
	PatchName string `log:"patch_name"`
	YamlKey   string `log:"yaml_key"`
	FilePath  string `log:"file_path"`
}

func (NoNodeForYamlKey) Kind() Kind { return Kind{"NoNodeForYamlKey", "I058", Warn} }
func (e NoNodeForYamlKey) Message(s Style) string {
	return s.WarningTag("", fmt.Sprintf("Did not find matching node for patch with name '%s' in the '%s' section of file '%s'",
		e.PatchName, e.YamlKey, e.FilePath))
}

// WrongResourceSchemaFile: a properties entry under the key of another resource type.
type WrongResourceSchemaFile struct {
	PatchName          string `log:"patch_name"`
	ResourceType       string `log:"resource_type"`
	PluralResourceType string `log:"plural_resource_type"`
	YamlKey            string `log:"yaml_key"`
	FilePath           string `log:"file_path"`
}

func (WrongResourceSchemaFile) Kind() Kind { return Kind{"WrongResourceSchemaFile", "I057", Warn} }
func (e WrongResourceSchemaFile) Message(s Style) string {
	return s.WarningTag("", s.Wrap(fmt.Sprintf("'%s' is a %s node, but it is specified in the %s section of %s. To fix this error, place the `%s` "+
		"specification under the %s key instead.", e.PatchName, e.ResourceType, e.YamlKey, e.FilePath, e.PatchName, e.PluralResourceType)))
}

// UnusedTables: source overrides without a source.
type UnusedTables struct {
	UnusedTables []string `log:"unused_tables"`
}

func (UnusedTables) Kind() Kind { return Kind{"UnusedTables", "I056", Warn} }
func (e UnusedTables) Message(s Style) string {
	return s.WarningTag("", "During parsing, dbt encountered source overrides that had no target:\n"+
		strings.Join(append(append([]string{}, e.UnusedTables...), ""), "\n"))
}

// MacroNotFoundForPatch: a `macros:` entry without its macro.
type MacroNotFoundForPatch struct {
	PatchName string `log:"patch_name"`
}

func (MacroNotFoundForPatch) Kind() Kind { return Kind{"MacroNotFoundForPatch", "I059", Warn} }
func (e MacroNotFoundForPatch) Message(s Style) string {
	return s.WarningTag("", fmt.Sprintf(`Found patch for macro "%s" which was not found`, e.PatchName))
}

// NodeNotFoundOrDisabled: a test or exposure depends on something that is not there. Disabled is dbt's three-valued
// text: "None", "True" or "False".
type NodeNotFoundOrDisabled struct {
	OriginalFilePath  string `log:"original_file_path"`
	UniqueID          string `log:"unique_id"`
	ResourceTypeTitle string `log:"resource_type_title"`
	TargetName        string `log:"target_name"`
	TargetKind        string `log:"target_kind"`
	TargetPackage     string `log:"target_package"`
	Disabled          string `log:"disabled"`
}

func (NodeNotFoundOrDisabled) Kind() Kind { return Kind{"NodeNotFoundOrDisabled", "I060", Warn} }
func (e NodeNotFoundOrDisabled) Message(s Style) string {
	reason := map[string]string{"None": "was not found or is disabled", "True": "is disabled"}[e.Disabled]
	if reason == "" {
		reason = "was not found"
	}
	// dbt's field is never None, so its text always names the package, even an empty one.
	return s.WarningTag("", fmt.Sprintf("%s '%s' (%s) depends on a %s named '%s' in package '%s' which %s",
		e.ResourceTypeTitle, e.UniqueID, e.OriginalFilePath, e.TargetKind, e.TargetName, e.TargetPackage, reason))
}

// InvalidDisabledTargetInTestNode: a test depends on a disabled node.
type InvalidDisabledTargetInTestNode struct {
	ResourceTypeTitle string `log:"resource_type_title"`
	UniqueID          string `log:"unique_id"`
	OriginalFilePath  string `log:"original_file_path"`
	TargetKind        string `log:"target_kind"`
	TargetName        string `log:"target_name"`
	TargetPackage     string `log:"target_package"`
}

func (InvalidDisabledTargetInTestNode) Kind() Kind {
	return Kind{"InvalidDisabledTargetInTestNode", "I050", Debug}
}
func (e InvalidDisabledTargetInTestNode) Message(s Style) string {
	pkg := ""
	if e.TargetPackage != "" {
		pkg = fmt.Sprintf("in package '%s' ", e.TargetPackage)
	}
	return s.WarningTag("", fmt.Sprintf("%s '%s' (%s) depends on a %s named '%s' %swhich is disabled",
		e.ResourceTypeTitle, e.UniqueID, e.OriginalFilePath, e.TargetKind, e.TargetName, pkg))
}

// MicrobatchModelNoEventTimeInputs: no input of a microbatch model has an event_time. Msg is dbt's text without the tag.
type MicrobatchModelNoEventTimeInputs struct {
	Msg    string
	Fields map[string]any
}

func (MicrobatchModelNoEventTimeInputs) Kind() Kind {
	return Kind{"MicrobatchModelNoEventTimeInputs", "I074", Warn}
}
func (e MicrobatchModelNoEventTimeInputs) Message(s Style) string { return s.WarningTag("", e.Msg) }
func (e MicrobatchModelNoEventTimeInputs) data() map[string]any   { return e.Fields }

// InvalidConcurrentBatchesConfig: models ask for concurrent batches that the adapter can't run. Msg is dbt's text.
type InvalidConcurrentBatchesConfig struct {
	Msg    string
	Fields map[string]any
}

func (InvalidConcurrentBatchesConfig) Kind() Kind {
	return Kind{"InvalidConcurrentBatchesConfig", "I075", Warn}
}
func (e InvalidConcurrentBatchesConfig) Message(s Style) string {
	return s.Wrap(s.WarningTag("", e.Msg))
}
func (e InvalidConcurrentBatchesConfig) data() map[string]any { return e.Fields }

// InvalidMacroAnnotation: the documented arguments of a macro are not those that it has.
type InvalidMacroAnnotation struct {
	Msg    string
	Fields map[string]any
}

func (InvalidMacroAnnotation) Kind() Kind               { return Kind{"InvalidMacroAnnotation", "I076", Warn} }
func (e InvalidMacroAnnotation) Message(s Style) string { return s.WarningTag("", e.Msg) }
func (e InvalidMacroAnnotation) data() map[string]any   { return e.Fields }

// Deprecation is any of dbt's deprecation warnings: Event is dbt's class name, ID its code. The text is given, tagged
// and wrapped here (dbt/events/types.py, the D series).
type Deprecation struct {
	Event string
	ID    string
	// Msg is the description without the tag.
	Msg string
	// Tagged puts the event's name into the tag, as dbt does with its newer deprecations.
	Tagged bool
	// Fields are the data of the JSON log.
	Fields map[string]any
}

func (e Deprecation) Kind() Kind { return Kind{e.Event, e.ID, Warn} }
func (e Deprecation) Message(s Style) string {
	switch {
	case e.Tagged:
		return s.Wrap(s.WarningTag(e.Event, "Deprecated functionality\n\n"+e.Msg))
	case slices.Contains(headless, e.Event):
		return s.Wrap(s.WarningTag("", e.Msg))
	}
	return s.Wrap(s.WarningTag("", "Deprecated functionality\n\n"+e.Msg))
}
func (e Deprecation) data() map[string]any { return e.Fields }

// DeprecationSummary counts one kind of deprecation in DeprecationsSummary.
type DeprecationSummary struct {
	EventName   string `log:"event_name"`
	EventCode   string `log:"event_code"`
	Occurrences int    `log:"occurrences"`
}

// DeprecationsSummary closes an invocation with deprecations.
type DeprecationsSummary struct {
	Summaries   []DeprecationSummary `log:"summaries"`
	ShowAllHint bool                 `log:"show_all_hint"`
}

func (DeprecationsSummary) Kind() Kind { return Kind{"DeprecationsSummary", "D028", Warn} }
func (e DeprecationsSummary) Message(s Style) string {
	var b strings.Builder
	b.WriteString("Deprecated functionality\n\nSummary of encountered deprecations:")
	for _, d := range e.Summaries {
		b.WriteString("\n\n- " + d.EventName + ": " + Plural(d.Occurrences, "occurrence"))
	}
	if e.ShowAllHint {
		b.WriteString("\n\nTo see all deprecation instances instead of just the first occurrence of each, run command again with the " +
			"`--show-all-deprecations` flag. You may also need to run with `--no-partial-parse` as some deprecations are only encountered during parsing.")
	}
	return s.Wrap(s.WarningTag("DeprecationsSummary", b.String()))
}

// Warning is one of our own: dbt has no such event. Text is tagged as dbt tags its warnings.
type Warning struct {
	Msg string `log:"msg"`
}

func (Warning) Kind() Kind               { return Kind{"Note", "Z050", Warn} }
func (e Warning) Message(s Style) string { return s.WarningTag("", e.Msg) }

// TypeCodeNotFound: a column has a type that dbt has no name for.
type TypeCodeNotFound struct {
	TypeCode int `log:"type_code"`
}

func (TypeCodeNotFound) Kind() Kind { return Kind{"TypeCodeNotFound", "E050", Debug} }
func (e TypeCodeNotFound) Message(s Style) string {
	return s.Wrap(s.WarningTag("", fmt.Sprintf("The `type_code` %d was not recognized, which may affect error messages for enforced contracts that fail as well as "+
		"`Column.data_type` values returned by `get_column_schema_from_query`", e.TypeCode)))
}

// JinjaLogInfo is log(…, info=true) in a template.
type JinjaLogInfo struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Msg      string    `log:"msg"`
}

func (JinjaLogInfo) Kind() Kind             { return Kind{"JinjaLogInfo", "I062", Info} }
func (e JinjaLogInfo) Message(Style) string { return e.Msg }

// JinjaLogDebug is log(…) in a template.
type JinjaLogDebug struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Msg      string    `log:"msg"`
}

func (JinjaLogDebug) Kind() Kind             { return Kind{"JinjaLogDebug", "I063", Debug} }
func (e JinjaLogDebug) Message(Style) string { return e.Msg }

// JinjaLogWarning is exceptions.warn(…) in a template. Msg carries the tag that dbt's exceptions.warn puts there.
type JinjaLogWarning struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Msg      string    `log:"msg"`
}

func (JinjaLogWarning) Kind() Kind               { return Kind{"JinjaLogWarning", "I061", Warn} }
func (e JinjaLogWarning) Message(s Style) string { return e.Msg }
