package telegram

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// known are the messages to look at again: those posted in the last days, as the lake
// has them, and those whose image is missing.
func (c *channel) known() (map[int64]*lakewriter.Message, error) {
	again := map[int64]*lakewriter.Message{}
	if c.run.s.full {
		return again, nil // all are read anyway
	}
	for _, id := range c.lake.State().Missing {
		again[id] = nil
	}
	days := c.run.s.refreshDays
	if days == 0 && len(again) == 0 {
		return again, nil
	}
	from := c.run.started.AddDate(0, 0, -days)
	since := from // a message is never scraped before it is posted
	if len(again) > 0 {
		since = time.Time{}
	}
	oldest := lakewriter.Time(from)
	known, err := c.lake.Known(since, func(m lakewriter.Message) bool {
		_, lacks := again[m.MessageID]
		return lacks || days > 0 && m.MessageDate >= oldest
	})
	if err != nil {
		return nil, err
	}
	for id, m := range known {
		if _, lacks := again[id]; lacks || !m.Deleted {
			again[id] = &m
		}
	}
	return again, nil
}

// refresh reads known messages again and writes those down that say something new, and
// those that are gone.
func (c *channel) refresh(ctx context.Context, known map[int64]*lakewriter.Message) error {
	ids := slices.Sorted(maps.Keys(known))
	lacks := map[int64]bool{}
	for _, id := range c.lake.State().Missing {
		lacks[id] = true
	}
	chunks := slices.Chunk(ids, pageSize)
	var all [][]int64
	for chunk := range chunks {
		all = append(all, chunk)
	}
	return c.pump(ctx, func(ctx context.Context) (*work, error) {
		if len(all) == 0 {
			return nil, nil
		}
		asked := all[0]
		all = all[1:]
		p, err := c.reader.get(ctx, asked)
		if err != nil {
			return nil, err
		}
		there := map[int64]bool{}
		p.messages = slices.DeleteFunc(p.messages, func(m tg.MessageClass) bool { _, empty := m.(*tg.MessageEmpty); return empty })
		for _, m := range p.messages {
			there[int64(m.GetID())] = true
		}
		w := c.work(p, nil)
		w.again = true
		w.items = slices.DeleteFunc(w.items, func(it *item) bool { return !c.saysNew(it, known[it.rec.MessageID], lacks[it.rec.MessageID]) })
		var never []int64
		for _, id := range asked {
			if there[id] {
				continue
			}
			if m := known[id]; m != nil {
				w.gone = append(w.gone, *m)
			} else {
				never = append(never, id)
			}
		}
		w.update = func(s *lakewriter.State) {
			s.Missing = slices.DeleteFunc(s.Missing, func(id int64) bool { return slices.Contains(never, id) })
		}
		return w, nil
	})
}

// saysNew tells whether a message that was read again is worth a record.
func (c *channel) saysNew(it *item, old *lakewriter.Message, lacks bool) bool {
	if old == nil {
		return true
	}
	same := old.Same(it.rec)
	samePicture := old.MediaID != nil && it.rec.MediaID != nil && *old.MediaID == *it.rec.MediaID
	if samePicture && old.ImagePath != nil {
		// The picture is in the lake.
		it.pic = nil
		it.rec.ImagePath, it.rec.ImageSHA256, it.rec.ImageBytes = old.ImagePath, old.ImageSHA256, old.ImageBytes
	}
	if !same {
		return true
	}
	it.retry = true
	if !lacks {
		it.pic = nil
		return false
	}
	return it.pic != nil
}
