package manifest

import (
	"regexp"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// ConfigPlace finds where the node's own text sets a config: `key=` in a call of config(). ok is false where it sets none.
func (n *Node) ConfigPlace(key string) (line, column int, source string, ok bool) {
	if key == "" || n.IsGeneric || !strings.Contains(n.RawCode, "config") {
		return 0, 0, "", false
	}
	word := strings.NewReplacer("-", "[-_]", "_", "[-_]").Replace(regexp.QuoteMeta(key))
	re, err := regexp.Compile(`\b` + word + `\b["']?\s*[=:]`)
	if err != nil {
		return 0, 0, "", false
	}
	at := re.FindStringIndex(n.RawCode)
	if at == nil {
		return 0, 0, "", false
	}
	line, column = diag.Position([]byte(n.RawCode), at[0])
	return line + max(n.Line, 1) - 1, column, diag.Snippet([]byte(n.RawCode), line), true
}
