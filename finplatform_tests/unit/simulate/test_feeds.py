import gzip
from datetime import date
from pathlib import Path

import polars as pl

from finplatform.simulate import Bank, write_feeds
from finplatform.simulate.feeds import FEEDS
from finplatform.simulate.own_funds import weighted_assets
from finplatform_tests.unit.simulate.conftest import CONFIG


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_feeds_are_the_same_bytes_every_time(bank: Bank, tmp_path: Path) -> None:
    paths = write_feeds(bank, tmp_path / "one")
    write_feeds(bank, tmp_path / "two")
    first, second = _files(tmp_path / "one"), _files(tmp_path / "two")
    assert first == second
    assert {path.name for path in paths.values()} == set(FEEDS.values())
    assert {name.partition("/")[0] for name in first} == set(FEEDS.values())
    years = sorted(name for name in first if name.startswith("development_operations/"))
    assert years == [f"development_operations/{year}.parquet" for year in range(2018, 2026)]
    assert all(len(content) > 100 for content in first.values())
    packed = first["economic_indicators.csv.gz"]
    assert packed[4:8] == bytes(4), "the archive holds no time of writing"


def test_indicators_reach_five_years_back_without_gaps(bank: Bank, tmp_path: Path) -> None:
    path = write_feeds(bank, tmp_path)["economic_indicators"]
    rows = pl.read_csv(gzip.decompress(path.read_bytes()), try_parse_dates=True)
    assert rows.columns == [
        "country", "indicator_code", "indicator_date", "value", "unit", "source",
    ]  # fmt: skip
    key = rows.select("country", "indicator_code", "indicator_date")
    assert key.is_duplicated().sum() == 0
    assert rows["indicator_date"].min() == date(2018, 11, 30)
    assert (rows["indicator_date"] == rows["indicator_date"].dt.month_end()).all()
    per_series = rows.group_by("country", "indicator_code").len()
    assert per_series["len"].unique().to_list() == [60 + 25]
    assert {"GDP_GROWTH", "UNEMPLOYMENT", "FX_EUR_USD"} <= set(rows["indicator_code"])


def test_common_equity_lands_between_12_and_16_percent_of_risk(bank: Bank) -> None:
    amounts = bank.own_funds().pivot(on="component", index="report_date", values="amount")
    equity = amounts.select(
        (pl.col("CET1_INSTRUMENTS") + pl.col("RETAINED_EARNINGS") - pl.col("CET1_DEDUCTIONS")).cast(
            pl.Float64
        )
    ).to_series()
    weighted = weighted_assets(bank.world, bank._states, bank.outcome)
    ratio = equity.to_numpy() * 100 / weighted[: len(equity)]
    assert ratio.min() > 0.12
    assert ratio.max() < 0.16
    assert ratio.std() > 0.001
    assert (amounts["report_date"] == amounts["report_date"].dt.month_end()).all()
    assert amounts["report_date"].max() <= CONFIG.end
    deductions = amounts["CET1_DEDUCTIONS"].cast(pl.Float64)
    assert (deductions > 0).all()
