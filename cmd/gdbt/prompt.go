package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// errAborted ends a command whose questions nobody answers.
var errAborted = errors.New("aborted")

// prompter asks questions in a terminal, in the layout of dbt's.
type prompter struct {
	in  *bufio.Reader
	out io.Writer
	// secret reads a line that is not shown.
	secret func(context.Context) (string, error)
}

func (p *process) prompter() *prompter {
	return &prompter{in: bufio.NewReader(p.stdin), out: p.stdout, secret: p.readSecret}
}

// read waits for a line, or for the end of the context.
func (p *prompter) read(ctx context.Context, secret bool) (string, error) {
	type answer struct {
		text string
		err  error
	}
	var a answer
	if secret && p.secret != nil {
		a.text, a.err = p.secret(ctx)
		_, _ = fmt.Fprintln(p.out)
	} else {
		got := make(chan answer, 1)
		go func() {
			text, err := p.in.ReadString('\n')
			got <- answer{text, err}
		}()
		select {
		case <-ctx.Done():
		case a = <-got:
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if a.err != nil && (a.text == "" || !errors.Is(a.err, io.EOF)) {
		_, _ = fmt.Fprintln(p.out)
		return "", errAborted
	}
	return strings.TrimRight(a.text, "\r\n"), nil
}

// question is one value to ask for.
type question struct {
	text string
	// def is taken when the answer is empty; nil asks again.
	def any
	// kind is string, int, float or bool; "" is that of def.
	kind   string
	secret bool
}

// ask repeats the question until the answer is valid.
func (p *prompter) ask(ctx context.Context, q question) (any, error) {
	for {
		text := q.text
		if q.def != nil && !q.secret {
			text += fmt.Sprintf(" [%v]", q.def)
		}
		if _, err := fmt.Fprintf(p.out, "%s: ", text); err != nil {
			return nil, err
		}
		line, err := p.read(ctx, q.secret)
		if err != nil {
			return nil, err
		}
		if line == "" {
			if q.def != nil {
				return q.def, nil
			}
			continue
		}
		value, err := convert(line, q)
		if err == nil {
			return value, nil
		}
		if _, err := fmt.Fprintf(p.out, "Error: %s\n", err); err != nil {
			return nil, err
		}
	}
}

// convert reads an answer as the question's kind.
func convert(line string, q question) (any, error) {
	kind := q.kind
	if kind == "" {
		switch q.def.(type) {
		case int64:
			kind = "int"
		case float64:
			kind = "float"
		case bool:
			kind = "bool"
		}
	}
	trimmed := strings.TrimSpace(line)
	switch kind {
	case "int":
		if n, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return n, nil
		}
		return nil, invalidf("'%s' is not a valid integer.", line)
	case "float":
		if f, err := strconv.ParseFloat(trimmed, 64); err == nil {
			return f, nil
		}
		return nil, invalidf("'%s' is not a valid float.", line)
	case "bool":
		switch strings.ToLower(trimmed) {
		case "1", "true", "t", "yes", "y", "on":
			return true, nil
		case "0", "false", "f", "no", "n", "off":
			return false, nil
		}
		return nil, invalidf("'%s' is not a valid boolean.", line)
	}
	return line, nil
}

// choose asks for one of several by its number.
func (p *prompter) choose(ctx context.Context, head string, names []string, tail string) (int, error) {
	var b strings.Builder
	b.WriteString(head)
	for i, n := range names {
		fmt.Fprintf(&b, "[%d] %s\n", i+1, n)
	}
	b.WriteString(tail)
	for {
		v, err := p.ask(ctx, question{text: b.String(), kind: "int"})
		if err != nil {
			return 0, err
		}
		if n := v.(int64); n >= 1 && n <= int64(len(names)) {
			return int(n) - 1, nil
		}
		if _, err := fmt.Fprintf(p.out, "Error: %d is not in the range 1 to %d.\n", v, len(names)); err != nil {
			return 0, err
		}
	}
}

// confirm asks for yes or no; an empty answer is no.
func (p *prompter) confirm(ctx context.Context, text string) (bool, error) {
	for {
		if _, err := fmt.Fprintf(p.out, "%s [y/N]: ", text); err != nil {
			return false, err
		}
		line, err := p.read(ctx, false)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return true, nil
		case "", "n", "no":
			return false, nil
		}
		if _, err := fmt.Fprintln(p.out, "Error: invalid input"); err != nil {
			return false, err
		}
	}
}
