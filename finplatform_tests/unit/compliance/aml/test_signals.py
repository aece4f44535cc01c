"""Signals of single customers: at the edge of each rule, and just beside it."""

from datetime import timedelta

import polars as pl
import pytest

from finplatform.compliance.aml.signals import customer_signals
from finplatform_tests.unit.compliance.aml.builders import (
    FATF,
    MONTH,
    RULES,
    START,
    Ledger,
    active_since,
    moment,
)


def signals(ledger: Ledger, quiet_since: int = 1) -> pl.DataFrame:
    movements = ledger.classified()
    last = active_since(movements, START - timedelta(days=quiet_since))
    return customer_signals(movements, FATF, last, MONTH, RULES)


def days_of(found: pl.DataFrame, signal: str) -> list[int]:
    return sorted((day - START).days for day in found.filter(signal=signal)["day"])


def test_three_deposits_near_the_limit_on_three_days_are_seen_on_the_third() -> None:
    ledger = Ledger()
    for day, amount in ((2, "9500"), (5, "7000"), (9, "9990")):
        ledger.cash("ANN", day, amount)
    found = signals(ledger)
    assert days_of(found, "CASH_NEAR_LIMIT") == [9]
    (hit,) = found.iter_rows(named=True)
    assert hit["transaction_ids"] == ["T00000", "T00001", "T00002"]
    assert hit["words"] == (
        "3 cash deposits between 7,000 and 10,000 USD on 3 days, 26,490 USD together"
    )


@pytest.mark.parametrize(
    "deposits",
    [
        [(2, "9500"), (5, "6999.99"), (9, "9990")],
        [(2, "9500"), (5, "10000.01"), (9, "9990")],
        [(2, "9500"), (5, "9500")],
        [(2, "9500"), (2, "9500"), (9, "9500")],
        [(-4, "9500"), (3, "9500"), (26, "9500")],
        [(2, "-9500"), (5, "-9500"), (9, "-9500")],
    ],
)
def test_fewer_further_apart_larger_or_smaller_deposits_are_no_structuring(
    deposits: list[tuple[int, str]],
) -> None:
    ledger = Ledger()
    for day, amount in deposits:
        ledger.cash("ANN", day, amount)
    assert signals(ledger).is_empty()


def test_deposits_at_the_limit_itself_are_near_it() -> None:
    ledger = Ledger()
    for day in (2, 5, 9):
        ledger.cash("ANN", day, "10000")
    assert days_of(signals(ledger), "CASH_NEAR_LIMIT") == [9]


def passing(waits: list[float], share: str = "5500") -> Ledger:
    ledger = Ledger()
    for number, wait in enumerate(waits):
        at = moment(3 + 6 * number)
        ledger.outside("ANN", at, "6000")
        ledger.outside("ANN", at + timedelta(hours=wait), f"-{share}", party="y")
    return ledger


def test_two_sums_that_leave_within_two_days_are_rapid_movement() -> None:
    found = signals(passing([40, 48]))
    assert days_of(found, "RAPID_IN_OUT") == [11]
    assert set(found["transaction_ids"][0]) == {"T00000", "T00001", "T00002", "T00003"}


@pytest.mark.parametrize(("waits", "share"), [([40], "5500"), ([40, 49], "5500"),
                                              ([40, 40], "5000")])  # fmt: skip
def test_one_sum_a_slow_one_or_one_that_mostly_stays_is_not(waits: list[float], share: str) -> None:
    assert signals(passing(waits, share)).is_empty()


def test_a_sum_may_leave_in_parts() -> None:
    ledger = Ledger()
    for day in (3, 8):
        ledger.outside("ANN", moment(day), "6000")
        for part in range(3):
            ledger.outside("ANN", moment(day, 13 + part), "-1900", party="y")
    assert days_of(signals(ledger), "RAPID_IN_OUT") == [8]


@pytest.mark.parametrize(("count", "is_seen"), [(14, True), (13, False)])
def test_many_transfers_in_two_days_are_velocity(count: int, is_seen: bool) -> None:
    ledger = Ledger()
    for number in range(count):
        ledger.outside("ANN", moment(4, number), "120.50")
    assert bool(days_of(signals(ledger), "VELOCITY")) == is_seen


def test_a_customer_who_always_makes_many_transfers_is_not_fast() -> None:
    ledger = Ledger()
    for day in range(-60, 6):
        for number in range(7):
            ledger.outside("ANN", moment(day, number), "120.50")
    assert not days_of(signals(ledger), "VELOCITY")


@pytest.mark.parametrize(
    ("amounts", "is_seen"),
    [
        (["1000", "1500", "2000", "3000", "1000", "500000"], True),
        (["1000", "1500", "2000", "3000", "1000"], False),
        (["1000", "1500", "2000", "3000", "1000", "500"], False),
        (["1000", "1500", "2000", "3000", "1000", "2010"], False),
        (["1010"] * 3 + ["1000"] * 6, False),
    ],
)
def test_six_round_sums_that_are_most_of_the_large_ones_are_seen(
    amounts: list[str], is_seen: bool
) -> None:
    ledger = Ledger()
    for day, amount in enumerate(amounts):
        ledger.outside("ANN", moment(day), amount)
    assert bool(days_of(signals(ledger), "ROUND_AMOUNTS")) == is_seen


@pytest.mark.parametrize(
    ("quiet", "came", "left", "is_seen"),
    [(180, "4000", "3000", True), (170, "4000", "3000", False), (400, "3999", "3500", False),
     (400, "9000", "2000", False)],
)  # fmt: skip
def test_a_sum_through_an_account_that_slept_half_a_year_is_seen(
    quiet: int, came: str, left: str, is_seen: bool
) -> None:
    ledger = Ledger()
    ledger.outside("ANN", moment(5), came)
    ledger.outside("ANN", moment(7), f"-{left}", party="y")
    assert days_of(signals(ledger, quiet - 5), "DORMANT_AWAKENED") == ([7] if is_seen else [])


def test_a_card_payment_keeps_an_account_awake() -> None:
    ledger = Ledger()
    ledger.card("ANN", -90, "12.50")
    ledger.outside("ANN", moment(5), "9000")
    ledger.outside("ANN", moment(6), "-9000", party="y")
    assert not days_of(signals(ledger, quiet_since=250), "DORMANT_AWAKENED")


def test_money_to_a_listed_country_is_seen_from_the_second_transfer_on() -> None:
    ledger = Ledger()
    for day in (3, 9):
        ledger.outside("ANN", moment(day), "-1600", country="BG")
    assert days_of(signals(ledger), "HIGH_RISK_GEOGRAPHY") == [9]


def test_one_cent_to_a_country_with_a_call_for_action_is_enough() -> None:
    ledger = Ledger()
    ledger.card("ANN", 4, "0.01", country="IR")
    assert days_of(signals(ledger), "HIGH_RISK_GEOGRAPHY") == [4]


def test_a_country_counts_by_the_statement_of_the_day() -> None:
    ledger = Ledger()
    for day in (3, 9):
        ledger.outside("ANN", moment(day), "-1600", country="BG")
    movements = ledger.classified()
    later = FATF.with_columns(as_of_date=START + timedelta(days=5))
    struck = pl.concat([FATF, later.filter(country="IR")])
    last = active_since(movements, START)
    for listed, expected in ((later, []), (struck, [])):
        found = customer_signals(movements, listed, last, MONTH, RULES)
        assert days_of(found, "HIGH_RISK_GEOGRAPHY") == expected
