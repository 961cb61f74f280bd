package event

// FreshnessCheckComplete ends `source freshness`.
type FreshnessCheckComplete struct{}

func (FreshnessCheckComplete) Kind() Kind           { return Kind{"FreshnessCheckComplete", "Q003", Info} }
func (FreshnessCheckComplete) Message(Style) string { return "Done." }

// CollectFreshnessReturnSignature: a project's collect_freshness returns a table, as it did before dbt 1.5. It is told each
// time and not summed up: dbt's adapters warn of it, not its list of deprecations.
type CollectFreshnessReturnSignature struct{}

func (CollectFreshnessReturnSignature) Kind() Kind {
	return Kind{"CollectFreshnessReturnSignature", "D012", Warn}
}
func (CollectFreshnessReturnSignature) Message(s Style) string {
	return s.Wrap(s.WarningTag("", "Deprecated functionality\n\nThe 'collect_freshness' macro signature has changed to return the full "+
		"query result, rather than just a table of values. See the v1.5 migration guide for details on how to update your custom macro: "+
		"https://docs.getdbt.com/guides/migration/versions/upgrading-to-v1.5"))
}

// SourceFreshnessProjectHooksNotRun: the flag source_freshness_run_project_hooks is off in a project with hooks.
func SourceFreshnessProjectHooksNotRun() Deprecation {
	return Deprecation{Event: "SourceFreshnessProjectHooksNotRun", ID: "D017", Msg: "In a future version of dbt, the `source freshness` command will start " +
		"running `on-run-start` and `on-run-end` hooks by default. For more information: https://docs.getdbt.com/reference/global-configs/legacy-behaviors"}
}

// CustomOutputPathInSourceFreshness: `source freshness --output`.
func CustomOutputPathInSourceFreshness(path string) Deprecation {
	return Deprecation{Event: "CustomOutputPathInSourceFreshnessDeprecation", ID: "D029", Tagged: true,
		Msg:    "Custom output path usage `--output " + path + "` usage detected in `dbt source freshness` command.",
		Fields: map[string]any{"path": path}}
}
