package telegram

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
)

// childOf is the environment variable that makes this test binary a run that another
// test kills: the JSON of a child.
const childOf = "GDBT_TEST_TELEGRAM_CHILD"

type child struct {
	Dir     string
	Channel string
	Options []tg.DCOption
	Key     string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childOf); text != "" {
		os.Exit(extractAsChild(text))
	}
	os.Exit(m.Run())
}

func extractAsChild(text string) int {
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	block, _ := pem.Decode([]byte(c.Key))
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	w := &world{dir: c.Dir, now: now, env: map[string]string{"API_ID": fmt.Sprint(faketg.APIID), "API_HASH": faketg.APIHash}}
	p := New(Options{DC: 2, DCList: dcs.List{Options: c.Options}, PublicKeys: []telegram.PublicKey{{RSA: key}}})
	req := source.ExtractRequest{Request: w.request(config(c.Channel)), Options: source.DefaultExtractOptions()}
	res, err := p.(source.Extractor).Extract(context.Background(), req)
	if err != nil || res.Total().Status != source.OK {
		fmt.Fprintln(os.Stderr, err, res.Total().Err)
		return 1
	}
	return 0
}

// A disk that takes no more ends the run with an error that says so; with room again, the
// next run brings the rest.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no ulimit")
	}
	ch := faketg.Generate(faketg.Spec{Seed: 20, Messages: 150, Photos: 3, PhotoBytes: 300_000, DC: 2})[0]
	w := newWorld(t, ch)
	cmd, stderr := w.child(ch.Username()), &strings.Builder{}
	// Files of 100 kB and more can't be written.
	cmd.Args = []string{"sh", "-c", `ulimit -f 100; exec "$0"`, cmd.Path}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Stderr = sh, stderr
	if err := cmd.Run(); err == nil || !strings.Contains(stderr.String(), "the disk of the lake is full") {
		t.Errorf("%v: %s", err, stderr)
	}
	w.mustExtract(config(ch.Username()))
	w.complete(ch)
	w.likeUndisturbed(config(ch.Username()))
}

// child is a run in a process of its own.
func (w *world) child(channel string) *exec.Cmd {
	w.t.Helper()
	text, err := json.Marshal(child{w.dir, channel, w.DCList().Options, w.PublicKeyPEM()})
	if err != nil {
		w.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childOf+"="+string(text))
	cmd.Stderr = os.Stderr
	return cmd
}

// A run that is killed again and again, wherever it is, ends with the lake that a run
// without trouble makes: every message once, every photo whole.
// With GDBT_SOAK set it does so with many seeds.
func TestKill(t *testing.T) {
	t.Parallel()
	seeds := uint64(1)
	if os.Getenv("GDBT_SOAK") != "" {
		seeds = 25
	}
	for seed := range seeds {
		killed(t, 16+seed)
	}
}

func killed(t *testing.T, seed uint64) {
	t.Helper()
	ch := faketg.Generate(faketg.Spec{Seed: 16, Messages: 420, Photos: 90, PhotoBytes: 700_000, DC: 2})[0]
	w := newWorld(t, ch)
	w.Inject(faketg.Fault{Method: "messages.getHistory", Times: -1, Effect: faketg.Delay(30 * time.Millisecond)})
	start := func() *exec.Cmd {
		cmd := w.child(ch.Username())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	rng := rand.New(rand.NewPCG(seed, 16))
	kills := 0
	for range 8 {
		// Photos fetched since the start are a clock that heeds the machine.
		before, more := w.Calls("upload.getFile"), 1+rng.IntN(30)
		cmd := start()
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		ended := false
		for !ended && w.Calls("upload.getFile")-before < more {
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				ended = true
			case <-time.After(2 * time.Millisecond):
			}
		}
		if ended {
			break
		}
		_ = cmd.Process.Kill()
		<-done
		kills++
	}
	if kills < 3 {
		t.Errorf("only %d runs could be killed", kills)
	}
	if err := start().Wait(); err != nil {
		t.Fatal(err)
	}
	w.complete(ch)
	pages := w.Calls("messages.getHistory")
	w.mustExtract(config(ch.Username()))
	if n := w.Calls("messages.getHistory") - pages; n != 1 {
		t.Errorf("%d calls though all is read", n)
	}
	w.Heal()
	w.likeUndisturbed(config(ch.Username()))
}
