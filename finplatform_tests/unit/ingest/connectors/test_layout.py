"""Files that are not plain tables: wide ones, ones without a header, ones that speak by name."""

import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import ReadRequest
from finplatform.ingest.connectors.config import FileLayout, FilesSource, TableConfig, Unpivot
from finplatform.ingest.connectors.files import FilesConnector, apply_layout

WIDE = {"files": "wide/*.csv*", "unpivot": {"index": ["country", "year"]}}
FACTORS = {"files": "factors/*.csv", "header": ["day", "factor"], "file_column": "symbol"}


def _connector(root: Path, *layouts: object) -> FilesConnector:
    source = FilesSource.model_validate(
        {"connector": "files", "root": ".", "layouts": list(layouts)}
    )
    return FilesConnector(source, root)


def _rows(connector: FilesConnector, relation: str) -> list[tuple[str | None, ...]]:
    request = ReadRequest("t", TableConfig(source="s", read=relation))
    return [row for batch in connector.read(request) for row in batch.frame.rows()]


def test_a_wide_file_becomes_a_row_per_value_and_none_for_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "wide").mkdir()
    (tmp_path / "wide" / "a.csv.gz").write_bytes(
        gzip.compress(b"country,year,gdp,pop\nARG,2020,3.5,\nBRA,2020,,212\n")
    )
    (tmp_path / "wide" / "b.csv").write_text("country,year,cpi\nBRA,2020,3.21\n")
    (tmp_path / "plain.csv").write_text("country,year,cpi\nBRA,2020,0\n")
    connector = _connector(tmp_path, WIDE)
    expected = [
        ("ARG", "2020", "gdp", "3.5"),
        ("BRA", "2020", "pop", "212"),
        ("BRA", "2020", "cpi", "3.21"),
    ]
    assert _rows(connector, "wide/*") == expected
    assert connector.read_lookup("wide/*").rows() == expected
    assert connector.read_lookup("wide/*").columns == ["country", "year", "name", "value"]
    assert _rows(connector, "plain.csv") == [("BRA", "2020", "0")]


def test_a_file_without_header_keeps_its_first_row_and_adds_its_name(tmp_path: Path) -> None:
    (tmp_path / "factors").mkdir()
    (tmp_path / "factors" / "aapl.x.csv").write_text("20140606,0.5\n20501231,1\n")
    (tmp_path / "factors" / "ibm.csv").write_text("20501231,1")
    rows = _rows(_connector(tmp_path, FACTORS), "factors/*.csv")
    assert rows == [
        ("20140606", "0.5", "aapl"),
        ("20501231", "1", "aapl"),
        ("20501231", "1", "ibm"),
    ]


def test_a_broken_line_of_a_headerless_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "factors").mkdir()
    (tmp_path / "factors" / "a.csv").write_text("1,2,3\n4,5\n")
    request = ReadRequest("t", TableConfig(source="s", read="factors/a.csv"))
    (batch,) = _connector(tmp_path, FACTORS).read(request)
    assert batch.frame.rows() == [("4", "5", "a")]
    assert [(piece.rule, piece.text) for piece in batch.malformed] == [("columns(2)", "1,2,3")]


def test_a_layout_that_does_not_fit_its_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wide").mkdir()
    (tmp_path / "wide" / "a.csv").write_text("country,gdp\nARG,1\n")
    with pytest.raises(FinplatformError, match=r"a\.csv: The file has no column year"):
        _rows(_connector(tmp_path, WIDE), "wide/a.csv")
    named = {"files": "wide/*", "file_column": "gdp"}
    with pytest.raises(FinplatformError, match="has a column gdp of its own"):
        _rows(_connector(tmp_path, named), "wide/a.csv")


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)),
        max_size=8,
    )
)
def test_unpivoting_loses_and_invents_no_value(values: list[tuple[int | None, int | None]]) -> None:
    wide = pl.DataFrame(
        {"key": range(len(values)), "a": [a for a, _ in values], "b": [b for _, b in values]},
        schema={"key": pl.Int64, "a": pl.Int64, "b": pl.Int64},
    )
    layout = FileLayout(files="*", unpivot=Unpivot(index=["key"]))
    long = apply_layout(wide, Path("f.csv"), layout)
    assert set(long.rows()) == {
        (key, name, value)
        for key, pair in enumerate(values)
        for name, value in zip("ab", pair, strict=True)
        if value is not None
    }
    assert long.height == wide["a"].count() + wide["b"].count()
