package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// session is one command at work.
type session struct {
	*process
	*options
	cmd *cobra.Command
	// words are the arguments that belong to no option.
	words []string

	flags *config.Flags
	dbt   emulated
	// projectDir is the folder of dbt_project.yml; it may hold none.
	projectDir   string
	env          *config.Environ
	invocationID string
	now          func() time.Time
	sink         event.Sink
	// live is the view of the running nodes, nil when there is none.
	live    *event.Live
	bus     *event.Bus
	closers []func() error
	// block is the project's flags: block.
	block *yamldoc.Map
	// formerArgs are the options of the command that retry takes up; nil in other commands.
	formerArgs *yamldoc.Map
	// warnings of the set-up, for when the log is open.
	warnings []*diag.Diagnostic
}

// run sets the session up, does the work, and turns what came of it into events and an exit code. The error is one of
// usage, for stderr.
func (s *session) run(ctx context.Context, work func(context.Context, *session) (int, error)) (code int, err error) {
	started := time.Now()
	if err := s.setUp(); err != nil {
		return exitUsage, asUsage(s.cmd, err)
	}
	if work == nil {
		return exitUsage, &notThereYet{"`" + s.cmd.Name() + "`"}
	}
	defer func() {
		for _, c := range s.closers {
			if e := c(); e != nil && err == nil {
				err = e
			}
		}
	}()
	s.bus.Emit(event.MainReportVersion{Version: "=" + s.dbt.version, LogVersion: 3})
	s.bus.Emit(event.MainReportArgs{Args: s.reportedArgs()})
	if err = s.warnOfFlags(); err == nil {
		code, err = work(ctx, s)
	}
	if warned := s.bus.Escalated(); err == nil {
		err = warned
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage, err
	}
	if err != nil {
		code = s.report(ctx, err)
	}
	s.bus.SummarizeDeprecations()
	s.reportResources(code == exitOK, time.Since(started))
	s.bus.Emit(event.CommandCompleted{
		Command: s.cmd.CommandPath(), Success: code == exitOK, CompletedAt: s.now(), Elapsed: time.Since(started).Seconds(),
	})
	return code, nil
}

// report says what ended the command.
func (s *session) report(ctx context.Context, err error) int {
	var warn *event.WarnError
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		s.bus.Emit(event.MainKeyboardInterrupt{})
	case errors.As(err, &warn):
		s.bus.Emit(event.MainEncounteredError{Exc: diag.CompilationError + "\n  " + indent(warn.Error())})
	default:
		s.bus.Emit(event.MainEncounteredError{Exc: s.errorText(err)})
		return engine.ExitOf(nil, err).Code()
	}
	return exitUsage
}

// errorText prints diagnostics with their places, lines and hints, other errors as they are.
func (s *session) errorText(err error) string {
	var texts []string
	for _, d := range diag.Flatten(diag.RuntimeError, err) {
		d.FillSource(s.readFile)
		texts = append(texts, d.String())
	}
	if len(texts) == 0 {
		return err.Error()
	}
	return strings.Join(texts, "\n\n")
}

// readFile reads a file that an error names: from the project's folder on, or absolute.
func (s *session) readFile(file string) ([]byte, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.projectDir, file)
	}
	return os.ReadFile(file)
}

func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n  ") }

// asUsage turns a diagnostic about a flag into an error of usage.
func asUsage(cmd *cobra.Command, err error) error {
	if d, ok := diag.As(err); ok && d.Category == diag.UsageError {
		return usagef(cmd, "%s", d.Message)
	}
	return err
}

// setUp settles the flags and opens the log.
func (s *session) setUp() error {
	s.env = s.environment()
	s.now = clock(s.lookupEnv)
	if s.now == nil {
		v, _ := s.lookupEnv("GDBT_NOW")
		return usagef(nil, "GDBT_NOW is '%s', which is not a time like 2026-01-31T12:00:00Z", v)
	}
	var err error
	if s.dbt, err = s.emulation(); err != nil {
		return err
	}
	flags, _, err := config.ResolveFlags(s.given, s.env, nil)
	if err != nil {
		return err
	}
	if err := s.checkDirs(flags); err != nil {
		return err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	s.projectDir = flags.ProjectDir
	if s.projectDir == "" {
		s.projectDir = config.FindProjectDir(cwd)
	} else if s.projectDir, err = filepath.Abs(s.projectDir); err != nil {
		return err
	}
	// A project that can't be read is an error of the command's work; the flags can do without it.
	logPath := ""
	raw, rawErr := config.ReadProject(s.projectDir)
	var block *yamldoc.Map
	if rawErr == nil {
		block = raw.Flags()
		logPath = raw.Data.Str("log-path")
	}
	moved := config.ProfileFlags(filepath.Join(s.profilesDirOf(flags), config.ProfilesFile))
	if moved.Len() > 0 {
		if block.Len() > 0 {
			return diag.New(diag.RuntimeError, "Do not specify both 'config' in profiles.yml and 'flags' in %s. Using 'config' in profiles.yml is deprecated.", config.ProjectFile)
		}
		block = moved
	}
	s.block = block
	if flags, s.warnings, err = config.ResolveFlags(s.given, s.env, block); err != nil {
		return err
	}
	if moved.Len() > 0 {
		s.warnings = append(s.warnings, diag.Warn("ProjectFlagsMovedDeprecation", "User config should be moved from the 'config' key in profiles.yml to the 'flags' key in dbt_project.yml."))
	}
	flags.Which = s.typed
	flags.ProjectDir = s.projectDir
	s.flags = flags
	if err := s.checkFlags(); err != nil {
		return err
	}
	if s.flags.LogPath == "" {
		if logPath == "" || filepath.IsAbs(logPath) {
			logPath = "logs"
		}
		s.flags.LogPath = filepath.Join(s.projectDir, logPath)
	}
	if s.cmd.Name() == "lineage" && s.output != "" && s.output != "text" {
		s.flags.Quiet = true // what is printed is for another program
	}
	s.openLog(rawErr == nil)
	if vars, err := config.ParseVars(s.vars); err == nil { // an error of the variables is told when they are needed
		s.bus.AddSecrets(config.SecretVars(vars)...)
	}
	return nil
}

// warnOfFlags tells what setUp found.
func (s *session) warnOfFlags() error {
	if s.oldModels {
		s.warnings = append(s.warnings, diag.Warn("ModelParamUsageDeprecation", "Usage of `--models`, `--model`, and `-m` is deprecated in favor of `--select` or `-s`."))
	}
	for _, w := range s.warnings {
		if err := s.bus.Warn(engine.Warning(w)); err != nil {
			return err
		}
	}
	return nil
}

// checkDirs sees to it that the folders of the flags are there, however they were named. debug, deps and init do without
// profiles.yml.
func (s *session) checkDirs(f *config.Flags) error {
	dirs := []struct{ option, path string }{{"project-dir", f.ProjectDir}}
	if !slices.Contains([]string{"debug", "deps", "init"}, s.cmd.Name()) {
		dirs = append(dirs, struct{ option, path string }{"profiles-dir", f.ProfilesDir})
	}
	for _, d := range dirs {
		if d.path == "" {
			continue
		}
		if _, err := os.Stat(d.path); err != nil {
			return usagef(s.cmd, "Invalid value for '--%s': Path '%s' does not exist.", d.option, d.path)
		}
	}
	for _, d := range []struct{ option, path string }{{"state", f.State}, {"defer-state", f.DeferState}} {
		if info, err := os.Stat(d.path); err == nil && !info.IsDir() {
			return usagef(s.cmd, "Invalid value for '--%s': Directory '%s' is a file.", d.option, d.path)
		}
	}
	return nil
}

// checkFlags refuses what this version doesn't do, and what contradicts itself.
func (s *session) checkFlags() error {
	if option, problem := config.CheckEventTimes(s.flags.EventTimeStart, s.flags.EventTimeEnd); option != "" {
		return usagef(s.cmd, "Invalid value for '--%s': %s", option, problem)
	} else if problem != "" {
		return usagef(s.cmd, "%s", problem)
	}
	if s.flags.Sample != "" {
		if _, err := config.ParseSample(s.flags.Sample, s.now()); err != nil {
			return usagef(s.cmd, "Invalid value for '--sample': %s", err)
		}
	}
	switch {
	case s.inline != "" && len(s.selects) > 0:
		return usagef(s.cmd, "inline: not allowed with argument select")
	case s.inline != "" && s.selector != "":
		return usagef(s.cmd, "inline: not allowed with argument selector")
	}
	return nil
}

// openLog makes the sinks: the console, and the log file when there is a project to keep it in.
func (s *session) openLog(file bool) {
	f := s.flags
	var sinks []event.Sink
	level := eventLevel(f.LogLevel)
	switch {
	case level == event.None:
	case f.Quiet:
		level = event.Error
	case f.Debug:
		level = event.Debug
	}
	style := s.style()
	switch {
	case f.LogFormat == "json":
		style.Columns = 0
		sinks = append(sinks, &event.JSON{W: s.stdout, Level: level, Style: style, NodeFinished: s.dbt.nodeFinished})
	case s.terminal != nil && f.Live && f.LogFormat != "debug" && level != event.None:
		s.live = event.NewLive(s.stdout, level, style, s.terminal, 100*time.Millisecond)
		s.closers = append(s.closers, s.live.Close)
		sinks = append(sinks, s.live)
	default:
		sinks = append(sinks, &event.Text{W: s.stdout, Level: level, Style: style, DebugFormat: f.LogFormat == "debug"})
	}
	fileLevel := eventLevel(f.LogLevelFile)
	if f.Debug && fileLevel != event.None {
		fileLevel = event.Debug
	}
	if file && fileLevel != event.None {
		w := &event.LogFile{Path: filepath.Join(f.LogPath, "dbt.log"), MaxBytes: int64(f.LogFileMaxBytes), Backups: 5}
		s.closers = append(s.closers, func() error {
			// What the command did stands, log or not.
			if err := w.Close(); err != nil {
				_, _ = fmt.Fprintf(s.stderr, "The log file is not complete: %s\n", err)
			}
			return nil
		})
		fileStyle := event.Style{Width: f.PrinterWidth, Color: f.UseColorsFile && (f.IsSet("use_colors_file") || f.IsSet("use_colors"))}
		if f.LogFormatFile == "json" {
			sinks = append(sinks, event.ForFile(&event.JSON{W: w, Level: fileLevel, Style: fileStyle}))
		} else {
			sinks = append(sinks, event.ForFile(&event.Text{W: w, Level: fileLevel, Style: fileStyle, DebugFormat: f.LogFormatFile != "text"}))
		}
	}
	s.sink = event.Fan(sinks...)
	s.invocationID = newInvocationID()
	s.bus = event.NewBus(event.Options{
		Sink: s.sink, InvocationID: s.invocationID, PID: os.Getpid(), Extra: customEnv(s.environ()), Secrets: s.env.Secrets(),
		AllWarnings:     f.Behavior.RequireAllWarningsHandledByWarnError,
		AllDeprecations: f.ShowAllDeprecations, NameDeprecations: f.Behavior.RequireEventNamesInDeprecations,
		Warn: event.WarnPolicy{All: f.WarnError, Error: f.WarnErrorOptions.Error, Warn: f.WarnErrorOptions.Warn, Silence: f.WarnErrorOptions.Silence},
	})
}

func eventLevel(name string) event.Level {
	l, ok := event.ParseLevel(name)
	if !ok {
		return event.Info
	}
	return l
}
