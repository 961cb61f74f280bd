package postgres

import _ "embed"

//go:embed profile_template.yml
var profileTemplate []byte

// ProfileTemplate is what init asks for.
func (driver) ProfileTemplate() []byte { return profileTemplate }
