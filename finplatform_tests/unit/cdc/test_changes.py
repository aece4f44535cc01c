"""A stream becomes changes of tables: each new one once, in the order of commits, on its day."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.cdc.changes import Decoder
from finplatform.cdc.snapshots import Snapshot
from finplatform.cdc.source import CapturedSource, CapturedTable
from finplatform.errors import FinplatformError
from finplatform_tests.unit.cdc.golden import (
    COMMIT_US,
    begin,
    commit,
    decoder,
    delete,
    insert,
    relation,
    rows,
    stream,
    update,
)

ENTITY, EVENTS = 1, 2
SOURCE = CapturedSource(
    "core",
    "postgresql://",
    (
        CapturedTable("branches", "g", "branches", ("id",)),
        CapturedTable(
            "prices",
            "g",
            "prices",
            ("symbol", "day"),
            day="day",
            columns=("symbol", "day", "close"),
        ),
    ),
)
RELATIONS = (
    relation(ENTITY, "branches", {"id": 0x19, "name": 0x19}),
    relation(EVENTS, "prices", {"number": 0x17, "symbol": 0x19, "day": 0x43A, "close": 0x19}),
)


def decoded(*messages: bytes, one: Decoder | None = None) -> list:
    one = one or decoder(SOURCE)
    return one.decode(stream(*RELATIONS, *messages))


def times(changes: list) -> list[int]:
    frame = pl.concat(frame for one in changes for frame in one.frames)
    return frame["_changed_at"].to_physical().to_list()


def test_what_was_captured_before_is_not_taken_again() -> None:
    messages = (
        begin(1_000, 1), insert(ENTITY, "a", "x"), commit(1_000),
        begin(2_000, 2), insert(ENTITY, "b", "y"), commit(2_000),
    )  # fmt: skip
    one = decoder(SOURCE, watermark=1_000)
    assert rows(decoded(*messages, one=one), "branches") == [("c", "b", "y")]
    assert (one.progress.transactions, one.progress.end_lsn) == (1, 2_000)


def test_what_others_do_not_see_yet_waits_with_all_behind_it() -> None:
    messages = (
        begin(1_000, 5), insert(ENTITY, "a", "x"), commit(1_000),
        begin(2_000, 7), insert(ENTITY, "b", "y"), commit(2_000),
        begin(3_000, 6), insert(ENTITY, "c", "z"), commit(3_000),
    )  # fmt: skip
    one = decoder(SOURCE, seen=Snapshot(6, 10, (7,)))
    assert rows(decoded(*messages, one=one), "branches") == [("c", "a", "x")]
    assert one.progress.is_stopped
    assert one.progress.end_lsn == 1_000
    assert one.decode(stream(*messages)) == []


def test_a_transaction_goes_on_in_the_next_batch() -> None:
    one = decoder(SOURCE)
    first = one.decode(stream(*RELATIONS, begin(1_000, 9), insert(ENTITY, "a", "x")))
    second = one.decode(stream(insert(ENTITY, "b", "y"), commit(1_000)))
    assert rows([*first, *second], "branches") == [("c", "a", "x"), ("c", "b", "y")]
    assert times(first) == times(second) == [COMMIT_US]
    assert second[0].frames[0]["_xid"].to_list() == [9]
    assert one.progress.transactions == 1


def test_an_update_that_changes_nothing_is_none() -> None:
    messages = (begin(1_000, 1), update(ENTITY, ("a", "x"), ("a", "x")), commit(1_000))
    assert rows(decoded(*messages), "branches") == []


def test_an_update_from_and_to_null_is_one() -> None:
    messages = (
        begin(1_000, 1), update(ENTITY, ("a", None), ("a", "x")),
        update(ENTITY, ("a", "x"), ("a", None)), commit(1_000),
    )  # fmt: skip
    assert rows(decoded(*messages), "branches") == [("u", "a", "x"), ("u", "a", None)]


def test_a_row_with_another_key_is_another_row() -> None:
    messages = (begin(1_000, 1), update(ENTITY, ("a", "x"), ("b", "x")), commit(1_000))
    assert rows(decoded(*messages), "branches") == [("d", "a", "x"), ("c", "b", "x")]


def test_a_row_that_moves_to_another_day_is_a_change_of_both() -> None:
    old, new = ("1", "S", "2025-01-10", "5"), ("1", "S", "2025-02-01", "5")
    (changes,) = decoded(begin(1_000, 1), update(EVENTS, old, new), commit(1_000))
    assert changes.frames[0].select("_op", "_day").rows() == [
        ("d", date(2025, 1, 10)),
        ("c", date(2025, 2, 1)),
    ]


def test_only_columns_that_are_wanted_are_kept() -> None:
    messages = (begin(1_000, 1), insert(EVENTS, "1", "S", "2025-01-10", "5"), commit(1_000))
    assert rows(decoded(*messages), "prices") == [("c", "S", date(2025, 1, 10), "5")]


def test_a_date_that_is_in_no_calendar_gives_no_day() -> None:
    (changes,) = decoded(begin(1_000, 1), insert(EVENTS, "1", "S", "infinity", "5"), commit(1_000))
    assert changes.frames[0]["_day"].to_list() == [None]


def test_changes_of_several_tables_keep_their_order() -> None:
    (first, second) = decoded(
        begin(1_000, 1), insert(EVENTS, "1", "S", "2025-01-10", "5"), insert(ENTITY, "a", "x"),
        delete(EVENTS, "1", "S", "2025-01-10", "5"), commit(1_000),
    )  # fmt: skip
    assert [row[0] for row in rows([first], "prices")] == ["c", "d"]
    assert rows([second], "branches") == [("c", "a", "x")]


def test_a_column_that_is_added_in_the_middle_of_a_batch_counts_from_there() -> None:
    wider = relation(ENTITY, "branches", {"id": 0x19, "name": 0x19, "city": 0x19})
    changes = decoded(
        begin(1_000, 1), insert(ENTITY, "a", "x"), commit(1_000),
        begin(2_000, 2), wider, insert(ENTITY, "b", "y", "Prague"), commit(2_000),
    )  # fmt: skip
    assert rows(changes, "branches") == [("c", "a", "x"), ("c", "b", "y", "Prague")]


def test_a_column_of_the_sources_own_log_is_left_out() -> None:
    odd = relation(ENTITY, "branches", {"id": 0x19, "_op": 0x19, "lsn": 0x19, "c0": 0x19})
    changes = decoder(SOURCE).decode(
        stream(odd, begin(1_000, 1), insert(ENTITY, "a", "theirs", "1", "z"), commit(1_000))
    )
    assert rows(changes, "branches") == [("c", "a", "1", "z")]


def test_other_tables_of_the_publication_are_passed_over() -> None:
    other = relation(3, "secrets", {"id": 0x19})
    assert decoded(other, begin(1_000, 1), insert(3, "a"), commit(1_000)) == []


def test_a_table_without_its_key_or_with_a_day_of_another_type_is_refused() -> None:
    nameless = relation(EVENTS, "prices", {"symbol": 0x19})
    with pytest.raises(FinplatformError, match=r"g\.prices has no column day"):
        decoded(nameless, begin(1_000, 1), insert(EVENTS, "S"), commit(1_000))
    text = relation(EVENTS, "prices", {"symbol": 0x19, "day": 0x19, "close": 0x19})
    with pytest.raises(FinplatformError, match="of which no business day can be made"):
        decoded(text, begin(1_000, 1), insert(EVENTS, "S", "2025-01-10", "5"), commit(1_000))


@given(
    st.lists(st.integers(min_value=-1_000, max_value=1_000), min_size=1, max_size=30),
    st.integers(min_value=1, max_value=29),
)
def test_time_orders_commits_as_the_log_does_whatever_the_clock_says(
    clock: list[int], cut: int
) -> None:
    messages = [
        message
        for place, shift in enumerate(clock, start=1)
        for message in (
            begin(place * 1_000, place, COMMIT_US + shift),
            insert(ENTITY, str(place), "x"),
            commit(place * 1_000, COMMIT_US + shift),
        )
    ]
    one = decoder(SOURCE, last_commit_us=COMMIT_US - 5)
    found = times(
        [*decoded(*messages[: cut * 3], one=one), *decoded(*messages[cut * 3 :], one=one)]
    )
    assert found == sorted(set(found))
    assert all(at >= COMMIT_US + shift for at, shift in zip(found, clock, strict=True))
    assert found[0] == max(COMMIT_US + clock[0], COMMIT_US - 4)


def test_days_are_those_of_the_banks_zone() -> None:
    source = replace(SOURCE, bank_timezone="Europe/Prague")
    zoned = relation(EVENTS, "prices", {"symbol": 0x19, "day": 0x4A0, "close": 0x19})
    one = Decoder(
        source,
        lambda oids: {oid: {0x19: "text", 0x4A0: "timestamptz"}[oid] for oid in oids},
        watermark=0,
        seen=Snapshot(10**6, 10**6),
    )
    (changes,) = one.decode(
        stream(
            zoned, begin(1_000, 1), insert(EVENTS, "S", "2025-01-10 23:30:00+00", "5"),
            commit(1_000),
        )
    )  # fmt: skip
    assert changes.frames[0]["_day"].to_list() == [date(2025, 1, 11)]
