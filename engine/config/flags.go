package config

// Flags are the global flags with their values after precedence: command line,
// then DBT_ENGINE_X, then DBT_X, then the flags: block, then the default.
type Flags struct {
	CacheSelectedOnly bool
	Debug             bool
	Defer             bool
	DeferState        string
	Empty             bool
	FailFast          bool
	FavorState        bool
	FullRefresh       bool
	IndirectSelection string // eager, cautious, buildable, empty
	Introspect        bool
	// Live is gdbt's own: a live view where the output is a terminal.
	Live                 bool
	LogCacheEvents       bool
	LogFormat            string // default, text, debug, json
	LogFormatFile        string
	LogLevel             string // debug, info, warn, error, none
	LogLevelFile         string
	LogFileMaxBytes      int
	LogPath              string
	MacroDebugging       bool
	PartialParse         bool
	PopulateCache        bool
	Print                bool
	PrinterWidth         int
	Profile              string
	ProfilesDir          string
	ProjectDir           string
	Quiet                bool
	SendAnonymousUsage   bool
	ShowResourceReport   bool
	SingleThreaded       bool
	State                string
	StaticParser         bool
	StoreFailures        bool
	Target               string
	TargetPath           string
	Threads              int // 0: the profile's
	UseColors            bool
	UseColorsFile        bool
	UseExperimentalParse bool
	UseFastTestEdges     bool
	VersionCheck         bool
	WarnError            bool
	WarnErrorOptions     WarnErrorOptions
	WriteJSON            bool
	// Which is the command, for example "run".
	Which string

	CleanProjectFilesOnly                bool
	EventTimeStart, EventTimeEnd, Sample string
	ResourceTypes, ExcludeResourceTypes  []string
	ExportSavedQueries                   bool
	IncludeSavedQuery                    bool
	Host                                 string
	PartialParseFilePath                 string
	PartialParseFileDiff                 bool
	UploadToArtifactsIngestAPI           bool
	ShowAllDeprecations                  bool

	set map[string]bool

	Behavior Behavior
}

// IsSet tells whether a flag, by dbt's name ("fail_fast"), was given on the command
// line, in the environment or in the flags: block.
func (f *Flags) IsSet(name string) bool { return f.set[name] }

// Behavior holds dbt's behaviour-change flags; they come from flags: only.
type Behavior struct {
	RequireBatchedExecutionForCustomMicrobatchStrategy        bool
	RequireEventNamesInDeprecations                           bool
	RequireExplicitPackageOverridesForBuiltinMaterializations bool
	RequireResourceNamesWithoutSpaces                         bool
	SourceFreshnessRunProjectHooks                            bool
	SkipNodesIfOnRunStartFails                                bool
	StateModifiedCompareMoreUnrenderedValues                  bool
	StateModifiedCompareVars                                  bool
	RequireYAMLConfigurationForMFTimeSpines                   bool
	RequireNestedCumulativeTypeParams                         bool
	ValidateMacroArgs                                         bool
	RequireAllWarningsHandledByWarnError                      bool
	RequireGenericTestArgumentsProperty                       bool
	RequireUniqueProjectResourceNames                         bool
	LatestVersionPointerEnabledByDefault                      bool // of dbt 1.12
	RequireRefSearchesNodePackageBeforeRoot                   bool
}
