// Package tdesktop is the source plugin "tdesktop": it brings exports of Telegram
// Desktop, folders with a result.json each, into the lake. Who has no API key
// begins here. Its table's config says where they are:
//
//	gdbt: {plugin: tdesktop, folder: exports, lake: data}
//
// folder is relative to the project and holds result.json itself or folders with
// one each. Messages that are in the lake and have not changed are passed over;
// photos of the export are copied. The load is that of every lake.
package tdesktop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// Plugin is the source plugin.
func Plugin() source.Plugin { return plugin{scraper.Loader("tdesktop", "folder")} }

type plugin struct{ source.Plugin }

var _ source.Extractor = plugin{}

func bad(req source.ExtractRequest, format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ValidationError, format, args...).WithCode("tdesktop").At(req.Source.File, 0, 0)
}

// Extract implements [source.Extractor]. Options that choose messages are refused:
// an export is taken as it is.
func (plugin) Extract(ctx context.Context, req source.ExtractRequest) (source.ExtractResult, error) {
	started := time.Now()
	res := source.ExtractResult{Lake: req.LakeDir()}
	if err := req.Config.Known("folder", scraper.OptionPhones); err != nil {
		return res, err
	}
	o := req.Options
	if len(o.Channels) > 0 || !o.Since.IsZero() || !o.Until.IsZero() || o.Limit > 0 || o.Full || o.Backfill || o.Raw || o.Takeout || o.NoImages {
		return res, bad(req, "the plugin tdesktop takes exports as they are: it heeds neither channels, since, until, limit, full, backfill, raw, takeout nor no-images")
	}
	folder, _ := req.Config.Options["folder"].(string)
	if folder == "" || res.Lake == "" {
		return res, bad(req, "meta.gdbt of the plugin tdesktop needs a folder and a lake").WithHint("add `folder: exports`")
	}
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(req.ProjectDir, folder)
	}
	var files []string
	for _, pattern := range []string{"result.json", filepath.Join("*", "result.json")} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return res, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return res, bad(req, "there is no result.json in %s nor in a folder of it", folder)
	}
	lake, err := lakewriter.Open(res.Lake, lakewriter.Options{Format: lakewriter.Format(o.Format), Layout: lakewriter.Layout(o.Layout)})
	if err != nil {
		return res, err
	}
	for _, file := range files {
		if ctx.Err() != nil {
			break
		}
		res.Channels = append(res.Channels, one(ctx, req, lake, file))
	}
	res.Duration = time.Since(started)
	return res, errors.Join(ctx.Err(), lake.Close())
}

// export is a result.json of one chat.
type export struct {
	Name     string    `json:"name"`
	ID       int64     `json:"id"`
	Messages []message `json:"messages"`
}

type message struct {
	ID       int64           `json:"id"`
	Type     string          `json:"type"`
	Date     string          `json:"date_unixtime"`
	Edited   string          `json:"edited_unixtime"`
	Text     json.RawMessage `json:"text"`
	Action   string          `json:"action"`
	Author   string          `json:"author"`
	ReplyTo  int64           `json:"reply_to_message_id"`
	Forward  string          `json:"forwarded_from"`
	Photo    string          `json:"photo"`
	File     string          `json:"file"`
	Media    string          `json:"media_type"`
	Reaction []struct {
		Emoji string `json:"emoji"`
		Count int64  `json:"count"`
	} `json:"reactions"`
}

func one(ctx context.Context, req source.ExtractRequest, lake *lakewriter.Lake, file string) (c source.ChannelResult) {
	started := time.Now()
	c = source.ChannelResult{Channel: filepath.Base(filepath.Dir(file)), Status: source.OK}
	defer func() { c.Duration = time.Since(started) }()
	fail := func(err error) source.ChannelResult {
		c.Status, c.Err, c.Errors = source.Failed, fmt.Errorf("%s: %w", file, err), 1
		return c
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fail(err)
	}
	var e export
	if err := json.Unmarshal(text, &e); err != nil {
		return fail(err)
	}
	if e.Name == "" || e.Messages == nil {
		return fail(errors.New("it is no export of one chat: it has no name or no messages"))
	}
	c.Channel, c.ID, c.Title = channelName(e.Name), e.ID, e.Name
	ch, err := lake.Channel(c.Channel, req.Time())
	if err != nil {
		return fail(err)
	}
	defer ch.Close()
	known, err := ch.Known(time.Time{})
	if err != nil {
		return fail(err)
	}
	var records []lakewriter.Message
	for _, m := range e.Messages {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		r, err := m.record(c, req.Time())
		if err != nil {
			return fail(err)
		}
		old, there := known[m.ID]
		if there && r.Same(old) {
			continue
		}
		if m.Photo != "" {
			if err := copyPhoto(lake, filepath.Dir(file), m, &r, &c); err != nil {
				return fail(err)
			}
		}
		if there {
			c.Refreshed++
		} else {
			c.Messages++
		}
		records = append(records, r)
	}
	err = ch.Commit(records, func(s *lakewriter.State) {
		s.ChannelID, s.Title = e.ID, e.Name
		for _, r := range records {
			s.Cover(r.MessageID, r.MessageID)
		}
	})
	if err == nil {
		err = ch.Flush()
	}
	if err != nil {
		return fail(err)
	}
	c.Files = ch.Files()
	req.Report(source.ExtractProgress{Channel: c.Channel, State: source.Finished, Messages: c.Messages, Images: c.Images, Bytes: c.Bytes})
	return c
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

func (m message) record(c source.ChannelResult, now time.Time) (lakewriter.Message, error) {
	date, err := unix(m.Date)
	if err != nil {
		return lakewriter.Message{}, fmt.Errorf("message %d: date_unixtime: %w", m.ID, err)
	}
	text, err := plain(m.Text)
	if err != nil {
		return lakewriter.Message{}, fmt.Errorf("message %d: text: %w", m.ID, err)
	}
	r := lakewriter.Message{
		MessageID: m.ID, ChannelName: c.Channel, ChannelID: &c.ID, ChannelTitle: &c.Title, MessageDate: date, MessageText: &text,
		HasMedia: m.Photo != "" || m.File != "", IsReply: m.ReplyTo != 0, ScrapedAt: lakewriter.Time(now),
	}
	if m.Edited != "" {
		edited, err := unix(m.Edited)
		if err != nil {
			return r, fmt.Errorf("message %d: edited_unixtime: %w", m.ID, err)
		}
		r.EditDate = &edited
	}
	set := func(to **string, v string) {
		if v != "" {
			*to = &v
		}
	}
	set(&r.PostAuthor, m.Author)
	set(&r.ServiceAction, m.Action)
	switch {
	case m.Photo != "":
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
	return r, nil
}

func unix(text string) (string, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return lakewriter.Time(time.Unix(n, 0)), err
}

// plain joins a text that may be a list of texts and marked parts.
func plain(raw json.RawMessage) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", err
	}
	var out strings.Builder
	for _, p := range parts {
		var marked struct {
			Text string `json:"text"`
		}
		if json.Unmarshal(p, &text) == nil {
			out.WriteString(text)
		} else if err := json.Unmarshal(p, &marked); err != nil {
			return "", err
		} else {
			out.WriteString(marked.Text)
		}
	}
	return out.String(), nil
}

// copyPhoto brings a photo of the export into the lake. One that was left out of
// the export is told in the record.
func copyPhoto(lake *lakewriter.Lake, dir string, m message, r *lakewriter.Message, c *source.ChannelResult) error {
	if !filepath.IsLocal(filepath.FromSlash(m.Photo)) {
		why := "the export has no file of it: " + m.Photo
		r.ImageError = &why
		return nil
	}
	src, err := os.Open(filepath.Join(dir, filepath.FromSlash(m.Photo)))
	if err != nil {
		why := "the export has no file of it: " + m.Photo
		r.ImageError = &why
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
