"""Each kind of message of `pgoutput` is read as PostgreSQL writes it."""

import pytest

from finplatform.cdc.messages import Column, Kind, Relation, read_relation, read_truncate
from finplatform.errors import FinplatformError
from finplatform_tests.unit.cdc import golden
from finplatform_tests.unit.cdc.golden import decoder, rows, stream


def test_a_relation_has_its_identity_and_columns() -> None:
    assert read_relation(golden.RELATION_D) == Relation(
        golden.D,
        "g",
        "d",
        "d",
        (Column("id", 0x17, True), Column("name", 0x19, False), Column("mood", 0x4492, False)),
    )
    assert read_relation(golden.RELATION_F).identity == "f"


def test_a_truncate_names_its_relations() -> None:
    assert read_truncate(golden.TRUNCATE).relation_ids == (golden.D, golden.F)


def test_an_insert_has_values_empty_text_and_nulls() -> None:
    decoded = decoder().decode(
        stream(golden.BEGIN, golden.RELATION_D, golden.INSERT_D, golden.COMMIT)
    )
    assert rows(decoded, "accounts") == [("c", "1", "Zoë", None)]


def test_a_change_has_commit_time_position_and_transaction() -> None:
    decoded = decoder().decode(
        stream(golden.BEGIN, golden.RELATION_D, golden.INSERT_D, golden.COMMIT)
    )
    row = decoded[0].frames[0].row(0, named=True)
    assert row["_changed_at"].timestamp() * 1_000_000 == pytest.approx(golden.COMMIT_US, abs=1)
    assert (row["_lsn"], row["_xid"], row["_day"]) == (1_002, 837, None)


def test_progress_ends_behind_the_commit() -> None:
    one = decoder()
    one.decode(stream(golden.BEGIN, golden.COMMIT))
    assert (one.progress.end_lsn, one.progress.transactions) == (0x2F90FF8, 1)
    assert one.progress.last_commit_us == golden.COMMIT_US


def test_an_update_keeps_the_value_that_is_not_sent_again() -> None:
    decoded = decoder().decode(
        stream(golden.BEGIN, golden.RELATION_F, golden.INSERT_F, golden.UPDATE_F, golden.COMMIT)
    )
    # The key has changed: one row goes, another one comes.
    assert rows(decoded, "customers") == [("c", "1", "xx"), ("d", "1", "xx"), ("c", "2", "xx")]


def test_a_delete_has_all_values_before_it() -> None:
    decoded = decoder().decode(
        stream(golden.BEGIN, golden.RELATION_F, golden.DELETE_F, golden.COMMIT)
    )
    assert rows(decoded, "customers") == [("d", "2", "xx")]


@pytest.mark.parametrize("message", [golden.UPDATE_D, golden.UPDATE_KEY_D, golden.DELETE_D])
def test_a_change_without_the_row_before_it_is_incomplete(message: bytes) -> None:
    (decoded,) = decoder().decode(stream(golden.BEGIN, golden.RELATION_D, message, golden.COMMIT))
    assert decoded.is_incomplete
    assert rows([decoded], "accounts") == []


def test_a_truncate_empties_each_of_its_tables() -> None:
    decoded = decoder().decode(
        stream(golden.BEGIN, golden.RELATION_D, golden.RELATION_F, golden.TRUNCATE, golden.COMMIT)
    )
    assert {decoded.table.table: decoded.is_truncated for decoded in decoded} == {
        "accounts": True,
        "customers": True,
    }


def test_types_origins_and_messages_change_nothing() -> None:
    decoded = decoder().decode(
        stream(
            golden.BEGIN, golden.ORIGIN, golden.TYPE, golden.MESSAGE, golden.RELATION_D,
            golden.INSERT_D, golden.COMMIT,
        )
    )  # fmt: skip
    assert rows(decoded, "accounts") == [("c", "1", "Zoë", None)]


@pytest.mark.parametrize("kind", [b"S", b"E", b"c", b"A", b"b", b"P", b"K", b"r", b"p"])
def test_streamed_and_prepared_transactions_are_refused(kind: bytes) -> None:
    with pytest.raises(FinplatformError, match=f"unknown kind '{kind.decode()}'"):
        decoder().decode(stream(golden.BEGIN, kind + bytes(20)))


def test_every_kind_has_golden_bytes() -> None:
    samples = (
        golden.BEGIN, golden.COMMIT, golden.ORIGIN, golden.RELATION_D, golden.TYPE,
        golden.INSERT_D, golden.UPDATE_D, golden.DELETE_D, golden.TRUNCATE, golden.MESSAGE,
    )  # fmt: skip
    assert {sample[0] for sample in samples} == {int(kind) for kind in Kind}
