"""Every class with tests below dbt.tests.adapter, as it is, on DuckDB. What real dbt fails here says nothing about gdbt."""
import importlib
import inspect
import pathlib

import dbt.tests.adapter as base

# Features that dbt-duckdb has not, or that need a service.
LEFT_OUT = ("catalog_integrations", "test_spark", "materialized_view")

root = pathlib.Path(base.__path__[0])
for path in sorted(root.rglob("*.py")):
    label = "_".join(path.relative_to(root).with_suffix("").parts)
    if any(part in str(path) for part in LEFT_OUT) or path.name == "__init__.py":
        continue
    module = importlib.import_module(".".join([base.__name__, *path.relative_to(root).with_suffix("").parts]))
    for name, cls in sorted(vars(module).items()):
        if not inspect.isclass(cls) or cls.__module__ != module.__name__:
            continue
        own = [attr for attr in vars(cls) if not attr.startswith("__")]
        if not own and any(parent.__module__ == module.__name__ for parent in cls.__bases__):
            continue  # only there to be run by its own module
        if any(attr.startswith("test_") and callable(getattr(cls, attr)) for attr in dir(cls)):
            globals()[f"Test_{label}_{name}"] = type(f"Test_{label}_{name}", (cls,), {"__module__": __name__})
