package lakewriter

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"time"
)

// Index says of each message of a channel where in the lake its last record is, and
// whether that says that the message is gone: 40 bytes a message instead of the
// record.
type Index struct {
	lake    *Lake
	files   []string
	entries []indexEntry // by id
}

type indexEntry struct {
	id      int64
	scraped int64 // seconds
	at      span
	file    int32
	deleted bool
}

// Index reads all files of the channel; what is in the journal becomes a part of its file first. It is good until the next Flush.
func (c *Channel) Index() (*Index, error) {
	if c.state.Journal != nil {
		if err := c.Flush(); err != nil {
			return nil, err
		}
	}
	files, err := c.lake.filesOf(c.name, "")
	if err != nil {
		return nil, err
	}
	x := &Index{lake: c.lake, files: files}
	last := map[int64]int32{} // the place in entries
	for i, f := range files {
		err := eachRecordAt(c.lake.path(f), func(record []byte, at span) error {
			var m struct {
				MessageID int64  `json:"message_id"`
				Deleted   bool   `json:"deleted"`
				ScrapedAt string `json:"scraped_at"`
			}
			if json.Unmarshal(record, &m) != nil || m.MessageID <= 0 {
				return nil
			}
			e := indexEntry{id: m.MessageID, at: at, file: int32(i), deleted: m.Deleted}
			if t, err := time.Parse(time.RFC3339, m.ScrapedAt); err == nil {
				e.scraped = t.Unix()
			}
			switch n, ok := last[e.id]; {
			case !ok:
				last[e.id] = int32(len(x.entries))
				x.entries = append(x.entries, e)
			case x.entries[n].scraped <= e.scraped: // files are read in the order of their days
				x.entries[n] = e
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(x.entries, func(a, b indexEntry) int { return cmp.Compare(a.id, b.id) })
	return x, nil
}

// Gone gives the last records of messages with ids over from, up to to, that are not
// there and were not known to be gone.
func (x *Index) Gone(from, to int64, there map[int64]bool) ([]Message, error) {
	i, _ := slices.BinarySearchFunc(x.entries, from+1, func(e indexEntry, id int64) int { return cmp.Compare(e.id, id) })
	var gone []Message
	for ; i < len(x.entries) && x.entries[i].id <= to; i++ {
		if e := x.entries[i]; !e.deleted && !there[e.id] {
			m, err := x.read(e)
			if err != nil {
				return nil, err
			}
			gone = append(gone, m)
		}
	}
	return gone, nil
}

// Last gives the last record of a message; ok is false for one that the lake has not.
func (x *Index) Last(id int64) (m Message, ok bool, err error) {
	i, ok := slices.BinarySearchFunc(x.entries, id, func(e indexEntry, id int64) int { return cmp.Compare(e.id, id) })
	if !ok {
		return m, false, nil
	}
	m, err = x.read(x.entries[i])
	return m, err == nil, err
}

func (x *Index) read(e indexEntry) (m Message, err error) {
	name := x.lake.path(x.files[e.file])
	f, err := os.Open(name)
	if err != nil {
		return m, diskError(name, err)
	}
	defer f.Close()
	record := make([]byte, e.at.length)
	if _, err := f.ReadAt(record, e.at.offset); err != nil {
		return m, diskError(name, err)
	}
	if err := json.Unmarshal(record, &m); err != nil {
		return m, malformed(name, err)
	}
	return m, nil
}
