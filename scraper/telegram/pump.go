package telegram

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// work is a page on its way to the lake: records, some of which wait for an image.
type work struct {
	items []*item
	// gone are known messages that were not found again.
	gone []lakewriter.Message
	// update notes in the checkpoint that the page is read; it may be nil.
	update func(*lakewriter.State)
	// again tells that the messages were read before.
	again  bool
	images sync.WaitGroup
}

// item is a message of a work.
type item struct {
	rec lakewriter.Message
	pic *picture
	// retry: the record says nothing new, only its image was missing.
	retry bool

	img  lakewriter.Image
	kept bool
	err  error
}

// lookAhead is how many pages may wait for their images while the next one is fetched.
const lookAhead = 3

// work makes the records of a page.
func (c *channel) work(p page, update func(*lakewriter.State)) *work {
	m := mapper{name: c.name, id: c.to.id, title: c.to.title, raw: c.run.s.raw, peers: p.peers}
	now := c.clock()
	w := &work{update: update}
	for _, msg := range p.messages {
		rec, ok := m.record(msg, now)
		if !ok {
			continue
		}
		it := &item{rec: rec}
		if pic := pictureOf(mediaOf(msg)); pic != nil && c.run.s.takes(pic) {
			it.pic = pic
		}
		w.items = append(w.items, it)
	}
	return w
}

// pump takes works from next until it gives none, and commits each when its images are
// there, in order. While a page waits for its images the next ones are fetched.
func (c *channel) pump(parent context.Context, next func(context.Context) (*work, error)) error {
	ctx, stop := context.WithCancel(parent)
	defer stop()
	queue := make(chan *work, lookAhead)
	var failed error // of the producer; read after queue is closed
	go func() {
		defer close(queue)
		for ctx.Err() == nil {
			w, err := next(ctx)
			if err != nil || w == nil {
				failed = err
				return
			}
			c.fetch(ctx, w)
			select {
			case queue <- w:
			case <-ctx.Done():
				w.images.Wait()
				return
			}
		}
	}()
	var err error
	for w := range queue {
		w.images.Wait()
		if err != nil {
			continue // what is under way ends first
		}
		if err = c.commit(w); err != nil {
			stop()
		}
	}
	switch {
	case err != nil:
		return err
	case parent.Err() != nil:
		return parent.Err()
	}
	return failed
}

// fetch starts the downloads of a page.
func (c *channel) fetch(ctx context.Context, w *work) {
	n := 0
	for _, it := range w.items {
		if it.pic == nil {
			continue
		}
		n++
		w.images.Add(1)
		go func() {
			defer w.images.Done()
			select {
			case c.run.slots <- struct{}{}:
				defer func() { <-c.run.slots }()
			case <-ctx.Done():
				it.err = ctx.Err()
				return
			}
			it.img, it.kept, it.err = c.image(ctx, it.rec.MessageID, it.pic)
			if it.err == nil {
				c.report(func(p *source.ExtractProgress) { p.Images++ })
			}
		}()
	}
	if n > 0 {
		c.report(func(p *source.ExtractProgress) { p.OfImages += n })
	}
}

// commit brings a page to the lake. An image that can't be had leaves a note in the
// record and in the checkpoint; the next run tries again.
func (c *channel) commit(w *work) error {
	var records []lakewriter.Message
	var had, lacks []int64
	images, kept := 0, 0
	first := error(nil)
	for _, it := range w.items {
		id := it.rec.MessageID
		switch {
		case it.err != nil && endsChannel(it.err):
			return it.err
		case it.err != nil:
			text := explain(it.err, "the image")
			c.run.req.Warnf(c.name, "the image of message %d could not be had: %v", id, it.err)
			if first == nil {
				first = text
			}
			lacks = append(lacks, id)
			if it.retry {
				continue
			}
			it.rec.ImageError = lakewriter.Ptr(it.err.Error())
		case it.pic != nil:
			it.rec.ImagePath, it.rec.ImageSHA256, it.rec.ImageBytes = &it.img.Path, &it.img.SHA256, &it.img.Bytes
			had = append(had, id)
			if it.kept {
				kept++
			} else {
				images++
			}
		}
		records = append(records, it.rec)
	}
	now := lakewriter.Time(c.clock())
	for _, m := range w.gone {
		m.Deleted, m.ScrapedAt, m.Raw = true, now, nil
		records = append(records, m)
		had = append(had, m.MessageID)
	}
	err := c.lake.Commit(records, func(s *lakewriter.State) {
		if w.update != nil {
			w.update(s)
		}
		s.Missing = slices.DeleteFunc(s.Missing, func(id int64) bool { return slices.Contains(had, id) })
		for _, id := range lacks {
			if !slices.Contains(s.Missing, id) {
				s.Missing = append(s.Missing, id)
			}
		}
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	written := len(records) - len(w.gone)
	if w.again {
		c.res.Refreshed += written
	} else {
		c.res.Messages += written
	}
	c.res.Deleted += len(w.gone)
	c.res.Images += images
	c.res.ImagesKept += kept
	c.res.Errors += len(lacks)
	if c.imageError == nil {
		c.imageError = first
	}
	for _, r := range records {
		if c.res.FirstID == 0 || r.MessageID < c.res.FirstID {
			c.res.FirstID = r.MessageID
		}
		c.res.LastID = max(c.res.LastID, r.MessageID)
	}
	c.mu.Unlock()
	c.report(func(p *source.ExtractProgress) {
		// A page that is done says nothing of the next one, which may wait.
		if p.State != source.Waiting || !time.Now().Before(p.Until) {
			p.State = source.Reading
		}
		if !w.again {
			p.Messages += written
		}
	})
	return nil
}
