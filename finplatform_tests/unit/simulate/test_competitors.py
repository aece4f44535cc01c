"""Offers of competitors: every quarter, every type, near the market and each with its own style."""

import polars as pl

from finplatform.contracts.bronze import SOURCES
from finplatform.oltp.codes import PRODUCT_TYPES
from finplatform.simulate import Bank
from finplatform.simulate.competitors import COMPETITORS
from finplatform_tests.unit.simulate.conftest import CONFIG


def test_offers_keep_their_contract_and_are_gathered_every_quarter(bank: Bank) -> None:
    offers = bank.competitor_offers()
    source = SOURCES["competitor_offers"]
    assert source.received.validate(offers).columns == list(source.received.columns)
    assert offers.select(source.stored.key).is_duplicated().sum() == 0
    days = offers["offer_date"].unique().sort().to_list()
    assert days[0] == CONFIG.start
    assert all(day.month in (1, 4, 7, 10) and day.day == 1 for day in days[1:])
    assert len(offers) == len(days) * len(COMPETITORS) * len(PRODUCT_TYPES)


def test_the_digital_bank_is_cheaper_on_credit_and_pays_more_on_savings(bank: Bank) -> None:
    means = (
        bank.competitor_offers()
        .group_by("competitor", "product_type")
        .agg(pl.col("interest_rate").cast(pl.Float64).mean(), pl.col("monthly_fee").max())
    )
    rates = {(name, kind): rate for name, kind, rate, _ in means.iter_rows()}
    lumen, summit = "Lumen Digital Bank", "Summit & Vale"
    for kind in ("MORTGAGE", "PERSONAL_LOAN", "CREDIT_CARD"):
        assert rates[lumen, kind] < rates[summit, kind]
    assert rates[lumen, "SAVINGS"] > rates[summit, "SAVINGS"]
    assert means.filter(pl.col("competitor") == lumen)["monthly_fee"].max() == 0
