"""astronomer-cosmos in subprocess mode: a DAG parsed from `dbt ls`, and run task by task on this machine."""
import sys
from datetime import datetime, timezone
from pathlib import Path

from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

project, executable = Path(sys.argv[1]), sys.argv[2]
dag = DbtDag(
    dag_id="shop",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    schedule=None,
    project_config=ProjectConfig(project),
    profile_config=ProfileConfig(profile_name="shop", target_name="dev", profiles_yml_filepath=project / "profiles.yml"),
    render_config=RenderConfig(load_method=LoadMode.DBT_LS, invocation_mode=InvocationMode.SUBPROCESS, dbt_executable_path=executable,
                               test_behavior=TestBehavior.AFTER_ALL, emit_datasets=False),
    execution_config=ExecutionConfig(execution_mode=ExecutionMode.LOCAL, invocation_mode=InvocationMode.SUBPROCESS, dbt_executable_path=executable),
    operator_args={"install_deps": False},
)
print(f"cosmos: a DAG of {len(dag.tasks)} tasks")
run = dag.test(execution_date=datetime(2026, 1, 2, tzinfo=timezone.utc)) if hasattr(dag, "test") else None
states = [t.state for t in run.get_task_instances()]
print(f"cosmos: run {run.state}, {states.count('success')} of {len(states)} tasks succeeded")
sys.exit(run.state != "success")
