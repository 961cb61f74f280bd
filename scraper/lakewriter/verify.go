package lakewriter

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/scraper/denied"
)

// Problem is one thing that is wrong with a lake. Kinds are missing, checksum,
// count, malformed, unlisted, duplicate, image, manifest, unfinished.
type Problem struct {
	File, Kind, Text string
}

// Report is what a check found. Messages counts each once, however many records it has.
type Report struct {
	Root                          string
	Files, Messages, Images, Gaps int
	Bytes                         int64
	Problems                      []Problem
}

// VerifyOptions limit a check.
type VerifyOptions struct {
	// Channels, when not empty, are those to check.
	Channels []string
	// SkipImages leaves the contents of images out.
	SkipImages bool
	// Progress, when not nil, is called after each file.
	Progress func(files, of int)
}

// Verify compares a lake with its manifests, and the images with what the records
// say of them. It changes nothing and needs no lock. The error is for a lake that
// can't be read at all.
func Verify(ctx context.Context, dir string, o VerifyOptions) (Report, error) {
	v := verifier{Report: Report{Root: Root(dir)}, opts: o, ids: map[string][]int64{}, images: map[string]bool{}}
	top := filepath.Join(v.Root, messagesDir)
	days, err := os.ReadDir(top)
	if err != nil {
		d := diag.New(diag.RuntimeError, "the lake %s can't be read: %v", dir, err).WithCode("lake")
		d.File, d.Err = dir, err
		return v.Report, d.WithHint("%s", denied.Hint(err))
	}
	var files []checked
	for _, day := range days {
		if _, err := parseDay(strings.TrimPrefix(day.Name(), "date=")); err != nil || !day.IsDir() {
			continue
		}
		files = append(files, v.listDay(path.Join(messagesDir, day.Name()))...)
	}
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return v.Report, err
		}
		v.file(ctx, f)
		if o.Progress != nil {
			o.Progress(i+1, len(files))
		}
	}
	if err := ctx.Err(); err != nil {
		return v.Report, err
	}
	for _, ids := range v.ids {
		e := FileEntry{ids: ids}
		e.finish()
		v.Messages += e.Messages
		v.Gaps += e.GapCount
	}
	v.states()
	return v.Report, nil
}

// checked is a file to check; entry is nil when no manifest lists it.
type checked struct {
	file, channel string
	entry         *FileEntry
}

type verifier struct {
	Report
	opts   VerifyOptions
	ids    map[string][]int64
	images map[string]bool
}

func (v *verifier) problem(file, kind, format string, args ...any) {
	v.Problems = append(v.Problems, Problem{file, kind, fmt.Sprintf(format, args...)})
}

func (v *verifier) path(rel string) string { return filepath.Join(v.Root, filepath.FromSlash(rel)) }

func (v *verifier) takes(channel string) bool {
	return len(v.opts.Channels) == 0 || slices.Contains(v.opts.Channels, channel)
}

// listDay gives the files of a day: those of the manifest and those that are there.
func (v *verifier) listDay(dir string) []checked {
	manifest, err := readManifest(v.path(path.Join(dir, manifestName)))
	// Files of other scrapers have no manifest, and none is missed.
	ours := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.problem(path.Join(dir, manifestName), "manifest", "%s", message(err))
	}
	var out []checked
	listed := map[string]bool{}
	for i := range manifest.Files {
		e := &manifest.Files[i]
		listed[e.File] = true
		if v.takes(e.Channel) {
			out = append(out, checked{e.File, e.Channel, e})
		}
	}
	_ = filepath.WalkDir(v.path(dir), func(name string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(v.Root, name)
		if relErr != nil {
			return relErr // can't be: the walk is below the root
		}
		if err != nil {
			v.problem(filepath.ToSlash(rel), "missing", "it can't be read: %v", err)
			return nil
		}
		if d.IsDir() {
			return nil
		}
		file, base := filepath.ToSlash(rel), d.Name()
		if listed[file] || base[0] == '_' || base[0] == '.' || !slices.Contains([]string{".json", ".ndjson"}, path.Ext(base)) {
			return nil
		}
		channel := strings.TrimSuffix(base, path.Ext(base))
		if c, ok := strings.CutPrefix(path.Base(path.Dir(file)), "channel="); ok {
			channel = c
		}
		if !v.takes(channel) {
			return nil
		}
		if ours {
			v.problem(file, "unlisted", "the manifest of the day does not list it")
		}
		out = append(out, checked{file, channel, nil})
		return nil
	})
	slices.SortFunc(out, func(a, b checked) int { return strings.Compare(a.file, b.file) })
	return out
}

func message(err error) string {
	if d, ok := diag.As(err); ok {
		return d.Message
	}
	return err.Error()
}

func (v *verifier) file(ctx context.Context, f checked) {
	sum, size, err := hashFile(v.path(f.file))
	if errors.Is(err, fs.ErrNotExist) {
		v.problem(f.file, "missing", "the manifest lists it, and it is not there")
		return
	}
	if err != nil {
		v.problem(f.file, "missing", "it can't be read: %v", err)
		return
	}
	v.Files++
	v.Bytes += size
	got := newFileEntry(f.file, f.channel, 0)
	seen := map[[16]byte]struct{}{}
	err = eachRecord(v.path(f.file), func(line []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		got.count(line)
		if f.entry == nil {
			return nil // what others wrote may say the same twice
		}
		full := sha256.Sum256(line)
		key := [16]byte(full[:16])
		if _, there := seen[key]; there {
			v.problem(f.file, "duplicate", "record %d is there twice", got.Records)
		}
		seen[key] = struct{}{}
		v.image(f.file, line)
		return nil
	})
	if ctx.Err() != nil {
		return
	}
	v.ids[f.channel] = append(v.ids[f.channel], got.ids...)
	got.finish()
	switch {
	case err != nil:
		v.problem(f.file, "malformed", "%s", message(err))
	case f.entry == nil:
	case f.entry.Records != got.Records || f.entry.Messages != got.Messages || f.entry.FirstID != got.FirstID || f.entry.LastID != got.LastID:
		v.problem(f.file, "count", "it has %d records of messages %d to %d, the manifest says %d of %d to %d",
			got.Records, got.FirstID, got.LastID, f.entry.Records, f.entry.FirstID, f.entry.LastID)
	case f.entry.SHA256 != sum:
		v.problem(f.file, "checksum", "its content is not what was written: its SHA-256 is another")
	}
}

// image checks the image that a record names.
func (v *verifier) image(file string, line []byte) {
	var m struct {
		MessageID   int64  `json:"message_id"`
		ImagePath   string `json:"image_path"`
		ImageSHA256 string `json:"image_sha256"`
		ImageBytes  *int64 `json:"image_bytes"`
	}
	if json.Unmarshal(line, &m) != nil || m.ImagePath == "" || v.images[m.ImagePath+m.ImageSHA256] {
		return
	}
	v.images[m.ImagePath+m.ImageSHA256] = true
	if !fs.ValidPath(m.ImagePath) {
		v.problem(file, "image", "message %d names the image %q, which is outside of the lake", m.MessageID, m.ImagePath)
		return
	}
	v.Images++
	info, err := os.Stat(v.path(m.ImagePath))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		v.problem(m.ImagePath, "image", "it can't be read: %v", err)
		return
	case err != nil:
		v.problem(m.ImagePath, "image", "message %d of %s has it, and it is not there", m.MessageID, file)
		return
	case m.ImageBytes != nil && info.Size() != *m.ImageBytes:
		v.problem(m.ImagePath, "image", "it has %d bytes, the record of message %d says %d", info.Size(), m.MessageID, *m.ImageBytes)
		return
	}
	v.Bytes += info.Size()
	if v.opts.SkipImages || m.ImageSHA256 == "" {
		return
	}
	if sum, _, err := hashFile(v.path(m.ImagePath)); err != nil {
		v.problem(m.ImagePath, "image", "it can't be read: %v", err)
	} else if sum != m.ImageSHA256 {
		v.problem(m.ImagePath, "image", "its content is not what was written: its SHA-256 is another")
	}
}

// states looks for work that has not ended.
func (v *verifier) states() {
	entries, err := os.ReadDir(filepath.Join(v.Root, stateDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.problem(stateDir, "missing", "it can't be read: %v", err)
	}
	for _, e := range entries {
		channel, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || channel == "" || e.Name()[0] == '.' || !v.takes(channel) {
			continue
		}
		rel := stateDir + "/" + e.Name()
		s, err := readState(v.path(rel), channel)
		if err != nil {
			v.problem(rel, "manifest", "%s", message(err))
			continue
		}
		if s.Journal != nil && s.Journal.Records > 0 {
			v.problem(rel, "unfinished", "a run did not end: its journal has %s, which another extract brings to the lake", counted(s.Journal.Records, "record"))
		}
		if n := len(s.Missing); n > 0 {
			v.problem(rel, "unfinished", "%s could not be had; another extract tries again", counted(n, "image"))
		}
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
