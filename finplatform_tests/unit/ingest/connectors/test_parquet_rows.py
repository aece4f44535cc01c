"""Parquet in batches that fit the memory, with values of every type as they were written."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors import parquet_rows
from finplatform.ingest.connectors.csv_body import BAD_BYTE
from finplatform.ingest.connectors.limits import Limits
from finplatform.ingest.connectors.parquet_rows import read_parquet


def _read(
    folder: Path, table: pa.Table, wanted: tuple[str, ...] = (), **options: Any
) -> list[pl.DataFrame]:
    path = folder / "a.parquet"
    pq.write_table(table, path, **options)
    return list(read_parquet(path, 1_000, Limits(element_bytes=100_000), wanted))


NOON = datetime(2025, 1, 10, 12, tzinfo=UTC)
KEY = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([NOON], pa.timestamp("us", "+05:30")), NOON),
        (pa.array([NOON], pa.timestamp("ms", "Europe/Prague")), NOON),
        (pa.array([NOON], pa.timestamp("us", "No/Where")), NOON),
        (pa.array([Decimal("1.50")], pa.decimal256(30, 2)), Decimal("1.50")),
        (pa.array([Decimal("1.50")], pa.decimal32(5, 2)), Decimal("1.50")),
        (pa.array([KEY.bytes], pa.uuid()), str(KEY)),
        (pa.array(["{}"], pa.json_()), "{}"),
        (pa.array(["x"], pa.string_view()), "x"),
        (pa.array([b"ab"], pa.binary(2)), "ab"),
        (pa.array([date(2025, 1, 10)]), date(2025, 1, 10)),
        (pa.array(["é"]).dictionary_encode(), "é"),
        (pa.nulls(1), None),
    ],
)
def test_a_value_of_any_type_is_the_one_that_was_written(
    values: pa.Array, expected: object, tmp_path: Path
) -> None:
    (frame,) = _read(tmp_path, pa.table({"a": values}))
    assert frame["a"].to_list() == [expected]


def test_old_timestamps_keep_their_year(tmp_path: Path) -> None:
    last = datetime(9999, 12, 31, tzinfo=UTC)
    table = pa.table({"a": pa.array([last], pa.timestamp("us", "UTC"))})
    (frame,) = _read(tmp_path, table, use_deprecated_int96_timestamps=True)
    assert frame["a"].dt.year().to_list() == [9999]


@pytest.mark.parametrize("is_coded", [True, False])
def test_text_that_is_no_utf_8_is_kept_with_stand_ins(is_coded: bool, tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([b"caf\xe9", None, b"ok"]).view(pa.string())})
    (frame,) = _read(tmp_path, table, use_dictionary=is_coded)
    assert frame["a"].to_list() == [f"caf{chr(BAD_BYTE + 0xE9)}", None, "ok"]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([Decimal(10) ** 50], pa.decimal256(60, 2)),
        pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
    ],
)
def test_a_type_that_no_column_is_read_from_is_reported(values: pa.Array) -> None:
    with pytest.raises(FinplatformError, match="Column 1 has the type"):
        parquet_rows.readable(pa.table({"a": values}))


def test_nested_columns_are_left_out_unless_they_are_wanted(tmp_path: Path) -> None:
    table = pa.table({"a": [1], "tags": [["x"]], "who": [{"name": "n"}], "b.c": [2]})
    (frame,) = _read(tmp_path, table, ("a", "b.c"))
    assert frame.columns == ["a", "b.c"]
    (frame,) = _read(tmp_path, table, ("a", "tags"))
    assert frame.columns == ["a", "tags", "b.c"]
    (frame,) = _read(tmp_path, table)
    assert frame.width == 4


def test_batches_are_as_small_as_the_longest_value_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_rows, "_BATCH_BYTES", 100_000)
    table = pa.table({"a": ["x" * 10_000] * 99 + ["y"], "b": range(100)})
    frames = _read(tmp_path, table)
    assert pl.concat(frames)["b"].to_list() == list(range(100))
    assert max(frame.height for frame in frames) <= 10


@pytest.mark.parametrize("is_coded", [True, False])
def test_a_value_beyond_the_limit_names_the_setting(is_coded: bool, tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match="FINPLATFORM_MAX_ELEMENT_MB"):
        _read(tmp_path, pa.table({"a": ["x" * 200_000] * 3}), use_dictionary=is_coded)


def test_a_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    (frame,) = _read(tmp_path, pa.table({"a": pa.array([], pa.int64()), "t": pa.nulls(0)}))
    assert (frame.columns, frame.height) == (["a", "t"], 0)
