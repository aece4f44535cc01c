"""Value at risk of each security and of the trading book, backtested by day.

Returns of a reporting date, length of history and backtesting zone; quantiles and tests are in
`finplatform.risk.market`; capital of the book is `trading_book`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from finplatform.risk.arrays import FloatArray
from finplatform.risk.market.backtesting import backtest, kupiec_test
from finplatform.risk.market.value_at_risk import (
    DAYS_TO_START,
    ewma_volatility,
    expected_shortfall,
    forecast,
    value_at_risk,
)
from finplatform.risk.money import to_cents
from finplatform.risk.rules import rule
from finplatform.windows import date_key

BOOK = "TRADING_BOOK"
HISTORICAL, FILTERED = "historical", "filtered"
METHODS = (HISTORICAL, FILTERED)


def market_figures(
    returns: pl.DataFrame,
    dates: list[date],
    book_values: Mapping[date, Decimal],
    currency: str,
    *,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Value at risk, expected shortfall and backtest on each reporting date.

    A forecast looks back on a year of days (`MAR32.9:days`); with less history than that and the
    year of the test, on what the test leaves, but on no fewer than `BANK.VAR:least_days` days. With
    less, there is no test, and with fewer days than the least no figure at all.

    Args:
        returns: Daily returns: data_date, symbol, return_rate.
        dates: Reporting dates.
        book_values: Value of the trading book by date; its securities are the guideline's.
        currency: Currency of the book.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.market_risk`.
    """
    if returns.is_empty():
        return pl.DataFrame()
    wide = returns.pivot(on="symbol", index="data_date", values="return_rate").sort("data_date")
    rows: list[dict[str, Any]] = []
    for day in dates:
        as_of = rules_as_of or day
        known = wide.filter(pl.col("data_date") <= day).tail(2 * _test_days(as_of))
        series = {name: known[name] for name in known.columns if name != "data_date"}
        value = book_values.get(day)
        book = _book_returns(known, as_of) if value else None
        if book is not None:
            series[BOOK] = book
        for name, daily in sorted(series.items()):
            sample = daily.drop_nulls().cast(pl.Float64).to_numpy()
            for method in METHODS:
                worth = value if name == BOOK else None
                row = _row(day, name, method, sample, worth, as_of)
                if row is not None:
                    rows.append(row | {"currency": currency})
    return pl.DataFrame(rows, infer_schema_length=None)


def _test_days(as_of: date) -> int:
    return int(rule("MAR32.9:days", as_of).exact)


def _book_returns(known: pl.DataFrame, as_of: date) -> pl.Series | None:
    """Daily return of the guideline's securities, held in constant shares."""
    shares = rule("BANK.TRADING:allocation", as_of).values
    if any(symbol not in known.columns for symbol in shares):
        return None
    return known.select(
        pl.sum_horizontal(
            *(pl.col(symbol).cast(pl.Float64) * float(share) for symbol, share in shares.items()),
            ignore_nulls=False,
        ).alias(BOOK)
    )[BOOK]


def _row(
    day: date, name: str, method: str, sample: FloatArray, worth: Decimal | None, as_of: date
) -> dict[str, Any] | None:
    least, year = int(rule("BANK.VAR:least_days", as_of).exact), _test_days(as_of)
    if len(sample) < least or not np.any(sample[:DAYS_TO_START]):
        return None
    recent = sample[-year:]
    volatility = ewma_volatility(sample)
    scaled = recent / volatility[-len(recent) :] * volatility[-1] if method == FILTERED else recent
    loss = value_at_risk(scaled, rule("BANK.VAR:confidence", as_of).part("value_at_risk"))
    tail = expected_shortfall(scaled, rule("BANK.VAR:confidence", as_of).part("shortfall"))
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "portfolio": name,
        "method": method,
        "days": len(recent),
        "value_at_risk_rate": loss,
        "expected_shortfall_rate": tail,
        "value_at_risk": None if worth is None else to_cents(Decimal(repr(loss)) * worth),
        "expected_shortfall": None if worth is None else to_cents(Decimal(repr(tail)) * worth),
        **_test(sample, volatility, least, year, as_of),
    }


def _test(
    sample: FloatArray, volatility: FloatArray | None, least: int, year: int, as_of: date
) -> dict[str, Any]:
    window = min(year, len(sample) - year)
    if window < least:
        return dict.fromkeys(
            (
                "lookback_days",
                "exceptions",
                "zone",
                "multiplier",
                "kupiec_statistic",
                "kupiec_p_value",
            )
        )
    forecasts = forecast(
        sample,
        confidence=rule("BANK.VAR:confidence", as_of).part("value_at_risk"),
        window=window,
        volatility=volatility,
    )
    happened, feared = sample[-year:], forecasts[-year:]
    # Positions are held in constant shares, so the actual day is the hypothetical one.
    tested = backtest(happened, happened, feared, as_of)
    coverage = kupiec_test(tested.exceptions, year)
    return {
        "lookback_days": window,
        "exceptions": tested.exceptions,
        "zone": tested.zone.value,
        "multiplier": tested.multiplier,
        "kupiec_statistic": coverage.statistic,
        "kupiec_p_value": coverage.p_value,
    }
