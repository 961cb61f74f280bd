package lineage

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// published are the schemas of OpenLineage in testdata, by their addresses. Another one is an error: nothing is fetched.
func published(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(jsonschema.SchemeURLLoader{})
	files, err := filepath.Glob("testdata/openlineage/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d schemas (%v)", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(doc.(map[string]any)["$id"].(string), doc); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// check holds a part of an event against the schema that it names under a key.
func check(t *testing.T, c *jsonschema.Compiler, part map[string]any, key string) error {
	t.Helper()
	url, _ := part[key].(string)
	schema, err := c.Compile(url)
	if err != nil {
		t.Fatalf("the schema %q: %v", url, err)
	}
	return schema.Validate(part)
}

// TestOpenLineageSchemas: events and their facets are valid by the published schemas that they name.
func TestOpenLineageSchemas(t *testing.T) {
	c := published(t)
	lines, err := cafe().OpenLineage([]string{"fct", "src"}, nil, OpenLineageOptions{
		Producer: "https://github.com/gdbt-dev/gdbt", Time: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Dataset: func(id string) (Dataset, bool) { return Dataset{"postgres://h:5432", "db.main." + id}, id != "eph" },
	})
	if err != nil {
		t.Fatal(err)
	}
	facets := map[string]int{}
	for _, line := range lines {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		event := doc.(map[string]any)
		if err := check(t, c, event, "schemaURL"); err != nil {
			t.Errorf("%s\n%v", line, err)
		}
		for name, facet := range event["dataset"].(map[string]any)["facets"].(map[string]any) {
			facets[name]++
			if err := check(t, c, facet.(map[string]any), "_schemaURL"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if facets["schema"] != 2 || facets["columnLineage"] != 1 {
		t.Errorf("facets: %v", facets)
	}
	// The check finds what is wrong.
	for what, change := range map[string][2]string{
		"a dataset without its namespace": {`"dataset":{"namespace":"postgres://h:5432",`, `"dataset":{`}, "a time that is none": {"2026-01-31T", "2026-01-41T"},
		"a facet without a producer": {`"facets":{"columnLineage":{"_producer":"https://github.com/gdbt-dev/gdbt",`, `"facets":{"columnLineage":{`},
	} {
		if !strings.Contains(lines[0], change[0]) {
			t.Fatalf("%s: %s is not in %s", what, change[0], lines[0])
		}
		var event map[string]any
		d := json.NewDecoder(bytes.NewReader([]byte(strings.Replace(lines[0], change[0], change[1], 1))))
		if err := d.Decode(&event); err != nil {
			t.Fatal(err)
		}
		if check(t, c, event, "schemaURL") == nil {
			t.Errorf("%s is valid", what)
		}
	}
}
