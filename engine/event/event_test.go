package event

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What dbt 1.11.16 printed for the same events.
var texts = []struct {
	event Event
	want  string
}{
	{MainReportVersion{Version: "=1.11.16"}, "Running with dbt=1.11.16"},
	{AdapterRegistered{"duckdb", "=1.11.1"}, "Registered adapter: duckdb=1.11.1"},
	{FoundStats{StatLine([]Count{{"model", 4}, {"analysis", 1}, {"test", 6}, {"seed", 1}, {"operation", 2}, {"source", 0}, {"macro", 511}})},
		"Found 4 models, 1 analysis, 6 data tests, 1 seed, 2 operations, 511 macros"},
	{FoundStats{StatLine([]Count{{"test", 1}, {"unit_test", 2}, {"saved_query", 2}})}, "Found 1 test, 2 unit tests, 2 saved queries"},
	{ConcurrencyLine{NumThreads: 2, TargetName: "dev"}, "Concurrency: 2 threads (target='dev')"},
	{LogHookStartLine{Statement: "shop.on-run-start.0", Index: 1, Total: 1}, "1 of 1 START hook: shop.on-run-start.0 ......................................... [RUN]"},
	{LogHookEndLine{Statement: "shop.on-run-start.0", Status: "success", Index: 1, Total: 1, ExecutionTime: 0.0213},
		"1 of 1 OK hook: shop.on-run-start.0 ............................................ [OK in 0.02s]"},
	{LogStartLine{Description: "seed file main.raw_orders", Index: 1, Total: 10}, "1 of 10 START seed file main.raw_orders ........................................ [RUN]"},
	{LogSeedResult{Status: "success", ResultMessage: "INSERT 3", Index: 1, Total: 10, ExecutionTime: 0.14, Schema: "main", Relation: "raw_orders"},
		"1 of 10 OK loaded seed file main.raw_orders .................................... [INSERT 3 in 0.14s]"},
	{LogModelResult{Description: "sql view model main.stg_orders", Status: "OK", Index: 2, Total: 10, ExecutionTime: 0.08},
		"2 of 10 OK created sql view model main.stg_orders .............................. [OK in 0.08s]"},
	{LogModelResult{Description: "sql table model main.orders", Status: "error", Index: 2, Total: 10, ExecutionTime: 0.08},
		"2 of 10 ERROR creating sql table model main.orders ............................. [ERROR in 0.08s]"},
	{LogTestResult{TestName: "accepted_values_stg_orders_amount__10__20", Status: "fail", Index: 3, NumModels: 10, NumFailures: 1, ExecutionTime: 0.09},
		"3 of 10 FAIL 1 accepted_values_stg_orders_amount__10__20 ....................... [FAIL 1 in 0.09s]"},
	{LogTestResult{TestName: "not_null_stg_orders_id", Status: "pass", Index: 4, NumModels: 10, ExecutionTime: 0.09},
		"4 of 10 PASS not_null_stg_orders_id ............................................ [PASS in 0.09s]"},
	{LogSkipBecauseError{Schema: "main", Relation: "orders", Index: 6, Total: 10, Status: "skipped"},
		"6 of 10 SKIP relation main.orders due to ephemeral model status 'skipped' ...... [ERROR SKIP]"},
	{SkippingDetails{ResourceType: "test", Schema: "x", NodeName: "no_negative", Index: 8, Total: 10},
		"8 of 10 SKIP test no_negative .................................................. [SKIP]"},
	{SkippingDetails{ResourceType: "model", Schema: "main", NodeName: "customers", Index: 10, Total: 10},
		"10 of 10 SKIP relation main.customers .......................................... [SKIP]"},
	{FinishedRunningStats{RunCounts([]string{"test", "test", "seed", "view model", "project hook", "incremental model", "table model", "test", "test", "project hook", "test", "test"}), HumanTime(0.58), 0.58},
		"Finished running 1 incremental model, 2 project hooks, 1 seed, 1 table model, 6 data tests, 1 view model in 0 hours 0 minutes and 0.58 seconds (0.58s)."},
	{FinishedRunningStats{"1 seed", HumanTime(3723.5), 3723.5}, "Finished running 1 seed in 1 hours 2 minutes and 3.50 seconds (3723.50s)."},
	{EndOfRunSummary{NumErrors: 2}, "Completed with 2 errors, 0 partial successes, and 0 warnings:"},
	{EndOfRunSummary{NumWarnings: 1}, "Completed with 1 warning:"},
	{EndOfRunSummary{NumPartialSuccess: 1}, "Completed with 1 partial success and 0 warnings"},
	{EndOfRunSummary{KeyboardInterrupt: true}, "Exited because of keyboard interrupt"},
	{EndOfRunSummary{}, "Completed successfully"},
	{RunResultFailure{ResourceType: "test", NodeName: "t", Path: "models/schema.yml"}, "Failure in test t (models/schema.yml)"},
	{RunResultWarning{ResourceType: "test", NodeName: "t", Path: "models/schema.yml"}, "Warning in test t (models/schema.yml)"},
	{RunResultError{Msg: "Got 1 result, configured to fail if != 0"}, "  Got 1 result, configured to fail if != 0"},
	{RunResultWarningMessage{Msg: "Got 1 result, configured to warn if != 0"}, "Got 1 result, configured to warn if != 0"},
	{SQLCompiledPath{Path: "target/compiled/a.sql"}, "  compiled code at target/compiled/a.sql"},
	{CheckNodeTestFailure{RelationName: `"d"."s"."t"`}, "  See test failures:\n  -------------------------\n  select * from \"d\".\"s\".\"t\"\n  -------------------------"},
	{StatsLine{Pass: 6, Error: 1, Skip: 5, Total: 12}, "Done. PASS=6 WARN=0 ERROR=1 SKIP=5 NO-OP=0 TOTAL=12"},
	{MarkSkippedChildren{UniqueID: "test.a", Status: "fail", RunResult: RunResult{Message: "Got 1 result"}},
		"Marking all children of 'test.a' to be skipped because of status 'fail'.  Reason: Got 1 result."},
	{LogCancelLine{ConnName: "model.a.b"}, "CANCEL query model.a.b ......................................................... [CANCEL]"},
	{ShowNode{NodeName: "a", Preview: "| x |\n"}, "Previewing node 'a':\n| x |\n"},
	{ShowNode{NodeName: "a", Preview: `[{"x": 1, "y": "ሰ"}]`, OutputFormat: "json"},
		"{\n  \"node\": \"a\",\n  \"show\": [\n    {\n      \"x\": 1,\n      \"y\": \"\\u1230\"\n    }\n  ]\n}"},
	{CompiledNode{Compiled: "select 1", IsInline: true}, "Compiled inline node is:\nselect 1"},
	{CompiledNode{NodeName: "a", Compiled: "select \"é\"", OutputFormat: "json"}, "{\n  \"node\": \"a\",\n  \"compiled\": \"select \\\"\\u00e9\\\"\"\n}"},
	{UnusedResourceConfigPath{[]string{"models.shop.x"}}, "[WARNING]: Configuration paths exist in your dbt_project.yml file which do not apply to any resources.\n" +
		"There are 1 unused configuration paths:\n- models.shop.x"},
	{DebugCmdOut{Msg: "  Connection test: [", Status: "OK connection ok", After: "]\n"}, "  Connection test: [OK connection ok]\n"},
	{SQLQueryStatus{Status: "OK", Elapsed: 0.0452116}, "SQL status: OK in 0.045 seconds"},
	{SchemaCreation{"dev", "main"}, "Creating schema \"database: \"dev\"\nschema: \"main\"\n\""},
	{MainReportArgs{map[string]string{"vars": "{'a': 1}", "quiet": "False"}}, `running dbt with arguments {'quiet': 'False', 'vars': "{'a': 1}"}`},
	{SourceLoadSummary{Files: 2, Skipped: 1, Rows: 90, Rejects: 1, RejectsRelation: "raw.rejects"},
		"Loaded 90 rows from 2 files, 1 file unchanged, 1 reject\n  See rejects:\n  select * from raw.rejects"},
	{SourceExtractProgress{Channel: "shop", State: "reading", Messages: 3, OfMessages: 10, Images: 1, Bytes: 1_250_000}, "shop: reading, 3 of 10 messages, 1 image, 1.2 MB"},
	{SourceExtractProgress{Channel: "shop", State: "waiting", Until: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Why: "messages.getHistory"}, "shop: waiting until 03:04:05, then messages.getHistory"},
	{SourceExtractLine{Channel: "shop", Msg: "has another name"}, "shop: has another name"},
	{SourceExtractChannel{Result: ExtractedChannel{Channel: "shop", Status: "success", Messages: 12, ExecutionTime: 1.5}},
		"OK extracted shop .............................................................. [EXTRACT 12 in 1.50s]"},
	{SourceExtractChannel{Result: ExtractedChannel{Channel: "shop", Status: "error", Msg: "Runtime Error\n  it is private"}},
		"ERROR extracting shop .......................................................... [ERROR in 0.00s]\nRuntime Error\n  it is private"},
	{SourceExtractSummary{Lake: "lake/raw", Total: ExtractedChannel{Channel: "total", Messages: 1012, Images: 3, Bytes: 2_500_000, Waits: 2, Waited: 83, Errors: 1, Status: "error"},
		Channels: []ExtractedChannel{{Channel: "shop", Messages: 1012, Images: 3, Bytes: 2_500_000, Waits: 2, Waited: 83, Status: "success"}, {Channel: "nowhere", Errors: 1, Status: "error"}}},
		"channel  messages  refreshed  deleted  images   MB      waits  errors  status\n" +
			"shop         1012          0        0       3  2.5  2 (1m23s)       0  success\n" +
			"nowhere         0          0        0       0  0.0          0       1  error\n" +
			"total        1012          0        0       3  2.5  2 (1m23s)       1  error\n" +
			"in the lake lake/raw"},
	{SourceVerifyProblem{File: "a.json", Problem: "checksum", Msg: "its content is not what was written"}, "checksum: a.json: its content is not what was written"},
	{SourceVerifyResult{Lake: "lake/raw", Msg: "2 files: no problems"}, "lake/raw: 2 files: no problems"},
	{SourceLoginResult{Plugin: "telegram", Account: "@me", SessionFile: "s", Encrypted: true}, "Signed in to telegram as @me; the session is in s (encrypted)"},
}

func TestTexts(t *testing.T) {
	for _, c := range texts {
		t.Run(c.event.Kind().Name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.event.Message(Style{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestColors(t *testing.T) {
	got := LogTestResult{TestName: "t", Status: "warn", Index: 1, NumModels: 1, NumFailures: 2}.Message(Style{Color: true, Width: 20})
	if want := "1 of 1 WARN 2 t .... [\x1b[33mWARN 2\x1b[0m in 0.00s]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLevelsFollowStatus(t *testing.T) {
	for _, c := range []struct {
		event Event
		want  Level
	}{
		{LogModelResult{Status: "OK"}, Info},
		{LogModelResult{Status: "error"}, Error},
		{LogTestResult{Status: "warn"}, Warn},
		{LogTestResult{Status: "fail"}, Error},
		{LogFreshnessResult{Status: "runtime error"}, Error},
		{SourceLoadSummary{Rejects: 1}, Warn},
		{SourceExtractChannel{Result: ExtractedChannel{Status: "partial"}}, Warn},
		{SourceExtractSummary{Total: ExtractedChannel{Status: "error"}}, Error},
		{SourceVerifyResult{Problems: 1}, Error},
	} {
		if got := c.event.Kind().Level; got != c.want {
			t.Errorf("%T: got %v, want %v", c.event, got, c.want)
		}
	}
}

// dbt's line_wrap_message, run over the same text.
func TestDeprecationIsWrapped(t *testing.T) {
	e := Deprecation{Event: "MissingArgumentsPropertyInGenericTestDeprecation", ID: "D039", Tagged: true,
		Msg: "Found top-level arguments to test `accepted_values`. Arguments to generic tests should be nested under the `arguments` property."}
	want := "[WARNING][MissingArgumentsPropertyInGenericTestDeprecation]: Deprecated\nfunctionality\n" +
		"Found top-level arguments to test `accepted_values`. Arguments to generic tests\nshould be nested under the `arguments` property."
	if diff := cmp.Diff(want, e.Message(Style{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// A line of dbt's own JSON log.
func TestJSONLine(t *testing.T) {
	info := &NodeInfo{
		Materialized: "view", NodeChecksum: "beb9", NodeFinishedAt: "2026-11-23T06:27:38.014682", NodeName: "stg_orders",
		NodePath: "staging/stg_orders.sql", NodeRelation: NodeRelation{Alias: "stg_orders", Database: "dev", RelationName: `"dev"."main"."stg_orders"`, Schema: "main"},
		NodeStartedAt: "2026-11-23T06:27:37.922173", NodeStatus: "success", ResourceType: "model", UniqueID: "model.shop.stg_orders",
	}
	r := Record{
		Event: LogModelResult{NodeInfo: info, Description: "sql view model main.stg_orders", Status: "OK", Index: 2, Total: 10, ExecutionTime: 0.09096217},
		Level: Info, Time: time.Date(2026, 11, 23, 6, 27, 38, 15159000, time.UTC), Thread: "Thread-2 (worker)", InvocationID: "643d2a54", PID: 17032,
	}
	want := `{"data": {"description": "sql view model main.stg_orders", "execution_time": 0.09096217, "index": 2, "node_info": {"materialized": "view", ` +
		`"meta": {}, "node_checksum": "beb9", "node_finished_at": "2026-11-23T06:27:38.014682", "node_name": "stg_orders", "node_path": "staging/stg_orders.sql", ` +
		`"node_relation": {"alias": "stg_orders", "database": "dev", "relation_name": "\"dev\".\"main\".\"stg_orders\"", "schema": "main"}, ` +
		`"node_started_at": "2026-11-23T06:27:37.922173", "node_status": "success", "resource_type": "model", "unique_id": "model.shop.stg_orders"}, ` +
		`"status": "OK", "total": 10}, "info": {"category": "", "code": "Q012", "extra": {}, "invocation_id": "643d2a54", "level": "info", ` +
		`"msg": "2 of 10 OK created sql view model main.stg_orders .............................. [OK in 0.09s]", "name": "LogModelResult", "pid": 17032, ` +
		`"thread": "Thread-2 (worker)", "ts": "2026-11-23T06:27:38.015159Z"}}`
	if diff := cmp.Diff(want, string(appendJSONLine(nil, r, Style{}))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestData(t *testing.T) {
	for _, c := range []struct {
		event Event
		want  string
	}{
		{StatsLine{Pass: 6, Error: 1, Skip: 5, Total: 12}, `{"stats": {"error": 1, "noop": 0, "pass": 6, "skip": 5, "total": 12, "warn": 0}}`},
		{FreshnessCheckComplete{}, `{}`},
		{NodeFinished{RunResult: RunResult{Status: "success", Thread: "T", AdapterResponse: map[string]any{"rows_affected": 3},
			TimingInfo: []TimingInfo{{"compile", time.Unix(0, 0), time.Unix(1, 5e8)}}}},
			`{"run_result": {"adapter_response": {"rows_affected": 3.0}, "execution_time": 0.0, "message": "", "num_failures": 0, "status": "success", "thread": "T", ` +
				`"timing_info": [{"completed_at": "1970-01-01T00:00:01.500Z", "name": "compile", "started_at": "1970-01-01T00:00:00Z"}]}}`},
		{JinjaLogInfo{Msg: "ሰላም 🎉\t\"x\"\x01"}, `{"msg": "\u1230\u120b\u121d \ud83c\udf89\t\"x\"\u0001"}`},
	} {
		if diff := cmp.Diff(c.want, pyJSON(Data(c.event))); diff != "" {
			t.Errorf("%T: -want +got\n%s", c.event, diff)
		}
	}
}
