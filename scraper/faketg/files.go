package faketg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// Photo is a picture in several sizes. Its bytes are a function of its ID and
// the size: a valid JPEG of simple shapes, filled up to the size wanted.
type Photo struct {
	ID int64
	// DC is the data centre that it lies in.
	DC int
	// Sizes in the order in which they are announced, which is not theirs.
	Sizes []Size
}

// Size is one size of a photo.
type Size struct {
	// Type is Telegram's letter: s, m, x, y, w.
	Type string
	W, H int
	// Bytes is the length of the file. The shapes alone take about 1 kB.
	Bytes int
	// Progressive announces the size as a progressive JPEG.
	Progressive bool
}

// NewPhoto makes a photo whose largest size has about the given bytes, next to
// two smaller ones and a thumbnail.
func NewPhoto(id int64, dc, size int) *Photo {
	p := &Photo{ID: id, DC: dc, Sizes: []Size{
		{Type: "m", W: 320, H: 240, Bytes: size / 8},
		{Type: "y", W: 1280, H: 960, Bytes: size, Progressive: id%2 == 0},
		{Type: "x", W: 800, H: 600, Bytes: size / 2},
	}}
	for i := range p.Sizes {
		p.Sizes[i].Bytes = len(p.data(p.Sizes[i]))
	}
	return p
}

// Largest is the size of most pixels.
func (p *Photo) Largest() Size {
	var best Size
	for _, s := range p.Sizes {
		if s.W*s.H > best.W*best.H {
			best = s
		}
	}
	return best
}

// Data is the file of the largest size.
func (p *Photo) Data() []byte { return p.data(p.Largest()) }

func (p *Photo) size(letter string) (Size, bool) {
	for _, s := range p.Sizes {
		if s.Type == letter {
			return s, true
		}
	}
	return Size{}, false
}

func (p *Photo) data(s Size) []byte {
	rng := rand.New(rand.NewPCG(uint64(p.ID), uint64(s.W)))
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, shapes(rng), &jpeg.Options{Quality: 60}); err != nil {
		panic(err) // a buffer takes everything and the picture is small
	}
	return fill(picture.Bytes(), s.Bytes, rng)
}

// shapes draws a bottle, a box or a strip of pills before a wall.
func shapes(rng *rand.Rand) image.Image {
	const w, h = 64, 48
	shade := func() color.RGBA {
		return color.RGBA{uint8(60 + rng.IntN(190)), uint8(60 + rng.IntN(190)), uint8(60 + rng.IntN(190)), 255}
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	paint := func(r image.Rectangle, c color.RGBA) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				img.SetRGBA(x, y, c)
			}
		}
	}
	paint(img.Bounds(), shade())
	switch rng.IntN(3) {
	case 0:
		body := shade()
		paint(image.Rect(26, 16, 40, 46), body)
		paint(image.Rect(30, 6, 36, 16), body)
		paint(image.Rect(26, 24, 40, 34), shade())
	case 1:
		paint(image.Rect(12, 14, 52, 44), shade())
		paint(image.Rect(12, 22, 52, 28), shade())
	default:
		pill := shade()
		for i := range 8 {
			x, y := 10+i%4*12, 12+i/4*14
			paint(image.Rect(x, y, x+8, y+8), pill)
		}
	}
	return img
}

// fill brings a JPEG to a length by comments of noise, which every reader skips.
func fill(picture []byte, size int, rng *rand.Rand) []byte {
	const most = 65_533 // of one comment, less its marker
	out := append(make([]byte, 0, max(size, len(picture))), picture[:2]...)
	for missing := size - len(picture); missing >= 4; {
		n := min(missing, most+4)
		if rest := missing - n; rest > 0 && rest < 4 {
			n -= 4 // leave room for a last comment
		}
		out = append(out, 0xFF, 0xFE)
		out = binary.BigEndian.AppendUint16(out, uint16(n-2))
		out = appendNoise(out, n-4, rng)
		missing -= n
	}
	return append(out, picture[2:]...)
}

func appendNoise(out []byte, n int, rng *rand.Rand) []byte {
	for ; n >= 8; n -= 8 {
		out = binary.LittleEndian.AppendUint64(out, rng.Uint64())
	}
	for ; n > 0; n-- {
		out = append(out, byte(rng.Uint32()))
	}
	return out
}

// Document is a file that is no photo.
type Document struct {
	ID         int64
	DC         int
	Name, Mime string
	Bytes      int
}

// Data is the document's file.
func (d *Document) Data() []byte {
	rng := rand.New(rand.NewPCG(uint64(d.ID), 0))
	out := append(make([]byte, 0, d.Bytes), "%PDF-1.4\n"...)
	return appendNoise(out[:min(len(out), d.Bytes)], max(0, d.Bytes-len(out)), rng)
}

func fileHash(id int64) int64 { return id*31 + 5 }

// reference names the message that a file was sent in and the epoch it is of.
func (s *Server) reference(ch *Channel, post int) []byte {
	b := binary.BigEndian.AppendUint32([]byte{1}, s.epoch.Load())
	b = binary.BigEndian.AppendUint64(b, uint64(ch.ID))
	return binary.BigEndian.AppendUint32(b, uint32(post))
}

func (s *Server) photo(ch *Channel, p Post) *tg.Photo {
	photo := &tg.Photo{
		ID: p.Photo.ID, AccessHash: fileHash(p.Photo.ID), FileReference: s.reference(ch, p.ID), Date: int(p.Date.Unix()), DCID: p.Photo.DC,
		Sizes: []tg.PhotoSizeClass{&tg.PhotoStrippedSize{Type: "i", Bytes: []byte{1, 30, 40, 7}}},
	}
	for _, size := range p.Photo.Sizes {
		if size.Progressive {
			photo.Sizes = append(photo.Sizes, &tg.PhotoSizeProgressive{
				Type: size.Type, W: size.W, H: size.H, Sizes: []int{size.Bytes / 4, size.Bytes / 2, size.Bytes},
			})
		} else {
			photo.Sizes = append(photo.Sizes, &tg.PhotoSize{Type: size.Type, W: size.W, H: size.H, Size: size.Bytes})
		}
	}
	return photo
}

func (s *Server) document(ch *Channel, p Post) *tg.Document {
	d := p.Document
	return &tg.Document{
		ID: d.ID, AccessHash: fileHash(d.ID), FileReference: s.reference(ch, p.ID), Date: int(p.Date.Unix()), MimeType: d.Mime,
		Size: int64(d.Bytes), DCID: d.DC, Attributes: []tg.DocumentAttributeClass{&tg.DocumentAttributeFilename{FileName: d.Name}},
	}
}

// located is what a file location of a client points at.
type located struct {
	channel *Channel
	dc      int
	hash    bool // the access hash is the file's
	epoch   uint32
	kind    tg.StorageFileTypeClass
	data    func() []byte
}

// file follows a location: its reference names the message that has the file.
func (s *Server) file(in tg.InputFileLocationClass) located {
	switch l := in.(type) {
	case *tg.InputPhotoFileLocation:
		ch, post, epoch := s.referred(l.FileReference)
		if ch == nil || post.Photo == nil || post.Photo.ID != l.ID {
			return located{}
		}
		size, ok := post.Photo.size(l.ThumbSize)
		if !ok {
			return located{}
		}
		return located{ch, post.Photo.DC, l.AccessHash == fileHash(l.ID), epoch, &tg.StorageFileJpeg{},
			func() []byte { return post.Photo.data(size) }}
	case *tg.InputDocumentFileLocation:
		ch, post, epoch := s.referred(l.FileReference)
		if ch == nil || post.Document == nil || post.Document.ID != l.ID || l.ThumbSize != "" {
			return located{}
		}
		return located{ch, post.Document.DC, l.AccessHash == fileHash(l.ID), epoch, &tg.StorageFilePdf{}, post.Document.Data}
	}
	return located{}
}

func (s *Server) referred(reference []byte) (*Channel, Post, uint32) {
	if len(reference) != 17 {
		return nil, Post{}, 0
	}
	ch := s.channelByID(int64(binary.BigEndian.Uint64(reference[5:])))
	if ch == nil {
		return nil, Post{}, 0
	}
	post, ok := ch.Post(int(binary.BigEndian.Uint32(reference[13:])))
	if !ok {
		return nil, Post{}, 0
	}
	return ch, post, binary.BigEndian.Uint32(reference[1:])
}

// partLimit is the most that one call gives, and what parts must not cross.
const partLimit = 1 << 20

func (s *Server) getFile(c *call, r *tg.UploadGetFileRequest) (bin.Encoder, error) {
	f := s.file(r.Location)
	step, divides := int64(1<<12), r.Limit > 0 && partLimit%r.Limit == 0
	if r.Precise {
		step, divides = 1<<10, true
	}
	switch {
	case f.data == nil:
		return nil, tgerr.New(400, "FILE_REFERENCE_INVALID")
	case f.channel.isPrivate():
		return nil, tgerr.New(400, "CHANNEL_PRIVATE")
	case !f.hash:
		return nil, tgerr.New(400, "LOCATION_INVALID")
	case f.dc != c.req.DC:
		return nil, tgerr.New(303, fmt.Sprintf("FILE_MIGRATE_%d", f.dc))
	case f.epoch != s.epoch.Load():
		return nil, tgerr.New(400, "FILE_REFERENCE_EXPIRED")
	case r.Limit <= 0 || int64(r.Limit)%step != 0 || r.Limit > partLimit || !divides:
		return nil, tgerr.New(400, "LIMIT_INVALID")
	case r.Offset < 0 || r.Offset%step != 0 || r.Offset/partLimit != (r.Offset+int64(r.Limit)-1)/partLimit:
		return nil, tgerr.New(400, "OFFSET_INVALID")
	}
	data := f.data()
	from := min(r.Offset, int64(len(data)))
	return &tg.UploadFile{Type: f.kind, Mtime: 1_700_000_000, Bytes: data[from:min(from+int64(r.Limit), int64(len(data)))]}, nil
}
