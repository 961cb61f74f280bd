"""dbt-artifacts-parser must read every artifact in the folder."""
import json
import sys
from pathlib import Path

from dbt_artifacts_parser import parser

target = Path(sys.argv[1])
for name, read in [
    ("manifest", parser.parse_manifest_v12),
    ("run_results", parser.parse_run_results_v6),
    ("catalog", parser.parse_catalog_v1),
    ("sources", parser.parse_sources_v3),
]:
    if not (target / f"{name}.json").exists() and name == "sources":
        continue  # the project has none
    data = json.loads((target / f"{name}.json").read_text())
    doc = read(data)
    print(f"dbt-artifacts-parser: {name}, {type(doc).__name__}, {len(data.get('nodes', data.get('results', [])))} entries")
