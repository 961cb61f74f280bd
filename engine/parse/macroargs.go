package parse

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// checkArguments holds the documented arguments of a macro against those that it has (the flag validate_macro_args;
// dbt/parser/schemas.py, _check_patch_arguments).
func (p *parser) checkArguments(e *entry, mac *manifest.Macro, args []manifest.MacroArgument) error {
	warn := func(path []any, format string, a ...any) error {
		d := e.at(diag.ParsingError, path, format, a...).WithCode("InvalidMacroAnnotation")
		d.Fields = map[string]any{"macro_unique_id": mac.UniqueID, "macro_file_path": mac.OriginalFilePath}
		return p.warn(d)
	}
	for i := range min(len(args), len(mac.Arguments)) {
		if args[i].Name == mac.Arguments[i].Name {
			continue
		}
		if err := warn([]any{"arguments", i}, "Argument %s in yaml for macro %s does not match the jinja definition.", args[i].Name, mac.Name); err != nil {
			return err
		}
	}
	if len(args) != len(mac.Arguments) {
		if err := warn([]any{"arguments"}, "The number of arguments in the yaml for macro %s does not match the jinja definition.", mac.Name); err != nil {
			return err
		}
	}
	for i, a := range args {
		if a.Type == nil || strings.TrimSpace(*a.Type) == "" || isMacroType(*a.Type) {
			continue
		}
		if err := warn([]any{"arguments", i, "type"}, "Argument %s in the yaml for macro %s has an invalid type.", a.Name, mac.Name); err != nil {
			return err
		}
	}
	return nil
}

// argumentTypes are the types of arguments, with how many types they are made of: list[str], dict[str, int].
var argumentTypes = map[string]int{
	"str": 0, "string": 0, "bool": 0, "int": 0, "integer": 0, "float": 0, "any": 0, "list": 1, "dict": 2, "optional": 1, "relation": 0, "column": 0,
}

func isMacroType(text string) bool {
	rest, ok := cutMacroType(strings.NewReplacer(" ", "", "\t", "").Replace(text))
	return ok && rest == ""
}

// cutMacroType takes a type off the front.
func cutMacroType(text string) (rest string, ok bool) {
	end := strings.IndexFunc(text, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		end = len(text)
	}
	parts, ok := argumentTypes[text[:end]]
	rest = text[end:]
	if !ok || parts == 0 {
		return rest, ok
	}
	for i := range parts {
		open := ","
		if i == 0 {
			open = "["
		}
		if rest, ok = strings.CutPrefix(rest, open); !ok {
			return rest, false
		}
		if rest, ok = cutMacroType(rest); !ok {
			return rest, false
		}
	}
	return strings.CutPrefix(rest, "]")
}
