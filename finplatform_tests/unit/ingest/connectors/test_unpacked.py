"""Compressed files give the rows of plain ones, and archives that hold no table are refused."""

import bz2
import gzip
import lzma
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finplatform.ingest.connectors.limits import Limits
from finplatform.ingest.connectors.unpacked import Kind, kind_of
from finplatform_tests.unit.ingest.connectors.files_cases import (
    read,
    refusal,
    rows,
    zipped,
    zstd,
)

CONTENT = "".join(["k,v\n", *(f"{number},é\n" for number in range(5_000))]).encode()
ROWS = [(str(number), "é") for number in range(5_000)]


PACKED = {
    "A.CSV": CONTENT,
    "a.CSV.GZ": gzip.compress(CONTENT),
    "members.csv.gz": gzip.compress(CONTENT[:1_000]) + gzip.compress(CONTENT[1_000:]),
    "a.csv.bz2": bz2.compress(CONTENT),
    "members.csv.bz2": bz2.compress(CONTENT[:1_000]) + bz2.compress(CONTENT[1_000:]),
    "a.csv.xz": lzma.compress(CONTENT),
    "members.Csv.XZ": lzma.compress(CONTENT[:1_000]) + lzma.compress(CONTENT[1_000:]) + bytes(8),
    "a.csv.zst": zstd(CONTENT),
    "a.zip": zipped({"a.csv": CONTENT}),
    "mac.csv.ZIP": zipped({"a.csv": CONTENT, "__MACOSX/a.csv": b"x"}),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_has_the_rows_of_the_plain_one(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(PACKED[name])
    batches = read(tmp_path, "*")
    assert rows(batches) == ROWS
    assert not any(batch.malformed for batch in batches)


def test_endings_in_capitals_are_endings(tmp_path: Path) -> None:
    pq.write_table(pa.table({"k": [1]}), tmp_path / "A.PARQUET")
    (tmp_path / "A.XML.GZ").write_bytes(gzip.compress(b"<l><p><id>1</id></p></l>"))
    (tmp_path / "x.zip").write_bytes(zipped({"A.XML": b"<l><p><id>2</id></p></l>"}))
    assert rows(read(tmp_path, "A.PARQUET")) == [(1,)]
    assert rows(read(tmp_path, "A.XML.GZ", records="p")) == [("1",)]
    assert rows(read(tmp_path, "x.zip", records="p")) == [("2",)]


@pytest.mark.parametrize(
    ("name", "content", "reported"),
    [
        ("a.zip", zipped({"a.csv": b"k\n", "b.csv": b"k\n"}), "not exactly one file"),
        ("a.zip", zipped({}), "not exactly one file"),
        ("a.zip", zipped({"a.csv.gz": b"x"}), "itself compressed"),
        ("a.zip", zipped({"a.parquet": b"x"}), "itself compressed"),
        ("a.zip", zipped({"a.xlsx": b"x"}), "an Excel workbook"),
        ("a.zip", b"PK\x05\x06", "damaged"),
        ("a.tar", b"", "a tar archive"),
        ("a.csv.tar.gz", b"", "a tar archive"),
        ("A.TGZ", b"", "a tar archive"),
        ("a.7z", b"", "a 7z archive"),
        ("a.rar", b"", "a RAR archive"),
        ("a.xlsx", b"", "an Excel workbook"),
        ("a.xls", b"", "an Excel workbook"),
        ("a.orc", b"", "an ORC file"),
        ("a.parquet.gz", b"", "Parquet inside another compression"),
        ("a.csv", gzip.compress(b"k\n1\n"), "should end with .gz"),
        ("a.csv", zipped({"a.csv": b"k\n"}), "a ZIP archive or an Excel workbook"),
        ("a.csv", b"PAR1" + bytes(100), "should end with .parquet"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an old Excel"),
        ("a.csv.gz", b"k\n1\n", "cut short or damaged"),
        ("a.csv.gz", gzip.compress(CONTENT)[:-20], "cut short or damaged"),
        ("a.csv.bz2", bz2.compress(CONTENT)[:-20], "cut short or damaged"),
        ("a.csv.xz", lzma.compress(CONTENT)[:-20], "cut short or damaged"),
        ("a.csv.xz", b"k\n1\n", "cut short or damaged"),
        ("a.csv.zst", zstd(CONTENT)[:-20], "damaged"),
        ("a.parquet", b"k\n1\n", "no whole Parquet file"),
        ("a.parquet", b"", "no whole Parquet file"),
    ],
    # Packed bytes hold the time of packing, and an id must be the same in every process.
    ids=lambda value: "" if isinstance(value, bytes) else None,
)
def test_what_holds_no_table_is_refused_with_what_to_do(
    name: str, content: bytes, reported: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    assert reported in (refusal(tmp_path, name) or "")


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.csv": b"k\n1\n"}))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    assert "a password" in (refusal(tmp_path, "a.zip") or "")


def test_the_size_that_a_file_may_unpack_to_is_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CONTENT))
    reported = refusal(tmp_path, "a.csv.gz", limits=Limits(unpacked_bytes=10_000))
    assert "FINPLATFORM_MAX_UNPACKED_MB" in (reported or "")
    assert refusal(tmp_path, "a.csv.gz", limits=Limits(unpacked_bytes=10**6)) is None


def test_a_name_without_a_known_ending_is_text() -> None:
    assert kind_of("transactions.2025-01-31") == Kind("csv", "")
    assert kind_of("EXPORT.DAT.GZ") == Kind("csv", ".gz")
