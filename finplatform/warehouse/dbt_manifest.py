"""The parsed dbt project: as an object for runs, as a dictionary for the asset graph.

The project is parsed when it has changed, without a database, by whichever process comes first;
others read what it left. Belongs here: when to parse, where the result is kept, and what its nodes
say of each other. Does not belong here: running models (see `dbt_runner`).
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.database import warehouse_name
from finplatform.warehouse.dbt import PROJECT_DIR, paths_environment, target_dir

STORED = ("model", "seed")
"""Resource types whose nodes are tables, views or functions."""

Node = Mapping[str, Any]
"""A node of the manifest."""

_SOURCE_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md", ".py"}

# Parsing needs a profile but no server. It is the same one each time, because dbt parses
# everything anew when a variable of the profile differs from the last time.
_NO_SERVER = {
    "FINPLATFORM_PG_HOST": "unused",
    "FINPLATFORM_PG_PORT": "0",
    "FINPLATFORM_PG_USER": "unused",
    "FINPLATFORM_PG_PASSWORD": "unused",
    "FINPLATFORM_DBT_THREADS": "1",
}


def manifest_path(settings: Settings) -> Path:
    """Path of an up-to-date manifest; parses the project when there is none.

    Raises:
        FinplatformError: If the project does not parse.
    """
    target = target_dir(settings)
    manifest, stamp = target / "manifest.json", target / "project.sha256"
    fingerprint = _fingerprint(settings)
    if _is_current(manifest, stamp, fingerprint):
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    with (target / "parse.lock").open("w") as lock:
        # A webserver, a daemon and a run may start at once: one of them parses.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(manifest, stamp, fingerprint):
            _read_parsed.cache_clear()
            _parse(settings)
            stamp.write_text(fingerprint)
    return manifest


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The manifest as a dictionary."""
    manifest: dict[str, Any] = json.loads(manifest_path(settings).read_text(encoding="utf-8"))
    return manifest


def models(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Model nodes of a manifest by `schema.name`."""
    return {
        table_name(node): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def table_name(node: Node) -> str:
    """`schema.name` of a model, seed or source."""
    return f"{node['schema']}.{node['name']}"


def parents_of(node: Node, manifest: Mapping[str, Any]) -> Iterator[Node]:
    """Nodes and sources that a node reads."""
    for unique_id in node.get("depends_on", {}).get("nodes", ()):
        yield manifest["sources"].get(unique_id) or manifest["nodes"][unique_id]


def judged_node(test: Node, manifest: Mapping[str, Any]) -> Node:
    """The model or seed that a test is written at, or the only one that it reads, or names.

    Raises:
        FinplatformError: If the test leaves open which table it judges.
    """
    if test.get("attached_node"):
        attached: Node = manifest["nodes"][test["attached_node"]]
        return attached
    named = test["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    read = [node for node in parents_of(test, manifest) if node["resource_type"] in STORED]
    for node in read:
        if len(read) == 1 or node["name"] == named:
            return node
    raise FinplatformError(
        f"The dbt test {test['name']} does not say which table it judges.",
        "Give it `meta: dagster: ref: name:` with one of the tables that it reads.",
    )


def parsed_project(settings: Settings) -> Any:
    """Dbt's own object of the project; models and macros do not change while a process lives.

    Raises:
        FinplatformError: If the project does not parse.
    """
    return _read_parsed(manifest_path(settings).with_name("partial_parse.msgpack"))


@lru_cache(maxsize=1)
def _read_parsed(path: Path) -> Any:
    """What was parsed, as dbt keeps it for its next start."""
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest.from_msgpack(path.read_bytes())
    manifest.build_flat_graph()
    return manifest


def _parse(settings: Settings) -> None:
    from dbt.cli.main import dbtRunner

    quiet = ("--log-level", "none", "--log-level-file", "error", "--no-use-colors")
    with without_server(settings):
        outcome = dbtRunner().invoke([*quiet, "parse", "--project-dir", str(PROJECT_DIR)])
    if not outcome.success:
        raise FinplatformError(
            f"The dbt project does not parse: {str(outcome.exception).strip()[-2000:]}",
            f"Run `dbt parse --project-dir {PROJECT_DIR.name}` to see all of it.",
        )


@contextmanager
def without_server(settings: Settings) -> Iterator[None]:
    """Variables that dbt's profile reads, of a server that nobody will call."""
    values = paths_environment(settings) | _NO_SERVER
    values |= {"FINPLATFORM_PG_DATABASE": warehouse_name(settings)}
    before = {name: os.environ.get(name) for name in values}  # noqa: TID251 - handed back below
    os.environ.update(values)  # noqa: TID251 - written for dbt, read by nobody here
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]  # noqa: TID251
            else:
                os.environ[name] = value  # noqa: TID251


def _is_current(manifest: Path, stamp: Path, fingerprint: str) -> bool:
    return manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint


def _fingerprint(settings: Settings) -> str:
    """Of all that the manifest is made from: the project, and the database that it names."""
    digest = hashlib.sha256(warehouse_name(settings).encode())
    for path in sorted(PROJECT_DIR.rglob("*")):
        if path.suffix in _SOURCE_SUFFIXES and "target" not in path.parts:
            digest.update(str(path.relative_to(PROJECT_DIR)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
