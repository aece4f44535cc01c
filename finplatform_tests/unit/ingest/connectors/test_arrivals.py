"""A file's day is the one that the name in the configuration reads from it."""

from datetime import date
from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.arrivals import ReadName, days_of, read_tables
from finplatform.ingest.connectors.base import ReadRequest
from finplatform.ingest.connectors.config import FilesSource, SourcesConfig, TableConfig
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.settings import Settings
from finplatform.windows import Window

DAY = date(2025, 1, 5)

NAMES = [
    ("{date:%Y}/{date:%m}/{date:%d}.csv", "2025/01/05.csv"),
    ("tx_{date:%d%m%Y}.csv", "tx_05012025.csv"),
    ("tx_{date:%d.%m.%Y}.csv", "tx_05.01.2025.csv"),
    ("tx_{date:%Y.%m.%d}.csv", "tx_2025.01.05.csv"),
    ("tx_{date:%Y_%m_%d}.csv", "tx_2025_01_05.csv"),
    ("TXN_*_BD{date:%Y%m%d}.csv", "TXN_20250106T030000_BD20250105.csv"),
    ("*_{date:%Y%m%d}.csv", "12345678_20250105.csv"),
    ("*_{date:%Y%m%d}.csv", "10150315_20250105.csv"),
    ("acct20231231_{date}.csv", "acct20231231_2025-01-05.csv"),
    ("dt={date}/part-*.parquet", "dt=2025-01-05/part-0001.parquet"),
    ("{date:%Y%m%d}/tx.csv", "20250105/tx.csv"),
    ("tx_{date:%Y%m%d}*.csv", "tx_20250105_v2.csv"),
    ("tx_{date:%Y%m%d}*.csv", "tx_20250105120000.csv"),
    ("**/tx_{date}.csv", "tx_2025-01-05.csv"),
    ("**/tx_{date}.csv", "cz/brno/tx_2025-01-05.csv"),
    ("[ab]_{date}.csv", "b_2025-01-05.csv"),
    ("[!ab]_{date}.csv", "c_2025-01-05.csv"),
    ("{date:%Y}/tx_{date:%Y%m%d}.csv", "2025/tx_20250105.csv"),
    ("tx_{date:%Y%m%d}.csv.GZ", "tx_20250105.csv.GZ"),
    ("a+b (1)_{date}.csv", "a+b (1)_2025-01-05.csv"),
]


@pytest.mark.parametrize(("pattern", "name"), NAMES)
def test_what_a_window_opens_and_what_announces_it_mean_the_same_day(
    pattern: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("k\n1\n")
    assert days_of(path, [ReadName(tmp_path, pattern)]) == [DAY]
    connector = FilesConnector(FilesSource(connector="files", root="."), tmp_path)
    if not name.endswith(("parquet", "GZ")):
        request = ReadRequest("t", TableConfig(source="s", read=pattern), window=Window.day(DAY))
        assert [batch.day for batch in connector.read(request)] == [DAY]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("tx_{date}.csv", "tx_2025-02-30.csv"),
        ("tx_{date}.csv", "tx_20250105.csv"),
        ("tx_{date}.csv", "TX_2025-01-05.csv"),
        ("[ab]_{date}.csv", "c_2025-01-05.csv"),
        ("{date:%Y}/tx_{date:%Y%m%d}.csv", "2024/tx_20250105.csv"),
        ("tx_{date}.csv", "sub/tx_2025-01-05.csv"),
        ("tx.csv", "tx.csv"),
    ],
)
def test_a_name_that_no_window_opens_has_no_day(pattern: str, name: str, tmp_path: Path) -> None:
    assert days_of(tmp_path / name, [ReadName(tmp_path, pattern)]) == []


def test_a_file_outside_the_root_has_no_day(tmp_path: Path) -> None:
    names = [ReadName(tmp_path / "in", "tx_{date}.csv")]
    assert days_of(tmp_path / "tx_2025-01-05.csv", names) == []
    assert not ReadName(tmp_path / "in", "tx.csv").is_of(tmp_path / "tx.csv")


def test_several_tables_may_read_one_file_by_several_days(tmp_path: Path) -> None:
    names = [
        ReadName(tmp_path, "{date:%Y%m%d}_*.csv"),
        ReadName(tmp_path, "*_{date:%Y%m%d}.csv"),
    ]
    assert days_of(tmp_path / "20250105_20250106.csv", names) == [DAY, date(2025, 1, 6)]


def test_names_are_those_of_all_places_and_lookups_of_folders(tmp_path: Path) -> None:
    sources = SourcesConfig.model_validate(
        {
            "bank": "b",
            "sources": {
                "f": {"connector": "files", "root": "{landing}/f"},
                "p": {"connector": "postgres"},
            },
            "tables": {
                "branches": {"source": "f"},
                "customers": {"source": "p"},
                "transactions": {
                    "source": "f",
                    "read": "tx_{date}.csv",
                    "lookups": {"lk": "lk*.csv"},
                    "also": [{"source": "f", "read": "more_{date}.csv"}],
                },
            },
        }
    )
    settings = Settings(home=tmp_path, landing_dir=tmp_path)
    names = list(read_tables(sources, settings))
    assert [name.pattern for name in names] == [
        "branches", "tx_{date}.csv", "lk*.csv", "more_{date}.csv",
    ]  # fmt: skip
    assert {name.root for name in names} == {tmp_path / "f"}
    assert names[2].is_of(tmp_path / "f/lk1.csv")


def test_a_pattern_without_a_whole_date_is_refused_when_the_configuration_is() -> None:
    with pytest.raises(FinplatformError, match="whole date"):
        ReadName(Path("/r"), "tx_{date:%Y%j}.csv").day_of(Path("/r/tx_2025005.csv"))
