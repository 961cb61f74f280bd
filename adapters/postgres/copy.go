package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// BulkInsert sends rows with COPY, as text that the server reads by the type of
// each column. Nested values go in as JSON.
func (c *conn) BulkInsert(ctx context.Context, rel adapter.Relation, columns []string, rows iter.Seq2[[]any, error]) (int64, error) {
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	if len(columns) == 0 {
		return 0, errors.New("postgres: a bulk insert needs columns")
	}
	if err := c.sendOwed(ctx); err != nil {
		return 0, err
	}
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = rel.Quoted(name)
	}
	sql := fmt.Sprintf("copy %s (%s) from stdin", rel.Render(), strings.Join(quoted, ", "))
	next, stop := iter.Pull2(rows)
	defer stop()
	src := &copySource{next: next, columns: columns}
	tag, err := c.pg.CopyFrom(ctx, src, sql)
	if src.err != nil {
		return 0, src.err // the server only repeats it
	}
	if err != nil {
		return 0, statementError(ctx, err, sql, 0)
	}
	return tag.RowsAffected(), nil
}

// copySource is the stream of COPY's text format.
type copySource struct {
	next    func() ([]any, error, bool)
	columns []string
	row     int
	buf     []byte // not yet read
	space   []byte // backing of buf, used again
	err     error
}

const copyChunk = 32 << 10

func (s *copySource) Read(p []byte) (int, error) {
	if len(s.buf) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}

func (s *copySource) fill() error {
	out := s.space[:0]
	for len(out) < copyChunk {
		values, err, ok := s.next()
		if !ok {
			if len(out) == 0 {
				return io.EOF
			}
			break
		}
		s.row++
		if err == nil && len(values) != len(s.columns) {
			err = fmt.Errorf("row %d has %d values for %d columns", s.row, len(values), len(s.columns))
		}
		if err != nil {
			s.err = err
			return err
		}
		for i, v := range values {
			if i > 0 {
				out = append(out, '\t')
			}
			if v == nil {
				out = append(out, `\N`...)
				continue
			}
			text, _, err := valueText(v)
			if err != nil {
				s.err = fmt.Errorf("row %d, column %q: %w", s.row, s.columns[i], err)
				return s.err
			}
			out = escapeCopy(out, text)
		}
		out = append(out, '\n')
	}
	s.buf, s.space = out, out
	return nil
}

func escapeCopy(out []byte, text string) []byte {
	start := 0
	for i := 0; i < len(text); i++ {
		var esc byte
		switch text[i] {
		case '\\':
			esc = '\\'
		case '\t':
			esc = 't'
		case '\n':
			esc = 'n'
		case '\r':
			esc = 'r'
		default:
			continue
		}
		out = append(out, text[start:i]...)
		out = append(out, '\\', esc)
		start = i + 1
	}
	return append(out, text[start:]...)
}
