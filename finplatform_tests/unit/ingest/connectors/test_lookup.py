"""Side tables of several files are joined by name, or refused in a sentence."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors import files
from finplatform.ingest.connectors.config import FilesSource
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.lookup import joined_by_name


def _lookup(root: Path, relation: str) -> pl.DataFrame:
    return FilesConnector(FilesSource(connector="files", root="."), root).read_lookup(relation)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("code,name,extra\nB,y,z\n", [("A", "x", None), ("B", "y", "z")]),
        ("name,code\ny,B\n", [("A", "x"), ("B", "y")]),
        ("code\nB\n", [("A", "x"), ("B", None)]),
        ("name,other\ny,z\n", [("A", "x", None), (None, "y", "z")]),
        ("code,name\n", [("A", "x")]),
    ],
)
def test_files_of_a_lookup_are_joined_by_name(
    second: str, expected: list[tuple], tmp_path: Path
) -> None:
    (tmp_path / "lk1.csv").write_text("code,name\nA,x\n")
    (tmp_path / "lk2.csv").write_text(second)
    assert _lookup(tmp_path, "lk*.csv").rows() == expected


def test_a_file_without_a_common_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "lk1.csv").write_text("code,name\nA,x\n")
    (tmp_path / "lk2.csv").write_text("B,Novak\nC,Ana\n")
    with pytest.raises(FinplatformError, match=r"lk2\.csv.*no column in common") as reported:
        _lookup(tmp_path, "lk*.csv")
    assert "Novak" not in str(reported.value)


def test_types_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"code": [[1]]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"code": [True]}), tmp_path / "b.parquet")
    with pytest.raises(FinplatformError, match="types that do not go together"):
        _lookup(tmp_path, "*.parquet")


def test_a_lookup_that_does_not_fit_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LOOKUP_BYTES", 100)
    (tmp_path / "a.csv").write_text("code\n" + "x" * 200 + "\n")
    with pytest.raises(FinplatformError, match="Lookups are small"):
        _lookup(tmp_path, "a.csv")


def test_no_rows_at_all_are_an_empty_table() -> None:
    assert joined_by_name([]).is_empty()
