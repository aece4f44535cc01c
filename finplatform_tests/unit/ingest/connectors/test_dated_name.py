"""File names with a date: from a day to its files and back."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.dated_name import DatedName

PATTERNS = (
    "tx_{date}.csv",
    "tx_{date:%Y%m%d}_*.csv.gz",
    "{date:%Y}/{date:%m}/tx_{date:%Y%m%d}.csv",
    "{date:%Y}/{date:%m}/{date:%d}/*.parquet",
    "*/{date:%d.%m.%Y}?.csv",
)


@given(day=st.dates(date(1970, 1, 1), date(2100, 1, 1)), pattern=st.sampled_from(PATTERNS))
def test_a_file_of_a_day_is_known_as_of_that_day(day: date, pattern: str) -> None:
    name = DatedName(pattern)
    path = name.glob(day).replace("*", "x").replace("?", "y")
    assert name.day_of(path) == day
    assert name.day_of(f"{path}.old") is None


def test_a_day_finds_its_files_alone(tmp_path: Path) -> None:
    for path in ("tx_20250101_a.csv", "tx_20250101_b.csv", "tx_20250102_a.csv", "tx_2025_a.csv"):
        (tmp_path / path).touch()
    name = DatedName("tx_{date:%Y%m%d}_*.csv")
    found = {path.name for path in tmp_path.glob(name.glob(date(2025, 1, 1)))}
    assert found == {"tx_20250101_a.csv", "tx_20250101_b.csv"}
    assert len(list(tmp_path.glob(name.any_day))) == 4
    assert name.day_of("tx_20250230_a.csv") is None


@pytest.mark.parametrize(
    "pattern", ["{day}.csv", "{date", "{0}.csv", "{date!r}.csv", "{date.year}.csv", "{date:%Y}.csv"]
)
def test_a_pattern_without_a_whole_date_is_refused(pattern: str) -> None:
    assert DatedName.is_in(pattern)
    with pytest.raises(FinplatformError):
        DatedName(pattern)
