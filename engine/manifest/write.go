package manifest

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Metadata heads manifest.json.
type Metadata struct {
	DBTVersion          string
	GeneratedAt         string // ISO 8601 with Z
	InvocationID        string
	InvocationStartedAt string
	Env                 map[string]string
	ProjectName         string
	ProjectID           string // md5 of the project's name
	AdapterType         string
	Quoting             *yamldoc.Map
	RunStartedAt        string
}

func (md Metadata) toMap() *yamldoc.Map {
	return yamldoc.NewMap(
		"dbt_schema_version", "https://schemas.getdbt.com/dbt/manifest/v12.json",
		"dbt_version", md.DBTVersion,
		"generated_at", md.GeneratedAt,
		"invocation_id", md.InvocationID,
		"invocation_started_at", md.InvocationStartedAt,
		"env", stringMap(md.Env),
		"project_name", md.ProjectName,
		"project_id", md.ProjectID,
		"user_id", nil,
		"send_anonymous_usage_stats", false,
		"adapter_type", md.AdapterType,
		"quoting", md.Quoting,
		"run_started_at", md.RunStartedAt,
	)
}

func stringMap(m map[string]string) *yamldoc.Map {
	out := yamldoc.MapWithCapacity(len(m))
	for _, k := range sortedKeys(m) {
		out.Set(k, m[k])
	}
	return out
}

// Write streams manifest.json (schema v12) to w.
func (m *Manifest) Write(w io.Writer) error { return m.write(w, nil) }

func (m *Manifest) write(w io.Writer, known map[string][]byte) error {
	jw := &jsonWriter{w: bufio.NewWriterSize(w, 1<<16), known: known}
	jw.raw("{")
	jw.section("metadata", m.Metadata.toMap())
	nodes, functions := m.split()
	writeSection(jw, "nodes", nodes, m.Nodes)
	writeSection(jw, "sources", m.SourceOrder, m.Sources)
	writeSection(jw, "macros", m.MacroOrder, m.Macros)
	writeSection(jw, "docs", m.DocOrder, m.Docs)
	writeSection(jw, "exposures", m.ExposureOrder, m.Exposures)
	writeSection(jw, "metrics", m.MetricOrder, m.Metrics)
	writeSection(jw, "groups", m.GroupOrder, m.Groups)
	sel := m.Selectors
	if sel == nil {
		sel = yamldoc.NewMap()
	}
	jw.section("selectors", sel)
	jw.raw(`,"disabled":{`)
	for i, id := range m.DisabledO {
		if i > 0 {
			jw.raw(",")
		}
		jw.value(id)
		jw.raw(":[")
		for j, r := range m.Disabled[id] {
			if j > 0 {
				jw.raw(",")
			}
			jw.value(r)
		}
		jw.raw("]")
	}
	jw.raw("}")
	jw.idMap("parent_map", m.ParentMap)
	jw.idMap("child_map", m.ChildMap)
	jw.idMap("group_map", m.GroupMap)
	writeSection(jw, "saved_queries", m.SavedQueryOrder, m.SavedQueries)
	writeSection(jw, "semantic_models", m.SemanticModelOrder, m.SemanticModels)
	writeSection(jw, "unit_tests", m.UnitOrder, m.UnitTests)
	writeSection(jw, "functions", functions, m.Nodes)
	jw.raw("}")
	if jw.err == nil {
		jw.err = jw.w.Flush()
	}
	return jw.err
}

// split parts the order of the nodes from that of the functions.
func (m *Manifest) split() (nodes, functions []string) {
	nodes = make([]string, 0, len(m.NodeOrder))
	for _, id := range m.NodeOrder {
		if n := m.Nodes[id]; n != nil && n.ResourceType == FunctionType {
			functions = append(functions, id)
		} else {
			nodes = append(nodes, id)
		}
	}
	return nodes, functions
}

type jsonWriter struct {
	w     *bufio.Writer
	known map[string][]byte // entries by id that are encoded already
	buf   []byte
	wrote bool
	err   error
}

func (j *jsonWriter) raw(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	j.buf, j.err = AppendJSON(j.buf[:0], v)
	if j.err == nil {
		_, j.err = j.w.Write(j.buf)
	}
}

func (j *jsonWriter) key(name string) {
	if j.wrote {
		j.raw(",")
	}
	j.wrote = true
	j.value(name)
	j.raw(":")
}

func (j *jsonWriter) section(name string, v any) { j.key(name); j.value(v) }

func (j *jsonWriter) idMap(name string, m map[string][]string) {
	j.key(name)
	j.raw("{")
	for i, k := range sortedKeys(m) {
		if i > 0 {
			j.raw(",")
		}
		j.value(k)
		j.raw(":")
		j.value(m[k])
	}
	j.raw("}")
}

// batch is how many items one goroutine encodes at a time.
const batch = 16

// writeSection writes an object of items by id. The items are encoded by as many goroutines as there are processors,
// a batch each, and written in their order; only the batches in work are in memory.
func writeSection[T any](j *jsonWriter, name string, order []string, items map[string]T) {
	j.key(name)
	j.raw("{")
	ids := make([]string, 0, len(items))
	for _, id := range order {
		if _, ok := items[id]; ok {
			ids = append(ids, id)
		}
	}
	encode := func(dst []byte, ids []string) ([]byte, error) {
		var err error
		for i, id := range ids {
			if i > 0 {
				dst = append(dst, ',')
			}
			if text, ok := j.known[id]; ok {
				dst = append(dst, text...)
			} else if dst, err = appendEntry(dst, id, items[id]); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
	type result struct {
		text []byte
		err  error
	}
	workers := runtime.GOMAXPROCS(0)
	queue := make(chan chan result, workers)
	free := make(chan []byte, workers+2)
	go func() {
		for part := range slices.Chunk(ids, batch) {
			var dst []byte
			select {
			case dst = <-free:
			default:
			}
			done := make(chan result, 1)
			queue <- done
			go func() {
				text, err := encode(dst[:0], part)
				done <- result{text, err}
			}()
		}
		close(queue)
	}()
	first := true
	for done := range queue {
		r := <-done
		if !first {
			j.raw(",")
		}
		first = false
		if j.err == nil {
			j.err = r.err
		}
		if j.err == nil {
			_, j.err = j.w.Write(r.text)
		}
		select {
		case free <- r.text:
		default:
		}
	}
	j.raw("}")
}

func appendEntry(dst []byte, id string, item any) ([]byte, error) {
	dst, err := appendText(dst, id)
	if err != nil {
		return dst, err
	}
	return AppendJSON(append(dst, ':'), item)
}

// WriteFile writes an artifact under a temporary name and renames it, so that
// a reader never sees half of it.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	defer func() { err = unwritable(path, err) }()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// WriteText writes a text of the target folder, a compiled model say. A file that holds it already is left alone; a new
// one is written in place, because a run writes hundreds of them; another is replaced as [WriteFile] does it.
func WriteText(path, text string) (err error) {
	defer func() { err = unwritable(path, err) }()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		if old, err := os.ReadFile(path); err == nil && string(old) == text {
			return nil
		}
		return WriteFile(path, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
	case err != nil:
		return err
	}
	if _, err = f.WriteString(text); err == nil {
		err = f.Close()
	} else {
		f.Close()
	}
	if err != nil {
		os.Remove(path)
		return err
	}
	return nil
}
