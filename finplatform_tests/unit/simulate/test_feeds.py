import gzip
from datetime import date
from pathlib import Path

import polars as pl

from finplatform.simulate import Bank, write_feeds
from finplatform.simulate.ownfunds import _risk_and_losses
from finplatform_tests.unit.simulate.conftest import CONFIG


def test_the_feeds_are_the_same_bytes_every_time(bank: Bank, tmp_path: Path) -> None:
    first = write_feeds(bank, tmp_path / "one")
    second = write_feeds(bank, tmp_path / "two")
    months = {name for name in first if name.startswith("development_operations/")}
    assert len(months) == 60 + 25
    assert {first[name].name for name in first if name not in months} == {
        "economic_indicators.csv.gz",
        "own_funds.csv",
        "payments.parquet",
        "settlements.parquet",
        "country_indicators.csv.gz",
        "demographics.csv",
    }
    packed = first["economic_indicators"].read_bytes()
    assert packed[4:8] == bytes(4), "the archive holds no time of writing"
    assert all(first[name].read_bytes() == second[name].read_bytes() for name in first)


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


def test_operations_lie_in_the_file_of_their_month_and_none_of_another_bank_stays(
    bank: Bank, tmp_path: Path
) -> None:
    folder = tmp_path / "development_operations"
    folder.mkdir()
    (folder / "1999-01.parquet").write_bytes(b"of another bank")
    write_feeds(bank, tmp_path)
    rows = pl.read_parquet(folder / "*.parquet", include_file_paths="path")
    assert rows.drop("path").equals(bank.development_operations())
    month = rows["operation_date"].dt.strftime("%Y-%m")
    assert (rows["path"].str.extract(r"(\d{4}-\d{2})\.parquet$") == month).all()


def test_common_equity_lands_between_13_and_16_percent_of_risk(bank: Bank) -> None:
    amounts = bank.own_funds().pivot(on="component", index="report_date", values="amount")
    equity = amounts.select(
        (pl.col("CET1_INSTRUMENTS") + pl.col("RETAINED_EARNINGS") - pl.col("CET1_DEDUCTIONS")).cast(
            pl.Float64
        )
    ).to_series()
    weighted, _ = _risk_and_losses(bank.world, bank._states, bank.outcome)
    ratio = equity.to_numpy() * 100 / weighted[: len(equity)]
    assert ratio.min() > 0.125
    assert ratio.max() < 0.17
    assert ratio.std() > 0.001
    assert (amounts["report_date"] == amounts["report_date"].dt.month_end()).all()
    assert amounts["report_date"].max() <= CONFIG.end
    deductions = amounts["CET1_DEDUCTIONS"].cast(pl.Float64)
    assert (deductions > 0).all()
