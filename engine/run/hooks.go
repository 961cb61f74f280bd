package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// projectHooks runs on-run-start or on-run-end: the root project's hooks first, then those of packages by
// name, which is what dbt's order comes to (core/task/run.py, BiggestName). After a failure the rest is skipped.
func (r *Runner) projectHooks(ctx context.Context, kind string, extra map[string]jinja.Value) error {
	var hooks []*manifest.Node
	for _, id := range r.Session.Manifest.NodeOrder {
		if n := r.Session.Manifest.Nodes[id]; n.ResourceType == manifest.Operation && slices.Contains(n.Tags, kind) {
			hooks = append(hooks, n)
		}
	}
	if len(hooks) == 0 {
		return nil
	}
	if off, err := r.hooksOff(); off || err != nil {
		return err
	}
	root := r.Session.ProjectName
	slices.SortStableFunc(hooks, func(a, b *manifest.Node) int {
		if c := boolCompare(b.PackageName == root, a.PackageName == root); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(a.PackageName, b.PackageName), cmp.Compare(a.Index, b.Index))
	})
	if kind == "on-run-end" {
		r.Bus.Emit(event.Blank())
	}
	ctx, leave := r.Session.Share(ctx, true)
	defer leave()
	failed := false
	for i, n := range hooks {
		n.Index = i + 1 // as the manifest that is written after the run has it
		res := &Result{UniqueID: n.UniqueID, Node: n, Thread: "main", Status: Skipped}
		name := fmt.Sprintf("%s.%s.%d", n.PackageName, kind, i)
		res.Failures = new(int)
		if failed {
			res.Message = text(name + " skipped")
			*res.Failures = 1
		} else if err := r.hook(ctx, n, res, name, i+1, len(hooks), extra); err != nil {
			if !n.Compiled {
				return r.hookError(err, n) // dbt ends a run whose hook can't be rendered
			}
			failed = true
			r.startFailed = r.startFailed || kind == "on-run-start"
			*res.Failures = 1
			res.Status, res.Err = Error, err
			_, told, _ := strings.Cut(r.hookError(err, n).String(), "\n") // without the category
			res.Message = text(r.Bus.Scrub(name + " failed, error:\n " + strings.TrimPrefix(told, "  ")))
		} else {
			res.Status = Success
			res.Message = text(name + " passed")
		}
		r.add(res)
		r.Bus.Emit(event.LogHookEndLine{Statement: name, Status: string(res.Status), Index: i + 1, Total: len(hooks), ExecutionTime: res.Seconds,
			NodeInfo: nodeInfo(n, string(res.Status), timeOf(res), r.Now())})
	}
	if kind == "on-run-start" {
		r.Bus.Emit(event.Blank())
	}
	return nil
}

// hookError is the error of a hook of the project with its place in dbt_project.yml.
func (r *Runner) hookError(err error, n *manifest.Node) *diag.Diagnostic {
	d := diag.Wrap(diag.RuntimeError, compile.Locate(r.Session, err, n))
	r.Session.ExplainUndefined(d.Err, d, n.PackageName)
	var se *warehouse.StatementError
	if errors.As(err, &se) {
		p, ok := textPlace(r.Session, n, n.RawCode, se)
		if !ok {
			p, ok = r.Session.TextPlace(n, n.RawCode, 1, 1)
		}
		if ok {
			p.Set(d)
		}
	}
	return d
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// hook compiles and executes one hook outside of a transaction.
func (r *Runner) hook(ctx context.Context, n *manifest.Node, res *Result, name string, index, total int, extra map[string]jinja.Value) error {
	conn := r.Runtime.Node("master", warehouse.NodeOptions{Bus: r.Bus})
	defer conn.Release(ctx)
	start := r.Now()
	c := r.Session.Run(n, nil)
	c.Extra = extra
	c.SetAdapter(r.Runtime.Object(conn, c, warehouse.Options{Dispatch: c.Dispatch()}))
	c.OnEphemeral = func(*manifest.Node) {}
	info := nodeInfo(n, "None", time.Time{}, time.Time{})
	c.Info = func() *event.NodeInfo { return info }
	c.OnMacro = n.DependsOn.AddMacro
	t := jinja.NewThread(ctx)
	t.Local = c
	sql, err := c.RenderText(t, n.OriginalFilePath, n.RawCode)
	res.Timing = append(res.Timing, Timing{"compile", start, r.Now()})
	if err != nil {
		return err
	}
	n.Compiled, n.CompiledCode, n.ExtraCTEsInjected = true, sql, true
	if err := r.Compiler.WriteNode(n); err != nil {
		return err
	}
	r.Bus.Emit(event.WritingInjectedSQLForNode{NodeInfo: info})
	info = nodeInfo(n, "started", start, time.Time{})
	conn.SetInfo(info)
	defer conn.SetInfo(nil)
	r.Bus.Emit(event.LogHookStartLine{Statement: name, Index: index, Total: total, NodeInfo: info})
	begin := r.Now()
	if body := hookSQL(sql); strings.TrimSpace(body) != "" {
		_, _, err = conn.Execute(ctx, body, false, false, 0)
		if err == nil {
			err = conn.Commit(ctx)
		}
	}
	res.Timing = append(res.Timing, Timing{"execute", begin, r.Now()})
	res.Seconds = r.Now().Sub(start).Seconds()
	return err
}

// hookSQL reads the form that make_hook_config gives: JSON with the SQL in it.
func hookSQL(sql string) string {
	var h struct {
		SQL *string `json:"sql"`
	}
	if strings.HasPrefix(strings.TrimSpace(sql), "{") && json.Unmarshal([]byte(sql), &h) == nil && h.SQL != nil {
		return *h.SQL
	}
	return sql
}

// endContext is what on-run-end hooks see beside the rest: results, schemas and
// database_schemas.
func (r *Runner) endContext() map[string]jinja.Value {
	results, schemas, pairs := jinja.NewList(), jinja.NewList(), jinja.NewList()
	seen, seenPair := map[string]bool{}, map[string]bool{}
	for _, x := range r.results {
		if x.Thread == "main" && x.Status != Error {
			continue
		}
		results.Append(resultValue(x))
		n := x.Node
		if n == nil || !n.IsRelational() || !x.ok() {
			continue
		}
		if !seen[n.Schema] {
			seen[n.Schema] = true
			schemas.Append(jinja.Str(n.Schema))
		}
		if key := n.Database + "." + n.Schema; !seenPair[key] {
			seenPair[key] = true
			pairs.Append(jinja.Tuple{jinja.Str(n.Database), jinja.Str(n.Schema)})
		}
	}
	return map[string]jinja.Value{"results": results, "schemas": schemas, "database_schemas": pairs}
}
