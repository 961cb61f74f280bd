package config

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// VersionSpec is one requirement on a version, for example ">=1.6.0".
type VersionSpec struct {
	// Op is ">", ">=", "<", "<=" or "=".
	Op                  string
	Major, Minor, Patch int
	Prerelease, Build   string
}

var versionPattern = regexp.MustCompile(`^(>=|>|<=|<|=)?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(?:-?((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
	`(?:\+([0-9A-Za-z-]*(?:\.[0-9A-Za-z-]*)*))?$`)

// versionError has dbt's text, with its full stop.
type versionError struct{ text string }

func (e *versionError) Error() string { return `"` + e.text + `" is not a valid semantic version.` }

// ParseVersionSpec reads a requirement in dbt's form.
func ParseVersionSpec(s string) (VersionSpec, error) {
	m := versionPattern.FindStringSubmatch(s)
	if m == nil {
		return VersionSpec{}, &versionError{s}
	}
	v := VersionSpec{Op: m[1], Prerelease: m[5], Build: m[6]}
	if v.Op == "" {
		v.Op = "="
	}
	var err error
	for i, p := range []*int{&v.Major, &v.Minor, &v.Patch} {
		if *p, err = strconv.Atoi(m[2+i]); err != nil {
			return VersionSpec{}, &versionError{s}
		}
	}
	return v, nil
}

// String prints the requirement with its operator.
func (v VersionSpec) String() string {
	s := fmt.Sprintf("%s%d.%d.%d", v.Op, v.Major, v.Minor, v.Patch)
	if v.Prerelease != "" {
		s += "-" + v.Prerelease
	}
	if v.Build != "" {
		s += "+" + v.Build
	}
	return s
}

// Compare orders two versions by semantic versioning, operators ignored.
func (v VersionSpec) Compare(o VersionSpec) int {
	return cmp.Or(cmp.Compare(v.Major, o.Major), cmp.Compare(v.Minor, o.Minor), cmp.Compare(v.Patch, o.Patch),
		comparePrerelease(v.Prerelease, o.Prerelease))
}

func comparePrerelease(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, errX := strconv.Atoi(as[i])
		y, errY := strconv.Atoi(bs[i])
		c := 0
		switch {
		case errX == nil && errY == nil:
			c = cmp.Compare(x, y)
		case errX == nil:
			c = -1
		case errY == nil:
			c = 1
		default:
			c = strings.Compare(as[i], bs[i])
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// Allows tells whether version fulfils the requirement. As in dbt a prerelease
// of an upper bound ("<1.2.0" and 1.2.0-rc1) does not.
func (v VersionSpec) Allows(version VersionSpec) bool {
	c := version.Compare(v)
	switch v.Op {
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	case "<":
		samePatch := version.Major == v.Major && version.Minor == v.Minor && version.Patch == v.Patch
		return c < 0 && !(samePatch && version.Prerelease != "" && v.Prerelease == "")
	case "<=":
		return c <= 0
	}
	return c == 0
}

// compatible tells whether some version could fulfil all of them.
func compatible(specs []VersionSpec) bool {
	for _, a := range specs {
		for _, b := range specs {
			switch {
			case a.Op == "=" && !b.Allows(a):
				return false
			case a.Op[0] == '>' && b.Op[0] == '<':
				c := a.Compare(b)
				if c > 0 || c == 0 && (a.Op == ">" || b.Op == "<") {
					return false
				}
			}
		}
	}
	return true
}

func parseVersionSpecs(raw []string) ([]VersionSpec, error) {
	var specs []VersionSpec
	for _, r := range raw {
		s, err := ParseVersionSpec(r)
		if err != nil {
			return nil, err
		}
		specs = append(specs, s)
	}
	return specs, nil
}

// checkVersion is the check of require-dbt-version against [DbtVersion].
func checkVersion(pkg string, specs []VersionSpec) *diag.Diagnostic {
	installed, err := ParseVersionSpec(DbtVersion)
	if err != nil {
		return diag.New(diag.InternalError, "%s", err.Error())
	}
	list := make([]string, len(specs))
	for i, s := range specs {
		list[i] = "'" + s.String() + "'"
	}
	wanted := "[" + strings.Join(list, ", ") + "]"
	const advice = "Check for a different version of the '%s' package, or run dbt again with --no-version-check\n"
	if !compatible(specs) {
		return diag.New(diag.RuntimeError, "The package version requirement can never be satisfied for the '%s\npackage.\n  Required versions of dbt for '%s': %s\n"+advice,
			pkg, pkg, wanted, pkg).WithCode("dbt-version")
	}
	for _, s := range specs {
		if !s.Allows(installed) {
			return diag.New(diag.RuntimeError, "This version of dbt is not supported with the '%s' package.\n  Installed version of dbt: %s\n  Required version of dbt for '%s': %s\n"+advice,
				pkg, installed, pkg, wanted, pkg).WithCode("dbt-version").
				WithHint("gdbt behaves as dbt %s", DbtVersion)
		}
	}
	return nil
}
