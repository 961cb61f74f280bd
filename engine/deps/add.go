package deps

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// ParseAddition reads the value of --add-package, name@version. The version is what follows the last @, unless that is
// part of an address: git@host:path and https://user@host/path have none.
func ParseAddition(text, source string) Addition {
	a := Addition{Name: text, Source: source}
	name, version, ok := text, "", false
	if i := strings.LastIndex(text, ".git@"); i >= 0 {
		name, version, ok = text[:i+4], text[i+5:], true
	} else if i := strings.LastIndexByte(text, '@'); i > 0 {
		name, version = text[:i], text[i+1:]
		ok = source != "git" || !strings.ContainsAny(version, "/:")
	}
	if ok {
		a.Name, a.Version = name, version
	}
	return a
}

// entry is the package as it is written.
func (a Addition) entry() *yamldoc.Map {
	key, versionKey := a.Source, "version"
	switch a.Source {
	case "", "hub":
		key = "package"
	case "git":
		versionKey = "revision"
	}
	m := yamldoc.NewMap(key, a.Name)
	if list := strings.Split(a.Version, ","); len(list) > 1 {
		var versions []any
		for _, v := range list {
			versions = append(versions, strings.TrimSpace(v))
		}
		m.Set(versionKey, versions)
	} else if a.Version != "" {
		m.Set(versionKey, a.Version)
	}
	return m
}

// add changes the list in the way that --add-package wants: entries of the same package go, the new one comes last. The
// file is written later, when the packages have been found. Without comments in it the file gets dbt's layout, else
// its lines stay as they are.
func (r *runner) add() (*edit, error) {
	file := r.Raw.PackagesFile()
	e := &edit{path: filepath.Join(r.root, file)}
	src, err := os.ReadFile(e.path)
	if os.IsNotExist(err) {
		src, err = []byte("packages: []\n"), nil
		e.events = append(e.events, event.Formatting{Msg: "Created packages.yml"})
	}
	if err != nil {
		return nil, diag.New(diag.RuntimeError, "Could not read %s: %v", file, err).WithCode("io").At(file, 0, 0)
	}
	doc, err := yamldoc.Parse(file, src, yamldoc.Limits{})
	if err != nil {
		return nil, err
	}
	value, err := doc.Value()
	if err != nil {
		return nil, err
	}
	top, ok := value.(*yamldoc.Map)
	if value == nil {
		top, ok = yamldoc.NewMap(), true
	}
	if !ok {
		return nil, doc.Errorf(doc.Root, diag.RuntimeError, "%s does not parse to a dictionary", file).WithCode("bad-file")
	}
	list := top.List("packages")
	var gone []int
	for i, item := range list {
		if m, ok := item.(*yamldoc.Map); ok && r.Add.duplicates(m) {
			gone = append(gone, i)
		}
	}
	for _, i := range slices.Backward(gone) {
		e.events = append(e.events, event.DepsFoundDuplicatePackage{RemovedPackage: plainFields(list[i].(*yamldoc.Map))})
	}
	entry := r.Add.entry()
	if bytes.ContainsRune(src, '#') {
		if e.text, err = editList(doc, gone, entry); err != nil {
			return nil, err
		}
	} else {
		kept := []any{}
		for i, item := range list {
			if !slices.Contains(gone, i) {
				kept = append(kept, item)
			}
		}
		out := top.Copy()
		out.Set("packages", append(kept, entry))
		e.text = []byte(yamldoc.Dump(out, yamldoc.DumpOptions{SortKeys: true, IndentLists: true}))
	}
	e.events = append(e.events, event.DepsAddPackage{PackageName: r.Add.Name, Version: r.Add.Version, PackagesFilepath: e.path})
	if r.specs, _, err = config.ParsePackages(file, e.text, r.Render); err != nil {
		return nil, err
	}
	for _, s := range urlSecrets(r.specs) {
		r.Bus.AddSecrets(s)
	}
	return e, nil
}

// duplicates tells whether an entry is about the same package: its location has the package's name, or the last part of
// it, between slashes and dots; dashes and underscores are the same (check_for_duplicate_packages in dbt/task/deps.py).
func (a Addition) duplicates(m *yamldoc.Map) bool {
	location := ""
	for _, key := range []string{"package", "git", "local", "tarball", "private"} {
		if location = m.Str(key); location != "" {
			break
		}
	}
	names := []string{a.Name}
	if i := strings.LastIndexByte(a.Name, '/'); i >= 0 {
		names = append(names, a.Name[i+1:])
	}
	for _, n := range names {
		for _, variant := range []string{n, strings.ReplaceAll(n, "_", "-"), strings.ReplaceAll(n, "-", "_")} {
			if hasWord(location, variant) {
				return true
			}
		}
	}
	return false
}

// hasWord tells whether the first place of word in text has its ends, slashes or dots around.
func hasWord(text, word string) bool {
	i := strings.Index(text, word)
	if word == "" || i < 0 {
		return false
	}
	edge := func(j int) bool { return j < 0 || j >= len(text) || text[j] == '/' || text[j] == '.' }
	return edge(i-1) && edge(i+len(word))
}

func plainFields(m *yamldoc.Map) map[string]string {
	out := map[string]string{}
	for k, v := range m.All() {
		switch v.(type) {
		case string, int64, float64:
			out[k] = yamldoc.Text(v)
		}
	}
	return out
}

// editList takes items out of the list `packages` of a text and adds one at its end, line by line, so that comments stay.
// When the outcome doesn't read as it should, as with a list that is no block of lines, that is an error.
func editList(doc *yamldoc.Document, gone []int, entry *yamldoc.Map) ([]byte, error) {
	text, ok := editLines(doc, gone, entry)
	if ok && reads(text, doc, gone, entry) {
		return []byte(text), nil
	}
	d := doc.Errorf(doc.FindKey(nil, "packages"), diag.RuntimeError, "%s can't be changed without losing its comments", doc.File).WithCode("add-package")
	return nil, d.WithHint("add the entry by hand:\n%s", itemText(entry, ""))
}

// reads tells whether a changed text holds what it should.
func reads(text string, doc *yamldoc.Document, gone []int, entry *yamldoc.Map) bool {
	before, err := doc.Value()
	if err != nil {
		return false
	}
	want := yamldoc.NewMap()
	if m, ok := before.(*yamldoc.Map); ok {
		want = m.Copy()
	}
	var list []any
	for i, item := range want.List("packages") {
		if !slices.Contains(gone, i) {
			list = append(list, item)
		}
	}
	want.Set("packages", append(list, entry))
	got, err := yamldoc.ToValue(doc.File, []byte(text), yamldoc.Limits{})
	return err == nil && yamldoc.Equal(got, want)
}

func editLines(doc *yamldoc.Document, gone []int, entry *yamldoc.Map) (text string, ok bool) {
	lines := strings.SplitAfter(string(doc.Src), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	} else {
		lines[last] += "\n"
	}
	list := doc.Find(nil, "packages")
	key := doc.FindKey(nil, "packages")
	if list == nil || !yamldoc.IsList(list) || len(list.Content) == 0 {
		// `packages:` is missing, empty or [].
		if key == nil {
			return strings.Join(lines, "") + "packages:\n" + itemText(entry, "  "), true
		}
		value, comment, commented := strings.Cut(strings.TrimRight(lines[key.Line-1], "\n"), "#")
		if commented {
			comment = " #" + comment
		}
		switch strings.Join(strings.Fields(value), "") {
		case "packages:", "packages:[]", "packages:null", "packages:~":
			lines[key.Line-1] = "packages:" + comment + "\n" + itemText(entry, "  ")
			return strings.Join(lines, ""), true
		}
		return "", false
	}
	starts := make([]int, len(list.Content)) // index of the line of each item's dash
	indent := ""
	for i := range list.Content {
		item := &list.Content[i]
		line := lines[item.Line-1]
		dash := strings.TrimLeft(line, " ")
		if !strings.HasPrefix(dash, "- ") || !yamldoc.IsMap(item) || strings.HasPrefix(strings.TrimSpace(dash[1:]), "{") {
			return "", false
		}
		starts[i] = item.Line - 1
		indent = line[:len(line)-len(dash)]
	}
	// The list ends before the next line that is not indented as its items are; comments and empty lines at the end
	// belong to what follows.
	end := starts[len(starts)-1] + 1
	for i := end; i < len(lines); i++ {
		text := strings.TrimSpace(lines[i])
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if inner := lines[i][:len(lines[i])-len(strings.TrimLeft(lines[i], " "))]; len(inner) <= len(indent) {
			break
		}
		end = i + 1
	}
	var out strings.Builder
	for i, line := range lines {
		if i == end {
			out.WriteString(itemText(entry, indent))
		}
		if dropped(i, end, starts, gone, lines) {
			continue
		}
		out.WriteString(line)
	}
	if end == len(lines) {
		out.WriteString(itemText(entry, indent))
	}
	return out.String(), true
}

// dropped tells whether a line belongs to an item that goes. Comments and empty lines after it stay.
func dropped(line, end int, starts, gone []int, lines []string) bool {
	for _, g := range gone {
		stop := end
		if g+1 < len(starts) {
			stop = starts[g+1]
		}
		for stop > starts[g]+1 {
			if text := strings.TrimSpace(lines[stop-1]); text != "" && !strings.HasPrefix(text, "#") {
				break
			}
			stop--
		}
		if line >= starts[g] && line < stop {
			return true
		}
	}
	return false
}

// itemText is an entry as an item of a block list.
func itemText(entry *yamldoc.Map, indent string) string {
	text := yamldoc.Dump([]any{entry}, yamldoc.DumpOptions{IndentLists: true})
	var b strings.Builder
	for line := range strings.Lines(text) {
		fmt.Fprintf(&b, "%s%s", indent, line)
	}
	return b.String()
}
