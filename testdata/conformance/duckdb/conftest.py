"""Fixtures for dbt-tests-adapter's base classes on a DuckDB file per test class."""
import os

import pytest

pytest_plugins = ["dbt.tests.fixtures.project"]


@pytest.fixture(scope="class")
def dbt_profile_target(tmp_path_factory):
    path = tmp_path_factory.mktemp("duckdb") / "test.duckdb"
    return {"type": "duckdb", "path": str(path), "threads": int(os.environ.get("DUCKDB_TEST_THREADS", "4"))}


@pytest.fixture(scope="session", autouse=True)
def _one_process_at_a_time():
    """The test process reads the file between the calls; a DuckDB file belongs to one process at a time."""
    if not os.environ.get("DBT_EXE"):
        yield
        return
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    def let_go():
        DuckDBConnectionManager.close_all_connections()

    inner = dbtRunner.invoke

    def invoke(self, *args, **kwargs):
        let_go()
        return inner(self, *args, **kwargs)

    dbtRunner.invoke = invoke
    yield
    dbtRunner.invoke = inner
