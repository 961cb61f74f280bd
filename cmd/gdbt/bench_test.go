package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/testdata/benchgen/generate"
)

// The benchmarks start gdbt as a process of its own, as a user does, and report what the system says it used: cpu-ms and
// peak-MB (the largest). Wall time depends on what else the machine does; it is shown where two things are compared
// that ran in turns.
//
//	go test ./cmd/gdbt -run '^$' -bench . -benchtime 5x

// BenchmarkVersion is the start of the process.
func BenchmarkVersion(b *testing.B) {
	gdbt := program(b)
	var u usages
	for b.Loop() {
		u.add(gdbt.run(b, b.TempDir(), nil, "--version"))
	}
	u.report(b)
}

// BenchmarkParse is a parse without anything saved from an earlier one.
func BenchmarkParse(b *testing.B) {
	for _, models := range []int{1, 100, 1000} {
		b.Run("models="+strconv.Itoa(models), func(b *testing.B) {
			gdbt := program(b)
			dir := generated(b, models)
			var u usages
			for b.Loop() {
				b.StopTimer()
				if err := os.RemoveAll(filepath.Join(dir, "target")); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				u.add(gdbt.run(b, dir, nil, "parse"))
			}
			u.report(b)
		})
	}
}

// BenchmarkParseInProcess is the same without the process, for allocations and profiles.
func BenchmarkParseInProcess(b *testing.B) {
	for _, models := range []int{1, 1000} {
		b.Run("models="+strconv.Itoa(models), func(b *testing.B) {
			registry, err := adapters()
			if err != nil {
				b.Fatal(err)
			}
			dir := generated(b, models)
			b.ReportAllocs()
			for b.Loop() {
				p, err := engine.Open(b.Context(), engine.Options{ProjectDir: dir, Adapters: registry})
				if err != nil {
					b.Fatal(err)
				}
				m, err := p.Parse(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if err := m.Write(io.Discard); err != nil {
					b.Fatal(err)
				}
				if err := p.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// generated writes a project for this benchmark.
func generated(b *testing.B, models int) string {
	b.Helper()
	o := generate.Defaults()
	o.Models = models
	return generatedBy(b, o)
}

func generatedBy(b *testing.B, o generate.Options) string {
	b.Helper()
	p, err := generate.New(o)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := p.Write(dir); err != nil {
		b.Fatal(err)
	}
	return dir
}

// executable is gdbt as a program: the test binary, which TestMain lets stand for it.
type executable struct{ gdbt, measure string }

func program(b *testing.B) executable {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	e := executable{filepath.Join(dir, "gdbt-program"), filepath.Join(dir, "gdbt-measure")}
	for _, link := range []string{e.gdbt, e.measure} {
		if err := os.Symlink(self, link); err != nil {
			b.Skipf("a benchmark of the process needs symbolic links: %v", err)
		}
	}
	return e
}

// run starts gdbt in a folder and waits for it.
func (e executable) run(b *testing.B, dir string, env []string, args ...string) usage {
	b.Helper()
	report := filepath.Join(dir, "usage.json")
	cmd := exec.Command(e.measure, append([]string{report, e.gdbt}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir)
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("gdbt %v: %v\n%s", args, err, out)
	}
	var u usage
	readJSON(b, report, &u)
	return u
}

// measure runs a command, writes what it took to a file, and gives its exit code. It is a process between the benchmark
// and gdbt, because Linux counts the size of the process that starts another as part of the other's peak: this one is
// smaller than gdbt.
func measure(report string, command []string) int {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	start := time.Now()
	err := cmd.Run()
	u := usage{Wall: time.Since(start)}
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	u.CPU, u.Peak = cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), peakMemory(cmd.ProcessState)
	text, err := json.Marshal(u)
	if err == nil {
		err = os.WriteFile(report, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// usage is what a process took.
type usage struct {
	Wall, CPU time.Duration
	Peak      int64 // bytes; 0 where the system doesn't tell
}

type usages []usage

func (u *usages) add(v usage) { *u = append(*u, v) }

func (u usages) report(b *testing.B) {
	b.ReportMetric(u.cpu(), "cpu-ms")
	if peak := u.peak(); peak > 0 {
		b.ReportMetric(float64(peak)/1e6, "peak-MB")
	}
}

// peak is the largest of the peaks of memory, in bytes.
func (u usages) peak() int64 {
	var peak int64
	for _, v := range u {
		peak = max(peak, v.Peak)
	}
	return peak
}

// cpu is the median CPU time in milliseconds, wall that of the wall time.
func (u usages) cpu() float64 { return u.median(func(v usage) time.Duration { return v.CPU }) }

func (u usages) wall() float64 { return u.median(func(v usage) time.Duration { return v.Wall }) }

func (u usages) median(of func(usage) time.Duration) float64 {
	list := make([]time.Duration, len(u))
	for i, v := range u {
		list[i] = of(v)
	}
	slices.Sort(list)
	return float64(list[len(list)/2].Microseconds()) / 1e3
}
