#!/usr/bin/env bash
# Elementary's package in the project, and its report by edr, with gdbt as dbt.
# Run by check.sh in the copy of the project; $1 is its work folder. ELEMENTARY and
# DBT_UTILS may name checkouts of the two packages, else they are fetched.
set -eo pipefail
work=$1
internal=$("$work/edr/bin/python" -c 'import elementary.monitor.dbt_project as p; print(list(p.__path__)[0])')
export DBT_RUNNER_METHOD=subprocess ANONYMOUS_TRACKING_ENABLED=false

packages() { # into a project
  if [ -n "${ELEMENTARY:-}" ]; then
    mkdir -p "$1/dbt_packages"
    rm -rf "$1/dbt_packages/elementary" "$1/dbt_packages/dbt_utils"
    cp -r "$ELEMENTARY" "$1/dbt_packages/elementary"
    cp -r "$DBT_UTILS" "$1/dbt_packages/dbt_utils"
    printf 'packages:\n  - local: %s\n  - local: %s\n' "$DBT_UTILS" "$ELEMENTARY" >"$1/packages.yml"
  else
    (cd "$1" && dbt -q deps)
  fi
}

cp "$internal/packages.yml" packages.yml
packages "$PWD"
packages "$internal"
file=$PWD/target/dev.duckdb
mkdir -p "$work/edr-profiles"
cat >"$work/edr-profiles/profiles.yml" <<P
shop: {target: dev, outputs: {dev: {type: duckdb, path: $file, schema: main, threads: 2}}}
elementary: {target: dev, outputs: {dev: {type: duckdb, path: $file, schema: main_elementary, threads: 2}}}
P
sed -i 's/^models:$/models:\n  elementary: {+schema: elementary}/' dbt_project.yml
dbt -q run --profiles-dir "$work/edr-profiles" --select elementary
dbt -q build --profiles-dir "$work/edr-profiles" --exclude package:elementary || true # failing tests are what the report is about
dbt -q show --profiles-dir "$work/edr-profiles" --output json --inline \
  'select count(*) as results from main_elementary.dbt_run_results' | tr -d ' \n'
echo
rm -f report.html
"$work/edr/bin/edr" report --profiles-dir "$work/edr-profiles" --project-dir "$PWD" --file-path "$PWD/report.html" --open-browser false \
  >"$work/edr.log" 2>&1 || { tail -30 "$work/edr.log"; exit 1; }
echo "edr: a report of $(stat -c %s report.html) bytes"
