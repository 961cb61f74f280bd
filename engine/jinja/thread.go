package jinja

import "context"

// DefaultMaxDepth and DefaultMaxSteps are the limits of a thread if the Env
// does not set others.
const (
	DefaultMaxDepth = 500
	DefaultMaxSteps = 200_000_000
)

// Thread is one rendering: its limits, call stack and policies. It is used by
// one goroutine at a time, and can be used again for the next rendering.
type Thread struct {
	// Ctx stops the rendering when it is done.
	Ctx context.Context
	// Undefined is the policy for missing names.
	Undefined UndefinedPolicy
	// Local is the host's own data.
	Local any
	// MaxSteps and MaxDepth limit one rendering or macro call of the host, with
	// all that it calls; 0 takes the Env's.
	MaxSteps int64
	MaxDepth int

	steps      int64 // used so far
	nextCheck  int64 // value of steps at which the context and limit are looked at
	depth      int
	nested     int // renderings and macro calls of the host within each other
	stack      []callRec
	tmpl       *Template
	pos        int32
	autoescape bool
	frames     []*frame // free ones
	bufs       []*buffer
	args       []Value // arguments of running calls of macros, methods and filters
}

// callRec is a macro call of the stack; its texts are made when asked for.
type callRec struct {
	macro string
	tmpl  *Template // of the call; nil if the host called
	pos   int32
}

// NewThread makes a thread.
func NewThread(ctx context.Context) *Thread { return &Thread{Ctx: ctx} }

// CallStack gives the macro calls that are running, innermost first.
func (t *Thread) CallStack() []Frame {
	if len(t.stack) == 0 {
		return nil
	}
	out := make([]Frame, 0, len(t.stack))
	for i := len(t.stack) - 1; i >= 0; i-- {
		r := t.stack[i]
		f := Frame{Macro: r.macro}
		if r.tmpl != nil {
			f.File = r.tmpl.file
			f.Line, _ = r.tmpl.position(r.pos)
		}
		out = append(out, f)
	}
	return out
}

// Position is the place of the call that is now evaluated.
func (t *Thread) Position() (file string, line, col int) {
	if t.tmpl == nil {
		return "", 0, 0
	}
	line, col = t.tmpl.position(t.pos)
	return t.tmpl.file, line, col
}

const checkEvery = 1024

// begin and end stand around what the host starts; the outermost counts anew.
func (t *Thread) begin() {
	if t.nested == 0 {
		t.steps, t.nextCheck = 0, 1
	}
	t.nested++
}

func (t *Thread) end() { t.nested-- }

// step counts one unit of work.
func (t *Thread) step() error {
	t.steps++
	if t.steps >= t.nextCheck {
		return t.check()
	}
	return nil
}

// Step counts one unit of work of a host function that loops by itself. The
// error is that of the step limit or of a context that is done.
func (t *Thread) Step() error { return t.step() }

// work counts n units at once, for filters and methods that loop by themselves.
func (t *Thread) work(n int) error {
	t.steps += int64(n)
	if t.steps >= t.nextCheck {
		return t.check()
	}
	return nil
}

func (t *Thread) check() error {
	t.nextCheck = t.steps + checkEvery
	max := t.MaxSteps
	if max == 0 {
		max = DefaultMaxSteps
		if t.tmpl != nil && t.tmpl.env.opts.MaxSteps > 0 {
			max = t.tmpl.env.opts.MaxSteps
		}
	}
	if t.steps > max {
		return limitErr("the template ran for more than " + Int(max).String() + " steps")
	}
	if t.Ctx != nil {
		if err := t.Ctx.Err(); err != nil {
			return &Error{Kind: Runtime, Msg: err.Error(), Cause: err}
		}
	}
	return nil
}

func (t *Thread) enter(macro string) error {
	max := t.MaxDepth
	if max == 0 {
		max = DefaultMaxDepth
		if t.tmpl != nil && t.tmpl.env.opts.MaxDepth > 0 {
			max = t.tmpl.env.opts.MaxDepth
		}
	}
	if t.depth >= max {
		return &Error{Kind: Limit, Type: "RecursionError", Msg: "maximum recursion depth exceeded"}
	}
	t.depth++
	t.stack = append(t.stack, callRec{macro, t.tmpl, t.pos})
	return nil
}

func (t *Thread) leave() {
	t.depth--
	r := t.stack[len(t.stack)-1]
	t.stack = t.stack[:len(t.stack)-1]
	t.tmpl, t.pos = r.tmpl, r.pos
}
