package main

import (
	"github.com/gdbt-dev/gdbt/engine"
)

// What `source extract`, `source load` and `source verify` print with --output json, as the last thing they print: a
// document of the tables, in the words of the console.

type sourceDocument struct {
	Command string `json:"command"`
	Success bool   `json:"success"`
	Tables  []any  `json:"tables"`
}

type tableDocument struct {
	UniqueID string  `json:"unique_id"`
	Lake     string  `json:"lake"`
	Error    *string `json:"error"`
}

type extractDocument struct {
	tableDocument
	Channels []channelDocument `json:"channels"`
}

type channelDocument struct {
	Channel       string   `json:"channel"`
	ID            int64    `json:"id"`
	Title         string   `json:"title"`
	Status        string   `json:"status"`
	Messages      int      `json:"messages"`
	Refreshed     int      `json:"refreshed"`
	Deleted       int      `json:"deleted"`
	Images        int      `json:"images"`
	ImagesKept    int      `json:"images_kept"`
	Bytes         int64    `json:"bytes"`
	Waits         int      `json:"waits"`
	WaitedSeconds float64  `json:"waited_seconds"`
	Errors        int      `json:"errors"`
	Error         *string  `json:"error"`
	Files         []string `json:"files"`
}

type loadDocument struct {
	tableDocument
	FilesSeen    int   `json:"files_seen"`
	FilesLoaded  int   `json:"files_loaded"`
	FilesSkipped int   `json:"files_skipped"`
	FilesMissing int   `json:"files_missing"`
	Rows         int64 `json:"rows"`
	Rejects      int64 `json:"rejects"`
	Bytes        int64 `json:"bytes"`
}

type verifyDocument struct {
	tableDocument
	Files    int               `json:"files"`
	Messages int               `json:"messages"`
	Images   int               `json:"images"`
	Bytes    int64             `json:"bytes"`
	Gaps     int               `json:"gaps"`
	Problems []problemDocument `json:"problems"`
}

type problemDocument struct {
	File string `json:"file"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

func errText(err error) *string {
	if err == nil {
		return nil
	}
	text := err.Error()
	return &text
}

// printTables prints the document where --output json asks for it.
func (s *session) printTables(code int, tables []any) error {
	if s.output != "json" {
		return nil
	}
	if tables == nil {
		tables = []any{}
	}
	return s.printDocument(sourceDocument{Command: "source " + s.cmd.Name(), Success: code == exitOK, Tables: tables})
}

func extractTables(results []engine.ExtractResult) []any {
	var out []any
	for _, r := range results {
		t := extractDocument{tableDocument: tableDocument{r.UniqueID, r.Lake, errText(r.Err)}, Channels: []channelDocument{}}
		for _, c := range r.Channels {
			t.Channels = append(t.Channels, channelDocument{
				Channel: c.Channel, ID: c.ID, Title: c.Title, Status: string(c.Status), Messages: c.Messages, Refreshed: c.Refreshed, Deleted: c.Deleted,
				Images: c.Images, ImagesKept: c.ImagesKept, Bytes: c.Bytes, Waits: c.Waits, WaitedSeconds: c.Waited.Seconds(),
				Errors: c.Errors, Error: errText(c.Err), Files: append([]string{}, c.Files...),
			})
		}
		out = append(out, t)
	}
	return out
}

func loadTables(results []engine.LoadResult) []any {
	var out []any
	for _, r := range results {
		out = append(out, loadDocument{tableDocument: tableDocument{r.UniqueID, r.Lake, errText(r.Err)}, FilesSeen: r.FilesSeen,
			FilesLoaded: r.FilesLoaded, FilesSkipped: r.FilesSkipped, FilesMissing: r.FilesMissing, Rows: r.Rows, Rejects: r.Rejects, Bytes: r.Bytes})
	}
	return out
}

func verifyTables(results []engine.VerifyResult) []any {
	var out []any
	for _, r := range results {
		t := verifyDocument{tableDocument: tableDocument{r.UniqueID, r.Lake, errText(r.Err)}, Files: r.Files, Messages: r.Messages,
			Images: r.Images, Bytes: r.Bytes, Gaps: r.Gaps, Problems: []problemDocument{}}
		for _, p := range r.Problems {
			t.Problems = append(t.Problems, problemDocument{File: p.File, Kind: p.Kind, Text: p.Text})
		}
		out = append(out, t)
	}
	return out
}
