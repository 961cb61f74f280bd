package docs

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// assets gives the site's script and style sheet.
func assets() (script, style []byte, err error) {
	files, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, nil, err
	}
	if style, err = fs.ReadFile(files, "style.css"); err != nil {
		return nil, nil, err
	}
	script, err = joinModules(files, "main.js")
	return script, style, err
}

// The forms of import and export that the assets keep to; others are errors.
var (
	importLine = regexp.MustCompile(`^import \{ ([\w, ]+) \} from "\./([\w]+\.js)";$`)
	exportLine = regexp.MustCompile(`^export (async function|function\*?|const|class) (\w+)`)
)

// joinModules makes one script of a module and all that it imports. Browsers load modules over HTTP only, so a page that
// opens from a folder needs a plain script. Each module becomes a function that gives its exports, those imported first.
func joinModules(files fs.FS, entry string) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\"use strict\";\n(() => {\nconst modules = {};\n")
	done, open := map[string]bool{}, []string{}
	var add func(name string) error
	add = func(name string) error {
		if done[name] {
			return nil
		}
		if slices.Contains(open, name) {
			return fmt.Errorf("docs: modules import each other: %s → %s", strings.Join(open, " → "), name)
		}
		open = append(open, name)
		src, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		var body bytes.Buffer
		var exports []string
		for n, line := range strings.Split(strings.TrimRight(string(src), "\n"), "\n") {
			if m := importLine.FindStringSubmatch(line); m != nil {
				if err := add(m[2]); err != nil {
					return err
				}
				line = fmt.Sprintf("const { %s } = modules[%q];", m[1], m[2])
			} else if m := exportLine.FindStringSubmatch(line); m != nil {
				exports = append(exports, m[2])
				line = strings.TrimPrefix(line, "export ")
			} else if strings.HasPrefix(line, "import") || strings.HasPrefix(line, "export") {
				return fmt.Errorf("docs: %s:%d: not a form of import or export that is known here: %s", name, n+1, line)
			}
			body.WriteString(line)
			body.WriteByte('\n')
		}
		fmt.Fprintf(&out, "// %s\nmodules[%q] = (() => {\n%sreturn { %s };\n})();\n", path.Base(name), name, body.Bytes(), strings.Join(exports, ", "))
		open = open[:len(open)-1]
		done[name] = true
		return nil
	}
	if err := add(entry); err != nil {
		return nil, err
	}
	out.WriteString("})();\n")
	return out.Bytes(), nil
}
