"""The trading book: ledger positions held for resale, by security.

Belongs here: positions and their capital by the simplified standardised approach. Daily values at
risk are `value_at_risk`; charges are `finplatform.risk.market.simplified`.

The ledger holds the book's value and not its securities. They are those of the bank's investment
guideline, dated in `rules.csv` (`BANK.TRADING:allocation`).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.market.simplified import (
    RiskClass,
    commodity_charge,
    equity_charge,
    foreign_exchange_charge,
    interest_rate_charge,
    market_requirement,
)
from finplatform.risk.money import apportion, to_cents
from finplatform.risk.reports.ledger import ZERO, Ledger
from finplatform.risk.rules import rule
from finplatform.windows import date_key

TRADING_LINE = "TRADING_ASSETS"
"""Ledger line of the trading book."""

_CLASSES = {
    "EQUITY": RiskClass.EQUITY,
    "INDEX": RiskClass.EQUITY,
    "FUND": RiskClass.EQUITY,
    "FIXED_INCOME": RiskClass.INTEREST_RATE,
    "COMMODITY": RiskClass.COMMODITY,
    "FX": RiskClass.FOREIGN_EXCHANGE,
}
CLASSES = tuple(member.value for member in RiskClass)


def positions(value: Decimal, as_of: date) -> dict[str, Decimal]:
    """Value of each security of the trading book, to the cent.

    Args:
        value: Value of the book in the ledger.
        as_of: Date of the guideline.
    """
    shares = rule("BANK.TRADING:allocation", as_of).values
    return apportion({symbol: share * value for symbol, share in shares.items()}, value)


def trading_book_figures(
    dates: Sequence[date],
    ledger: Ledger,
    securities: pl.DataFrame,
    currency: str,
    *,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Positions by risk class with their capital, on each reporting date that has a book.

    Args:
        dates: Reporting dates.
        ledger: The books.
        securities: symbol, asset_class.
        currency: Currency of the books.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.market_risk_capital`.
    """
    classes = dict(securities.select("symbol", "asset_class").iter_rows())
    rows: list[dict[str, Any]] = []
    for day in dates:
        value = ledger.balance(day, TRADING_LINE)
        if value > ZERO:
            rows.extend(_rows(day, value, classes, currency, rules_as_of or day))
    return pl.DataFrame(rows, infer_schema_length=None)


def _rows(
    day: date, value: Decimal, classes: dict[str, str], currency: str, as_of: date
) -> list[dict[str, Any]]:
    held = pl.DataFrame(
        [
            {
                "symbol": symbol,
                "risk_class": _CLASSES[classes.get(symbol, "EQUITY")].value,
                "amount": amount,
            }
            for symbol, amount in positions(value, as_of).items()
        ]
    )
    charges = {
        risk_class: _charge(risk_class, held.filter(pl.col("risk_class") == risk_class), as_of)
        for risk_class in RiskClass
    }
    need = market_requirement(charges, as_of)
    scaling = rule("MAR40.2:scaling", as_of)
    multiplier = rule("MAR40.1:rwa_multiplier", as_of).exact
    capital = {name: scaling.exact_part(name) * amount for name, amount in need.charges.items()}
    assets = apportion({name: multiplier * amount for name, amount in capital.items()}, need.rwa)
    return [
        {
            "reporting_date": day,
            "date_key": date_key(day),
            "risk_class": name.value,
            "currency": currency,
            "position_amount": held.filter(pl.col("risk_class") == name)["amount"].sum() or ZERO,
            "charge": amount,
            "scaling_factor": scaling.part(name),
            "capital_requirement": to_cents(capital[name]),
            "risk_weighted_assets": assets[name],
            "rules": ";".join((*need.rules, f"MAR40.3:{_RULES[name]}", "BANK.TRADING:allocation")),
        }
        for name, amount in need.charges.items()
    ]


_RULES = {
    RiskClass.INTEREST_RATE: "band_weight",
    RiskClass.EQUITY: "equity",
    RiskClass.FOREIGN_EXCHANGE: "foreign_exchange",
    RiskClass.COMMODITY: "commodity",
}


def _charge(risk_class: RiskClass, held: pl.DataFrame, as_of: date) -> float:
    if held.is_empty():
        return 0.0
    if risk_class is RiskClass.EQUITY:
        # One market: all of them are quoted at home.
        return equity_charge(held.with_columns(market=pl.lit("home")), as_of)
    if risk_class is RiskClass.COMMODITY:
        return commodity_charge(held.rename({"symbol": "commodity"}), as_of)
    if risk_class is RiskClass.FOREIGN_EXCHANGE:
        return foreign_exchange_charge(
            {row[0]: float(row[1]) for row in held.select("symbol", "amount").iter_rows()},
            as_of=as_of,
        )
    fund = rule("BANK.TRADING:bond_fund", as_of)
    return interest_rate_charge(
        held.with_columns(
            currency=pl.lit("home"),
            months=pl.lit(fund.part("months")),
            coupon=pl.lit(fund.part("coupon")),
            issuer=pl.lit("government"),
        ),
        as_of,
    )
