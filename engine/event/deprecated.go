package event

import "fmt"

// SpacesInResourceName: the first resource with a space in its name, or with --debug each. dbt doesn't count it among the
// deprecations.
type SpacesInResourceName struct {
	UniqueID string `log:"unique_id"`
	Level    string `log:"level"`
}

func (SpacesInResourceName) Kind() Kind { return Kind{"SpacesInResourceNameDeprecation", "D014", Warn} }
func (e SpacesInResourceName) Message(s Style) string {
	return s.Wrap(s.WarningTag("", fmt.Sprintf("Found spaces in the name of `%s`", e.UniqueID)))
}

// DeprecatedModel: a model is past its deprecation date.
type DeprecatedModel struct {
	ModelName       string `log:"model_name"`
	ModelVersion    string `log:"model_version"`
	DeprecationDate string `log:"deprecation_date"`
}

// Kind implements Event.
func (DeprecatedModel) Kind() Kind { return Kind{"DeprecatedModel", "I065", Warn} }

// Message implements Event.
func (e DeprecatedModel) Message(s Style) string {
	return s.WarningTag("", fmt.Sprintf("Model %s has passed its deprecation date of %s. This model should be disabled or removed.",
		versioned(e.ModelName, e.ModelVersion), e.DeprecationDate))
}

// DeprecatedRef is a reference to a model with a deprecation date.
type DeprecatedRef struct {
	ModelName       string `log:"model_name"` // the model that refers
	Package         string `log:"ref_model_package"`
	Name            string `log:"ref_model_name"`
	Version         string `log:"ref_model_version"`
	LatestVersion   string `log:"ref_model_latest_version"`
	DeprecationDate string `log:"ref_model_deprecation_date"`
}

type (
	// UpcomingReferenceDeprecation: the date lies ahead.
	UpcomingReferenceDeprecation DeprecatedRef
	// DeprecatedReference: the date is past.
	DeprecatedReference DeprecatedRef
)

// Kind implements Event.
func (UpcomingReferenceDeprecation) Kind() Kind {
	return Kind{"UpcomingReferenceDeprecation", "I066", Warn}
}

// Message implements Event.
func (e UpcomingReferenceDeprecation) Message(s Style) string {
	return DeprecatedRef(e).message(s, "is slated for deprecation", "Try it out")
}

// Kind implements Event.
func (DeprecatedReference) Kind() Kind { return Kind{"DeprecatedReference", "I067", Warn} }

// Message implements Event.
func (e DeprecatedReference) Message(s Style) string {
	return DeprecatedRef(e).message(s, "was deprecated", "Migrate now")
}

func (e DeprecatedRef) message(s Style, what, advice string) string {
	msg := fmt.Sprintf("While compiling '%s': Found a reference to %s, which %s on '%s'. ", e.ModelName, versioned(e.Name, e.Version), what, e.DeprecationDate)
	if e.Version != "" && e.Version != e.LatestVersion {
		msg += fmt.Sprintf("A new version of '%s' is available. %s: {{ ref('%s', '%s', v='%s') }}.", e.Name, advice, e.Package, e.Name, e.LatestVersion)
	}
	return s.WarningTag("", msg)
}

func versioned(name, version string) string {
	if version == "" {
		return name
	}
	return name + ".v" + version
}
