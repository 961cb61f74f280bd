#!/usr/bin/env bash
# Builds the project in this folder with the program $1 and writes to target/findings.txt
# what dbt-bouncer and dbt-coverage, of the Python environment $2, find in its artifacts.
set -eo pipefail
dbt=$1 bin=$2/bin
"$dbt" -q build --no-partial-parse
"$dbt" -q source freshness || true # rows that are too old are no fault of a tool
"$dbt" -q docs generate
cat >dbt-bouncer.yml <<'Y'
dbt_artifacts_dir: target
manifest_checks:
  - {name: check_model_names, model_name_pattern: "^[a-z_]+$"}
  - {name: check_model_description_populated}
  - {name: check_model_has_unique_test}
  - {name: check_model_documentation_coverage, min_model_documentation_coverage_pct: 1}
  - {name: check_source_description_populated}
  - {name: check_exposure_based_on_model}
catalog_checks:
  - {name: check_columns_are_all_documented}
  - {name: check_source_columns_are_all_documented}
run_results_checks:
  - {name: check_run_results_max_execution_time, max_execution_time_seconds: 60}
Y
"$bin/dbt-bouncer" --config-file dbt-bouncer.yml --output-file target/bouncer.json >target/bouncer.log 2>&1 || true # findings are what it is for
[ -s target/bouncer.json ] || { tail -20 target/bouncer.log; exit 1; }
"$bin/python" - >target/findings.txt <<'P'
import json
found = json.load(open("target/bouncer.json"))
print(f"dbt-bouncer: {len(found)} checks ran, {sum(f['outcome'] != 'success' for f in found)} found something")
for f in sorted(found, key=lambda f: f["check_run_id"]):
    if f["outcome"] != "success":
        print("  " + f["check_run_id"], f["outcome"], " ".join(f["failure_message"].split()))
P
for kind in doc test; do
  "$bin/dbt-coverage" compute $kind --project-dir . | sed "s/^/dbt-coverage $kind: /" >>target/findings.txt
done
