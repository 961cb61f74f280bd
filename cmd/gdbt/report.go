package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/event"
)

// reportedArgs is what the log tells of the flags: dbt's names, with values as Python prints them (dbt/flags.py,
// get_flag_dict).
func (s *session) reportedArgs() map[string]string {
	f := s.flags
	truth := func(b bool) string {
		if b {
			return "True"
		}
		return "False"
	}
	text := func(v string) string {
		if v == "" {
			return "None"
		}
		return v
	}
	// What is off by default is None to dbt until somebody says so.
	said := func(name string, b bool) string {
		if b || f.IsSet(name) {
			return truth(b)
		}
		return "None"
	}
	list := func(l []string) string {
		quoted := make([]string, len(l))
		for i, v := range l {
			quoted[i] = "'" + v + "'"
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	w := f.WarnErrorOptions
	return map[string]string{
		"cache_selected_only": truth(f.CacheSelectedOnly), "debug": truth(f.Debug), "empty": s.emptyArg(), "fail_fast": truth(f.FailFast),
		"indirect_selection": f.IndirectSelection, "introspect": truth(f.Introspect), "invocation_command": s.commandLine(),
		"log_cache_events": truth(f.LogCacheEvents), "log_format": f.LogFormat, "log_path": f.LogPath, "no_print": said("print", !f.Print),
		"partial_parse": truth(f.PartialParse), "printer_width": strconv.Itoa(f.PrinterWidth), "profiles_dir": s.profilesDir(),
		"quiet": truth(f.Quiet), "send_anonymous_usage_stats": "False", "static_parser": truth(f.StaticParser), "target_path": text(f.TargetPath),
		"use_colors": truth(f.UseColors), "use_experimental_parser": truth(f.UseExperimentalParse), "version_check": truth(f.VersionCheck),
		"warn_error": said("warn_error", f.WarnError), "write_json": truth(f.WriteJSON),
		"warn_error_options": fmt.Sprintf("WarnErrorOptionsV2(error=%s, warn=%s, silence=%s)", list(w.Error), list(w.Warn), list(w.Silence)),
	}
}

// emptyArg is dbt's value of --empty: None for commands that don't have it.
func (s *session) emptyArg() string {
	switch {
	case s.flags.Empty:
		return "True"
	case s.cmd.Flags().Lookup("empty") == nil:
		return "None"
	}
	return "False"
}

// commandLine is the command line as typed.
func (s *session) commandLine() string { return s.program() + " " + strings.Join(os.Args[1:], " ") }

// reportResources tells what the command cost, where the system counts it.
func (s *session) reportResources(success bool, took time.Duration) {
	e, ok := resources()
	if !ok {
		return
	}
	e.CommandName, e.CommandSuccess, e.WallClock = s.cmd.Name(), success, took.Seconds()
	level := event.Debug
	if s.flags.ShowResourceReport {
		level = event.Info
	}
	s.bus.EmitAt(level, e)
}
