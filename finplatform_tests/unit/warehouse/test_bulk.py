"""The bulk path without a server: what its errors tell, and that reading ahead ends cleanly."""

import threading
from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pytest
from adbc_driver_manager import AdbcStatusCode
from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk

BATCH = pa.record_batch({"n": [1, 2]})


def _reader(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(BATCH.schema, batches)


def _reading_threads() -> int:
    return sum(thread.name == "read ahead" for thread in threading.enumerate())


def test_all_batches_come_in_order() -> None:
    batches = [pa.record_batch({"n": [n, n]}) for n in range(20)]
    assert list(bulk._ahead(_reader(iter(batches)))) == batches
    assert _reading_threads() == 0


def test_reading_ends_with_who_stops_early() -> None:
    def endless() -> Iterator[pa.RecordBatch]:
        while True:
            yield BATCH

    batches = bulk._ahead(_reader(endless()))
    next(batches)
    assert _reading_threads() == 1
    batches.close()  # type: ignore[attr-defined]
    assert _reading_threads() == 0


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        ('ERROR:  invalid input syntax for type integer: "Zdenka"', "the server refuses a value"),
        ("FATAL:  terminating connection due to administrator command", "terminating connection"),
    ],
)
def test_an_error_between_batches_is_reported_without_values(error: str, reported: str) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield BATCH
        raise OSError(error)

    with pytest.raises(dbapi.OperationalError, match=reported) as failure:
        list(bulk._ahead(_reader(broken())))
    assert "Zdenka" not in str(failure.value)
    assert failure.value.__suppress_context__
    assert _reading_threads() == 0


def _error(message: str, state: str | None = None) -> dbapi.OperationalError:
    return dbapi.OperationalError(message, status_code=AdbcStatusCode.IO, sqlstate=state)


def test_the_reason_of_an_error_holds_no_value_of_a_row() -> None:
    quoting = _error('IO: ERROR: invalid input syntax: "Zdenka"\n\nQuery was: select 1', "22P02")
    assert bulk.reason(quoting) == "a value is not what the query makes of it (SQLSTATE 22P02)"
    plain = _error("NOT_FOUND: [libpq] relation x does not exist.\n\nQuery was: ...", "42P01")
    assert bulk.reason(plain) == "relation x does not exist"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:s%45same@127.0.0.1:1/bank",
        "mysql://reader:sEsame@host/bank",
        "postgresql://reader:sEsame@[bad/bank",
        "sEsame",
    ],
)
def test_a_connection_that_fails_does_not_show_the_password(url: str) -> None:
    with pytest.raises(FinplatformError) as failure, bulk.connect(url):
        pass
    assert "sEsame" not in str(failure.value)
    assert "s%45same" not in str(failure.value)
    assert failure.value.__suppress_context__


def test_numerics_that_the_driver_does_not_know_arrive_as_text() -> None:
    opaque = pa.opaque(pa.string(), "numeric", "PostgreSQL")
    column = pa.ExtensionArray.from_storage(opaque, pa.array(["1.50", None]))
    frame = bulk._to_polars(pa.table({"n": [1, 2], "x": column}))
    assert frame.schema == {"n": pl.Int64, "x": pl.String}
    assert frame["x"].to_list() == ["1.50", None]


def test_column_lists_are_quoted() -> None:
    assert bulk.column_list(['a"b', "c"], "t.") == 't."a""b", t."c"'
