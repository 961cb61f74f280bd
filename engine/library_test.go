package engine_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/adapter/fake"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// settled waits until no more goroutines run than before, and lists those that do after a while.
func settled(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Whatever became of the commands, nothing runs and no session is open after Close.
func TestCloseLeavesNothing(t *testing.T) {
	chain := func() map[string]string {
		return map[string]string{"models/a.sql": "select 1", "models/b.sql": "select waits from {{ ref('a') }}", "models/c.sql": "select * from {{ ref('b') }}"}
	}
	for name, use := range map[string]func(t *testing.T, p *engine.Project, cancel func()){
		"unused": func(*testing.T, *engine.Project, func()) {},
		"parsed": func(t *testing.T, p *engine.Project, _ func()) {
			if _, err := p.Parse(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"a selection that is wrong": func(t *testing.T, p *engine.Project, _ func()) {
			if _, err := p.Run(t.Context(), engine.Selection{Select: []string{"nosuch:x"}}); err == nil {
				t.Fatal("an unknown method was taken")
			}
		},
		"run twice": func(t *testing.T, p *engine.Project, _ func()) {
			for range 2 {
				if res, err := p.Run(t.Context(), engine.Selection{Select: []string{"a"}}); engine.ExitOf(res, err) != engine.ExitOK {
					t.Fatal(res, err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			p, driver, _ := project(t, chain(), nil)
			use(t, p, nil)
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if err := p.Close(); err != nil {
				t.Errorf("closing again: %v", err)
			}
			if n := driver.Sessions(); n != 0 {
				t.Errorf("%d sessions are open", n)
			}
			settled(t, before)
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(t.Context())
		p, driver, _ := project(t, chain(), func(ctx context.Context, _, sql string) (adapter.Response, *adapter.Table, error) {
			if strings.Contains(sql, "waits") {
				cancel()
				<-ctx.Done()
				return adapter.Response{}, nil, ctx.Err()
			}
			return adapter.Response{}, nil, nil
		})
		if res, err := p.Run(ctx, engine.Selection{}); engine.ExitOf(res, err) != engine.ExitInterrupted {
			t.Errorf("%+v %v", res, err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if n := driver.Sessions(); n != 0 {
			t.Errorf("%d sessions are open", n)
		}
		settled(t, before)
	})
}

// One project fails and another is cancelled while a third is built: each has its own events, results and end.
func TestProjectsDoNotMeet(t *testing.T) {
	type open struct {
		p      *engine.Project
		cancel context.CancelFunc
		ctx    context.Context
		seen   map[string]bool // names of nodes in events
		mu     sync.Mutex
	}
	projects := map[string]*open{}
	for _, name := range []string{"good", "bad", "stopped"} {
		o := &open{seen: map[string]bool{}}
		o.ctx, o.cancel = context.WithCancel(t.Context())
		files := map[string]string{"dbt_project.yml": "name: " + name + "\nprofile: shop\n"}
		for i := range 10 {
			files[fmt.Sprintf("models/%s_%d.sql", name, i)] = "select " + name
		}
		_, _, dir := project(t, files, nil)
		bus := event.NewBus(event.Options{Sink: event.SinkFunc(func(r event.Record) {
			if e, ok := r.Event.(event.NodeFinished); ok {
				o.mu.Lock()
				o.seen[e.NodeInfo.NodeName] = true
				o.mu.Unlock()
			}
		})})
		drivers := &adapter.Registry{}
		if err := drivers.Register(&fake.Driver{Answer: func(ctx context.Context, _, sql string) (adapter.Response, *adapter.Table, error) {
			switch {
			case strings.Contains(sql, "select bad"):
				return adapter.Response{}, nil, errors.New("refused")
			case strings.Contains(sql, "select stopped"):
				o.cancel()
				<-ctx.Done()
				return adapter.Response{}, nil, ctx.Err()
			}
			return adapter.Response{}, nil, nil
		}}); err != nil {
			t.Fatal(err)
		}
		var err error
		if o.p, err = engine.Open(o.ctx, engine.Options{ProjectDir: dir, Adapters: drivers, Env: config.MapEnviron(nil), Bus: bus}); err != nil {
			t.Fatal(err)
		}
		projects[name] = o
	}
	want := map[string]engine.Exit{"good": engine.ExitOK, "bad": engine.ExitFailed, "stopped": engine.ExitInterrupted}
	var wg sync.WaitGroup
	for name, o := range projects {
		wg.Go(func() {
			res, err := o.p.Run(o.ctx, engine.Selection{})
			if got := engine.ExitOf(res, err); got != want[name] {
				t.Errorf("%s ended with %s, want %s (%v)", name, got, want[name], err)
			}
			if res == nil || len(res.Results) != 10 {
				t.Errorf("%s has other results: %v", name, res)
			}
			if err := o.p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for name, o := range projects {
		o.cancel()
		for node := range o.seen {
			if !strings.HasPrefix(node, name+"_") {
				t.Errorf("%s heard of %s", name, node)
			}
		}
		if len(o.seen) == 0 {
			t.Errorf("%s heard of nothing", name)
		}
	}
}

// The end of a command in one word, and its exit code.
func TestExit(t *testing.T) {
	results := func(s engine.Status) *engine.Results {
		return &engine.Results{Results: []*engine.Result{{UniqueID: "model.shop.a", Status: s}}}
	}
	for _, c := range []struct {
		results *engine.Results
		err     error
		want    engine.Exit
		code    int
	}{
		{nil, nil, engine.ExitOK, 0},
		{results(engine.StatusSuccess), nil, engine.ExitOK, 0},
		{results(engine.StatusWarn), nil, engine.ExitOK, 0},
		{results(engine.StatusFail), nil, engine.ExitFailed, 1},
		{results(engine.StatusSkipped), nil, engine.ExitFailed, 1},
		{results(engine.StatusRuntimeError), nil, engine.ExitFailed, 1},
		{nil, fmt.Errorf("load: %w", engine.ErrFailed), engine.ExitFailed, 1},
		{nil, diag.New(diag.CompilationError, "no"), engine.ExitRefused, 2},
		{results(engine.StatusSuccess), errors.New("disk full"), engine.ExitRefused, 2},
		{&engine.Results{Interrupted: true}, nil, engine.ExitInterrupted, 2},
		{nil, fmt.Errorf("parse: %w", context.Canceled), engine.ExitInterrupted, 2},
	} {
		if got := engine.ExitOf(c.results, c.err); got != c.want || engine.ExitCode(c.results, c.err) != c.code {
			t.Errorf("%v, %v: %s with %d, want %s with %d", c.results, c.err, got, engine.ExitCode(c.results, c.err), c.want, c.code)
		}
	}
}
