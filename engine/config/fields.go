package config

import (
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// mergeRule says how a more specific value meets a less specific one.
type mergeRule uint8

const (
	clobber    mergeRule = iota // the later value replaces the earlier
	appendList                  // both are lists, or single values, joined
	update                      // dictionaries, the later keys win
	dictAppend                  // dictionaries of lists: "+key" extends, "key" replaces
)

// kind is the form a field's value must have.
type kind uint8

const (
	anything kind = iota
	boolean
	boolOrNull
	text
	textOrNull
	intOrNull
	dict
	textList
	textOrList     // text or list of texts
	textListOrNull // text, list of texts or null
	hookList
	docsDict
	contractDict
	enum
	enumOrNull
	severity
	modelFreshness
	sourceFreshness
	metaColumns
	cacheDict
	onOff // null or text; YAML's on and off
)

// field is one known field of a config.
type field struct {
	name    string
	def     any
	rule    mergeRule
	kind    kind
	choices []string
	// class is dbt's name of an enum, for its error text.
	class string
}

// schema is the config class of a resource type.
type schema struct {
	class  string
	fields []field
	index  map[string]int
	// defaults holds every field in order; it is copied, never changed.
	defaults *yamldoc.Map
}

func emptyMap() any  { return &yamldoc.Map{} }
func emptyList() any { return []any{} }

// commonFields are dbt's NodeAndTestConfig.
func commonFields(schemaDefault any) []field {
	return []field{
		{name: "enabled", def: true, kind: boolean},
		{name: "alias", kind: textOrNull},
		{name: "schema", def: schemaDefault, kind: textOrNull},
		{name: "database", kind: textOrNull},
		{name: "tags", def: emptyList(), rule: appendList, kind: textOrList},
		{name: "meta", def: emptyMap(), rule: update, kind: dict},
		{name: "group", kind: textOrNull},
		{name: "static_analysis", kind: onOff},
	}
}

// nodeFields are dbt's NodeConfig.
func nodeFields(materialized string) []field {
	return append(commonFields(nil), []field{
		{name: "materialized", def: materialized, kind: text},
		{name: "incremental_strategy", kind: textOrNull},
		{name: "batch_size"},
		{name: "lookback", def: int64(1)},
		{name: "begin"},
		{name: "persist_docs", def: emptyMap(), kind: dict},
		{name: "post-hook", def: emptyList(), rule: appendList, kind: hookList},
		{name: "pre-hook", def: emptyList(), rule: appendList, kind: hookList},
		{name: "quoting", def: emptyMap(), rule: update, kind: dict},
		{name: "column_types", def: emptyMap(), rule: update, kind: dict},
		{name: "full_refresh", kind: boolOrNull},
		{name: "unique_key", kind: textListOrNull},
		{name: "on_schema_change", def: "ignore", kind: textOrNull},
		{name: "on_configuration_change", def: "apply", kind: enum, choices: []string{"apply", "continue", "fail"}, class: "OnConfigurationChangeOption"},
		{name: "grants", def: emptyMap(), rule: dictAppend, kind: dict},
		{name: "packages", def: emptyList(), rule: appendList, kind: textList},
		{name: "docs", def: yamldoc.NewMap("show", true, "node_color", nil), rule: update, kind: docsDict},
		{name: "contract", def: yamldoc.NewMap("enforced", false, "alias_types", true), rule: update, kind: contractDict},
		{name: "event_time"},
		{name: "concurrent_batches"},
	}...)
}

func noFreshness() any {
	return yamldoc.NewMap(
		"warn_after", yamldoc.NewMap("count", nil, "period", nil),
		"error_after", yamldoc.NewMap("count", nil, "period", nil),
		"filter", nil)
}

// newSchema builds the class of a resource type. Types without a class of their
// own have that of plain nodes (analyses, operations).
func newSchema(t ident.Type) *schema {
	s := &schema{class: "NodeConfig"}
	switch t {
	case ident.Model:
		s.class = "ModelConfig"
		s.fields = append(nodeFields("view"),
			field{name: "access", def: "protected", kind: enum, choices: []string{"private", "protected", "public"}, class: "AccessType"},
			field{name: "freshness", kind: modelFreshness})
	case ident.Seed:
		s.class = "SeedConfig"
		s.fields = append(nodeFields("seed"),
			field{name: "delimiter", def: ",", kind: text},
			field{name: "quote_columns", kind: boolOrNull})
	case ident.Snapshot:
		s.class = "SnapshotConfig"
		s.fields = append(nodeFields("snapshot"),
			field{name: "strategy", kind: textOrNull},
			field{name: "target_schema", kind: textOrNull},
			field{name: "target_database", kind: textOrNull},
			field{name: "updated_at", kind: textOrNull},
			field{name: "check_cols", kind: textListOrNull},
			field{name: "snapshot_meta_column_names", kind: metaColumns, def: yamldoc.NewMap(
				"dbt_valid_to", nil, "dbt_valid_from", nil, "dbt_scd_id", nil, "dbt_updated_at", nil, "dbt_is_deleted", nil)},
			field{name: "dbt_valid_to_current", kind: textOrNull})
	case ident.Test:
		s.class = "TestConfig"
		s.fields = append(commonFields("dbt_test__audit"), []field{
			{name: "materialized", def: "test", kind: text},
			{name: "severity", def: "ERROR", kind: severity},
			{name: "store_failures", kind: boolOrNull},
			{name: "store_failures_as", kind: textOrNull},
			{name: "where", kind: textOrNull},
			{name: "limit", kind: intOrNull},
			{name: "fail_calc", def: "count(*)", kind: text},
			{name: "warn_if", def: "!= 0", kind: text},
			{name: "error_if", def: "!= 0", kind: text},
		}...)
	case ident.Function:
		s.class = "FunctionConfig"
		s.fields = append(nodeFields("function"),
			field{name: "type", def: "scalar", kind: enum, choices: []string{"scalar", "aggregate", "table"}, class: "FunctionType"},
			field{name: "volatility", kind: enumOrNull, choices: []string{"deterministic", "stable", "non-deterministic"}, class: "FunctionVolatility"},
			field{name: "runtime_version", kind: textOrNull},
			field{name: "entry_point", kind: textOrNull})
	case ident.Source:
		s.class = "SourceConfig"
		s.fields = []field{
			{name: "enabled", def: true, kind: boolean},
			{name: "event_time"},
			{name: "freshness", def: noFreshness(), kind: sourceFreshness},
			{name: "loaded_at_field", kind: textOrNull},
			{name: "loaded_at_query", kind: textOrNull},
			{name: "meta", def: emptyMap(), rule: update, kind: dict},
			{name: "tags", def: emptyList(), kind: textList},
			{name: "static_analysis", kind: onOff},
		}
	case ident.Exposure:
		s.class = "ExposureConfig"
		s.fields = []field{
			{name: "enabled", def: true, kind: boolean},
			{name: "tags", def: emptyList(), kind: textList},
			{name: "meta", def: emptyMap(), kind: dict},
		}
	case ident.Metric, ident.SemanticModel:
		s.class = map[ident.Type]string{ident.Metric: "MetricConfig", ident.SemanticModel: "SemanticModelConfig"}[t]
		s.fields = groupFields()
	case ident.SavedQuery:
		s.class = "SavedQueryConfig"
		s.fields = append(groupFields(),
			field{name: "export_as", kind: enumOrNull, choices: []string{"table", "view"}, class: "ExportDestinationType"},
			field{name: "schema", kind: textOrNull},
			field{name: "cache", def: yamldoc.NewMap("enabled", false), kind: cacheDict})
	case ident.UnitTest:
		s.class = "UnitTestConfig"
		s.fields = []field{
			{name: "tags", def: emptyList(), rule: appendList, kind: textOrList},
			{name: "meta", def: emptyMap(), rule: update, kind: dict},
			{name: "enabled", def: true, kind: boolean},
			{name: "static_analysis", kind: onOff},
		}
	case ident.Group:
		s.class = "GroupConfig"
		s.fields = []field{{name: "meta", def: emptyMap(), rule: update, kind: dict}}
	default:
		s.fields = nodeFields("view")
	}
	s.index = make(map[string]int, len(s.fields))
	s.defaults = yamldoc.MapWithCapacity(len(s.fields))
	for i, f := range s.fields {
		s.index[f.name] = i
		s.defaults.Set(f.name, f.def)
	}
	return s
}

func groupFields() []field {
	return []field{
		{name: "enabled", def: true, kind: boolean},
		{name: "group", kind: textOrNull},
		{name: "meta", def: emptyMap(), rule: update, kind: dict},
	}
}

// FieldNames lists the known fields of a resource type in the order of the manifest.
func FieldNames(t ident.Type) []string { return newSchema(t).defaults.Keys() }

// SectionOf is the part of dbt_project.yml that configures a resource type. Types
// without one (analyses, operations) take the models'.
func SectionOf(t ident.Type) Section {
	switch t {
	case ident.Seed:
		return SectionSeeds
	case ident.Snapshot:
		return SectionSnapshots
	case ident.Source:
		return SectionSources
	case ident.Test:
		return SectionTests
	case ident.Metric:
		return SectionMetrics
	case ident.SemanticModel:
		return SectionSemanticModels
	case ident.SavedQuery:
		return SectionSavedQueries
	case ident.Exposure:
		return SectionExposures
	case ident.UnitTest:
		return SectionUnitTests
	case ident.Function:
		return SectionFunctions
	}
	return SectionModels
}
