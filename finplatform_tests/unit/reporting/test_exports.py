"""Exports: what is written is read again as it was, whole or not at all."""

import csv
import io
import re
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from finplatform.errors import FinplatformError
from finplatform.reporting.export_values import About
from finplatform.reporting.export_xlsx import XlsxFile
from finplatform.reporting.exports import Format, Options, Written, write_file, write_stream

NUMERIC = pa.opaque(pa.string(), "numeric", "PostgreSQL")
LONG = "x" * 40_000
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1"]
TEXTS = [*FORMULAS, "+1", "-2", 'say "hi", twice\r\nor more', "", "žluť 漢字 😀", LONG, None]
ROWS = len(TEXTS)


def _cycled(kind: pa.DataType, *values: Any) -> pa.Array:
    return pa.array([values[row % len(values)] for row in range(ROWS)], kind)


def _naive(*parts: int) -> datetime:
    """A time without a zone, as spreadsheets hold it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


INSTANT = datetime(2025, 3, 1, 12, 30, 15, 123456, UTC)
COLUMNS = {
    "text": pa.array(TEXTS, pa.string()),
    "yen": _cycled(pa.decimal128(18, 0), Decimal(1234), Decimal(-5), None),
    "euro": _cycled(pa.decimal128(18, 2), Decimal("-1234567.80"), Decimal("0.10"), None),
    "dinar": _cycled(pa.decimal128(18, 3), Decimal("1.234"), Decimal("-0.001"), None),
    "huge": _cycled(pa.decimal128(38, 4), Decimal("1234567890123456.7891"), Decimal("2.5000")),
    "any": pa.ExtensionArray.from_storage(
        NUMERIC, _cycled(pa.string(), "0.33333333333333333333", "-12.5", "7", None)
    ),
    "small": _cycled(pa.int16(), -32768, 7, None),
    "key": _cycled(pa.int64(), 2**53 + 1, -(2**63), 999_999_999_999_999, 42, None),
    "share": _cycled(pa.float64(), 0.1, -1e-7, float("nan"), float("inf"), 2.5e300, None),
    "flag": _cycled(pa.bool_(), True, False, None),
    "day": _cycled(pa.date32(), date(2025, 1, 31), date(1899, 12, 31), date(9999, 12, 31), None),
    "at": _cycled(pa.timestamp("us", "UTC"), INSTANT, datetime(9999, 12, 31, tzinfo=UTC), None),
    "local": _cycled(pa.timestamp("us"), _naive(2025, 3, 1, 12, 30), None),
    "clock": _cycled(pa.time64("us"), time(23, 59, 59, 1), None),
    "blob": _cycled(pa.binary(), b"\x00\xff", None),
}
BATCH = pa.RecordBatch.from_arrays(list(COLUMNS.values()), list(COLUMNS))


def reader(*batches: pa.RecordBatch) -> pa.RecordBatchReader:
    given = batches or (BATCH.slice(0, 5), BATCH.slice(5))
    return pa.RecordBatchReader.from_batches(given[0].schema, iter(given))


def written(path: Path, kind: Format, **given: Any) -> Written:
    return write_file(reader(), path, kind, **given)


def read_csv(path: Path) -> tuple[list[str], list[list[str]]]:
    text = path.read_bytes().decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    return lines[0], lines[1:]


def column_of(path: Path, name: str) -> list[str]:
    header, rows = read_csv(path)
    return [row[header.index(name)] for row in rows]


def test_csv_follows_rfc_4180_and_tells_null_from_empty_text(tmp_path: Path) -> None:
    written(tmp_path / "rows.csv", Format.CSV)
    raw = (tmp_path / "rows.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    header, rows = read_csv(tmp_path / "rows.csv")
    assert header == list(COLUMNS)
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert len(rows) == ROWS
    assert raw.split(b"\r\n")[0] == ",".join(f'"{name}"' for name in COLUMNS).encode()
    options = pa_csv.ConvertOptions(
        column_types={"text": pa.string()},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parsed = pa_csv.read_csv(
        tmp_path / "rows.csv",
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    )
    assert parsed.column("text").to_pylist()[-5:] == TEXTS[-5:]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("yen", ["1234", "-5", ""]),
        ("euro", ["-1234567.80", "0.10", ""]),
        ("dinar", ["1.234", "-0.001", ""]),
        ("huge", ["1234567890123456.7891", "2.5000", "1234567890123456.7891"]),
        ("any", ["0.33333333333333333333", "-12.5", "7", ""]),
        ("key", ["9007199254740993", "-9223372036854775808", "999999999999999", "42", ""]),
        ("flag", ["true", "false", ""]),
        ("day", ["2025-01-31", "1899-12-31", "9999-12-31", ""]),
        ("at", ["2025-03-01T12:30:15.123456Z", "9999-12-31T00:00:00.000000Z", ""]),
        ("local", ["2025-03-01T12:30:00.000000", ""]),
        ("clock", ["23:59:59.000001", ""]),
        ("blob", ["\\x00ff", ""]),
    ],
)
def test_csv_bends_no_value(tmp_path: Path, name: str, texts: list[str]) -> None:
    written(tmp_path / "rows.csv", Format.CSV)
    assert column_of(tmp_path / "rows.csv", name)[: len(texts)] == texts


def test_csv_keeps_doubles_to_the_last_bit(tmp_path: Path) -> None:
    written(tmp_path / "rows.csv", Format.CSV)
    found = column_of(tmp_path / "rows.csv", "share")[:6]
    assert [float(text) for text in (*found[:2], *found[3:5])] == [
        0.1,
        -1e-7,
        float("inf"),
        2.5e300,
    ]
    assert found[2].lower() == "nan"
    assert found[5] == ""


def test_formulas_in_csv_are_harmless_and_numbers_are_left(tmp_path: Path) -> None:
    done = written(tmp_path / "rows.csv", Format.CSV)
    found = column_of(tmp_path / "rows.csv", "text")
    assert found[: len(FORMULAS)] == [f"'{text}" for text in FORMULAS]
    assert found[len(FORMULAS) : len(FORMULAS) + 2] == ["+1", "-2"]
    assert done.remarks == (
        f"{len(FORMULAS)} texts begin as a formula does and got an apostrophe before them.",
    )


def test_raw_csv_holds_text_as_it_is(tmp_path: Path) -> None:
    done = written(tmp_path / "rows.csv", Format.CSV, options=Options(is_raw=True))
    assert column_of(tmp_path / "rows.csv", "text")[:-1] == TEXTS[:-1]
    assert done.remarks == ()


def test_a_heading_that_is_a_formula_is_harmless(tmp_path: Path) -> None:
    batch = pa.record_batch({"=1+1": [1]})
    write_file(reader(batch), tmp_path / "rows.csv", Format.CSV)
    assert (tmp_path / "rows.csv").read_bytes() == b'"\'=1+1"\r\n1\r\n'


def test_the_mark_of_utf_8_comes_first_where_it_is_wanted(tmp_path: Path) -> None:
    written(tmp_path / "rows.csv", Format.CSV, options=Options(bom=True))
    assert (tmp_path / "rows.csv").read_bytes().startswith(b'\xef\xbb\xbf"text"')


def test_parquet_gives_back_every_value_and_type(tmp_path: Path) -> None:
    written(tmp_path / "rows.parquet", Format.PARQUET)
    found = pq.read_table(tmp_path / "rows.parquet")
    for name, column in COLUMNS.items():
        if name != "any":
            assert found.column(name).type == column.type, name
        if name not in ("any", "share"):
            assert found.column(name).to_pylist() == column.to_pylist(), name
    shares = found.column("share").combine_chunks()
    assert repr(shares.to_pylist()) == repr(COLUMNS["share"].to_pylist())
    codecs = pq.ParquetFile(tmp_path / "rows.parquet").metadata.row_group(0).column(0)
    assert codecs.compression == "ZSTD"


def test_numerics_of_no_declared_scale_are_decimals_in_parquet(tmp_path: Path) -> None:
    written(tmp_path / "rows.parquet", Format.PARQUET)
    column = pq.read_table(tmp_path / "rows.parquet").column("any")
    assert column.type == pa.decimal128(38, 20)
    assert column.to_pylist()[:4] == [
        Decimal("0.33333333333333333333"), Decimal("-12.5"), Decimal(7), None,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["NaN", "1" * 30 + "." + "1" * 30])
def test_numerics_that_are_no_decimals_stay_text_in_parquet(tmp_path: Path, text: str) -> None:
    column = pa.ExtensionArray.from_storage(NUMERIC, pa.array([text, "1.5"]))
    batch = pa.RecordBatch.from_arrays([column], ["ratio"])
    done = write_file(reader(batch), tmp_path / "rows.parquet", Format.PARQUET)
    assert pq.read_table(tmp_path / "rows.parquet").column("ratio").to_pylist() == [text, "1.5"]
    assert "ratio" in done.remarks[0]


def sheet_rows(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path)
    try:
        return list(book[sheet].iter_rows())
    finally:
        book.close()


def cells_of(path: Path, name: str) -> list[Any]:
    rows = sheet_rows(path, "Rows")
    position = [cell.value for cell in rows[0]].index(name)
    return [row[position] for row in rows[1:]]


def test_no_cell_of_a_spreadsheet_is_a_formula_or_a_link(tmp_path: Path) -> None:
    batch = pa.record_batch(
        {"text": [*FORMULAS, "https://a.b", "mailto:a@b.c", "internal:A1", "{=1}"]}
    )
    write_file(reader(batch), tmp_path / "rows.xlsx", Format.XLSX)
    cells = cells_of(tmp_path / "rows.xlsx", "text")
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.hyperlink for cell in cells} == {None}
    found = [cell.value.replace("_x000D_", "\r") for cell in cells[: len(FORMULAS)]]
    assert found == FORMULAS


@pytest.mark.parametrize(
    ("name", "values", "number_format"),
    [
        ("yen", [1234, -5, None], "#,##0"),
        ("euro", [-1234567.80, 0.10, None], "#,##0.00"),
        ("dinar", [1.234, -0.001, None], "#,##0.000"),
        ("huge", ["1234567890123456.7891", 2.5], "General"),
        ("any", ["0.33333333333333333333", -12.5, 7, None], "General"),
        ("small", [-32768, 7, None], "0"),
        ("key", ["9007199254740993", "-9223372036854775808", 999_999_999_999_999, 42], "General"),
        ("share", [0.1, -1e-7, "NaN", "inf", 2.5e300, None], "General"),
        ("flag", [True, False, None], "General"),
        ("day", [_naive(2025, 1, 31), "1899-12-31", _naive(9999, 12, 31), None], "yyyy-mm-dd"),
        ("local", [_naive(2025, 3, 1, 12, 30), None], "yyyy-mm-dd hh:mm:ss"),
        ("clock", ["23:59:59.000001", None], "General"),
        ("blob", ["\\x00ff", None], "General"),
    ],
)
def test_a_spreadsheet_bends_no_value(
    tmp_path: Path, name: str, values: list[Any], number_format: str
) -> None:
    written(tmp_path / "rows.xlsx", Format.XLSX)
    cells = cells_of(tmp_path / "rows.xlsx", name)
    assert [cell.value for cell in cells[: len(values)]] == values
    assert cells[0].number_format == number_format


def test_instants_of_a_spreadsheet_are_in_utc_and_the_heading_says_so(tmp_path: Path) -> None:
    written(tmp_path / "rows.xlsx", Format.XLSX)
    cell = cells_of(tmp_path / "rows.xlsx", "at (UTC)")[0]
    assert abs(cell.value - INSTANT.replace(tzinfo=None)).total_seconds() < 0.001
    assert cell.number_format == "yyyy-mm-dd hh:mm:ss"


def test_text_of_a_spreadsheet_is_cut_where_a_cell_ends_and_the_notes_say_so(
    tmp_path: Path,
) -> None:
    done = written(tmp_path / "rows.xlsx", Format.XLSX)
    text = cells_of(tmp_path / "rows.xlsx", "text")[TEXTS.index(LONG)].value
    assert text == LONG[:32_766] + "\u2026"
    notes = [row[1].value for row in sheet_rows(tmp_path / "rows.xlsx", "Notes")]
    assert set(done.remarks) <= set(notes)
    assert any("text" in remark and "32,767" in remark for remark in done.remarks)
    assert any("huge, any, key, share" in remark for remark in done.remarks)
    assert any("day" in remark and "1900" in remark for remark in done.remarks)


@pytest.mark.parametrize("text", ["a\x00b", "a\x07b", "a\ufffeb", "a\uffffb", "_x0041_", "a\x85b"])
def test_characters_that_xml_has_none_for_leave_a_spreadsheet_that_opens(
    tmp_path: Path, text: str
) -> None:
    batch = pa.record_batch({"text": [text, "after"]})
    write_file(reader(batch), tmp_path / "rows.xlsx", Format.XLSX)
    cells = cells_of(tmp_path / "rows.xlsx", "text")
    assert cells[1].value == "after"
    assert cells[0].value.startswith(text[0])
    with zipfile.ZipFile(tmp_path / "rows.xlsx") as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", sheet)


def test_a_spreadsheet_has_a_fixed_bold_heading_a_filter_and_widths(tmp_path: Path) -> None:
    about = About("gold.facts", "select 1", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC))
    write_file(reader(), tmp_path / "rows.xlsx", Format.XLSX, about=about)
    book = openpyxl.load_workbook(tmp_path / "rows.xlsx")
    sheet = book["gold.facts"]
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.auto_filter.ref == f"A1:O{ROWS + 1}"
    assert sheet.column_dimensions["C"].width > 10
    assert book.properties.title == "gold.facts"
    assert book.properties.creator == "finplatform"
    assert book.properties.created == _naive(2025, 1, 2, 3, 4, 5)
    assert book["Notes"]["B4"].value == "select 1"
    book.close()


def test_rows_beyond_a_sheet_go_on_in_the_next(tmp_path: Path) -> None:
    batch = pa.record_batch({"n": list(range(25))})
    sink = XlsxFile(batch.schema, tmp_path / "rows.xlsx", About(), sheet_rows=11)
    sink.add(batch)
    sink.finish()
    sink.close()
    book = openpyxl.load_workbook(tmp_path / "rows.xlsx")
    assert book.sheetnames == ["Rows", "Rows 2", "Rows 3", "Notes"]
    found = [
        cell
        for name in book.sheetnames[:3]
        for (cell,) in book[name].iter_rows(2, values_only=True)
    ]
    assert found == list(range(25))
    assert book["Rows 3"]["A1"].value == "n"
    book.close()


@pytest.mark.parametrize("title", ["a/b:c[d]*?\\", "notes", "History", "'quoted'", "x" * 60, ""])
def test_any_title_gives_a_name_that_a_sheet_may_have(tmp_path: Path, title: str) -> None:
    write_file(reader(), tmp_path / "rows.xlsx", Format.XLSX, about=About(title))
    book = openpyxl.load_workbook(tmp_path / "rows.xlsx")
    assert len(book.sheetnames) == 2
    assert 0 < len(book.sheetnames[0]) <= 31
    book.close()


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    schema = pa.schema([(f"c{number}", pa.int8()) for number in range(16_385)])
    with pytest.raises(FinplatformError, match="16,384 columns"):
        write_file(
            pa.RecordBatchReader.from_batches(schema, iter([])), tmp_path / "a.xlsx", Format.XLSX
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", list(Format))
def test_no_rows_are_a_file_with_a_heading(tmp_path: Path, kind: Format) -> None:
    done = write_file(reader(BATCH.slice(0, 0)), tmp_path / f"rows.{kind}", kind)
    assert done.rows == 0
    if kind is Format.CSV:
        assert read_csv(tmp_path / "rows.csv")[0] == list(COLUMNS)
    elif kind is Format.PARQUET:
        assert pq.read_table(tmp_path / "rows.parquet").column_names == list(COLUMNS)
    else:
        assert len(sheet_rows(tmp_path / "rows.xlsx", "Rows")) == 1


@pytest.mark.parametrize("kind", list(Format))
def test_a_stream_gets_what_a_file_gets(tmp_path: Path, kind: Format) -> None:
    about = About(created_at=datetime(2025, 1, 1, tzinfo=UTC))
    done = written(tmp_path / "rows", kind, about=about)
    stream = io.BytesIO()
    streamed = write_stream(reader(), stream, kind, about=about)
    assert streamed.rows == done.rows == ROWS
    assert done.bytes == (tmp_path / "rows").stat().st_size
    if kind is not Format.XLSX:
        assert stream.getvalue() == (tmp_path / "rows").read_bytes()
        assert streamed.bytes == done.bytes


@pytest.mark.parametrize("kind", list(Format))
@pytest.mark.parametrize("error", [KeyboardInterrupt, FinplatformError("no more")])
def test_what_ends_an_export_leaves_nothing_and_the_old_file_as_it_was(
    tmp_path: Path, kind: Format, error: Any
) -> None:
    (tmp_path / "rows").write_text("old")

    def broken() -> Iterator[pa.RecordBatch]:
        yield BATCH
        raise error

    rows = pa.RecordBatchReader.from_batches(BATCH.schema, broken())
    with pytest.raises((KeyboardInterrupt, FinplatformError)):
        write_file(rows, tmp_path / "rows", kind)
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]
    assert (tmp_path / "rows").read_text() == "old"


def test_a_reader_never_sees_half_of_a_file(tmp_path: Path) -> None:
    seen = []

    def watched() -> Iterator[pa.RecordBatch]:
        for _ in range(3):
            yield BATCH
            seen.append((tmp_path / "rows.csv").exists())

    rows = pa.RecordBatchReader.from_batches(BATCH.schema, watched())
    write_file(rows, tmp_path / "rows.csv", Format.CSV)
    assert seen == [False] * 3
    assert (tmp_path / "rows.csv").exists()


@pytest.mark.parametrize(
    ("name", "words"), [("", "is a folder"), ("absent/rows.csv", "there is no folder")]
)
def test_a_place_that_takes_no_file_is_refused_in_words(
    tmp_path: Path, name: str, words: str
) -> None:
    with pytest.raises(FinplatformError, match=words):
        written(tmp_path / name, Format.CSV)


CHILD = textwrap.dedent("""
    import resource, sys
    from pathlib import Path
    import pyarrow as pa
    from finplatform.errors import FinplatformError
    from finplatform.reporting.exports import Format, write_file

    kind, folder = sys.argv[1], Path(sys.argv[2])
    batches, limit = map(int, sys.argv[3:])
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    opaque = pa.opaque(pa.string(), "numeric", "PostgreSQL")

    def rows():
        for number in range(batches):
            keys = [number * 2_000 + row for row in range(2_000)]
            yield pa.RecordBatch.from_arrays([
                pa.array(keys), pa.array([key / 7 for key in keys]),
                pa.array([f"text {key * 7919 % 1000003} of a row" for key in keys]),
                pa.ExtensionArray.from_storage(opaque, pa.array([f"{key}.25" for key in keys])),
            ], ["key", "share", "text", "any"])

    first = next(rows())
    try:
        write_file(
            pa.RecordBatchReader.from_batches(first.schema, rows()), folder / "rows", Format(kind)
        )
    except FinplatformError as error:
        print(error)
    else:
        # Of this program alone: the figure of `getrusage` begins with that of the parent.
        status = Path("/proc/self/status").read_text()
        print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
""")


def child(kind: Format, folder: Path, batches: int, limit: int = 0) -> str:
    """What a process prints that exports rows, with its files held to a size."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        CHILD,
        kind,
        str(folder),
        str(batches),
        str(limit),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("kind", list(Format))
def test_memory_does_not_grow_with_rows(tmp_path: Path, kind: Format) -> None:
    few, many = (float(child(kind, tmp_path, batches)) for batches in (40, 160))
    assert many - few < 30


@pytest.mark.parametrize("kind", list(Format))
def test_a_disk_without_room_is_told_in_words_and_leaves_nothing(
    tmp_path: Path, kind: Format
) -> None:
    assert "was not written" in child(kind, tmp_path, 40, limit=300_000)
    assert list(tmp_path.iterdir()) == []
