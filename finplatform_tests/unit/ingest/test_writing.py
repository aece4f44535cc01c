"""One frame is written while the next one is judged: in order, and without losing an error."""

import threading
from typing import Any

import polars as pl
import pytest

from finplatform.ingest import writing
from finplatform.ingest.writing import FrameWriter
from finplatform_tests.waiting import wait_for

ROWS = pl.DataFrame({"n": [1, 2, 3]})


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tables in the order in which rows were appended; a table named `broken` cannot be written."""
    tables: list[str] = []

    def append(_connection: Any, _schema: str, table: str, rows: pl.DataFrame) -> int:
        if table == "broken":
            raise OSError("no room")
        tables.append(table)
        return rows.height

    monkeypatch.setattr(writing.bulk, "append", append)
    return tables


def test_frames_are_written_in_their_order_and_counted(written: list[str]) -> None:
    with FrameWriter(None) as writer:
        for name in "abc":
            writer.begin(name, ROWS)
    assert (written, writer.rows) == (["a", "b", "c"], 9)


def test_the_connection_is_handed_out_only_when_nothing_is_being_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_end, has_ended = threading.Event(), threading.Event()

    def append(*_: Any) -> int:
        wait_for(may_end)
        has_ended.set()
        return 1

    monkeypatch.setattr(writing.bulk, "append", append)
    with FrameWriter(None) as writer:
        writer.begin("a", ROWS)
        assert not has_ended.is_set()
        may_end.set()
        writer.wait()
        assert has_ended.is_set()


@pytest.mark.usefixtures("written")
def test_an_error_of_the_last_frame_is_reported() -> None:
    with pytest.raises(OSError, match="no room"), FrameWriter(None) as writer:
        writer.begin("broken", ROWS)


def test_nothing_is_written_after_a_frame_that_could_not_be(written: list[str]) -> None:
    writer = FrameWriter(None)
    writer.begin("broken", ROWS)
    with pytest.raises(OSError, match="no room"):
        writer.begin("after", ROWS)
    assert written == []


@pytest.mark.usefixtures("written")
def test_an_error_of_the_judging_is_not_hidden_by_one_of_the_writing() -> None:
    def judge() -> None:
        with FrameWriter(None) as writer:
            writer.begin("broken", ROWS)
            raise ValueError("bad batch")

    with pytest.raises(ValueError, match="bad batch"):
        judge()
