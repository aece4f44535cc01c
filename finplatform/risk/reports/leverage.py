"""The leverage ratio of the bank: assets of the ledger, undrawn limits and Tier 1 (LEV20, LEV30).

Ledger lines and limits in the exposure measure of a reporting date; the measure and the ratio are
in `finplatform.risk.leverage`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.leverage import LeverageExposure, exposure_measure, leverage_ratio
from finplatform.risk.money import to_cents, to_quotient
from finplatform.risk.off_balance import OffBalanceKind
from finplatform.risk.own_funds import INTANGIBLE_LINES
from finplatform.risk.reports.ledger import ZERO, Ledger
from finplatform.risk.rules import rule
from finplatform.windows import date_key

ASSET_LINES = ("CASH", "SECURITIES", "TRADING_ASSETS", "LOANS", "WHOLESALE", "OTHER_ASSETS")
"""Ledger lines on the balance sheet, before the allowance."""

ALLOWANCE = "ALLOWANCE"
LIMITS = OffBalanceKind.UNCONDITIONALLY_CANCELLABLE
"""Kind of an undrawn card limit (CRE20.100)."""


CONVERTED = OffBalanceKind.DIRECT_CREDIT_SUBSTITUTE
"""Kind of amounts that are already converted: factor 1 (CRE20.95)."""


def leverage_figures(
    metrics: pl.DataFrame,
    ledger: Ledger,
    own_funds: pl.DataFrame,
    currency: str,
    *,
    standardised: pl.DataFrame | None = None,
    postings: Mapping[date, Decimal] | None = None,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """The leverage ratio on each reporting date that the ledger has.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        ledger: The books.
        own_funds: Rows of `gold.own_funds`; a date without has a measure but no ratio.
        currency: Currency of the reports.
        standardised: Rows of `gold.fact_standardised_metrics`; None for a bank without them.
        postings: Entry that brings the allowance to the expected credit losses, by date; None for
            a bank without one.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.leverage`.
    """
    undrawn = metrics.group_by("reporting_date").agg(pl.col("undrawn_amount").sum())
    tier1 = tier1_by_date(own_funds)
    deducted = deductions_by_date(own_funds)
    converted = _off_balance(standardised)
    rows = []
    for day, limits in undrawn.sort("reporting_date").iter_rows():
        if ledger.has(day) and ledger.balance(day, *ASSET_LINES) > ZERO:
            exposure = LeverageExposure(
                on_balance=ledger.balance(day, *ASSET_LINES),
                specific_provisions=max(
                    (postings or {}).get(day, ZERO) - ledger.balance(day, ALLOWANCE), ZERO
                ),
                tier1_deductions=deducted.get(day, ZERO),
                off_balance={LIMITS: limits, CONVERTED: converted.get(day, ZERO)},
            )
            rows.append(_row(day, exposure, tier1.get(day), currency, rules_as_of or day))
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(
    day: date, exposure: LeverageExposure, tier1: Decimal | None, currency: str, as_of: date
) -> dict[str, Any]:
    limits = exposure.off_balance[LIMITS]
    ratio = None if tier1 is None else leverage_ratio(tier1, exposure, as_of)
    measure = exposure_measure(exposure, as_of)
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "currency": currency,
        "on_balance_amount": exposure.on_balance,
        "specific_provisions": exposure.specific_provisions,
        "tier1_deductions": exposure.tier1_deductions,
        "undrawn_amount": limits,
        "undrawn_exposure": to_cents(
            rule(LIMITS, as_of).exact * limits + exposure.off_balance[CONVERTED]
        ),
        "exposure_measure": to_cents(measure),
        "tier1_capital": tier1,
        "leverage_ratio": None if tier1 is None else to_quotient(tier1, measure),
        "minimum_ratio": rule("LEV20.7:minimum_leverage_ratio", as_of).exact,
        "surplus": None if ratio is None else to_cents(ratio.surplus),
        "is_minimum_met": None if ratio is None else ratio.is_met,
        "rules": ";".join(
            ("LEV20.7:minimum_leverage_ratio", "LEV30.3", "LEV30.9", str(LIMITS.value))
        ),
    }


def _off_balance(standardised: pl.DataFrame | None) -> dict[date, Decimal]:
    """Undrawn amounts of the standardised book after conversion, by date (LEV30.47)."""
    if standardised is None or standardised.is_empty():
        return {}
    sums = standardised.group_by("reporting_date").agg(pl.col("off_balance_amount").sum())
    return dict(sums.iter_rows())


def tier1_by_date(own_funds: pl.DataFrame) -> dict[date, Decimal]:
    """Tier 1 of each date: what its lines of CET1 and AT1 count."""
    if own_funds.is_empty():
        return {}
    tier1 = own_funds.filter(pl.col("tier").is_in(["CET1", "AT1"]))
    return dict(tier1.group_by("reporting_date").agg(pl.col("counted_amount").sum()).iter_rows())


def deductions_by_date(own_funds: pl.DataFrame) -> dict[date, Decimal]:
    """Assets on the balance sheet that were deducted from CET1, by date.

    The shortfall of provisions is no asset and stays out (LEV30.3).
    """
    if own_funds.is_empty():
        return {}
    assets = own_funds.filter(pl.col("line").is_in([line.value for line in INTANGIBLE_LINES]))
    return {
        day: -amount
        for day, amount in assets.group_by("reporting_date")
        .agg(pl.col("counted_amount").sum())
        .iter_rows()
    }
