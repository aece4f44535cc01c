"""Published figures and worked examples of the Basel Framework on operational risk."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finplatform.risk.operational import (
    business_indicator_component,
    internal_loss_multiplier,
)
from finplatform.risk.operational_losses import counted_events, yearly_losses

BILLION = 10**9


def entries(*amounts: tuple[int, int]) -> pl.DataFrame:
    """Return one event, accounted in the years given."""
    return pl.DataFrame(
        {
            "event_id": ["event"] * len(amounts),
            "accounting_date": [date(year, 6, 30) for year, _ in amounts],
            "amount": [Decimal(amount) for _, amount in amounts],
            "event_type": ["execution_and_process"] * len(amounts),
        }
    )


def test_ope25_7_a_business_indicator_of_35bn_has_a_component_of_5_37bn() -> None:
    assert business_indicator_component(35 * BILLION) == (Decimal("5.37") * BILLION, 3)


@pytest.mark.parametrize(
    ("indicator", "component", "bucket"),
    [(0, "0", 1), (1, "0.12", 1), (30, "4.47", 2), (31, "4.65", 3)],
)
def test_ope25_6_a_bound_belongs_to_the_bucket_below(
    indicator: int, component: str, bucket: int
) -> None:
    expected = (Decimal(component) * BILLION, bucket)
    assert business_indicator_component(indicator * BILLION) == expected


@pytest.mark.parametrize(
    ("ratio", "multiplier"),
    [
        ("0", "0.5413"),
        ("0.25", "0.7169"),
        ("0.5", "0.8297"),
        ("2", "1.2411"),
        ("5", "1.6756"),
        ("10", "2.0829"),
        ("50", "3.2021"),
    ],
)
def test_ope25_9_internal_loss_multiplier(ratio: str, multiplier: str) -> None:
    assert round(internal_loss_multiplier(Decimal(ratio), 1), 4) == Decimal(multiplier)


def test_ope25_9_the_multiplier_is_one_where_losses_equal_the_component() -> None:
    assert internal_loss_multiplier(Decimal("0.37"), Decimal("0.37")) == 1


def test_ope25_18_faq3_two_small_amounts_of_one_event_count_together() -> None:
    events = counted_events(entries((2012, 16_000), (2013, 7_000)), 2021)
    assert events["net_loss"].to_list() == [Decimal(23_000)]


def test_ope25_18_faq3_what_was_accounted_before_the_window_does_not_count() -> None:
    before = entries((2010, 1_000_000), (2013, 300_000), (2015, -500_000))
    assert counted_events(before, 2021).is_empty()


@pytest.mark.parametrize(("amount", "counts"), [(19_999, False), (20_000, True)])
def test_ope25_18_the_threshold_itself_counts(amount: int, counts: bool) -> None:
    assert counted_events(entries((2020, amount)), 2021).is_empty() is not counts


def test_ope25_26_faq1_a_provision_counts_when_made_and_a_settlement_by_what_it_adds() -> None:
    losses = yearly_losses(entries((2018, 1_000_000), (2019, 200_000)), 2021)
    assert losses == (*[Decimal(0)] * 6, Decimal(1_000_000), Decimal(200_000), *[Decimal(0)] * 2)
