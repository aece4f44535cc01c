"""The body of a CSV file: no broken line takes good ones with it, no byte is lost."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors import csv_body
from finplatform.ingest.connectors.base import Malformed
from finplatform.ingest.connectors.csv_body import BAD_BYTE, CsvBody


def _read(data: bytes, encoding: str = "utf-8", delimiter: str = ",") -> tuple[bytes, list]:
    broken: list[Malformed] = []
    body = CsvBody(io.BytesIO(data), encoding=encoding, delimiter=delimiter, report=broken.append)
    return b"".join(iter(lambda: body.read(37), b"")), broken


CELLS = st.text(st.sampled_from('ab,"\n é✓'), max_size=6)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=30), block=st.integers(7, 64))
def test_well_formed_csv_passes_whole_whatever_the_blocks(rows: list[tuple], block: int) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b", "c"), *rows])
    data = out.getvalue().encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_body, "BLOCK_BYTES", block)
        patch.setattr(csv_body, "LONGEST_LINES", 10**6)
        text, broken = _read(data)
    assert broken == []
    assert text == data.partition(b"\n")[2]


@given(
    lines=st.lists(st.sampled_from([b"1,x,y", b'2,"q,q",y', b'3,"two\nlines",y']), max_size=20),
    place=st.integers(0, 20),
    bad=st.sampled_from([b'9,"open,y', b'9,"open', b'9,y,"', b'9,"a"b,c', b'9,x","y,z']),
    block=st.integers(7, 64),
)
def test_a_line_whose_quotes_do_not_close_is_taken_out_alone(
    lines: list[bytes], place: int, bad: bytes, block: int
) -> None:
    data = b"\n".join([b"a,b,c", *lines[:place], bad, *lines[place:], b""])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_body, "BLOCK_BYTES", block)
        text, broken = _read(data)
    assert [piece.text for piece in broken] == [bad.decode()]
    before = sum(line.count(b"\n") + 1 for line in lines[:place])
    assert broken[0].place == f"line {before + 2}"
    assert text == b"".join(line + b"\n" for line in lines)


def test_quotes_inside_a_value_that_is_not_quoted_are_text() -> None:
    assert _read(b'a,b\n1,O"Brien\n2,5"\n') == (b'1,O"Brien\n2,5"\n', [])


def test_bytes_that_the_encoding_does_not_know_are_kept() -> None:
    text, _ = _read(b"a,b\ncaf\xe9,\xff\xfe\n")
    assert (
        text.decode() == f"caf{chr(BAD_BYTE + 0xE9)},{chr(BAD_BYTE + 0xFF)}{chr(BAD_BYTE + 0xFE)}\n"
    )


@pytest.mark.parametrize("encoding", ["latin-1", "cp1250", "utf-16", "utf-8-sig"])
def test_any_encoding_becomes_utf_8(encoding: str) -> None:
    assert _read("á,b\né,ž\n".replace("ž", "z").encode(encoding), encoding)[0] == "é,z\n".encode()


def test_a_header_is_read_as_csv_is() -> None:
    body = CsvBody(
        io.BytesIO(b'\xef\xbb\xbf"a;1"; b ;c\r\n'), encoding="utf-8", delimiter=";", report=print
    )
    assert body.header == ["a;1", "b", "c"]


@pytest.mark.parametrize(
    ("data", "reported"), [(b"", "empty"), (b"\n1,2\n", "empty"), (b"a,b,a", "Columns 1 and 3")]
)
def test_a_file_without_usable_columns_is_refused(data: bytes, reported: str) -> None:
    with pytest.raises(FinplatformError, match=reported):
        _read(data)


def test_a_line_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_body, "BLOCK_BYTES", 100)
    monkeypatch.setattr(csv_body, "LONGEST_LINES", 1_000)
    with pytest.raises(FinplatformError, match="1000 bytes"):
        _read(b"a,b\n" + b"x" * 2_000)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@given(
    cells=st.lists(
        st.tuples(st.text(st.sampled_from('ab,"é'), max_size=6), st.sampled_from(["", "x", "y z"])),
        max_size=20,
    ),
    block=st.integers(7, 64),
)
def test_lines_end_in_any_way_with_the_same_rows(
    end: str, cells: list[tuple[str, str]], block: int
) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end).writerows([("a", "b"), *cells])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_body, "BLOCK_BYTES", block)
        patch.setattr(csv_body, "LONGEST_LINES", 10**6)
        text, broken = _read(out.getvalue().encode())
    assert broken == []
    read = list(csv.reader(io.StringIO(text.decode(), newline="")))
    assert read == [list(row) for row in cells]


def test_a_value_of_several_lines_keeps_its_carriage_returns() -> None:
    data = b'a,b\r1,"x\ry"\r2,"open\r3,z\r'
    text, broken = _read(data)
    assert text == b'1,"x\ry"\r3,z\r'
    assert [(piece.text, piece.place) for piece in broken] == [('2,"open', "line 4")]


def test_many_quotes_are_looked_at_in_parts_with_the_same_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [b'"x","y"', b'1,"two\nlines"', b'2,"open', b"3,z"] * 50
    data = b"\n".join([b"a,b", *lines, b""])
    whole = _read(data)
    monkeypatch.setattr(csv_body, "_LOOKED_AT", 500)
    assert _read(data) == whole
    assert len(whole[1]) == 50
