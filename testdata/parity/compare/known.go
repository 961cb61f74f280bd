package compare

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Known is an entry of the list of known differences.
type Known struct {
	// At is a pattern of places: `*` stands for anything in a segment, `**` for
	// any number of segments.
	At string
	// Kind is a kind of difference; empty for every kind.
	Kind string
	// DBT and GDBT are regular expressions that the values must match; empty for
	// every value.
	DBT, GDBT string
	// Why is the reason. Status says what is to become of it: [OnPurpose] or [ToMend].
	Why, Status string

	at, dbt, gdbt *regexp.Regexp
	// Met counts the differences that it explained.
	Met int
}

// What a known difference is.
const (
	OnPurpose = "better on purpose"
	ToMend    = "to mend"
)

// ReadKnown reads the list: a YAML list of mappings with the keys at, kind, dbt,
// gdbt, why and status.
func ReadKnown(file string, raw []byte) ([]*Known, error) {
	v, err := yamldoc.ToValue(file, raw, yamldoc.Limits{})
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, fmt.Errorf("%s is no list", file)
	}
	var out []*Known
	for i, e := range list {
		m, ok := e.(*yamldoc.Map)
		if !ok {
			return nil, fmt.Errorf("%s: entry %d is no mapping", file, i+1)
		}
		k := &Known{}
		for key, v := range yamldoc.Plain(m) {
			to := map[string]*string{"at": &k.At, "kind": &k.Kind, "dbt": &k.DBT, "gdbt": &k.GDBT, "why": &k.Why, "status": &k.Status}[key]
			text, isText := v.(string)
			if to == nil || !isText {
				return nil, fmt.Errorf("%s: entry %d: %s: %v is not known", file, i+1, key, v)
			}
			*to = text
		}
		if err := k.prepare(); err != nil {
			return nil, fmt.Errorf("%s: entry %d: %w", file, i+1, err)
		}
		out = append(out, k)
	}
	return out, nil
}

func (k *Known) prepare() error {
	switch {
	case k.At == "" || k.Why == "":
		return fmt.Errorf("at and why must be there")
	case k.Status != OnPurpose && k.Status != ToMend:
		return fmt.Errorf("status is %q, not %q or %q", k.Status, OnPurpose, ToMend)
	case k.Kind != "" && k.Kind != Value && k.Kind != Order && k.Kind != Space:
		return fmt.Errorf("there is no kind %q", k.Kind)
	}
	k.at = pattern(k.At)
	var err error
	if k.dbt, err = regexp.Compile(k.DBT); err != nil {
		return err
	}
	k.gdbt, err = regexp.Compile(k.GDBT)
	return err
}

// pattern makes a regular expression of a pattern of places.
func pattern(at string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^")
	for i, seg := range strings.Split(at, "/") {
		switch {
		case seg == "**" && i == 0:
			b.WriteString("(?:[^/]*(?:/[^/]*)*)")
		case seg == "**":
			b.WriteString("(?:/[^/]*)*")
		default:
			if i > 0 {
				b.WriteString("/")
			}
			b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(seg), `\*`, `[^/]*`))
		}
	}
	return regexp.MustCompile(b.String() + "$")
}

// Explains tells whether a difference is this one.
func (k *Known) Explains(d Difference) bool {
	return k.at.MatchString(d.At) && (k.Kind == "" || k.Kind == d.Kind) && k.dbt.MatchString(d.DBT) && k.gdbt.MatchString(d.GDBT)
}

// Sort parts the differences that no entry explains, and counts the others.
func Sort(list []Difference, known []*Known) (unknown []Difference) {
	for _, d := range list {
		explained := false
		for _, k := range known {
			if k.Explains(d) {
				k.Met++
				explained = true
				break
			}
		}
		if !explained {
			unknown = append(unknown, d)
		}
	}
	return unknown
}
