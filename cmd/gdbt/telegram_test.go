package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	gotd "github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/telegram"
)

// fakeTelegram is the environment variable that tells the program under test where the
// fake network is: the JSON of a network.
const fakeTelegram = "GDBT_TEST_TELEGRAM"

type network struct {
	Options []tg.DCOption
	Key     string
}

// startTelegram starts a network with two channels of 120 messages and 6 photos.
func startTelegram(ts *testscript.TestScript, _ bool, _ []string) {
	channels := faketg.Generate(faketg.Spec{Seed: 7, Channels: 2, Messages: 120, Photos: 6, PhotoBytes: 5000, DC: 2})
	s, err := faketg.Start(faketg.Options{Channels: channels})
	ts.Check(err)
	ts.Defer(s.Close)
	text, err := json.Marshal(network{s.DCList().Options, s.PublicKeyPEM()})
	ts.Check(err)
	ts.Setenv(fakeTelegram, string(text))
}

// pluginsOfTest are the program's, with the fake network where there is one.
func pluginsOfTest() []source.Plugin {
	text := os.Getenv(fakeTelegram)
	if text == "" {
		return plugins()
	}
	var n network
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		panic(err)
	}
	block, _ := pem.Decode([]byte(n.Key))
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return []source.Plugin{telegram.New(telegram.Options{DC: 2, DCList: dcs.List{Options: n.Options},
		PublicKeys: []gotd.PublicKey{{RSA: (*rsa.PublicKey)(key)}}, ConnectTimeout: 20 * time.Second})}
}

// Ctrl-C ends an extract with the table of what was done; the next run brings the rest.
func TestExtractInterrupted(t *testing.T) {
	dir := t.TempDir()
	if err := copyTree("../../testdata/projects/lakeside", dir); err != nil {
		t.Fatal(err)
	}
	channels := faketg.Generate(faketg.Spec{Seed: 8, Messages: 300, Photos: 20, PhotoBytes: 5000, DC: 2})
	s, err := faketg.Start(faketg.Options{Channels: channels})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	env := []string{"HOME=" + dir, "API_ID=" + strconv.Itoa(faketg.APIID), "API_HASH=" + faketg.APIHash, "TELEGRAM_PHONE=" + faketg.Person.Phone}
	gdbt := func(ctx context.Context, stdin string, args ...string) (int, string) {
		var out bytes.Buffer
		p := process{
			name: "gdbt", stdin: strings.NewReader(stdin), stdout: &out, stderr: &out, environ: func() []string { return env },
			plugins: func() []source.Plugin {
				return []source.Plugin{telegram.New(telegram.Options{DC: 2, DCList: s.DCList(), PublicKeys: s.ClientOptions().PublicKeys})}
			},
		}
		return p.run(ctx, append(args, "--project-dir", dir, "--vars", "{lake: new}")), out.String()
	}
	if code, out := gdbt(t.Context(), faketg.Person.Code+"\n", "source", "login"); code != exitOK {
		t.Fatal(out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.Inject(faketg.Fault{Method: "upload.getFile", Nth: 12, Effect: faketg.Do(cancel)})
	extract := []string{"source", "extract", "--channel", channels[0].Username()}
	code, out := gdbt(ctx, "", extract...)
	if code != exitUsage || !strings.Contains(out, "the run ended while the channel was read") || !strings.Contains(out, "partial") || !strings.Contains(out, "channel ") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := gdbt(t.Context(), "", extract...); code != exitOK || !strings.Contains(out, "success") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := gdbt(t.Context(), "", "source", "verify"); code != exitOK || !strings.Contains(out, fmt.Sprintf("%d messages", len(channels[0].Posts()))) {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
