"""The dbt project: its folders, and its parsed manifest.

The project is part of the code; dbt writes to the platform's home. The manifest is parsed without a
server when the project or the connection has changed, by the first process that needs it. Belongs
here: dbt's environment and commands other than those of asset runs.
Does not belong here: dbt models as assets (`finplatform.orchestration.assets.dbt`).
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from finplatform.errors import FinplatformError
from finplatform.settings import PROJECT_ROOT, Settings, child_environment
from finplatform.warehouse.bank_days import bank_timezone
from finplatform.warehouse.database import (
    Warehouse,
    open_warehouse,
    temporary_database,
    warehouse_location,
)
from finplatform.windows import Window

PROJECT_DIR = PROJECT_ROOT / "dbt_project"

Node = Mapping[str, Any]
"""A node of the manifest."""

_SOURCE_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md", ".py"}
_SHOWN_CHARACTERS = 2_000


def target_dir(settings: Settings) -> Path:
    """Folder of the manifest and of compiled models."""
    return settings.home / "dbt" / "target"


def shell_target_dir(settings: Settings) -> Path:
    """Target folder of dbt commands run by a user."""
    return settings.home / "dbt" / "shell"


def dbt_environment(settings: Settings, location: URL) -> dict[str, str]:
    """Variables that dbt and `profiles.yml` read.

    Args:
        settings: Folders and number of threads.
        location: URL of the database.
    """
    host = location.query.get("host") or location.host or "localhost"
    port = location.query.get("port") or location.port or 5432
    return {
        "DBT_TARGET_PATH": str(target_dir(settings)),
        "DBT_LOG_PATH": str(settings.logs / "dbt"),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "FINPLATFORM_DBT_TARGET": "prod",
        "FINPLATFORM_BANK_TIMEZONE": bank_timezone(settings),
        "FINPLATFORM_DBT_THREADS": str(settings.dbt_threads),
        "FINPLATFORM_PG_HOST": str(host),
        "FINPLATFORM_PG_PORT": str(port),
        "FINPLATFORM_PG_USER": location.username or "",
        "FINPLATFORM_PG_PASSWORD": location.password or "",
        "FINPLATFORM_PG_DATABASE": location.database or "",
        **{
            f"FINPLATFORM_PG_{name.upper()}": str(location.query.get(name) or "")
            for name in ("sslmode", "sslrootcert", "sslcert", "sslkey")
        },
    }


def dbt_executable() -> str:
    """Path of the `dbt` command of this Python environment."""
    return str(Path(sys.executable).with_name("dbt"))


def run_dbt(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Runs a dbt command in the project's folder and waits.

    Args:
        arguments: The command and its options.
        environment: Result of `dbt_environment`.

    Returns:
        Output of dbt.

    Raises:
        FinplatformError: If dbt exits with an error, with the end of its output.
    """
    done = subprocess.run(  # noqa: S603 - our own executable and arguments
        [dbt_executable(), "--no-use-colors", *arguments],
        cwd=PROJECT_DIR,
        env=child_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FinplatformError(
            f"dbt {arguments[0]} failed: {done.stdout.strip()[-_SHOWN_CHARACTERS:]}",
            f"Run dbt in {PROJECT_DIR.name}; see docs/runbook.md.",
        )
    return done.stdout


def manifest_path(settings: Settings) -> Path:
    """Path of an up-to-date manifest; parses the project if there is none.

    Raises:
        FinplatformError: If the project does not parse.
    """
    target = target_dir(settings)
    manifest, stamp = target / "manifest.json", target / "project.sha256"
    environment = dbt_environment(settings, warehouse_location(settings))
    fingerprint = _fingerprint(environment)
    if _is_current(manifest, stamp, fingerprint):
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    with (target / "parse.lock").open("w") as lock:
        # A webserver, a daemon and a run may start at the same time: a lock lets one of them parse.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(manifest, stamp, fingerprint):
            run_dbt(["parse", "--quiet"], environment)
            stamp.write_text(fingerprint)
    return manifest


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The manifest as a dictionary."""
    manifest: dict[str, Any] = json.loads(manifest_path(settings).read_text(encoding="utf-8"))
    return manifest


def compile_models(settings: Settings, warehouse: Warehouse, window: Window | None = None) -> Path:
    """Compiles every model.

    Args:
        settings: Folders of dbt.
        warehouse: The database; in an empty one no model is incremental yet.
        window: Days of partitioned models; default: the project's default window.

    Returns:
        A target folder with the manifest, whose nodes have their compiled SQL.
    """
    target = target_dir(settings).with_name("compiled")
    environment = dbt_environment(settings, warehouse.location) | {"DBT_TARGET_PATH": str(target)}
    arguments = ["compile", "--quiet", "--select", "resource_type:model"]
    if window is not None:
        # `dbt compile` has no option for the event time.
        bounds = {"min_date": window.start.isoformat(), "max_date": window.end.isoformat()}
        arguments += ["--vars", json.dumps(bounds)]
    run_dbt(arguments, environment)
    return target


def compiled_models(settings: Settings) -> dict[str, str]:
    """SQL of every model and function by `schema.name`, as for a first build."""
    with temporary_database(open_warehouse(settings), "finplatform_compiled") as empty:
        target = compile_models(settings, empty)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return {name: node["compiled_code"] for name, node in models(manifest).items()}


def window_arguments(window: Window | None) -> list[str]:
    """Options of `dbt build` and `dbt run` that give the window of partitioned models.

    The window is passed as the event time: unlike `--vars`, it does not make dbt parse the project
    again.
    """
    if window is None:
        return []
    start, end = window.start.isoformat(), window.end.isoformat()
    return ["--event-time-start", start, "--event-time-end", end]


def write_dbt_site(settings: Settings, page: Path) -> None:
    """Writes dbt's documentation as one page: models, tests, columns and their graph.

    Args:
        settings: Folders of dbt.
        page: The file.
    """
    manifest_path(settings)
    environment = dbt_environment(settings, warehouse_location(settings))
    run_dbt(["docs", "generate", "--static", "--empty-catalog", "--no-compile"], environment)
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(target_dir(settings) / "static_index.html", page)


def models(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Model nodes of a manifest by `schema.table`."""
    return {
        table_name(node): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def table_name(node: Node) -> str:
    """`schema.table` of a model, seed or source, by its alias."""
    return f"{node['schema']}.{node.get('alias') or node['name']}"


def _is_current(manifest: Path, stamp: Path, fingerprint: str) -> bool:
    return manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint


def _fingerprint(environment: Mapping[str, str]) -> str:
    """Digest of the inputs of a parse: the project, dbt's version, and the connection.

    dbt reparses everything when host, port, user or database of the profile have changed; the
    password does not matter.
    """
    digest = hashlib.sha256()
    for name in ("HOST", "PORT", "USER", "DATABASE"):
        digest.update(environment[f"FINPLATFORM_PG_{name}"].encode() + b"\0")
    digest.update(version("dbt-core").encode())
    for path in sorted(PROJECT_DIR.rglob("*")):
        if path.suffix in _SOURCE_SUFFIXES and "target" not in path.parts:
            digest.update(str(path.relative_to(PROJECT_DIR)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
