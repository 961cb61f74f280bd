package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

const profilesText = `
shop:
  target: "{{ env_var('TARGET', 'dev') }}"
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('DBPATH', 'x.db') }}"
      threads: 4
      settings: {n: "{{ 4 }}"}
    prod:
      type: postgres
      password: "{{ env_var('DBT_ENV_SECRET_PW') }}"
      port: "{{ env_var('PORT') | as_number }}"
      extra: "x{{ env_var('DBT_ENV_SECRET_PW') }}y"
    odd:
      type: postgres
      password: "{% not jinja"
empty:
nothing: {target: a}
`

func TestLoadProfile(t *testing.T) {
	dir := writeFiles(t, map[string]string{ProfilesFile: profilesText})
	env := MapEnviron(map[string]string{"DBT_ENV_SECRET_PW": "s3cret", "PORT": "5432"})
	p, err := LoadProfile(ProfileOptions{Dir: dir, ProjectName: "shop", Render: RenderOptions{Env: env}})
	if err != nil {
		t.Fatal(err)
	}
	want := &Profile{Name: "shop", TargetName: "dev", Type: "duckdb", Threads: 4, File: filepath.Join(dir, ProfilesFile),
		Output: yamldoc.NewMap("path", "x.db", "settings", yamldoc.NewMap("n", "4"))}
	if diff := cmp.Diff(want, p, cmpopts.IgnoreUnexported(Profile{}), cmp.Comparer(func(a, b *yamldoc.Map) bool { return yamldoc.Equal(a, b) })); diff != "" {
		t.Errorf("default target; what is not chosen is not rendered (-want +got):\n%s", diff)
	}
	p, err = LoadProfile(ProfileOptions{Dir: dir, Name: "shop", Target: "prod", Threads: 9, Render: RenderOptions{Env: env}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"password": "s3cret", "port": int64(5432), "extra": "xs3crety"}, p.Fields()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	if p.Threads != 9 || len(p.Secrets) == 0 || p.Secrets[0] != "s3cret" {
		t.Errorf("threads %d, secrets %v", p.Threads, p.Secrets)
	}
	for name := range env.Recorded() {
		if strings.HasPrefix(name, SecretPrefix) {
			t.Error("a secret was recorded")
		}
	}
	p, err = LoadProfile(ProfileOptions{Dir: dir, Name: "shop", Target: "odd", Render: RenderOptions{Env: env}})
	if err != nil || p.Output.Str("password") != "{% not jinja" {
		t.Errorf("a password need not be Jinja: %v, %v", p, err)
	}
}

func TestProfileErrors(t *testing.T) {
	tests := []struct {
		name, text         string
		opts               ProfileOptions
		message, hint, loc string
		none               bool
	}{
		{"no name", profilesText, ProfileOptions{}, "dbt cannot run because no profile was specified for this dbt project.", "", "", true},
		{"no file", "", ProfileOptions{ProjectName: "shop"}, "Could not find profile named 'shop'", "--profiles-dir", "", true},
		{"unknown profile", profilesText, ProfileOptions{ProjectName: "shp"}, "Could not find profile named 'shp'", "did you mean 'shop'?", "profiles.yml", false},
		{"unknown target", profilesText, ProfileOptions{ProjectName: "shop", Target: "prd"}, "The profile 'shop' does not have a target named 'prd'. The valid target names for this profile are:\n - dev\n - prod\n - odd", "did you mean 'prod'", "profiles.yml:4:3", false},
		{"no outputs", profilesText, ProfileOptions{ProjectName: "nothing"}, "outputs not specified in profile 'nothing'", "", "profiles.yml:19:1", false},
		{"empty profile", profilesText, ProfileOptions{ProjectName: "empty"}, "Profile empty in profiles.yml is empty", "", "profiles.yml:18", false},
		{"empty file", "# nothing\n", ProfileOptions{ProjectName: "a"}, "is empty", "", "profiles.yml", false},
		{"missing env var", profilesText, ProfileOptions{ProjectName: "shop", Target: "prod"}, "Env var required but not provided: 'DBT_ENV_SECRET_PW'", "set the environment variable", "profiles.yml:12:21", false},
		{"no type", "a: {outputs: {default: {x: 1}}}", ProfileOptions{ProjectName: "a"}, `required field "type" not found in profile a and target default`, "", "profiles.yml:1:15", false},
		{"threads", "a: {outputs: {default: {type: x, threads: '4'}}}", ProfileOptions{ProjectName: "a"}, "at path ['threads']: '4' is not of type 'integer'", "as_number", "profiles.yml:1:34", false},
		{"no output", "a: {outputs: {default: 1}}", ProfileOptions{ProjectName: "a"}, "output 'default' of profile 'a' is misconfigured in profiles.yml", "", "profiles.yml:1:15", false},
		{"syntax", "a: b: c", ProfileOptions{ProjectName: "a"}, "dbt encountered an error while trying to read your profiles.yml file.", "", "profiles.yml:1:5", false},
		{"undefined", "a: {outputs: {default: {type: \"{{ foo }}\"}}}", ProfileOptions{ProjectName: "a"}, "Compilation Error\n  Could not render {{ foo }}: 'foo' is undefined", "", "profiles.yml:1:3", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{}
			if tt.text != "" {
				files[ProfilesFile] = tt.text
			}
			tt.opts.Dir = writeFiles(t, files)
			tt.opts.Render.Env = MapEnviron(nil)
			_, err := LoadProfile(tt.opts)
			d, ok := diag.As(err)
			if !ok || !strings.Contains(d.Message, tt.message) || !strings.Contains(d.Hint, tt.hint) || !strings.Contains(d.Place(), tt.loc) {
				t.Errorf("got %v at %q", err, d.Place())
			}
			if errors.Is(err, ErrNoProfile) != tt.none {
				t.Errorf("ErrNoProfile is %v", !tt.none)
			}
		})
	}
}

func TestFindProfilesDir(t *testing.T) {
	with := writeFiles(t, map[string]string{ProfilesFile: "a: 1"})
	without := t.TempDir()
	for _, tt := range []struct{ cwd, project, want string }{
		{with, without, with}, {without, with, with}, {without, without, filepath.Join("home", ".dbt")},
	} {
		if got := FindProfilesDir(tt.cwd, tt.project, "home"); got != tt.want {
			t.Errorf("FindProfilesDir(%s, %s) = %s", tt.cwd, tt.project, got)
		}
	}
}

// FuzzProfiles: no profiles.yml may panic, and no secret may reach an error.
func FuzzProfiles(f *testing.F) {
	f.Add(profilesText, "shop", "prod")
	f.Add("a: {outputs: {d: {type: \"{{ env_var('DBT_ENV_SECRET_PW') }}{{ x }}\"}}}", "a", "d")
	f.Fuzz(func(t *testing.T, text, name, target string) {
		doc, err := yamldoc.Parse(ProfilesFile, []byte(text), yamldoc.Limits{MaxBytes: 1 << 14})
		if err != nil {
			return
		}
		v, err := doc.Value()
		m, _ := v.(*yamldoc.Map)
		body := m.Map(name)
		if err != nil || body == nil {
			return
		}
		env := MapEnviron(map[string]string{"DBT_ENV_SECRET_PW": "hunter2hunter2"})
		_, err = renderProfile(doc, name, body, ProfileOptions{Target: target, Render: RenderOptions{Env: env}})
		if err != nil && !strings.Contains(text, "hunter2") && strings.Contains(err.Error(), "hunter2hunter2") {
			t.Fatalf("a secret is in the error: %v", err)
		}
	})
}
