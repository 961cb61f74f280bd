package scraper

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/scraper/denied"
)

// messagesDir is the folder of the lake that holds messages.
const messagesDir = "telegram_messages"

// Lake is an opened lake folder.
type Lake struct {
	// Dir is the folder that holds telegram_messages/.
	Dir string
	// Files are its message files, by date and name.
	Files []LakeFile
	// Ignored are paths in telegram_messages/ that are not of the layout.
	Ignored []string
}

// LakeFile is one message file.
type LakeFile struct {
	// Name is the path relative to Lake.Dir with forward slashes:
	// "telegram_messages/2026-01-18/channel.json".
	Name string
	// Path is the file's path on this machine.
	Path string
	// ScrapeDate is the folder's date.
	ScrapeDate time.Time
	Size       int64
	// Lines: the file is JSON lines, not an array.
	Lines bool
}

// reader reads the file's records from src.
func (f LakeFile) reader(src io.Reader) *Reader {
	if f.Lines {
		return NewLineReader(src)
	}
	return NewReader(src)
}

// OpenLake lists the message files under dir. dir may be the lake (it holds
// raw/telegram_messages), its raw folder (telegram_messages), or
// telegram_messages itself. Day folders are named 2026-01-18 or
// date=2026-01-18; a file is channel.json or channel=NAME/messages.json in one of
// them, and .ndjson for JSON lines. Names that start with "." or "_" are skipped: they belong to
// tools. Errors are diagnostics.
func OpenLake(dir string) (Lake, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Lake{}, lakeError(dir, "the lake folder %s does not exist", dir)
	case err != nil:
		return Lake{}, unreadable(dir, err)
	case !info.IsDir():
		return Lake{}, lakeError(dir, "the lake %s is a file, not a folder", dir)
	}
	root := ""
	for _, candidate := range []string{filepath.Join(dir, "raw"), dir, filepath.Dir(filepath.Clean(dir))} {
		if candidate == filepath.Dir(filepath.Clean(dir)) && filepath.Base(dir) != messagesDir {
			continue
		}
		info, err := os.Stat(filepath.Join(candidate, messagesDir))
		if errors.Is(err, fs.ErrPermission) {
			return Lake{}, unreadable(dir, err)
		}
		if err == nil && info.IsDir() {
			root = candidate
			break
		}
	}
	if root == "" {
		return Lake{}, lakeError(dir, "the folder %s is no lake: it has neither raw/%s nor %s", dir, messagesDir, messagesDir)
	}
	lake := Lake{Dir: root}
	if err := lake.list(); err != nil {
		return Lake{}, unreadable(dir, err)
	}
	return lake, nil
}

func unreadable(dir string, err error) *diag.Diagnostic {
	d := lakeError(dir, "the lake %s can't be read: %v", dir, err)
	d.Err = err
	if hint := denied.Hint(err); hint != "" {
		return d.WithHint("%s", hint)
	}
	return d
}

func lakeError(dir, format string, args ...any) *diag.Diagnostic {
	d := diag.New(diag.RuntimeError, format, args...).WithCode("lake")
	d.File = dir
	return d.WithHint("the `lake` var of the project names the folder; another one: --vars '{lake: DIR}'")
}

// isDir follows links; one to nowhere is no folder.
func isDir(name string) (bool, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

func (l *Lake) list() error {
	top := filepath.Join(l.Dir, messagesDir)
	days, err := os.ReadDir(top)
	if err != nil {
		return err
	}
	for _, day := range days {
		name := day.Name()
		if hidden(name) {
			continue
		}
		date, ok := dayOf(name)
		if ok {
			if ok, err = isDir(filepath.Join(top, name)); err != nil {
				return err
			}
		}
		if !ok {
			l.ignore(path.Join(messagesDir, name))
			continue
		}
		entries, err := os.ReadDir(filepath.Join(top, name))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if hidden(e.Name()) {
				continue
			}
			below := path.Join(name, e.Name())
			ofChannel := strings.HasPrefix(e.Name(), "channel=")
			if ofChannel {
				if ofChannel, err = isDir(filepath.Join(top, name, e.Name())); err != nil {
					return err
				}
			}
			if !ofChannel {
				if err := l.add(below, date); err != nil {
					return err
				}
				continue
			}
			files, err := os.ReadDir(filepath.Join(top, name, e.Name()))
			if err != nil {
				return err
			}
			for _, f := range files {
				if hidden(f.Name()) {
					continue
				}
				if err := l.add(path.Join(below, f.Name()), date); err != nil {
					return err
				}
			}
		}
	}
	slices.SortFunc(l.Files, func(a, b LakeFile) int {
		if c := a.ScrapeDate.Compare(b.ScrapeDate); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nil
}

// add takes a file in; below is its path in the folder of messages.
func (l *Lake) add(below string, date time.Time) error {
	f := LakeFile{
		Name:       path.Join(messagesDir, below),
		Path:       filepath.Join(l.Dir, messagesDir, filepath.FromSlash(below)),
		ScrapeDate: date,
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return err
	}
	ext := strings.ToLower(path.Ext(below))
	f.Lines = ext == ".ndjson"
	if !info.Mode().IsRegular() || ext != ".json" && !f.Lines || !utf8.ValidString(f.Name) {
		l.ignore(f.Name)
		return nil
	}
	f.Size = info.Size()
	l.Files = append(l.Files, f)
	return nil
}

func (l *Lake) ignore(name string) { l.Ignored = append(l.Ignored, strings.ToValidUTF8(name, "�")) }

func hidden(name string) bool { return name[0] == '.' || name[0] == '_' }

// dayOf reads a day folder's name.
func dayOf(name string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, strings.TrimPrefix(name, "date="))
	return t, err == nil && t.Year() > 0
}

// imagePath brings an image path to one form, relative to the lake:
// `data\raw\images\shop\12.jpg` is "images/shop/12.jpg". A path without a
// folder images/ only gets forward slashes.
func imagePath(sent string) string {
	p := strings.ReplaceAll(sent, `\`, "/")
	if strings.HasPrefix(p, "images/") {
		return p
	}
	if i := strings.LastIndex(p, "/images/"); i >= 0 {
		return p[i+1:]
	}
	return p
}

// Position is a place in a file.
type Position struct {
	// Offset counts bytes from 0, Line and Column (in bytes) from 1.
	Offset       int64
	Line, Column int64
}

func (p Position) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }
