package event

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MainReportVersion opens the log of an invocation. Version is the dbt version that the binary takes the place of,
// written as dbt writes it: "=1.11.16".
type MainReportVersion struct {
	Version    string `log:"version"`
	LogVersion int    `log:"log_version"`
}

func (MainReportVersion) Kind() Kind             { return Kind{"MainReportVersion", "A001", Info} }
func (e MainReportVersion) Message(Style) string { return "Running with dbt" + e.Version }

// MainReportArgs lists the flags of the invocation.
type MainReportArgs struct {
	Args map[string]string `log:"args"`
}

func (MainReportArgs) Kind() Kind { return Kind{"MainReportArgs", "A002", Debug} }
func (e MainReportArgs) Message(Style) string {
	return "running dbt with arguments " + pyDict(e.Args)
}

// pyDict prints a map as Python prints a dict of strings, sorted by key.
func pyDict(m map[string]string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, k := range sortedKeys(m) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(pyString(k) + ": " + pyString(m[k]))
	}
	b.WriteByte('}')
	return b.String()
}

func pyString(s string) string {
	q := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = `"`
	}
	r := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, q, `\`+q)
	return q + r.Replace(s) + q
}

// MissingProfileTarget: a profile without `target` takes the one called default.
type MissingProfileTarget struct {
	ProfileName string `log:"profile_name"`
	TargetName  string `log:"target_name"`
}

func (MissingProfileTarget) Kind() Kind { return Kind{"MissingProfileTarget", "A005", Info} }
func (e MissingProfileTarget) Message(Style) string {
	return fmt.Sprintf("target not specified in profile '%s', using '%s'", e.ProfileName, e.TargetName)
}

// AdapterRegistered names the adapter of the target. AdapterVersion is written as dbt writes it: "=1.11.1".
type AdapterRegistered struct {
	AdapterName    string `log:"adapter_name"`
	AdapterVersion string `log:"adapter_version"`
}

func (AdapterRegistered) Kind() Kind { return Kind{"AdapterRegistered", "E034", Info} }
func (e AdapterRegistered) Message(Style) string {
	return "Registered adapter: " + e.AdapterName + e.AdapterVersion
}

// MainEncounteredError ends an invocation that failed before it had results. Exc holds the whole text, with dbt's
// heading: "Compilation Error\n  Model …".
type MainEncounteredError struct {
	Exc string `log:"exc"`
}

func (MainEncounteredError) Kind() Kind { return Kind{"MainEncounteredError", "Z002", Error} }
func (e MainEncounteredError) Message(Style) string {
	return "Encountered an error:\n" + e.Exc
}

// RunningOperationCaughtError is what a macro failed with that was run by itself.
type RunningOperationCaughtError struct {
	Exc string `log:"exc"`
}

func (RunningOperationCaughtError) Kind() Kind {
	return Kind{"RunningOperationCaughtError", "Q001", Error}
}
func (e RunningOperationCaughtError) Message(Style) string {
	return "Encountered an error while running operation: " + e.Exc
}

// MainKeyboardInterrupt: the user stopped the invocation.
type MainKeyboardInterrupt struct{}

func (MainKeyboardInterrupt) Kind() Kind           { return Kind{"MainKeyboardInterrupt", "Z001", Info} }
func (MainKeyboardInterrupt) Message(Style) string { return "ctrl-c" }

// CommandCompleted closes the log of an invocation.
type CommandCompleted struct {
	Command     string    `log:"command"`
	Success     bool      `log:"success"`
	CompletedAt time.Time `log:"completed_at"`
	Elapsed     float64   `log:"elapsed"`
}

func (CommandCompleted) Kind() Kind { return Kind{"CommandCompleted", "Q039", Debug} }
func (e CommandCompleted) Message(Style) string {
	status := "failed"
	if e.Success {
		status = "succeeded"
	}
	return fmt.Sprintf("Command `%s` %s at %s after %0.2f seconds", e.Command, status, e.CompletedAt.Local().Format("15:04:05.000000"), e.Elapsed)
}

// ResourceReport tells what an invocation cost, as dbt's --show-resource-report.
type ResourceReport struct {
	CommandName    string
	CommandSuccess bool
	WallClock      float64 // seconds
	UserTime       float64
	KernelTime     float64
	MaxRSS         int64 // kilobytes
	InBlocks       int64
	OutBlocks      int64
}

func (ResourceReport) Kind() Kind { return Kind{"ResourceReport", "Z051", Debug} }
func (e ResourceReport) Message(Style) string {
	return "Resource report: " + pyJSON(e.data())
}
func (e ResourceReport) data() map[string]any {
	// protobuf's JSON prints 64-bit integers as strings.
	return map[string]any{
		"command_name": e.CommandName, "command_success": e.CommandSuccess, "command_wall_clock_time": float32(e.WallClock),
		"process_user_time": float32(e.UserTime), "process_kernel_time": float32(e.KernelTime),
		"process_mem_max_rss": strconv.FormatInt(e.MaxRSS, 10), "process_in_blocks": strconv.FormatInt(e.InBlocks, 10),
		"process_out_blocks": strconv.FormatInt(e.OutBlocks, 10),
	}
}

// ArtifactWritten: a file was written into the target directory. ArtifactType is the name of dbt's class:
// WritableManifest, RunExecutionResult, …
type ArtifactWritten struct {
	ArtifactType string `log:"artifact_type"`
	ArtifactPath string `log:"artifact_path"`
}

func (ArtifactWritten) Kind() Kind { return Kind{"ArtifactWritten", "P001", Debug} }
func (e ArtifactWritten) Message(Style) string {
	return fmt.Sprintf("Wrote artifact %s to %s", e.ArtifactType, e.ArtifactPath)
}

// Formatting is an empty line or a separator.
type Formatting struct {
	Msg string `log:"msg"`
}

func (Formatting) Kind() Kind             { return Kind{"Formatting", "Z017", Info} }
func (e Formatting) Message(Style) string { return e.Msg }

// Blank is an empty line.
func Blank() Event { return Formatting{} }

// Note is a line that no other event describes.
type Note struct {
	Msg string `log:"msg"`
}

func (Note) Kind() Kind             { return Kind{"Note", "Z050", Info} }
func (e Note) Message(Style) string { return e.Msg }

// PrintEvent is output asked for by the user: a macro's print(), the lines of ls. It has no time in front and is written
// at every level but none.
type PrintEvent struct {
	Msg string `log:"msg"`
}

func (PrintEvent) Kind() Kind             { return Kind{"PrintEvent", "Z052", Info} }
func (e PrintEvent) Message(Style) string { return e.Msg }
