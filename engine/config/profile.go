package config

import (
	"errors"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// ProfilesFile is the name of the file with the connections.
const ProfilesFile = "profiles.yml"

// Profile is the chosen output of a profile, rendered. Its fields are checked by
// the adapter's Credentials, not here.
type Profile struct {
	// Name is the profile's name and TargetName the output's.
	Name, TargetName string
	// Unnamed tells that nobody named the target: it is "default".
	Unnamed bool
	// Type is the output's `type`, the adapter's name.
	Type string
	// Output holds the other fields (no `type`, no `threads`) in file order.
	Output *yamldoc.Map
	// Threads is the output's `threads`, 1 when it has none.
	Threads int
	// Secrets are values that must not be printed: secret environment variables
	// that rendering used.
	Secrets []string
	// File is the profiles.yml that was read.
	File string

	doc *yamldoc.Document // of File; nil for the profile that is made up
}

// Locate gives d the place of a field of the output, or of the output where it is
// not there. The line's text is left out: it may hold a secret.
func (p *Profile) Locate(d *diag.Diagnostic, field string) *diag.Diagnostic {
	d.At(p.File, 0, 0)
	if p.doc != nil {
		if n := p.doc.Nearest(nil, p.Name, "outputs", p.TargetName, field); n != nil {
			d.At(p.File, n.Line, n.Column)
		}
	}
	return d
}

// Fields returns Output as plain Go maps and slices, as adapters take it.
func (p *Profile) Fields() map[string]any { return yamldoc.Plain(p.Output) }

// ErrNoProfile says that there is no profile at all: no profiles.yml anywhere, or
// neither the project nor the caller names a profile. The engine can fall back to
// an embedded database. The error text is dbt's.
var ErrNoProfile = errors.New("no profile")
