package event

import "fmt"

// The events of init (dbt/events/types.py, A017 to A026).
type (
	// StarterProjectPath tells where the starter's files come from.
	StarterProjectPath struct {
		Dir string `log:"dir"`
	}
	// ConfigFolderDirectory tells that the folder of profiles.yml is made.
	ConfigFolderDirectory struct {
		Dir string `log:"dir"`
	}
	// SettingUpProfile comes before the questions about the warehouse.
	SettingUpProfile struct{}
	// InvalidProfileTemplateYAML tells that the project's profile_template.yml can't be used.
	InvalidProfileTemplateYAML struct{}
	// ProfileWrittenWithTargetTemplateYAML tells that a profile was made from the adapter's template.
	ProfileWrittenWithTargetTemplateYAML struct {
		Name string `log:"name"`
		Path string `log:"path"`
	}
	// ProfileWrittenWithProjectTemplateYAML tells that a profile was made from the project's template.
	ProfileWrittenWithProjectTemplateYAML struct {
		Name string `log:"name"`
		Path string `log:"path"`
	}
	// ProjectNameAlreadyExists tells that nothing was made.
	ProjectNameAlreadyExists struct {
		Name string `log:"name"`
	}
	// ProjectCreated says what to do next.
	ProjectCreated struct {
		ProjectName string `log:"project_name"`
		DocsURL     string `log:"docs_url"`
		// Program is how this program is called.
		Program string `log:"-"`
	}
)

func (StarterProjectPath) Kind() Kind    { return Kind{"StarterProjectPath", "A017", Debug} }
func (ConfigFolderDirectory) Kind() Kind { return Kind{"ConfigFolderDirectory", "A018", Info} }
func (SettingUpProfile) Kind() Kind      { return Kind{"SettingUpProfile", "A023", Info} }
func (InvalidProfileTemplateYAML) Kind() Kind {
	return Kind{"InvalidProfileTemplateYAML", "A024", Info}
}
func (ProfileWrittenWithTargetTemplateYAML) Kind() Kind {
	return Kind{"ProfileWrittenWithTargetTemplateYAML", "A021", Info}
}
func (ProfileWrittenWithProjectTemplateYAML) Kind() Kind {
	return Kind{"ProfileWrittenWithProjectTemplateYAML", "A022", Info}
}
func (ProjectNameAlreadyExists) Kind() Kind { return Kind{"ProjectNameAlreadyExists", "A025", Info} }
func (ProjectCreated) Kind() Kind           { return Kind{"ProjectCreated", "A026", Info} }

func (e StarterProjectPath) Message(Style) string { return "Starter project path: " + e.Dir }
func (e ConfigFolderDirectory) Message(Style) string {
	return "Creating dbt configuration folder at " + e.Dir
}
func (SettingUpProfile) Message(Style) string { return "Setting up your profile." }
func (InvalidProfileTemplateYAML) Message(Style) string {
	return "Invalid profile_template.yml in project."
}
func (e ProfileWrittenWithTargetTemplateYAML) Message(Style) string {
	return written(e.Name, e.Path, "target's")
}
func (e ProfileWrittenWithProjectTemplateYAML) Message(Style) string {
	return written(e.Name, e.Path, "project's")
}
func written(name, path, whose string) string {
	return fmt.Sprintf("Profile %s written to %s using %s profile_template.yml and your supplied values. Run 'dbt debug' to validate the connection.", name, path, whose)
}
func (e ProjectNameAlreadyExists) Message(Style) string {
	return fmt.Sprintf("A project called %s already exists here.", e.Name)
}
func (e ProjectCreated) Message(Style) string {
	return fmt.Sprintf("\nYour new dbt project \"%s\" was created!\n\nBuild it:\n\n  cd %s\n  %s build\n\nHow profiles.yml names a warehouse:\n\n  %s\n",
		e.ProjectName, e.ProjectName, e.Program, e.DocsURL)
}
