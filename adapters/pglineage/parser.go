// Package pglineage reads PostgreSQL's SQL for column lineage, with PostgreSQL's own parser (pg_query_go, cgo): the tree that
// it gives is turned into the query model of engine/lineage.
package pglineage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pganalyze/pg_query_go/v6/parser"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// Parser returns the parser for `type: postgres`.
func Parser() lineage.Parser { return reader{} }

type reader struct{}

func (reader) Dialect() lineage.Dialect {
	return lineage.Dialect{
		Name: "postgres", MergedFirst: true,
		ValuesName:    func(i int) string { return fmt.Sprintf("column%d", i+1) },
		SystemColumns: []string{"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"},
	}
}

// Close does nothing: the parser holds nothing.
func (reader) Close() error { return nil }

// Parse reads one query. Errors are PostgreSQL's, with the place in the text.
func (reader) Parse(_ context.Context, sql string) (*lineage.Query, error) {
	text, err := parser.ParseToJSON(sql)
	if err != nil {
		var pe *parser.Error
		if errors.As(err, &pe) {
			if line, column, ok := place(sql, pe.Cursorpos); ok {
				return nil, fmt.Errorf("%s (line %d, column %d)", pe.Message, line, column)
			}
		}
		return nil, err
	}
	root, err := tree.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("pglineage: %w", err)
	}
	return convert(root)
}

// place finds the line and column of a character that is counted from 1.
func place(sql string, character int) (line, column int, ok bool) {
	if character < 1 {
		return 0, 0, false
	}
	line, column = 1, 1
	for i, c := range []rune(sql) {
		if i == character-1 {
			break
		}
		if column++; c == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column, true
}

// convert turns the tree of a text with one query into the query.
func convert(root tree.Value) (*lineage.Query, error) {
	stmts := root.Get("stmts").Items()
	if len(stmts) != 1 {
		return nil, fmt.Errorf("the SQL has %d statements, where one query is wanted", len(stmts))
	}
	kind, stmt := stmts[0].Get("stmt").Only()
	if kind != "SelectStmt" {
		return nil, fmt.Errorf("the SQL is no query (%s)", strings.TrimSuffix(kind, "Stmt"))
	}
	return (&converter{}).query(stmt), nil
}
