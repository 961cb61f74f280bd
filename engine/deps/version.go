package deps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
)

// versionRange is what several requirements on a version leave open. A nil bound is none; an exact version is both
// bounds at once (dbt_common/semver.py).
type versionRange struct {
	lower, upper *config.VersionSpec
}

// errVersions says that no version fulfils all requirements.
type errVersions struct{ options []string }

func (e *errVersions) Error() string {
	return "Could not find a satisfactory version from options: " + reprList(e.options)
}

// parseVersions reads requirements as they stand in packages.yml. dbt takes commas apart in require-dbt-version only.
func parseVersions(raw []string) ([]config.VersionSpec, error) {
	var out []config.VersionSpec
	for _, r := range raw {
		v, err := config.ParseVersionSpec(r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// reduce gives the range that fulfils all requirements, or *errVersions.
func reduce(specs []config.VersionSpec) (versionRange, error) {
	var r versionRange
	// dbt begins with the last one; it shows when several are equally tight.
	order := slices.Clone(specs)
	if n := len(order); n > 1 {
		order = slices.Concat(order[n-1:], order[:n-1])
	}
	for i := range order {
		var ok bool
		if r, ok = r.and(&order[i]); !ok {
			options := make([]string, len(specs))
			for i, s := range specs {
				options[i] = s.String()
			}
			return versionRange{}, &errVersions{options}
		}
	}
	return r, nil
}

func isExact(v *config.VersionSpec) bool { return v != nil && v.Op == "=" }

// and narrows the range by one requirement.
func (r versionRange) and(v *config.VersionSpec) (versionRange, bool) {
	switch {
	case isExact(r.lower):
		// v.Allows ignores r's operator: an exact version has one meaning.
		return r, v.Allows(*r.lower)
	case v.Op == "=":
		return versionRange{v, v}, r.allows(*v)
	case v.Op[0] == '>':
		if r.lower == nil || tighter(v, r.lower, 1) {
			r.lower = v
		}
	default:
		if r.upper == nil || tighter(v, r.upper, -1) && !excludesPrereleases(*r.upper, *v) {
			r.upper = v
		}
	}
	return r, !r.empty()
}

// tighter tells whether the bound v leaves less open than the bound old. sign is 1 for lower bounds, -1 for upper ones.
func tighter(v, old *config.VersionSpec, sign int) bool {
	c := v.Compare(*old) * sign
	return c > 0 || c == 0 && len(v.Op) < len(old.Op)
}

// excludesPrereleases tells whether the bound "<1.2.0" leaves out what the bound at a prerelease of 1.2.0 would.
func excludesPrereleases(bound, v config.VersionSpec) bool {
	return bound.Op == "<" && bound.Prerelease == "" && v.Prerelease != "" &&
		bound.Major == v.Major && bound.Minor == v.Minor && bound.Patch == v.Patch
}

// empty tells whether the bounds have crossed.
func (r versionRange) empty() bool {
	if r.lower == nil || r.upper == nil {
		return false
	}
	c := r.lower.Compare(*r.upper)
	return c > 0 || c == 0 && (r.lower.Op == ">" || r.upper.Op == "<")
}

// allows tells whether a version lies in the range.
func (r versionRange) allows(v config.VersionSpec) bool {
	return (r.lower == nil || r.lower.Allows(v)) && (r.upper == nil || r.upper.Allows(v))
}

// String is dbt's text of a range: ">=1.0.0, <2.0.0".
func (r versionRange) String() string {
	var parts []string
	for _, v := range []*config.VersionSpec{r.lower, r.upper} {
		if v != nil {
			parts = append(parts, v.String())
		}
	}
	if len(parts) == 0 {
		return "ANY"
	}
	return strings.Join(parts, ", ")
}

// installable sorts versions from low to high and leaves prereleases out, unless they are wanted. The texts stay as
// they are.
func installable(versions []string, prereleases bool) ([]string, error) {
	type parsed struct {
		text string
		v    config.VersionSpec
	}
	var list []parsed
	for _, text := range versions {
		v, err := config.ParseVersionSpec(text)
		if err != nil {
			return nil, err
		}
		if prereleases || v.Prerelease == "" {
			list = append(list, parsed{text, v})
		}
	}
	slices.SortStableFunc(list, func(a, b parsed) int { return a.v.Compare(b.v) })
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.text
	}
	return out, nil
}

// latest gives the highest version that lies in the range; "" when none does.
func (r versionRange) latest(versions []string) (string, error) {
	best, bestText := config.VersionSpec{}, ""
	for _, text := range versions {
		v, err := config.ParseVersionSpec(text)
		if err != nil {
			return "", err
		}
		if r.allows(v) && (bestText == "" || best.Compare(v) < 0) {
			best, bestText = v, text
		}
	}
	return bestText, nil
}

// compatible tells whether the version of dbt fulfils a package's require_dbt_version.
func compatible(required []string) (bool, error) {
	specs, err := parseVersions(required)
	if err != nil {
		return false, err
	}
	installed, err := config.ParseVersionSpec(config.DbtVersion)
	if err != nil {
		return false, err
	}
	_, err = reduce(append([]config.VersionSpec{installed}, specs...))
	return err == nil, nil
}

// reprList prints texts as Python prints a list of them.
func reprList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = fmt.Sprintf("'%s'", s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
