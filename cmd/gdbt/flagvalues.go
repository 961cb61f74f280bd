package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// The values of options: each checks what it is given and says what is wrong in the words of dbt's command line.

// invalid is what is wrong with a value, as a sentence.
type invalid string

func (e invalid) Error() string { return string(e) }

func invalidf(format string, args ...any) error { return invalid(fmt.Sprintf(format, args...)) }

// The given… values go into options.given under dbt's name of the flag.

func (o *options) give(name string, value any) { o.given[strings.ReplaceAll(name, "-", "_")] = value }

type givenBool struct {
	o    *options
	name string
	// negative is the --no- twin.
	negative bool
}

func (v givenBool) Set(s string) error {
	v.o.give(v.name, (s == "true") != v.negative)
	return nil
}
func (givenBool) String() string { return "" }
func (givenBool) Type() string   { return "bool" }

type givenInt struct {
	o    *options
	name string
}

func (v givenInt) Set(s string) error {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return invalidf("'%s' is not a valid integer.", s)
	}
	v.o.give(v.name, n)
	return nil
}
func (givenInt) String() string { return "" }
func (givenInt) Type() string   { return "INTEGER" }

type givenText struct {
	o       *options
	name    string
	choices []string
	kind    string
}

func (v givenText) Set(s string) error {
	c, err := choose(s, v.choices)
	if err != nil {
		return err
	}
	v.o.give(v.name, c)
	return nil
}
func (givenText) String() string { return "" }
func (v givenText) Type() string { return typeName(v.choices, v.kind) }

// givenPath is a path. What is called by kind, if anything, must exist.
type givenPath struct {
	o    *options
	name string
	kind string
}

func (v givenPath) Set(s string) error {
	if v.kind != "" {
		if _, err := os.Stat(s); err != nil {
			return invalidf("%s '%s' does not exist.", v.kind, s)
		}
	}
	v.o.give(v.name, s)
	return nil
}
func (givenPath) String() string { return "" }
func (givenPath) Type() string   { return "PATH" }

// givenWords collects words.
type givenWords struct {
	o       *options
	name    string
	choices []string
}

func (v givenWords) Set(s string) error {
	if s == "" {
		return nil
	}
	c, err := choose(s, v.choices)
	if err != nil {
		return err
	}
	words, _ := v.o.given[strings.ReplaceAll(v.name, "-", "_")].([]string)
	v.o.give(v.name, append(words, c))
	return nil
}
func (givenWords) String() string { return "" }
func (givenWords) Type() string   { return "TEXT..." }

// givenMap is YAML text that holds a mapping.
type givenMap struct {
	o    *options
	name string
}

func (v givenMap) Set(s string) error {
	m, err := mapping(s)
	if err != nil {
		return err
	}
	v.o.give(v.name, m)
	return nil
}
func (givenMap) String() string { return "" }
func (givenMap) Type() string   { return "YAML" }

// The other values go into a field of options.

type boolValue struct{ p *bool }

func (v boolValue) Set(string) error {
	*v.p = true
	return nil
}
func (boolValue) String() string { return "" }
func (boolValue) Type() string   { return "bool" }

// switchValue sets its field to what it holds: a switch and its twin.
type switchValue struct {
	p  *bool
	to bool
}

func (v switchValue) Set(string) error {
	*v.p = v.to
	return nil
}
func (switchValue) String() string { return "" }
func (switchValue) Type() string   { return "bool" }

type textValue struct {
	p       *string
	choices []string
}

func (v textValue) Set(s string) error {
	c, err := choose(s, v.choices)
	if err != nil {
		return err
	}
	*v.p = c
	return nil
}
func (textValue) String() string { return "" }
func (v textValue) Type() string { return typeName(v.choices, "TEXT") }

type intValue struct{ p *int }

func (v intValue) Set(s string) error {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return invalidf("'%s' is not a valid integer.", s)
	}
	*v.p = n
	return nil
}
func (intValue) String() string { return "" }
func (intValue) Type() string   { return "INTEGER" }

// countValue is a number that is not negative.
type countValue struct{ p *int }

func (v countValue) Set(s string) error {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return invalidf("'%s' is not a valid number: it must be 0 or more.", s)
	}
	*v.p = n
	return nil
}
func (countValue) String() string { return "" }
func (countValue) Type() string   { return "INTEGER" }

// dateValue is a date, or a date and a time.
type dateValue struct{ p *time.Time }

func (v dateValue) Set(s string) error {
	t, err := source.ParseTime(s)
	if err != nil {
		return invalidf("'%s' is not a valid date, such as 2026-01-31 or 2026-01-31T12:00:00Z.", s)
	}
	*v.p = t
	return nil
}
func (dateValue) String() string { return "" }
func (dateValue) Type() string   { return "DATE" }

// durationValue is a span of time: 90s, 30m, 2h.
type durationValue struct{ p *time.Duration }

func (v durationValue) Set(s string) error {
	d, err := time.ParseDuration(strings.TrimSpace(s))
	if err != nil || d <= 0 {
		return invalidf("'%s' is not a valid duration, such as 90s, 30m or 2h.", s)
	}
	*v.p = d
	return nil
}
func (durationValue) String() string { return "" }
func (durationValue) Type() string   { return "DURATION" }

type wordsValue struct{ p *[]string }

func (v wordsValue) Set(s string) error {
	if s != "" {
		*v.p = append(*v.p, s)
	}
	return nil
}
func (wordsValue) String() string { return "" }
func (wordsValue) Type() string   { return "TEXT..." }

// varsValue is the text of --vars.
type varsValue struct{ p *string }

func (v varsValue) Set(s string) error {
	if _, err := mapping(s); err != nil {
		return err
	}
	*v.p = s
	return nil
}
func (varsValue) String() string { return "" }
func (varsValue) Type() string   { return "YAML" }

// mapping reads a YAML mapping.
func mapping(s string) (*yamldoc.Map, error) {
	v, err := yamldoc.ToValue("", []byte(s), yamldoc.Limits{})
	if err != nil {
		return nil, invalidf("String '%s' is not valid YAML", s)
	}
	m, ok := v.(*yamldoc.Map)
	if !ok {
		return nil, invalidf("String '%s' is not valid YAML: it must be a mapping, like '{name: value}'", s)
	}
	return m, nil
}

// refusedValue is an option that is never accepted, for the reason that it holds.
type refusedValue string

func (v refusedValue) Set(string) error { return invalid(v) }
func (refusedValue) String() string     { return "" }
func (refusedValue) Type() string       { return "bool" }

// sqlparseValue is checked and forgotten: gdbt has no such limits.
type sqlparseValue struct{}

func (sqlparseValue) Set(s string) error {
	m, err := mapping(s)
	if err != nil {
		return err
	}
	known := []string{"MAX_GROUPING_DEPTH", "MAX_GROUPING_TOKENS"}
	for key, v := range m.All() {
		if !slices.Contains(known, key) {
			return invalidf("Unknown sqlparse option: %s. Valid options: %s", key, strings.Join(known, ", "))
		}
		if _, ok := v.(int64); !ok && v != nil {
			return invalidf("Value for %s must be an integer, got: %v", key, v)
		}
	}
	return nil
}
func (sqlparseValue) String() string { return "" }
func (sqlparseValue) Type() string   { return "YAML" }

// choose finds s among the choices, whatever its case. No choices: anything goes.
func choose(s string, choices []string) (string, error) {
	if len(choices) == 0 {
		return s, nil
	}
	for _, c := range choices {
		if strings.EqualFold(c, s) {
			return c, nil
		}
	}
	return "", invalidf("'%s' is not one of '%s'.%s", s, strings.Join(choices, "', '"), config.MeantOf(s, choices))
}

func typeName(choices []string, kind string) string {
	if len(choices) > 0 {
		return "[" + strings.Join(choices, "|") + "]"
	}
	return kind
}
