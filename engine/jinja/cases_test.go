package jinja_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// The case files hold templates with what Python's Jinja2 3.1, set up as dbt
// does, gives for them: an output, a native value with its type, or the kind
// of error.
type fileCase struct {
	Template string          `json:"template"`
	Output   string          `json:"output"`
	Value    json.RawMessage `json:"value"`
	Type     string          `json:"type"`
	Error    string          `json:"error"`
}

func readCases(t testing.TB, name string) []fileCase {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []fileCase
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var c fileCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	if err := sc.Err(); err != nil || len(out) == 0 {
		t.Fatal("no cases in", name, err)
	}
	return out
}

// dbtTags are the block tags of dbt's own environment.
var dbtTags = []string{"materialization", "test", "docs"}

func TestTextCases(t *testing.T) {
	env := jinja.NewEnv(jinja.Options{RenderPlain: true, Tags: dbtTags})
	for file, policy := range map[string]jinja.UndefinedPolicy{
		"expressions": jinja.UndefinedText, "statements": jinja.UndefinedText, "parse": jinja.UndefinedParse,
	} {
		for _, c := range readCases(t, file) {
			th := jinja.NewThread(context.Background())
			th.Undefined = policy
			got := fileCase{Template: c.Template}
			tmpl, err := env.Parse("case.sql", c.Template)
			if err == nil {
				got.Output, err = tmpl.Render(th, nil)
			}
			if err != nil {
				got.Error = kindOf(t, err)
			}
			if diff := cmp.Diff(c, got); diff != "" {
				t.Errorf("%s (-want +got, %v):\n%s", file, err, diff)
			}
		}
	}
}

func kindOf(t *testing.T, err error) string {
	t.Helper()
	var e *jinja.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *jinja.Error", err)
	}
	if e.Line == 0 || e.File == "" {
		t.Errorf("%v has no place", err)
	}
	if e.Kind == jinja.Limit {
		return "runtime" // Python has no kind for its recursion limit
	}
	return e.Kind.String()
}

func TestNativeCases(t *testing.T) {
	env := jinja.NewEnv(jinja.Options{MangleMacros: true})
	for _, c := range readCases(t, "native") {
		tmpl, err := env.Parse("case.yml", c.Template)
		var v jinja.Value
		var text string
		if err == nil {
			v, err = tmpl.RenderNative(nil, nil)
		}
		if err == nil {
			text, err = jinja.JSON(v, jinja.JSONOptions{})
		}
		if c.Error != "" {
			if err == nil {
				t.Errorf("%s: got %s, want an error", c.Template, text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.Template, err)
			continue
		}
		typ := v.Type()
		if typ == "NoneType" {
			typ = "none"
		}
		var got, want any
		if json.Unmarshal([]byte(text), &got) != nil || json.Unmarshal(c.Value, &want) != nil {
			if text != string(c.Value) { // NaN and Infinity are no JSON
				t.Errorf("%s: got %s, want %s", c.Template, text, c.Value)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" || typ != c.Type {
			t.Errorf("%s: type %s, want %s (-want +got):\n%s", c.Template, typ, c.Type, diff)
		}
	}
}
