// Package ducklineage reads DuckDB's SQL for column lineage, with the parser of the embedded DuckDB (cgo): the tree that
// json_serialize_sql gives is turned into the query model of engine/lineage.
package ducklineage

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// Parser returns a parser for `type: duckdb`. It starts a DuckDB in memory when it is first used, and ends it with Close.
func Parser() lineage.Parser { return &reader{} }

type reader struct {
	mu    sync.Mutex
	open  bool
	db    mapping.Database
	all   []*session
	idle  []*session
	wait  *sync.Cond
	stars map[string]bool // names of aggregate functions, once read
}

// session is a connection with what is prepared on it; one query at a time uses it.
type session struct {
	conn             mapping.Connection
	serialize, print mapping.PreparedStatement
}

func (*reader) Dialect() lineage.Dialect {
	return lineage.Dialect{
		Name: "duckdb", FoldCase: true, AliasReuse: true, NumberDuplicates: true,
		ValuesName: func(i int) string { return "col" + strconv.Itoa(i) },
		ValueFunctions: []string{
			"current_catalog", "current_date", "current_schema", "current_role", "current_time", "current_timestamp", "current_user",
			"localtime", "localtimestamp", "session_user", "user",
		},
		SystemColumns: []string{"rowid"},
	}
}

// errTree is what DuckDB gives for statements that it has no tree of.
const errTree = "Only SELECT statements can be serialized to json!"

// Parse reads one query. Errors are DuckDB's, with the place in the text.
func (r *reader) Parse(ctx context.Context, sql string) (*lineage.Query, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if strings.IndexByte(sql, 0) >= 0 {
		return nil, errors.New("the SQL holds a NUL character")
	}
	s, err := r.take()
	if err != nil {
		return nil, err
	}
	defer r.give(s)
	root, err := s.tree(sql)
	if err == nil && root.Get("error_message").Text() == errTree {
		if listed, ok := withPivotValues(sql); ok {
			root, err = s.tree(listed)
		}
	}
	if err != nil {
		return nil, err
	}
	if root.Get("error").True() {
		message := root.Get("error_message").Text()
		if message == errTree {
			return nil, errors.New("DuckDB gives no tree of it: it is no SELECT")
		}
		if at, err := strconv.Atoi(root.Get("position").Text()); err == nil && at <= len(sql) {
			before := sql[:at]
			line := strings.Count(before, "\n") + 1
			column := at - strings.LastIndexByte(before, '\n')
			return nil, fmt.Errorf("%s (line %d, column %d)", message, line, column)
		}
		return nil, errors.New(message)
	}
	c := &converter{nameOf: func(expr tree.Value) string { return printed(s, expr) }, aggregate: func(name string) bool { return r.aggregate(s, name) }}
	return c.root(root)
}

// tree is the serialised tree of a text, or an error in its place.
func (s *session) tree(sql string) (tree.Value, error) {
	text, err := ask(s.serialize, sql)
	if err != nil {
		return tree.Value{}, err
	}
	root, err := tree.Parse(text)
	if err != nil {
		return root, fmt.Errorf("ducklineage: %w", err)
	}
	return root, nil
}

// printed is how DuckDB writes an expression, which is the name of a column without an alias.
func printed(s *session, expr tree.Value) string {
	text, err := ask(s.print, `{"error":false,"statements":[{"node":{"type":"SELECT_NODE","modifiers":[],"cte_map":{"map":[]},"select_list":[`+
		expr.Raw()+`],"from_table":{"type":"EMPTY"},"group_expressions":[],"group_sets":[],"aggregate_handling":"STANDARD_HANDLING"}}]}`)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(text, "SELECT ")
}

// aggregate tells whether a function is an aggregate of DuckDB's.
func (r *reader) aggregate(s *session, name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stars == nil {
		r.stars = map[string]bool{}
		var stmt mapping.PreparedStatement
		defer mapping.DestroyPrepare(&stmt)
		if mapping.Prepare(s.conn, `SELECT string_agg(DISTINCT function_name, chr(10)) FROM duckdb_functions() WHERE function_type = 'aggregate' AND $1 = ''`, &stmt) == mapping.StateSuccess {
			names, err := ask(stmt, "")
			for _, n := range strings.Split(names, "\n") {
				if err == nil {
					r.stars[n] = true
				}
			}
		}
	}
	return r.stars[strings.ToLower(name)]
}

// ask runs a statement with one text, which gives one text.
func ask(stmt mapping.PreparedStatement, arg string) (string, error) {
	if mapping.BindVarcharLength(stmt, 1, arg, mapping.IdxT(len(arg))) == mapping.StateError {
		return "", errors.New(mapping.PrepareError(stmt))
	}
	var result mapping.Result
	defer mapping.DestroyResult(&result)
	if mapping.ExecutePrepared(stmt, &result) == mapping.StateError {
		return "", errors.New(mapping.ResultError(&result))
	}
	chunk := mapping.FetchChunk(result)
	if chunk.Ptr == nil {
		return "", errors.New("ducklineage: DuckDB gave no row")
	}
	defer mapping.DestroyDataChunk(&chunk)
	if mapping.DataChunkGetSize(chunk) == 0 {
		return "", errors.New("ducklineage: DuckDB gave no row")
	}
	vec := mapping.DataChunkGetVector(chunk, 0)
	if mask := mapping.VectorGetValidity(vec); mask != nil && !mapping.ValidityRowIsValid(mask, 0) {
		return "", nil
	}
	data := (*mapping.StringT)(unsafe.Pointer(mapping.VectorGetData(vec)))
	return strings.Clone(mapping.StringTData(data)), nil
}

// take gives a session; as many are open as there are CPUs.
func (r *reader) take() (*session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.open {
		if err := r.start(); err != nil {
			return nil, err
		}
	}
	for len(r.idle) == 0 && len(r.all) >= runtime.GOMAXPROCS(0) {
		r.wait.Wait()
	}
	if n := len(r.idle); n > 0 {
		s := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return s, nil
	}
	s := &session{}
	if mapping.Connect(r.db, &s.conn) == mapping.StateError {
		return nil, errors.New("ducklineage: DuckDB opened no connection")
	}
	for _, p := range []struct {
		sql string
		to  *mapping.PreparedStatement
	}{
		{`SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_default := true)::VARCHAR`, &s.serialize},
		{`SELECT json_deserialize_sql($1::JSON)`, &s.print},
	} {
		if mapping.Prepare(s.conn, p.sql, p.to) == mapping.StateError {
			err := errors.New(mapping.PrepareError(*p.to))
			s.close()
			return nil, err
		}
	}
	r.all = append(r.all, s)
	return s, nil
}

func (r *reader) give(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, s)
	r.wait.Signal()
}

func (s *session) close() {
	mapping.DestroyPrepare(&s.serialize)
	mapping.DestroyPrepare(&s.print)
	mapping.Disconnect(&s.conn)
}

// start opens the database: one thread of its own is enough to parse, and it reaches for no files.
func (r *reader) start() error {
	var config mapping.Config
	if mapping.CreateConfig(&config) == mapping.StateError {
		return errors.New("ducklineage: DuckDB has no memory for its settings")
	}
	defer mapping.DestroyConfig(&config)
	for _, o := range [][2]string{{"threads", "1"}, {"enable_external_access", "false"}, {"autoinstall_known_extensions", "false"}} {
		if mapping.SetConfig(config, o[0], o[1]) == mapping.StateError {
			return fmt.Errorf("ducklineage: DuckDB does not know the setting %s", o[0])
		}
	}
	var message string
	if mapping.OpenExt("", &r.db, config, &message) == mapping.StateError {
		mapping.Close(&r.db)
		return errors.New(message)
	}
	r.open, r.wait = true, sync.NewCond(&r.mu)
	return nil
}

// Close ends the database. No Parse may be under way.
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.open {
		return nil
	}
	for _, s := range r.all {
		s.close()
	}
	mapping.Close(&r.db)
	r.all, r.idle, r.open = nil, nil, false
	return nil
}
