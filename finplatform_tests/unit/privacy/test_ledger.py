"""The ledger of erasures: it only grows, names nobody, and a gap in it is an error."""

import json
from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform.privacy.ledger import Entry, append, ledger_path, read, subject_hashes
from finplatform.security.keys import MasterKey
from finplatform.settings import Settings

MASTER = MasterKey(bytes(range(32)))
ENTRY = Entry("2026-11-30T12:00:00+00:00", "anna", "ab" * 16, "PR-0123456789", "Letter")


def test_entries_are_read_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "privacy" / "erasures.jsonl"
    other = Entry("2026-12-01T12:00:00+00:00", "anna", "cd" * 16, "PR-1123456789", "Letter")
    append(path, [ENTRY])
    append(path, [other])
    assert read(path) == [ENTRY, other]


def test_it_is_for_this_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "privacy" / "erasures.jsonl"
    append(path, [ENTRY])
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_where_nobody_was_erased_there_are_no_entries(settings: Settings) -> None:
    assert read(ledger_path(settings)) == []


@pytest.mark.parametrize("line", ["", "{", '{"at": 1}', json.dumps({"at": "x", "who": "y"})])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "erasures.jsonl"
    append(path, [ENTRY])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(FinplatformError, match="Line 2"):
        read(path)


def test_a_ledger_that_cannot_be_written_stops_the_erasure(tmp_path: Path) -> None:
    (tmp_path / "privacy").write_text("a file where the folder should be")
    with pytest.raises(FinplatformError, match="Nothing was erased"):
        append(tmp_path / "privacy" / "erasures.jsonl", [ENTRY])


def test_hashes_outlive_a_rotation_and_are_nothing_without_the_key() -> None:
    hashes = subject_hashes(MASTER, ["C1", "C2"])
    assert hashes == subject_hashes(MASTER.rotated(), ["C2", "C1"])
    assert len(set(hashes.values())) == 2
    assert hashes != subject_hashes(MasterKey(bytes(32)), ["C1", "C2"])
