package engine

import (
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// flagMap is Jinja's `flags`: dbt's names in upper case.
func (p *Project) flagMap() *yamldoc.Map {
	f, profiles := p.flags, p.flags.ProfilesDir
	if p.profile != nil {
		profiles = p.profilesDir()
	}
	opt := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return yamldoc.NewMap(
		"WHICH", f.Which, "INVOCATION_COMMAND", p.bus.Scrub(p.opts.Command), "FULL_REFRESH", f.FullRefresh, "STORE_FAILURES", f.StoreFailures, "EMPTY", f.Empty,
		"CACHE_SELECTED_ONLY", f.CacheSelectedOnly, "DEBUG", f.Debug, "DEFER", f.Defer, "FAIL_FAST", f.FailFast,
		"FAVOR_STATE", f.FavorState, "INDIRECT_SELECTION", f.IndirectSelection, "INTROSPECT", f.Introspect,
		"LOG_CACHE_EVENTS", f.LogCacheEvents, "LOG_FORMAT", f.LogFormat, "LOG_LEVEL", f.LogLevel, "LOG_PATH", f.LogPath,
		"PARTIAL_PARSE", f.PartialParse, "POPULATE_CACHE", f.PopulateCache, "PRINT", f.Print, "PRINTER_WIDTH", f.PrinterWidth,
		"PROFILE", opt(f.Profile), "PROFILES_DIR", profiles, "PROJECT_DIR", f.ProjectDir, "QUIET", f.Quiet,
		"SEND_ANONYMOUS_USAGE_STATS", false, "SINGLE_THREADED", f.SingleThreaded, "STATE", opt(f.State), "STATIC_PARSER", f.StaticParser,
		"TARGET", opt(f.Target), "TARGET_PATH", opt(f.TargetPath), "USE_COLORS", f.UseColors, "USE_EXPERIMENTAL_PARSER", f.UseExperimentalParse,
		"VERSION_CHECK", f.VersionCheck, "WARN_ERROR", f.WarnError, "WARN_ERROR_OPTIONS", warnErrorOptions(f), "WRITE_JSON", f.WriteJSON,
		"EVENT_TIME_START", opt(f.EventTimeStart), "EVENT_TIME_END", opt(f.EventTimeEnd), "MACRO_DEBUGGING", f.MacroDebugging,
	)
}

func warnErrorOptions(f *config.Flags) *yamldoc.Map {
	var errs any = anyList(f.WarnErrorOptions.Error)
	if f.WarnErrorOptions.All() {
		errs = f.WarnErrorOptions.Error[0]
	}
	return yamldoc.NewMap("error", errs, "warn", anyList(f.WarnErrorOptions.Warn), "silence", anyList(f.WarnErrorOptions.Silence))
}

func anyList(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}
