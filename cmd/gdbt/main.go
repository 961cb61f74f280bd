// Command gdbt builds dbt projects: it parses a project, compiles its models, runs them against a warehouse, and tests
// them, with dbt's command line, text and exit codes.
//
// The files: args.go and usage.go read the command line as dbt's does, options.go lists the options, env.go reads the
// environment; session.go opens a project and reports how it went; each command has a file of its own; plugins.go is
// the one list of linked adapters and source plugins.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
)

// Exit codes, as dbt's.
const (
	exitOK     = 0
	exitFailed = 1 // it ran, and something failed
	exitUsage  = 2 // it could not run, or was interrupted
)

func main() { os.Exit(Main()) }

// Main runs the command line of this process and gives its exit code.
func Main() int { return mainWith(plugins) }

// mainWith is Main with other source plugins.
func mainWith(plugins func() []source.Plugin) int {
	outliveWrites()
	out := &output{w: os.Stdout, stderr: os.Stderr}
	p := process{
		name: os.Args[0], stdin: os.Stdin, interactive: interactive(), readSecret: readSecret, stdout: out, stderr: os.Stderr, environ: os.Environ, terminal: terminalOf(os.Stdout),
		plugins: plugins,
	}
	args := os.Args[1:]
	// --version must cost nothing: it answers before anything is set up.
	if len(args) == 1 && isVersionFlag(args[0]) {
		return out.exitCode(p.printVersion("text"))
	}
	defer runtime.KeepAlive(settleHeap())
	ctx, stop := interruptible(context.Background())
	defer stop()
	return out.exitCode(p.run(ctx, args))
}

// process is what the program gets from outside. Tests make their own.
type process struct {
	// name is how the program was called.
	name           string
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        func() []string
	// interactive tells that there is somebody to ask; readSecret reads a line that is not shown.
	interactive bool
	readSecret  func(context.Context) (string, error)
	// plugins are the source plugins.
	plugins func() []source.Plugin
	// terminal gives columns and rows of stdout; nil when it is no terminal.
	terminal func() (cols, rows int)
}

// program is the name in usage lines: dbt when the program was called so, for example by a link of that name.
func (p *process) program() string {
	if name := strings.TrimSuffix(filepath.Base(p.name), ".exe"); name == "dbt" {
		return name
	}
	return "gdbt"
}

// killed is the code that a shell shows for a process which a signal ended.
func killed(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return exitFailed
}

// interruptible ends its context at the first SIGINT or SIGTERM, which lets the run cancel its queries and write its
// results. A later one ends the process at once; what comes within half a second is the same one, told to the process and to its
// group, as timeout(1) does.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		cancel()
		for settled := time.After(500 * time.Millisecond); settled != nil; {
			select {
			case <-settled:
				settled = nil
			case _, ok := <-signals:
				if !ok {
					return
				}
			}
		}
		if again, ok := <-signals; ok {
			os.Exit(killed(again))
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
}
