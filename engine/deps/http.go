package deps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/gdbt-dev/gdbt/engine/event"
)

// attempts and the pause between them are dbt's (connection_exception_retry).
const (
	attempts   = 6
	retryPause = time.Second
)

// web asks servers. The zero value is not ready; see newWeb.
type web struct {
	client *http.Client
	// timeout ends a request on which nothing comes for so long.
	timeout time.Duration
	bus     *event.Bus
	// pause waits between attempts.
	pause func(context.Context, time.Duration) error
}

func newWeb(o Options) *web {
	w := &web{client: o.Client, timeout: o.Timeout, bus: o.Bus, pause: o.Pause}
	if w.client == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.DialContext = (&net.Dialer{Timeout: w.timeout}).DialContext
		// A tarball that is sent as gzip-encoded tar would be unpacked on the way.
		t.DisableCompression = true
		w.client = &http.Client{Transport: t, CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) >= 10 {
				return errors.New("stopped after 10 redirects")
			}
			if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
				return fmt.Errorf("the server leads from https to %s", req.URL.Scheme)
			}
			return nil
		}}
	}
	if w.pause == nil {
		w.pause = func(ctx context.Context, d time.Duration) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d):
				return nil
			}
		}
	}
	return w
}

// statusError is an answer other than 200.
type statusError struct {
	code int
	url  string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the server answered %d %s for %s", e.code, http.StatusText(e.code), e.url)
}

// connectionError is a request that failed for good.
type connectionError struct{ error }

func (e *connectionError) Error() string {
	return "External connection exception occurred: " + e.error.Error()
}

func (e *connectionError) Unwrap() error { return e.error }

// dbtError has dbt's text, with its capital letter.
type dbtError struct {
	text string
	err  error
}

func (e *dbtError) Error() string { return e.text }
func (e *dbtError) Unwrap() error { return e.err }

// dbtErrorf formats as [fmt.Errorf] does.
func dbtErrorf(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &dbtError{err.Error(), errors.Unwrap(err)}
}

// permanentError is not tried again.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// get asks for a text of at most limit bytes and hands it to read, again and again when the connection or read fails.
// status, when not nil, is told each answer's code.
func (w *web) get(ctx context.Context, address string, limit int64, status func(int), read func(io.Reader) error) error {
	for attempt := 0; ; attempt++ {
		err := w.once(ctx, address, limit, status, read)
		var permanent permanentError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &permanent) || attempt == attempts-1:
			return &connectionError{err}
		}
		w.bus.Emit(event.RecordRetryException{Exc: err.Error()})
		w.bus.Emit(event.RetryExternalCall{Attempt: attempt, Max: attempts - 1})
		if err := w.pause(ctx, retryPause); err != nil {
			return err
		}
	}
}

func (w *web) once(ctx context.Context, address string, limit int64, status func(int), read func(io.Reader) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(w.timeout, func() {
		cancel(fmt.Errorf("nothing came for %s from %s", w.timeout, shownURL(address)))
	})
	defer silence.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return permanentError{err}
	}
	req.Header.Set("User-Agent", "gdbt")
	resp, err := w.client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			return cause
		}
		return err
	}
	defer resp.Body.Close()
	if status != nil {
		status(resp.StatusCode)
	}
	if resp.StatusCode != http.StatusOK {
		err := &statusError{resp.StatusCode, shownURL(address)}
		switch c := resp.StatusCode; {
		case c >= 500, c == http.StatusRequestTimeout, c == http.StatusTooManyRequests:
			return err
		}
		return permanentError{err}
	}
	body := &watched{r: resp.Body, left: limit, seen: func() { silence.Reset(w.timeout) }}
	err = read(body)
	if body.left < 0 {
		return permanentError{fmt.Errorf("%s is larger than %d bytes", shownURL(address), limit)}
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// watched reads at most left bytes and tells of each read.
type watched struct {
	r    io.Reader
	left int64
	seen func()
}

func (w *watched) Read(p []byte) (int, error) {
	if w.left < 0 {
		return 0, errors.New("too large")
	}
	if int64(len(p)) > w.left+1 {
		p = p[:w.left+1]
	}
	n, err := w.r.Read(p)
	w.left -= int64(n)
	w.seen()
	if w.left < 0 {
		return 0, errors.New("too large")
	}
	return n, err
}

// download writes an address to a new file and hands it to use; both are tried again when the file is broken.
func (w *web) download(ctx context.Context, address, dir string, limit int64, use func(path string) error) error {
	return w.get(ctx, address, limit, nil, func(r io.Reader) error {
		f, err := os.CreateTemp(dir, "download-*")
		if err != nil {
			return permanentError{err}
		}
		defer os.Remove(f.Name())
		_, err = io.Copy(f, r)
		if e := f.Close(); err == nil && e != nil {
			return permanentError{e}
		}
		if err != nil {
			return err
		}
		return use(f.Name())
	})
}

// shownURL is an address without the password.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the address"
	}
	return u.Redacted()
}
