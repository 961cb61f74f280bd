package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// timingsFile keeps in the target folder what nodes and runs took, for the live view: run_results.json knows the last
// command only.
const timingsFile = "gdbt_timings.json"

type timings struct {
	// Nodes are seconds by unique id, Runs those of a command on a number of nodes: "build 20".
	Nodes map[string]float64 `json:"nodes"`
	Runs  map[string]float64 `json:"runs"`
}

// readTimings reads the file, else the results of the last run. What can't be read is not known: nothing depends on it.
func readTimings(target string) *timings {
	t := &timings{}
	if text, err := os.ReadFile(filepath.Join(target, timingsFile)); err == nil && json.Unmarshal(text, t) != nil {
		*t = timings{}
	}
	if t.Nodes == nil {
		t.Nodes = map[string]float64{}
		last, err := manifest.ReadRunResults(filepath.Join(target, "run_results.json"))
		if err == nil {
			switch which, _ := last.Args.Get("which"); which {
			case "build", "run", "test", "seed", "snapshot":
				for _, r := range last.Results {
					t.Nodes[r.UniqueID] = r.ExecutionTime
				}
			}
		}
	}
	if t.Runs == nil {
		t.Runs = map[string]float64{}
	}
	return t
}

func runKey(command string, nodes int) string { return fmt.Sprintf("%s %d", command, nodes) }

func (t *timings) expected(command string) event.Timings {
	return event.Timings{
		Node: func(id string) float64 { return t.Nodes[id] },
		Run:  func(nodes int) float64 { return t.Runs[runKey(command, nodes)] },
	}
}

// add notes what the nodes took that did their work.
func (t *timings) add(command string, results *engine.Results) {
	n := 0
	whole := !results.Interrupted
	for _, r := range results.Results {
		if r.Node != nil && r.Node.ResourceType == manifest.Operation {
			continue
		}
		n++
		switch r.Status {
		case "success", "pass", "warn", "fail":
			t.Nodes[r.UniqueID] = math.Round(r.Seconds*1000) / 1000
		case "no-op":
		default:
			whole = false
		}
	}
	if whole {
		t.Runs[runKey(command, n)] = math.Round(results.Elapsed.Seconds()*1000) / 1000
	}
}

// write keeps the timings; a target folder that can't be written has been complained about already.
func (t *timings) write(target string) {
	_ = manifest.WriteFile(filepath.Join(target, timingsFile), func(w io.Writer) error { return json.NewEncoder(w).Encode(t) })
}
