// Package tdesktop is the source plugin "tdesktop": it brings exports of Telegram
// Desktop (result.json, of one chat or of a whole account) and of tdl
// (tdl-export.json) into the lake. Who has no API key begins here. Its table's
// config says where they are:
//
//	gdbt: {plugin: tdesktop, folder: exports, lake: data}
//
// folder is relative to the project and holds the files or folders with them. Of
// an account's export the channels and supergroups are taken, nothing else.
// A tdl export names no channel: it is called by its file (tdl-shop.json) or
// folder, and its photos are those that tdl downloaded beside it. Messages that are in the lake and have not changed are passed over;
// photos of the export are copied. A file is read twice: first for what it holds and
// whether all of it can be read, then for the messages, page after page. The load is that of every lake.
package tdesktop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
	"github.com/gdbt-dev/gdbt/scraper/denied"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// Plugin is the source plugin.
func Plugin() source.Plugin { return plugin{scraper.Loader("tdesktop", "folder")} }

type plugin struct{ source.Plugin }

var (
	_ source.Extractor = plugin{}
	_ source.Verifier  = plugin{}
)

// Verify implements [source.Verifier].
func (plugin) Verify(ctx context.Context, req source.VerifyRequest) (source.VerifyResult, error) {
	return lakewriter.VerifySource(ctx, req)
}

// bad is an error about the options of the table, or of the command line.
func bad(req source.ExtractRequest, option, format string, args ...any) *diag.Diagnostic {
	return req.Config.Bad(option, format, args...).WithCode("tdesktop")
}

// Extract implements [source.Extractor]. Options that choose messages are refused:
// an export is taken as it is.
func (plugin) Extract(ctx context.Context, req source.ExtractRequest) (source.ExtractResult, error) {
	started := time.Now()
	res := source.ExtractResult{Lake: req.LakeDir()}
	if err := req.Config.Known(append(scraper.LoadOptions(), "folder")...); err != nil {
		return res, err
	}
	o := req.Options
	if len(o.Channels) > 0 || !o.Since.IsZero() || !o.Until.IsZero() || o.Limit > 0 || o.FromID > 0 || o.ToID > 0 || o.Full || o.Backfill || o.Raw || o.Takeout || o.NoImages {
		return res, bad(req, "", "the plugin tdesktop takes exports as they are: it heeds neither channels, since, until, from-id, to-id, limit, full, backfill, raw, takeout nor no-images")
	}
	folder, _ := req.Config.Options["folder"].(string)
	if folder == "" || res.Lake == "" {
		return res, bad(req, "", "meta.gdbt of the plugin tdesktop needs a folder and a lake").WithHint("add `folder: exports`")
	}
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(req.ProjectDir, folder)
	}
	files, err := find(folder)
	if err != nil {
		d := bad(req, "folder", "the exports can't be read: %v", err)
		if hint := denied.Hint(err); hint != "" {
			d = d.WithHint("%s", hint)
		}
		return res, d
	}
	if len(files) == 0 {
		return res, bad(req, "folder", "there is no result.json or tdl-export.json in %s nor in a folder of it", folder)
	}
	lake, err := lakewriter.Open(res.Lake, lakewriter.Options{Format: lakewriter.Format(o.Format), Layout: lakewriter.Layout(o.Layout)})
	if err != nil {
		return res, err
	}
	for _, file := range files {
		if ctx.Err() != nil {
			break
		}
		chats, err := survey(file)
		if err != nil {
			res.Channels = append(res.Channels, source.ChannelResult{Channel: filepath.Base(filepath.Dir(file)), Status: source.Failed,
				Err: explain(file, err), Errors: 1})
		}
		for _, e := range chats {
			c := one(ctx, req, lake, file, e)
			c.Err = explain(file, c.Err)
			res.Channels = append(res.Channels, c)
		}
	}
	res.Duration = time.Since(started)
	return res, errors.Join(ctx.Err(), lake.Close())
}

// explain says of an export, or of the lake, what is wrong with it.
func explain(file string, err error) error {
	var disk *lakewriter.DiskError
	if errors.As(err, &disk) {
		return disk.Diagnostic()
	}
	if hint := denied.Hint(err); hint != "" {
		d := diag.New(diag.RuntimeError, "the export can't be read: %v", err).WithCode("tdesktop").WithHint("%s", hint)
		d.File, d.Err = file, err
		return d
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// page is how many records become safe at once.
const page = 1000

// one brings the messages of a chat to the lake, page after page: what a run that is
// cut short has committed, the next one passes over.
func one(ctx context.Context, req source.ExtractRequest, lake *lakewriter.Lake, file string, e chat) (c source.ChannelResult) {
	started := time.Now()
	c.Status = source.OK
	defer func() { c.Duration = time.Since(started) }()
	c.Channel, c.ID, c.Title = channelName(e.Name), e.ID, e.Name
	if err := e.bring(ctx, req, lake, file, &c); err != nil {
		c.Status, c.Err, c.Errors = source.Failed, err, 1
		return c
	}
	req.Report(source.ExtractProgress{Channel: c.Channel, State: source.Finished, Messages: c.Messages, Images: c.Images, Bytes: c.Bytes})
	return c
}

func (e chat) bring(ctx context.Context, req source.ExtractRequest, lake *lakewriter.Lake, file string, c *source.ChannelResult) error {
	if e.broken != nil {
		return e.broken
	}
	ch, err := lake.Channel(c.Channel, req.Time())
	if err != nil {
		return err
	}
	defer ch.Close()
	index, err := ch.Index()
	if err != nil {
		return err
	}
	var records []lakewriter.Message
	added := 0
	commit := func() error {
		err := ch.Commit(records, func(s *lakewriter.State) {
			s.ChannelID, s.Title = e.ID, e.Name
			for i := 0; i < len(records); {
				first := i
				for i++; i < len(records) && records[i].MessageID == records[i-1].MessageID+1; i++ {
				}
				s.Cover(records[first].MessageID, records[i-1].MessageID)
			}
		})
		if err != nil {
			return err
		}
		c.Messages += added
		c.Refreshed += len(records) - added
		records, added = records[:0], 0
		req.Report(source.ExtractProgress{Channel: c.Channel, State: source.Reading, Messages: c.Messages, Images: c.Images, Bytes: c.Bytes})
		return nil
	}
	err = e.each(file, func(m *message) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := m.record(e, req.Time())
		if err != nil {
			return err
		}
		old, there, err := index.Last(m.ID)
		if err != nil {
			return err
		}
		if there && r.Same(old) {
			return nil
		}
		if e.photo(m) != "" {
			if err := copyPhoto(lake, e, m, &r, c); err != nil {
				return err
			}
		}
		if !there {
			added++
		}
		if records = append(records, r); len(records) == page {
			return commit()
		}
		return nil
	})
	if err == nil {
		err = commit()
	}
	if err == nil {
		err = ch.Flush()
	}
	c.Files = ch.Files()
	return err
}

// channelName makes a title the name of a file.
func channelName(title string) string {
	name := strings.Map(func(r rune) rune {
		if r <= ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.TrimSpace(title))
	return strings.Trim(name, "._")
}

// record is a message of a chat as the lake has it.
func (m *message) record(e chat, now time.Time) (lakewriter.Message, error) {
	sent, err := m.seconds()
	if err != nil {
		return lakewriter.Message{}, fmt.Errorf("message %d: %w", m.ID, err)
	}
	text, marks, err := plain(m.Text)
	if err != nil {
		return lakewriter.Message{}, fmt.Errorf("message %d: text: %w", m.ID, err)
	}
	date := lakewriter.Time(time.Unix(sent, 0))
	if text == "" && m.Raw != nil {
		text = m.Raw.Message
	}
	r := lakewriter.Message{
		MessageID: m.ID, ChannelName: channelName(e.Name), ChannelID: &e.ID, ChannelTitle: &e.Name, MessageDate: date, MessageText: &text,
		HasMedia: m.Photo != "" || m.File != "", IsReply: m.ReplyTo != 0, ScrapedAt: lakewriter.Time(now),
		Entities: marks,
	}
	if m.Edited != "" {
		at, err := strconv.ParseInt(m.Edited, 10, 64)
		if err != nil {
			return r, fmt.Errorf("message %d: edited_unixtime: %w", m.ID, err)
		}
		r.EditDate = lakewriter.Ptr(lakewriter.Time(time.Unix(at, 0)))
	}
	set := func(to **string, v string) {
		if v != "" {
			*to = &v
		}
	}
	set(&r.PostAuthor, m.Author)
	set(&r.ServiceAction, m.Action)
	switch {
	case m.Photo != "" || m.Media == "" && isPhoto(m.File):
		set(&r.MediaType, "photo")
	case m.File != "" && m.Media == "":
		set(&r.MediaType, "document")
	default:
		set(&r.MediaType, m.Media)
	}
	if m.ReplyTo != 0 {
		r.ReplyToMsgID = &m.ReplyTo
	}
	if m.Forward != "" {
		r.ForwardFrom = &lakewriter.Forward{Name: m.Forward}
	}
	for _, x := range m.Reaction {
		r.Reactions = append(r.Reactions, lakewriter.Reaction{Emoji: x.Emoji, Count: x.Count})
	}
	if m.Poll != nil {
		r.HasMedia, r.MediaType = true, lakewriter.Ptr("poll")
		r.Poll = &lakewriter.Poll{Question: string(m.Poll.Question), Closed: m.Poll.Closed, Voters: &m.Poll.Voters}
		for _, a := range m.Poll.Answers {
			r.Poll.Answers = append(r.Poll.Answers, lakewriter.PollAnswer{Text: string(a.Text), Votes: &a.Voters})
		}
	}
	if raw := m.Raw; raw != nil {
		set(&r.PostAuthor, raw.PostAuthor)
		// gotd writes 0 for what was not sent.
		for to, v := range map[**int64]int64{&r.Views: raw.Views, &r.Forwards: raw.Forwards, &r.GroupedID: raw.GroupedID} {
			if v != 0 {
				*to = &v
			}
		}
		if raw.EditDate != 0 {
			r.EditDate = lakewriter.Ptr(lakewriter.Time(time.Unix(raw.EditDate, 0)))
		}
	}
	return r, nil
}

func isPhoto(file string) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".jpg", ".jpeg":
		return true
	}
	return false
}

// photo is the path of a message's photo in the export's folder, "" without one.
// tdl names what it downloads by chat, message and file, in the folder downloads
// unless told otherwise.
func (e chat) photo(m *message) string {
	if !e.tdl || !isPhoto(m.File) {
		return m.Photo
	}
	name := fmt.Sprintf("%d_%d_%s", e.ID, m.ID, filepath.Base(m.File))
	if _, err := os.Stat(filepath.Join(e.dir, name)); err == nil {
		return name
	}
	return "downloads/" + name
}

// copyPhoto brings a photo of the export into the lake. One that was left out of
// the export is told in the record.
func copyPhoto(lake *lakewriter.Lake, e chat, m *message, r *lakewriter.Message, c *source.ChannelResult) error {
	photo := e.photo(m)
	missing := "the export has no file of it: " + photo
	if !filepath.IsLocal(filepath.FromSlash(photo)) {
		r.ImageError = &missing
		return nil
	}
	src, err := os.Open(filepath.Join(e.dir, filepath.FromSlash(photo)))
	if err != nil {
		var cause *fs.PathError // without the path on this machine
		if errors.As(err, &cause) && !errors.Is(err, fs.ErrNotExist) {
			missing = fmt.Sprintf("the export's file of it can't be read: %s: %v", photo, cause.Err)
		}
		r.ImageError = &missing
		return nil
	}
	defer src.Close()
	part, err := lake.PartImage(lakewriter.Wanted{Channel: c.Channel, MessageID: m.ID, Ext: ".jpg"}, 1)
	if err != nil {
		return err
	}
	if _, err := src.Seek(part.Offset(), io.SeekStart); err != nil {
		part.Discard()
		return err
	}
	n, err := io.Copy(part, src)
	if err != nil {
		part.Discard()
		return err
	}
	img, err := part.Commit()
	if err != nil {
		return err
	}
	c.Images++
	c.Bytes += n
	r.ImagePath, r.ImageSHA256, r.ImageBytes = &img.Path, &img.SHA256, &img.Bytes
	return nil
}
