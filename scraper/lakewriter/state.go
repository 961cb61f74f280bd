package lakewriter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// stateVersion is that of the checkpoint's form.
const stateVersion = 1

// State is a channel's checkpoint.
type State struct {
	Version int    `json:"version"`
	Channel string `json:"channel"`
	// ChannelID is the other side's number, which a new name doesn't change;
	// AccessHash goes with it.
	ChannelID  int64  `json:"channel_id"`
	AccessHash int64  `json:"access_hash"`
	Title      string `json:"title"`
	// Ranges are the ids that are read, both ends included, ascending and apart.
	Ranges []Range `json:"ranges"`
	// Scan is a reading of the whole history that has not ended, nil for none.
	Scan *Scan `json:"scan,omitempty"`
	// Missing are messages whose image could not be had.
	Missing []int64 `json:"missing_images,omitempty"`
	// ScrapedAt is the time of the newest record.
	ScrapedAt string `json:"scraped_at,omitempty"`
	// Journal tells what is in the journal, nil for nothing.
	Journal *Journal `json:"journal,omitempty"`
}

// Range is a range of ids, both ends included.
type Range struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Scan is how far a reading of the whole history is.
type Scan struct {
	// Next is the id to go on behind, Until the id to end at.
	Next  int64 `json:"next"`
	Until int64 `json:"until"`
}

// Journal is what a channel's journal holds.
type Journal struct {
	// Day, Format and Layout say which file it becomes a part of.
	Day    string `json:"day"`
	Format Format `json:"format"`
	Layout Layout `json:"layout"`
	// Bytes is how much of the journal counts.
	Bytes   int64 `json:"bytes"`
	Records int   `json:"records"`
}

// Clock is the time to note for what is scraped now: now, or the time of the newest record where the clock was set
// back since by less than a day (back says so): records that came later must not look older. One that is off by more
// was wrong, now or then, and is taken as it is.
func (s State) Clock(now time.Time) (t time.Time, back bool) {
	last, err := time.Parse(time.RFC3339, s.ScrapedAt)
	if err != nil || !now.Truncate(time.Second).Before(last) {
		return now, false
	}
	if last.Sub(now) >= 24*time.Hour {
		return now, true
	}
	return last, true
}

// Last is the highest id that is read, 0 for none.
func (s State) Last() int64 {
	if len(s.Ranges) == 0 {
		return 0
	}
	return s.Ranges[len(s.Ranges)-1].Last
}

// Cover notes that the ids from first to last are read.
func (s *State) Cover(first, last int64) {
	if last < first {
		return
	}
	out := make([]Range, 0, len(s.Ranges)+1)
	for _, r := range s.Ranges {
		if r.Last < first-1 || r.First > last+1 {
			out = append(out, r)
			continue
		}
		first, last = min(first, r.First), max(last, r.Last)
	}
	out = append(out, Range{first, last})
	slices.SortFunc(out, func(a, b Range) int { return int(min(max(a.First-b.First, -1), 1)) })
	s.Ranges = out
}

// Holes are the ids below Last that are not read, newest first.
func (s State) Holes() []Range {
	var out []Range
	for i := len(s.Ranges) - 1; i >= 0; i-- {
		low := int64(1)
		if i > 0 {
			low = s.Ranges[i-1].Last + 1
		}
		if high := s.Ranges[i].First - 1; high >= low {
			out = append(out, Range{low, high})
		}
	}
	return out
}

func (s State) clone() State {
	s.Ranges, s.Missing = slices.Clone(s.Ranges), slices.Clone(s.Missing)
	if s.Scan != nil {
		s.Scan = Ptr(*s.Scan)
	}
	if s.Journal != nil {
		s.Journal = Ptr(*s.Journal)
	}
	return s
}

// readState reads a checkpoint. A file that is not there is the state of a channel
// that was never read; one that can't be understood is an error, for guessing would
// lose messages or write them twice.
func readState(name, channel string) (State, error) {
	text, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return State{Version: stateVersion, Channel: channel}, nil
	}
	if err != nil {
		return State{}, diskError(name, err)
	}
	s, err := parseState(text)
	if err == nil && s.Channel != channel {
		err = fmt.Errorf("it is that of the channel %q", s.Channel)
	}
	if err != nil {
		d := diag.New(diag.RuntimeError, "the checkpoint of the channel %s can't be used: %v", channel, err).WithCode("checkpoint").
			WithHint("with the file removed, the channel is read from its beginning")
		d.File, d.Err = name, err
		return State{}, d
	}
	return s, nil
}

// parseState reads and checks a checkpoint's text.
func parseState(text []byte) (State, error) {
	var s State
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return State{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return State{}, fmt.Errorf("text follows the end")
	}
	if s.Version != stateVersion {
		return State{}, fmt.Errorf("its version is %d, this program knows %d", s.Version, stateVersion)
	}
	if err := CheckName(s.Channel); err != nil {
		return State{}, fmt.Errorf("it names no channel")
	}
	below := int64(0)
	for i, r := range s.Ranges {
		if r.First < 1 || r.Last < r.First || i > 0 && r.First <= below+1 {
			return State{}, fmt.Errorf("its ranges of ids are in disorder")
		}
		below = r.Last
	}
	if j := s.Journal; j != nil {
		_, err := parseDay(j.Day)
		if err != nil || j.Bytes < 0 || j.Records < 0 || j.Format != JSON && j.Format != NDJSON || j.Layout != Plain && j.Layout != Hive {
			return State{}, fmt.Errorf("what it says of the journal is no sense")
		}
	}
	if c := s.Scan; c != nil && (c.Next < 0 || c.Until < 0) {
		return State{}, fmt.Errorf("its scan is at no id")
	}
	return s, nil
}

func (s State) write(d disk, name string) error {
	s.Version = stateVersion
	return writeFile(d, name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(s)
	})
}
