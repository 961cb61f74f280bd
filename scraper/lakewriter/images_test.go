package lakewriter

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

func download(t *testing.T, l *Lake, w Wanted, content string) Image {
	t.Helper()
	p, err := l.PartImage(w, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte(content)[p.Offset():]); err != nil {
		t.Fatal(err)
	}
	img, err := p.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func want(channel string, id, key int64, size int) Wanted {
	return Wanted{Channel: channel, MessageID: id, Key: key, Bytes: int64(size), Ext: ".jpg"}
}

func TestImages(t *testing.T) {
	dir := t.TempDir()
	l := openLake(t, dir, Options{})
	path := func(rel string) string { return filepath.Join(dir, "raw", filepath.FromSlash(rel)) }
	w := want("shop", 12, 900, 10)
	if _, _, ok, err := l.Image(w); ok || err != nil {
		t.Fatal("an image that is not there was found", err)
	}

	// An earlier run fetched six bytes: one whole piece of four is kept.
	p, err := l.PartImage(w, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("012345")); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path("images/shop/12.jpg")); err == nil {
		t.Error("a partial download has the final name")
	}
	if p, err = l.PartImage(w, 4); err != nil || p.Offset() != 4 {
		t.Fatal(p, err)
	}
	if _, err := p.Write([]byte("456789")); err != nil {
		t.Fatal(err)
	}
	img, err := p.Commit()
	if err != nil || img.Path != "images/shop/12.jpg" || img.Bytes != 10 || read(t, path(img.Path)) != "0123456789" {
		t.Fatal(img, err)
	}
	if got, kept, ok, err := l.Image(w); !ok || !kept || err != nil || got != img {
		t.Error(got, kept, ok, err)
	}

	// The same picture in another channel needs no download, and no room.
	again, kept, ok, err := l.Image(want("other", 3, 900, 10))
	if err != nil || !ok || kept || again.Path != "images/other/3.jpg" || again.SHA256 != img.SHA256 {
		t.Fatal(again, kept, ok, err)
	}
	sameFile := func(a, b string) bool {
		x, err1 := os.Stat(path(a))
		y, err2 := os.Stat(path(b))
		return err1 == nil && err2 == nil && os.SameFile(x, y)
	}
	if !sameFile(img.Path, again.Path) {
		t.Error("the same picture is there twice")
	}
	// Uploaded anew it has another key; the content tells.
	third := download(t, l, want("other", 4, 901, 10), "0123456789")
	if !sameFile(img.Path, third.Path) {
		t.Error("the same content is there twice")
	}

	// A picture that replaces another leaves that in the lake.
	edited := download(t, l, want("shop", 12, 950, 10), "abcdefghij")
	if edited.Path != "images/shop/12-950.jpg" || read(t, path("images/shop/12.jpg")) != "0123456789" {
		t.Error(edited)
	}

	// What was written down is found by the next run; a file of another size is not kept.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openLake(t, dir, Options{})
	if got, _, ok, err := l.Image(w); !ok || err != nil || got != img {
		t.Error(got, ok, err)
	}
	if err := os.WriteFile(path("images/other/9.jpg"), []byte("short"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, _ := l.Image(want("other", 9, 990, 10)); ok {
		t.Error("a file of another size was kept")
	}
	// One of the right size is, though nobody wrote it down.
	if err := os.WriteFile(path("images/other/9.jpg"), []byte("0123456780"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, kept, ok, err := l.Image(want("other", 9, 990, 10)); !ok || !kept || err != nil || got.Path != "images/other/9.jpg" {
		t.Error(got, kept, ok, err)
	}
}

// Where a disk has no links, the same picture is copied.
func TestImagesWithoutLinks(t *testing.T) {
	dir := t.TempDir()
	l := openLake(t, dir, Options{disk: &dying{disk: osDisk{}, err: errors.ErrUnsupported, only: "link"}})
	first := download(t, l, want("shop", 1, 5, 4), "pill")
	if img, _, ok, err := l.Image(want("shop", 2, 5, 4)); !ok || err != nil || read(t, dir, "raw", img.Path) != "pill" {
		t.Error(img, err)
	}
	if img := download(t, l, want("shop", 3, 6, 4), "pill"); img.SHA256 != first.SHA256 || read(t, dir, "raw", img.Path) != "pill" {
		t.Error(img)
	}
}

// Of the same picture fetched many times at once, one file remains.
func TestImagesAtOnce(t *testing.T) {
	dir := t.TempDir()
	l := openLake(t, dir, Options{})
	var group sync.WaitGroup
	for i := range int64(20) {
		group.Go(func() { download(t, l, want("shop", i+1, 100+i, 4), "pill") })
	}
	group.Wait()
	first, err := os.Stat(filepath.Join(dir, "raw", "images", "shop", "1.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		info, err := os.Stat(filepath.Join(dir, "raw", "images", "shop", strconv.Itoa(i+1)+".jpg"))
		if err != nil || !os.SameFile(first, info) {
			t.Errorf("image %d takes room of its own: %v", i+1, err)
		}
	}
}
