package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// watched is a stdout that calls a function once a text has been written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	word string
	then func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(p)
	if w.then != nil && strings.Contains(w.text.String(), w.word) {
		w.then()
		w.then = nil
	}
	return n, err
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// Ctrl-C cancels the query that runs, skips the rest, writes the results and exits 2, as dbt does.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	if err := copyTree("../../testdata/projects/shop", dir); err != nil {
		t.Fatal(err)
	}
	const slow = "{{ config(materialized='table') }}\nselect count(*) as n from range(1000000000000) as a(i) where i % 7 = 3"
	for name, sql := range map[string]string{"slow.sql": slow, "after.sql": "select * from {{ ref('slow') }}"} {
		if err := os.WriteFile(filepath.Join(dir, "models", name), []byte(sql), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watched{word: "START sql table model main.slow", then: func() { time.AfterFunc(200*time.Millisecond, cancel) }}
	var errs bytes.Buffer
	p := &process{stdout: out, stderr: &errs, environ: func() []string { return nil }}
	done := make(chan int)
	go func() {
		done <- p.run(ctx, []string{"run", "--project-dir", dir, "--profiles-dir", dir, "-s", "slow+"})
	}()
	select {
	case code := <-done:
		if code != exitUsage {
			t.Errorf("exit code %d, want %d", code, exitUsage)
		}
	case <-time.After(time.Minute):
		t.Fatal("the query was not cancelled")
	}
	for _, want := range []string{"ERROR creating sql table model main.slow", "Exited because of keyboard interrupt", "Done. PASS="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s%s", want, out, &errs)
		}
	}
	results, err := os.ReadFile(filepath.Join(dir, "target", "run_results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(results, []byte(`"model.shop.slow"`)) || !bytes.Contains(results, []byte(`"model.shop.after"`)) {
		t.Errorf("run_results.json lacks a node:\n%s", results)
	}
}
