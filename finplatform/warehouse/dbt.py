"""Running dbt: where its files go, and its arguments.

The project is part of the code; everything dbt writes goes to the platform's home. Belongs here:
paths and pure functions that build arguments. Does not belong here: the parsed project (see
`dbt_manifest`) and Dagster's view of the models.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from finplatform.settings import PROJECT_ROOT, Settings
from finplatform.warehouse.database import Warehouse
from finplatform.windows import Window

PROJECT_DIR = PROJECT_ROOT / "dbt_project"


def target_dir(settings: Settings) -> Path:
    """Folder of compiled models and the manifest."""
    return settings.home / "dbt" / "target"


def paths_environment(settings: Settings) -> dict[str, str]:
    """Variables that keep dbt's files in the platform's home."""
    return {
        "DBT_TARGET_PATH": str(target_dir(settings)),
        "DBT_LOG_PATH": str(settings.logs / "dbt"),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "FINPLATFORM_DBT_THREADS": str(settings.dbt_threads),
    }


def export_environment(settings: Settings, warehouse: Warehouse) -> None:
    """Puts what dbt's profile reads into this process's environment, the one place dbt looks."""
    os.environ.update(  # noqa: TID251 - written for dbt, read by nobody here
        {**paths_environment(settings), **warehouse.dbt_environment()}
    )


def build_arguments(window: Window | None, selection: Sequence[str] = ()) -> list[str]:
    """Arguments of a `dbt build` of models, seeds and data tests.

    Unit tests check the code, not the data: they run with the other tests.

    Args:
        window: Days to replace; None for models without partitions.
        selection: Models to build; default: what the caller adds.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if selection:
        arguments += ["--select", *selection]
    if window is not None:
        arguments += ["--vars", json.dumps(window_variables(window))]
    return arguments


def window_variables(window: Window) -> dict[str, str]:
    """Dbt variables of a window, half-open."""
    return {"min_date": window.start.isoformat(), "max_date": window.end.isoformat()}
