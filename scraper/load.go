package scraper

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/denied"
)

// A batch goes to the warehouse when it has this many rows or bytes of text.
const (
	batchRows  = 5000
	batchBytes = 8 << 20
)

// Small files share a transaction, as its beginning and end take longer than they
// do: up to this many bytes and files.
const (
	groupBytes = 1 << 20
	groupFiles = 64
)

// Load implements [source.Plugin]. A file is in one transaction, small ones together,
// so a load that is cut short leaves whole files, and the next one does the rest.
//
// A file that can't be read does not keep the others from loading; its error
// comes at the end. An error of the warehouse ends the load.
func (p loadPlugin) Load(ctx context.Context, req source.LoadRequest) (res source.LoadResult, err error) {
	started := time.Now()
	defer func() { res.Duration = time.Since(started) }()

	if err := req.Config.Known(p.options...); err != nil {
		return res, err
	}
	phones, err := phonesOf(req)
	if err != nil {
		return res, err
	}
	upsert, err := rowsOf(req)
	if err != nil {
		return res, err
	}
	dir := req.LakeDir()
	if dir == "" {
		return res, req.Config.Bad("", "no lake is named for the source table %s.%s", req.Source.Name, req.Source.Table).
			WithCode("lake").WithHint("set the `lake` var of the project, or meta.gdbt.lake of the table")
	}
	lake, err := OpenLake(dir)
	if err != nil {
		return res, err
	}
	res.Lake, res.FilesSeen, res.Ignored = lake.Dir, len(lake.Files), lake.Ignored

	l := loader{req: req, tables: newTables(req.Target, req.Source, upsert), phones: phones, now: req.Time(), res: &res}
	l.progress.Files = len(lake.Files)
	for _, f := range lake.Files {
		l.progress.Bytes += f.Size
	}
	if err := l.tables.prepare(ctx); err != nil {
		return res, aboutKey(req, err)
	}
	state, err := l.tables.state(ctx)
	if err != nil {
		return res, err
	}
	files := lake.Files
	gone := vanished(lake, state)
	if !req.FullRefresh {
		res.FilesMissing = len(gone)
	} else if upsert && len(state) > 0 {
		if err := l.tables.restart(ctx, gone); err != nil {
			return res, err
		}
		// The newest first, so that no row takes an old value for a while.
		files = slices.Clone(files)
		slices.Reverse(files)
		defer func() { slices.Reverse(res.Files) }()
		gone = nil
	}
	unread, err := l.files(ctx, files, state)
	if err != nil {
		return res, errors.Join(append(unread, err)...)
	}
	if req.FullRefresh {
		if err := l.forget(ctx, gone); err != nil {
			return res, errors.Join(append(unread, err)...)
		}
	}
	return res, errors.Join(unread...)
}

// FileError says that a lake file can't be read.
type FileError struct {
	// File is relative to the lake.
	File string
	Err  error
}

func (e *FileError) Error() string {
	text := fmt.Sprintf("lake file %s: %v", e.File, e.Err)
	if hint := denied.Hint(e.Err); hint != "" {
		text += "; " + hint
	}
	return text
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// errChanged says that a file was written while it was read.
var errChanged = errors.New("the file changed while it was read; files of a lake are written to another name first and renamed")

// loader is one Load.
type loader struct {
	req      source.LoadRequest
	tables   tables
	phones   *phoneCover // nil to load texts as they are
	now      time.Time
	res      *source.LoadResult
	progress source.Progress
}

func (l *loader) report(file string) {
	l.progress.File = file
	l.req.Report(l.progress)
}

// changed is a file whose content is not loaded yet.
type changed struct {
	LakeFile
	sum  string
	size int64
}

// files loads those whose content is not loaded yet; state are the checksums of those
// that are. unread are the errors of single files.
func (l *loader) files(ctx context.Context, files []LakeFile, state map[string]string) (unread []error, err error) {
	var group []changed
	var size int64
	load := func() error {
		failed, err := l.load(ctx, group)
		unread = append(unread, failed...)
		group, size = nil, 0
		return err
	}
	for _, f := range files {
		sum, n, err := hashFile(ctx, f.Path)
		switch {
		case err != nil && ctx.Err() != nil:
			return unread, ctx.Err()
		case err != nil:
			unread = append(unread, &FileError{f.Name, err})
			l.done(f.Name)
			continue
		case sum == state[f.Name] && !l.req.FullRefresh:
			l.res.FilesSkipped++
			l.progress.BytesDone += f.Size
			l.done(f.Name)
			continue
		}
		if size+n > groupBytes || len(group) == groupFiles {
			if err := load(); err != nil {
				return unread, err
			}
		}
		group, size = append(group, changed{f, sum, n}), size+n
	}
	return unread, load()
}

// done counts a file.
func (l *loader) done(file string) {
	l.progress.FilesDone++
	l.report(file)
}

// load brings files to the tables in one transaction; where one of them can't be read,
// in one each.
func (l *loader) load(ctx context.Context, files []changed) (unread []error, err error) {
	if len(files) == 0 {
		return nil, nil
	}
	err = l.together(ctx, files)
	if fe := (*FileError)(nil); err == nil || !errors.As(err, &fe) || ctx.Err() != nil {
		return nil, err
	}
	if len(files) == 1 {
		l.done(files[0].Name)
		return []error{err}, nil
	}
	for i := range files {
		failed, err := l.load(ctx, files[i:i+1])
		unread = append(unread, failed...)
		if err != nil {
			return unread, err
		}
	}
	return unread, nil
}

// together loads files in a transaction.
func (l *loader) together(ctx context.Context, files []changed) error {
	before := l.progress
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	var done []source.FileResult
	err := l.req.Target.Transaction(ctx, func(ctx context.Context) error {
		if err := l.tables.begin(ctx); err != nil {
			return err
		}
		for _, f := range files {
			if err := l.tables.claim(ctx, []any{
				f.Name, f.sum, f.size, int64(0), int64(0), dateValue(f.ScrapeDate), timeValue(l.now),
			}); err != nil {
				return err
			}
		}
		if err := l.tables.forget(ctx, names, l.tables.replaced()...); err != nil {
			return err
		}
		b := batch{l: l}
		for _, f := range files {
			read, err := l.records(ctx, f, &b)
			if err != nil {
				return err
			}
			done = append(done, read)
			l.done(f.Name)
		}
		if err := b.flush(ctx); err != nil {
			return err
		}
		if err := l.tables.observe(ctx, l.tables.incoming, names...); err != nil {
			return err
		}
		if err := l.tables.merge(ctx, names); err != nil {
			return err
		}
		for _, f := range done {
			if err := l.tables.settle(ctx, f.File, f.Rows, f.Rejects); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.progress = before
		return err
	}
	l.res.FilesLoaded += len(done)
	for i, f := range done {
		l.res.Rows += f.Rows
		l.res.Rejects += f.Rejects
		l.res.Bytes += files[i].size
	}
	l.res.Files = append(l.res.Files, done...)
	return nil
}

// batch are records and rejects on their way to their tables.
type batch struct {
	l             *loader
	rows, rejects [][]any
	bytes         int
}

func (b *batch) full() bool {
	return len(b.rows) >= batchRows || len(b.rejects) >= batchRows || b.bytes >= batchBytes
}

func (b *batch) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.l.tables.insert(ctx, b.l.tables.incoming, b.rows); err != nil {
		return err
	}
	if err := b.l.tables.insert(ctx, b.l.tables.rejects, b.rejects); err != nil {
		return err
	}
	b.rows, b.rejects, b.bytes = b.rows[:0], b.rejects[:0], 0
	return nil
}

// records streams a file's records and rejects into their tables.
func (l *loader) records(ctx context.Context, f changed, b *batch) (done source.FileResult, err error) {
	done.File = f.Name
	file, err := os.Open(f.Path)
	if err != nil {
		return done, &FileError{f.Name, err}
	}
	defer file.Close()
	content := &counted{src: file, sum: sha256.New()}
	reader := f.reader(content)
	start := l.progress
	day, now := dateValue(f.ScrapeDate), timeValue(l.now)
	progress := func() {
		l.progress.BytesDone = start.BytesDone + content.n
		l.progress.Rows, l.progress.Rejects = start.Rows+done.Rows, start.Rejects+done.Rejects
	}
	for {
		rec, rej, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return done, &FileError{f.Name, err}
		}
		if l.phones != nil {
			l.phones.record(&rec)
			l.phones.reject(rej)
		}
		if rej != nil {
			done.Rejects++
			if done.FirstReject == "" {
				done.FirstReject = rej.At.String() + ": " + rej.Reason
			}
			b.rejects = append(b.rejects, []any{
				f.Name, orNil(rej.Row, -1), rej.At.Line, rej.At.Column, rej.At.Offset,
				string(rej.Kind), orNil(rej.Field, ""), rej.Reason, rej.Raw, rej.RawBytes, day, now,
			})
			b.bytes += len(rej.Raw) + len(rej.Reason)
		} else {
			done.Rows++
			row := make([]any, 0, fieldCount+5)
			row = append(row, rec.Values[:]...)
			b.rows = append(b.rows, append(row, orNil(rec.Extra, ""), f.Name, rec.Row, day, now))
			b.bytes += rec.size()
		}
		if b.full() {
			if err := b.flush(ctx); err != nil {
				return done, err
			}
			progress()
			l.report(f.Name)
		}
	}
	if hex.EncodeToString(content.sum.Sum(nil)) != f.sum {
		return done, &FileError{f.Name, errChanged}
	}
	progress()
	return done, nil
}

// vanished are the files that were loaded once and are no longer in the lake.
func vanished(lake Lake, state map[string]string) []string {
	there := make(map[string]bool, len(lake.Files))
	for _, f := range lake.Files {
		there[f.Name] = true
	}
	var gone []string
	for name := range state {
		if !there[name] {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	return gone
}

// forget removes all that was loaded from files.
func (l *loader) forget(ctx context.Context, files []string) error {
	for group := range slices.Chunk(files, groupFiles) {
		err := l.req.Target.Transaction(ctx, func(ctx context.Context) error {
			return l.tables.forget(ctx, group, l.tables.ofFile()...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hashFile reads a file once for its SHA-256 and length.
func hashFile(ctx context.Context, name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		size += int64(n)
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}

// counted hashes and counts what is read through it.
type counted struct {
	src io.Reader
	sum hash.Hash
	n   int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// size is about how many bytes of text a record has.
func (r *Record) size() int {
	n := len(r.Extra)
	for _, v := range r.Values {
		if s, ok := v.(string); ok {
			n += len(s)
		}
	}
	return n
}

func orNil[T comparable](v, none T) any {
	if v == none {
		return nil
	}
	return v
}

func dateValue(t time.Time) source.Date { return source.Date(t.Format(time.DateOnly)) }

func timeValue(t time.Time) source.Timestamp { return source.Timestamp{Time: t} }
