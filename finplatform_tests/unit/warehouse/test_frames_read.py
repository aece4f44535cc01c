"""Frames that a run has read: read once, forgotten when the table changes, never beyond bounds."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import polars as pl
import pytest

from finplatform.warehouse.frames_read import FramesRead

ONE = pl.DataFrame({"amount": [1, 2, 3]})
BYTES = ONE.estimated_size()


class Table:
    """A table whose readings are counted."""

    def __init__(self) -> None:
        self.readings = 0

    def read(self) -> pl.DataFrame:
        self.readings += 1
        return ONE


@pytest.fixture
def table() -> Table:
    return Table()


def test_what_was_read_in_a_run_is_not_read_again(table: Table) -> None:
    frames = FramesRead()
    with frames.during_run():
        first = frames.get("gold.facts", "all", table.read)
        second = frames.get("gold.facts", "all", table.read)
    assert table.readings == 1
    assert first.equals(ONE)
    assert second.equals(ONE)


def test_outside_of_a_run_and_in_the_next_one_it_is_read_again(table: Table) -> None:
    frames = FramesRead()
    frames.get("gold.facts", "all", table.read)
    with frames.during_run():
        frames.get("gold.facts", "all", table.read)
    with frames.during_run():
        frames.get("gold.facts", "all", table.read)
    assert table.readings == 3


def test_it_is_kept_until_the_last_of_several_runs_ends(table: Table) -> None:
    frames = FramesRead()
    with frames.during_run():
        with frames.during_run():
            frames.get("gold.facts", "all", table.read)
        frames.get("gold.facts", "all", table.read)
    assert table.readings == 1


def test_a_table_that_changed_is_read_again_and_others_are_not(table: Table) -> None:
    other = Table()
    frames = FramesRead()
    with frames.during_run():
        for _ in range(2):
            frames.get("gold.facts", "all", table.read)
            frames.get("gold.others", "all", other.read)
            frames.forget("gold.facts")
    assert (table.readings, other.readings) == (2, 1)


def test_other_parts_of_a_table_are_other_frames(table: Table) -> None:
    frames = FramesRead()
    with frames.during_run():
        for part in ("2025", "2026"):
            frames.get("gold.facts", part, table.read)
    assert table.readings == 2


def test_what_a_reader_does_to_its_frame_stays_with_it(table: Table) -> None:
    frames = FramesRead()
    with frames.during_run():
        frames.get("gold.facts", "all", table.read).insert_column(0, pl.Series("more", [7, 8, 9]))
        assert frames.get("gold.facts", "all", table.read).columns == ["amount"]


def test_beyond_the_bounds_the_longest_unused_goes() -> None:
    a, b, c = Table(), Table(), Table()
    frames = FramesRead(max_bytes=2 * BYTES)
    with frames.during_run():
        frames.get("a", 0, a.read)
        frames.get("b", 0, b.read)
        frames.get("a", 0, a.read)
        frames.get("c", 0, c.read)
        frames.get("a", 0, a.read)
        frames.get("b", 0, b.read)
    assert (a.readings, b.readings, c.readings) == (1, 2, 1)


def test_a_frame_larger_than_the_bounds_is_read_each_time(table: Table) -> None:
    frames = FramesRead(max_bytes=BYTES - 1)
    with frames.during_run():
        assert frames.get("gold.facts", "all", table.read).equals(ONE)
        assert frames.get("gold.facts", "all", table.read).equals(ONE)
    assert table.readings == 2


def test_who_wants_what_another_reads_waits_for_it(table: Table) -> None:
    begun, go_on = Event(), Event()

    def read() -> pl.DataFrame:
        begun.set()
        assert go_on.wait(10)
        return table.read()

    frames = FramesRead()
    with frames.during_run(), ThreadPoolExecutor(2) as pool:
        first = pool.submit(frames.get, "gold.facts", "all", read)
        assert begun.wait(10)
        second = pool.submit(frames.get, "gold.facts", "all", read)
        go_on.set()
        assert first.result(10).equals(second.result(10))
    assert table.readings == 1


def test_a_reading_that_failed_is_tried_again(table: Table) -> None:
    def fail() -> pl.DataFrame:
        raise OSError("the server is gone")

    frames = FramesRead()
    with frames.during_run():
        with pytest.raises(OSError, match="gone"):
            frames.get("gold.facts", "all", fail)
        assert frames.get("gold.facts", "all", table.read).equals(ONE)
