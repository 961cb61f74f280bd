// Package jinja is the template language of dbt projects: Jinja2 3.1 as dbt
// configures it, with Python's values, methods and printing.
//
// A source text goes one way:
//
//	lexer.go    text to tokens, with whitespace control
//	parse*.go   tokens to a tree (ast.go)
//	resolve.go  names to slots, constants folded, filters bound: the tree is now the program
//	exec.go     statements run on a frame; eval.go expressions; macro.go calls; loop.go loops
//	value.go …  the values: str, int of any size, float, list, tuple, dict, set, date and time
//
// An [Env] is immutable and parses; a [Template] is immutable and can be
// rendered by any number of goroutines at once; a [Thread] holds what belongs
// to one rendering (limits, call stack, undefined policy) and is used by one
// goroutine at a time. Names that a template does not define itself come from
// a [Context].
//
// The package knows nothing of dbt's functions or of SQL: ref, config,
// adapter and the like are host values handed in through the Context.
package jinja
