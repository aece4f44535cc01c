"""A source reads below its root alone, wherever names and links lead."""

import os
from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import FilesSource
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.naming import resolved_below
from finplatform_tests.unit.ingest.connectors.files_cases import read, refusal, rows

ESCAPES = (
    "../secret.csv",
    "../*.csv",
    "..",
    "../root/../secret.csv",
    "inside/../../secret.csv",
    "inside/../good.csv",
    "./../secret.csv",
    "*/../../secret.csv",
    "**/../secret.csv",
    "../secret_{date}.csv",
    "{date:%Y}/../../{date:%m}{date:%d}.csv",
    "inside//..//..//secret.csv",
    "/etc/passwd",
    "//etc/passwd",
    "/etc/pass*",
    "link.csv",
    "link*.csv",
    "folder_link/secret.csv",
    "folder_link/*.csv",
    "*/secret.csv",
    "chain.csv",
    "relative.csv",
    "inside/up.csv",
    "day_{date}.csv",
    "",
    ".",
    "good.csv\0.csv",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder whose links lead out of it in several ways, and one file that is its own."""
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    for secret in (tmp_path / "secret.csv", tmp_path / "outside/secret.csv"):
        secret.write_text("k\nsecret\n")
    (root / "good.csv").write_text("k\n1\n")
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    (root / "relative.csv").symlink_to(Path("../secret.csv"))
    (root / "chain.csv").symlink_to(root / "link.csv")
    (root / "inside/up.csv").symlink_to(Path("../../secret.csv"))
    (root / "folder_link").symlink_to(tmp_path / "outside")
    (root / "day_2025-01-01.csv").symlink_to(tmp_path / "secret.csv")
    return root


@pytest.mark.parametrize("relation", ESCAPES)
def test_no_name_and_no_link_leaves_the_root(relation: str, root: Path) -> None:
    reported = refusal(root, relation)
    assert reported is not None
    assert "secret\n" not in reported
    with pytest.raises(FinplatformError):
        FilesConnector(FilesSource(connector="files", root="."), root).read_lookup(relation)


def test_a_link_to_a_file_of_the_same_root_is_read(root: Path) -> None:
    (root / "inside/good.csv").symlink_to(root / "good.csv")
    assert rows(read(root, "inside/good.csv")) == [("1",)]


def test_a_root_that_is_a_link_is_a_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(root)
    assert rows(read(tmp_path / "other", "good.csv")) == [("1",)]


def test_a_link_that_leads_nowhere_or_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "circle.csv").symlink_to(tmp_path / "circle.csv")
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "missing.csv")
    for name in ("circle.csv", "nowhere.csv"):
        with pytest.raises(FinplatformError, match="leads to no file"):
            resolved_below(tmp_path / name, tmp_path)
        assert "No file matches" in (refusal(tmp_path, name) or "")


def test_what_is_no_ordinary_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    assert "No file matches" in (refusal(tmp_path, "*.csv") or "")
