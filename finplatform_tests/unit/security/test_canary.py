"""The search for leaks: nothing slips through at a border, in an escape or in a file's name."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finplatform.errors import FinplatformError
from finplatform.security.canary import Hit, find_canaries


@settings(max_examples=60)
@given(
    before=st.binary(max_size=40),
    chunk=st.integers(1, 20),
    # The longest form decides the overlap, and the shortest is then met twice.
    planted=st.sampled_from([b"Canary-42", b"Canary-42".hex().encode()]),
)
def test_a_canary_across_any_chunk_border_is_found_once_at_its_place(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, chunk: int, planted: bytes
) -> None:
    path = tmp_path_factory.mktemp("canary") / "data.bin"
    path.write_bytes(before + planted + b"\xff" * 7)
    found = find_canaries(path, ["Canary-42"], chunk_bytes=chunk)
    assert found == [Hit(str(path), len(before), "Canary-42")]


def test_every_occurrence_counts_also_of_canaries_within_each_other() -> None:
    found = find_canaries([b"none", b"abcabc"], ["abc", "bc", "abcabc"])
    assert [(hit.source, hit.offset, hit.canary) for hit in found] == [
        ("1", 0, "abc"),
        ("1", 0, "abcabc"),
        ("1", 1, "bc"),
        ("1", 3, "abc"),
        ("1", 4, "bc"),
    ]


def test_case_counts_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"user JOHN came")
    assert find_canaries(tmp_path, ["John"]) == []
    assert [hit.offset for hit in find_canaries(tmp_path, ["John"], ignore_case=True)] == [5]


@pytest.mark.parametrize(
    "stored",
    [
        "Müller".encode(),
        b'{"name": "M\\u00fcller"}',
        "Müller".encode("utf-16"),
        b"\\x" + "Müller".encode().hex().encode(),
    ],
)
def test_other_ways_of_writing_a_canary_are_found(stored: bytes) -> None:
    assert [hit.canary for hit in find_canaries([stored], ["Müller"])] == ["Müller"]


def test_a_tree_is_searched_whole_but_not_beyond_its_links(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    outside.mkdir()
    (outside / "far").write_bytes(b"canary")
    (root / "link").symlink_to(outside, target_is_directory=True)
    (root / "file_link").symlink_to(outside / "far")
    (root / "gone").symlink_to(outside / "missing")
    os.mkfifo(root / "pipe")
    (root / "a" / "b" / ".hidden").write_bytes(b"a canary")
    (root / "a" / "empty").write_bytes(b"")
    (root / "a" / "canary.html").write_bytes(b"nothing")
    assert find_canaries(root, ["canary"]) == [
        Hit(str(root / "a" / "b" / ".hidden"), 2, "canary"),
        Hit(str(root / "a" / "canary.html"), -1, "canary"),
    ]


def test_what_cannot_be_searched_is_an_error_not_a_clean_bill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FinplatformError, match="nothing to search"):
        find_canaries(tmp_path / "missing", ["canary"])
    with pytest.raises(FinplatformError, match="empty canary"):
        find_canaries(tmp_path, ["canary", " "])
    locked = tmp_path / "locked"
    locked.write_bytes(b"canary")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FinplatformError, match="locked cannot be searched"):
        find_canaries(tmp_path, ["canary"])


def test_a_file_that_vanishes_during_the_search_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x")

    def vanish(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "open", vanish)
    assert find_canaries(tmp_path, ["canary"]) == []
