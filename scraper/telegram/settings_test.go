package telegram

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/mtproxy/obfuscated2"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

func requestOf(config map[string]any) source.Request {
	return source.Request{Source: source.Source{Name: "raw", Table: "messages", File: "models/s.yml"}, ProjectDir: "p",
		Config: source.Config{Plugin: "telegram", Options: config}}
}

func TestSettings(t *testing.T) {
	type m = map[string]any
	_, err := readSettings(requestOf(m{"channels": []any{"@one_shop", "ONE_shop"}}), source.DefaultExtractOptions())
	if err == nil || !strings.Contains(err.Error(), "one_shop and ONE_shop are the same channel") {
		t.Error(err)
	}
	def, err := readSettings(requestOf(m{"channels": []any{"@one_shop", "https://t.me/s/two_shop", "t.me/three?x=1"}}), source.DefaultExtractOptions())
	if err != nil || cmp.Diff([]string{"one_shop", "two_shop", "three"}, def.channels) != "" || def.refreshDays != 7 || !def.images || !def.photos ||
		!def.documents || def.maxWait != time.Hour || def.threads != 4 || def.format != "json" || def.layout != "plain" {
		t.Errorf("%+v %v", def, err)
	}
	all := m{"channels": "one_shop", "since": "2026-01-01", "until": "2026-02-01", "limit": int64(5), "refresh_days": int64(3), "raw": true, "takeout": true,
		"images": "false", "media": "photo", "min_image_kb": int64(1), "max_image_mb": 0.5, "max_wait": "90s", "rate_limit": 2.5, "threads": int64(2),
		"image_threads": int64(3), "format": "ndjson", "layout": "hive", "session": "s/x", "proxy": "socks5://me:hunter2@localhost:1080"}
	got, err := readSettings(requestOf(all), source.DefaultExtractOptions())
	if err != nil || got.images || got.documents || got.minImage != 1024 || got.maxImage != 512<<10 || got.maxWait != 90*time.Second || got.rate != 2.5 ||
		got.session != "p/s/x" || got.proxy.Host != "localhost:1080" || got.limit != 5 || got.layout != "hive" {
		t.Errorf("%+v %v", got, err)
	}
	// Every key that the loader passes over is one that this reads, and there is no other.
	if len(all) != len(scraper.ExtractOptions()) {
		t.Errorf("%d keys, the loader knows %v", len(all), scraper.ExtractOptions())
	}
	// The command line counts more.
	got, err = readSettings(requestOf(all), source.ExtractOptions{Channels: []string{"other_shop"}, Limit: 9, RefreshDays: 0, MaxWait: time.Minute, Format: "json", Layout: "plain", Threads: 1})
	if err != nil || got.channels[0] != "other_shop" || got.limit != 9 || got.refreshDays != 0 || got.maxWait != time.Minute || got.format != "json" || got.threads != 1 {
		t.Errorf("%+v %v", got, err)
	}
	for _, c := range []struct {
		config  m
		message string
	}{
		{m{}, "the source table raw.messages names no channels"},
		{m{"chanels": "x"}, `the plugin telegram has no option "chanels"`},
		{m{"channels": "t.me/+abcdef"}, "t.me/+abcdef is an invitation to a private channel"},
		{m{"channels": "a b"}, `"a" is no user name of a channel`},
		{m{"channels": int64(1)}, "meta.gdbt.channels must be a list of texts, not 1"},
		{m{"channels": "one_shop", "limit": "many"}, `meta.gdbt.limit must be a number, not "many"`},
		{m{"channels": "one_shop", "limit": -1.0}, "meta.gdbt.limit must be at least 0, not -1"},
		{m{"channels": "one_shop", "threads": 1.5}, "meta.gdbt.threads must be a whole number, not 1.5"},
		{m{"channels": "one_shop", "since": "soon"}, "meta.gdbt.since must be a date such as 2026-01-31, not soon"},
		{m{"channels": "one_shop", "since": "2026-02-01", "until": "2026-01-01"}, "since (2026-02-01T00:00:00Z) must be before until (2026-01-01T00:00:00Z)"},
		{m{"channels": "one_shop", "max_wait": "soon"}, "meta.gdbt.max_wait must be a duration such as 30m, not soon"},
		{m{"channels": "one_shop", "format": "csv"}, "meta.gdbt.format must be one of json, ndjson, not csv"},
		{m{"channels": "one_shop", "media": "film"}, "meta.gdbt.media must be a list of photo and document, not film"},
		{m{"channels": "one_shop", "images": "perhaps"}, "meta.gdbt.images must be true or false, not perhaps"},
		{m{"channels": "one_shop", "proxy": "ftp://x:1"}, `the proxy can't be used: there is no proxy of the kind "ftp"`},
		{m{"channels": "one_shop", "proxy": "socks5://x"}, "the proxy can't be used: it needs a host and a port"},
		{m{"channels": "one_shop", "proxy": "mtproxy://x:1"}, "the proxy can't be used: an MTProxy needs its secret"},
		{m{"channels": "one_shop", "proxy": "socks5://me:hunter2@x:\x00"}, "the proxy can't be used: it is no address"},
	} {
		_, err := readSettings(requestOf(c.config), source.DefaultExtractOptions())
		d, ok := diag.As(err)
		var option *source.OptionError // by which its place is found
		if !ok || d.Message != c.message || !errors.As(err, &option) {
			t.Errorf("%v: %v, want %s", c.config, err, c.message)
		} else if _, there := c.config[option.Option]; !there && option.Option != "" {
			t.Errorf("%v: the error is at %q", c.config, option.Option)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Error("the error shows a password")
		}
	}
}

// serve accepts connections on loopback, one goroutine each.
func serve(t *testing.T, handle func(net.Conn) error) (addr string, served *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	served = &atomic.Int64{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			served.Add(1)
			go func() {
				defer c.Close()
				_ = handle(c)
			}()
		}
	}()
	return l.Addr().String(), served
}

// pipe joins two connections until one ends.
func pipe(a, b io.ReadWriter) error {
	done := make(chan error, 2)
	go func() { _, err := io.Copy(a, b); done <- err }()
	go func() { _, err := io.Copy(b, a); done <- err }()
	return <-done
}

// socksServer is the least of RFC 1928 with a user and a password (RFC 1929).
func socksServer(c net.Conn) error {
	buf := make([]byte, 300)
	read := func(n int) []byte { _, _ = io.ReadFull(c, buf[:n]); return buf[:n] }
	read(int(read(2)[1]))
	if _, err := c.Write([]byte{5, 2}); err != nil {
		return err
	}
	user := string(read(int(read(2)[1])))
	password := string(read(int(read(1)[0])))
	if user != "me" || password != "hunter2" {
		_, err := c.Write([]byte{1, 1})
		return err
	}
	if _, err := c.Write([]byte{1, 0}); err != nil {
		return err
	}
	read(4) // connect, IPv4
	ip := net.IP(append([]byte{}, read(4)...))
	port := binary.BigEndian.Uint16(read(2))
	out, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: ip, Port: int(port)})
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	return pipe(c, out)
}

func TestSOCKS5(t *testing.T) {
	t.Parallel()
	ch := generate(17, 30, 2)
	w := newWorld(t, ch)
	addr, served := serve(t, socksServer)
	w.mustExtract(config(ch.Username(), "proxy", "socks5://me:hunter2@"+addr))
	w.complete(ch)
	if served.Load() == 0 {
		t.Error("nobody came by the proxy")
	}
	w.opts.ConnectTimeout = time.Second
	_, err := w.extract(config(ch.Username(), "proxy", "socks5://me:wrong@"+addr))
	wantDiag(t, err, "telegram-connect", "username/password authentication failed")
}

// An HTTP proxy is asked to CONNECT.
func TestHTTPProxy(t *testing.T) {
	t.Parallel()
	ch := generate(19, 30, 2)
	w := newWorld(t, ch)
	addr, served := serve(t, func(c net.Conn) error {
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return err
		}
		if req.Method != http.MethodConnect || req.Header.Get("Proxy-Authorization") != "Basic bWU6aHVudGVyMg==" {
			_, err := io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
			return err
		}
		out, err := net.Dial("tcp", req.Host)
		if err != nil {
			return err
		}
		defer out.Close()
		if _, err := io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
			return err
		}
		return pipe(c, out)
	})
	w.mustExtract(config(ch.Username(), "proxy", "http://me:hunter2@"+addr))
	w.complete(ch)
	if served.Load() == 0 {
		t.Error("nobody came by the proxy")
	}
	w.opts.ConnectTimeout = time.Second
	_, err := w.extract(config(ch.Username(), "proxy", "http://me:wrong@"+addr))
	wantDiag(t, err, "telegram-connect", "the HTTP proxy refused: 407 Proxy Authentication Required")
}

// An MTProxy sees the secret (ee says which transport is inside), then passes on to the data centre that the client names.
func TestMTProxy(t *testing.T) {
	t.Parallel()
	ch := faketg.Generate(faketg.Spec{Seed: 18, Messages: 30, Photos: 2, PhotoBytes: 400_000, DC: 2})[0]
	w := newWorld(t, ch)
	secret := []byte("0123456789abcdef")
	addr, served := serve(t, func(c net.Conn) error {
		in, meta, err := obfuscated2.Accept(&wholeConn{Conn: c}, secret)
		if err != nil {
			return err
		}
		out, err := net.Dial("tcp", w.Addr(int(meta.DC)))
		if err != nil {
			return err
		}
		defer out.Close()
		if _, err := out.Write(meta.Protocol[:]); err != nil {
			return err
		}
		go func() { _, _ = io.Copy(in, out) }()
		for head := make([]byte, 4); ; { // message by message: see wholeConn
			if _, err := io.ReadFull(in, head); err != nil {
				return err
			}
			body := make([]byte, binary.LittleEndian.Uint32(head))
			if _, err := io.ReadFull(in, body); err != nil {
				return err
			}
			if _, err := out.Write(append(head, body...)); err != nil {
				return err
			}
			head = head[:4]
		}
	})
	w.mustExtract(config(ch.Username(), "proxy", "mtproxy://"+addr+"?secret=ee"+hex.EncodeToString(secret)))
	w.complete(ch)
	if served.Load() == 0 {
		t.Error("nobody came by the proxy")
	}
	_, err := w.extract(config(ch.Username(), "proxy", "mtproxy://"+addr+"?secret=zz"))
	wantDiag(t, err, "source-config", "the secret of the MTProxy is not valid")
}

// The rate limit holds for all connections together.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	ch := generate(19, 20, 8)
	w := newWorld(t, ch)
	began := time.Now()
	w.mustExtract(config(ch.Username(), "rate_limit", 10.0))
	calls := w.Calls("messages.getHistory") + w.Calls("upload.getFile") + w.Calls("contacts.resolveUsername")
	if least := time.Duration(calls-6) * 100 * time.Millisecond; calls < 8 || time.Since(began) < least {
		t.Errorf("%d calls took %v, at least %v wanted", calls, time.Since(began), least)
	}
}

// Whatever a proxy's address is: an error for people, without the password in it, or an address with host and port.
func FuzzProxy(f *testing.F) {
	for _, text := range []string{"socks5://me:hunter2@proxy:1080", "http://proxy:3128", "mtproxy://proxy:443?secret=dd00", "https://t.me/proxy?server=h&port=1&secret=00",
		"tg://proxy?server=h&port=1&secret=00", "socks5://[::1]:1", "socks5://me:hunter2@x:\x00", "://", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		req := requestOf(map[string]any{"proxy": text})
		var hidden []string
		req.Secret = func(s string) { hidden = append(hidden, s) }
		u, err := readProxy(req, text)
		if err != nil {
			if _, ok := diag.As(err); !ok {
				t.Errorf("%v is no error for people", err)
			}
			if strings.Contains(text, "hunter2") && strings.Contains(err.Error(), "hunter2") {
				t.Error("the error shows a password")
			}
			return
		}
		if u.Hostname() == "" || u.Port() == "" || u.Scheme == "mtproxy" && u.Query().Get("secret") == "" {
			t.Errorf("%q became %q", text, u)
		}
		if u.User != nil {
			if p, _ := u.User.Password(); p != "" && !slices.Contains(hidden, p) {
				t.Error("the password is not hidden")
			}
		}
	})
}

// Whatever a channel is called: an error for people, or a name that can be that of a file of the lake.
func FuzzChannelName(f *testing.F) {
	for _, text := range []string{"one_shop", "@one_shop", "https://t.me/s/one_shop?x", "t.me/+abc", "a/../b", "ፋርማሲ", " x ", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := channelName(wrong, text)
		if err == nil && lakewriter.CheckName(name) != nil {
			t.Errorf("%q became %q", text, name)
		}
	})
}
