"""Whatever bytes a file holds, it is read or refused in words: no library's error gets out."""

import bz2
import gzip
import io
import lzma
import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finplatform_tests.unit.ingest.connectors.files_cases import refusal, zipped, zstd

CANARY = "Zuzana Kanarkova"

NAMES = (
    "a.csv", "a.txt", "a", "A.CSV", "a.csv.gz", "a.csv.bz2", "a.csv.xz", "a.csv.zst", "a.zip",
    "a.parquet", "a.xml", "a.xml.gz",
)  # fmt: skip

ROWS = f'id,name,day\n1,{CANARY},2025-01-01\n2,"{CANARY}, dr.",2025-01-02\n' * 3
XML = f"<l><p a='{CANARY}'><id>1</id><name>{CANARY}</name></p><p><id>2</id></p></l>"


def _parquet(**options: object) -> bytes:
    table = pa.table(
        {
            "id": [1, 2, 3],
            "name": [CANARY, None, CANARY],
            "day": [datetime(2025, 1, 1, tzinfo=UTC)] * 3,
            "amount": [Decimal("1.50")] * 3,
            "tags": [["x"], [], None],
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


WHOLE: dict[str, bytes] = {
    "plain.csv": ROWS.encode(),
    "wide.csv": b"\xff\xfe" + ROWS.encode("utf-16-le"),
    "rows.csv.gz": gzip.compress(ROWS.encode()),
    "rows.csv.bz2": bz2.compress(ROWS.encode()),
    "rows.csv.xz": lzma.compress(ROWS.encode()),
    "rows.csv.zst": zstd(ROWS.encode()),
    "rows.zip": zipped({"a.csv": ROWS.encode()}),
    "records.zip": zipped({"a.xml": XML.encode()}),
    "records.xml": XML.encode(),
    "records.xml.gz": gzip.compress(XML.encode()),
    "snappy.parquet": _parquet(),
    "plain.parquet": _parquet(compression="none", use_dictionary=False),
    "zstd.parquet": _parquet(compression="zstd", data_page_version="2.0"),
}


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _zero(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    length = min(chance.randint(1, 64), len(data) - start)
    data[start : start + length] = bytes(length)


def _drop(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randint(1, 64)]


def _repeat(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[start:start] = data[start : start + chance.randint(1, 64)]


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _cut, _flip, _zero, _drop, _repeat,
)  # fmt: skip

CORPUS = [(name, damage, seed) for name in WHOLE for damage in DAMAGES for seed in range(4)]


def _reported(folder: Path, name: str) -> str:
    """What a reader says of a file; nothing if it is read."""
    return refusal(folder, name, records="p") or ""


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(WHOLE[name])
    assert _reported(tmp_path, name) == ""


def test_the_corpus_has_200_files() -> None:
    assert len(CORPUS) >= 200


@pytest.mark.parametrize("name", WHOLE)
def test_a_damaged_file_is_read_or_refused_in_words_that_quote_nothing(
    name: str, tmp_path: Path
) -> None:
    """Anything else than a FinplatformError would end the test."""
    for whole, damage, seed in CORPUS:
        if whole != name:
            continue
        data = bytearray(WHOLE[name])
        damage(data, random.Random(f"{name} {damage.__name__} {seed}"))  # noqa: S311
        (tmp_path / name).write_bytes(data)
        reported = _reported(tmp_path, name)
        assert "Kanark" not in reported
        assert "Zuzana" not in reported


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), name=st.sampled_from(NAMES))
def test_random_bytes_under_any_name_are_read_or_refused(
    content: bytes, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    _reported(tmp_path, name)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from(sorted(WHOLE)),
    content=st.binary(max_size=200),
    encoding=st.sampled_from(["utf-8", "latin-1", "utf-16", "cp1250", "shift_jis"]),
)
def test_random_bytes_after_the_beginning_of_any_format_are_read_or_refused(
    start: str, content: bytes, encoding: str, tmp_path: Path
) -> None:
    whole = WHOLE[start]
    (tmp_path / start).write_bytes(whole[: len(whole) // 2] + content)
    refusal(tmp_path, start, records="p", encoding=encoding)
