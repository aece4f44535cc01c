"""What dbt tells of the project without a server: the SQL of its models, and its own site.

Documents read which columns a model's columns are made of; for that its macros must have been
written out, as a run on an empty database would. Belongs here: both. Does not belong here: reading
the SQL (see `finplatform.documentation.model_columns`).
"""

import json
import shutil
from pathlib import Path
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.dbt import PROJECT_DIR, target_dir
from finplatform.warehouse.dbt_manifest import manifest_path, parsed_project, without_server

_QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-write-json")
_NO_SERVER = ("--no-introspect", "--no-populate-cache")

# Any window: it changes the days in the SQL, not its columns.
_WINDOW = {"min_date": "2024-01-01", "max_date": "2024-02-01"}


def compiled_models(settings: Settings) -> dict[str, str]:
    """SQL of every model and function by `schema.name`.

    Raises:
        FinplatformError: If a model does not compile.
    """
    from dbt.adapters.postgres import PostgresAdapter
    from dbt.cli.main import dbtRunner

    arguments = ["compile", "--select", "resource_type:model", *_NO_SERVER]
    arguments += ["--vars", json.dumps(_WINDOW), "--project-dir", str(PROJECT_DIR)]
    # Not into the folder of runs, whose SQL is for reading after a failure.
    arguments += ["--target-path", str(target_dir(settings).with_name("documents"))]
    manifest = parsed_project(settings)
    asked = PostgresAdapter.get_relation
    try:
        # `is_incremental` asks whether the table is there: on no server, none is.
        PostgresAdapter.get_relation = _no_relation  # type: ignore[method-assign]
        with without_server(settings):
            outcome = dbtRunner(manifest=manifest).invoke([*_QUIET, *arguments])
    finally:
        PostgresAdapter.get_relation = asked  # type: ignore[method-assign]
    results: Any = outcome.result
    if not outcome.success or results is None:
        raise FinplatformError(f"The dbt project does not compile: {outcome.exception}")
    return {
        f"{result.node.schema}.{result.node.name}": result.node.compiled_code
        for result in results.results
        if str(result.node.resource_type) == "model"
    }


def write_dbt_site(settings: Settings, page: Path) -> None:
    """Writes dbt's documentation as one page: models, tests, columns and their graph.

    Args:
        settings: Say where dbt's files go.
        page: The file.

    Raises:
        FinplatformError: If dbt cannot write it.
    """
    from dbt.cli.main import dbtRunner

    target = target_dir(settings).with_name("documents")
    arguments = ["docs", "generate", "--static", "--empty-catalog", "--no-compile"]
    arguments += ["--project-dir", str(PROJECT_DIR), "--target-path", str(target)]
    manifest = parsed_project(settings)
    target.mkdir(parents=True, exist_ok=True)
    # The page is made from the file, which dbt does not write of a manifest that it was given.
    shutil.copyfile(manifest_path(settings), target / "manifest.json")
    with without_server(settings):
        outcome = dbtRunner(manifest=manifest).invoke([*_QUIET[:-1], *arguments])
    written = target / "static_index.html"
    if not outcome.success or not written.exists():
        raise FinplatformError(f"dbt could not write its documentation: {outcome.exception}")
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(written, page)


def _no_relation(*_: object, **__: object) -> None:
    """There is no such table."""
