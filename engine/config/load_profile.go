package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// ProfileOptions steer [LoadProfile].
type ProfileOptions struct {
	// Dir is --profiles-dir or DBT_PROFILES_DIR; "" searches, see [FindProfilesDir].
	Dir string
	// CWD, ProjectDir and Home are the folders of the search.
	CWD, ProjectDir, Home string
	// Name is --profile, ProjectName the project's `profile:`, rendered.
	Name, ProjectName string
	// ProjectDoc is dbt_project.yml, for errors about its `profile:`; may be nil.
	ProjectDoc *yamldoc.Document
	// Target is --target; Threads is --threads, 0 when not given.
	Target  string
	Threads int
	// Render gives variables and environment; its Target is not used.
	Render RenderOptions
}

// FindProfilesDir returns the folder of profiles.yml: cwd when it has one, then
// the project's folder, else home/.dbt. (dbt does not look into the project's folder
// unless it is the current one.)
func FindProfilesDir(cwd, projectDir, home string) string {
	for _, d := range []string{cwd, projectDir} {
		if d != "" && isFile(filepath.Join(d, ProfilesFile)) {
			return d
		}
	}
	return filepath.Join(home, ".dbt")
}

const profileTrouble = "\ndbt encountered an error while trying to read your profiles.yml file.\n\n%s\n"

// LoadProfile reads profiles.yml and renders the chosen target of the chosen
// profile; the others stay unread. Errors are diagnostics in dbt's words; they are
// [ErrNoProfile] too when there is no profile at all.
func LoadProfile(opts ProfileOptions) (*Profile, error) {
	dir := opts.Dir
	if dir == "" {
		dir = FindProfilesDir(opts.CWD, opts.ProjectDir, opts.Home)
	}
	path := filepath.Join(dir, ProfilesFile)
	name := firstText(opts.Name, opts.ProjectName)
	if name == "" {
		d := diag.New(diag.RuntimeError, `dbt cannot run because no profile was specified for this dbt project.
To specify a profile for this project, add a line like the this to
your dbt_project.yml file:

profile: [profile name]

Here, [profile name] should be replaced with a profile name
defined in your profiles.yml file. You can find profiles.yml here:

%s/profiles.yml
`, dir).WithCode("no-profile")
		d.Err = ErrNoProfile
		return nil, d
	}
	doc, profiles, err := readProfiles(path)
	if err != nil {
		return nil, err
	}
	raw, ok := profiles.Get(name)
	if !ok {
		d := diag.New(diag.RuntimeError, "Could not find profile named '%s'", name).WithCode("no-profile")
		if doc == nil {
			d.Err = ErrNoProfile
			return nil, d.WithHint("there is no %s; create it, or name its folder with --profiles-dir", path)
		}
		d.At(path, 0, 0)
		names, where := profileNames(profiles), "in this file"
		if opts.Name == "" && opts.ProjectDoc != nil {
			if n := opts.ProjectDoc.Find(nil, "profile"); n != nil {
				d.At(ProjectFile, n.Line, n.Column).WithSource(opts.ProjectDoc.Src)
				where = "in " + path
			}
		}
		d.Hint = diag.DidYouMean(name, names)
		if d.Hint == "" {
			d.Hint = "the profiles " + where + " are: " + strings.Join(names, ", ")
		}
		return nil, d
	}
	body, ok := raw.(*yamldoc.Map)
	if !ok || body.Len() == 0 {
		return nil, diag.New(diag.RuntimeError, profileTrouble, fmt.Sprintf("Profile %s in profiles.yml is empty", name)).
			WithCode("bad-profile").At(path, lineOf(doc, name), 1)
	}
	return renderProfile(doc, name, body, opts)
}

func profileNames(profiles *yamldoc.Map) []string {
	names := profiles.Keys()
	slices.Sort(names)
	return slices.DeleteFunc(names, func(n string) bool { return n == "config" })
}

func lineOf(doc *yamldoc.Document, path ...any) int {
	if n := doc.FindKey(nil, path...); n != nil {
		return n.Line
	}
	return 0
}

// readProfiles reads the whole file; nil when there is none.
func readProfiles(path string) (*yamldoc.Document, *yamldoc.Map, error) {
	if !isFile(path) {
		return nil, nil, nil
	}
	doc, m, err := readMap(path, path)
	if err != nil {
		var d *diag.Diagnostic
		if errors.As(err, &d) {
			c := *d
			c.Message = fmt.Sprintf(profileTrouble, strings.ReplaceAll(d.Text(), "\n", "\n  "))
			return nil, nil, &c
		}
		return nil, nil, err
	}
	if m.Len() == 0 {
		return nil, nil, diag.New(diag.RuntimeError, profileTrouble, fmt.Sprintf("The profiles.yml file at %s is empty", path)).
			WithCode("bad-profile").At(path, 0, 0)
	}
	return doc, m, nil
}

// renderProfile picks and renders the target.
func renderProfile(doc *yamldoc.Document, name string, body *yamldoc.Map, opts ProfileOptions) (*Profile, error) {
	r := NewRenderer(opts.Render, doc, true)
	target := opts.Target
	named := target != "" || body.Has("target")
	if target == "" {
		target = "default"
		if v, ok := body.Get("target"); ok {
			rendered, err := r.Value(v, []any{name, "target"})
			if err != nil {
				return nil, profileError(err)
			}
			target = yamldoc.Text(rendered)
		}
	}
	at := func(d *diag.Diagnostic, path ...any) error {
		if n := doc.Nearest(nil, path...); n != nil {
			d.At(doc.File, n.Line, n.Column).WithSource(doc.Src)
		}
		return d
	}
	outputs, ok := body.Value("outputs").(*yamldoc.Map)
	if !ok {
		d := diag.New(diag.RuntimeError, "outputs not specified in profile '%s'", name).WithCode("bad-profile")
		if near := diag.Nearest("outputs", body.Keys(), 1); len(near) > 0 && near[0] != "outputs" {
			return nil, at(d.WithHint("did you mean 'outputs' by '%s'?", near[0]), name, near[0])
		}
		return nil, at(d, name)
	}
	raw, ok := outputs.Get(target)
	if !ok {
		var b strings.Builder
		for i, o := range outputs.Keys() {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(" - " + o)
		}
		d := diag.New(diag.RuntimeError, "The profile '%s' does not have a target named '%s'. The valid target names for this profile are:\n%s", name, target, b.String()).
			WithCode("no-target")
		d.Hint = diag.DidYouMean(target, outputs.Keys())
		return nil, at(d, name, "outputs")
	}
	output, ok := raw.(*yamldoc.Map)
	if !ok {
		return nil, at(diag.New(diag.RuntimeError, "output '%s' of profile '%s' is misconfigured in profiles.yml", target, name).WithCode("bad-profile"), name, "outputs", target)
	}
	rendered, err := renderOutput(r, output, []any{name, "outputs", target})
	if err != nil {
		return nil, profileError(err)
	}
	p := &Profile{Name: name, TargetName: target, Unnamed: !named, Output: rendered, Threads: 1, File: doc.File, doc: doc}
	if v, ok := rendered.Delete("threads"); ok {
		n, isInt := v.(int64)
		if !isInt || n < 1 {
			d := diag.New(diag.RuntimeError, "at path ['threads']: %s is not of type 'integer'", yamldoc.Repr(v)).WithCode("bad-profile")
			if isInt {
				d.Message = fmt.Sprintf("threads of target '%s' of profile '%s' must be at least 1, got %d", target, name, n)
			} else if _, text := v.(string); text {
				d.Hint = "add `| as_number` to the expression, or remove the quotes"
			}
			return nil, at(d, name, "outputs", target, "threads")
		}
		p.Threads = int(n)
	}
	if opts.Threads > 0 {
		p.Threads = opts.Threads
	}
	kind, ok := rendered.Delete("type")
	if !ok {
		return nil, at(diag.New(diag.RuntimeError, `required field "type" not found in profile %s and target %s`, name, target).WithCode("bad-profile"), name, "outputs", target)
	}
	if p.Type, ok = kind.(string); !ok {
		return nil, at(diag.New(diag.RuntimeError, `Credentials in profile "%s", target "%s" invalid: the type must be a text, got %s`, name, target, yamldoc.Repr(kind)).WithCode("bad-profile"), name, "outputs", target, "type")
	}
	p.Secrets = append(p.Secrets, r.UsedSecrets()...)
	return p, nil
}

// renderOutput renders an output's values. A password may look like Jinja without
// being any; it is taken as it is then. (dbt does so after any error; a variable
// that is not set is reported here.)
func renderOutput(r *Renderer, v any, path []any) (*yamldoc.Map, error) {
	out, err := renderLenient(r, v, path)
	if err != nil {
		return nil, err
	}
	return out.(*yamldoc.Map), nil
}

func renderLenient(r *Renderer, v any, path []any) (any, error) {
	switch v := v.(type) {
	case *yamldoc.Map:
		out := yamldoc.MapWithCapacity(v.Len())
		for _, e := range v.Entries() {
			x, err := renderLenient(r, e.Value, append(slices.Clone(path), yamldoc.KeyString(e.Key)))
			if err != nil {
				return nil, err
			}
			out.SetKey(e.Key, x)
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			x, err := renderLenient(r, e, append(slices.Clone(path), i))
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	}
	x, err := r.Value(v, path)
	if err != nil && slices.Contains(path, any("password")) {
		if d, ok := diag.As(err); ok && d.Code == "render" {
			return v, nil
		}
	}
	return x, err
}

// profileError is dbt's form of an error of rendering: a runtime error around it.
func profileError(err error) error {
	d, ok := diag.As(err)
	if !ok || d.Category != diag.CompilationError {
		return err
	}
	c := *d
	c.Message = d.Category + "\n  " + strings.ReplaceAll(d.Message, "\n", "\n  ")
	c.Category = diag.RuntimeError
	c.Err = err
	return &c
}

// ProfileFlags returns the `config:` block of profiles.yml, where older projects
// keep their flags; nil when there is none or the file can't be read.
func ProfileFlags(path string) *yamldoc.Map {
	_, m, err := readProfiles(path)
	if err != nil {
		return nil
	}
	return m.Map("config")
}
