package docs

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestJoinModules: modules become functions in the order of their imports; what the joining does not know is an error.
func TestJoinModules(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	out, err := joinModules(fstest.MapFS{
		"main.js": file("import { one } from \"./a.js\";\none();\n"), "a.js": file("import { two } from \"./b.js\";\nexport function one() { return two; }\n"), "b.js": file("export const two = 2;\n"),
	}, "main.js")
	if err != nil {
		t.Fatal(err)
	}
	b, a, main := strings.Index(string(out), "// b.js"), strings.Index(string(out), "// a.js"), strings.Index(string(out), "// main.js")
	if b < 0 || a < b || main < a || strings.Contains(string(out), "import") || strings.Contains(string(out), "export") {
		t.Errorf("joined as\n%s", out)
	}
	for want, files := range map[string]fstest.MapFS{
		"main.js:1: not a form":  {"main.js": file("export default 1;\n")},
		"import each other":      {"main.js": file("import { a } from \"./a.js\";\n"), "a.js": file("import { b } from \"./main.js\";\n")},
		"file does not exist":    {"main.js": file("import { a } from \"./gone.js\";\n")},
		"main.js:2: not a form ": {"main.js": file("const x = 1;\nimport y from \"./a.js\";\n")},
	} {
		if _, err := joinModules(files, "main.js"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
