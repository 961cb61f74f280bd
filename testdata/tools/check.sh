#!/usr/bin/env bash
# Tries tools that call dbt, or read what it leaves, with gdbt in dbt's place.
#
#   [DBT=PATH] testdata/tools/check.sh GDBT WORK [dagster|cosmos|parsers|edr ...]
#
# With DBT, the program of dbt 1.11 with dbt-duckdb, what dbt-bouncer and dbt-coverage
# find in gdbt's artifacts must be what they find in dbt's.
# GDBT is the program, WORK a folder for Python environments and copies of the
# project testdata/projects/shop; environments that are there are used again.
# It is for developers and needs a Python with venv and a package index. Each
# tool prints what arrived; the exit code is 1 when something did not.
set -u
here=$(cd "$(dirname "$0")" && pwd)
gdbt=$(realpath "$1") work=$2
shift 2
mkdir -p "$work"
work=$(cd "$work" && pwd)
tools=("$@")
[ ${#tools[@]} -eq 0 ] && tools=(dagster cosmos parsers edr)

# environment NAME REQUIREMENT... makes a Python environment once.
environment() {
  local dir=$work/$1
  shift
  [ -e "$dir/made" ] && return
  python3 -m venv "$dir" && "$dir/bin/pip" install -q "$@" && touch "$dir/made"
}

# project NAME copies the project and makes a profile for DuckDB in it.
project() {
  rm -rf "$work/$1-project"
  cp -r "$here/../projects/shop" "$work/$1-project"
  cd "$work/$1-project" || exit 1
}

rm -rf "$work/bin" && mkdir -p "$work/bin"
cp "$gdbt" "$work/bin/gdbt"
"$work/bin/gdbt" link --dir "$work/bin" >/dev/null || exit 1
export PATH="$work/bin:$PATH" DBT_SEND_ANONYMOUS_USAGE_STATS=false
failed=0
for tool in "${tools[@]}"; do
  echo "== $tool"
  (
    set -eo pipefail
    case $tool in
      dagster)
        environment dagster 'dagster-dbt' 'dbt-core<1.12'
        project dagster
        DAGSTER_HOME= "$work/dagster/bin/python" "$here/dagster_check.py" "$PWD" 2>"$work/dagster.log" | grep '^dagster:'
        ;;
      cosmos)
        environment cosmos 'astronomer-cosmos' 'apache-airflow<3'
        project cosmos
        sed -i "s|path: target/dev.duckdb|path: $PWD/dev.duckdb|" profiles.yml # each task has a folder of its own
        export AIRFLOW_HOME=$work/airflow AIRFLOW__CORE__LOAD_EXAMPLES=false AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///$work/airflow/airflow.db
        rm -rf "$AIRFLOW_HOME" && mkdir -p "$AIRFLOW_HOME"
        "$work/cosmos/bin/airflow" db migrate >"$AIRFLOW_HOME/migrate.log" 2>&1
        "$work/cosmos/bin/python" "$here/cosmos_check.py" "$PWD" "$work/bin/dbt" >"$work/cosmos.log" 2>&1 || { tail -5 "$work/cosmos.log"; exit 1; }
        grep '^cosmos:' "$work/cosmos.log"
        ;;
      parsers)
        environment parsers dbt-artifacts-parser dbterd dbt-coverage dbt-bouncer
        project parsers
        bash "$here/artifacts.sh" gdbt "$work/parsers"
        "$work/parsers/bin/python" "$here/parsers_check.py" target
        "$work/parsers/bin/dbterd" run --artifacts-dir target --target mermaid --output target >target/dbterd.log 2>&1 || { cat target/dbterd.log; exit 1; }
        grep -q 'erDiagram' target/output.md && echo "dbterd: an entity diagram of $(grep -c '{$' target/output.md) tables"
        cat target/findings.txt
        if [ -n "${DBT:-}" ]; then
          cp target/findings.txt "$work/findings.gdbt"
          project parsers
          bash "$here/artifacts.sh" "$DBT" "$work/parsers"
          diff target/findings.txt "$work/findings.gdbt" && echo "dbt-bouncer and dbt-coverage find the same in dbt's artifacts"
        fi
        ;;
      edr)
        environment edr elementary-data pyyaml
        project edr
        bash "$here/edr_check.sh" "$work"
        ;;
      *) echo "there is no tool $tool" >&2; exit 1 ;;
    esac
  ) || { echo "FAILED: $tool"; failed=1; }
done
exit $failed
