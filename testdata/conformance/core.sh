#!/usr/bin/env bash
# A development check: dbt-core's own functional tests on PostgreSQL, with gdbt where dbt stood. What core.exclude does not name must pass.
#
#   CONFORMANCE_WORK=DIR CONFORMANCE_VENV=DIR CONFORMANCE_PLUGINS=DIR CONFORMANCE_CORE=DIR DBT_EXE=PATH testdata/conformance/core.sh [pytest args]
#
# CONFORMANCE_CORE is a checkout of dbt-core's branch 1.11.latest; the rest is as in duckdb.sh, with pytest-mock in the environment. PostgreSQL
# is the server of POSTGRES_TEST_HOST and its siblings, by default root:password@127.0.0.1:5432/dbt, with the roles dbt_test_user_1 to 3.
# CONFORMANCE_WORKERS is the number of processes (1).
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=${CONFORMANCE_WORK:?} venv=${CONFORMANCE_VENV:?} plugins=${CONFORMANCE_PLUGINS:?} core=${CONFORMANCE_CORE:?}
export DBT_EXE=${DBT_EXE:?}
# shellcheck disable=SC1091
. "$venv/bin/activate"
export PYTHONPATH="$core:$work/pydeps:$plugins" DBT_SEND_ANONYMOUS_USAGE_STATS=false
export POSTGRES_TEST_HOST=${POSTGRES_TEST_HOST:-127.0.0.1} POSTGRES_TEST_PORT=${POSTGRES_TEST_PORT:-5432}
export POSTGRES_TEST_USER=${POSTGRES_TEST_USER:-root} POSTGRES_TEST_PASS=${POSTGRES_TEST_PASS:-password}
export POSTGRES_TEST_DATABASE=${POSTGRES_TEST_DATABASE:-dbt} POSTGRES_TEST_THREADS=${POSTGRES_TEST_THREADS:-4}
export DBT_TEST_USER_1=dbt_test_user_1 DBT_TEST_USER_2=dbt_test_user_2 DBT_TEST_USER_3=dbt_test_user_3
export CONFORMANCE_TSV="$work/results/core.tsv" CONFORMANCE_EXCLUDE="$here/core.exclude" CONFORMANCE_NOW_ENV=GDBT_NOW
mkdir -p "$work/results" "$work/tmp"
args=(-q -p no:cacheprovider -p conformance_report -p conformance_shim --timeout 300 -W ignore --show-capture=no --tb=short
  -o tmp_path_retention_policy=failed --basetemp "$work/tmp/core" --rootdir "$core" -c /dev/null)
[ "${CONFORMANCE_WORKERS:-1}" -gt 1 ] && args+=(-n "$CONFORMANCE_WORKERS" --dist loadscope)
cd "$core" || exit 1
exec python -m pytest "${args[@]}" "${@:-tests/functional}"
