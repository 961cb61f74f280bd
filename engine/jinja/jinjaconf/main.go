// Command jinjaconf runs template cases for conformance checks: one JSON case
// a line on standard input, one JSON answer a line on standard output.
//
// A case has id, profile, template and context. The profiles are jinja (dbt's
// text environment without macro name mangling), parse (the same with dbt's
// parse-time undefined) and native (dbt's environment for YAML values). The
// answer is {"id", "output"}, for native {"id", "value", "type"}, or {"id",
// "error", "line", "kind"}.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

type testCase struct {
	ID       string          `json:"id"`
	Profile  string          `json:"profile"`
	Template string          `json:"template"`
	Context  json.RawMessage `json:"context"`
	Options  json.RawMessage `json:"options"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "jinjaconf:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	// dbt's environment knows these three block tags
	opts := jinja.Options{Tags: []string{"materialization", "test", "docs"}, RenderPlain: true, MaxSteps: 5_000_000}
	text := jinja.NewEnv(opts)
	opts.MangleMacros = true
	native := jinja.NewEnv(opts)
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var c testCase
			if err := json.Unmarshal(line, &c); err != nil {
				return err
			}
			env := text
			if c.Profile == "native" {
				env = native
			}
			out, err := json.Marshal(answer(env, c))
			if err != nil {
				return err
			}
			if _, err := w.Write(append(out, '\n')); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func answer(env *jinja.Env, c testCase) map[string]any {
	out := map[string]any{"id": c.ID}
	if len(c.Options) > 0 && string(c.Options) != "null" {
		out["error"] = "UNSUPPORTED: options " + string(c.Options)
		return out
	}
	fail := func(err error) map[string]any {
		out["error"], out["kind"] = err.Error(), "runtime"
		var e *jinja.Error
		if errors.As(err, &e) {
			out["error"], out["line"], out["kind"] = e.Msg, e.Line, e.Kind.String()
			if e.Kind == jinja.Limit {
				out["kind"] = "runtime"
			}
		}
		return out
	}
	ctx := jinja.MapContext{}
	if len(c.Context) > 0 {
		v, err := decode(c.Context)
		if err != nil {
			return fail(err)
		}
		if d, ok := v.(*jinja.Dict); ok {
			for k, e := range d.Items() {
				ctx[k.String()] = e
			}
		}
	}
	t, err := env.Parse("", c.Template)
	if err != nil {
		return fail(err)
	}
	th := jinja.NewThread(context.Background())
	switch c.Profile {
	case "native":
		v, err := t.RenderNative(th, ctx)
		if err != nil {
			return fail(err)
		}
		s, err := jinja.JSON(v, jinja.JSONOptions{Default: func(v jinja.Value) (jinja.Value, error) {
			if s, ok := v.(*jinja.Set); ok {
				return jinja.NewList(s.Elems()...), nil
			}
			return nil, jinja.Raise("TypeError", "Object of type "+v.Type()+" is not JSON serializable")
		}})
		if err != nil {
			return fail(err)
		}
		out["value"], out["type"] = json.RawMessage(s), strings.Replace(v.Type(), "NoneType", "none", 1)
		return out
	case "parse":
		th.Undefined = jinja.UndefinedParse
	}
	s, err := t.Render(th, ctx)
	if err != nil {
		return fail(err)
	}
	out["output"] = s
	return out
}

// decode reads JSON with the order of keys and all digits kept.
func decode(data []byte) (jinja.Value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return decodeValue(d)
}

func decodeValue(d *json.Decoder) (jinja.Value, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch x := tok.(type) {
	case json.Delim:
		if x == '[' {
			l := jinja.NewList()
			for d.More() {
				v, err := decodeValue(d)
				if err != nil {
					return nil, err
				}
				l.Append(v)
			}
			_, err := d.Token()
			return l, err
		}
		out := jinja.NewDict()
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			out.SetStr(k.(string), v)
		}
		_, err := d.Token()
		return out, err
	case json.Number:
		if n, ok := new(big.Int).SetString(x.String(), 10); ok {
			return jinja.NewBigInt(n), nil
		}
		f, err := x.Float64()
		return jinja.Float(f), err
	}
	return jinja.FromGoErr(tok)
}
