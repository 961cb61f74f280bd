"""dagster-dbt with gdbt: asset materialisations and checks must arrive for every node."""
import json
import sys
from pathlib import Path

from dagster import AssetExecutionContext, materialize
from dagster_dbt import DbtCliResource, dbt_assets

project = Path(sys.argv[1])
dbt = DbtCliResource(project_dir=str(project), profiles_dir=str(project), dbt_executable="gdbt")
parse = dbt.cli(["--quiet", "parse"]).wait()
manifest = parse.target_path / "manifest.json"


@dbt_assets(manifest=manifest)
def shop(context: AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()


result = materialize([shop], resources={"dbt": dbt})
nodes = json.loads(manifest.read_text())["nodes"].values()
want_assets = sum(n["resource_type"] in ("model", "seed", "snapshot") and n["config"]["materialized"] != "ephemeral" for n in nodes)
want_checks = sum(n["resource_type"] == "test" and n.get("attached_node") is not None for n in nodes)
assets = result.asset_materializations_for_node("shop")
checks = result.get_asset_check_evaluations()
print(f"dagster: success {result.success}, {len(assets)} of {want_assets} materialisations, {len(checks)} of {want_checks} checks")
times = [m.metadata["Execution Duration"].value for m in assets if "Execution Duration" in m.metadata]
print(f"dagster: {len(times)} with an execution time")
sys.exit(not (result.success and len(assets) == want_assets and len(checks) >= want_checks and len(times) == want_assets))
