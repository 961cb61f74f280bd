package event

import (
	"slices"
	"strings"
)

// Deprecations is the name that stands for all deprecations in --warn-error-options.
const Deprecations = "Deprecations"

// IsName tells whether dbt or gdbt has an event of this name: what --warn-error-options may name.
func IsName(name string) bool {
	return name == Deprecations || DeprecationCode(name) != "" || slices.Contains(strings.Fields(names), name)
}

// Names lists what IsName knows.
func Names() []string {
	out := append(strings.Fields(names), Deprecations)
	for _, d := range deprecations {
		out = append(out, d.name)
	}
	slices.Sort(out)
	return out
}

// DeprecationCode is the code of a deprecation, for example D036; "" when the event is none.
func DeprecationCode(name string) string {
	for _, d := range deprecations {
		if d.name == name {
			return d.code
		}
	}
	return ""
}

// NewDeprecation makes dbt's deprecation of this name with its text.
func NewDeprecation(name, msg string, fields map[string]any) Deprecation {
	d := Deprecation{Event: name, ID: DeprecationCode(name), Msg: msg, Fields: fields}
	for _, known := range deprecations {
		if known.name == name {
			d.Tagged = known.tagged
		}
	}
	return d
}

// headless are the deprecations that dbt prints without the words "Deprecated functionality", unless it tags them.
var headless = []string{"ResourceNamesWithSpacesDeprecation", "PackageMaterializationOverrideDeprecation", "SourceFreshnessProjectHooksNotRun",
	"MFTimespineWithoutYamlConfigurationDeprecation", "MFCumulativeTypeParamsDeprecation", "MicrobatchMacroOutsideOfBatchesDeprecation"}

// names are dbt's events beside the deprecations, and gdbt's own.
const names = `AdapterEventDebug AdapterEventError AdapterEventInfo AdapterEventWarning AdapterImportError AdapterRegistered
ArtifactUploadError ArtifactUploadSkipped ArtifactUploadSuccess ArtifactWritten BuildingCatalog CacheAction
CacheDumpGraph CacheMiss CannotGenerateDocs CatalogGenerationError CatalogWritten CatchableExceptionOnRun
CheckCleanPath CheckNodeTestFailure CodeExecution CodeExecutionStatus ColTypeChange CommandCompleted CompileComplete
CompiledNode ConcurrencyLine ConfigFolderDirectory ConfirmCleanPath ConnectionClosed ConnectionClosedInCleanup
ConnectionLeftOpen ConnectionLeftOpenInCleanup ConnectionReused ConnectionUsed ConstraintNotEnforced
ConstraintNotSupported DatabaseErrorRunningHook DebugCmdOut DebugCmdResult DefaultSelector DeprecatedModel
DeprecatedReference DepsAddPackage DepsCreatingLocalSymlink DepsFoundDuplicatePackage DepsInstallInfo
DepsListSubdirectory DepsLockUpdating DepsNoPackagesFound DepsNotifyUpdatesAvailable DepsScrubbedPackageName
DepsSetDownloadDirectory DepsStartPackageInstall DepsSymlinkNotAvailable DepsUnpinned DepsUpToDate DepsUpdateAvailable
DisableTracking EndOfRunSummary EndRunResult EnsureGitInstalled FinishedCleanPaths FinishedRunningStats FlushEvents
FlushEventsFailure Formatting FoundStats FreshnessCheckComplete FreshnessConfigProblem GenericExceptionOnRun
GitNothingToDo GitProgressCheckedOutAt GitProgressCheckoutRevision GitProgressPullingNewDependency
GitProgressUpdatedCheckoutRange GitProgressUpdatingExistingDependency GitSparseCheckoutSubdirectory HooksRunning
InputFileDiffError InternalErrorOnRun InvalidConcurrentBatchesConfig InvalidDisabledTargetInTestNode
InvalidMacroAnnotation InvalidOptionYAML InvalidProfileTemplateYAML InvalidValueForField JinjaLogDebug JinjaLogInfo
JinjaLogWarning ListCmdOut ListRelations LogBatchResult LogCancelLine LogDbtProfileError LogDbtProjectError
LogDebugStackTrace LogFreshnessResult LogFunctionResult LogHookEndLine LogHookStartLine LogModelResult
LogNodeNoOpResult LogNodeResult LogSeedResult LogSkipBecauseError LogSnapshotResult LogStartBatch LogStartLine
LogTestResult MacroNotFoundForPatch MainEncounteredError MainKeyboardInterrupt MainReportArgs MainReportVersion
MainStackTrace MainTrackingUserState MarkSkippedChildren MicrobatchExecutionDebug MicrobatchModelNoEventTimeInputs
MissingProfileTarget NewConnection NewConnectionOpening NoNodeForYamlKey NoNodesForSelectionCriteria NoNodesSelected
NoSampleProfileFound NodeCompiling NodeConnectionReleaseError NodeExecuting NodeFinished NodeNotFoundOrDisabled
NodeStart Note NothingToDo OpenCommand PackageNodeDependsOnRootProjectNode ParseInlineNodeError ParsePerfInfoPath
ParsedFileLoadFailed PartialParsingEnabled PartialParsingError PartialParsingErrorProcessingFile PartialParsingFile
PartialParsingNotEnabled PartialParsingSkipParsing PluginLoadError PrintEvent ProfileWrittenWithProjectTemplateYAML
ProfileWrittenWithSample ProfileWrittenWithTargetTemplateYAML ProjectCreated ProjectNameAlreadyExists
ProtectedCleanPath QueryCancelationUnsupported RecordReplayIssue RecordRetryException RegistryIndexProgressGETRequest
RegistryIndexProgressGETResponse RegistryProgressGETRequest RegistryProgressGETResponse
RegistryResponseExtraNestedKeys RegistryResponseMissingNestedKeys RegistryResponseMissingTopKeys
RegistryResponseUnexpectedType ResourceReport RetryExternalCall Rollback RollbackFailed RunResultError
RunResultErrorNoMessage RunResultFailure RunResultWarning RunResultWarningMessage RunningOperationCaughtError
RunningOperationUncaughtError SQLCommit SQLCompiledPath SQLQuery SQLQueryStatus SQLRunnerException SchemaCreation
SchemaDrop SeedExceedsLimitAndPathChanged SeedExceedsLimitChecksumChanged SeedExceedsLimitSamePath SeedHeader
SeedIncreased SelectorReportInvalidSelector SemanticValidationFailure SendEventFailure SendingEvent SettingUpProfile
ShowNode SkippingDetails SnapshotTimestampWarning StarterProjectPath StateCheckVarsHash StatsLine SystemCouldNotWrite
SystemExecutingCmd SystemReportReturnCode SystemStdErr SystemStdOut TimingInfoCollected TrackingInitializeFailure
TypeCodeNotFound UnableToPartialParse UnpinnedRefNewVersionAvailable UnsupportedConstraintMaterialization
UnusedResourceConfigPath UnusedTables UnversionedBreakingChange UpcomingReferenceDeprecation ValidationWarning
WarnStateTargetEqual WriteCatalogFailure WritingInjectedSQLForNode WrongResourceSchemaFile
SourceLoadProgress SourceLoadResult SourceLoadStart SourceLoadSummary SourceExtractStart SourceExtractProgress
SourceExtractLine SourceExtractChannel SourceExtractSummary SourceVerifyProblem SourceVerifyResult SourceLoginResult`

// deprecations are the events with a code of the D series. The tag of the tagged ones always has their name; the others' has it
// with the behaviour flag require_event_names_in_deprecations.
var deprecations = [...]struct {
	name, code string
	tagged     bool
}{
	{"BehaviorChangeEvent", "D000", false},
	{"PackageRedirectDeprecation", "D001", false},
	{"PackageInstallPathDeprecation", "D002", false},
	{"ConfigSourcePathDeprecation", "D003", false},
	{"ConfigDataPathDeprecation", "D004", false},
	{"AdapterDeprecationWarning", "D005", false},
	{"MetricAttributesRenamed", "D006", false},
	{"ExposureNameDeprecation", "D007", false},
	{"InternalDeprecation", "D008", false},
	{"EnvironmentVariableRenamed", "D009", false},
	{"ConfigLogPathDeprecation", "D010", false},
	{"ConfigTargetPathDeprecation", "D011", false},
	{"CollectFreshnessReturnSignature", "D012", false},
	{"TestsConfigDeprecation", "D012", false},
	{"ProjectFlagsMovedDeprecation", "D013", false},
	{"SpacesInResourceNameDeprecation", "D014", false},
	{"ResourceNamesWithSpacesDeprecation", "D015", false},
	{"PackageMaterializationOverrideDeprecation", "D016", false},
	{"SourceFreshnessProjectHooksNotRun", "D017", false},
	{"MFTimespineWithoutYamlConfigurationDeprecation", "D018", false},
	{"MFCumulativeTypeParamsDeprecation", "D019", false},
	{"MicrobatchMacroOutsideOfBatchesDeprecation", "D020", false},
	{"GenericJSONSchemaValidationDeprecation", "D022", true},
	{"UnexpectedJinjaBlockDeprecation", "D023", true},
	{"DuplicateYAMLKeysDeprecation", "D024", true},
	{"CustomTopLevelKeyDeprecation", "D025", true},
	{"CustomKeyInConfigDeprecation", "D026", true},
	{"CustomKeyInObjectDeprecation", "D027", true},
	{"DeprecationsSummary", "D028", true},
	{"CustomOutputPathInSourceFreshnessDeprecation", "D029", true},
	{"PropertyMovedToConfigDeprecation", "D030", true},
	{"WEOIncludeExcludeDeprecation", "D031", true},
	{"ModelParamUsageDeprecation", "D032", false},
	{"ModulesItertoolsUsageDeprecation", "D034", false},
	{"SourceOverrideDeprecation", "D035", false},
	{"EnvironmentVariableNamespaceDeprecation", "D036", false},
	{"MissingPlusPrefixDeprecation", "D037", true},
	{"ArgumentsPropertyInGenericTestDeprecation", "D038", true},
	{"MissingArgumentsPropertyInGenericTestDeprecation", "D039", true},
	{"DuplicateNameDistinctNodeTypesDeprecation", "D040", false},
	{"GetMetaKeyWarning", "D041", false},
}
