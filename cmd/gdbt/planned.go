package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const (
	groupNow     = "now"
	groupPlanned = "planned"
)

// planned are the commands of dbt, and ours to come, that this version doesn't have yet. They are listed in the help and
// end with an error that says so.
var planned = [...]struct{ path, short string }{
	{"serve", "Serve the project's endpoints (gdbt's own)"},
	{"pipeline", "Run the project's pipeline (gdbt's own)"},
}

const annotationPlanned = "gdbt-planned"

func isPlanned(cmd *cobra.Command) bool { return cmd.Annotations[annotationPlanned] != "" }

// addPlanned adds the commands that are not there yet beside those that are.
func addPlanned(root *cobra.Command) {
	for _, p := range planned {
		parent := root
		words := strings.Fields(p.path)
		for _, word := range words[:len(words)-1] {
			next := findCommand(parent, word)
			if next == nil {
				next = &cobra.Command{Use: word, Short: "Generate or serve the documentation (planned)", GroupID: groupPlanned}
				parent.AddCommand(next)
			}
			parent = next
		}
		c := &cobra.Command{
			Use: words[len(words)-1], Short: p.short, Annotations: map[string]string{annotationPlanned: p.path},
			RunE: func(*cobra.Command, []string) error {
				return &notThereYet{fmt.Sprintf("`%s`", p.path)}
			},
		}
		if parent == root {
			c.GroupID = groupPlanned
		} else {
			c.Short += " (planned)"
		}
		parent.AddCommand(c)
	}
}

// notThereYet is a command or an option of dbt that this version doesn't have.
type notThereYet struct{ what string }

func (e *notThereYet) Error() string {
	return fmt.Sprintf("gdbt: %s is not there yet in this version", e.what)
}
