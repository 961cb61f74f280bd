package event

import (
	"fmt"
	"slices"
	"strings"
)

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

// ParseWarning is one of the warnings of dbt's parser: Event is dbt's class name (dbt/events/types.py, the I series).
type ParseWarning struct {
	Event string
	// Msg is dbt's text without the tag.
	Msg string
	// Fields are the data of the JSON log.
	Fields map[string]any
}

// ParseWarningCode is dbt's code of a warning of the parser, "" where no such warning has the name.
func ParseWarningCode(name string) string {
	switch name {
	case "ValidationWarning":
		return "I009"
	case "InvalidDisabledTargetInTestNode":
		return "I050"
	case "UnusedTables":
		return "I056"
	case "WrongResourceSchemaFile":
		return "I057"
	case "NoNodeForYamlKey":
		return "I058"
	case "MacroNotFoundForPatch":
		return "I059"
	case "NodeNotFoundOrDisabled":
		return "I060"
	case "UnsupportedConstraintMaterialization":
		return "I068"
	case "SemanticValidationFailure":
		return "I070"
	case "FreshnessConfigProblem":
		return "I073"
	case "MicrobatchModelNoEventTimeInputs":
		return "I074"
	case "InvalidConcurrentBatchesConfig":
		return "I075"
	case "InvalidMacroAnnotation":
		return "I076"
	case "PackageNodeDependsOnRootProjectNode":
		return "I077"
	}
	return ""
}

func (e ParseWarning) Kind() Kind { return Kind{e.Event, ParseWarningCode(e.Event), Warn} }
func (e ParseWarning) Message(s Style) string {
	switch e.Event {
	case "FreshnessConfigProblem", "SemanticValidationFailure", "InvalidMacroAnnotation":
		return e.Msg
	case "InvalidConcurrentBatchesConfig", "UnsupportedConstraintMaterialization":
		return s.Wrap(s.WarningTag("", e.Msg))
	}
	return s.WarningTag("", e.Msg)
}
func (e ParseWarning) data() map[string]any { return e.Fields }

// StateCheckVarsHash tells what variables a project is parsed with; Checksum is the SHA-256 of all of it.
type StateCheckVarsHash struct {
	Checksum string `log:"checksum"`
	Vars     string `log:"vars"`
	Profile  string `log:"profile"`
	Target   string `log:"target"`
	Version  string `log:"version"`
}

func (StateCheckVarsHash) Kind() Kind { return Kind{"StateCheckVarsHash", "I025", Debug} }
func (e StateCheckVarsHash) Message(Style) string {
	return fmt.Sprintf("checksum: %s, vars: %s, profile: %s, target: %s, version: %s", e.Checksum, e.Vars, e.Profile, e.Target, e.Version)
}

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

// UnpinnedRefNewVersionAvailable: a ref() without a version means a model of which a newer version is there that is not
// the latest yet.
type UnpinnedRefNewVersionAvailable struct {
	NodeInfo       *NodeInfo `log:"node_info"`
	RefNodeName    string    `log:"ref_node_name"`
	RefNodePackage string    `log:"ref_node_package"`
	RefNodeVersion string    `log:"ref_node_version"`
	RefMaxVersion  string    `log:"ref_max_version"`
}

func (UnpinnedRefNewVersionAvailable) Kind() Kind {
	return Kind{"UnpinnedRefNewVersionAvailable", "I064", Info}
}
func (e UnpinnedRefNewVersionAvailable) Message(Style) string {
	node := ""
	if e.NodeInfo != nil {
		node = e.NodeInfo.NodeName
	}
	pin := func(version string) string {
		return fmt.Sprintf("{{ ref('%s', '%s', v='%s') }}\n", e.RefNodePackage, e.RefNodeName, version)
	}
	return fmt.Sprintf("While compiling '%s':\nFound an unpinned reference to versioned model '%s' in project '%s'.\n", node, e.RefNodeName, e.RefNodePackage) +
		fmt.Sprintf("Resolving to latest version: %s.v%s\n", e.RefNodeName, e.RefNodeVersion) +
		fmt.Sprintf("A prerelease version %s is available. It has not yet been marked 'latest' by its maintainer.\n", e.RefMaxVersion) +
		fmt.Sprintf("When that happens, this reference will resolve to %s.v%s instead.\n\n", e.RefNodeName, e.RefMaxVersion) +
		fmt.Sprintf("  Try out v%s: %s  Pin to  v%s: %s", e.RefMaxVersion, pin(e.RefMaxVersion), e.RefNodeVersion, pin(e.RefNodeVersion))
}

// SnapshotTimestampWarning: the column of updated_at has another type than those of the snapshot.
type SnapshotTimestampWarning struct {
	SnapshotTimeDataType string `log:"snapshot_time_data_type"`
	UpdatedAtDataType    string `log:"updated_at_data_type"`
}

func (SnapshotTimestampWarning) Kind() Kind { return Kind{"SnapshotTimestampWarning", "Q043", Warn} }
func (e SnapshotTimestampWarning) Message(Style) string {
	return fmt.Sprintf("Data type of snapshot table timestamp columns (%s) doesn't match derived column 'updated_at' (%s). "+
		"Please update snapshot config 'updated_at'.", e.SnapshotTimeDataType, e.UpdatedAtDataType)
}

// JinjaLogWarning is exceptions.warn(…) in a template. Msg carries the tag that dbt's exceptions.warn puts there.
type JinjaLogWarning struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Msg      string    `log:"msg"`
}

func (JinjaLogWarning) Kind() Kind               { return Kind{"JinjaLogWarning", "I061", Warn} }
func (e JinjaLogWarning) Message(s Style) string { return e.Msg }
