package parse

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

const plainProject = "-- dbt_project.yml --\nname: shop\nversion: '1.0'\nprofile: shop\n"

// parseText parses a project given as a txtar archive without dbt_project.yml; its
// errors and warnings come back one a line: place, code, message and hint.
func parseText(t testing.TB, files string) (errs, warnings string) {
	t.Helper()
	if !strings.Contains(files, "-- dbt_project.yml --") {
		files = plainProject + files
	}
	var warned []string
	opts := options(t, extract(t, txtar.Parse([]byte(files))), map[string]string{"DBT_ENV_SECRET_TOKEN": "s3cret"}, func(d *diag.Diagnostic) error {
		switch d.Severity {
		case diag.Warning:
		case diag.Info: // for the debug log only
			return nil
		default:
			t.Errorf("a warning of severity %s: %v", d.Severity, d)
		}
		warned = append(warned, line(d))
		return nil
	})
	_, err := Project(context.Background(), opts)
	var failed []string
	for _, d := range diag.Flatten(diag.ParsingError, err) {
		failed = append(failed, line(d))
	}
	sort.Strings(failed)
	sort.Strings(warned)
	return strings.Join(failed, "\n"), strings.Join(warned, "\n")
}

func line(d *diag.Diagnostic) string {
	s := d.Place() + " [" + d.Code + "] " + strings.ReplaceAll(strings.TrimSpace(d.Message), "\n", " | ")
	if d.Hint != "" {
		s += " ? " + d.Hint
	}
	return strings.TrimSpace(s)
}

// TestErrors parses what people write by mistake. Each case is an archive in
// testdata/errors: its comment says what is wrong, want_errors and want_warnings
// what is said of it, a line each: file:line:column [code] message ? hint.
func TestErrors(t *testing.T) {
	names, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no test data", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in := &txtar.Archive{}
			want := map[string]string{}
			for _, f := range a.Files {
				if strings.HasPrefix(f.Name, "want") {
					want[f.Name] = strings.TrimSpace(string(f.Data))
				} else {
					in.Files = append(in.Files, f)
				}
			}
			errs, warnings := parseText(t, string(txtar.Format(in)))
			got := map[string]string{}
			for k, v := range map[string]string{"want_errors": errs, "want_warnings": warnings} {
				if v != "" {
					got[k] = v
				}
			}
			if *update {
				out := &txtar.Archive{Comment: a.Comment, Files: in.Files}
				for _, k := range []string{"want_errors", "want_warnings"} {
					if got[k] != "" {
						out.Files = append(out.Files, txtar.File{Name: k, Data: []byte(got[k] + "\n")})
					}
				}
				if err := os.WriteFile(name, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(want) == 0 {
				t.Fatal("nothing is expected of this case")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A file that is no UTF-8 is named with the line of the bad byte.
func TestInvalidUTF8(t *testing.T) {
	for file, place := range map[string]string{
		"models/m.sql": "models/m.sql:2", "models/y.yml": "models/y.yml:2", "macros/m.sql": "macros/m.sql:2", "models/d.md": "models/d.md:2",
	} {
		errs, _ := parseText(t, "-- "+file+" --\nselect\n\xff\xfe\n")
		if !strings.HasPrefix(errs, place) || !strings.Contains(errs, "UTF-8") {
			t.Errorf("%s: %s", file, errs)
		}
	}
}

// Files with Windows line ends and a byte order mark read like any other.
func TestCRLF(t *testing.T) {
	errs, warnings := parseText(t, "-- models/m.sql --\r\n{{ config(tags=['a']) }}\r\nselect 1\r\n-- models/y.yml --\nmodels:\r\n  - name: m\r\n    description: x\r\n")
	if errs+warnings != "" {
		t.Error(errs, warnings)
	}
}

// Secrets are for profiles.yml and packages.yml; a model that asks for one is told so, without the value.
func TestSecretInModel(t *testing.T) {
	errs, _ := parseText(t, "-- models/m.sql --\nselect '{{ env_var('DBT_ENV_SECRET_TOKEN') }}'\n")
	if !strings.HasPrefix(errs, "models/m.sql:1:") || !strings.Contains(errs, "Secret env vars are allowed only") || strings.Contains(errs, "s3cret") {
		t.Error(errs)
	}
}

// FuzzPropertyFile: no text of a property file makes the parser panic.
func FuzzPropertyFile(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	more, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(names, more...) {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if strings.HasSuffix(file.Name, ".yml") && file.Name != "dbt_project.yml" {
				f.Add(string(file.Data))
			}
		}
	}
	dir := extract(f, txtar.Parse([]byte(plainProject+`-- models/m.sql --
select * from {{ source('raw', 't') }}
-- models/v_v1.sql --
select 1
-- seeds/s.csv --
a
1
-- macros/m.sql --
{% macro one() %}1{% endmacro %}
{% test t(model) %}select 1{% endtest %}
`)))
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, "models", "y.yml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := Project(t.Context(), options(t, dir, nil, func(*diag.Diagnostic) error { return nil }))
		if err == nil && m.Nodes["seed.shop.s"] == nil && len(m.Disabled) == 0 {
			t.Error("the seed is gone")
		}
	})
}
