package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/source"
)

// ExtractResult is what a source table's extract brought to the lake.
type ExtractResult struct {
	UniqueID string
	source.ExtractResult
	// Err is what ended the whole; the channels have errors of their own.
	Err error
}

// Failed tells whether something is missing in the lake.
func (r ExtractResult) Failed() bool { return r.Err != nil || r.Total().Status != source.OK }

// SourceExtract fills the lake of the selected source tables from outside. Tables
// whose plugin only loads are passed over. A table that fails doesn't stop the others, nor
// does a channel; the errors are in the results.
func (p *Project) SourceExtract(ctx context.Context, s Selection, o source.ExtractOptions) ([]ExtractResult, error) {
	tables, err := p.pluggedIn(ctx, s, "extract", func(plugin source.Plugin) bool { _, ok := plugin.(source.Extractor); return ok })
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	if p.flags.Threads > 0 && o.Threads == 0 {
		o.Threads = p.flags.Threads
	}
	env, err := p.pluginEnv()
	if err != nil {
		return nil, err
	}
	var out []ExtractResult
	var rows []event.ExtractedChannel
	all := source.ExtractResult{}
	var ended []error
	for i, t := range tables {
		rel := t.src.Schema + "." + t.src.Identifier
		p.bus.Emit(event.SourceExtractStart{UniqueID: t.src.UniqueID, Relation: rel, Plugin: t.cfg.Plugin, Index: i + 1, Total: len(tables)})
		told := newPace(p.bus, t.src.UniqueID)
		res, err := t.plugin.(source.Extractor).Extract(ctx, source.ExtractRequest{Request: p.pluginRequest(t, env), Options: o, Progress: told.progress})
		out = append(out, ExtractResult{t.src.UniqueID, res, err})
		all.Channels, all.Lake = append(all.Channels, res.Channels...), res.Lake
		for _, c := range res.Channels {
			row := p.extracted(t, c)
			rows = append(rows, row)
			p.bus.Emit(event.SourceExtractChannel{UniqueID: t.src.UniqueID, Result: row})
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			ended = append(ended, p.aboutSource(t.src, diag.RuntimeError, err))
		}
	}
	total := p.extracted(plugged{}, all.Total())
	total.Channel, total.Msg = "total", ""
	if len(rows) > 0 {
		p.bus.Emit(event.Blank())
		p.bus.Emit(event.SourceExtractSummary{Channels: rows, Total: total, Lake: all.Lake})
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	return out, errors.Join(ended...)
}

// extracted is a channel's result as the log has it.
func (p *Project) extracted(t plugged, c source.ChannelResult) event.ExtractedChannel {
	row := event.ExtractedChannel{
		Channel: c.Channel, ChannelID: int(c.ID), Status: string(c.Status), Messages: c.Messages, Refreshed: c.Refreshed, Deleted: c.Deleted,
		Images: c.Images, ImagesKept: c.ImagesKept, Bytes: int(c.Bytes), Waits: c.Waits, Waited: c.Waited.Seconds(), Errors: c.Errors,
		FirstID: int(c.FirstID), LastID: int(c.LastID), ExecutionTime: c.Duration.Seconds(),
	}
	if c.Err != nil && t.src != nil {
		row.Msg = p.bus.Scrub(p.aboutSource(t.src, diag.RuntimeError, c.Err).String())
	}
	return row
}

// VerifyResult is what a check of a source table's lake found.
type VerifyResult struct {
	UniqueID string
	source.VerifyResult
	Err error
}

// VerifyOptions limit a check.
type VerifyOptions struct {
	// Channels, when not empty, are those to check.
	Channels []string
	// SkipImages leaves the contents of images out.
	SkipImages bool
}

// SourceVerify checks the lakes of the selected source tables against what was written
// down when they were filled.
func (p *Project) SourceVerify(ctx context.Context, s Selection, o VerifyOptions) ([]VerifyResult, error) {
	tables, err := p.pluggedIn(ctx, s, "verify", func(plugin source.Plugin) bool { _, ok := plugin.(source.Verifier); return ok })
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	env, err := p.pluginEnv()
	if err != nil {
		return nil, err
	}
	var out []VerifyResult
	var failed []error
	for _, t := range tables {
		res, err := t.plugin.(source.Verifier).Verify(ctx, source.VerifyRequest{Request: p.pluginRequest(t, env), Channels: o.Channels, SkipImages: o.SkipImages})
		out = append(out, VerifyResult{t.src.UniqueID, res, err})
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil {
			failed = append(failed, p.aboutSource(t.src, diag.RuntimeError, err))
			continue
		}
		for _, pr := range res.Problems {
			p.bus.Emit(event.SourceVerifyProblem{UniqueID: t.src.UniqueID, File: pr.File, Problem: pr.Kind, Msg: pr.Text})
		}
		p.bus.Emit(event.SourceVerifyResult{UniqueID: t.src.UniqueID, Lake: res.Lake, Files: res.Files, Messages: res.Messages, Images: res.Images,
			Gaps: res.Gaps, Bytes: int(res.Bytes), Problems: len(res.Problems), Msg: res.String()})
	}
	return out, errors.Join(failed...)
}

// LoginOptions say how to sign in and whom to ask.
type LoginOptions struct {
	Method source.LoginMethod
	Phone  string
	Force  bool
	Ask    func(ctx context.Context, question string, secret bool) (string, error)
	Show   func(text string)
}

// SourceLogin signs in to what the plugins of the selected source tables read, once for
// each session.
func (p *Project) SourceLogin(ctx context.Context, s Selection, o LoginOptions) ([]source.LoginResult, error) {
	tables, err := p.pluggedIn(ctx, s, "login", func(plugin source.Plugin) bool { _, ok := plugin.(source.Authenticator); return ok })
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	env, err := p.pluginEnv()
	if err != nil {
		return nil, err
	}
	var out []source.LoginResult
	done := map[string]bool{}
	for _, t := range tables {
		key := t.cfg.Plugin + " " + fmt.Sprint(t.cfg.Options["session"])
		if done[key] {
			continue
		}
		done[key] = true
		res, err := t.plugin.(source.Authenticator).Login(ctx, source.LoginRequest{
			Request: p.pluginRequest(t, env), Method: o.Method, Phone: o.Phone, Force: o.Force, Ask: o.Ask, Show: o.Show,
		})
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil {
			return out, p.aboutSource(t.src, diag.RuntimeError, err)
		}
		out = append(out, res)
		p.bus.Emit(event.SourceLoginResult{Plugin: t.cfg.Plugin, Account: res.Account, SessionFile: res.SessionFile, Encrypted: res.Encrypted, Already: res.Already})
	}
	return out, nil
}

// pluggedIn gives the selected source tables whose plugin can do something.
func (p *Project) pluggedIn(ctx context.Context, s Selection, what string, can func(source.Plugin) bool) ([]plugged, error) {
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	ids, err := p.choose(s, []ident.Type{ident.Source}, true)
	if err != nil {
		return nil, err
	}
	tables, err := p.pluggedTables(ids, can)
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, p.bus.Warn(event.Warning{Msg: "No source to " + what + ": none of the selected source tables has a plugin that can do it in config.meta.gdbt"})
	}
	return tables, nil
}

func (p *Project) pluginRequest(t plugged, env func(string) (string, bool)) source.Request {
	lake := ""
	if v, ok := p.vars.Lookup(p.project.Name, "lake"); ok {
		lake = fmt.Sprint(v)
	}
	return source.Request{
		Source: source.Source{UniqueID: t.src.UniqueID, Name: t.src.SourceName, Table: t.src.Name, Database: t.src.Database,
			Schema: t.src.Schema, Identifier: t.src.Identifier, File: t.src.OriginalFilePath},
		Config: t.cfg, ProjectDir: p.project.Root, Lake: lake, LookupEnv: env, Now: p.now,
		Secret: func(text string) { p.bus.AddSecrets(text) },
		Log: func(l source.LogLine) {
			e := event.SourceExtractLine{UniqueID: t.src.UniqueID, Channel: l.Channel, Msg: l.Text}
			if l.Warning {
				p.bus.EmitAt(event.Warn, e)
			} else {
				p.bus.Emit(e)
			}
		},
	}
}

// pluginEnv looks a variable up in the environment, then in the project's .env file.
func (p *Project) pluginEnv() (func(string) (string, bool), error) {
	name := filepath.Join(p.project.Root, ".env")
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	file, err := source.ParseDotEnv(string(text))
	if err != nil {
		return nil, diag.New(diag.ParsingError, "the file .env can't be read: %v", err).WithCode("dotenv").At(name, 0, 0)
	}
	return func(name string) (string, bool) {
		if v, ok := p.env.Lookup(name); ok {
			return v, true
		}
		v, ok := file[name]
		return v, ok
	}, nil
}

// pace passes a plugin's progress on: often enough for a view that moves, and now and then
// for those who read lines.
type pace struct {
	bus      *event.Bus
	uniqueID string

	mu     sync.Mutex
	moved  map[string]time.Time
	told   map[string]time.Time
	states map[string]source.ExtractState
}

const (
	moveEvery = 500 * time.Millisecond
	tellEvery = 10 * time.Second
)

func newPace(bus *event.Bus, uniqueID string) *pace {
	return &pace{bus: bus, uniqueID: uniqueID, moved: map[string]time.Time{}, told: map[string]time.Time{}, states: map[string]source.ExtractState{}}
}

func (c *pace) progress(g source.ExtractProgress) {
	now := time.Now() // of the view, not of the run
	c.mu.Lock()
	level := event.Debug
	if _, begun := c.told[g.Channel]; !begun {
		c.told[g.Channel] = now
	}
	if now.Sub(c.told[g.Channel]) >= tellEvery && g.State != source.Finished {
		level = event.Info
		c.told[g.Channel] = now
	}
	if level == event.Debug && c.states[g.Channel] == g.State && now.Sub(c.moved[g.Channel]) < moveEvery {
		c.mu.Unlock()
		return
	}
	c.moved[g.Channel], c.states[g.Channel] = now, g.State
	c.mu.Unlock()
	c.bus.EmitAt(level, event.SourceExtractProgress{
		UniqueID: c.uniqueID, Channel: g.Channel, State: string(g.State), Messages: g.Messages, OfMessages: g.OfMessages,
		Images: g.Images, OfImages: g.OfImages, Bytes: int(g.Bytes), Until: g.Until, Why: g.Why,
	})
}
