package telegram

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// script is an invoker that answers with one error after the other, and with success at the end.
type script struct {
	answers []error
	calls   []bin.Encoder
	onCall  func()
}

func (s *script) Invoke(_ context.Context, in bin.Encoder, _ bin.Decoder) error {
	s.calls = append(s.calls, in)
	if s.onCall != nil {
		s.onCall()
	}
	if len(s.answers) == 0 {
		return nil
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return err
}

// clock is a time that passes only by sleeping.
type clock struct {
	now   time.Time
	slept []time.Duration
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return nil
}

func flood(seconds int) error { return tgerr.New(420, fmt.Sprintf("FLOOD_WAIT_%d", seconds)) }

func invoke(m telegram.Middleware, next tg.Invoker, in bin.Encoder) error {
	return m.Handle(next)(context.Background(), in, nil)
}

func TestFloodGate(t *testing.T) {
	history, file := &tg.MessagesGetHistoryRequest{}, &tg.UploadGetFileRequest{}
	c := &clock{now: now}
	g := newFloodGate(time.Minute, func() time.Time { return c.now }, c.sleep)
	var told []string
	ctx := withWaits(t.Context(), func(why string, d time.Duration, until time.Time) {
		told = append(told, fmt.Sprintf("%s %v %s", why, d, until.Format("15:04:05")))
	})
	s := &script{answers: []error{flood(22), tgerr.New(420, "FLOOD_PREMIUM_WAIT_3")}}
	if err := g.Handle(s)(ctx, history, nil); err != nil || len(s.calls) != 3 {
		t.Fatal(err, len(s.calls))
	}
	if diff := cmp.Diff([]string{"messages.getHistory 22s 09:00:22", "messages.getHistory 3s 09:00:25"}, told); diff != "" {
		t.Error(diff)
	}
	// A wait of one method holds no other back, and its own until it is over.
	g.until[history.TypeID()] = c.now.Add(5 * time.Second)
	c.slept = nil
	if err := invoke(g, &script{}, file); err != nil || len(c.slept) != 0 {
		t.Error(err, c.slept)
	}
	if err := invoke(g, &script{}, history); err != nil || len(c.slept) != 1 || c.slept[0] != 5*time.Second {
		t.Error(err, c.slept)
	}
	// What goes over the budget is refused, and is not waited for.
	c.slept = nil
	err := invoke(g, &script{answers: []error{flood(36)}}, history)
	var wait *WaitError
	if !errors.As(err, &wait) || wait.Wait != 36*time.Second || wait.Spent != 25*time.Second || len(c.slept) != 0 {
		t.Error(err, c.slept)
	}
	if !strings.Contains(err.Error(), "max_wait allows 1m0s in all, and 25s are spent") {
		t.Error(err)
	}
	if err := invoke(g, &script{answers: []error{flood(35)}}, history); err != nil {
		t.Error(err)
	}
	// Other errors pass.
	if err := invoke(g, &script{answers: []error{tgerr.New(400, "CHANNEL_PRIVATE")}}, history); !tgerr.Is(err, "CHANNEL_PRIVATE") {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Handle(&script{answers: []error{flood(0)}})(cancelled, file, nil); !errors.As(err, &wait) && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Calls that are refused at once pay for one wait.
func TestFloodGatePaysOnce(t *testing.T) {
	c := &clock{now: now}
	g := newFloodGate(10*time.Second, func() time.Time { return c.now }, c.sleep)
	for range 5 {
		if err := g.close(1, "x", 8*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if g.spent != 8*time.Second {
		t.Error(g.spent)
	}
}

func TestRecovery(t *testing.T) {
	lost := fmt.Errorf("engine forcibly closed: %w", context.Canceled)
	for _, c := range []struct {
		name    string
		answers []error
		want    string
		calls   int
	}{
		{"nothing wrong", nil, "", 1},
		{"lost twice", []error{lost, lost}, "", 3},
		{"lost for good", []error{lost, lost, lost, lost, lost}, "the connection to Telegram was lost, 4 times in a row: engine forcibly closed: context canceled", 4},
		{"busy", []error{tgerr.New(500, "RPC_CALL_FAIL"), tgerr.New(400, "WORKER_BUSY_TOO_LONG_RETRY"), tgerr.New(-503, "Timeout")}, "", 4},
		{"busy for good", []error{tgerr.New(500, "A"), tgerr.New(500, "A"), tgerr.New(500, "A"), tgerr.New(500, "A")}, "rpc error code 500: A", 4},
		{"an answer", []error{tgerr.New(400, "CHANNEL_PRIVATE")}, "rpc error code 400: CHANNEL_PRIVATE", 1},
		{"the budget is spent", []error{&WaitError{Method: "x", Wait: time.Hour, Budget: time.Minute}}, "Telegram asks for a wait of 1h0m0s before the next x; max_wait allows 1m0s", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl, s := &clock{}, &script{answers: c.answers}
			logged := 0
			err := invoke(&recovery{attempts: 4, sleep: cl.sleep, log: func(string, error, time.Duration) { logged++ }}, s, &tg.UploadGetFileRequest{})
			if got := fmt.Sprint(err); err != nil && got != c.want || err == nil && c.want != "" || len(s.calls) != c.calls {
				t.Errorf("%v after %d calls", err, len(s.calls))
			}
			if errors.Is(err, context.Canceled) {
				t.Error("a lost connection looks like the end of the run")
			}
			if logged != len(cl.slept) || c.calls > 1 && logged != c.calls-1 {
				t.Errorf("%d lines, %d pauses", logged, len(cl.slept))
			}
		})
	}
	// A run that is cancelled makes no further attempt.
	ctx, cancel := context.WithCancel(t.Context())
	s := &script{answers: []error{lost, lost}, onCall: cancel}
	err := (&recovery{attempts: 4, sleep: (&clock{}).sleep}).Handle(s)(ctx, &tg.UploadGetFileRequest{}, nil)
	if !errors.Is(err, context.Canceled) || len(s.calls) != 1 {
		t.Error(err, len(s.calls))
	}
}

func TestPatience(t *testing.T) {
	slow := telegram.InvokeFunc(func(ctx context.Context, _ bin.Encoder, _ bin.Decoder) error {
		<-ctx.Done()
		return ctx.Err()
	})
	err := invoke(patience(time.Millisecond), slow, &tg.UploadGetFileRequest{})
	if err == nil || errors.Is(err, context.DeadlineExceeded) || !worthAnother(err) {
		t.Error(err)
	}
}

func TestTakeoutWrapper(t *testing.T) {
	s := &script{}
	w := &takeout{}
	_ = invoke(w, s, &tg.MessagesGetHistoryRequest{})
	w.id = 5
	_ = invoke(w, s, &tg.MessagesGetHistoryRequest{})
	_ = invoke(w, s, &tg.ContactsResolveUsernameRequest{})
	var got []string
	for _, c := range s.calls {
		got = append(got, fmt.Sprintf("%T", c))
	}
	want := []string{"*tg.MessagesGetHistoryRequest", "*tg.InvokeWithTakeoutRequest", "*tg.ContactsResolveUsernameRequest"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, name := method(s.calls[1]); name != "messages.getHistory" {
		t.Error(name)
	}
}
