package duckdb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// BulkInsert sends rows in chunks through DuckDB's query appender, as an INSERT
// whose casts are DuckDB's own. A column travels as the type of its Go values,
// and as text from where they are of several types. Outside a transaction the
// rows go in all or none.
func (c *conn) BulkInsert(ctx context.Context, rel adapter.Relation, columns []string, rows iter.Seq2[[]any, error]) (int64, error) {
	if c.released {
		return 0, errors.New("duckdb: the session is released")
	}
	if len(columns) == 0 {
		return 0, errors.New("duckdb: a bulk insert needs columns")
	}
	if ctx.Err() != nil {
		return 0, canceled(ctx, "insert", nil)
	}
	if !c.tx {
		if err := c.Begin(ctx); err != nil {
			return 0, err
		}
		n, err := c.bulkInsert(ctx, rel, columns, rows)
		if err == nil {
			err = c.Commit(ctx)
		}
		if err != nil {
			return 0, errors.Join(err, c.Rollback(ctx))
		}
		return n, nil
	}
	return c.bulkInsert(ctx, rel, columns, rows)
}

func (c *conn) bulkInsert(ctx context.Context, rel adapter.Relation, columns []string, rows iter.Seq2[[]any, error]) (int64, error) {
	b := &bulkWriter{c: c, ctx: ctx, columns: columns, types: make([]mapping.Type, len(columns))}
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = quoteName(name)
	}
	b.sql = fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM %s", rel.Render(), strings.Join(quoted, ", "), quoteName(bulkTable))
	defer b.discard()
	for row, err := range rows {
		if err != nil {
			return 0, err
		}
		if len(row) != len(columns) {
			return 0, fmt.Errorf("row %d has %d values for %d columns", b.total+int64(len(b.rows))+1, len(row), len(columns))
		}
		b.rows = append(b.rows, row)
		if len(b.rows) == int(mapping.VectorSize()) {
			if err := b.write(); err != nil {
				return 0, err
			}
		}
	}
	if err := b.write(); err != nil {
		return 0, err
	}
	if err := b.finish(); err != nil {
		return 0, err
	}
	if b.total == 0 {
		// Without rows nothing has looked at the names yet.
		_, _, err := c.Execute(ctx, fmt.Sprintf("SELECT %s FROM %s LIMIT 0", strings.Join(quoted, ", "), rel.Render()), false, 0)
		return 0, err
	}
	return b.total, nil
}

// bulkTable names the appender's rows in its INSERT.
const bulkTable = "__gdbt_bulk_rows"

type bulkWriter struct {
	c       *conn
	ctx     context.Context
	sql     string
	columns []string
	types   []mapping.Type // how each column travels; 0 while only nulls came
	rows    [][]any
	texts   texts // of the chunk that is filled
	total   int64

	open     bool
	appender mapping.Appender
	logical  []mapping.LogicalType
}

// carrier is the type that a Go value travels as.
func carrier(v any) mapping.Type {
	switch v.(type) {
	case nil:
		return mapping.TypeInvalid
	case bool:
		return mapping.TypeBoolean
	case int, int64:
		return mapping.TypeBigInt
	case float64:
		return mapping.TypeDouble
	case adapter.Timestamp:
		return mapping.TypeTimestamp
	case time.Time:
		return mapping.TypeTimestampTZ
	case []byte:
		return mapping.TypeBlob
	default:
		return mapping.TypeVarchar
	}
}

// write appends the buffered rows as one chunk.
func (b *bulkWriter) write() error {
	if len(b.rows) == 0 {
		return nil
	}
	changed := false
	for i := range b.columns {
		t := b.types[i]
		for _, row := range b.rows {
			switch k := carrier(row[i]); {
			case k == mapping.TypeInvalid || k == t:
			case t == mapping.TypeInvalid:
				t = k
			default:
				t = mapping.TypeVarchar
			}
		}
		changed = changed || t != b.types[i]
		b.types[i] = t
	}
	if changed || !b.open {
		if err := b.finish(); err != nil {
			return err
		}
		if err := b.start(); err != nil {
			return err
		}
	}
	chunk := mapping.CreateDataChunk(b.logical)
	defer mapping.DestroyDataChunk(&chunk)
	defer b.texts.release()
	for i := range b.columns {
		if err := b.fill(mapping.DataChunkGetVector(chunk, mapping.IdxT(i)), i); err != nil {
			return err
		}
	}
	b.texts.place()
	mapping.DataChunkSetSize(chunk, mapping.IdxT(len(b.rows)))
	err := b.c.interruptible(b.ctx, func() error {
		if mapping.AppendDataChunk(b.appender, chunk) == mapping.StateError {
			return b.failure()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.ctx.Err() != nil {
		return canceled(b.ctx, b.sql, nil)
	}
	b.total += int64(len(b.rows))
	b.rows = b.rows[:0]
	return nil
}

func (b *bulkWriter) failure() error {
	return b.c.failure(b.ctx, mapping.AppenderError(b.appender), b.sql, piece{text: b.sql})
}

func (b *bulkWriter) start() error {
	for i := range b.columns {
		t := b.types[i]
		if t == mapping.TypeInvalid {
			t = mapping.TypeVarchar
		}
		b.logical = append(b.logical, mapping.CreateLogicalType(t))
	}
	// No column names: the binding would store their pointers in C memory that it
	// has not cleared, and the collector takes what stood there for pointers of Go.
	if mapping.AppenderCreateQuery(b.c.raw, b.sql, b.logical, bulkTable, nil, &b.appender) == mapping.StateError {
		err := b.failure()
		mapping.AppenderDestroy(&b.appender)
		b.freeTypes()
		return err
	}
	b.open = true
	return nil
}

// finish sends what the appender holds and closes it.
func (b *bulkWriter) finish() error {
	if !b.open {
		return nil
	}
	err := b.c.interruptible(b.ctx, func() error {
		if mapping.AppenderFlush(b.appender) == mapping.StateError {
			return b.failure()
		}
		return nil
	})
	b.discard()
	return err
}

// discard closes the appender without what it still holds.
func (b *bulkWriter) discard() {
	if !b.open {
		return
	}
	b.open = false
	mapping.AppenderClear(b.appender)
	mapping.AppenderDestroy(&b.appender)
	b.freeTypes()
}

func (b *bulkWriter) freeTypes() {
	for i := range b.logical {
		mapping.DestroyLogicalType(&b.logical[i])
	}
	b.logical = nil
}

// fill writes a column of the buffered rows into a vector.
func (b *bulkWriter) fill(vec mapping.Vector, column int) error {
	data := mapping.VectorGetData(vec)
	var mask unsafe.Pointer
	null := func(i int) {
		if mask == nil {
			mapping.VectorEnsureValidityWritable(vec)
			mask = mapping.VectorGetValidity(vec)
		}
		*(*uint64)(unsafe.Add(mask, i/64*8)) &^= 1 << (i % 64)
	}
	for i, row := range b.rows {
		v := row[column]
		if v == nil {
			null(i)
			continue
		}
		switch b.types[column] {
		case mapping.TypeBoolean:
			*(*bool)(unsafe.Add(data, i)) = v.(bool)
		case mapping.TypeBigInt:
			n, ok := v.(int64)
			if !ok {
				n = int64(v.(int))
			}
			*(*int64)(unsafe.Add(data, i*8)) = n
		case mapping.TypeDouble:
			*(*float64)(unsafe.Add(data, i*8)) = v.(float64)
		case mapping.TypeTimestamp:
			*(*int64)(unsafe.Add(data, i*8)) = v.(adapter.Timestamp).UnixMicro()
		case mapping.TypeTimestampTZ:
			*(*int64)(unsafe.Add(data, i*8)) = v.(time.Time).UnixMicro()
		case mapping.TypeBlob:
			b.texts.add(unsafe.Add(data, i*stringSize), string(v.([]byte)))
		default:
			text, err := valueText(v)
			if err != nil {
				return fmt.Errorf("row %d, column %q: %w", b.total+int64(i)+1, b.columns[column], err)
			}
			b.texts.add(unsafe.Add(data, i*stringSize), text)
		}
	}
	return nil
}

// A string of a vector is its length and, up to inlineSize bytes, itself, else
// its first four bytes and the address of all of it (DuckDB's string_t).
const (
	stringSize = 16
	inlineSize = 12
)

// texts holds what the strings of a chunk point to. A call into C for each of
// them would cost more than the rest of an insert; DuckDB copies the chunk when
// it is appended.
type texts struct {
	content []byte
	long    []longText
	pin     runtime.Pinner
}

type longText struct {
	entry unsafe.Pointer
	start int
}

// add writes a string to its entry in the vector, but for the address of a long one.
func (t *texts) add(entry unsafe.Pointer, s string) {
	*(*uint32)(entry) = uint32(len(s))
	head := (*[inlineSize]byte)(unsafe.Add(entry, 4))
	*head = [inlineSize]byte{}
	if len(s) <= inlineSize {
		copy(head[:], s)
		return
	}
	copy(head[:4], s)
	t.long = append(t.long, longText{entry, len(t.content)})
	t.content = append(t.content, s...)
}

// place writes the addresses; the content must not move until release.
func (t *texts) place() {
	if len(t.long) == 0 {
		return
	}
	base := unsafe.Pointer(unsafe.SliceData(t.content))
	t.pin.Pin(base)
	for _, l := range t.long {
		*(*uintptr)(unsafe.Add(l.entry, 8)) = uintptr(base) + uintptr(l.start)
	}
}

// release empties the buffer for the next chunk.
func (t *texts) release() {
	t.pin.Unpin()
	t.content, t.long = t.content[:0], t.long[:0]
}
