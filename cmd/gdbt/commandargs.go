package main

import (
	"cmp"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// commandArgs are the command's own options under dbt's names, for artifacts and Jinja. Options that are gdbt's own in a
// command are there when they were given.
func (s *session) commandArgs() *yamldoc.Map {
	if s.formerArgs != nil {
		return s.formerArgs
	}
	args := yamldoc.NewMap()
	has := func(name string) bool { return s.cmd.Flags().Lookup(name) != nil }
	list := func(name string, words []string) {
		if has(name) {
			args.Set(name, anyWords(words))
		}
	}
	text := func(name, value string) {
		if has(name) && value != "" {
			args.Set(name, value)
		}
	}
	list("select", s.selects)
	list("exclude", s.exclude)
	text("selector", s.selector)
	text("inline", s.inline)
	switch s.flags.Which {
	case "compile":
		args.Set("output", cmp.Or(s.output, "text"))
		args.Set("inject_ephemeral_ctes", !s.noInject)
	case "show":
		args.Set("output", cmp.Or(s.output, "text"))
		args.Set("limit", s.limit)
	case "list", "ls":
		args.Set("output", cmp.Or(s.output, "selector"))
		args.Set("output_keys", anyWords(s.outputKeys))
		args.Set("models", anyWords(s.models))
	case "generate":
		args.Set("compile", !s.noCompile)
		args.Set("empty_catalog", s.emptyCatalog)
		args.Set("static", s.static)
		if s.noSQL {
			args.Set("no_sql", true)
		}
	case "build", "seed":
		args.Set("show", s.show)
		text("output", s.output)
	case "run-operation":
		args.Set("macro", s.words[0])
		if m, err := s.macroKeywords(); err == nil && m.Len() > 0 {
			args.Set("args", m)
		}
	default:
		text("output", s.output)
		if s.show {
			args.Set("show", true)
		}
	}
	return args
}

func anyWords(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}
