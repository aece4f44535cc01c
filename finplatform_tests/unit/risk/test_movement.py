"""What moved a capital ratio adds up, and each part is what its name says."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.movement import capital_movement, waterfall_steps

START, END = date(2026, 6, 30), date(2026, 7, 31)
CELLS = (
    ("credit", "corporate", False), ("credit", "corporate", True), ("credit", "cash", False),
    ("market", "equity", False), ("operational", "all", False),
)  # fmt: skip
LINES = (("common_shares", "CET1"), ("retained_earnings", "CET1"), ("at1_instruments", "AT1"))


def cents(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda units: Decimal(units).scaleb(-2))


@st.composite
def books(draw: st.DrawFn) -> dict[str, Any]:
    """A bank on one date: cells, what the floor adds, and own funds."""
    chosen = draw(st.lists(st.sampled_from(CELLS), min_size=1, unique=True))
    cells = {
        cell: (draw(cents(0, 10**11)), draw(cents(0, 10**11)) + Decimal("0.01")) for cell in chosen
    }
    floor = draw(st.sampled_from([Decimal("0.00"), Decimal("12345.67")]))
    return {
        "cells": cells,
        "assets": sum((assets for _, assets in cells.values()), floor),
        "lines": {line: draw(cents(-(10**10), 10**10)) for line, _ in LINES},
    }


def frames(*banks: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Rows of `capital_adequacy`, `rwa_by_class` and `own_funds` of banks on START and END."""
    adequacy, classes, funds = [], [], []
    for day, bank in zip((START, END), banks, strict=True):
        capital = Decimal(0)
        row: dict[str, Any] = {"reporting_date": day, "risk_weighted_assets": bank["assets"]}
        for name, tiers in (("cet1", {"CET1"}), ("tier1", {"CET1", "AT1"})):
            capital = sum(
                (bank["lines"][line] for line, tier in LINES if tier in tiers), Decimal(0)
            )
            row |= {
                f"{name}_capital": capital,
                f"{name}_ratio": (capital / bank["assets"]).quantize(Decimal("0.000001")),
            }
        adequacy.append(row)
        classes += [
            {
                "reporting_date": day, "risk_type": kind, "exposure_class": name,
                "is_defaulted": defaulted, "exposure_amount": exposure,
                "risk_weighted_assets": assets,
            }
            for (kind, name, defaulted), (exposure, assets) in bank["cells"].items()
        ]  # fmt: skip
        funds += [
            {"reporting_date": day, "line": line, "tier": tier, "counted_amount": amount}
            for (line, tier), amount in zip(LINES, bank["lines"].values(), strict=True)
        ]
    exact = {
        "exposure_amount": pl.Decimal(38, 2), "risk_weighted_assets": pl.Decimal(38, 2),
        "cet1_capital": pl.Decimal(38, 2), "tier1_capital": pl.Decimal(38, 2),
        "cet1_ratio": pl.Decimal(38, 6), "tier1_ratio": pl.Decimal(38, 6),
        "counted_amount": pl.Decimal(38, 2),
    }  # fmt: skip
    made = [pl.DataFrame(rows, infer_schema_length=None) for rows in (adequacy, classes, funds)]
    return tuple(  # type: ignore[return-value]
        frame.cast({name: exact[name] for name in frame.columns if name in exact}) for frame in made
    )


def bank(
    capital: str, cells: dict[tuple[str, str, bool], tuple[str, str]], floor: str = "0"
) -> dict[str, Any]:
    given = {cell: (Decimal(e), Decimal(a)) for cell, (e, a) in cells.items()}
    return {
        "cells": given,
        "assets": sum((assets for _, assets in given.values()), Decimal(floor)),
        "lines": {
            "common_shares": Decimal(capital), "retained_earnings": Decimal("0.00"),
            "at1_instruments": Decimal("0.00"),
        },
    }  # fmt: skip


def moved(*banks: dict[str, Any], **options: Any) -> pl.DataFrame:
    adequacy, classes, funds = frames(*banks)
    return capital_movement(adequacy, classes, START, END, own_funds=funds, **options)


def amount(steps: pl.DataFrame, name: str, column: str = "amount") -> Decimal:
    (value,) = steps.filter(pl.col("name") == name)[column].to_list()
    found: Decimal = value
    return found


def total(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


@given(books(), books(), st.sampled_from(["cet1_ratio", "tier1_ratio"]))
def test_steps_add_up_to_the_change_of_the_ratio_and_children_to_their_parent(
    first: dict[str, Any], last: dict[str, Any], ratio: str
) -> None:
    steps = moved(first, last, ratio=ratio)
    opening, closing = amount(steps, "opening"), amount(steps, "closing")
    assert opening + total(steps.filter(depth=1)["amount"].to_list()) == closing
    for row in steps.rows(named=True):
        children = steps.filter(pl.col("parent") == row["name"])
        if children.height:
            assert total(children["amount"].to_list()) == row["amount"]
            assert total(children["money"].to_list()) == row["money"]


@given(books(), books())
def test_the_way_back_takes_the_same_steps(first: dict[str, Any], last: dict[str, Any]) -> None:
    there, back = moved(first, last), moved(last, first)
    for row in there.filter(pl.col("depth") > 0).rows(named=True):
        returned = amount(back, row["name"])
        assert abs(row["amount"] + returned) <= Decimal("0.00001"), row["name"]


@given(books(), books(), st.integers(1, 4))
def test_a_waterfall_of_any_depth_ends_at_the_closing_ratio(
    first: dict[str, Any], last: dict[str, Any], depth: int
) -> None:
    bars = waterfall_steps(moved(first, last), depth)
    assert bars["kind"][0] == "opening"
    assert bars["kind"][-1] == "closing"
    assert total(bars["amount"].to_list()[:-1]) == bars["amount"][-1]


CORPORATE, CASH = ("credit", "corporate", False), ("credit", "cash", False)


def test_more_capital_alone_is_a_step_of_capital_alone() -> None:
    book = {CORPORATE: ("1000.00", "1000.00")}
    steps = moved(bank("100.00", book), bank("120.00", book))
    assert amount(steps, "capital") == Decimal("0.020000")
    assert amount(steps, "capital.common_shares", "money") == Decimal("20.00")
    assert amount(steps, "risk_weighted_assets") == 0


def test_a_larger_book_at_the_same_weight_is_volume_alone() -> None:
    steps = moved(
        bank("100.00", {CORPORATE: ("1000.00", "500.00")}),
        bank("100.00", {CORPORATE: ("2000.00", "1000.00")}),
    )
    assert amount(steps, "risk_weighted_assets.credit.corporate.weight") == 0
    assert amount(steps, "risk_weighted_assets.credit.corporate.volume") == Decimal("-0.100000")
    assert amount(steps, "risk_weighted_assets", "money") == Decimal("500.00")


def test_a_riskier_book_of_the_same_size_is_weight_alone() -> None:
    steps = moved(
        bank("100.00", {CORPORATE: ("1000.00", "500.00")}),
        bank("100.00", {CORPORATE: ("1000.00", "1000.00")}),
    )
    assert amount(steps, "risk_weighted_assets.credit.corporate.volume") == 0
    assert amount(steps, "risk_weighted_assets.credit.corporate.weight") == Decimal("-0.100000")


def test_a_class_that_is_new_comes_as_volume() -> None:
    steps = moved(
        bank("100.00", {CORPORATE: ("1000.00", "1000.00")}),
        bank("100.00", {CORPORATE: ("1000.00", "1000.00"), CASH: ("500.00", "100.00")}),
    )
    assert amount(steps, "risk_weighted_assets.credit.cash.volume", "money") == Decimal("100.00")
    assert amount(steps, "risk_weighted_assets.credit.cash.weight", "money") == 0


def test_what_the_floor_adds_is_a_step_of_its_own() -> None:
    book = {CORPORATE: ("1000.00", "1000.00")}
    steps = moved(bank("100.00", book), bank("100.00", book, floor="250.00"))
    assert amount(steps, "risk_weighted_assets.floor", "money") == Decimal("250.00")
    assert amount(steps, "risk_weighted_assets.floor") == Decimal("-0.020000")
    without = moved(bank("100.00", book), bank("100.00", book))
    assert "risk_weighted_assets.floor" not in without["name"].to_list()


def test_capital_is_one_step_without_its_lines() -> None:
    adequacy, classes, _ = frames(
        bank("100.00", {CORPORATE: ("1000.00", "1000.00")}),
        bank("120.00", {CORPORATE: ("1000.00", "1000.00")}),
    )
    steps = capital_movement(adequacy, classes, START, END)
    assert steps.filter(pl.col("parent") == "capital").is_empty()
    assert amount(steps, "capital") == Decimal("0.020000")


def test_a_date_without_a_ratio_and_an_unknown_ratio_are_refused() -> None:
    book = bank("100.00", {CORPORATE: ("1000.00", "1000.00")})
    adequacy, classes, funds = frames(book, book)
    with pytest.raises(RiskInputError, match="No cet1_ratio is reported for 2020-01-31"):
        capital_movement(adequacy, classes, date(2020, 1, 31), END, own_funds=funds)
    with pytest.raises(RiskInputError, match="no ratio that can be explained"):
        capital_movement(adequacy, classes, START, END, ratio="leverage_ratio")


def test_tables_that_contradict_each_other_are_refused() -> None:
    book = {CORPORATE: ("1000.00", "1000.00")}
    adequacy, classes, funds = frames(bank("100.00", book), bank("120.00", book))
    other = funds.with_columns(counted_amount=pl.lit(Decimal("1.00")))
    with pytest.raises(RiskInputError, match=r"gold\.own_funds change by"):
        capital_movement(adequacy, classes, START, END, own_funds=other)
