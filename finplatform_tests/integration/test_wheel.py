"""The wheel holds what the platform reads, and works in an environment without the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from finplatform.settings import PROJECT_ROOT
from finplatform.warehouse.embedded.ports import free_port

pytestmark = pytest.mark.integration

PARTS = ("finplatform", "dbt_project", "sources.yaml")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the files that git knows, built apart from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PARTS, "pyproject.toml", "setup.py", "README.md", "LICENSE"],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((PROJECT_ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", str(folder), str(source)],
        check=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package_and_of_the_dbt_project(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PARTS],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    wanted = {
        name if name.startswith("finplatform/") else f"finplatform/project/{name}"
        for name in filter(None, listed.split("\0"))
    }
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert len(wanted) > 1_000
    assert sorted(wanted - held) == []
    assert not [name for name in held if name.startswith("finplatform_tests")]
    surplus = {name for name in held - wanted if ".dist-info/" not in name}
    assert not surplus


@pytest.mark.graph
def test_a_demo_runs_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    environment, folder = tmp_path / "venv", tmp_path / "empty"
    folder.mkdir()
    uv = str(Path(sys.executable).with_name("uv"))
    python = str(environment / "bin" / "python")
    lock = str(PROJECT_ROOT / "requirements.lock")
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(environment)],
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock],
        [uv, "pip", "install", "--quiet", "--no-deps", "--python", python, str(wheel)],
    ):
        subprocess.run(command, check=True)
    plain = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    plain = {k: v for k, v in plain.items() if not k.startswith("FINPLATFORM_")}
    command = str(environment / "bin" / "finplatform")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [command, *arguments],
            cwd=folder,
            env={**plain, "FINPLATFORM_POSTGRES_PORT": str(free_port())},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-3000:]}"
        return done.stdout

    try:
        summary = json.loads(run("demo", "--customers", "150", "--transactions", "8000", "--json"))
        counted = run("sql", "--json", "select count(*) as rows from gold.fact_transactions")
        assert summary
        assert json.loads(counted)[0]["rows"] > 7_000
        assert [path.name for path in folder.iterdir()] == [".finplatform"]
    finally:
        run("down")
