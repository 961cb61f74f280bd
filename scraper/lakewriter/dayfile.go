package lakewriter

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// fold adds the journal to a file and to the day's manifest. Done twice it does
// the same as once: a record that is there already, byte for byte, is not added.
func (c *Channel) fold(opts Options, file string, j *Journal) error {
	name := c.lake.path(file)
	if err := opts.disk.mkdir(filepath.Dir(name)); err != nil {
		return diskError(filepath.Dir(name), err)
	}
	entry := newFileEntry(file, c.name, c.state.ChannelID)
	sum := sha256.New()
	err := writeFile(opts.disk, name, func(w io.Writer) error {
		b := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<20)
		out := recordWriter{w: b, format: opts.Format}
		have := map[[16]byte]struct{}{}
		put := func(line []byte) error {
			full := sha256.Sum256(line)
			key := [16]byte(full[:16])
			if _, there := have[key]; there {
				return nil
			}
			have[key] = struct{}{}
			entry.count(line)
			return out.record(line)
		}
		if err := eachRecord(name, put); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := c.eachJournal(put); err != nil {
			return err
		}
		if err := out.end(); err != nil {
			return err
		}
		entry.Bytes = out.n
		return b.Flush()
	})
	if err != nil {
		return err
	}
	entry.SHA256 = hex.EncodeToString(sum.Sum(nil))
	entry.finish()
	return c.lake.addToManifest(opts, j.Day, *entry)
}

// recordWriter writes records as an array, one a line, or as lines.
type recordWriter struct {
	w      *bufio.Writer
	format Format
	n      int64
	some   bool
}

func (r *recordWriter) put(text string) error {
	r.n += int64(len(text))
	_, err := r.w.WriteString(text)
	return err
}

func (r *recordWriter) record(line []byte) error {
	before := "[\n"
	switch {
	case r.format == NDJSON:
		before = ""
	case r.some:
		before = ",\n"
	}
	if err := r.put(before); err != nil {
		return err
	}
	r.some = true
	r.n += int64(len(line))
	if _, err := r.w.Write(line); err != nil {
		return err
	}
	if r.format == NDJSON {
		return r.put("\n")
	}
	return nil
}

func (r *recordWriter) end() error {
	switch {
	case r.format == NDJSON:
		return nil
	case !r.some:
		return r.put("[]\n")
	}
	return r.put("\n]\n")
}

// eachRecord calls f with each record of a file: elements of a JSON array, or
// values that follow each other, without the white space around them. A file that is
// neither is a diagnostic.
func eachRecord(name string, f func(record []byte) error) error {
	return eachRecordAt(name, func(record []byte, _ span) error { return f(record) })
}

// span is where a record stands in its file.
type span struct{ offset, length int64 }

// eachRecordAt is eachRecord with the places of the records.
func eachRecordAt(name string, f func(record []byte, at span) error) error {
	src, err := os.Open(name)
	if err != nil {
		return err
	}
	defer src.Close()
	r := bufio.NewReaderSize(src, 1<<20)
	start, skipped, err := firstByte(r)
	if err == io.EOF {
		return malformed(name, errors.New("it is empty"))
	}
	if err != nil {
		return err
	}
	d := json.NewDecoder(r)
	array := start == '['
	if array {
		if _, err := d.Token(); err != nil {
			return malformed(name, err)
		}
	}
	for !array || d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			if err == io.EOF && !array {
				return nil
			}
			return malformed(name, err)
		}
		at := span{skipped + d.InputOffset() - int64(len(raw)), int64(len(raw))}
		record := bytes.TrimSpace(raw)
		if bytes.IndexByte(record, '\n') >= 0 { // laid out by another program
			var flat bytes.Buffer
			if err := json.Compact(&flat, record); err != nil {
				return malformed(name, err)
			}
			record = flat.Bytes()
		}
		if err := f(record, at); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return malformed(name, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return malformed(name, errors.New("text follows the end of the array"))
	}
	return nil
}

// firstByte looks at the first byte that is no white space, and passes over a mark
// of byte order. skipped is how much stands before it.
func firstByte(r *bufio.Reader) (first byte, skipped int64, err error) {
	if mark, err := r.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		n, _ := r.Discard(3)
		skipped = int64(n)
	}
	for {
		c, err := r.ReadByte()
		if err != nil {
			return 0, skipped, err
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c, skipped, r.UnreadByte()
		}
		skipped++
	}
}

func malformed(name string, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	d := diag.New(diag.RuntimeError, "the lake file is not whole JSON: %v", err).WithCode("lake-file").
		WithHint("it is not touched; move it away to go on, and read again what it held with extract --full")
	d.File, d.Err = name, err
	return d
}

// filesOf lists a channel's files of a day and later, oldest first.
func (l *Lake) filesOf(channel, day string) ([]string, error) {
	top := filepath.Join(l.root, messagesDir)
	entries, err := os.ReadDir(top)
	if err != nil {
		return nil, diskError(top, err)
	}
	type dated struct{ day, file string }
	var found []dated
	for _, e := range entries {
		d := strings.TrimPrefix(e.Name(), "date=")
		if _, err := parseDay(d); err != nil || d < day {
			continue
		}
		for _, f := range []string{
			channel + ".json", channel + ".ndjson", "channel=" + channel + "/messages.json", "channel=" + channel + "/messages.ndjson",
		} {
			rel := path.Join(messagesDir, e.Name(), f)
			if info, err := os.Stat(l.path(rel)); err == nil && info.Mode().IsRegular() {
				found = append(found, dated{d, rel})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b dated) int { return strings.Compare(a.day, b.day) })
	out := make([]string, len(found))
	for i, f := range found {
		out[i] = f.file
	}
	return out, nil
}

func parseDay(s string) (time.Time, error) { return time.Parse(time.DateOnly, s) }
