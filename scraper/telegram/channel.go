package telegram

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// channel is a channel at work.
type channel struct {
	run    *run
	name   string
	lake   *lakewriter.Channel
	to     target
	reader reader
	// newest is the time of the newest record when the channel was opened.
	newest string

	mu         sync.Mutex
	res        source.ChannelResult
	progress   source.ExtractProgress
	imageError error // the first
}

// read brings all that was asked for of a channel to the lake. What is read when it
// fails is safe.
func (c *channel) read(ctx context.Context) (err error) {
	c.progress = source.ExtractProgress{Channel: c.name, State: source.Reading}
	if c.lake, err = c.run.lake.Channel(c.name, c.run.started); err != nil {
		return err
	}
	defer func() {
		if e := c.lake.Flush(); err == nil {
			err = e
		}
		c.mu.Lock()
		c.res.Files = c.lake.Files()
		c.mu.Unlock()
		c.lake.Close()
	}()
	known := c.lake.State()
	c.newest = known.ScrapedAt
	if _, back := known.Clock(c.run.started); back {
		c.run.req.Warnf(c.name, "the clock says %s, before the last scrape (%s)", lakewriter.Time(c.run.started), c.newest)
	}
	if c.to, err = c.run.resolve(ctx, c.name, known); err != nil {
		return err
	}
	c.res.ID, c.res.Title = c.to.id, c.to.title
	c.reader = history{c.run.conn.api, c.to}
	if c.run.bot {
		c.reader = numbers{c.run.conn.api, c.to}
	}
	err = c.lake.Commit(nil, func(s *lakewriter.State) {
		s.ChannelID, s.AccessHash, s.Title = c.to.id, c.to.hash, c.to.title
		if !c.run.s.full {
			s.Scan = nil // of a reading of the whole history that nobody goes on with
		}
	})
	if err != nil {
		return err
	}
	head, err := c.reader.head(ctx)
	if err != nil {
		return err
	}
	start, err := c.start(ctx)
	if err != nil {
		return err
	}
	// What is known before anything new comes is what is looked at again.
	refresh, err := c.known()
	if err != nil {
		return err
	}
	if c.run.s.full {
		if err := c.whole(ctx, head, start); err != nil {
			return err
		}
	}
	if err := c.news(ctx, head, start); err != nil {
		return err
	}
	if c.run.s.backfill {
		if err := c.backfill(ctx, start); err != nil {
			return err
		}
	}
	return c.refresh(ctx, refresh)
}

// clock is the time to note for what is read now.
func (c *channel) clock() time.Time {
	t, _ := lakewriter.State{ScrapedAt: c.newest}.Clock(c.run.req.Time())
	return t
}

// start is the id that since, from-id and limit leave out together with all before it.
func (c *channel) start(ctx context.Context) (int64, error) {
	s := c.run.s
	id := int64(0)
	if !s.since.IsZero() {
		first, err := c.reader.before(ctx, s.since, 0)
		if err != nil {
			return 0, err
		}
		id = first
	}
	if s.limit > 0 {
		first, err := c.reader.before(ctx, s.until, s.limit)
		if err != nil {
			return 0, err
		}
		id = max(id, first)
	}
	return max(id, s.fromID-1), nil
}

// whole reads the history again from start to what is the newest message now.
func (c *channel) whole(ctx context.Context, head page, start int64) error {
	scan := c.lake.State().Scan
	if scan == nil {
		scan = &lakewriter.Scan{Next: start}
		if len(head.messages) > 0 {
			scan.Until = head.last()
		} else if c.run.bot {
			scan.Until = 1 << 31
		}
	}
	c.expect(head.total)
	known, err := c.lake.Index()
	if err != nil {
		return err
	}
	id, until := scan.Next, scan.Until
	next := func(ctx context.Context) (*work, error) {
		if id >= until {
			return nil, nil
		}
		p, err := c.reader.above(ctx, id)
		if err != nil {
			return nil, err
		}
		p.messages = slices.DeleteFunc(p.messages, func(m tg.MessageClass) bool { return int64(m.GetID()) > until })
		p, over := c.cut(p)
		if len(p.messages) == 0 {
			id = until
			return nil, nil
		}
		from, to := id, p.last()
		if over {
			until = to
		}
		id = to
		w := c.work(p, nil)
		there := map[int64]bool{}
		for _, m := range p.messages {
			there[int64(m.GetID())] = true
		}
		if w.gone, err = known.Gone(from, to, there); err != nil {
			return nil, err
		}
		w.update = func(s *lakewriter.State) {
			s.Scan = &lakewriter.Scan{Next: to, Until: until}
			s.Cover(from+1, to)
		}
		return w, nil
	}
	if err := c.pump(ctx, next); err != nil {
		return err
	}
	return c.lake.Commit(nil, func(s *lakewriter.State) { s.Scan = nil })
}

// cut leaves out what is not before until or over to-id; over tells that something was.
func (c *channel) cut(p page) (page, bool) {
	s := c.run.s
	if s.until.IsZero() && s.toID == 0 {
		return p, false
	}
	n := len(p.messages)
	p.messages = slices.DeleteFunc(p.messages, func(m tg.MessageClass) bool {
		return !s.until.IsZero() && !dateOf(m).Before(s.until) || s.toID > 0 && int64(m.GetID()) > s.toID
	})
	return p, len(p.messages) < n
}

// news reads what is newer than all that was read before.
func (c *channel) news(ctx context.Context, head page, start int64) error {
	last := c.lake.State().Last()
	id := max(last, start)
	if !c.run.bot && (len(head.messages) == 0 || head.last() <= id) {
		return nil
	}
	if last > 0 && start > last {
		c.run.req.Warnf(c.name, "messages %d to %d are left out; --backfill reads them", last+1, start)
	}
	if len(head.messages) > 0 {
		c.expect(min(head.total, int(head.last()-id)))
	}
	ended := false
	return c.pump(ctx, func(ctx context.Context) (*work, error) {
		if ended {
			return nil, nil
		}
		p, err := c.reader.above(ctx, id)
		if err != nil {
			return nil, err
		}
		p, ended = c.cut(p)
		if len(p.messages) == 0 {
			return nil, nil
		}
		from, to := id, p.last()
		id = to
		return c.work(p, func(s *lakewriter.State) { s.Cover(from+1, to) }), nil
	})
}

// backfill reads what is older than what was read, down to start, hole by hole.
func (c *channel) backfill(ctx context.Context, start int64) error {
	top := int64(1 << 62)
	if !c.run.s.until.IsZero() {
		id, err := c.reader.before(ctx, c.run.s.until, 0)
		if err != nil {
			return err
		}
		top = id
	}
	if to := c.run.s.toID; to > 0 {
		top = min(top, to)
	}
	for _, hole := range c.lake.State().Holes() {
		low, high := max(hole.First, start+1), min(hole.Last, top)
		if low > high {
			continue
		}
		id := high + 1
		err := c.pump(ctx, func(ctx context.Context) (*work, error) {
			if id <= low {
				return nil, nil
			}
			p, err := c.reader.below(ctx, id)
			if err != nil {
				return nil, err
			}
			n := len(p.messages)
			p.messages = slices.DeleteFunc(p.messages, func(m tg.MessageClass) bool { return int64(m.GetID()) < low })
			from, to := low, id-1
			if n > 0 && len(p.messages) == n {
				from = p.first()
			}
			id = from
			return c.work(p, func(s *lakewriter.State) { s.Cover(from, to) }), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// expect tells how many messages are to come.
func (c *channel) expect(n int) {
	c.mu.Lock()
	c.progress.OfMessages += n
	p := c.progress
	c.mu.Unlock()
	c.run.req.Report(p)
}

// report changes the progress and tells it.
func (c *channel) report(change func(*source.ExtractProgress)) {
	c.mu.Lock()
	change(&c.progress)
	p := c.progress
	c.mu.Unlock()
	c.run.req.Report(p)
}

func (c *channel) addBytes(n int64) {
	c.mu.Lock()
	c.res.Bytes += n
	c.mu.Unlock()
	c.report(func(p *source.ExtractProgress) { p.Bytes += n })
}

// waits is told of a wait that Telegram imposes on a call for this channel.
func (c *channel) waits(why string, d time.Duration, until time.Time) {
	c.mu.Lock()
	c.res.Waits++
	c.res.Waited += d.Round(100 * time.Millisecond)
	c.mu.Unlock()
	c.run.req.Warnf(c.name, "Telegram asks to wait %v before the next %s, until %s", d.Round(time.Second), why, until.UTC().Format("15:04:05"))
	c.report(func(p *source.ExtractProgress) {
		if p.State != source.Waiting || until.After(p.Until) { // of several waits the one that ends last
			p.State, p.Until, p.Why = source.Waiting, until, why
		}
	})
}

// endsChannel tells whether an error of a download keeps the channel from going on: all
// but an answer about this one file, or a file that is not what it should be.
func endsChannel(err error) bool {
	var short *shortError
	if _, ok := tgerr.As(err); ok {
		return endsAll(err) || tgerr.Is(err, "CHANNEL_PRIVATE", "CHANNEL_INVALID")
	}
	return !errors.Is(err, errReplaced) && !errors.Is(err, errElsewhere) && !errors.As(err, &short)
}
