"""The beginning of a CSV file: every encoding with a mark is read, and no message quotes a name."""

from pathlib import Path

import pytest

from finplatform.ingest.connectors.csv_body import encoding_of, split_first_line
from finplatform.ingest.connectors.limits import Limits
from finplatform_tests.unit.ingest.connectors.files_cases import read, refusal, rows

TEXT = "k,v\n1,é\n2,Kč\n"
ROWS = [("1", "é"), ("2", "Kč")]
MARKED = {
    "utf-8": b"\xef\xbb\xbf" + TEXT.encode(),
    "utf-16-le": b"\xff\xfe" + TEXT.encode("utf-16-le"),
    "utf-16-be": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "utf-32-le": b"\xff\xfe\0\0" + TEXT.encode("utf-32-le"),
    "utf-32-be": b"\0\0\xfe\xff" + TEXT.encode("utf-32-be"),
}


@pytest.mark.parametrize("marked", MARKED)
@pytest.mark.parametrize("declared", ["utf-8", "latin-1"])
def test_a_byte_order_mark_says_the_encoding(marked: str, declared: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(MARKED[marked])
    assert rows(read(tmp_path, "a.csv", encoding=declared)) == ROWS


@pytest.mark.parametrize("wide", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_read_when_declared_and_else_refused(
    wide: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT.encode(wide))
    assert rows(read(tmp_path, "a.csv", encoding=wide)) == ROWS
    assert f"`encoding: {wide}`" in (refusal(tmp_path, "a.csv") or "")


def test_a_mark_before_rows_without_a_header_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("\ufeff1,x\n".encode())
    layouts = [{"files": "a*", "header": ["k", "v"]}]
    assert rows(read(tmp_path, "a.csv", layouts=layouts)) == [("1", "x")]


@pytest.mark.parametrize("encoding", ["rot13", "hex", "undefined", "idna"])
def test_what_is_no_encoding_of_text_is_reported(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TEXT)
    assert "cannot be read" in (refusal(tmp_path, "a.csv", encoding=encoding) or "")


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (b"Novak,,c\n", "Column 2 of the first line has no name"),
        (b",b\n1,2\n", "Column 1 of the first line has no name"),
        (b"Novak,b,\n", "Column 3 of the first line has no name"),
        (b"Novak,b,Novak\n", "Columns 1 and 3 of the first line have the same name"),
        (b"Novak\0,b\n", "NUL bytes"),
        (b'"' + b"Novak" * 40_000 + b'"\n', "none of CSV"),
        (b"\n\n", "first line is empty"),
        (b"", "first line is empty"),
    ],
)
def test_a_first_line_that_names_no_columns_is_refused_and_not_quoted(
    content: bytes, reported: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    said = refusal(tmp_path, "a.csv") or ""
    assert reported in said
    assert "Novak" not in said


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        (Limits(columns=2), "FINPLATFORM_MAX_COLUMNS"),
        (Limits(header_bytes=4), "FINPLATFORM_MAX_HEADER_KB"),
    ],
)
def test_a_header_beyond_a_limit_names_the_setting(
    limits: Limits, setting: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b,c\n1,2,3\n")
    assert setting in (refusal(tmp_path, "a.csv", limits=limits) or "")


@pytest.mark.parametrize(
    ("text", "split"),
    [
        (b"a\nb", (b"a", b"b", False)),
        (b"a\r\nb", (b"a", b"b", False)),
        (b"a\rb", (b"a", b"b", True)),
        (b"a\nb\rc", (b"a", b"b\rc", False)),
        (b"a", None),
        (b"a\r", None),
    ],
)
def test_the_first_line_ends_in_any_way(
    text: bytes, split: tuple[bytes, bytes, bool] | None
) -> None:
    assert split_first_line(text, is_whole=False) == split


def test_a_file_of_one_line_is_whole() -> None:
    assert split_first_line(b"a", is_whole=True) == (b"a", b"", False)
    assert split_first_line(b"a\r", is_whole=True) == (b"a", b"", True)


def test_a_declared_encoding_is_taken_without_a_mark() -> None:
    assert encoding_of(b"a,b", "cp1250") == "cp1250"
