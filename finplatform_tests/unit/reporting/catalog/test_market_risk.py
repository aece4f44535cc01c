"""Sentences of the market risk page are true of the rows they are computed from."""

from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import JUNE, MAY, ROWS

PAGE = "market_risk"


@pytest.mark.parametrize(
    ("amounts", "peak"),
    [((900, 700), "EUR 900 on 31 May 2026"), ((500, 700), "EUR 700 on 30 June 2026"),
     ((0, 0), "EUR 0 on 31 May 2026 (level with 30 June 2026)")],
)  # fmt: skip
def test_the_last_and_the_largest_value_at_risk_are_told(
    amounts: tuple[int, int], peak: str
) -> None:
    frame = rows(
        "reporting_date historical filtered historical_shortfall filtered_shortfall",
        *(
            (day, Decimal(amount), None, None, None)
            for day, amount in zip((MAY, JUNE), amounts, strict=True)
        ),
    )
    said = sentence(PAGE, "Value at risk", frame)
    assert f"no more than EUR {amounts[1]} on 99 of 100 days; the most was {peak}" in said


@pytest.mark.parametrize(
    ("exceptions", "zone", "said"),
    [(1, "green", "1 day of the last 250 lost more than forecast, which is in the green zone"),
     (6, "amber", "6 days of the last 250 lost more than forecast, which is in the amber zone"),
     (11, "red", "11 days of the last 250 lost more than forecast, which is in the red zone")],
)  # fmt: skip
def test_the_zone_of_the_last_month_is_told(exceptions: int, zone: str, said: str) -> None:
    frame = rows(
        "reporting_date historical filtered historical_zone filtered_zone",
        (MAY, 2, 3, "green", "green"),
        (JUNE, exceptions, 6, zone, "amber"),
    )
    assert sentence(PAGE, "Backtest of the book", frame).startswith(said)


@pytest.mark.parametrize("first", ["FPX500", "EURUSD", "TRADING_BOOK"])
def test_the_riskiest_security_is_named(first: str) -> None:
    frame = rows(
        "portfolio historical filtered shortfall",
        *(
            (name, 0.05 if name == first else 0.01, 0.02, 0.06)
            for name in ("FPX500", "EURUSD", "TRADING_BOOK")
        ),
    )
    said = sentence(PAGE, "Value at risk by security", frame)
    name = "The trading book" if first == "TRADING_BOOK" else first
    assert said.startswith(f"{name} may lose most in a day, 5.00% of its value")
    assert ("the book may lose 1.00%" in said) == (first != "TRADING_BOOK")


def test_portfolios_outside_the_green_zone_are_counted() -> None:
    said = sentence(PAGE, "Exceptions by security", ROWS[PAGE, "Exceptions by security"])
    assert said == (
        "FPGOLD had most days with a loss above its forecast, 6 of 250; 1 of 30 portfolios is"
        " outside the green zone."
    )


def test_the_best_and_the_worst_price_are_compared_with_their_first_week() -> None:
    said = sentence(PAGE, "Prices", ROWS[PAGE, "Prices"])
    assert said == (
        "Since its first week, Shares has done best, up 20.0%, and Bonds worst, down 10.0%."
    )


def test_the_most_volatile_of_all_months_and_of_the_last_are_named() -> None:
    said = sentence(PAGE, "Volatility", ROWS[PAGE, "Volatility"])
    assert said == (
        "The highest volatility shown was that of FPX in May 2026, 30.0% a year; in June 2026 it"
        " was that of FPB, 15.0%."
    )
    last = ROWS[PAGE, "Volatility"].iloc[2:]
    assert sentence(PAGE, "Volatility", last) == (
        "The highest volatility shown was that of FPB in June 2026, 15.0% a year."
    )


def test_the_class_that_asks_for_the_most_capital_is_named() -> None:
    said = sentence(PAGE, "Capital by risk class", ROWS[PAGE, "Capital by risk class"])
    assert said == (
        "The largest part of the capital for market risk, EUR 75 or 75.0%, is for foreign exchange."
    )
