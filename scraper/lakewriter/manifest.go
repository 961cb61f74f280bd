package lakewriter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// manifestName is that of the manifest in each folder of a day. Readers pass over
// names that start so.
const manifestName = "_manifest.json"

// Manifest tells what the files of a day hold.
type Manifest struct {
	Version int         `json:"version"`
	Day     string      `json:"day"`
	Files   []FileEntry `json:"files"`
}

// FileEntry is one file of a Manifest.
type FileEntry struct {
	// File is relative to the lake.
	File      string `json:"file"`
	Channel   string `json:"channel"`
	ChannelID int64  `json:"channel_id"`
	// Records counts records, Messages different message ids.
	Records  int `json:"records"`
	Messages int `json:"messages"`
	// FirstID and LastID bound the ids. Gaps are ids between them that the file
	// does not have: at most maxGaps are listed, GapCount counts all.
	FirstID  int64   `json:"first_id"`
	LastID   int64   `json:"last_id"`
	GapCount int     `json:"gap_count"`
	Gaps     []Range `json:"gaps"`
	// Images counts the records with an image.
	Images int    `json:"images"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`

	ids []int64
}

// maxGaps is how many gaps a manifest lists.
const maxGaps = 100

func newFileEntry(file, channel string, id int64) *FileEntry {
	return &FileEntry{File: file, Channel: channel, ChannelID: id, Gaps: []Range{}}
}

// count takes a record in.
func (e *FileEntry) count(line []byte) {
	var m struct {
		MessageID int64   `json:"message_id"`
		ImagePath *string `json:"image_path"`
	}
	e.Records++
	if json.Unmarshal(line, &m) != nil {
		return
	}
	if m.MessageID > 0 {
		e.ids = append(e.ids, m.MessageID)
	}
	if m.ImagePath != nil {
		e.Images++
	}
}

// finish works out what only the whole shows.
func (e *FileEntry) finish() {
	slices.Sort(e.ids)
	ids := slices.Compact(e.ids)
	e.ids = nil
	e.Messages = len(ids)
	if len(ids) == 0 {
		return
	}
	e.FirstID, e.LastID = ids[0], ids[len(ids)-1]
	for i := 1; i < len(ids); i++ {
		if ids[i] > ids[i-1]+1 {
			e.GapCount++
			if len(e.Gaps) < maxGaps {
				e.Gaps = append(e.Gaps, Range{ids[i-1] + 1, ids[i] - 1})
			}
		}
	}
}

// addToManifest puts a file's entry into the manifest of its day.
func (l *Lake) addToManifest(opts Options, day string, e FileEntry) error {
	l.manifests.Lock()
	defer l.manifests.Unlock()
	name := l.path(path.Join(dayDir(opts, day), manifestName))
	m, err := readManifest(name)
	if errors.Is(err, fs.ErrNotExist) {
		m, err = Manifest{Version: 1, Day: day}, nil
	}
	if err != nil {
		return err
	}
	m.Files = slices.DeleteFunc(m.Files, func(o FileEntry) bool { return o.File == e.File })
	m.Files = append(m.Files, e)
	slices.SortFunc(m.Files, func(a, b FileEntry) int { return strings.Compare(a.File, b.File) })
	return writeFile(opts.disk, name, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(m)
	})
}

func readManifest(name string) (Manifest, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Manifest{}, err
	}
	m, err := parseManifest(text)
	if err != nil {
		d := diag.New(diag.RuntimeError, "the manifest of the lake can't be used: %v", err).WithCode("lake-manifest").
			WithHint("move it away to go on")
		d.File, d.Err = name, err
		return Manifest{}, d
	}
	return m, nil
}

// parseManifest reads a manifest's text. One of another program, which other
// scrapers leave in the same place, is an error.
func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Manifest{}, err
	}
	if m.Version != 1 {
		return Manifest{}, fmt.Errorf("its version is %d, this program knows 1", m.Version)
	}
	if _, err := parseDay(m.Day); err != nil {
		return Manifest{}, fmt.Errorf("its day is %q", m.Day)
	}
	for _, f := range m.Files {
		if !fs.ValidPath(f.File) || !strings.HasPrefix(f.File, messagesDir+"/") {
			return Manifest{}, fmt.Errorf("it lists %q, which is outside of the messages", f.File)
		}
	}
	return m, nil
}
