package telegram

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// run is one Extract at work.
type run struct {
	req  source.ExtractRequest
	s    settings
	conn *connection
	lake *lakewriter.Lake
	bot  bool
	// started is the time of the scrape: its day is the partition.
	started time.Time
	// slots bound the downloads of all channels together.
	slots chan struct{}
}

// Extract implements source.Extractor.
func (p plugin) Extract(ctx context.Context, req source.ExtractRequest) (res source.ExtractResult, err error) {
	began := time.Now()
	defer func() { res.Duration = time.Since(began) }()
	s, err := readSettings(req.Request, req.Options)
	if err != nil {
		return res, err
	}
	creds, err := readCredentials(req.Request)
	if err != nil {
		return res, err
	}
	dir := req.LakeDir()
	if dir == "" {
		return res, lakewriter.NoLake(req.Request)
	}
	file := newSessionFile(req.Request, s.session)
	if _, err := file.LoadSession(ctx); errors.Is(err, session.ErrNotFound) {
		return res, noSession()
	} else if err != nil {
		return res, explain(err, "")
	}
	lock, err := file.lock()
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	lake, err := lakewriter.Open(dir, lakewriter.Options{Format: s.format, Layout: s.layout})
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, explain(lake.Close(), "")) }()
	res.Lake = lake.Dir()

	r := &run{req: req, s: s, lake: lake, started: req.Time(), slots: make(chan struct{}, s.imageThreads)}
	res.Channels = make([]source.ChannelResult, len(s.channels))
	for i, name := range s.channels {
		res.Channels[i] = source.ChannelResult{Channel: name, Status: source.Failed, Err: errNotReached}
		req.Report(source.ExtractProgress{Channel: name, State: source.Connecting})
	}
	err = connect(ctx, dialing{Options: p.opts, creds: creds, session: file, s: s, req: req.Request}, func(ctx context.Context, c *connection) error {
		r.conn = c
		return r.signedIn(ctx, func(ctx context.Context) error { return r.channels(ctx, res.Channels) })
	})
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return res, explain(err, "")
}

var errNotReached = diag.New(diag.RuntimeError, "the run ended before the channel was read").WithCode("telegram-not-read")

var errBotOptions = diag.New(diag.ValidationError, "a bot can't look for messages by their time or their place").WithCode("telegram-bot").
	WithHint("leave since, until and limit out, or sign in as a person: gdbt source login --force")

// signedIn checks the session and opens a takeout session when one is asked for.
func (r *run) signedIn(ctx context.Context, f func(context.Context) error) error {
	status, err := r.conn.client.Auth().Status(withWaits(ctx, r.waits))
	if err != nil {
		return err
	}
	if !status.Authorized {
		return noSession()
	}
	r.bot = status.User.Bot
	if !r.s.takeout {
		return f(ctx)
	}
	t, err := r.conn.api.AccountInitTakeoutSession(ctx, &tg.AccountInitTakeoutSessionRequest{MessageChannels: true, Files: true, FileMaxSize: 1 << 31})
	if err != nil {
		return err
	}
	r.conn.takeout.id = t.ID
	r.req.Logf("", "a takeout session is open")
	err = f(ctx)
	if ctx.Err() == nil {
		if _, e := r.conn.api.AccountFinishTakeoutSession(ctx, &tg.AccountFinishTakeoutSessionRequest{Success: err == nil}); e != nil {
			r.req.Warnf("", "the takeout session could not be closed: %v", e)
		}
	}
	return err
}

// waits tells of a wait that no channel has.
func (r *run) waits(why string, d time.Duration, until time.Time) {
	r.req.Warnf("", "Telegram asks to wait %v before the next %s, until %s", d.Round(time.Second), why, until.UTC().Format("15:04:05"))
}

// channels reads all channels, some at a time. One that fails stops no other, unless
// none can go on.
func (r *run) channels(ctx context.Context, results []source.ChannelResult) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	slots := make(chan struct{}, r.s.threads)
	for i := range results {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() {
			defer func() { <-slots }()
			began := time.Now()
			c := &channel{run: r, name: results[i].Channel, res: source.ChannelResult{Channel: results[i].Channel, Status: source.OK}}
			err := c.read(withWaits(ctx, c.waits))
			c.finish(err)
			c.res.Duration = time.Since(began)
			results[i] = c.res
			if err != nil && ctx.Err() == nil && endsAll(err) {
				stop(err)
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return nil
}

// finish settles a channel's result.
func (c *channel) finish(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var wait *WaitError
	var lost *LostError
	switch {
	case err == nil && c.res.Errors == 0:
	case err == nil:
		c.res.Status = source.Partial
		c.res.Err = c.imageError
	default:
		c.res.Errors++
		c.res.Status = source.Failed
		if c.res.Messages+c.res.Refreshed > 0 || errors.As(err, &wait) || errors.As(err, &lost) || errors.Is(err, context.Canceled) {
			c.res.Status = source.Partial
		}
		c.res.Err = explain(err, c.name)
		if errors.Is(err, context.Canceled) {
			c.res.Err = diag.New(diag.RuntimeError, "the run ended while the channel was read").WithCode("telegram-not-read").WithHint("the next run goes on from here")
		}
	}
	// A wait that the run did not see the end of counts as far as it went.
	if left := time.Until(c.progress.Until); c.progress.State == source.Waiting && left > 0 {
		c.res.Waited = max(c.res.Waited-left.Round(100*time.Millisecond), 0)
	}
	c.progress.State = source.Finished
	c.run.req.Report(c.progress)
}
