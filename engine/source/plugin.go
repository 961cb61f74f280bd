package source

import (
	"context"
	"fmt"
	"time"
)

// Plugin brings one kind of data into a warehouse. A Plugin is stateless and
// may be used by many loads at once.
type Plugin interface {
	// Name is what `config.meta.gdbt.plugin` of a source table says.
	Name() string
	// Load brings what is new in the lake to the source table, and leaves what
	// is already there alone. When it fails or is cancelled, everything that it
	// had finished stays, and another Load goes on from there. The result
	// counts what was done until then and is valid beside an error.
	Load(ctx context.Context, req LoadRequest) (LoadResult, error)
}

// Source is the table to fill.
type Source struct {
	// UniqueID is the node's id, "source.project.raw.telegram_messages".
	UniqueID string
	// Name of the source and of the table, as `source()` takes them.
	Name, Table string
	// Where the table is.
	Database, Schema, Identifier string
	// File is the YAML file that declares it, for errors.
	File string
}

// LoadRequest is all that a Load needs.
type LoadRequest struct {
	Source Source
	// Config is the table's `config.meta.gdbt`.
	Config Config
	// ProjectDir is where a relative lake path starts.
	ProjectDir string
	// Lake is the project's `lake` var; the Config's own `lake` wins.
	Lake string
	// FullRefresh loads every file again and drops the rows of files that the
	// lake no longer has.
	FullRefresh bool
	// Target is the warehouse.
	Target Target
	// LookupEnv finds a variable of the environment; nil finds nothing.
	LookupEnv func(name string) (string, bool)
	// Progress, when not nil, is called after every step. It must return soon.
	Progress func(Progress)
	// Now gives the time that goes into `loaded_at`; time.Now when nil.
	Now func() time.Time
}

// LakeDir is the folder of the lake as an absolute or caller-relative path; ""
// when neither the table nor the project names one.
func (r LoadRequest) LakeDir() string { return lakeDir(r.ProjectDir, r.Config.Lake, r.Lake) }

// Time is the time of the load in UTC, cut to microseconds, the resolution of
// the warehouses.
func (r LoadRequest) Time() time.Time {
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

// Env is the value of a variable, "" when nobody set it.
func (r LoadRequest) Env(name string) string {
	if r.LookupEnv == nil {
		return ""
	}
	v, _ := r.LookupEnv(name)
	return v
}

// Report calls Progress if there is one.
func (r LoadRequest) Report(p Progress) {
	if r.Progress != nil {
		r.Progress(p)
	}
}

// Progress tells how far a load is.
type Progress struct {
	// File is the file in work, relative to the lake.
	File string
	// Files and FilesDone count files, Bytes and BytesDone what is in them.
	Files, FilesDone int
	Bytes, BytesDone int64
	// Rows and Rejects count records so far.
	Rows, Rejects int64
}

// LoadResult is what a load did.
type LoadResult struct {
	// Lake is the folder that was read.
	Lake string
	// FilesSeen = FilesLoaded + FilesSkipped when the load ran to its end.
	FilesSeen, FilesLoaded, FilesSkipped int
	// FilesMissing counts files that were loaded once and are no longer in the
	// lake; their rows stay, unless FullRefresh drops them.
	FilesMissing int
	// Ignored are paths of the lake that are no message files by their names.
	Ignored []string
	// Rows and Rejects count the records of the files loaded this time.
	Rows, Rejects int64
	// Bytes is the size of the files loaded this time.
	Bytes int64
	// Files has one entry for every file that was loaded, in lake order.
	Files []FileResult
	// Duration is the wall-clock time.
	Duration time.Duration
}

// FileResult is what became of one loaded file.
type FileResult struct {
	File          string
	Rows, Rejects int64
	// FirstReject says where and why the first reject is, "" without rejects.
	FirstReject string
}

// String is the summary in one line.
func (r LoadResult) String() string {
	s := fmt.Sprintf("%s: %d loaded, %d unchanged; %s, %s",
		count(int64(r.FilesSeen), "file"), r.FilesLoaded, r.FilesSkipped,
		count(r.Rows, "row"), count(r.Rejects, "reject"))
	if r.FilesMissing > 0 {
		s += fmt.Sprintf("; %s no longer in the lake", count(int64(r.FilesMissing), "loaded file"))
	}
	if len(r.Ignored) > 0 {
		s += fmt.Sprintf("; %s ignored, such as %s", count(int64(len(r.Ignored)), "other path"), r.Ignored[0])
	}
	return s
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
