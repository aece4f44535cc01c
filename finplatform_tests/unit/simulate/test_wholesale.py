"""The simulated standardised book: every class and kind of protection, the same bank each time."""

from datetime import date

import polars as pl
import pytest

from finplatform.contracts.standardised import CreditProtection, StandardisedExposures
from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.protection import PROTECTION_KINDS
from finplatform.simulate.clock import Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.consolidation import reserve_frame, subsidiary_frame
from finplatform.simulate.own_funds import report_days
from finplatform.simulate.wholesale import (
    Holdings,
    exposure_frame,
    holdings,
    protection_frame,
)

CONFIG = SimulationConfig(start=date(2024, 3, 10), end=date(2025, 12, 31))


def held(config: SimulationConfig = CONFIG) -> Holdings:
    calendar = Calendar.between(config.start, config.end)
    return holdings(config, calendar, report_days(calendar))


def test_the_book_holds_a_few_of_every_class_and_kind_of_protection() -> None:
    book, protection = exposure_frame(held()), protection_frame(held())
    assert set(book["exposure_class"]) == {member.value for member in AssetClass}
    assert set(protection["protection_kind"]) == set(PROTECTION_KINDS)
    protected = protection.join(book, on=["report_date", "exposure_id"], how="semi")
    assert protected.height == protection.height


def test_rows_keep_their_contracts() -> None:
    for model, frame in (
        (StandardisedExposures, exposure_frame(held())),
        (CreditProtection, protection_frame(held())),
    ):
        schema = model.to_schema()
        assert set(frame.columns) == set(schema.columns)
        schema.validate(frame.select(list(schema.columns)), lazy=True)


def test_a_later_end_adds_months_and_changes_none() -> None:
    longer = SimulationConfig(start=CONFIG.start, end=date(2026, 2, 15))
    short, long = exposure_frame(held()), exposure_frame(held(longer))
    until = long.filter(pl.col("report_date") <= short["report_date"].max())
    assert until.equals(short)


def test_contracts_run_at_each_month_end_and_are_made_anew() -> None:
    book = exposure_frame(held()).filter(pl.col("maturity_date").is_not_null())
    assert (book["start_date"] <= book["report_date"]).all()
    assert (book["maturity_date"] > book["report_date"]).all()
    short = book.filter(counterparty_id="WC014")
    assert short["exposure_id"].n_unique() > 5


def test_the_book_value_is_what_is_drawn_less_provisions() -> None:
    book = exposure_frame(held())
    sums = book.group_by("report_date").agg(
        (pl.col("drawn_amount") - pl.col("specific_provision")).sum().alias("value")
    )
    values = sums.sort("report_date")["value"].cast(pl.Float64).to_list()
    assert values == pytest.approx((held().book_value[1:] / 100).tolist())


def test_a_subsidiary_has_holders_outside_and_the_hedge_reserve_is_filtered() -> None:
    calendar = Calendar.between(CONFIG.start, CONFIG.end)
    subsidiary = subsidiary_frame(CONFIG, calendar)
    for level in ("cet1", "tier1", "total"):
        third, whole = subsidiary[f"third_party_{level}_amount"], subsidiary[f"{level}_amount"]
        assert ((third > 0) & (third < whole)).all()
    reserve = reserve_frame(CONFIG, calendar).pivot(
        on="component", index="report_date", values="amount"
    )
    assert (reserve["OTHER_COMPREHENSIVE_INCOME"] == reserve["CASH_FLOW_HEDGE_RESERVE"]).all()
