package source

import (
	"context"
	"fmt"
	"strings"
)

// Verifier is a [Plugin] that can check its lake: `gdbt source verify` calls it.
type Verifier interface {
	Plugin
	// Verify reads the lake and compares it with what was written down when it
	// was filled. It changes nothing. The error is for a lake that can't be
	// read at all; everything else is a [Problem].
	Verify(ctx context.Context, req VerifyRequest) (VerifyResult, error)
}

// VerifyRequest is all that a Verify needs.
type VerifyRequest struct {
	Request
	// Channels, when not empty, limits the check.
	Channels []string
	// SkipImages leaves the images' contents out: only their presence is checked.
	SkipImages bool
	// Progress, when not nil, is called now and then.
	Progress func(files, of int)
}

// VerifyResult is what a check found.
type VerifyResult struct {
	// Lake is the folder that was read.
	Lake string
	// Files, Messages and Images count what was checked, Bytes is its size. A
	// message counts once, however many records tell of it.
	Files, Messages, Images int
	Bytes                   int64
	// Gaps counts ranges of ids that are in no file: messages that were deleted
	// before the first scrape, or never fetched. They are no problems by themselves.
	Gaps int
	// Problems are what is wrong, in lake order.
	Problems []Problem
}

// Problem is one thing that is wrong with a lake.
type Problem struct {
	// File is relative to the lake.
	File string
	// Kind is a short stable word: missing, checksum, count, malformed,
	// unlisted, image …
	Kind string
	Text string
}

// String is "file: text".
func (p Problem) String() string { return p.File + ": " + p.Text }

// String is the summary in one line.
func (r VerifyResult) String() string {
	parts := []string{count(int64(r.Files), "file"), count(int64(r.Messages), "message"), count(int64(r.Images), "image")}
	if r.Gaps > 0 {
		parts = append(parts, count(int64(r.Gaps), "gap")+" in the ids")
	}
	end := "no problems"
	if n := len(r.Problems); n > 0 {
		end = count(int64(n), "problem")
	}
	return fmt.Sprintf("%s: %s", strings.Join(parts, ", "), end)
}
