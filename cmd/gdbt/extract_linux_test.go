package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gdbt-dev/gdbt/scraper/faketg"
)

// console is a pseudo terminal with all that was written to it.
type console struct {
	t           *testing.T
	screen, tty *os.File
	mu          sync.Mutex
	text        strings.Builder
	ended       chan struct{}
}

func openConsole(t *testing.T, columns, rows uint16) *console {
	c := &console{t: t, ended: make(chan struct{})}
	c.screen, c.tty = openTerminal(t, columns, rows)
	go func() {
		defer close(c.ended)
		b := make([]byte, 4096)
		for {
			n, err := c.screen.Read(b)
			c.mu.Lock()
			c.text.Write(b[:n])
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return c
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// wait waits until the terminal has got a text.
func (c *console) wait(text string) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(c.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%q never came; there is\n%s", text, c)
		}
	}
}

func (c *console) modes() unix.Termios {
	c.t.Helper()
	m, err := unix.IoctlGetTermios(int(c.tty.Fd()), unix.TCGETS)
	if err != nil {
		c.t.Fatal(err)
	}
	return *m
}

// start runs the program with the terminal as its own: Ctrl-C typed there is a signal to it.
func (c *console) start(dir string, env []string, args ...string) *exec.Cmd {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "gdbt-program" // what TestMain knows the program by
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.tty, c.tty, c.tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// typed is what somebody at the keyboard types.
func (c *console) typed(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.screen, keys); err != nil {
		c.t.Fatal(err)
	}
}

// end waits for the program and gives its exit code. The terminal must be as the program has found it: its modes, the
// cursor, the colours.
func (c *console) end(cmd *exec.Cmd, before unix.Termios) int {
	c.t.Helper()
	_ = cmd.Wait()
	if now := c.modes(); now != before {
		c.t.Errorf("the modes of the terminal are other ones: %+v, before %+v", now, before)
	}
	_ = c.tty.Close()
	<-c.ended
	text := c.String()
	if hidden, shown := strings.LastIndex(text, "\x1b[?25l"), strings.LastIndex(text, "\x1b[?25h"); hidden > shown {
		c.t.Error("the cursor stays hidden")
	}
	if colour := strings.LastIndex(text, "\x1b[3"); colour >= 0 && !strings.Contains(text[colour:], "\x1b[0m") {
		c.t.Error("the colour stays on")
	}
	return cmd.ProcessState.ExitCode()
}

// scrapeProject is a project that reads a made-up Telegram, and is signed in to it.
func scrapeProject(t *testing.T, spec faketg.Spec) (net *faketg.Server, dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	if err := copyTree(filepath.Join("..", "..", "testdata", "projects", "lakeside"), dir); err != nil {
		t.Fatal(err)
	}
	net, err := faketg.Start(faketg.Options{Channels: faketg.Generate(spec)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	where, err := json.Marshal(network{net.DCList().Options, net.PublicKeyPEM()})
	if err != nil {
		t.Fatal(err)
	}
	env = []string{"HOME=" + dir, "TERM=xterm", "NO_COLOR=", "API_ID=" + strconv.Itoa(faketg.APIID), "API_HASH=" + faketg.APIHash, fakeTelegram + "=" + string(where)}
	return net, dir, env
}

// On a real terminal: the password is not shown while it is typed, Ctrl-C at the question gives the terminal back; then each
// channel has a bar that grows, a wait counts down, lines keep to a width that changes, Ctrl-C leaves a table
// and a terminal in order, and the next run ends with the table of all.
func TestScrapeOnTerminal(t *testing.T) {
	const messages = 900
	net, dir, env := scrapeProject(t, faketg.Spec{Seed: 11, Messages: messages, Photos: 6, PhotoBytes: 5000, DC: 2})
	channel := "fakepharma"
	extract := []string{"source", "extract", "--channel", channel, "--vars", "{lake: new}"}

	t.Run("Ctrl-C while a secret is typed", func(t *testing.T) {
		c := openConsole(t, 80, 24)
		before := c.modes()
		cmd := c.start(dir, env, "source", "login", "--bot")
		c.wait("Token of the bot")
		for deadline := time.Now().Add(10 * time.Second); c.modes().Lflag&unix.ECHO != 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("what is typed is shown")
			}
		}
		c.typed("10002:half-a-tok")
		c.typed("\x03")
		if code := c.end(cmd, before); code != exitUsage {
			t.Errorf("exit code %d\n%s", code, c)
		}
		if strings.Contains(c.String(), "half-a-tok") {
			t.Error("the token is shown")
		}
	})

	t.Run("signing in", func(t *testing.T) {
		c := openConsole(t, 80, 24)
		before := c.modes()
		cmd := c.start(dir, env, "source", "login", "--phone", faketg.Person.Phone)
		c.wait("Code that Telegram sent to your other devices: ")
		c.typed(faketg.Person.Code + "\r")
		if code := c.end(cmd, before); code != exitOK || !strings.Contains(c.String(), "Signed in to telegram as ") {
			t.Fatalf("exit code %d\n%s", code, c)
		}
	})

	t.Run("Ctrl-C during a wait", func(t *testing.T) {
		net.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 5, Effect: faketg.FloodWait(600)})
		net.Inject(faketg.Fault{Method: "messages.getHistory", Times: -1, Effect: faketg.Delay(600 * time.Millisecond)})
		c := openConsole(t, 100, 24)
		before := c.modes()
		cmd := c.start(dir, env, extract...)
		c.wait(channel + strings.Repeat(" ", 16-len(channel)) + " waits 9m57")
		// The terminal becomes narrower in the midst.
		resize(t, c.tty, 50, 20)
		time.Sleep(300 * time.Millisecond) // what is under way was measured before
		narrow := len(c.String())
		c.wait(" waits 9m55")
		c.typed("\x03")
		if code := c.end(cmd, before); code != exitUsage {
			t.Errorf("exit code %d\n%s", code, c)
		}
		text := c.String()
		bars := regexp.MustCompile(`\[(#*)-*\] (\d+)/`+strconv.Itoa(messages)+` messages`).FindAllStringSubmatch(text, -1)
		grown := false
		for _, bar := range bars {
			n, _ := strconv.Atoi(bar[2])
			if want := n * 15 / messages; len(bar[1]) != want {
				t.Errorf("a bar of %d parts at %d messages, want %d", len(bar[1]), n, want)
			}
			grown = grown || len(bar[1]) > 0
		}
		if !grown {
			t.Errorf("no bar grew:\n%s", text)
		}
		for line := range strings.SplitSeq(escapes.ReplaceAllString(text[narrow:], ""), "\n") {
			line = strings.Trim(line, "\r")
			if n := len(line); n >= 50 && (strings.Contains(line, " as Tele") || strings.Contains(line, " running, ")) {
				t.Errorf("a line of %d columns in a terminal of 50: %q", n, line)
			}
		}
		_, end, _ := strings.Cut(escapes.ReplaceAllString(text, ""), "^C")
		for _, want := range []string{"PARTIAL extract of " + channel, "the run ended while the channel was read", "channel ", "partial", "in the lake "} {
			if !strings.Contains(end, want) {
				t.Errorf("no %q at the end:\n%s", want, end)
			}
		}
		last := escapes.ReplaceAllString(text[strings.LastIndex(text, "\x1b[J"):], "")
		if strings.Contains(last, " as Telegram") || strings.Contains(last, "running") {
			t.Errorf("the view stands at the end:\n%s", last)
		}
	})

	t.Run("to the end", func(t *testing.T) {
		net.Heal()
		net.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Effect: faketg.FloodWait(2)})
		c := openConsole(t, 90, 24)
		before := c.modes()
		cmd := c.start(dir, env, extract...)
		if code := c.end(cmd, before); code != exitOK {
			t.Fatalf("exit code %d\n%s", code, c)
		}
		text := c.String()
		var left []float64
		for _, m := range regexp.MustCompile(` waits (\d\.\d)s as Telegram asks, then messages\.getHistory`).FindAllStringSubmatch(text, -1) {
			s, _ := strconv.ParseFloat(m[1], 64)
			left = append(left, s)
		}
		if len(left) < 3 || left[0] < 1.5 || left[len(left)-1] > 0.6 {
			t.Errorf("the countdown was %v", left)
		}
		for i := 1; i < len(left); i++ {
			if left[i] > left[i-1] {
				t.Errorf("the countdown was %v", left)
			}
		}
		end := escapes.ReplaceAllString(text[strings.LastIndex(text, "\x1b[J"):], "")
		if !regexp.MustCompile(`fakepharma +\d+ .* 1 \(2\.0s\) +0  success`).MatchString(end) || !regexp.MustCompile(`total +\d+ .*success`).MatchString(end) {
			t.Errorf("no table at the end:\n%s", end)
		}
	})
}

// In a pipe there are lines alone, nothing that moves; with --log-format json each is an object.
func TestScrapeInPipe(t *testing.T) {
	net, dir, env := scrapeProject(t, faketg.Spec{Seed: 12, Messages: 150, Photos: 2, PhotoBytes: 5000, DC: 2})
	run := func(stdin string, args ...string) string {
		t.Helper()
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, args...)
		cmd.Args[0], cmd.Dir, cmd.Env, cmd.Stdin = "gdbt-program", dir, append(os.Environ(), env...), strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run(faketg.Person.Code+"\n", "source", "login", "--phone", faketg.Person.Phone)
	flood := faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.FloodWait(1)}
	net.Inject(flood)
	out := run("", "source", "extract", "--channel", "fakepharma", "--vars", "{lake: one}")
	if strings.ContainsAny(out, "\x1b\r") || strings.Contains(out, "[#") || strings.Contains(out, "running") {
		t.Errorf("something moves in a pipe:\n%q", out)
	}
	for _, want := range []string{"START extract", "fakepharma: Telegram asks to wait 1s before the next messages.getHistory, until ", "OK extracted fakepharma", "total "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	net.Heal()
	net.Inject(flood)
	out = run("", "source", "extract", "--channel", "fakepharma", "--vars", "{lake: two}", "--log-format", "json")
	kinds := map[string]bool{}
	for line := range strings.Lines(out) {
		var e struct {
			Info struct{ Name, Level, Msg string }
			Data map[string]any
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Info.Name == "" || e.Data == nil {
			t.Errorf("no event: %v: %s", err, line)
		}
		kinds[e.Info.Name] = true
		if e.Info.Name == "SourceExtractSummary" {
			total, _ := e.Data["total"].(map[string]any)
			if got := fmt.Sprintf("%v %v %v", total["messages"], total["waits"], total["status"]); got != "150 1 success" {
				t.Errorf("the summary says %s", got)
			}
		}
	}
	for _, want := range []string{"SourceExtractStart", "SourceExtractLine", "SourceExtractChannel", "SourceExtractSummary"} {
		if !kinds[want] {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if strings.Contains(out, faketg.APIHash) {
		t.Error("the log shows API_HASH")
	}
}
