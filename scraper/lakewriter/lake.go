package lakewriter

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

const (
	messagesDir = "telegram_messages"
	imagesDir   = "images"
	stateDir    = "_state"
)

// Format is how records stand in a file.
type Format string

// Formats.
const (
	JSON   Format = "json"   // an array
	NDJSON Format = "ndjson" // a record a line
)

// Layout is how files of messages are named.
type Layout string

// Layouts.
const (
	Plain Layout = "plain" // 2026-01-18/shop.json
	Hive  Layout = "hive"  // date=2026-01-18/channel=shop/messages.json
)

// Options of a lake.
type Options struct {
	// Format and Layout of new files; JSON and Plain when "".
	Format Format
	Layout Layout

	disk disk
}

// Lake is a lake open for writing: one process at a time has it.
type Lake struct {
	root string
	opts Options
	lock *Lock

	mu        sync.Mutex
	manifests sync.Mutex // of the day's manifests
	images    *imageIndex
	channels  map[string]bool
}

// Root finds the folder that holds telegram_messages/ and images/ for a lake
// named dir: dir/raw, or dir itself when it is a raw folder (its name says so, or
// telegram_messages is in it).
func Root(dir string) string {
	dir = filepath.Clean(dir)
	isDir := func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && info.IsDir()
	}
	switch {
	case isDir(filepath.Join(dir, "raw", messagesDir)):
		return filepath.Join(dir, "raw")
	case isDir(filepath.Join(dir, messagesDir)), filepath.Base(dir) == "raw":
		return dir
	case filepath.Base(dir) == messagesDir:
		return filepath.Dir(dir)
	}
	return filepath.Join(dir, "raw")
}

// Open opens the lake named dir for writing and makes it when it is not there.
// Errors are diagnostics.
func Open(dir string, opts Options) (*Lake, error) {
	if opts.Format == "" {
		opts.Format = JSON
	}
	if opts.Layout == "" {
		opts.Layout = Plain
	}
	if opts.Format != JSON && opts.Format != NDJSON {
		return nil, diag.New(diag.ValidationError, "there is no lake format %q", opts.Format).WithCode("lake-format").WithHint("the formats are json and ndjson")
	}
	if opts.Layout != Plain && opts.Layout != Hive {
		return nil, diag.New(diag.ValidationError, "there is no lake layout %q", opts.Layout).WithCode("lake-layout").WithHint("the layouts are plain and hive")
	}
	if opts.disk == nil {
		opts.disk = osDisk{}
	}
	l := &Lake{root: Root(dir), opts: opts, channels: map[string]bool{}}
	for _, name := range []string{messagesDir, imagesDir, stateDir} {
		if err := opts.disk.mkdir(filepath.Join(l.root, name)); err != nil {
			return nil, asDiagnostic(diskError(filepath.Join(l.root, name), err))
		}
	}
	lock, err := TakeLock(filepath.Join(l.root, stateDir, ".lock"))
	var held *HeldError
	switch {
	case errors.As(err, &held):
		d := diag.New(diag.RuntimeError, "another run fills the lake%s", process(held.PID)).WithCode("lake-locked").
			WithHint("wait until it has ended; its work is not lost")
		d.File, d.Err = l.root, err
		return nil, d
	case err != nil:
		return nil, asDiagnostic(diskError(l.root, err))
	}
	l.lock = lock
	if l.images, err = openImages(l); err != nil {
		_ = l.Close()
		return nil, asDiagnostic(err)
	}
	return l, nil
}

func process(pid int) string {
	if pid == 0 {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}

func asDiagnostic(err error) error {
	var e *DiskError
	if errors.As(err, &e) {
		return e.Diagnostic()
	}
	return err
}

// Dir is the folder that holds telegram_messages/ and images/.
func (l *Lake) Dir() string { return l.root }

// Close lets others fill the lake.
func (l *Lake) Close() error {
	if l.lock == nil {
		return nil
	}
	var err error
	if l.images != nil {
		err = l.images.close()
	}
	err = errors.Join(err, l.lock.Release())
	l.lock = nil
	return err
}

// CheckName is a diagnostic for a channel name that can't name a file.
func CheckName(name string) error {
	bad := name == "" || len(name) > 100 || strings.ContainsAny(name, `/\:*?"<>|`) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
		strings.TrimSpace(name) != name || strings.HasSuffix(name, ".")
	for _, r := range name {
		bad = bad || r < ' ' || r == 0x7f
	}
	if bad {
		return diag.New(diag.ValidationError, "%q can't be the name of a channel's file", name).WithCode("channel-name")
	}
	return nil
}

// dayFile is the path of a channel's file relative to the root.
func dayFile(o Options, day, channel string) string {
	if o.Layout == Hive {
		return path.Join(messagesDir, "date="+day, "channel="+channel, "messages."+string(o.Format))
	}
	return path.Join(messagesDir, day, channel+"."+string(o.Format))
}

// dayDir is the folder of a day.
func dayDir(o Options, day string) string {
	if o.Layout == Hive {
		return path.Join(messagesDir, "date="+day)
	}
	return path.Join(messagesDir, day)
}

func (l *Lake) path(rel string) string { return filepath.Join(l.root, filepath.FromSlash(rel)) }

// Day is the partition of a time of scraping.
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Time is a time as records have it.
func Time(t time.Time) string { return t.UTC().Format(time.RFC3339) }
