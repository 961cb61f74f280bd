package manifest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// models adds models given as package.name or package.name.vN; the latest version is 2.
func models(m *Manifest, ids ...[3]string) {
	for _, id := range ids {
		n := &Node{PackageName: id[0], Name: id[1], ResourceType: Model, UniqueID: "model." + id[0] + "." + id[1]}
		if id[2] != "" {
			n.Version, n.LatestVersion = id[2], "2"
			n.UniqueID += ".v" + id[2]
		}
		m.AddNode(n)
	}
	m.RebuildRefs()
}

// ref() looks in the root project, then the node's own package, then anywhere;
// with a package only there (Manifest.resolve_ref, _packages_to_search).
func TestResolveRef(t *testing.T) {
	m := New("root")
	models(m, [3]string{"root", "both"}, [3]string{"pkg", "both"}, [3]string{"pkg", "own"}, [3]string{"other", "own"}, [3]string{"other", "far"},
		[3]string{"root", "ver", "1"}, [3]string{"root", "ver", "2"}, [3]string{"root", "old", "1"})
	m.AddNode(&Node{PackageName: "root", Name: "check", ResourceType: Test, UniqueID: "test.root.check"})
	m.AddNode(&Node{PackageName: "root", Name: "seed", ResourceType: Seed, UniqueID: "seed.root.seed"})
	m.AddDisabled(&Node{PackageName: "root", Name: "off", ResourceType: Model, UniqueID: "model.root.off"})
	m.AddDisabled(&Node{PackageName: "root", Name: "ver", Version: "3", ResourceType: Model, UniqueID: "model.root.ver.v3"})
	m.RebuildRefs()
	for _, c := range []struct {
		name, pkg string
		version   any
		from      string
		nodeFirst bool
		want      string
	}{
		{name: "both", from: "root", want: "model.root.both"},
		{name: "both", from: "pkg", want: "model.root.both"},
		{name: "both", from: "pkg", nodeFirst: true, want: "model.pkg.both"},
		{name: "both", pkg: "pkg", from: "root", want: "model.pkg.both"},
		{name: "both", pkg: "other", from: "root", want: ""},
		{name: "own", from: "pkg", want: "model.pkg.own"},
		{name: "own", from: "other", want: "model.other.own"},
		{name: "far", from: "root", want: "model.other.far"},
		{name: "far", from: "pkg", want: "model.other.far"},
		{name: "ver", from: "root", want: "model.root.ver.v2"},
		{name: "ver", version: "1", from: "root", want: "model.root.ver.v1"},
		{name: "ver", version: int64(1), from: "root", want: "model.root.ver.v1"},
		{name: "ver", version: "3", from: "root", want: "disabled model.root.ver.v3"},
		{name: "ver", version: "4", from: "root", want: ""},
		{name: "old", from: "root", want: ""}, // its latest version is not there
		{name: "old", version: 1, from: "root", want: "model.root.old.v1"},
		{name: "check", from: "root", want: ""}, // tests can't be referred to
		{name: "seed", from: "pkg", want: "seed.root.seed"},
		{name: "off", from: "pkg", want: "disabled model.root.off"},
		{name: "nothing", from: "root", want: ""},
	} {
		m.NodePackageFirst = c.nodeFirst
		n, disabled := m.ResolveRef(c.name, c.pkg, c.version, c.from)
		got := ""
		switch {
		case n != nil:
			got = n.UniqueID
		case disabled != nil:
			got = "disabled " + disabled.UniqueID
		}
		if got != c.want {
			t.Errorf("ref(%q, %q, v=%v) in %s: %q, want %q", c.pkg, c.name, c.version, c.from, got, c.want)
		}
	}
}

func TestResolveSourceAndDoc(t *testing.T) {
	m := New("root")
	for _, pkg := range []string{"pkg", "root"} {
		m.AddSource(&Source{PackageName: pkg, SourceName: "raw", Name: "t", UniqueID: "source." + pkg + ".raw.t"})
		m.AddDoc(&Doc{PackageName: pkg, Name: "d", UniqueID: "doc." + pkg + ".d"})
	}
	m.AddSource(&Source{PackageName: "pkg", SourceName: "raw", Name: "only", UniqueID: "source.pkg.raw.only"})
	m.AddDisabled(&Source{PackageName: "root", SourceName: "raw", Name: "off", UniqueID: "source.root.raw.off"})
	for _, c := range []struct{ table, from, want string }{
		{"t", "root", "source.root.raw.t"}, {"t", "pkg", "source.root.raw.t"}, {"only", "root", "source.pkg.raw.only"}, {"off", "root", "disabled"}, {"x", "root", ""},
	} {
		s, disabled := m.ResolveSource("raw", c.table, c.from)
		got := ""
		switch {
		case s != nil:
			got = s.UniqueID
		case disabled:
			got = "disabled"
		}
		if got != c.want {
			t.Errorf("source raw.%s in %s: %q, want %q", c.table, c.from, got, c.want)
		}
	}
	for _, c := range []struct{ name, pkg, from, want string }{
		{"d", "", "pkg", "doc.root.d"}, {"d", "pkg", "root", "doc.pkg.d"}, {"d", "x", "root", ""}, {"e", "", "root", ""},
	} {
		got := ""
		if d := m.ResolveDoc(c.name, c.pkg, c.from); d != nil {
			got = d.UniqueID
		}
		if got != c.want {
			t.Errorf("doc(%q, %q) in %s: %q, want %q", c.pkg, c.name, c.from, got, c.want)
		}
	}
	if d := cmp.Diff([]string{"raw.only", "raw.t"}, m.SourceNames()); d != "" {
		t.Error(d)
	}
}

// Parents and children of everything that has edges, without repetition, sorted;
// groups list their members.
func TestBuildMaps(t *testing.T) {
	m := New("root")
	g := "g"
	m.AddGroup(&Group{Name: "g", UniqueID: "group.root.g"})
	m.AddGroup(&Group{Name: "empty", UniqueID: "group.root.empty"})
	m.AddSource(&Source{UniqueID: "source.root.raw.t"})
	m.AddNode(&Node{UniqueID: "model.root.b", DependsOn: DependsOn{Nodes: []string{"source.root.raw.t", "model.root.a", "source.root.raw.t"}}, Group: &g})
	m.AddNode(&Node{UniqueID: "model.root.a", DependsOn: DependsOn{Nodes: []string{"source.root.raw.t"}}})
	m.AddExposure(&Exposure{UniqueID: "exposure.root.e", DependsOn: DependsOn{Nodes: []string{"model.root.b"}}})
	m.AddUnitTest(&UnitTest{UniqueID: "unit_test.root.a.u", DependsOn: DependsOn{Nodes: []string{"model.root.a"}}})
	m.BuildMaps()
	if d := cmp.Diff(map[string][]string{
		"source.root.raw.t": {}, "model.root.a": {"source.root.raw.t"}, "model.root.b": {"model.root.a", "source.root.raw.t"},
		"exposure.root.e": {"model.root.b"}, "unit_test.root.a.u": {"model.root.a"},
	}, m.ParentMap); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string][]string{
		"source.root.raw.t": {"model.root.a", "model.root.b"}, "model.root.a": {"model.root.b", "unit_test.root.a.u"}, "model.root.b": {"exposure.root.e"},
		"exposure.root.e": {}, "unit_test.root.a.u": {},
	}, m.ChildMap); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string][]string{"g": {"model.root.b"}, "empty": {}}, m.GroupMap); d != "" {
		t.Error(d)
	}
}

// A node that its property file turns off moves to the disabled ones and back.
func TestDisable(t *testing.T) {
	m := New("root")
	models(m, [3]string{"root", "a"})
	n := m.Nodes["model.root.a"]
	m.RemoveNode(n.UniqueID)
	m.AddDisabled(n)
	m.RebuildRefs()
	if len(m.NodeOrder) != 0 || m.FindRef("a", "", nil) != nil || m.FindDisabled("a", "root", nil) != n || len(m.DisabledNodes("a")) != 1 {
		t.Error("a is not disabled")
	}
	m.RemoveDisabled(n)
	m.AddNode(n)
	m.RebuildRefs()
	if m.FindRef("a", "root", nil) != n || len(m.Disabled)+len(m.DisabledO)+len(m.DisabledNodes("a")) != 0 {
		t.Error("a is not back")
	}
}

func TestVersionString(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{{nil, ""}, {1, "1"}, {int64(2), "2"}, {1.5, "1.5"}, {2.0, "2.0"}, {"beta", "beta"}} {
		if got := VersionString(c.in); got != c.want {
			t.Errorf("%v: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestNodeNames(t *testing.T) {
	n := &Node{Name: "m", Version: int64(3), ResourceType: Model, Columns: []*Column{{Name: "a"}}}
	if n.SearchName() != "m.v3" || !n.IsVersioned() || !n.IsRefable() || n.Column("a") == nil || n.Column("b") != nil || n.ConfigValue("x") != nil || n.IsEphemeral() {
		t.Errorf("%+v", n)
	}
}
