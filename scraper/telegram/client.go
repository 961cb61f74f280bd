package telegram

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/net/proxy"
	"golang.org/x/time/rate"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
)

// connection is a client at work.
type connection struct {
	client *telegram.Client
	api    *tg.Client
	// layers are the middlewares of the main connection and of each pool.
	layers  []telegram.Middleware
	takeout *takeout
	poolMax int64

	mu    sync.Mutex
	pools map[int]*centre
}

// centre is the pool of connections to one data centre; made once, by the first who
// needs it.
type centre struct {
	once sync.Once
	pool telegram.CloseInvoker
	api  *tg.Client
	err  error
	// gone is set when the pool is given up.
	gone atomic.Bool
}

// errForgotten ends a call on a pool that was given up while it was under way.
var errForgotten = errors.New("the connections to the data centre were given up")

// Invoke implements [tg.Invoker].
func (p *centre) Invoke(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
	err := p.pool.Invoke(ctx, in, out)
	if _, answered := tgerr.As(err); err != nil && !answered && p.gone.Load() {
		return errForgotten
	}
	return err
}

// dialing is how a client reaches Telegram.
type dialing struct {
	Options
	creds   credentials
	session session.Storage
	s       settings
	req     source.Request
	updates telegram.UpdateHandler
}

// connect runs f with a client that is connected, signed in or not. gotd's Run returns
// nil when the connection is lost for good while f is at work, so f's own error is
// kept and counts first.
func connect(ctx context.Context, d dialing, f func(context.Context, *connection) error) error {
	last := &lastTrouble{}
	resolver, err := d.resolver(last)
	if err != nil {
		return err
	}
	gate := newFloodGate(d.s.maxWait, time.Now, d.Sleep)
	c := &connection{takeout: &takeout{}, poolMax: int64(d.s.imageThreads), pools: map[int]*centre{}}
	c.layers = []telegram.Middleware{
		&recovery{attempts: d.Attempts, sleep: d.Sleep, log: func(method string, err error, again time.Duration) {
			d.req.Logf("", "%s failed (%v), once more in %v", method, err, again)
		}},
		gate,
	}
	if d.s.rate > 0 {
		c.layers = append(c.layers, limited(d.s.rate))
	}
	c.layers = append(c.layers, c.takeout, patience(d.CallTimeout))
	c.client = telegram.NewClient(d.creds.id, d.creds.hash, telegram.Options{
		DC: d.DC, DCList: d.DCList, PublicKeys: d.PublicKeys, Resolver: resolver, SessionStorage: d.session, Middlewares: c.layers,
		RetryInterval: d.RetryInterval, MaxRetries: 5, UpdateHandler: d.updates, NoUpdates: d.updates == nil,
		Logger: zap.New(last),
		Device: telegram.DeviceConfig{DeviceModel: "gdbt", SystemVersion: "1", AppVersion: "1", SystemLangCode: "en", LangCode: "en"},
	})
	c.api = c.client.API()

	// Until it is connected gotd tries for ever.
	inner, connected := errors.New("never connected"), make(chan struct{})
	run, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		t := time.NewTimer(d.ConnectTimeout)
		defer t.Stop()
		select {
		case <-connected:
		case <-run.Done():
		case <-t.C:
			stop()
		}
	}()
	err = c.client.Run(run, func(ctx context.Context) error {
		close(connected)
		inner = f(ctx, c)
		return inner
	})
	reached := false
	select {
	case <-connected:
		reached = true
	default:
	}
	switch {
	case reached && inner == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !reached:
		if err != nil && !errors.Is(err, context.Canceled) {
			return ended{fmt.Errorf("can't connect to Telegram: %w", err)}
		}
		dg := diag.New(diag.RuntimeError, "can't connect to Telegram in %v", d.ConnectTimeout).WithCode("telegram-connect").
			WithHint("look at the network; where Telegram is blocked, set meta.gdbt.proxy or TELEGRAM_PROXY")
		if t := last.get(); t != nil {
			dg.Message += ": " + t.Error()
			dg.Err = t
		}
		return dg
	case !errors.Is(inner, context.Canceled):
		return inner
	case err != nil && !errors.Is(err, context.Canceled):
		return ended{err} // what ended the connection: a session that is not valid, say
	}
	return ended{&LostError{Attempts: 1, Err: last.orElse(inner)}}
}

// resolver reaches Telegram straight or by the proxy.
func (d dialing) resolver(last *lastTrouble) (dcs.Resolver, error) {
	if d.Resolver != nil {
		return d.Resolver, nil
	}
	dial := (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	if p := d.s.proxy; p != nil && p.Scheme == "http" {
		dial = tunnel(p)
	} else if p != nil && p.Scheme != "mtproxy" {
		var err error
		if dial, err = socks(p); err != nil {
			return nil, err
		}
	}
	// gotd's pools connect again at once, as long as it takes.
	pace := rate.NewLimiter(10, 20)
	watched := func(ctx context.Context, network, addr string) (net.Conn, error) {
		if err := pace.Wait(ctx); err != nil {
			return nil, err
		}
		conn, err := dial(ctx, network, addr)
		if err != nil && ctx.Err() == nil {
			last.put(err)
		}
		return conn, err
	}
	if p := d.s.proxy; p != nil && p.Scheme == "mtproxy" {
		secret, err := hex.DecodeString(p.Query().Get("secret"))
		if err == nil {
			var r dcs.Resolver
			if r, err = dcs.MTProxy(p.Host, secret, dcs.MTProxyOptions{Dial: whole(watched)}); err == nil {
				return r, nil
			}
		}
		return nil, badProxy(d.req, "the secret of the MTProxy is not valid").WithHint("it is 32 hexadecimal digits, or more that begin with dd or ee")
	}
	return dcs.Plain(dcs.PlainOptions{Dial: watched}), nil
}

func socks(p *url.URL) (func(context.Context, string, string) (net.Conn, error), error) {
	var auth *proxy.Auth
	if p.User != nil {
		auth = &proxy.Auth{User: p.User.Username()}
		auth.Password, _ = p.User.Password()
	}
	d, err := proxy.SOCKS5("tcp", p.Host, auth, &net.Dialer{Timeout: 15 * time.Second})
	if err != nil {
		return nil, err
	}
	return d.(proxy.ContextDialer).DialContext, nil
}

// wrap puts the middlewares around the calls of a pool: gotd's own are those of the main
// connection only.
func (c *connection) wrap(in tg.Invoker) *tg.Client {
	for i := len(c.layers) - 1; i >= 0; i-- {
		in = c.layers[i].Handle(in)
	}
	return tg.NewClient(in)
}

// files gives the calls of a data centre's pool.
func (c *connection) files(ctx context.Context, dc int) (*tg.Client, error) {
	if dc == 0 {
		dc = c.client.Config().ThisDC
	}
	for {
		c.mu.Lock()
		p, ok := c.pools[dc]
		if !ok {
			p = &centre{}
			c.pools[dc] = p
		}
		c.mu.Unlock()
		p.once.Do(func() {
			if p.pool, p.err = c.open(ctx, dc); p.err == nil {
				p.api = c.wrap(p)
			}
		})
		if p.err == nil {
			return p.api, nil
		}
		c.mu.Lock()
		if c.pools[dc] == p { // the next one tries anew
			delete(c.pools, dc)
		}
		c.mu.Unlock()
		// One who waited while another's context ended makes its own attempt.
		if !ok || ctx.Err() != nil || !errors.Is(p.err, context.Canceled) {
			return nil, p.err
		}
	}
}

// forget gives up a pool of a foreign data centre to which the sign-in was not taken: of
// connections that open at once, gotd may give each a key of its own, and only one of
// these is signed in. Calls of others that are under way end with errForgotten. It tells
// whether there was such a pool.
func (c *connection) forget(dc int, api *tg.Client) bool {
	if dc == 0 || dc == c.client.Config().ThisDC {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.pools[dc]; p != nil && p.api == api {
		delete(c.pools, dc)
		p.gone.Store(true)
		go func() { _ = p.pool.Close() }()
	}
	return true
}

// open makes the pool of a data centre. The first call of a foreign one takes the
// sign-in there.
func (c *connection) open(ctx context.Context, dc int) (telegram.CloseInvoker, error) {
	if dc == c.client.Config().ThisDC {
		return c.client.Pool(c.poolMax)
	}
	pause := 100 * time.Millisecond
	for n := 1; ; n++ {
		pool, err := c.client.DC(ctx, dc, c.poolMax)
		if err == nil {
			return pool, nil
		}
		if _, answered := tgerr.As(err); answered && !worthAnother(err) || n == 5 || ctx.Err() != nil {
			return nil, fmt.Errorf("data centre %d: %w", dc, err)
		}
		if err := sleepFor(ctx, pause); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// lastTrouble keeps what gotd last logged as the reason of a new attempt. It is the
// core of its logger; nothing else is kept, for logs of a protocol may hold secrets.
type lastTrouble struct {
	mu  sync.Mutex
	err error
}

func (l *lastTrouble) put(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func (l *lastTrouble) get() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *lastTrouble) orElse(err error) error {
	if t := l.get(); t != nil {
		return t
	}
	return err
}

// Enabled, With, Check, Write and Sync are zap's.
func (l *lastTrouble) Enabled(level zapcore.Level) bool  { return level >= zapcore.InfoLevel }
func (l *lastTrouble) With([]zapcore.Field) zapcore.Core { return l }
func (l *lastTrouble) Sync() error                       { return nil }
func (l *lastTrouble) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if e.Message == "Restarting connection" {
		return c.AddCore(e, l)
	}
	return c
}

func (l *lastTrouble) Write(_ zapcore.Entry, fields []zapcore.Field) error {
	for _, f := range fields {
		if err, ok := f.Interface.(error); ok && f.Key == "error" && !errors.Is(err, context.Canceled) {
			l.put(err)
		}
	}
	return nil
}
