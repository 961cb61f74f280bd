package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/source"
)

// Annotations of a flag: the name of the option that an alias or a --no- twin belongs to, all names for error messages,
// and that it takes many words.
const (
	annotationMain  = "gdbt-main"
	annotationNames = "gdbt-names"
	annotationMulti = "gdbt-multi"
	// annotationWords is how many arguments a command takes.
	annotationWords = "gdbt-words"
)

// options are what the command line says.
type options struct {
	// given holds dbt's flags by dbt's name, with underscores, as config.ResolveFlags takes them. A flag that was not
	// given is not there: the environment or the project may set it.
	given map[string]any
	// typed is the command's name as typed.
	typed string

	macroArgs                string
	vars                     string
	selects, models, exclude []string
	selector                 string
	inline, inlineDirect     string
	noInject                 bool
	dir                      string
	force, skipProfile       bool
	limit                    int
	output                   string
	outputKeys               []string
	load, show, tree         bool
	// oldModels tells that --models, --model or -m was written for --select.
	oldModels                       bool
	connection, configDir           bool
	noCompile, emptyCatalog, static bool
	noSQL, noBrowser                bool
	serveHost                       string
	servePort                       int
	deps                            depsFlags
	lineage                         lineageFlags
	extract                         source.ExtractOptions
	login                           loginFlags
	skipImages                      bool
}

// flagSet declares options with dbt's names.
type flagSet struct {
	*pflag.FlagSet
	o *options
}

func (fs flagSet) add(v pflag.Value, name, short, help string) *pflag.Flag {
	return fs.VarPF(v, name, short, help)
}

// boolean declares the flag --name and its twin --no-name.
func (fs flagSet) boolean(name, short, help string) {
	fs.add(givenBool{fs.o, name, false}, name, short, help).NoOptDefVal = "true"
	twin := fs.add(givenBool{fs.o, name, true}, "no-"+name, "", "the opposite of --"+name)
	twin.NoOptDefVal = "true"
	twin.Hidden = true
	twin.Annotations = map[string][]string{annotationMain: {name}}
}

// flag declares the flag --name, which has no twin.
func (fs flagSet) flag(name, short, help string) {
	fs.add(givenBool{fs.o, name, false}, name, short, help).NoOptDefVal = "true"
}

// text declares a flag with a value.
func (fs flagSet) text(name, short, help string, choices ...string) {
	fs.add(givenText{fs.o, name, choices, "TEXT"}, name, short, help)
}

func (fs flagSet) path(name, help string) {
	fs.add(givenPath{fs.o, name, ""}, name, "", help)
}

func (fs flagSet) integer(name, help string) {
	fs.add(givenInt{fs.o, name}, name, "", help)
}

// option declares a value that is no flag of dbt's: neither environment nor project can set it.
func (fs flagSet) option(p *string, name, help string, choices ...string) {
	fs.add(textValue{p, choices}, name, "", help)
}

// switchOn declares a switch that is no flag of dbt's.
func (fs flagSet) switchOn(p *bool, name, help string) {
	fs.add(boolValue{p}, name, "", help).NoOptDefVal = "true"
}

// toggle declares the switches --on and --off of a field; the last one given counts.
func (fs flagSet) toggle(p *bool, on, off, help string) {
	fs.add(switchValue{p, true}, on, "", help).NoOptDefVal = "true"
	twin := fs.add(switchValue{p, false}, off, "", "the opposite of --"+on)
	twin.NoOptDefVal = "true"
	twin.Hidden = true
}

// multi declares an option of many words. The first name is the main one, the others are aliases; each has its short
// name, or "".
func (fs flagSet) multi(v pflag.Value, names, shorts []string, help string) {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = "--" + n
	}
	for i, n := range names {
		f := fs.add(v, n, shorts[i], help)
		f.Annotations = map[string][]string{annotationMulti: {"true"}}
		if len(names) > 1 {
			f.Annotations[annotationNames] = shown
		}
		if i > 0 {
			f.Hidden = true
			f.Annotations[annotationMain] = []string{names[0]}
		}
	}
}

// hide declares an option that the help leaves out.
func (fs flagSet) hide(v pflag.Value, name, help string) { fs.add(v, name, "", help).Hidden = true }

func isSwitch(f *pflag.Flag) bool { return f.NoOptDefVal != "" }

func isMulti(f *pflag.Flag) bool { return f.Annotations[annotationMulti] != nil }

var logFormats = []string{"text", "debug", "json", "default"}
var logLevels = []string{"debug", "info", "warn", "error", "none"}

// globalOptions may stand before or after the command.
func globalOptions(root *cobra.Command, o *options) {
	fs := flagSet{root.PersistentFlags(), o}
	fs.boolean("cache-selected-only", "", "read the catalog of the schemas of selected nodes only")
	fs.boolean("debug", "d", "show debug lines")
	fs.boolean("defer", "", "take relations that are not there from the manifest of --defer-state or --state")
	fs.path("defer-state", "folder with the manifest to defer to, where that of --state is another")
	fs.boolean("fail-fast", "x", "stop at the first failure")
	fs.boolean("favor-state", "", "with --defer, take unselected relations from the manifest always")
	fs.text("indirect-selection", "", "which tests come with selected nodes", "eager", "cautious", "buildable", "empty")
	fs.boolean("live", "", "show what runs at the moment (default: in a terminal)")
	fs.boolean("log-cache-events", "", "with --debug, show what happens to the relation cache")
	fs.integer("log-file-max-bytes", "size at which dbt.log is put aside; 0 for never")
	fs.text("log-format", "", "format of the console and of the log file", logFormats...)
	fs.text("log-format-file", "", "format of the log file", logFormats...)
	fs.text("log-level", "", "least level that is shown and written to the log file", logLevels...)
	fs.text("log-level-file", "", "least level that is written to the log file", logLevels...)
	fs.path("log-path", "folder of dbt.log")
	fs.boolean("macro-debugging", "", "accepted; macros always have positions in errors")
	fs.boolean("partial-parse", "", "accepted and ignored: each command reads the project anew")
	fs.add(givenPath{o, "partial-parse-file-path", "File"}, "partial-parse-file-path", "", "accepted and ignored")
	fs.boolean("partial-parse-file-diff", "", "accepted and ignored")
	fs.boolean("populate-cache", "", "read the relations of the schemas before the run")
	fs.boolean("print", "", "show what print() in macros says")
	fs.integer("printer-width", "column up to which lines are filled with dots")
	fs.text("profile", "", "profile to use instead of the project's")
	fs.boolean("quiet", "q", "show errors and print() only")
	fs.add(textValue{new(string), nil}, "record-timing-info", "r", "accepted and ignored: it is a profile of Python code")
	fs.boolean("send-anonymous-usage-stats", "", "accepted and ignored: gdbt sends nothing")
	fs.boolean("single-threaded", "", "run one node at a time")
	fs.boolean("show-all-deprecations", "", "show each deprecation, not the first of its kind only")
	fs.boolean("show-resource-report", "", "show what the command cost: time, memory, blocks read and written")
	fs.path("state", "folder with the artifacts of an earlier run, for state:, result:, --defer and clone")
	fs.boolean("static-parser", "", "accepted; gdbt has one parser")
	fs.text("target", "t", "target of the profile to use")
	fs.boolean("use-colors", "", "colours on the console (default: in a terminal)")
	fs.boolean("use-colors-file", "", "colours in the log file")
	fs.boolean("use-experimental-parser", "", "accepted; gdbt has one parser")
	fs.boolean("use-fast-test-edges", "", "accepted")
	fs.boolean("version-check", "", "heed require-dbt-version")
	fs.boolean("warn-error", "", "make each warning an error")
	fs.add(givenMap{o, "warn-error-options"}, "warn-error-options", "", `which warnings are errors: '{error: all, warn: [Name], silence: [Name]}'`)
	fs.boolean("write-json", "", "write manifest.json and run_results.json")
	fs.boolean("upload-to-artifacts-ingest-api", "", "accepted and ignored: gdbt sends nothing")

	// dbt takes these after the command only; before it they do no harm.
	fs.path("profiles-dir", "folder of profiles.yml")
	fs.path("project-dir", "folder of dbt_project.yml")
	fs.path("target-path", "folder that is written to")
	fs.add(varsValue{&o.vars}, "vars", "", `variables of the project: '{name: value}'`)

	oldNames(fs)
	for _, hidden := range []string{
		"log-file-max-bytes", "macro-debugging", "partial-parse-file-path", "partial-parse-file-diff", "record-timing-info",
		"single-threaded", "show-resource-report", "static-parser", "use-experimental-parser", "use-fast-test-edges",
		"upload-to-artifacts-ingest-api", "send-anonymous-usage-stats",
	} {
		root.PersistentFlags().Lookup(hidden).Hidden = true
	}
}

// oldNames are options that dbt made of old environment variables. As options they are refused, like dbt's.
func oldNames(fs flagSet) {
	for _, name := range []string{"defer", "favor-state", "print", "no-print", "state"} {
		f := fs.add(refusedValue("Deprecated parameters can only be set via environment variables"), "deprecated-"+name, "", "")
		f.Hidden = true
		f.NoOptDefVal = "true"
	}
}

func newOptions() *options {
	return &options{given: map[string]any{}, limit: 5, serveHost: "127.0.0.1", servePort: 8080, extract: source.DefaultExtractOptions()}
}

func selectOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.multi(wordsValue{&o.selects}, []string{"select", "models", "model"}, []string{"s", "m", ""}, "nodes to take")
	excludeOptions(fs)
}

func excludeOptions(fs flagSet) {
	fs.multi(wordsValue{&fs.o.exclude}, []string{"exclude"}, []string{""}, "nodes to leave out")
	fs.option(&fs.o.selector, "selector", "selector of selectors.yml to use")
	fs.hide(sqlparseValue{}, "sqlparse", "accepted: limits of a SQL parser that gdbt does not need")
}

func threadsOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.integer("threads", "number of nodes that run at the same time")
}

func fullRefreshOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.flag("full-refresh", "f", "build incremental models and seeds from scratch")
}

func emptyOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.boolean("empty", "", "take no rows from refs and sources")
}

func storeFailuresOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.flag("store-failures", "", "keep the rows of failed tests in the warehouse")
}

func introspectOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.boolean("introspect", "", "let templates query the warehouse")
}

func loadOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.switchOn(&o.load, "load", "load the selected nodes' sources first (gdbt's own)")
}

// savedQueryOptions are about the exports of saved queries, which only a semantic layer has.
func savedQueryOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.boolean("export-saved-queries", "", "accepted: gdbt has no saved queries to export")
	fs.boolean("include-saved-query", "", "accepted: gdbt has no saved queries")
	fs.Lookup("export-saved-queries").Hidden = true
	fs.Lookup("include-saved-query").Hidden = true
}

// windowOptions are about windows of time.
func windowOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.text("sample", "", "take a window of time from what has an event_time: '3 days', '{start: …, end: …}'")
	fs.text("event-time-start", "", "build the batches of microbatch models from this time on, in UTC: '2024-09-01', '2024-09-01 12:00:00'")
	fs.text("event-time-end", "", "build the batches of microbatch models up to this time")
}

// showRows is how many rows --show shows, as dbt's seed --show.
func (o *options) showRows() int {
	if o.show {
		return 10
	}
	return 0
}

func showOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.switchOn(&o.show, "show", "show some rows of loaded seeds and of what failing tests found")
}

func resourceTypeOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	types := config.ResourceTypes()
	fs.multi(givenWords{o, "resource-types", append(types, "all")}, []string{"resource-types", "resource-type"}, []string{"", ""}, "types of resources to take")
	fs.multi(givenWords{o, "exclude-resource-types", types}, []string{"exclude-resource-types", "exclude-resource-type"}, []string{"", ""}, "types of resources to leave out")
}
