"""Files as a source: what comes out of CSV and Parquet, and the errors of unreadable files."""

import gzip
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors import files
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import FilesSource, TableConfig
from finplatform.ingest.connectors.csv_body import BAD_BYTE
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.windows import Window


def _read(
    root: Path,
    relation: str,
    window: Window | None = None,
    batch_rows: int = 1000,
    **options: object,
) -> list[Batch]:
    source = FilesSource.model_validate({"connector": "files", "root": ".", **options})
    request = ReadRequest(
        "t", TableConfig(source="s", read=relation), window=window, batch_rows=batch_rows
    )
    return list(FilesConnector(source, root).read(request))


def test_rows_of_all_files_come_as_text_in_order_and_in_small_batches(tmp_path: Path) -> None:
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"k;v\n3;NULL\n4;\n"))
    (tmp_path / "a.csv").write_bytes(b'k;v\n1;"x;y"\n2; 007 \n')
    batches = _read(tmp_path, "*.csv*", batch_rows=1, delimiter=";", nulls=["", "NULL"])
    assert [batch.frame.height for batch in batches] == [1, 1, 1, 1]
    assert [batch.origin for batch in batches] == ["a.csv", "a.csv", "b.csv.gz", "b.csv.gz"]
    rows = [row for batch in batches for row in batch.frame.rows()]
    assert rows == [("1", "x;y"), ("2", " 007 "), ("3", None), ("4", None)]


def test_malformed_lines_are_reported_once_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'k,v\n1\n2,x\n3,x,y\n4,"x\n5,x\n')
    batches = _read(tmp_path, "a.csv")
    assert [row for batch in batches for row in batch.frame.rows()] == [("2", "x"), ("5", "x")]
    reported = [(piece.rule, piece.text) for batch in batches for piece in batch.malformed]
    assert sorted(reported) == [("columns(2)", "1"), ("columns(2)", "3,x,y"), ("quotes", '4,"x')]


@pytest.mark.parametrize("content", [b"k,v\n", b"k,v", b"k,v\nbroken\n"])
def test_a_file_without_rows_still_has_its_columns(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    (batch,) = _read(tmp_path, "a.csv")
    assert (batch.frame.columns, batch.frame.height) == (["k", "v"], 0)


def test_parquet_comes_as_it_is_typed_save_for_dictionaries_and_bytes(tmp_path: Path) -> None:
    table = pa.table(
        {
            "d": pa.array(["x", "y"]).dictionary_encode(),
            "b": pa.array([b"text", b"caf\xe9"]),
            "n": pa.array([1.5, None]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (batch,) = _read(tmp_path, "a.parquet")
    assert batch.frame.rows() == [("x", "text", 1.5), ("y", f"caf{chr(BAD_BYTE + 0xE9)}", None)]


def test_a_window_opens_the_files_of_its_days(tmp_path: Path) -> None:
    for day in (1, 2, 4):
        (tmp_path / f"t_2025010{day}.csv").write_text(f"k\n{day}\n")
    batches = _read(
        tmp_path, "t_{date:%Y%m%d}.csv", Window.through(date(2025, 1, 2), date(2025, 1, 4))
    )
    assert [(batch.day, batch.frame["k"].to_list(), batch.is_cut) for batch in batches] == [
        (date(2025, 1, 2), ["2"], True),
        (date(2025, 1, 4), ["4"], True),
    ]
    (newest,) = _read(tmp_path, "t_{date:%Y%m%d}.csv")
    assert (newest.day, newest.frame["k"].to_list()) == (None, ["4"])


def test_a_lookup_must_be_well_formed(tmp_path: Path) -> None:
    connector = FilesConnector(FilesSource(connector="files", root="."), tmp_path)
    (tmp_path / "a.csv").write_text("k,v\n1,x\n")
    (tmp_path / "b.csv").write_text("k,v\n2\n")
    assert connector.read_lookup("a.csv").rows() == [("1", "x")]
    with pytest.raises(FinplatformError, match=r"row 1 breaks the rule columns\(2\)"):
        connector.read_lookup("*.csv")
    with pytest.raises(FinplatformError, match="No file matches"):
        connector.read_lookup("c.csv")


def test_columns_of_a_file_without_a_header_are_named_by_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,x\r\n2,-0- \r\n\x1a\r\n")
    (tmp_path / "b.csv").write_bytes(b"k,v\n3,y\n")
    layout = {"files": "a*", "header": ["k", "v"]}
    options: dict[str, object] = {"layouts": [layout], "nulls": ["-0- "]}
    batches = _read(tmp_path, "*.csv", **options)
    assert [row for batch in batches for row in batch.frame.rows()] == [
        ("1", "x"), ("2", None), ("3", "y"),
    ]  # fmt: skip
    assert not any(batch.malformed for batch in batches)


@pytest.mark.parametrize("end", [b"\x1a", b"\x1a\n", b"\n\x1a\r\n\r\n"])
def test_an_end_mark_ends_a_file_and_one_inside_is_text(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(b"k\n1\x1a\n2" + end)
    (batch,) = _read(tmp_path, "a.csv")
    assert (batch.frame.rows(), batch.malformed) == ([("1\x1a",), ("2",)], [])


def _read_xml(root: Path, records: str | None, batch_rows: int = 1000) -> list[Batch]:
    source = FilesSource.model_validate({"connector": "files", "root": "."})
    config = TableConfig(source="s", read="*.xml*", records=records)
    request = ReadRequest("t", config, batch_rows=batch_rows, columns=("id", "name.last"))
    return list(FilesConnector(source, root).read(request))


def test_xml_comes_in_small_batches_with_what_is_no_row_reported(tmp_path: Path) -> None:
    people = "".join(f"<p><id>{n}</id><name><last>L{n}</last></name></p>" for n in range(3))
    text = f"<list><all>{people}<p><id><deep/></id></p></all></list>"
    (tmp_path / "a.xml.gz").write_bytes(gzip.compress(text.encode()))
    batches = _read_xml(tmp_path, "all/p", batch_rows=2)
    rows = [row for batch in batches for row in batch.frame.rows()]
    assert rows == [("0", "L0"), ("1", "L1"), ("2", "L2")]
    assert [p.rule for batch in batches for p in batch.malformed] == ["field(id)"]
    assert [batch.frame.height for batch in batches] == [2, 1]


@pytest.mark.parametrize(
    ("content", "records", "reported"),
    [
        ("<l><p/></l>", None, "no element is named"),
        ("<l><p/></l>", "q", "no element at q"),
        ("<l><p>1</p><p>2</l>", "p", "no well-formed XML from line 1"),
    ],
)
def test_xml_that_cannot_be_read_is_reported(
    tmp_path: Path, content: str, records: str | None, reported: str
) -> None:
    (tmp_path / "a.xml").write_text(content)
    with pytest.raises(FinplatformError, match=reported):
        _read_xml(tmp_path, records)


def test_a_statement_without_entries_is_an_empty_day(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<Doc><Stmt><Acct/></Stmt></Doc>")
    assert _read_xml(tmp_path, "Stmt/Ntry") == []
    (tmp_path / "a.xml").write_text("<Doc><Stmt><Ntry><id>1</id></Ntry></Stmt></Doc>")
    assert [batch.frame.height for batch in _read_xml(tmp_path, "Stmt/Ntry")] == [1]


def test_records_come_in_batches_of_few_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BATCH_BYTES", 200_000)
    people = f"<p><id>{'x' * 1_000}</id></p>" * 1_000
    (tmp_path / "a.xml").write_text(f"<l>{people}</l>")
    heights = [batch.frame.height for batch in _read_xml(tmp_path, "p")]
    assert (sum(heights), len(heights) > 2) == (1_000, True)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_lines_of_any_end_are_rows(tmp_path: Path, end: str) -> None:
    (tmp_path / "a.csv").write_bytes(end.join(["k,v", "1,x", '2,"y', 'z"', "3,", ""]).encode())
    rows = [row for batch in _read(tmp_path, "a.csv") for row in batch.frame.rows()]
    assert rows == [("1", "x"), ("2", f"y{end}z"), ("3", None)]


def test_the_origin_of_rows_can_be_shown_whatever_the_file_is_called(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J\udcff.csv").write_text("k\n1\n")
    (batch,) = _read(tmp_path, "*.csv")
    assert batch.origin == r"a\x1b[2J\xff.csv"


def test_a_file_that_may_not_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("k\n1\n")
    with pytest.MonkeyPatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        patch.setattr(Path, "open", refuse)
        with pytest.raises(FinplatformError, match="permission denied"):
            _read(tmp_path, "a.csv")
