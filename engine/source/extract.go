package source

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Extractor is a [Plugin] that can fill the lake from outside: `gdbt source
// extract` calls it. Load then brings what it wrote to the warehouse. A plugin
// whose lake is filled by others does without.
type Extractor interface {
	Plugin
	// Extract writes what is new outside to the lake. It may be killed at any
	// point and called again: it goes on where it was and writes nothing twice.
	// A channel that fails stops no other; its error is in its [ChannelResult].
	// The error is for what ended the whole: no credentials, a lake that can't
	// be written, a cancelled context. The result is valid beside it.
	Extract(ctx context.Context, req ExtractRequest) (ExtractResult, error)
}

// Request is what every call of a plugin that works outside the warehouse gets.
type Request struct {
	Source Source
	// Config is the table's `config.meta.gdbt`.
	Config Config
	// ProjectDir is where a relative lake path starts.
	ProjectDir string
	// Lake is the project's `lake` var; the Config's own `lake` wins.
	Lake string
	// LookupEnv finds a variable of the environment, or of the project's .env
	// file where the environment lacks it. Nil finds nothing.
	LookupEnv func(name string) (string, bool)
	// Secret, when not nil, takes a text that no log, artifact or error may show.
	Secret func(text string)
	// Log, when not nil, takes lines for people. Calls may come from several
	// goroutines.
	Log func(LogLine)
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// LogLine is one thing to tell. Warnings are shown always, other lines with
// --debug; all go to the log file.
type LogLine struct {
	// Channel is what the line is about, "" for all.
	Channel string
	Text    string
	Warning bool
}

// LakeDir is the folder of the lake as an absolute or caller-relative path; ""
// when neither the table nor the project names one.
func (r Request) LakeDir() string { return lakeDir(r.ProjectDir, r.Config.Lake, r.Lake) }

// Env is the value of a variable, "" when nobody set it.
func (r Request) Env(name string) string {
	if r.LookupEnv == nil {
		return ""
	}
	v, ok := r.LookupEnv(name)
	if !ok {
		return ""
	}
	return v
}

// Hide names texts that must not be shown; empty ones are left out.
func (r Request) Hide(texts ...string) {
	for _, t := range texts {
		if r.Secret != nil && t != "" {
			r.Secret(t)
		}
	}
}

// Logf tells one line; channel is "" when it is about all.
func (r Request) Logf(channel, format string, args ...any) {
	if r.Log != nil {
		r.Log(LogLine{Channel: channel, Text: fmt.Sprintf(format, args...)})
	}
}

// Warnf tells one line that is shown always.
func (r Request) Warnf(channel, format string, args ...any) {
	if r.Log != nil {
		r.Log(LogLine{Channel: channel, Text: fmt.Sprintf(format, args...), Warning: true})
	}
}

// Time is the time in UTC.
func (r Request) Time() time.Time {
	if r.Now == nil {
		return time.Now().UTC()
	}
	return r.Now().UTC()
}

func lakeDir(projectDir, own, projects string) string {
	dir := own
	if dir == "" {
		dir = projects
	}
	if dir == "" || filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(projectDir, dir)
}

// ExtractRequest is all that an Extract needs.
type ExtractRequest struct {
	Request
	Options ExtractOptions
	// Progress, when not nil, is called after every step, by several goroutines
	// at once. It must return soon.
	Progress func(ExtractProgress)
}

// ExtractOptions are those of the command line; they win over the table's
// config. A plugin answers an option that it can't heed with an error.
type ExtractOptions struct {
	// Channels, when not empty, replaces the channels of the config.
	Channels []string
	// Since and Until bound the messages' time: [Since, Until). Zero is open.
	Since, Until time.Time
	// FromID and ToID bound the messages' ids: [FromID, ToID]. 0 is open.
	FromID, ToID int
	// Limit is the most messages for a channel, newest first; 0 is no limit.
	Limit int
	// Full reads the whole history again.
	Full bool
	// Backfill reads what is older than the oldest message of the lake too.
	Backfill bool
	// RefreshDays is how many days back messages are read again for changed
	// views, edits and deletions; negative takes the config's.
	RefreshDays int
	// Raw keeps the whole object that was sent beside the fields.
	Raw bool
	// Takeout asks for a session with higher limits, where the other side has them.
	Takeout bool
	// NoImages leaves images out.
	NoImages bool
	// MaxWait is the budget of all waits that the other side imposes; 0 takes
	// the config's. What would take longer ends the channel with an error.
	MaxWait time.Duration
	// Format is json or ndjson, Layout is plain (2026-01-18/name.json) or hive
	// (date=2026-01-18/channel=name/messages.json); "" takes the config's.
	Format, Layout string
	// Threads is how many channels are read at once; 0 takes the config's.
	Threads int
}

// DefaultExtractOptions take everything from the config.
func DefaultExtractOptions() ExtractOptions { return ExtractOptions{RefreshDays: -1} }

// Report calls Progress if there is one.
func (r ExtractRequest) Report(p ExtractProgress) {
	if r.Progress != nil {
		r.Progress(p)
	}
}

// ExtractState is what a channel is busy with.
type ExtractState string

// States of a channel.
const (
	Connecting ExtractState = "connecting"
	Reading    ExtractState = "reading"
	Waiting    ExtractState = "waiting"
	Finished   ExtractState = "finished"
)

// ExtractProgress tells how far a channel is. Counts are of this call and
// never fall.
type ExtractProgress struct {
	Channel string
	State   ExtractState
	// Messages and OfMessages: how many were read, and of how many, 0 when that
	// is not known.
	Messages, OfMessages int
	// Images, OfImages and Bytes are of image files.
	Images, OfImages int
	Bytes            int64
	// Until is when the wait ends and Why who asks for it, for State Waiting.
	Until time.Time
	Why   string
}

// Status is how a channel ended.
type Status string

// How a channel can end.
const (
	// OK: everything that was asked for is in the lake.
	OK Status = "success"
	// Partial: what is in the lake is right, but something is missing; the next
	// call fetches it.
	Partial Status = "partial"
	// Failed: the channel can't be read.
	Failed Status = "error"
)

// ChannelResult is what came of one channel.
type ChannelResult struct {
	// Channel is the name that the lake knows it by; ID and Title are the other
	// side's, 0 and "" when it was not reached.
	Channel string
	ID      int64
	Title   string
	Status  Status
	// Messages are the new ones, Refreshed those written again because they
	// changed, Deleted those found gone.
	Messages, Refreshed, Deleted int
	// Images are files fetched, ImagesKept those that were there already.
	Images, ImagesKept int
	// Bytes is the size of fetched images.
	Bytes int64
	// Waits counts the waits that the other side imposed, Waited is their sum.
	Waits  int
	Waited time.Duration
	// Errors counts what failed: images that could not be had, and Err.
	Errors int
	// Err is what the channel ended with; nil for OK.
	Err error
	// FirstID and LastID bound the messages written; 0 without any.
	FirstID, LastID int64
	// Files are the lake files written, relative to the lake.
	Files []string
	// Duration is the wall-clock time.
	Duration time.Duration
}

// ExtractResult is what an extract did.
type ExtractResult struct {
	// Lake is the folder that was written to.
	Lake string
	// Channels has one entry a channel, in the order of the config.
	Channels []ChannelResult
	// Duration is the wall-clock time.
	Duration time.Duration
}

// Total adds the channels up; Status is the worst of them, and Err the first.
func (r ExtractResult) Total() ChannelResult {
	t := ChannelResult{Status: OK, Duration: r.Duration}
	for _, c := range r.Channels {
		t.Messages += c.Messages
		t.Refreshed += c.Refreshed
		t.Deleted += c.Deleted
		t.Images += c.Images
		t.ImagesKept += c.ImagesKept
		t.Bytes += c.Bytes
		t.Waits += c.Waits
		t.Waited += c.Waited
		t.Errors += c.Errors
		t.Files = append(t.Files, c.Files...)
		if t.Err == nil {
			t.Err = c.Err
		}
		switch {
		case c.Status == Failed, c.Status == Partial && t.Status == OK:
			t.Status = c.Status
		}
	}
	return t
}
