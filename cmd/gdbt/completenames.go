package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// projectNames finds the names that completion offers: in the project's files and in its manifest.
type projectNames struct {
	*process
	// given are the options of the line so far.
	given map[string]string
	// command is the command's name.
	command string
}

// valueOf completes the value of an option.
func (n *projectNames) valueOf(ctx context.Context, f *pflag.Flag, cur string) completion {
	name := f.Name
	if m, ok := f.Annotations[annotationMain]; ok {
		name = m[0]
	}
	switch name {
	case "select", "models", "exclude":
		return completion{candidates: append(n.selectors(ctx, cur), n.columns(ctx, cur)...)}
	case "selector":
		return completion{candidates: startingWith(n.yamlSelectors(), cur)}
	case "target":
		return completion{candidates: startingWith(plainCandidates(n.targets()), cur)}
	case "profile":
		return completion{candidates: startingWith(plainCandidates(n.profiles()), cur)}
	case "output-keys":
		return completion{candidates: startingWith(plainCandidates(engine.ListKeys()), cur)}
	}
	switch v := f.Value.(type) {
	case givenText:
		return completion{candidates: startingWith(plainCandidates(v.choices), cur)}
	case textValue:
		if len(v.choices) > 0 {
			return completion{candidates: startingWith(plainCandidates(v.choices), cur)}
		}
	case givenWords:
		return completion{candidates: startingWith(plainCandidates(v.choices), cur)}
	}
	switch {
	case strings.HasSuffix(name, "-dir") || name == "dir" || name == "target-path" || name == "log-path" || strings.HasSuffix(name, "state"):
		return completion{paths: "dirs"}
	case f.Value.Type() == "PATH":
		return completion{paths: "files"}
	}
	return completion{}
}

// argument completes a word that belongs to no option.
func (n *projectNames) argument(ctx context.Context, cmd *cobra.Command, cur string) completion {
	var list []candidate
	switch cmd.Name() {
	case "completion":
		list = plainCandidates(shells)
	case "help":
		for _, t := range topics {
			list = append(list, candidate{t.name, t.short})
		}
		for _, c := range cmd.Root().Commands() {
			if !c.Hidden {
				list = append(list, candidate{c.Name(), c.Short})
			}
		}
	case "run-operation":
		list = n.index(ctx).macros(n.projectName())
	}
	return completion{candidates: startingWith(list, cur)}
}

func (n *projectNames) env(name string) string {
	for _, prefix := range []string{"DBT_ENGINE_", "DBT_"} {
		if v, _ := n.lookupEnv(prefix + name); v != "" {
			return v
		}
	}
	return ""
}

// option is the value of an option on the line or in the environment.
func (n *projectNames) option(name string) string {
	if v := n.given[name]; v != "" {
		return v
	}
	return n.env(strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
}

func (n *projectNames) projectDir() string {
	if dir := n.option("project-dir"); dir != "" {
		return dir
	}
	cwd, err := os.Getwd()
	if err != nil {
		return "."
	}
	return config.FindProjectDir(cwd)
}

// readMap reads a YAML file of names; nil when there is none or it can't be read.
func readMap(path string) *yamldoc.Map {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	v, err := yamldoc.ToValue(path, src, yamldoc.Limits{})
	if err != nil {
		return nil
	}
	m, _ := v.(*yamldoc.Map)
	return m
}

func (n *projectNames) projectFile() *yamldoc.Map {
	return readMap(filepath.Join(n.projectDir(), config.ProjectFile))
}

func (n *projectNames) projectName() string { return n.projectFile().Str("name") }

func (n *projectNames) profilesFile() *yamldoc.Map {
	dir := n.option("profiles-dir")
	if dir == "" {
		cwd, err := os.Getwd()
		if err != nil {
			return nil
		}
		home, _ := n.lookupEnv("HOME")
		dir = config.FindProfilesDir(cwd, n.projectDir(), home)
	}
	return readMap(filepath.Join(dir, config.ProfilesFile))
}

func (n *projectNames) profiles() []string {
	return slices.DeleteFunc(n.profilesFile().Keys(), func(name string) bool { return name == "config" })
}

func (n *projectNames) targets() []string {
	name := n.option("profile")
	if name == "" {
		name = n.projectFile().Str("profile")
	}
	return n.profilesFile().Map(name).Map("outputs").Keys()
}

func (n *projectNames) yamlSelectors() []candidate {
	var list []candidate
	for _, s := range readMap(filepath.Join(n.projectDir(), "selectors.yml")).List("selectors") {
		if m, ok := s.(*yamldoc.Map); ok {
			help, _, _ := strings.Cut(m.Str("description"), "\n")
			list = append(list, candidate{m.Str("name"), help})
		}
	}
	return list
}

// nameIndex is what completion needs of a manifest.
type nameIndex struct {
	Nodes     map[string]indexNode `json:"nodes"`
	Sources   map[string]indexNode `json:"sources"`
	Exposures map[string]indexNode `json:"exposures"`
	UnitTests map[string]indexNode `json:"unit_tests"`
	Macros    map[string]indexNode `json:"macros"`
}

type indexNode struct {
	Name             string   `json:"name"`
	PackageName      string   `json:"package_name"`
	ResourceType     string   `json:"resource_type"`
	OriginalFilePath string   `json:"original_file_path"`
	SourceName       string   `json:"source_name"`
	Tags             []string `json:"tags"`
	Group            string   `json:"group"`
	FQN              []string `json:"fqn"`
	Config           struct {
		Materialized string `json:"materialized"`
	} `json:"config"`
	TestMetadata *struct {
		Name string `json:"name"`
	} `json:"test_metadata"`
	// Columns are those that the YAML files name.
	Columns map[string]struct{} `json:"columns"`
}

// index reads the manifest of the last run; when there is none the project is parsed.
func (n *projectNames) index(ctx context.Context) nameIndex {
	dir := n.projectDir()
	target := n.option("target-path")
	if target == "" {
		target = n.projectFile().Str("target-path")
	}
	if target == "" {
		target = "target"
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(dir, target)
	}
	if src, err := os.ReadFile(filepath.Join(target, "manifest.json")); err == nil {
		return decodeIndex(src)
	}
	registry, err := adapters()
	if err != nil {
		return nameIndex{}
	}
	given := map[string]any{}
	for _, name := range []string{"target", "profile", "profiles-dir", "target-path"} {
		if v := n.given[name]; v != "" {
			given[strings.ReplaceAll(name, "-", "_")] = v
		}
	}
	env := n.environment()
	flags, _, err := config.ResolveFlags(given, env, nil)
	if err != nil {
		return nameIndex{}
	}
	p, err := engine.Open(ctx, engine.Options{ProjectDir: dir, Flags: flags, Env: env, Adapters: registry, Vars: n.given["vars"]})
	if err != nil {
		return nameIndex{}
	}
	defer p.Close()
	m, err := p.Parse(ctx)
	if err != nil {
		return nameIndex{}
	}
	return indexOf(m)
}

// decodeIndex reads manifest.json; what can't be read is left out.
func decodeIndex(src []byte) nameIndex {
	var x nameIndex
	// A manifest that is broken further on still has names.
	_ = json.Unmarshal(src, &x)
	return x
}

// indexOf takes the names from a manifest in memory.
func indexOf(m *manifest.Manifest) nameIndex {
	x := nameIndex{Nodes: map[string]indexNode{}, Sources: map[string]indexNode{}, Exposures: map[string]indexNode{}, UnitTests: map[string]indexNode{}, Macros: map[string]indexNode{}}
	for id, node := range m.Nodes {
		i := indexNode{Name: node.Name, PackageName: node.PackageName, ResourceType: string(node.ResourceType), OriginalFilePath: node.OriginalFilePath, Tags: node.Tags, FQN: node.FQN}
		i.Config.Materialized = node.Materialized()
		if node.Group != nil {
			i.Group = *node.Group
		}
		i.Columns = make(map[string]struct{}, len(node.Columns))
		for _, c := range node.Columns {
			i.Columns[c.Name] = struct{}{}
		}
		if node.TestMetadata != nil {
			i.TestMetadata = &struct {
				Name string `json:"name"`
			}{node.TestMetadata.Name}
		}
		x.Nodes[id] = i
	}
	for id, s := range m.Sources {
		x.Sources[id] = indexNode{Name: s.Name, SourceName: s.SourceName, PackageName: s.PackageName, ResourceType: "source", OriginalFilePath: s.OriginalFilePath, Tags: s.Tags, FQN: s.FQN}
	}
	for id, e := range m.Exposures {
		x.Exposures[id] = indexNode{Name: e.Name, PackageName: e.PackageName, ResourceType: "exposure", OriginalFilePath: e.OriginalFilePath}
	}
	for id, u := range m.UnitTests {
		x.UnitTests[id] = indexNode{Name: u.Name, PackageName: u.PackageName, ResourceType: "unit_test", OriginalFilePath: u.OriginalFilePath}
	}
	for id, mc := range m.Macros {
		x.Macros[id] = indexNode{Name: mc.Name, PackageName: mc.PackageName, ResourceType: "macro"}
	}
	return x
}

// macros are those that run-operation can call by their bare name or behind that of a package.
func (x nameIndex) macros(project string) []candidate {
	internal := []string{"dbt"}
	for _, d := range drivers() {
		internal = append(internal, "dbt_"+d.Name())
	}
	var list []candidate
	for _, m := range x.Macros {
		switch {
		case m.PackageName == project:
			list = append(list, candidate{m.Name, "macro of the project"})
		case !slices.Contains(internal, m.PackageName):
			list = append(list, candidate{m.PackageName + "." + m.Name, "macro of a package"})
		}
	}
	return list
}

// selectors completes the part of a selector at the cursor: behind the last comma and the graph operator in front.
func (n *projectNames) selectors(ctx context.Context, cur string) []candidate {
	head := ""
	if i := strings.LastIndexAny(cur, ", "); i >= 0 {
		head, cur = cur[:i+1], cur[i+1:]
	}
	rest := strings.TrimLeft(cur, "@+0123456789")
	// Digits are an operator only in front of a plus.
	if op := cur[:len(cur)-len(rest)]; op != "" && !strings.HasSuffix(op, "+") && op != "@" {
		rest = cur
	}
	head += cur[:len(cur)-len(rest)]
	var list []candidate
	if method, _, ok := strings.Cut(rest, ":"); ok {
		for _, v := range n.methodValues(ctx, method) {
			list = append(list, candidate{method + ":" + v.value, v.help})
		}
	} else {
		for _, m := range selector.Methods() {
			list = append(list, candidate{m + ":", "method"})
		}
		x := n.index(ctx)
		for _, node := range x.Nodes {
			if node.ResourceType != "operation" {
				list = append(list, candidate{node.Name, node.ResourceType})
			}
		}
	}
	list = startingWith(list, rest)
	for i := range list {
		list[i].value = head + list[i].value
	}
	return list
}

// columns completes model.column, which lineage takes, with the columns that the YAML files name.
func (n *projectNames) columns(ctx context.Context, cur string) []candidate {
	node, _, ok := strings.Cut(cur, ".")
	if n.command != "lineage" || !ok {
		return nil
	}
	node = node[strings.LastIndexByte(node, '+')+1:]
	head := cur[:strings.IndexByte(cur, '.')+1]
	var list []candidate
	for _, x := range n.index(ctx).Nodes {
		if x.Name != node || x.ResourceType == "test" {
			continue
		}
		for c := range x.Columns {
			list = append(list, candidate{head + c, "column"})
		}
	}
	return startingWith(list, cur)
}

// methodValues are the values that a selector method can have in this project.
func (n *projectNames) methodValues(ctx context.Context, method string) []candidate {
	switch method {
	case "state":
		return plainCandidates(strings.Fields("new old modified unmodified modified.body modified.configs modified.persisted_descriptions modified.relation modified.macros modified.contract"))
	case "result":
		return plainCandidates(strings.Fields("success error fail warn skipped pass"))
	case "source_status":
		return plainCandidates([]string{"fresher"})
	case "resource_type":
		return plainCandidates(config.ResourceTypes())
	case "test_type":
		return plainCandidates(strings.Fields("generic singular data unit"))
	case "version":
		return plainCandidates(strings.Fields("latest prerelease old none"))
	case "access":
		return plainCandidates(strings.Fields("private protected public"))
	case "selector":
		return n.yamlSelectors()
	}
	x := n.index(ctx)
	found := map[string]string{}
	each := func(of func(indexNode) []string, maps ...map[string]indexNode) {
		for _, m := range maps {
			for _, node := range m {
				for _, v := range of(node) {
					if v != "" {
						found[v] = node.ResourceType
					}
				}
			}
		}
	}
	one := func(of func(indexNode) string) func(indexNode) []string {
		return func(node indexNode) []string { return []string{of(node)} }
	}
	switch method {
	case "tag":
		each(func(node indexNode) []string { return node.Tags }, x.Nodes, x.Sources)
		for v := range found {
			found[v] = "" // on nodes of any type
		}
	case "source":
		each(func(node indexNode) []string { return []string{node.SourceName, node.SourceName + "." + node.Name} }, x.Sources)
	case "exposure":
		each(one(func(node indexNode) string { return node.Name }), x.Exposures)
	case "unit_test":
		each(one(func(node indexNode) string { return node.Name }), x.UnitTests)
	case "group":
		each(one(func(node indexNode) string { return node.Group }), x.Nodes)
	case "package":
		found["this"] = "the project"
		each(one(func(node indexNode) string { return node.PackageName }), x.Nodes, x.Sources)
	case "config.materialized":
		each(one(func(node indexNode) string { return node.Config.Materialized }), x.Nodes)
	case "test_name":
		each(func(node indexNode) []string {
			if node.TestMetadata == nil {
				return nil
			}
			return []string{node.TestMetadata.Name}
		}, x.Nodes)
	case "file":
		each(one(func(node indexNode) string { return filepath.Base(node.OriginalFilePath) }), x.Nodes)
	case "path":
		each(func(node indexNode) []string {
			var up []string
			for p := node.OriginalFilePath; p != "." && p != "/" && p != ""; p = filepath.Dir(p) {
				up = append(up, p)
			}
			return up
		}, x.Nodes, x.Sources)
		for v := range found {
			found[v] = ""
		}
	case "fqn":
		each(func(node indexNode) []string { return []string{node.Name, strings.Join(node.FQN, ".")} }, x.Nodes)
	}
	var list []candidate
	for _, v := range slices.Sorted(maps.Keys(found)) {
		list = append(list, candidate{v, found[v]})
	}
	return list
}
