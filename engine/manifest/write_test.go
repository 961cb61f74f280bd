package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func ptr[T any](v T) *T { return &v }

// one is a manifest with one resource of every kind.
func one() *Manifest {
	m := New("shop")
	m.Metadata = Metadata{DBTVersion: "1.11.0", Env: map[string]string{"b": "2", "a": "1"}, Quoting: yamldoc.NewMap("database", true)}
	config := yamldoc.NewMap("enabled", true)
	add := func(t ResourceType, name string) *Node {
		n := &Node{Name: name, ResourceType: t, PackageName: "shop", UniqueID: string(t) + ".shop." + name, FQN: []string{"shop", name},
			Checksum: Checksum{"sha256", "00"}, Config: config, Meta: yamldoc.NewMap(), UnrenderedConfig: yamldoc.NewMap(), Language: "sql", CreatedAt: 1.5}
		m.AddNode(n)
		return n
	}
	model := add(Model, "m")
	model.Columns = []*Column{
		{Name: "z", Meta: yamldoc.NewMap(), Constraints: []Constraint{{Type: "unique"}}},
		{Name: "a \"quoted\"", Meta: yamldoc.NewMap("k", int64(1))},
	}
	model.Constraints = []Constraint{{Type: "check", Expression: ptr("a > 0"), IsModelConstraint: true}}
	model.Refs = []Ref{{Name: "s"}, {Name: "s", Package: ptr("shop"), Version: int64(2)}}
	model.DependsOn.Nodes = []string{"seed.shop.s"}
	model.RawCode = "select '<&>' -- é \u2028"
	add(Seed, "s")
	add(Snapshot, "snap")
	add(Analysis, "an")
	add(Operation, "op")
	generic := add(Test, "generic")
	generic.TestMetadata = &TestMetadata{Name: "unique", Kwargs: yamldoc.NewMap("column_name", "id")}
	add(Test, "singular")
	m.AddSource(&Source{UniqueID: "source.shop.raw.t", SourceName: "raw", Name: "t", PackageName: "shop", ResourceType: SourceType, Config: config, CreatedAt: 2})
	m.AddExposure(&Exposure{UniqueID: "exposure.shop.e", Name: "e", ResourceType: ExposureType, Owner: Owner{Email: "a@example.com", Extra: yamldoc.NewMap()}})
	m.AddGroup(&Group{UniqueID: "group.shop.g", Name: "g", ResourceType: GroupType, Owner: Owner{Name: ptr("x")}})
	m.AddMacro(&Macro{UniqueID: "macro.shop.f", Name: "f", ResourceType: MacroType, Arguments: []MacroArgument{{Name: "x"}}})
	m.AddDoc(&Doc{UniqueID: "doc.shop.d", Name: "d", ResourceType: DocType})
	m.AddUnitTest(&UnitTest{UniqueID: "unit_test.shop.m.u", Name: "u", ResourceType: UnitTestType, Given: []Fixture{{Input: "ref('s')", Format: "dict"}}})
	off := &Node{Name: "off", ResourceType: Model, PackageName: "shop", UniqueID: "model.shop.off"}
	m.AddDisabled(off)
	m.RebuildRefs()
	m.BuildMaps()
	return m
}

// ordered is a JSON object that knows the order of its keys.
type ordered struct {
	keys   []string
	values map[string]any
}

func decode(t *testing.T, raw []byte) *ordered {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	v, err := value(dec)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		t.Fatal("more than one value")
	}
	return v.(*ordered)
}

func value(dec *json.Decoder) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('['):
		var l []any
		for dec.More() {
			v, err := value(dec)
			if err != nil {
				return nil, err
			}
			l = append(l, v)
		}
		_, err := dec.Token()
		return l, err
	case json.Delim('{'):
		o := &ordered{values: map[string]any{}}
		for dec.More() {
			k, err := dec.Token()
			if err != nil {
				return nil, err
			}
			name := k.(string)
			if _, dup := o.values[name]; dup {
				return nil, fmt.Errorf("key %q twice", name)
			}
			v, err := value(dec)
			if err != nil {
				return nil, err
			}
			o.keys, o.values[name] = append(o.keys, name), v
		}
		_, err := dec.Token()
		return o, err
	}
	return tok, nil
}

func (o *ordered) at(path ...any) *ordered {
	var v any = o
	for _, p := range path {
		switch p := p.(type) {
		case string:
			v = v.(*ordered).values[p]
		case int:
			v = v.([]any)[p]
		}
	}
	return v.(*ordered)
}

// TestFields holds the written manifest against the field lists of dbt 1.11:
// every object has dbt's keys in dbt's order, and no other.
func TestFields(t *testing.T) {
	var b bytes.Buffer
	if err := one().Write(&b); err != nil {
		t.Fatal(err)
	}
	m := decode(t, b.Bytes())
	model := m.at("nodes", "model.shop.m")
	got := map[string]*ordered{
		"manifest": m, "metadata": m.at("metadata"), "model": model, "seed": m.at("nodes", "seed.shop.s"),
		"snapshot": m.at("nodes", "snapshot.shop.snap"), "analysis": m.at("nodes", "analysis.shop.an"), "operation": m.at("nodes", "operation.shop.op"),
		"generic_test": m.at("nodes", "test.shop.generic"), "singular_test": m.at("nodes", "test.shop.singular"),
		"source": m.at("sources", "source.shop.raw.t"), "exposure": m.at("exposures", "exposure.shop.e"), "group": m.at("groups", "group.shop.g"),
		"macro": m.at("macros", "macro.shop.f"), "doc": m.at("docs", "doc.shop.d"), "unit_test": m.at("unit_tests", "unit_test.shop.m.u"),
		"column": model.at("columns", "z"), "column_constraint": model.at("columns", "z", "constraints", 0), "model_constraint": model.at("constraints", 0),
		"ref": model.at("refs", 0), "contract": model.at("contract"), "checksum": model.at("checksum"), "docs": model.at("docs"), "depends_on": model.at("depends_on"),
		"test_metadata": m.at("nodes", "test.shop.generic", "test_metadata"), "owner": m.at("exposures", "exposure.shop.e", "owner"),
		"quoting": m.at("sources", "source.shop.raw.t", "quoting"), "macro_argument": m.at("macros", "macro.shop.f", "arguments", 0),
		"given": m.at("unit_tests", "unit_test.shop.m.u", "given", 0), "expect": m.at("unit_tests", "unit_test.shop.m.u", "expect"),
	}
	raw, err := os.ReadFile("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		kind, fields, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		o := got[kind]
		if o == nil {
			t.Errorf("nothing of kind %s is tested", kind)
			continue
		}
		if d := cmp.Diff(strings.Fields(fields), o.keys); d != "" {
			t.Errorf("%s (-dbt +gdbt):\n%s", kind, d)
		}
		delete(got, kind)
	}
	for kind := range got {
		t.Errorf("%s is not in fields.txt", kind)
	}
}

// Compiled nodes have four fields more, before the contract.
func TestCompiledFields(t *testing.T) {
	n := &Node{ResourceType: Model, Compiled: true, CompiledCode: "select 1", ExtraCTEsInjected: true, ExtraCTEs: []InjectedCTE{{ID: "model.p.e", SQL: "x"}}}
	raw, err := AppendJSON(nil, n)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"compiled":true,"compiled_code":"select 1","extra_ctes_injected":true,"extra_ctes":[{"id":"model.p.e","sql":"x"}],"contract"`; !strings.Contains(string(raw), want) {
		t.Errorf("%s lacks %s", raw, want)
	}
}

// Texts come back as they were, columns keep their order, absent lists are empty
// and not null.
func TestWrittenValues(t *testing.T) {
	var b bytes.Buffer
	if err := one().Write(&b); err != nil {
		t.Fatal(err)
	}
	m := decode(t, b.Bytes())
	model := m.at("nodes", "model.shop.m")
	if got := model.values["raw_code"]; got != "select '<&>' -- é \u2028" {
		t.Errorf("raw_code %q", got)
	}
	if d := cmp.Diff([]string{"z", `a "quoted"`}, model.at("columns").keys); d != "" {
		t.Error(d)
	}
	for _, f := range []string{"tags", "metrics", "sources", "doc_blocks", "functions"} {
		if l, ok := model.values[f].([]any); model.values[f] == nil && ok || model.values[f] != nil && !ok || len(l) != 0 {
			t.Errorf("%s is %v", f, model.values[f])
		}
	}
	for _, null := range []string{`"tags":null`, `"fqn":null`, `"macros":null`, `"given":null`, `"arguments":null`, `"refs":null`} {
		if strings.Contains(b.String(), null) {
			t.Errorf("%s was written", null)
		}
	}
	if d := cmp.Diff([]string{"a", "b"}, m.at("metadata", "env").keys); d != "" {
		t.Error(d)
	}
	if len(m.at("disabled").values["model.shop.off"].([]any)) != 1 {
		t.Error("the disabled model is not written")
	}
}

// The same manifest is written the same way each time.
func TestWriteIsDeterministic(t *testing.T) {
	var first bytes.Buffer
	if err := one().Write(&first); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		var b bytes.Buffer
		if err := one().Write(&b); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), b.Bytes()) {
			t.Fatal("two manifests of one project differ")
		}
	}
}

type brokenWriter struct{ left int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriteTellsOfAFullDisk(t *testing.T) {
	if err := one().Write(&brokenWriter{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

// WriteFile makes the folder, replaces a file whole or leaves the old one, and
// leaves no temporary file behind.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "manifest.json")
	write := func(s string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			if _, e := io.WriteString(w, s); e != nil {
				return e
			}
			return err
		}
	}
	if err := WriteFile(path, write("old", nil)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := WriteFile(path, write("half of the n", broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	read := func() string {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 1 {
			t.Errorf("%d files in the folder, %v", len(entries), err)
		}
		return string(raw)
	}
	if got := read(); got != "old" {
		t.Errorf("a failed write left %q", got)
	}
	if err := WriteFile(path, write("new", nil)); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "new" {
		t.Errorf("read %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := WriteFile(filepath.Join(path, "below-a-file"), write("x", nil)); err == nil {
		t.Error("a file below a file was written")
	}
}

func BenchmarkWrite(b *testing.B) {
	m := New("shop")
	for i := range 5000 {
		n := *one().Nodes["model.shop.m"]
		n.UniqueID = fmt.Sprint("model.shop.m", i)
		n.RawCode = strings.Repeat("select a, b from c\n", 20)
		n.DependsOn.Nodes = []string{fmt.Sprint("model.shop.m", i/2)}
		m.AddNode(&n)
	}
	m.BuildMaps()
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
