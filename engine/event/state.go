package event

import (
	"fmt"
	"strings"
)

// UnversionedBreakingChange: a model without versions broke the contract that it had in the earlier manifest.
type UnversionedBreakingChange struct {
	BreakingChanges                 []string         `log:"breaking_changes"`
	ModelName                       string           `log:"model_name"`
	ModelFilePath                   string           `log:"model_file_path"`
	ContractEnforcedDisabled        bool             `log:"contract_enforced_disabled"`
	ColumnsRemoved                  []string         `log:"columns_removed"`
	ColumnTypeChanges               []map[string]any `log:"column_type_changes"`
	EnforcedColumnConstraintRemoved []map[string]any `log:"enforced_column_constraint_removed"`
	EnforcedModelConstraintRemoved  []map[string]any `log:"enforced_model_constraint_removed"`
	MaterializationChanged          []string         `log:"materialization_changed"`
}

func (UnversionedBreakingChange) Kind() Kind { return Kind{"UnversionedBreakingChange", "I071", Warn} }
func (e UnversionedBreakingChange) Message(s Style) string {
	return s.WarningTag("", fmt.Sprintf("Breaking change to contracted, unversioned model %s (%s)\n"+
		"While comparing to previous project state, dbt detected a breaking change to an unversioned model.\n  - %s\n",
		e.ModelName, e.ModelFilePath, strings.Join(e.BreakingChanges, "\n  - ")))
}

// WarnStateTargetEqual: the run overwrites the state that it compares with.
type WarnStateTargetEqual struct {
	StatePath string `log:"state_path"`
}

func (WarnStateTargetEqual) Kind() Kind { return Kind{"WarnStateTargetEqual", "I072", Warn} }
func (e WarnStateTargetEqual) Message(s Style) string {
	return s.Yellow(fmt.Sprintf("Warning: The state and target directories are the same: '%s'. This could lead to missing changes due to overwritten state "+
		"including non-idempotent retries.", e.StatePath))
}

// seedSize is how dbt calls the size above which a seed is known by its path alone.
const seedSize = "1MB"

// SeedIncreased: a seed grew beyond the size up to which its content is hashed.
type SeedIncreased struct {
	PackageName string `log:"package_name"`
	Name        string `log:"name"`
}

func (SeedIncreased) Kind() Kind { return Kind{"SeedIncreased", "I052", Warn} }
func (e SeedIncreased) Message(Style) string {
	return fmt.Sprintf("Found a seed (%s.%s) >%s in size. The previous file was <=%s, so it has changed", e.PackageName, e.Name, seedSize, seedSize)
}

// SeedExceedsLimitSamePath: a big seed lies where it lay, so it counts as the same.
type SeedExceedsLimitSamePath struct {
	PackageName string `log:"package_name"`
	Name        string `log:"name"`
}

func (SeedExceedsLimitSamePath) Kind() Kind { return Kind{"SeedExceedsLimitSamePath", "I053", Warn} }
func (e SeedExceedsLimitSamePath) Message(Style) string {
	return fmt.Sprintf("Found a seed (%s.%s) >%s in size at the same path, dbt cannot tell if it has changed: assuming they are the same", e.PackageName, e.Name, seedSize)
}

// SeedExceedsLimitAndPathChanged: a big seed lies elsewhere, so it counts as changed.
type SeedExceedsLimitAndPathChanged struct {
	PackageName string `log:"package_name"`
	Name        string `log:"name"`
}

func (SeedExceedsLimitAndPathChanged) Kind() Kind {
	return Kind{"SeedExceedsLimitAndPathChanged", "I054", Warn}
}
func (e SeedExceedsLimitAndPathChanged) Message(Style) string {
	return fmt.Sprintf("Found a seed (%s.%s) >%s in size. The previous file was in a different location, assuming it has changed", e.PackageName, e.Name, seedSize)
}
