package telegram

import (
	"strings"

	"github.com/gotd/td/tg"
)

// picture is an image that a message has and the client can fetch.
type picture struct {
	// id is Telegram's number of the photo or document.
	id int64
	// size in bytes and in points; 0 when not known.
	bytes         int64
	width, height int
	ext           string
	// dc is the data centre that has the file.
	dc       int
	location tg.InputFileLocationClass
	// inline is the whole content, for tiny ones that came with the message.
	inline []byte
	// document tells that it was sent as a file.
	document bool
}

// mediaType names what a message carries; "" for nothing.
func mediaType(m tg.MessageMediaClass) string {
	switch m := m.(type) {
	case nil, *tg.MessageMediaEmpty:
		return ""
	case *tg.MessageMediaPhoto:
		return "photo"
	case *tg.MessageMediaDocument:
		return documentType(m)
	case *tg.MessageMediaWebPage:
		return "web_page"
	case *tg.MessageMediaGeo:
		return "geo"
	case *tg.MessageMediaGeoLive:
		return "geo_live"
	case *tg.MessageMediaVenue:
		return "venue"
	case *tg.MessageMediaContact:
		return "contact"
	case *tg.MessageMediaPoll:
		return "poll"
	case *tg.MessageMediaDice:
		return "dice"
	case *tg.MessageMediaGame:
		return "game"
	case *tg.MessageMediaInvoice:
		return "invoice"
	case *tg.MessageMediaStory:
		return "story"
	case *tg.MessageMediaGiveaway, *tg.MessageMediaGiveawayResults:
		return "giveaway"
	case *tg.MessageMediaPaidMedia:
		return "paid_media"
	case *tg.MessageMediaToDo:
		return "todo"
	}
	return "unsupported"
}

func documentType(m *tg.MessageMediaDocument) string {
	d, ok := m.Document.(*tg.Document)
	if !ok {
		return "document"
	}
	kind := "document"
	if strings.HasPrefix(d.MimeType, "image/") {
		kind = "image"
	}
	for _, a := range d.Attributes {
		switch a := a.(type) {
		case *tg.DocumentAttributeSticker:
			return "sticker"
		case *tg.DocumentAttributeAnimated:
			return "animation"
		case *tg.DocumentAttributeVideo:
			kind = "video"
			if a.RoundMessage {
				kind = "video_note"
			}
		case *tg.DocumentAttributeAudio:
			kind = "audio"
			if a.Voice {
				kind = "voice"
			}
		}
	}
	return kind
}

// mediaID is Telegram's number of a message's photo or document; 0 for none.
func mediaID(m tg.MessageMediaClass) int64 {
	switch m := m.(type) {
	case *tg.MessageMediaPhoto:
		if p, ok := m.Photo.(*tg.Photo); ok {
			return p.ID
		}
	case *tg.MessageMediaDocument:
		if d, ok := m.Document.(*tg.Document); ok {
			return d.ID
		}
	}
	return 0
}

// pictureOf finds the image of a message: the largest size of its photo, or the
// document when that is an image. nil when it has none.
func pictureOf(m tg.MessageMediaClass) *picture {
	switch m := m.(type) {
	case *tg.MessageMediaPhoto:
		if p, ok := m.Photo.(*tg.Photo); ok {
			return photoPicture(p)
		}
	case *tg.MessageMediaDocument:
		d, ok := m.Document.(*tg.Document)
		if !ok || documentType(m) != "image" {
			return nil
		}
		p := &picture{id: d.ID, bytes: d.Size, ext: imageExt(d.MimeType), dc: d.DCID, document: true,
			location: &tg.InputDocumentFileLocation{ID: d.ID, AccessHash: d.AccessHash, FileReference: d.FileReference}}
		for _, a := range d.Attributes {
			if size, ok := a.(*tg.DocumentAttributeImageSize); ok {
				p.width, p.height = size.W, size.H
			}
		}
		return p
	}
	return nil
}

// imageExt is the ending for a type of image.
func imageExt(mime string) string {
	switch mime {
	case "image/png":
		return ".png"
	case "image/webp":
		return ".webp"
	case "image/gif":
		return ".gif"
	case "image/bmp":
		return ".bmp"
	case "image/tiff":
		return ".tiff"
	case "image/heic", "image/heif":
		return ".heic"
	case "image/svg+xml":
		return ".svg"
	}
	return ".jpg"
}

// photoPicture takes the largest size by its area, wherever in the list it stands.
func photoPicture(p *tg.Photo) *picture {
	best := picture{id: p.ID, ext: ".jpg", dc: p.DCID}
	kind, found := "", false
	take := func(name string, w, h int, bytes int64, inline []byte) {
		if found && w*h <= best.width*best.height {
			return
		}
		found, kind = true, name
		best.width, best.height, best.bytes, best.inline = w, h, bytes, inline
	}
	for _, s := range p.Sizes {
		switch s := s.(type) {
		case *tg.PhotoSize:
			take(s.Type, s.W, s.H, int64(s.Size), nil)
		case *tg.PhotoSizeProgressive:
			size := 0
			for _, n := range s.Sizes { // each is how much shows the picture so well; the last is all
				size = max(size, n)
			}
			take(s.Type, s.W, s.H, int64(size), nil)
		case *tg.PhotoCachedSize:
			take(s.Type, s.W, s.H, int64(len(s.Bytes)), s.Bytes)
		}
	}
	if !found {
		return nil
	}
	best.location = &tg.InputPhotoFileLocation{ID: p.ID, AccessHash: p.AccessHash, FileReference: p.FileReference, ThumbSize: kind}
	return &best
}
