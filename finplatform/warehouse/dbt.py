"""Running dbt: where its files go, its manifest, and its arguments.

The project is part of the code; everything dbt writes goes to the platform's home. The manifest is
made when it is missing or older than the project, without a database. Belongs here: paths and pure
functions that build arguments. Does not belong here: Dagster's view of the models.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.settings import PROJECT_ROOT, Settings
from finplatform.warehouse.database import Warehouse
from finplatform.windows import Window

PROJECT_DIR = PROJECT_ROOT / "dbt_project"

_SOURCE_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md", ".py"}


def executable() -> Path:
    """The `dbt` beside this interpreter, whether or not the environment is activated."""
    return Path(sys.executable).with_name("dbt")


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


def manifest_path(settings: Settings) -> Path:
    """Path of an up-to-date manifest; parses the project when there is none.

    Raises:
        FinplatformError: If the project does not parse.
    """
    target = target_dir(settings)
    manifest, stamp = target / "manifest.json", target / "project.sha256"
    fingerprint = _fingerprint()
    if _is_current(manifest, stamp, fingerprint):
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    with (target / "parse.lock").open("w") as lock:
        # A webserver, a daemon and a run may start at once: one of them parses.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(manifest, stamp, fingerprint):
            _parse(settings)
            stamp.write_text(fingerprint)
    return manifest


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The manifest as a dictionary."""
    manifest: dict[str, Any] = json.loads(manifest_path(settings).read_text(encoding="utf-8"))
    return manifest


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


def models(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Model nodes of a manifest by `schema.name`."""
    return {
        f"{node['schema']}.{node['name']}": node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def _parse(settings: Settings) -> None:
    placeholder = {
        f"FINPLATFORM_PG_{name}": "0" if name == "PORT" else "unused"
        for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
    }
    result = subprocess.run(  # noqa: S603 - our own executable and arguments
        [str(executable()), "--no-use-colors", "parse", "--project-dir", str(PROJECT_DIR)],
        env={**os.environ, **paths_environment(settings), **placeholder},  # noqa: TID251
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise FinplatformError(
            f"The dbt project does not parse: {result.stdout.strip()[-2000:]}",
            f"Run `dbt parse --project-dir {PROJECT_DIR.name}` to see all of it.",
        )


def _is_current(manifest: Path, stamp: Path, fingerprint: str) -> bool:
    return manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(PROJECT_DIR.rglob("*")):
        if path.suffix in _SOURCE_SUFFIXES and "target" not in path.parts:
            digest.update(str(path.relative_to(PROJECT_DIR)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
