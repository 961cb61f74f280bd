package telegram

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gotd/contrib/middleware/ratelimit"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"golang.org/x/time/rate"
)

// onWait is told of a wait before it begins.
type onWait func(why string, d time.Duration, until time.Time)

// callKey is the context key of the channel that a call is for.
type callKey struct{}

// withWaits makes waits of calls under this context known to a channel.
func withWaits(ctx context.Context, f onWait) context.Context {
	return context.WithValue(ctx, callKey{}, f)
}

// WaitError says that Telegram asked for a wait that the budget does not allow.
type WaitError struct {
	// Method was refused, for Wait.
	Method string
	Wait   time.Duration
	// Budget is what --max-wait allows in all, Spent what was waited before.
	Budget, Spent time.Duration
}

func (e *WaitError) Error() string {
	s := fmt.Sprintf("Telegram asks for a wait of %v before the next %s; max_wait allows %v", e.Wait, e.Method, e.Budget)
	if e.Spent > 0 {
		s += fmt.Sprintf(" in all, and %v are spent", e.Spent.Round(time.Second))
	}
	return s
}

// floodGate holds calls of a method back as long as Telegram asks: all of them, not
// only the one that was refused, for calls during a wait make it longer. (The
// waiter of gotd/contrib keeps delaying calls when the wait is over, by a second less
// each time: after a wait of 300 s the next hundred calls would take eight hours.)
type floodGate struct {
	budget time.Duration // negative is no limit
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error

	mu    sync.Mutex
	until map[uint32]time.Time
	spent time.Duration
}

func newFloodGate(budget time.Duration, now func() time.Time, sleep func(context.Context, time.Duration) error) *floodGate {
	return &floodGate{budget: budget, now: now, sleep: sleep, until: map[uint32]time.Time{}}
}

// Handle is a middleware of gotd's.
func (g *floodGate) Handle(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
		id, name := method(in)
		told := time.Time{}
		for {
			for until, d := g.closed(id); d > 0; until, d = g.closed(id) {
				if f, ok := ctx.Value(callKey{}).(onWait); ok && until.After(told) {
					f(name, d, until)
					told = until
				}
				if err := g.sleep(ctx, d); err != nil {
					return err
				}
			}
			err := next.Invoke(ctx, in, out)
			d, ok := asWait(err)
			if !ok {
				return err
			}
			if err := g.close(id, name, d); err != nil {
				return err
			}
		}
	}
}

// asWait finds the wait in an answer.
func asWait(err error) (time.Duration, bool) {
	e, ok := tgerr.As(err)
	if !ok || !e.IsOneOf("FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "FLOOD_TEST_PHONE_WAIT", "SLOWMODE_WAIT") {
		return 0, false
	}
	return max(time.Duration(e.Argument)*time.Second, time.Second), true
}

// closed tells how long the gate is closed for a method.
func (g *floodGate) closed(id uint32) (time.Time, time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	until := g.until[id]
	return until, until.Sub(g.now())
}

// close closes the gate for a method if the budget allows it. Several calls that were
// refused at once pay once.
func (g *floodGate) close(id uint32, name string, d time.Duration) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	from, until := now, now.Add(d)
	if g.until[id].After(now) {
		from = g.until[id]
	}
	if !until.After(from) {
		return nil
	}
	more := until.Sub(from)
	if g.budget >= 0 && g.spent+more > g.budget {
		return &WaitError{Method: name, Wait: d, Budget: g.budget, Spent: g.spent}
	}
	g.spent += more
	g.until[id] = until
	return nil
}

// method gives the number and the name of the method that a call is of.
func method(in bin.Encoder) (uint32, string) {
	if w, ok := in.(*tg.InvokeWithTakeoutRequest); ok {
		in = w.Query
	}
	t, ok := in.(interface {
		TypeID() uint32
		TypeName() string
	})
	if !ok {
		return 0, "call"
	}
	return t.TypeID(), t.TypeName()
}

// recovery calls again what failed for no fault of the call: the connection was
// lost, or the server was busy. gotd connects anew by itself, but gives up the calls
// that were under way.
type recovery struct {
	attempts int
	sleep    func(context.Context, time.Duration) error
	// log is told of each attempt.
	log func(method string, err error, again time.Duration)
}

// LostError says that the connection could not be kept. It doesn't unwrap: gotd calls a
// connection that broke a cancelled context, which a run that somebody ended is.
type LostError struct {
	Attempts int
	Err      error
}

func (e *LostError) Error() string {
	if e.Attempts == 1 {
		return fmt.Sprintf("the connection to Telegram was lost: %v", e.Err)
	}
	return fmt.Sprintf("the connection to Telegram was lost, %d times in a row: %v", e.Attempts, e.Err)
}

// Handle is a middleware of gotd's.
func (r *recovery) Handle(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
		pause := 100 * time.Millisecond
		for n := 1; ; n++ {
			err := next.Invoke(ctx, in, out)
			if err == nil {
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if !worthAnother(err) {
				return err
			}
			if n >= r.attempts {
				if _, ok := tgerr.As(err); ok {
					return err
				}
				return &LostError{n, err}
			}
			if r.log != nil {
				_, name := method(in)
				r.log(name, err, pause)
			}
			if err := r.sleep(ctx, pause); err != nil {
				return err
			}
			pause = min(pause*2, 10*time.Second)
		}
	}
}

// worthAnother tells whether a call that failed so may succeed when it is made again.
func worthAnother(err error) bool {
	var wait *WaitError
	if errors.As(err, &wait) || errors.Is(err, errForgotten) {
		return false
	}
	e, ok := tgerr.As(err)
	if !ok { // not an answer: the connection failed
		return true
	}
	return e.Code >= 500 || e.Code == -503 || e.IsOneOf("RPC_CALL_FAIL", "RPC_MCGET_FAIL", "WORKER_BUSY_TOO_LONG_RETRY", "Timeout", "Timedout", "No workers running", "INTERDC_CALL_ERROR", "INTERDC_CALL_RICH_ERROR", "AUTH_KEY_PERM_EMPTY", "CONNECTION_NOT_INITED", "MSG_WAIT_FAILED", "MSG_WAIT_TIMEOUT")
}

// takeout makes calls that read data a part of a takeout session, and the one that ends it.
type takeout struct{ id int64 }

// Handle is a middleware of gotd's.
func (t *takeout) Handle(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
		if t.id != 0 {
			switch q := in.(type) {
			case *tg.MessagesGetHistoryRequest, *tg.ChannelsGetMessagesRequest, *tg.UploadGetFileRequest, *tg.AccountFinishTakeoutSessionRequest:
				in = &tg.InvokeWithTakeoutRequest{TakeoutID: t.id, Query: q.(bin.Object)}
			}
		}
		return next.Invoke(ctx, in, out)
	}
}

// patience ends a call that has no answer: gotd's pools try to connect for ever.
type patience time.Duration

// Handle is a middleware of gotd's.
func (p patience) Handle(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
		short, stop := context.WithTimeout(ctx, time.Duration(p))
		defer stop()
		err := next.Invoke(short, in, out)
		if err != nil && ctx.Err() == nil && short.Err() != nil {
			return fmt.Errorf("no answer in %v", time.Duration(p))
		}
		return err
	}
}

// limited is the rate limit of all connections together.
func limited(perSecond float64) telegram.Middleware {
	burst := max(1, int(perSecond/2))
	return ratelimit.New(rate.Limit(perSecond), burst)
}

func sleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
