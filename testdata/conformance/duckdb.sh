#!/usr/bin/env bash
# A development check: dbt-tests-adapter's base classes on DuckDB, first by dbt itself, then by gdbt. What dbt passes, gdbt must.
#
#   CONFORMANCE_WORK=DIR CONFORMANCE_VENV=DIR CONFORMANCE_PLUGINS=DIR DBT_EXE=PATH testdata/conformance/duckdb.sh [pytest args]
#
# CONFORMANCE_VENV has dbt-core, dbt-duckdb, dbt-tests-adapter, pytest, pytest-timeout and pytest-xdist; CONFORMANCE_PLUGINS the plugins that run a
# test's dbt calls by an executable (conformance_shim, conformance_report); CONFORMANCE_WORK is for results and scratch files.
# The baseline is kept in CONFORMANCE_WORK/results/duckdb.dbt.tsv and made anew when that is not there.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=${CONFORMANCE_WORK:?} venv=${CONFORMANCE_VENV:?} plugins=${CONFORMANCE_PLUGINS:?} exe=${DBT_EXE:?}
# shellcheck disable=SC1091
. "$venv/bin/activate"
export PYTHONPATH="$work/pydeps:$plugins" DBT_SEND_ANONYMOUS_USAGE_STATS=false
mkdir -p "$work/results" "$work/tmp" "$work/duckdb"
cp "$here"/duckdb/*.py "$work/duckdb/"
check() { # label, plugins…
  export CONFORMANCE_TSV="$work/results/duckdb.$1.tsv"
  local label=$1; shift
  rm -rf "$work/tmp/duckdb.$label" "$work/duckdb/data" # a class makes the second itself
  python -m pytest -q -p no:cacheprovider -p conformance_report "$@" --timeout 300 -W ignore --show-capture=no --tb=short \
    -o "tmp_path_retention_policy=failed" --basetemp "$work/tmp/duckdb.$label" --rootdir "$work/duckdb" "$work/duckdb"
}
[ -s "$work/results/duckdb.dbt.tsv" ] || DBT_EXE='' check dbt -n 2 --dist loadscope >"$work/results/duckdb.dbt.log" 2>&1
export DBT_EXE=$exe
check gdbt -p conformance_shim "$@"
python - "$work/results/duckdb.dbt.tsv" "$work/results/duckdb.gdbt.tsv" <<'PY'
import sys
rows = [{c[0].split("::", 1)[-1]: c[1] for c in (l.rstrip("\n").split("\t") for l in open(p, encoding="utf-8")) if len(c) > 1} for p in sys.argv[1:]]
dbt, gdbt = rows
both = [t for t in gdbt if t in dbt]
bad = [t for t in both if dbt[t] == "passed" and gdbt[t] != "passed"]
print(f"{sum(v == 'passed' for v in dbt.values())} of {len(dbt)} pass by dbt, {sum(v == 'passed' for v in gdbt.values())} of {len(gdbt)} by gdbt; {len(bad)} pass by dbt alone")
print("\n".join(bad))
sys.exit(bool(bad))
PY
