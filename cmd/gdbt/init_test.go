package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// inTerminal runs gdbt with somebody at the keyboard who types these lines.
func inTerminal(t *testing.T, typed string, args ...string) (code int, out string) {
	t.Helper()
	p, stdout, stderr := testProcess("DBT_PROFILES_DIR=profiles")
	p.stdin, p.interactive = strings.NewReader(typed), true
	code = p.run(t.Context(), args)
	return code, stdout.String() + stderr.String()
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// In a terminal init asks for the name, the warehouse and its fields, and again where an answer can't be.
func TestInitAsks(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out := inTerminal(t, "my-shop\nshop\n3\n2\nlocalhost\nport\n5433\nbuilder\ns3cret: 'x'\nwarehouse\n\nmain\n\n", "init")
	if code != exitOK {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, want := range []string{
		"Enter a name for your project (letters, digits, underscore): my-shop is not a valid project name.\nEnter a name",
		"Which database would you like to use?\n[1] duckdb\n[2] postgres\n\nEnter a number: Error: 3 is not in the range 1 to 2.\n",
		"port [5432]: Error: 'port' is not a valid integer.\nport [5432]: user",
		"models that are built at the same time) [1]: ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	want := `shop:
  target: dev
  outputs:
    dev:
      type: postgres
      host: localhost
      port: 5433
      user: builder
      pass: 's3cret: ''x'''
      dbname: warehouse
      schema: main
      threads: 1
`
	if diff := cmp.Diff(want, readText(t, "profiles/profiles.yml")); diff != "" {
		t.Errorf("profiles.yml: -want +got\n%s", diff)
	}
	if info, err := os.Stat("profiles/profiles.yml"); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the password: %v, %v", info.Mode(), err)
	}
}

// A profile that is there is replaced only when the user says so; what stands around it stays.
func TestInitReplacesAProfile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("profiles", 0o755); err != nil {
		t.Fatal(err)
	}
	const before = "# mine\na: {target: x}\nshop:\n  target: old\n\n# of b\nb:\n  target: y\n"
	if err := os.WriteFile("profiles/profiles.yml", []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out := inTerminal(t, "maybe\n\n", "init", "shop")
	if code != exitOK || !strings.Contains(out, "already exists in profiles/profiles.yml. Continue and overwrite it? [y/N]: Error: invalid input\n") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if diff := cmp.Diff(before, readText(t, "profiles/profiles.yml")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	t.Chdir("shop")
	if err := os.Rename("../profiles", "profiles"); err != nil {
		t.Fatal(err)
	}
	if code, out := inTerminal(t, "y\n1\nshop.duckdb\n8\n", "init"); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	want := "# mine\na: {target: x}\nshop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: shop.duckdb\n      threads: 8\n\n# of b\nb:\n  target: y\n"
	if diff := cmp.Diff(want, readText(t, "profiles/profiles.yml")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// Nobody answers any more: the command ends, and no profile is written.
func TestInitAborted(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out := inTerminal(t, "1\n", "init", "shop")
	if code != exitFailed || !strings.HasSuffix(out, "Aborted!\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if _, err := os.Stat("profiles/profiles.yml"); err == nil {
		t.Error("a profile was written")
	}
}

// Whatever is typed comes back from YAML as it was.
func FuzzYAMLScalar(f *testing.F) {
	for _, s := range []string{"a", "", "null", "1", "yes", "a: b", "'", "{{ x }}", "# no", "é", "2024-01-01", "~/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Skip("no line of a terminal")
		}
		v, err := yamldoc.ToValue("", []byte("k: "+yamlScalar(s)), yamldoc.Limits{})
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if m, ok := v.(*yamldoc.Map); !ok || m.Value("k") != any(s) {
			t.Errorf("%q is read as %v", s, v)
		}
	})
}
