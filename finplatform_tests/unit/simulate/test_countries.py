"""The development bank's countries: published and unpublished months."""

import polars as pl
import pytest

from finplatform.simulate import Bank
from finplatform.simulate.countries import COUNTRIES
from finplatform_tests.unit.simulate.conftest import CONFIG

KEY = ["country", "indicator_code", "indicator_date"]


@pytest.fixture(scope="module")
def indicators(bank: Bank) -> pl.DataFrame:
    return bank.country_indicators()


def test_each_of_ten_countries_has_each_indicator_once_a_period(indicators: pl.DataFrame) -> None:
    assert indicators.select(KEY).is_duplicated().sum() == 0
    assert indicators.null_count().sum_horizontal().item() == 0
    codes = indicators.group_by("country").agg(pl.col("indicator_code").n_unique())
    assert codes["country"].sort().to_list() == list(COUNTRIES)
    assert codes["indicator_code"].unique().to_list() == [7]
    assert (indicators["indicator_date"] == indicators["indicator_date"].dt.month_end()).all()


def test_nothing_is_published_before_its_period_ends_or_after_the_span(
    indicators: pl.DataFrame,
) -> None:
    assert (indicators["published_date"] >= indicators["indicator_date"]).all()
    assert (indicators["published_date"] <= CONFIG.end).all()


def test_argentinas_gap_has_no_rows(indicators: pl.DataFrame) -> None:
    inflation = indicators.filter(indicator_code="INFLATION").sort("indicator_date")
    months = {c: inflation.filter(country=c)["indicator_date"].to_list() for c in ("AR", "BR")}
    gap = [day for day in months["BR"] if day not in months["AR"]]
    assert len(gap) == 12
    assert (gap[-1].year - gap[0].year) * 12 + gap[-1].month - gap[0].month == 11


def test_a_currency_that_the_bank_deals_in_has_one_rate_in_the_whole_world(
    bank: Bank, indicators: pl.DataFrame
) -> None:
    own = (
        bank.economic_indicators()
        .filter(pl.col("indicator_code") == "FX_BRL_USD")
        .select("indicator_date", own=pl.col("value").cast(pl.Float64))
    )
    theirs = indicators.filter(country="BR", indicator_code="EXCHANGE_RATE")
    both = theirs.join(own, on="indicator_date")
    assert both.height == theirs.height
    assert ((both["value"] * both["own"]) - 1).abs().max() < 1e-5


def test_people_are_counted_for_years_that_are_over(bank: Bank) -> None:
    people = bank.demographics()
    assert people.select("country", "year").is_duplicated().sum() == 0
    assert people["year"].max() == CONFIG.end.year - 1
    assert people.group_by("country").len()["len"].unique().to_list() == [people["year"].n_unique()]
    assert people["urban_share_pct"].is_between(0, 100).all()
