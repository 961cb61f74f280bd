package lakewriter

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"sync"
)

// Image is an image file of the lake.
type Image struct {
	// Path is relative to the lake.
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	// Key is the other side's number of the picture, 0 for none.
	Key int64 `json:"key"`
}

// Wanted is an image that a message has.
type Wanted struct {
	Channel   string
	MessageID int64
	// Key is the other side's number of the picture, 0 for none.
	Key int64
	// Bytes is the size, 0 when it is not known.
	Bytes int64
	// Ext is the ending of the file's name, ".jpg".
	Ext string
}

// imageIndex knows the images by key, path and content. Its file is a cache: a
// line that is lost is made again when the image is met.
type imageIndex struct {
	// naming is held from the look for the same content to the note of where it is.
	naming sync.Mutex
	mu     sync.Mutex
	file   writable
	byKey  map[int64]Image
	byPath map[string]Image
	bySum  map[string]Image
}

func openImages(l *Lake) (*imageIndex, error) {
	x := &imageIndex{byKey: map[int64]Image{}, byPath: map[string]Image{}, bySum: map[string]Image{}}
	name := l.path(stateDir + "/images.ndjson")
	if src, err := os.Open(name); err == nil {
		lines := bufio.NewScanner(src)
		for lines.Scan() {
			var img Image
			if json.Unmarshal(lines.Bytes(), &img) == nil && fs.ValidPath(img.Path) && len(img.SHA256) == sha256.Size*2 {
				x.put(img)
			}
		}
		_ = src.Close()
		if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
			return nil, diskError(name, err)
		}
	}
	f, err := l.opts.disk.open(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, diskError(name, err)
	}
	x.file = f
	return x, nil
}

func (x *imageIndex) put(img Image) {
	if img.Key != 0 {
		x.byKey[img.Key] = img
	}
	x.byPath[img.Path] = img
	x.bySum[img.SHA256] = img
}

func (x *imageIndex) close() error { return x.file.Close() }

func (l *Lake) noteImage(img Image) error {
	x := l.images
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byPath[img.Path] == img {
		return nil
	}
	line, err := json.Marshal(img)
	if err != nil {
		return err
	}
	// A line of its own even behind a torn one.
	if _, err := x.file.Write([]byte("\n" + string(line) + "\n")); err != nil {
		return diskError(l.path(stateDir+"/images.ndjson"), err)
	}
	x.put(img)
	return nil
}

// lookup finds an image by a key of one of the maps, if its file is as it was.
func lookupImage[K comparable](l *Lake, in map[K]Image, key K) (Image, bool) {
	l.images.mu.Lock()
	img, ok := in[key]
	l.images.mu.Unlock()
	if !ok {
		return Image{}, false
	}
	info, err := os.Stat(l.path(img.Path))
	return img, err == nil && info.Mode().IsRegular() && info.Size() == img.Bytes
}

// Image finds an image that needs no download: the message's file is there with
// the right size, or the same picture is there for another message, whose file is
// then linked (or copied where the disk has no links). kept tells that the
// message's own file was there.
func (l *Lake) Image(w Wanted) (img Image, kept, ok bool, err error) {
	rel := l.imagePath(w)
	if img, ok := lookupImage(l, l.images.byPath, rel); ok && (w.Key == 0 || img.Key == w.Key) && (w.Bytes == 0 || img.Bytes == w.Bytes) {
		return img, true, true, nil
	}
	if info, err := os.Stat(l.path(rel)); err == nil && info.Mode().IsRegular() && w.Bytes > 0 && info.Size() == w.Bytes {
		sum, n, err := hashFile(l.path(rel))
		if err != nil {
			return Image{}, false, false, diskError(l.path(rel), err)
		}
		img := Image{Path: rel, SHA256: sum, Bytes: n, Key: w.Key}
		return img, true, true, l.noteImage(img)
	}
	if w.Key == 0 {
		return Image{}, false, false, nil
	}
	same, ok := lookupImage(l, l.images.byKey, w.Key)
	if !ok || w.Bytes > 0 && same.Bytes != w.Bytes {
		return Image{}, false, false, nil
	}
	if err := l.makeImageDir(w); err != nil {
		return Image{}, false, false, err
	}
	if err := l.linkOrCopy(same.Path, rel); err != nil {
		return Image{}, false, false, err
	}
	img = Image{Path: rel, SHA256: same.SHA256, Bytes: same.Bytes, Key: w.Key}
	return img, false, true, l.noteImage(img)
}

// imagePath is images/shop/12.jpg. A picture that replaced another in the same
// message has its key in its name, for what is in the lake stays.
func (l *Lake) imagePath(w Wanted) string {
	id := strconv.FormatInt(w.MessageID, 10)
	rel := path.Join(imagesDir, w.Channel, id+w.Ext)
	if old, ok := lookupImage(l, l.images.byPath, rel); ok && w.Key != 0 && old.Key != 0 && old.Key != w.Key {
		return path.Join(imagesDir, w.Channel, fmt.Sprintf("%s-%d%s", id, w.Key, w.Ext))
	}
	return rel
}

func (l *Lake) makeImageDir(w Wanted) error {
	dir := l.path(path.Join(imagesDir, w.Channel))
	return diskError(dir, l.opts.disk.mkdir(dir))
}

func (l *Lake) linkOrCopy(from, to string) error {
	name := l.path(to)
	tmp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".link")
	_ = l.opts.disk.remove(tmp)
	if l.opts.disk.link(l.path(from), tmp) == nil {
		err := l.opts.disk.rename(tmp, name)
		_ = l.opts.disk.remove(tmp) // of two names for one file, rename leaves both
		return diskError(name, err)
	}
	src, err := os.Open(l.path(from))
	if err != nil {
		return diskError(l.path(from), err)
	}
	defer src.Close()
	return writeFile(l.opts.disk, name, func(w io.Writer) error {
		_, err := io.Copy(w, src)
		return err
	})
}

// Part is an image on its way. Its name is not that of an image.
type Part struct {
	lake   *Lake
	want   Wanted
	rel    string
	name   string
	file   writable
	offset int64
}

// PartImage opens the file of a download, behind what an earlier run had fetched of
// the same picture. align is the size of a piece: what is there is cut to whole
// pieces.
func (l *Lake) PartImage(w Wanted, align int64) (*Part, error) {
	if err := l.makeImageDir(w); err != nil {
		return nil, err
	}
	rel := l.imagePath(w)
	name := l.path(path.Join(path.Dir(rel), fmt.Sprintf(".%d.%d.part", w.MessageID, w.Key)))
	f, err := l.opts.disk.open(name, os.O_WRONLY|os.O_CREATE)
	if err != nil {
		return nil, diskError(name, err)
	}
	p := &Part{lake: l, want: w, rel: rel, name: name, file: f}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		p.offset = size - size%align
		if w.Key == 0 || w.Bytes > 0 && p.offset > w.Bytes { // nobody knows whether it is the same picture
			p.offset = 0
		}
		if err = f.Truncate(p.offset); err == nil {
			_, err = f.Seek(p.offset, io.SeekStart)
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, diskError(name, err)
	}
	return p, nil
}

// Offset is how much is there.
func (p *Part) Offset() int64 { return p.offset }

// Write adds the next piece.
func (p *Part) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	p.offset += int64(n)
	return n, diskError(p.name, err)
}

// Close leaves what is there for a later run.
func (p *Part) Close() error { return diskError(p.name, p.file.Close()) }

// Discard removes what is there.
func (p *Part) Discard() {
	_ = p.file.Close()
	_ = p.lake.opts.disk.remove(p.name)
}

// Commit gives the image its name. When the lake has the same content already, the
// two become one file where the disk has links.
func (p *Part) Commit() (Image, error) {
	d := p.lake.opts.disk
	if err := p.file.Sync(); err != nil {
		_ = p.file.Close()
		return Image{}, diskError(p.name, err)
	}
	if err := p.file.Close(); err != nil {
		return Image{}, diskError(p.name, err)
	}
	sum, n, err := hashFile(p.name)
	if err != nil {
		return Image{}, diskError(p.name, err)
	}
	img := Image{Path: p.rel, SHA256: sum, Bytes: n, Key: p.want.Key}
	final := p.lake.path(p.rel)
	p.lake.images.naming.Lock()
	defer p.lake.images.naming.Unlock()
	if same, ok := lookupImage(p.lake, p.lake.images.bySum, sum); ok && same.Path != p.rel {
		if now, _, err := hashFile(p.lake.path(same.Path)); err == nil && now == sum {
			tmp := p.name + ".link"
			_ = d.remove(tmp)
			if d.link(p.lake.path(same.Path), tmp) == nil {
				if err := d.rename(tmp, final); err != nil {
					return Image{}, diskError(final, err)
				}
				_ = d.remove(tmp) // of two names for one file, rename leaves both
				_ = d.remove(p.name)
				return img, p.lake.noteImage(img)
			}
		}
	}
	if err := d.rename(p.name, final); err != nil {
		return Image{}, diskError(final, err)
	}
	if err := d.syncDir(filepath.Dir(final)); err != nil {
		return Image{}, diskError(final, err)
	}
	return img, p.lake.noteImage(img)
}

func hashFile(name string) (sum string, n int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	if n, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}
