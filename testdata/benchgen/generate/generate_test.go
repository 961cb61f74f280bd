package generate

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newProject(t *testing.T, o Options) *Project {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSameArgumentsSameProject(t *testing.T) {
	o := Defaults()
	if diff := cmp.Diff(newProject(t, o).Files, newProject(t, o).Files); diff != "" {
		t.Error(diff)
	}
	o.Seed = 2
	if maps.Equal(newProject(t, o).Files, newProject(t, Defaults()).Files) {
		t.Error("another seed makes the same project")
	}
}

func TestSizes(t *testing.T) {
	for _, n := range []int{1, 9, 10, 57, 400} {
		o := Defaults()
		o.Models = n
		p := newProject(t, o)
		models := 0
		for name := range p.Files {
			if strings.HasPrefix(name, "models/") && strings.HasSuffix(name, ".sql") {
				models++
			}
		}
		if models != n {
			t.Errorf("%d models, want %d", models, n)
		}
	}
}

func TestNoEphemeral(t *testing.T) {
	o := Defaults()
	o.NoEphemeral = true
	for name, text := range newProject(t, o).Files {
		if strings.Contains(text, "ephemeral") {
			t.Errorf("%s has an ephemeral model", name)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{{Rows: 1, Parents: 1}, {Models: 1, Parents: 1}, {Models: 1, Rows: 1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestWrite(t *testing.T) {
	o := Defaults()
	o.Models = 3
	p, dir := newProject(t, o), t.TempDir()
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range p.Files {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || string(got) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
