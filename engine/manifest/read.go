package manifest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// The artifacts as dbt's errors call them, and the schema versions that are read: dbt upgrades the older ones.
type artifactKind struct {
	class, schema  string
	oldest, newest int
}

var (
	manifestKind   = artifactKind{"WritableManifest", "manifest", 4, 12}
	runResultsKind = artifactKind{"RunResultsArtifact", "run-results", 4, 6}
	sourcesKind    = artifactKind{"FreshnessExecutionResultArtifact", "sources", 3, 3}
)

func (k artifactKind) url(version int) string {
	return fmt.Sprintf("https://schemas.getdbt.com/dbt/%s/v%d.json", k.schema, version)
}

// ReadManifest reads the manifest.json of an earlier run, of this program or of dbt: schema v12 and the older ones that
// dbt 1.11 upgrades (v4 and later). Errors are *diag.Diagnostic with dbt's texts; that of a file which is not there
// wraps fs.ErrNotExist.
func ReadManifest(path string) (*Manifest, error) {
	src, err := manifestKind.load(path)
	if err != nil {
		return nil, err
	}
	return DecodeManifest(path, src)
}

// load reads an artifact's file.
func (k artifactKind) load(path string) ([]byte, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		reason := err
		var pe *os.PathError
		if errors.As(err, &pe) {
			reason = pe.Err
		}
		d := diag.New(diag.RuntimeError, "Could not read %s at \"%s\" as JSON: %v", k.class, path, reason).WithCode("bad-artifact")
		d.Err = err
		return nil, d
	}
	return src, nil
}

// bad makes an error of reading dbt's: JSON that is broken or of another shape.
func (k artifactKind) bad(path string, err error) error {
	if err == nil {
		return nil
	}
	d, ok := diag.As(err)
	if !ok || d.Code != "bad-json" {
		return err
	}
	d.Message = fmt.Sprintf("Could not read %s at \"%s\" as JSON: %s", k.class, path, d.Message)
	d.Code = "bad-artifact"
	// An artifact is one long line; the text around the place says nothing and may be huge.
	d.Source = ""
	return d
}

// errStop ends a reading early.
var errStop = errors.New("stop")

// head reads the metadata and checks the schema version; version is 0 when the file names none.
func (k artifactKind) head(path string, src []byte) (md *yamldoc.Map, version int, err error) {
	r := yamldoc.NewJSONReader(path, src)
	err = r.Object(func(key string) error {
		if key != "metadata" {
			return r.Skip()
		}
		if md, err = r.Map(); err != nil {
			return err
		}
		return errStop
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, 0, k.bad(path, err)
	}
	found := md.Str("dbt_schema_version")
	if found == "" {
		d := diag.New(diag.RuntimeError, "Could not read %s at \"%s\": Artifact is missing schema version", k.class, path).WithCode("bad-artifact")
		return nil, 0, d.WithHint("its metadata has no dbt_schema_version; is it an artifact of dbt?")
	}
	text, ok := strings.CutPrefix(found, "https://schemas.getdbt.com/dbt/"+k.schema+"/v")
	if text, ok2 := strings.CutSuffix(text, ".json"); ok && ok2 {
		if n, err := strconv.Atoi(text); err == nil && n >= k.oldest && n <= k.newest {
			return md, n, nil
		}
	}
	return nil, 0, diag.New(diag.RuntimeError, "Expected a schema version of \"%s\" in %s, but found \"%s\". Are you running with a different version of dbt?",
		k.url(k.newest), path, found).WithCode("incompatible-schema")
}

// DecodeManifest is [ReadManifest] for a text that was read from file.
func DecodeManifest(file string, src []byte) (*Manifest, error) {
	md, version, err := manifestKind.head(file, src)
	if err != nil {
		return nil, err
	}
	m := New(md.Str("project_name"))
	m.Metadata = metadataFrom(md)
	r := yamldoc.NewJSONReader(file, src)
	d := decoder{r: r, m: m, version: version}
	err = r.Object(func(section string) error {
		d.section = section
		switch section {
		case "nodes", "functions":
			return d.each(func(o *obj) { m.AddNode(o.node()) })
		case "sources":
			return d.each(func(o *obj) { m.AddSource(o.source()) })
		case "macros":
			return d.each(func(o *obj) { m.AddMacro(o.macro()) })
		case "docs":
			return d.each(func(o *obj) { m.AddDoc(o.doc()) })
		case "exposures":
			return d.each(func(o *obj) { m.AddExposure(o.exposure()) })
		case "groups":
			return d.each(func(o *obj) { m.AddGroup(o.group()) })
		case "unit_tests":
			return d.each(func(o *obj) { m.AddUnitTest(o.unitTest()) })
		case "disabled":
			return r.Object(func(id string) error {
				return r.List(func() error { return d.one(id, func(o *obj) { o.disabled(m) }) })
			})
		case "metrics", "semantic_models", "saved_queries":
			return d.each(func(o *obj) { m.AddSemantic(semanticFrom(o.Map)) })
		case "selectors":
			m.Selectors, err = r.Map()
			return err
		}
		return r.Skip() // the maps are made anew below
	})
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return nil, manifestKind.bad(file, err)
	}
	m.RebuildRefs()
	m.BuildMaps()
	return m, nil
}

func metadataFrom(md *yamldoc.Map) Metadata {
	out := Metadata{
		DBTVersion: md.Str("dbt_version"), GeneratedAt: md.Str("generated_at"), InvocationID: md.Str("invocation_id"),
		InvocationStartedAt: md.Str("invocation_started_at"), ProjectName: md.Str("project_name"), ProjectID: md.Str("project_id"),
		AdapterType: md.Str("adapter_type"), Quoting: md.Map("quoting"), RunStartedAt: md.Str("run_started_at"), Env: map[string]string{},
	}
	for k, v := range md.Map("env").All() {
		out.Env[k], _ = v.(string)
	}
	return out
}

// decoder reads the sections of a manifest.
type decoder struct {
	r       *yamldoc.JSONReader
	m       *Manifest
	section string
	version int // of the schema
}

// each calls f with every entry of a section.
func (d *decoder) each(f func(*obj)) error {
	return d.r.Object(func(id string) error { return d.one(id, f) })
}

func (d *decoder) one(id string, f func(*obj)) error {
	m, err := d.r.Map()
	if err != nil {
		return err
	}
	o := &obj{Map: m, where: d.section + "." + id}
	if m == nil {
		o.fail("", "an object", nil)
	} else {
		f(o)
	}
	return o.err
}

// obj reads the fields of an object of the artifact. What is missing or null takes dbt's default; a value of another
// type is an error, the first of which is kept.
type obj struct {
	*yamldoc.Map
	where string
	err   error
}

func (o *obj) fail(key, want string, got any) {
	if o.err != nil {
		return
	}
	where := o.where
	if key != "" {
		where += "." + key
	}
	o.err = diag.New(diag.RuntimeError, "%s must be %s, found %s", where, want, yamldoc.TypeName(got)).WithCode("bad-json")
}

func field[T any](o *obj, key, want string) (v T, ok bool) {
	x := o.Value(key)
	if x == nil {
		return v, false
	}
	if v, ok = x.(T); !ok {
		o.fail(key, want, x)
	}
	return v, ok
}

func (o *obj) text(key string) string {
	s, _ := field[string](o, key, "a text")
	return s
}

func (o *obj) textPtr(key string) *string {
	if s, ok := field[string](o, key, "a text"); ok {
		return &s
	}
	return nil
}

func (o *obj) boolPtr(key string) *bool {
	if b, ok := field[bool](o, key, "true or false"); ok {
		return &b
	}
	return nil
}

func (o *obj) boolean(key string, standard bool) bool {
	if b := o.boolPtr(key); b != nil {
		return *b
	}
	return standard
}

func (o *obj) number(key string) float64 {
	switch v := o.Value(key).(type) {
	case nil:
		return 0
	case int64:
		return float64(v)
	case float64:
		return v
	default:
		o.fail(key, "a number", v)
		return 0
	}
}

func (o *obj) mapping(key string) *yamldoc.Map {
	m, _ := field[*yamldoc.Map](o, key, "an object")
	return m
}

// dict is mapping with an empty object for none.
func (o *obj) dict(key string) *yamldoc.Map {
	if m := o.mapping(key); m != nil {
		return m
	}
	return yamldoc.NewMap()
}

func (o *obj) texts(key string) []string {
	l, _ := field[[]any](o, key, "a list")
	out := make([]string, 0, len(l))
	for _, x := range l {
		s, ok := x.(string)
		if !ok {
			o.fail(key, "a list of texts", x)
		}
		out = append(out, s)
	}
	return out
}

func (o *obj) textLists(key string) [][]string {
	l, _ := field[[]any](o, key, "a list")
	out := make([][]string, 0, len(l))
	for _, x := range l {
		inner, ok := x.([]any)
		if !ok {
			o.fail(key, "a list of lists", x)
		}
		sub := &obj{Map: yamldoc.NewMap(key, inner), where: o.where}
		out = append(out, sub.texts(key))
		o.take(sub)
	}
	return out
}

func (o *obj) take(sub *obj) {
	if o.err == nil {
		o.err = sub.err
	}
}

// within reads a part with f.
func (o *obj) within(key string, f func(*obj)) {
	if m := o.mapping(key); m != nil {
		sub := &obj{Map: m, where: o.where + "." + key}
		f(sub)
		o.take(sub)
	}
}

// entries reads each object of a list with f.
func (o *obj) entries(key string, f func(*obj)) {
	l, _ := field[[]any](o, key, "a list")
	for i, x := range l {
		m, ok := x.(*yamldoc.Map)
		if !ok {
			o.fail(key, "a list of objects", x)
			return
		}
		sub := &obj{Map: m, where: o.where + "." + key + "[" + strconv.Itoa(i) + "]"}
		f(sub)
		o.take(sub)
	}
}

func (o *obj) dependsOn() (d DependsOn) {
	o.within("depends_on", func(x *obj) {
		d = DependsOn{Macros: x.macroIDs("macros"), Nodes: x.texts("nodes")}
	})
	return d
}

// macroIDs leaves out the null that dbt keeps for a test whose macro is gone.
func (o *obj) macroIDs(key string) []string {
	l, _ := field[[]any](o, key, "a list")
	return (&obj{Map: yamldoc.NewMap(key, slices.DeleteFunc(l, func(x any) bool { return x == nil })), where: o.where}).texts(key)
}

// refs reads the calls of ref(); before schema v9 they were lists of names.
func (o *obj) refs() []Ref {
	l, _ := field[[]any](o, "refs", "a list")
	out := make([]Ref, 0, len(l))
	for _, x := range l {
		switch x := x.(type) {
		case *yamldoc.Map:
			sub := &obj{Map: x, where: o.where + ".refs"}
			out = append(out, Ref{Name: sub.text("name"), Package: sub.textPtr("package"), Version: x.Value("version")})
			o.take(sub)
		case []any:
			names := (&obj{Map: yamldoc.NewMap("refs", x), where: o.where}).texts("refs")
			switch len(names) {
			case 1:
				out = append(out, Ref{Name: names[0]})
			case 2:
				out = append(out, Ref{Package: &names[0], Name: names[1]})
			}
		default:
			o.fail("refs", "a list of objects", x)
		}
	}
	return out
}
