package telegram

import (
	"context"
	"errors"
	"fmt"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// pieceSize is how much of a file one call brings: a divisor of a megabyte, a multiple
// of 4 kB, as Telegram wants it.
const pieceSize = 512 << 10

// renewals is how often a file's reference is asked for anew.
const renewals = 3

// moves is how often a file may turn out to be in another data centre.
const moves = 3

// errReplaced says that a message has another picture now.
var errReplaced = errors.New("the message has another picture now")

// errElsewhere says that a file is to be had at a CDN only. Telegram sends those there who say that they can use one
// (cdn_supported), which this client doesn't: gotd has no connections to CDNs, and the data centre has every file too.
var errElsewhere = errors.New("the file is sent by a CDN only, which this client can't use")

// shortError says that a file has another size than its message says.
type shortError struct{ got, want int64 }

func (e *shortError) Error() string {
	if e.got == 0 {
		return "the file is empty"
	}
	return fmt.Sprintf("the file has %d bytes, its message says %d", e.got, e.want)
}

// image brings a message's picture to the lake, by link when it is there already.
func (c *channel) image(ctx context.Context, id int64, p *picture) (img lakewriter.Image, kept bool, err error) {
	want := lakewriter.Wanted{Channel: c.name, MessageID: id, Key: p.id, Bytes: p.bytes, Ext: p.ext}
	img, _, ok, err := c.run.lake.Image(want)
	if err != nil || ok {
		return img, ok, err
	}
	part, err := c.run.lake.PartImage(want, pieceSize)
	if err != nil {
		return img, false, err
	}
	if p.inline != nil {
		part.Discard()
		if part, err = c.run.lake.PartImage(want, pieceSize); err == nil {
			_, err = part.Write(p.inline)
		}
	} else {
		err = c.download(ctx, id, p, part)
	}
	if err == nil && (part.Offset() == 0 || p.bytes > 0 && part.Offset() != p.bytes) {
		// What is there is of no use: the next attempt begins anew.
		part.Discard()
		return img, false, &shortError{part.Offset(), p.bytes}
	}
	if err != nil {
		if part != nil {
			_ = part.Close()
		}
		return img, false, err
	}
	img, err = part.Commit()
	return img, false, err
}

// download fetches a file from where the part ends.
func (c *channel) download(ctx context.Context, id int64, p *picture, part *lakewriter.Part) error {
	dc, moved, renewed, signed, location := p.dc, 0, 0, 0, p.location
	for p.bytes == 0 || part.Offset() < p.bytes {
		api, err := c.run.conn.files(ctx, dc)
		if err != nil {
			return err
		}
		res, err := api.UploadGetFile(ctx, &tg.UploadGetFileRequest{Location: location, Offset: part.Offset(), Limit: pieceSize})
		if errors.Is(err, errForgotten) && ctx.Err() == nil {
			continue
		}
		if e, ok := tgerr.As(err); ok {
			switch {
			case e.IsOneOf("FILE_MIGRATE") && e.Argument != dc && e.Argument > 0 && moved < moves:
				moved++
				c.run.req.Logf(c.name, "the image of message %d is in data centre %d", id, e.Argument)
				dc = e.Argument
				continue
			case e.IsOneOf("AUTH_KEY_UNREGISTERED") && signed < moves && c.run.conn.forget(dc, api):
				signed++
				continue
			case referenceExpired(e) && renewed < renewals:
				renewed++
				fresh, err := c.renew(ctx, id, p.id)
				if err != nil {
					return err
				}
				c.run.req.Logf(c.name, "the reference to the image of message %d was renewed", id)
				location = fresh
				continue
			}
		}
		if err != nil {
			return err
		}
		file, ok := res.(*tg.UploadFile)
		if !ok {
			return errElsewhere
		}
		if len(file.Bytes) == 0 {
			return nil
		}
		if _, err := part.Write(file.Bytes); err != nil {
			return err
		}
		c.addBytes(int64(len(file.Bytes)))
		if len(file.Bytes) < pieceSize {
			return nil
		}
	}
	return nil
}

func referenceExpired(e *tgerr.Error) bool {
	return e.IsOneOf("FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_INVALID", "FILE_REFERENCE_EMPTY")
}

// renew asks for the message again: its file has a new reference then.
func (c *channel) renew(ctx context.Context, id, key int64) (tg.InputFileLocationClass, error) {
	p, err := c.reader.get(ctx, []int64{id})
	if err != nil {
		return nil, err
	}
	for _, m := range p.messages {
		if int64(m.GetID()) == id {
			if now := pictureOf(mediaOf(m)); now != nil && now.id == key {
				return now.location, nil
			}
		}
	}
	return nil, errReplaced
}

// takes tells whether the settings want a picture.
func (s settings) takes(p *picture) bool {
	return s.images && (p.document && s.documents || !p.document && s.photos) &&
		(s.minImage == 0 || p.bytes == 0 || p.bytes >= s.minImage) && (s.maxImage == 0 || p.bytes <= s.maxImage)
}
