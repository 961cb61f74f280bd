package lakewriter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Channel is a channel of the lake open for writing, by one goroutine at a time.
type Channel struct {
	lake    *Lake
	name    string
	day     string
	state   State
	journal writable
	files   []string
}

// Channel opens a channel. now is the time of the scrape: its day is the partition
// of what is written (see [State.Clock] for clocks that were set back). What an earlier run left in the journal goes into its file
// first. Errors are diagnostics or *DiskError.
func (l *Lake) Channel(name string, now time.Time) (*Channel, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	l.mu.Lock()
	taken := l.channels[name]
	l.channels[name] = true
	l.mu.Unlock()
	if taken {
		return nil, fmt.Errorf("lakewriter: the channel %s is open already", name)
	}
	c := &Channel{lake: l, name: name}
	var err error
	if c.state, err = readState(c.statePath(), name); err == nil {
		now, _ = c.state.Clock(now)
		c.day = Day(now)
		err = c.Flush()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Channel) statePath() string   { return c.lake.path(stateDir + "/" + c.name + ".json") }
func (c *Channel) journalPath() string { return c.lake.path(stateDir + "/" + c.name + ".journal") }

// State is the checkpoint as it stands.
func (c *Channel) State() State { return c.state.clone() }

// Files are the lake files that were written since the channel was opened.
func (c *Channel) Files() []string { return c.files }

// Commit makes records safe together with what update does to the checkpoint: after
// a crash there are both, or neither.
func (c *Channel) Commit(records []Message, update func(*State)) error {
	next := c.state.clone()
	if update != nil {
		update(&next)
	}
	if len(records) > 0 {
		n, err := c.append(records)
		if err != nil {
			return err
		}
		if next.Journal == nil {
			next.Journal = &Journal{Day: c.day, Format: c.lake.opts.Format, Layout: c.lake.opts.Layout}
		}
		next.Journal.Bytes += n
		next.Journal.Records += len(records)
		for i := range records {
			next.ScrapedAt = max(next.ScrapedAt, records[i].ScrapedAt)
		}
	}
	if err := next.write(c.lake.opts.disk, c.statePath()); err != nil {
		return err
	}
	c.state = next
	return nil
}

// append writes records to the journal behind what counts, and syncs it.
func (c *Channel) append(records []Message) (int64, error) {
	if c.journal == nil {
		f, err := c.lake.opts.disk.open(c.journalPath(), os.O_WRONLY|os.O_CREATE)
		if err != nil {
			return 0, diskError(c.journalPath(), err)
		}
		c.journal = f
	}
	start := int64(0)
	if c.state.Journal != nil {
		start = c.state.Journal.Bytes
	}
	var b bytes.Buffer
	for i := range records {
		line, err := encode(&records[i])
		if err != nil {
			return 0, fmt.Errorf("message %d: %w", records[i].MessageID, err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	// A commit that failed half-way, now or in a run before, left more than counts.
	err := c.journal.Truncate(start)
	if err == nil {
		_, err = c.journal.Seek(start, io.SeekStart)
	}
	if err == nil {
		_, err = c.journal.Write(b.Bytes())
	}
	if err == nil {
		err = c.journal.Sync()
	}
	return int64(b.Len()), diskError(c.journalPath(), err)
}

// Flush makes what is in the journal a part of the file of its day.
func (c *Channel) Flush() error {
	if c.journal != nil {
		err := c.journal.Close()
		c.journal = nil
		if err != nil {
			return diskError(c.journalPath(), err)
		}
	}
	j := c.state.Journal
	if j == nil {
		// A journal without a checkpoint holds what never counted.
		if err := c.lake.opts.disk.remove(c.journalPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return diskError(c.journalPath(), err)
		}
		return nil
	}
	opts := c.lake.opts
	opts.Format, opts.Layout = j.Format, j.Layout
	if j.Records > 0 {
		file := dayFile(opts, j.Day, c.name)
		if err := c.fold(opts, file, j); err != nil {
			return err
		}
		c.files = append(c.files, file)
	}
	next := c.state.clone()
	next.Journal = nil
	if err := next.write(opts.disk, c.statePath()); err != nil {
		return err
	}
	c.state = next
	if err := opts.disk.remove(c.journalPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return diskError(c.journalPath(), err)
	}
	return nil
}

// Close ends the work on the channel; what is in the journal stays for the next run.
func (c *Channel) Close() {
	if c.journal != nil {
		_ = c.journal.Close()
		c.journal = nil
	}
	c.lake.mu.Lock()
	delete(c.lake.channels, c.name)
	c.lake.mu.Unlock()
}

// eachJournal calls f with every line of the journal that counts.
func (c *Channel) eachJournal(f func(line []byte) error) error {
	j := c.state.Journal
	if j == nil || j.Bytes == 0 {
		return nil
	}
	src, err := os.Open(c.journalPath())
	if err != nil {
		return c.badJournal(err)
	}
	defer src.Close()
	r := bufio.NewReaderSize(io.LimitReader(src, j.Bytes), 1<<20)
	seen, records := int64(0), 0
	for {
		line, err := r.ReadBytes('\n')
		seen += int64(len(line))
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil {
			return c.badJournal(fmt.Errorf("it ends in the midst of a record"))
		}
		records++
		if err := f(line[:len(line)-1]); err != nil {
			return err
		}
	}
	if seen != j.Bytes || records != j.Records {
		return c.badJournal(fmt.Errorf("it has %d bytes in %d records, the checkpoint counts %d in %d", seen, records, j.Bytes, j.Records))
	}
	return nil
}

func (c *Channel) badJournal(err error) error {
	d := diag.New(diag.RuntimeError, "the journal of the channel %s can't be used: %v", c.name, err).WithCode("checkpoint").
		WithHint("with %s removed as well, the channel is read from its beginning", filepath.Base(c.statePath()))
	d.File, d.Err = c.journalPath(), err
	return d
}

// Known gives the last record of each message that was scraped on the day of since
// or later, the journal's included, as far as want takes it; want must answer the same for all records of a message, and
// nil takes all. Lines that are no records of ours are passed over.
func (c *Channel) Known(since time.Time, want func(Message) bool) (map[int64]Message, error) {
	known := map[int64]Message{}
	put := func(line []byte) error {
		var m Message
		if err := json.Unmarshal(line, &m); err == nil && m.MessageID > 0 && (want == nil || want(m)) {
			// Files are read in the order of their days, so the last is the newest.
			if old, ok := known[m.MessageID]; !ok || old.ScrapedAt <= m.ScrapedAt {
				known[m.MessageID] = m
			}
		}
		return nil
	}
	files, err := c.lake.filesOf(c.name, Day(since))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := eachRecord(c.lake.path(f), put); err != nil {
			return nil, err
		}
	}
	return known, c.eachJournal(put)
}
