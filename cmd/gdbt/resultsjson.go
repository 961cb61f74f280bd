package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// The commands that run nodes print their results as one JSON document when --output json asks for it, as the last thing
// they print; dbt has them in run_results.json only.

type resultsDocument struct {
	Command     string           `json:"command"`
	Success     bool             `json:"success"`
	ElapsedTime float64          `json:"elapsed_time"`
	Results     []resultDocument `json:"results"`
}

type resultDocument struct {
	UniqueID      string  `json:"unique_id"`
	Status        string  `json:"status"`
	Message       *string `json:"message"`
	Failures      *int    `json:"failures"`
	ExecutionTime float64 `json:"execution_time"`
	RelationName  *string `json:"relation_name"`
	CompiledPath  *string `json:"compiled_path"`
	// Rows are those that --show asked for.
	Rows json.RawMessage `json:"rows,omitempty"`
}

// printResults prints the document.
func (s *session) printResults(results *engine.Results) error {
	doc := resultsDocument{Command: s.cmd.Name(), Success: results.Success(), ElapsedTime: results.Elapsed.Seconds(), Results: []resultDocument{}}
	for _, r := range results.Results {
		d := resultDocument{UniqueID: r.UniqueID, Status: string(r.Status), Message: r.Message, Failures: r.Failures, ExecutionTime: r.Seconds}
		if n := r.Node; n != nil {
			d.RelationName, d.CompiledPath = n.RelationName, n.CompiledPath
		}
		if r.Table != nil && s.show {
			d.Rows = json.RawMessage(r.Preview("json"))
		}
		doc.Results = append(doc.Results, d)
	}
	return s.printDocument(doc)
}

// printDocument prints a value as JSON.
func (s *session) printDocument(doc any) error {
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	s.bus.Emit(event.PrintEvent{Msg: string(text)})
	return nil
}

func resultsOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.option(&o.output, "output", "json prints the results as a document at the end", "json", "text")
}
