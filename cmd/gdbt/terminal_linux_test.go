package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo terminal of that size: what is written to tty comes out of screen.
func openTerminal(t *testing.T, columns, rows uint16) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no pseudo terminals here")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	resize(t, tty, columns, rows)
	return screen, tty
}

func resize(t *testing.T, tty *os.File, columns, rows uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// On a real terminal the view of what runs is drawn no wider than that, and gone at the end.
func TestLiveViewOnTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	const columns = 60
	screen, tty := openTerminal(t, columns, 12)
	size := terminalOf(tty)
	if size == nil {
		t.Fatal("a terminal is not known as one")
	}
	if c, r := size(); c != columns || r != 12 {
		t.Errorf("a terminal of %d by 12 measures %d by %d", columns, c, r)
	}
	dir := t.TempDir()
	if err := copyTree(filepath.Join("..", "..", "testdata", "projects", "shop"), dir); err != nil {
		t.Fatal(err)
	}

	// The terminal holds little, so it is read while the command writes; it ends when the last writer has closed it.
	shown := make(chan string, 1)
	go func() {
		var all bytes.Buffer
		_, _ = all.ReadFrom(screen)
		shown <- all.String()
	}()
	var errs bytes.Buffer
	p := process{stdout: tty, stderr: &errs, environ: func() []string { return []string{"HOME=" + dir} }, terminal: size}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	code := p.run(ctx, []string{"build", "-s", "raw_orders", "stg_orders", "--indirect-selection", "cautious",
		"--project-dir", dir, "--profiles-dir", dir, "--target-path", filepath.Join(dir, "target")})
	resize(t, tty, 100, 30)
	if c, r := size(); c != 100 || r != 30 {
		t.Errorf("after a resize to 100 by 30 it measures %d by %d", c, r)
	}
	if err := tty.Close(); err != nil {
		t.Fatal(err)
	}
	var out string
	select {
	case out = <-shown:
	case <-ctx.Done():
		t.Fatal("the terminal does not end")
	}
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, errs.String(), out)
	}

	if strings.Contains(out, "START seed file") {
		t.Errorf("lines of starts beside the view:\n%s", out)
	}
	var views int
	for line := range strings.SplitSeq(escapes.ReplaceAllString(out, ""), "\r\n") {
		if strings.Contains(line, " done, ") {
			views++
			if n := utf8.RuneCountInString(line); n > columns {
				t.Errorf("a line of %d columns in the view: %q", n, line)
			}
		}
	}
	if views == 0 {
		t.Errorf("no view in\n%q", out)
	}
	_, end, erased := strings.Cut(out[max(0, strings.LastIndex(out, "\x1b[J")):], "\x1b[J")
	if !erased || strings.Contains(end, " done, ") || !strings.Contains(end, "Done. PASS=6") {
		t.Errorf("the view stands at the end: %q", end)
	}
}
