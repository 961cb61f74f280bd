package parse

import (
	"regexp"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var pythonModel = regexp.MustCompile(`(?m)^def\s+model\s*\(`)

// pythonNode parses a Python model: its calls of dbt.ref, dbt.source and
// dbt.config, whose arguments are literals, say what it reads and how it is
// configured. gdbt does not run such models, but knows where they stand.
func (p *parser) pythonNode(f *file) (parsed, error) {
	n := p.newNode(f, manifest.Model, f.stem(), f.rel, fqnOf(f.project.Name, f.rel, f.stem()))
	n.RawCode, n.Line, n.Language = f.text, f.lineSkip+1, "python"
	if found := len(pythonModel.FindAllString(f.text, -1)); found != 1 {
		return parsed{}, diag.New(diag.ParsingError, "dbt allows exactly one model defined per python file, found %d", found).
			At(f.path, 1, 0).WithCode("python-model").WithHint("define model(dbt, session) once")
	}
	rec := &dbtjinja.Recorder{}
	c := p.s.Parse(n, rec)
	used := yamldoc.NewMap()
	for _, call := range pythonCalls(f.text) {
		at := func(err error) error {
			return diag.New(diag.ParsingError, "the arguments of dbt.%s() must be literals: %v", call.name, err).At(f.path, call.line, 0).WithCode("python-model")
		}
		switch call.name {
		case "ref", "source", "config":
			// Literals are spelled in Jinja as in Python.
			if _, err := c.RenderText(p.thread(), f.path, "{{ "+call.name+"("+call.args+") }}"); err != nil {
				return parsed{}, at(err)
			}
		case "config.get", "config.meta_get":
			v, err := jinja.LiteralEval("[" + call.args + "]")
			if err != nil {
				return parsed{}, at(err)
			}
			args, err := dbtjinja.FromJinja(v)
			if err != nil {
				return parsed{}, at(err)
			}
			list, _ := args.([]any)
			if len(list) == 0 || len(list) > 2 {
				return parsed{}, diag.New(diag.ParsingError, "dbt.%s() takes one or two arguments (%d given)", call.name, len(list)).At(f.path, call.line, 0).WithCode("python-model")
			}
			kind := strings.TrimSuffix(strings.TrimPrefix(call.name, "config."), "get")
			prefix := map[string]string{"": "config", "meta_": "meta"}[kind]
			var def any
			if len(list) == 2 {
				def = list[1]
			}
			used.Set(prefix+"_keys_used", append(used.List(prefix+"_keys_used"), list[0]))
			used.Set(prefix+"_keys_defaults", append(used.List(prefix+"_keys_defaults"), def))
		}
	}
	p.take(n, rec)
	calls := rec.Configs
	if used.Len() > 0 {
		all := yamldoc.NewMap()
		for _, key := range []string{"config_keys_used", "config_keys_defaults", "meta_keys_used", "meta_keys_defaults"} {
			all.Set(key, append([]any{}, used.List(key)...))
		}
		calls = append(calls, all)
	}
	if err := p.configure(n, calls, nil); err != nil {
		return parsed{}, err
	}
	return parsed{node: n, calls: calls}, nil
}

// pythonCall is a call of a member of dbt: its name behind "dbt." and the text
// of its arguments without comments.
type pythonCall struct {
	name, args string
	line       int
}

var dbtCall = regexp.MustCompile(`^dbt\.(ref|source|config\.get|config\.meta_get|config)\s*\(`)

// pythonCalls finds the calls in a Python text, outside of strings and comments.
func pythonCalls(text string) []pythonCall {
	var calls []pythonCall
	line := 1
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\n':
			line++
			i++
		case c == '#', c == '\'', c == '"':
			n := pythonSkip(text[i:])
			line += strings.Count(text[i:i+n], "\n")
			i += n
		case c == 'd' && (i == 0 || !pythonWord(text[i-1])):
			m := dbtCall.FindStringSubmatch(text[i:])
			if m == nil {
				i++
				continue
			}
			args, n, ok := pythonArgs(text[i+len(m[0]):])
			if !ok { // Python would not read it either
				return calls
			}
			calls = append(calls, pythonCall{m[1], args, line})
			line += strings.Count(text[i:i+len(m[0])+n], "\n")
			i += len(m[0]) + n
		default:
			i++
		}
	}
	return calls
}

func pythonWord(c byte) bool {
	return c == '_' || c == '.' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// pythonSkip is the length of the comment or string that a text begins with.
func pythonSkip(s string) int {
	if s[0] == '#' {
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end
		}
		return len(s)
	}
	quote := s[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s, triple) {
		quote = triple
	}
	for i := len(quote); i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case strings.HasPrefix(s[i:], quote):
			return i + len(quote)
		case len(quote) == 1 && s[i] == '\n':
			return i
		}
	}
	return len(s)
}

// pythonArgs reads up to the closing bracket of a call; n is what it read with it.
func pythonArgs(s string) (args string, n int, ok bool) {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case '#':
			i += pythonSkip(s[i:])
			continue
		case '\'', '"':
			n := pythonSkip(s[i:])
			b.WriteString(s[i : i+n])
			i += n
			continue
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				return strings.TrimRight(strings.TrimSpace(b.String()), ","), i + 1, c == ')'
			}
			depth--
		}
		b.WriteByte(s[i])
		i++
	}
	return "", 0, false
}
