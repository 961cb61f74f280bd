"""Runs gdbt and dbt 1.11 on public dbt projects and tells what differs in manifest.json and run_results.json.

    python compare.py --checkouts DIR --work DIR --dbt PATH --gdbt PATH [--target duckdb|postgres] [NAME ...]

A check for developers; no test needs it. The Python is one with PyYAML, that of dbt will do. --checkouts holds a folder
owner+name (or owner+name@tag) for each repository that projects.yml names; they are copied, and only packages.yml and the
profile are replaced: packages are taken from --checkouts, so nothing is fetched. PostgreSQL is the server of PGHOST, PGUSER
and PGPASSWORD, where databases gdbt_public_dbt and gdbt_public_gdbt are dropped and created. What dbt did is kept in --work.
The exit code is 1 when an exit code, a status or an entry of the manifest differs. Left out are the built-in macros, times,
the texts of errors, white space in compiled code, and orders that dbt leaves to chance.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STAMP = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00(:00)?)?")
TEMPORARY = re.compile(r"__dbt_tmp\d{6,}")
TIMES = {"created_at", "generated_at", "invocation_started_at", "run_started_at", "invocation_id", "user_id", "dbt_version"}


def read_yaml(path):
    try:
        return yaml.safe_load(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "x", path.read_text())) or {}
    except (OSError, yaml.YAMLError):
        return {}


class Packages:
    """Finds packages in the checkouts, by the names that packages.yml gives them."""

    def __init__(self, checkouts, names, pins):
        self.checkouts, self.names, self.pins = checkouts, names, pins
        self.found, self.missing = {}, []

    def add(self, entry, base):
        if "local" in entry:
            folder = base / entry["local"]
        else:
            name = entry.get("package")
            if not name:
                m = re.search(r"[:/]([\w.-]+/[\w.-]+?)(\.git)?/?$", entry.get("git", ""))
                name = m[1] if m else ""
            repo = self.names.get(name, name.replace("/", "+"))
            folder = self.checkouts / self.pins.get(repo, repo) / entry.get("subdirectory", "")
        name = read_yaml(folder / "dbt_project.yml").get("name")
        if not name:
            self.missing.append(entry)
        elif name not in self.found:
            self.found[name] = folder
            self.of(folder)

    def of(self, folder):
        for file in ("packages.yml", "dependencies.yml"):
            for entry in read_yaml(folder / file).get("packages") or []:
                self.add(entry, folder)


def copy(source, target):
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git", "dbt_packages", "target", "logs"))


def prepare(options, names, case, target, tool):
    """Copies a project and its packages and writes its profile; gives the project's and the profile's folder."""
    base = options.work / f"{case['name']}.{target}" / tool
    shutil.rmtree(base, ignore_errors=True)
    copy(options.checkouts / case["repository"], base / "repository")
    project = base / "repository" / case.get("folder", ".")
    packages = Packages(options.checkouts, names, case.get("pins", {}))
    packages.of(project)
    for name, folder in packages.found.items():
        copy(folder, project / "dbt_packages" / name)
    for entry in packages.missing:
        print(f"{case['name']}: no checkout of {entry}")
    for file in ("packages.yml", "dependencies.yml", "package-lock.yml"):
        (project / file).unlink(missing_ok=True)
    if packages.found:
        (project / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": f"dbt_packages/{n}"} for n in packages.found]}))
    settings = read_yaml(project / "dbt_project.yml")
    if "profile" not in settings:
        with open(project / "dbt_project.yml", "a") as f:
            f.write("\nprofile: default\n")
    if target == "duckdb":
        output = {"type": "duckdb", "path": str(base / "warehouse.duckdb")}
    else:
        output = {"type": "postgres", "host": os.environ["PGHOST"], "port": int(os.environ.get("PGPORT", "5432")), "user": os.environ["PGUSER"],
                  "password": os.environ["PGPASSWORD"], "dbname": f"gdbt_public_{tool}"}
        for sql in (f"drop database if exists gdbt_public_{tool} with (force)", f"create database gdbt_public_{tool}"):
            subprocess.run(["psql", "-q", "-d", "postgres", "-c", sql], check=True, stderr=subprocess.DEVNULL)
    profile = {"target": target, "outputs": {target: {**output, "schema": "analytics", "threads": 4}}}
    (base / "profiles").mkdir()
    (base / "profiles" / "profiles.yml").write_text(yaml.safe_dump({settings.get("profile", "default"): profile}))
    return project, base


def run(options, names, case, target, tool):
    """The exit code and the artifacts of each step."""
    project, base = prepare(options, names, case, target, tool)
    steps = []
    for step in case["steps"]:
        for name in ("manifest", "run_results"):
            (project / "target" / f"{name}.json").unlink(missing_ok=True)
        command = [str(options.dbt if tool == "dbt" else options.gdbt), *step.split(), "--profiles-dir", str(base / "profiles"), *case.get("arguments", [])]
        env = {**os.environ, **case.get("env", {}), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_USE_COLORS": "false", "TZ": "UTC"}
        done = subprocess.run(command, cwd=project, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        result = {"step": step, "exit code": done.returncode, "end": done.stdout[-1500:]}
        for name in ("manifest", "run_results"):
            try:
                text = (project / "target" / f"{name}.json").read_text()
            except FileNotFoundError:
                continue
            result[name] = json.loads(text.replace(str(base), "<base>").replace(f"gdbt_public_{tool}", "gdbt_public"))
        steps.append(result)
    return steps


def plain(value, key=""):
    """A value without what belongs to a run or is left to chance."""
    if isinstance(value, str):
        text = TEMPORARY.sub("__dbt_tmp", STAMP.sub("<time>", UUID.sub("<uuid>", value)))
        return "".join(text.split()) if key in ("compiled_code", "sql") else text
    if isinstance(value, dict):
        return {k: plain(v, k) for k, v in value.items() if k not in TIMES}
    if isinstance(value, list):
        out = [plain(v, key) for v in value]
        # Of a list of sources dbt makes a set where it reads a model without rendering it.
        return sorted(out, key=json.dumps) if key in ("macros", "nodes", "sources", "primary_key", "disabled", "map") else out
    return value


def comparable(step):
    out = {"exit code": step["exit code"]}
    if manifest := step.get("manifest"):
        own = {k: v for k, v in manifest["macros"].items() if v["package_name"] not in ("dbt", "dbt_postgres", "dbt_duckdb")}
        out["manifest"] = plain({**manifest, "macros": own, "docs": {k: v for k, v in manifest["docs"].items() if not k.startswith("doc.dbt.")}})
        for name in ("parent_map", "child_map", "group_map", "disabled"):
            out["manifest"][name] = {k: plain(v, "map") for k, v in out["manifest"][name].items()}
    if results := step.get("run_results"):
        out["results"] = {r["unique_id"]: {k: plain(r[k], k) for k in ("status", "failures", "compiled_code", "relation_name")} for r in results["results"]}
    return out


def differences(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in {**a, **b}:
            yield from differences(a.get(key, "(absent)"), b.get(key, "(absent)"), f"{path}/{key}")
    elif a != b or type(a) is not type(b):
        yield path, a, b


def compare(options, names, case, target):
    key = hashlib.sha1(json.dumps([case, target], sort_keys=True).encode()).hexdigest()[:10]
    kept = options.work / "kept" / f"{case['name']}.{target}.{key}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = kept.with_suffix(".new")
        new.write_text(json.dumps(run(options, names, case, target, "dbt")))
        new.rename(kept)
    same = True
    for theirs, ours in zip(json.loads(kept.read_text()), run(options, names, case, target, "gdbt")):
        found = list(differences(comparable(theirs), comparable(ours)))
        nodes = len(theirs.get("manifest", {}).get("nodes", []))
        print(f"{case['name']}/{target} {theirs['step']}: exit codes {theirs['exit code']} and {ours['exit code']}, {nodes} nodes, {len(found)} differences", flush=True)
        for path, a, b in found[:20]:
            print(f"    {path}\n      dbt  {json.dumps(a)[:200]}\n      gdbt {json.dumps(b)[:200]}")
        if theirs["exit code"] != ours["exit code"]:
            print(f"    dbt's output ends with\n{theirs['end']}\n    gdbt's\n{ours['end']}")
        same = same and not found
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("checkouts", "work", "dbt", "gdbt"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--target")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    for name in ("checkouts", "work", "dbt", "gdbt"):
        setattr(options, name, getattr(options, name).resolve())
    table = yaml.safe_load((Path(__file__).parent / "projects.yml").read_text())
    same = True
    for case in table["projects"]:
        if options.names and case["name"] not in options.names:
            continue
        for target in case.get("targets", ["duckdb"]):
            if options.target in (None, target) and (target != "postgres" or os.environ.get("PGHOST")):
                same = compare(options, table["packages"], {**case, "steps": case.get("steps", ["parse", "build"])}, target) and same
    sys.exit(not same)


main()
