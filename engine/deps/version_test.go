package deps

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/config"
)

// published are the versions that the lines of versions.tsv were resolved against.
var published = []string{"0.9.0", "1.0.0-rc1", "1.0.0", "1.0.0rc2", "1.0.1", "1.2.0-b1", "1.2.0", "2.0.0-a.1", "2.0.0-a.10", "2.0.0"}

// Each line of versions.tsv has requirements, the range that dbt 1.11 makes of them ("" when they contradict each
// other), and the version that it takes with prereleases and without.
func TestVersionsAsInDbt(t *testing.T) {
	f, err := os.Open("testdata/versions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := installable(published, true)
	if err != nil {
		t.Fatal(err)
	}
	stable, err := installable(published, false)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		c := strings.Split(lines.Text(), "\t")
		specs, err := parseVersions(strings.Fields(c[0]))
		if err != nil {
			t.Fatal(err)
		}
		r, err := reduce(specs)
		if err != nil {
			var contradict *errVersions
			if !errors.As(err, &contradict) || c[1] != "" {
				t.Errorf("%s: %v, want %q", c[0], err, c[1])
			}
			continue
		}
		if r.String() != c[1] {
			t.Errorf("%s: range %q, want %q", c[0], r, c[1])
		}
		for i, versions := range [][]string{all, stable} {
			got, err := r.latest(versions)
			if err != nil || got != c[2+i] {
				t.Errorf("%s: %q, %v, want %q", c[0], got, err, c[2+i])
			}
		}
	}
	if n < 200 {
		t.Fatalf("only %d lines", n)
	}
}

func TestInstallable(t *testing.T) {
	all, err := installable(published, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(all, " "), "0.9.0 1.0.0-rc1 1.0.0rc2 1.0.0 1.0.1 1.2.0-b1 1.2.0 2.0.0-a.1 2.0.0-a.10 2.0.0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := installable([]string{"1.0"}, true); err == nil || err.Error() != `"1.0" is not a valid semantic version.` {
		t.Errorf("1.0: %v", err)
	}
}

func TestContradictionNamesAll(t *testing.T) {
	specs, err := parseVersions([]string{">=2.0.0", "<3.0.0", "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = reduce(specs)
	if want := "Could not find a satisfactory version from options: ['>=2.0.0', '<3.0.0', '=1.0.0']"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCompatible(t *testing.T) {
	for _, c := range []struct {
		required []string
		want     bool
	}{
		{nil, true}, {[]string{">=1.3.0", "<2.0.0"}, true}, {[]string{">=2.0.0"}, false}, {[]string{config.DbtVersion}, true}, {[]string{"<1.0.0"}, false},
	} {
		got, err := compatible(c.required)
		if err != nil || got != c.want {
			t.Errorf("%v: %v, %v", c.required, got, err)
		}
	}
}

// Requirements of any form give a range that takes what each of them takes, or an error.
func FuzzVersions(f *testing.F) {
	for _, s := range []string{">=1.0.0 <2.0.0", "1.0.0", "<1.0.0 <=1.0.0-rc1", "=1.0.0+b >0.9.0", "1.0.0-0.a.1", ">99999999999999999999.0.0", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		specs, err := parseVersions(strings.Fields(text))
		if err != nil {
			return
		}
		for _, s := range specs {
			again, err := config.ParseVersionSpec(s.String())
			if err != nil || again != s {
				t.Fatalf("%v reads back as %v, %v", s, again, err)
			}
		}
		r, err := reduce(specs)
		if err != nil {
			return
		}
		// dbt lets "<=1.0.0-rc1" win over "<1.0.0" when it comes last, so prereleases are left out.
		best, err := r.latest([]string{"0.9.0", "1.0.0", "1.0.1", "2.0.0"})
		if err != nil {
			t.Fatal(err)
		}
		if best == "" {
			return
		}
		v, err := config.ParseVersionSpec(best)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range specs {
			if !s.Allows(v) {
				t.Fatalf("%s takes %s, which %s doesn't allow", text, best, s)
			}
		}
	})
}
