"""Properties of operational-risk capital and of the losses that count."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import MissingRuleError, RiskInputError
from finplatform.risk.operational import (
    BusinessYear,
    OperationalOptions,
    business_indicator,
    business_indicator_component,
    internal_loss_multiplier,
    operational_requirement,
)
from finplatform.risk.operational_losses import LossEventType, counted_events, yearly_losses

MILLION = Decimal(10) ** 6
amounts = st.integers(0, 10**12)
LARGE = BusinessYear(fee_income=2_000 * MILLION)


def test_ope25_5_net_items_are_made_absolute_year_by_year_before_the_average() -> None:
    gains = [BusinessYear(trading_result=Decimal(one)) for one in (90, -90, 0)]
    assert business_indicator(gains).financial == 60


def test_ope25_4_interest_counts_up_to_a_share_of_the_assets_and_dividends_in_full() -> None:
    year = BusinessYear(
        interest_income=Decimal(100),
        interest_earning_assets=Decimal(1_000),
        dividend_income=Decimal(7),
    )
    assert business_indicator([year] * 3).interest_leases_dividends == Decimal("29.5")


@given(amounts, amounts)
def test_the_component_rises_with_the_indicator_by_18_percent_at_most(one: int, other: int) -> None:
    less, more = sorted((one, other))
    rise = business_indicator_component(more)[0] - business_indicator_component(less)[0]
    assert Decimal("0.12") * (more - less) <= rise <= Decimal("0.18") * (more - less)


@given(amounts, amounts, st.integers(1, 10**12))
def test_the_multiplier_rises_with_losses(one: int, other: int, component: int) -> None:
    less, more = sorted((one, other))
    assert internal_loss_multiplier(less, component) <= internal_loss_multiplier(more, component)


def test_buckets_are_in_euro_whatever_the_currency() -> None:
    assert business_indicator_component(2_000 * MILLION, eur_per_unit=Decimal("0.5"))[1] == 1
    assert business_indicator_component(2_000 * MILLION)[1] == 2


@pytest.mark.parametrize(
    ("year", "losses", "options"),
    [
        pytest.param(BusinessYear(fee_income=MILLION), [MILLION] * 10, {}, id="first_bucket"),
        pytest.param(LARGE, [MILLION] * 4, {}, id="four_years_of_losses"),
        pytest.param(LARGE, [MILLION] * 10, {"ignores_losses": True}, id="national_option"),
        pytest.param(LARGE, [0] * 10, {"has_good_loss_data": False}, id="poor_data"),
    ],
)
def test_capital_is_the_component_alone(
    year: BusinessYear, losses: list[Decimal], options: dict[str, bool]
) -> None:
    found = operational_requirement([year] * 3, losses, options=OperationalOptions(**options))
    assert found.loss_multiplier == 1
    assert found.capital == found.business_indicator_component
    assert found.rwa == Decimal("12.5") * found.capital


def test_few_losses_lower_capital_only_where_the_data_are_good() -> None:
    good = operational_requirement([LARGE] * 3, [0] * 5)
    poor = operational_requirement(
        [LARGE] * 3,
        [0] * 5,
        options=OperationalOptions(has_good_loss_data=False, supervisory_multiplier=Decimal("1.2")),
    )
    assert good.loss_multiplier < 1 < poor.loss_multiplier == Decimal("1.2")


def test_only_the_newest_ten_years_of_losses_count() -> None:
    recent = operational_requirement([LARGE] * 3, [1_000 * MILLION] + [MILLION] * 10)
    assert recent.loss_component == 15 * MILLION


def entries() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "event_id": ["a", "a", "b", "c"],
            "accounting_date": [date(2020, 1, 1), date(2021, 1, 1)] + [date(2021, 5, 1)] * 2,
            "amount": [Decimal(50_000), Decimal(-10_000), Decimal(70_000), Decimal(10)],
            "event_type": [
                *["external_fraud"] * 2,
                "employment_practices",
                "damage_to_assets",
            ],
            "is_credit_related": [False, False, True, False],
        }
    )


def test_losses_are_net_of_recoveries_without_credit_losses_and_small_events() -> None:
    assert counted_events(entries(), 2021).rows() == [("a", "external_fraud", Decimal(40_000))]
    assert yearly_losses(entries(), 2021)[-2:] == (Decimal(50_000), Decimal(-10_000))
    assert len(yearly_losses(entries(), 2021)) == 10


def test_the_seven_event_types_of_table_2() -> None:
    assert len(LossEventType) == 7


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (entries().drop("event_type"), "lack: event_type"),
        (entries().with_columns(event_type=pl.lit("bad luck")), "Unknown event type: bad luck"),
        (entries().with_columns(amount=pl.lit(None, pl.Decimal(18, 2))), "missing values"),
        (entries().with_columns(amount=pl.lit(float("nan"))), "missing values in amount"),
        (entries().with_columns(event_id=pl.lit("a")), "two types: a"),
    ],
)
def test_loss_entries_that_cannot_be_taken_are_named(broken: pl.DataFrame, message: str) -> None:
    with pytest.raises(RiskInputError, match=message):
        counted_events(broken, 2021)


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match=r"has 2 year\(s\)"):
        business_indicator([BusinessYear()] * 2)
    with pytest.raises(RiskInputError, match="fee_income is negative"):
        replace(LARGE, fee_income=Decimal(-1))
    with pytest.raises(RiskInputError, match="component is zero"):
        internal_loss_multiplier(1, 0)
    with pytest.raises(RiskInputError, match=r"supervisory_multiplier is 0\.9"):
        operational_requirement(
            [LARGE] * 3,
            [],
            options=OperationalOptions(
                has_good_loss_data=False, supervisory_multiplier=Decimal("0.9")
            ),
        )
    with pytest.raises(MissingRuleError, match=r"OPE25\.5"):
        business_indicator([LARGE] * 3, date(2020, 1, 1))
