"""Typologies of several parties: each pattern, and what only looks like it."""

from datetime import timedelta

import polars as pl
import pytest

from finplatform.compliance.aml.graph import graph_signals, transfers_of
from finplatform_tests.unit.compliance.aml.builders import (
    MONTH,
    RULES,
    START,
    Ledger,
    moment,
    with_figures,
)


def found(ledger: Ledger) -> pl.DataFrame:
    return graph_signals(ledger.classified(), MONTH, RULES)


def subjects(ledger: Ledger, signal: str) -> set[tuple[str, int]]:
    rows = found(ledger).filter(signal=signal).select("customer_id", "day").iter_rows()
    return {(customer, (day - START).days) for customer, day in rows}


def test_a_transfer_within_the_bank_is_one_edge_with_both_of_its_legs() -> None:
    ledger = Ledger()
    ledger.transfer("ANN", "BOB", moment(1), "500")
    ledger.outside("BOB", moment(2), "-480")
    inner, outer = transfers_of(ledger.classified())
    assert (inner.source, inner.target, inner.ids) == ("ANN", "BOB", ("T00000", "T00001"))
    assert (outer.source, outer.target, outer.ids) == ("BOB", "outside:x", ("T00002",))


def test_a_transfer_between_own_accounts_is_no_edge() -> None:
    ledger = Ledger()
    ledger.transfer("ANN", "ANN", moment(1), "500")
    assert not transfers_of(ledger.classified())


def fan(count: int, amount: str = "400", *, spread: int = 1, comes_in: bool = True) -> Ledger:
    ledger = Ledger()
    for number in range(count):
        pair = (f"P{number}", "HUB") if comes_in else ("HUB", f"P{number}")
        ledger.transfer(*pair, moment(number * spread), amount)
    return ledger


def test_five_who_pay_one_are_a_fan_in_of_the_one_who_is_paid() -> None:
    assert subjects(fan(6), "FAN_IN") == {("HUB", 4), ("HUB", 5)}
    assert not subjects(fan(6), "FAN_OUT")


def test_five_who_are_paid_by_one_are_a_fan_out_of_the_one_who_pays() -> None:
    assert subjects(fan(5, comes_in=False), "FAN_OUT") == {("HUB", 4)}


def test_parties_outside_the_bank_count_but_are_no_subjects() -> None:
    ledger = fan(3)
    for number in range(2):
        ledger.outside("HUB", moment(6), "900", party=f"x{number}")
    for number in range(9):
        ledger.outside(f"P{number}", moment(7), "-900", party="one")
    assert subjects(ledger, "FAN_IN") == {("HUB", 6)}


@pytest.mark.parametrize("ledger", [fan(4), fan(5, "399"), fan(5, spread=8)])
def test_fewer_smaller_or_slower_payers_are_no_fan_in(ledger: Ledger) -> None:
    assert not subjects(ledger, "FAN_IN")


def test_one_who_pays_often_is_one_party() -> None:
    ledger = Ledger()
    for day in range(9):
        ledger.transfer("P", "HUB", moment(day), "900")
    assert not subjects(ledger, "FAN_IN")


def test_where_only_small_transfers_count_the_payers_others_are_the_measure() -> None:
    ledger = fan(5, "500")
    for number in range(5):
        ledger.transfer(f"P{number}", f"SHOP{number}", moment(2), "2000" if number else "1900")
    rules = with_figures(RULES, [("FAN_IN", "times_smaller", 4)])
    assert graph_signals(ledger.classified(), MONTH, rules).filter(signal="FAN_IN").is_empty()
    rules = with_figures(RULES, [("FAN_IN", "times_smaller", "3.8")])
    assert graph_signals(ledger.classified(), MONTH, rules).filter(signal="FAN_IN").height == 1


def ring(amounts: list[str], days: list[int], names: str = "ABCDEFGHIJ") -> Ledger:
    ledger = Ledger()
    around = list(names[: len(amounts)])
    for source, target, amount, day in zip(
        around, [*around[1:], around[0]], amounts, days, strict=True
    ):
        ledger.transfer(source, target, moment(day), amount)
    return ledger


def test_money_that_comes_back_is_a_cycle_of_who_sent_it_first() -> None:
    ledger = ring(["5000", "4900", "4800"], [1, 3, 6])
    assert subjects(ledger, "CYCLE") == {("A", 6)}
    hit = found(ledger).filter(signal="CYCLE").row(0, named=True)
    assert len(hit["transaction_ids"]) == 6
    assert hit["words"] == "5,000 USD went round 3 customers and came back as 4,800 after 5 days"


@pytest.mark.parametrize(
    "ledger",
    [
        ring(["5000", "4900"], [1, 3]),
        ring(["5000", "4000", "3900"], [1, 3, 6]),
        ring(["5000", "4900", "4800"], [1, 6, 3]),
        ring(["5000", "4900", "4800"], [-20, 3, 12]),
        ring(["990", "980", "970"], [1, 3, 6]),
    ],
)
def test_a_return_or_leaking_disordered_slow_or_small_rings_are_no_cycles(ledger: Ledger) -> None:
    assert not subjects(ledger, "CYCLE")


def test_a_chain_belongs_to_its_beginning_and_grows_with_each_day() -> None:
    ledger = Ledger()
    for number, (source, target) in enumerate(("AB", "BC", "CD", "DE")):
        ledger.transfer(source, target, moment(2 * number), str(3000 - 50 * number))
    assert subjects(ledger, "LAYERING_CHAIN") == {("A", 4), ("A", 6)}


@pytest.mark.parametrize("wait", [3.01, -0.1])
def test_what_follows_too_late_or_before_is_no_chain(wait: float) -> None:
    ledger = Ledger()
    at = moment(8)
    for source, target in ("AB", "BC", "CD"):
        ledger.transfer(source, target, at, "3000")
        at += timedelta(days=wait)
    assert not subjects(ledger, "LAYERING_CHAIN")


def scattered(between: int, kept: float = 0.95, *, meets: bool = True) -> Ledger:
    ledger = Ledger()
    for number in range(between):
        ledger.transfer("SRC", f"M{number}", moment(1 + number), "1000")
        target = "TGT" if meets else f"TGT{number}"
        ledger.transfer(f"M{number}", target, moment(4 + number), f"{1000 * kept:.2f}")
    return ledger


def test_a_sum_spread_over_three_and_gathered_by_one_is_of_who_spreads_it() -> None:
    assert subjects(scattered(3), "SCATTER_GATHER") == {("SRC", 6)}
    assert subjects(scattered(4), "SCATTER_GATHER") == {("SRC", 6), ("SRC", 7)}


@pytest.mark.parametrize("ledger", [scattered(2), scattered(3, 0.79), scattered(3, meets=False)])
def test_two_ways_or_ways_that_keep_or_never_meet_are_no_gathering(ledger: Ledger) -> None:
    assert not subjects(ledger, "SCATTER_GATHER")


def test_a_dense_graph_is_searched_to_an_end() -> None:
    ledger = Ledger()
    names = [f"N{number}" for number in range(9)]
    for day, source in enumerate(names):
        for target in names:
            if target != source:
                ledger.transfer(source, target, moment(day), "2000")
    assert subjects(ledger, "FAN_OUT")
