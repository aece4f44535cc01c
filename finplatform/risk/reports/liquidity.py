"""Liquidity of the bank: deposits, borrowings, securities and loans by kind, and the two ratios.

Kind of each amount of the books on a reporting date; rates, limits and ratios are in
`finplatform.risk.liquidity`.

What the books do not hold is the bank's own dated assumption in `rules.csv`: what the deposit
scheme insures (`BANK.DEPOSITS:insured_limit`) and when borrowings fall due
(`BANK.FUNDING:maturity`). Deposits of firms are small-business deposits (LCR40.22).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from finplatform.risk.liquidity.coverage import (
    CoverageRatio,
    Inflow,
    Outflow,
    coverage_ratio,
    stable_part,
)
from finplatform.risk.liquidity.lines import WeightedLine
from finplatform.risk.liquidity.liquid_assets import LiquidAsset, liquid_stock
from finplatform.risk.liquidity.stable_funding import (
    FundedAsset,
    Funding,
    StableFundingRatio,
    stable_funding_ratio,
)
from finplatform.risk.money import to_cents, to_quotient
from finplatform.risk.reports.ledger import ZERO, Ledger
from finplatform.risk.rules import rule
from finplatform.risk.thresholds import settled_column
from finplatform.windows import date_key

LCR, NSFR = "LCR", "NSFR"
SECTIONS = ("liquid_assets", "outflows", "inflows", "available_funding", "required_funding")
_MONTHS_A_YEAR = 12
_LINE_TABLE = "liquidity_lines"


def liquidity_figures(
    book: pl.DataFrame,
    depositors: pl.DataFrame,
    ledger: Ledger,
    own_funds: Mapping[date, Decimal],
    currency: str,
    *,
    rules_as_of: date | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Both ratios with their lines, on each reporting date that the ledger has.

    Args:
        book: Measured exposures joined with their terms: reporting_date, exposure_class,
            product_type, is_defaulted, drawn_amount, undrawn_amount, interest_rate,
            remaining_months, sa_risk_weight.
        depositors: Deposits of each customer: reporting_date, customer_id, amount.
        ledger: The books.
        own_funds: Total capital by date.
        currency: Currency of the books.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.liquidity_coverage`, `gold.net_stable_funding` and `gold.liquidity_lines`.
    """
    coverage: list[dict[str, Any]] = []
    funding: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for (day,), rows in book.sort("reporting_date").group_by("reporting_date", maintain_order=True):
        if not isinstance(day, date) or not ledger.has(day):
            continue
        as_of = rules_as_of or day
        held = depositors.filter(pl.col("reporting_date") == day)
        split = deposits_by_kind(held, ledger.balance(day, "DEPOSITS"), as_of)
        ladder = borrowings_by_maturity(ledger.balance(day, "BORROWINGS"), as_of)
        short = _coverage(rows, split, ladder, ledger, day, as_of)
        if short is not None:
            coverage.append(_coverage_row(day, currency, short))
            lines += _lines(day, currency, LCR, "liquid_assets", short.stock.lines)
            lines += _lines(day, currency, LCR, "outflows", short.outflows)
            lines += _lines(day, currency, LCR, "inflows", short.inflows)
        stable = _funding(rows, split, ladder, ledger, own_funds.get(day, ZERO), day, as_of)
        if stable is not None:
            funding.append(_funding_row(day, currency, stable))
            lines += _lines(day, currency, NSFR, "available_funding", stable.available)
            lines += _lines(day, currency, NSFR, "required_funding", stable.required)
    frames = (pl.DataFrame(found, infer_schema_length=None) for found in (coverage, funding, lines))
    first, second, third = frames
    return first, second, third


def deposits_by_kind(
    depositors: pl.DataFrame, total: Decimal, as_of: date
) -> tuple[Decimal, Decimal]:
    """Stable and less stable part of the ledger's deposits (LCR40.7, LCR40.13).

    Args:
        depositors: Deposits of each customer: amount.
        total: Deposits of the ledger; what no depositor explains is less stable.
        as_of: Date of the rules.
    """
    limit = rule("BANK.DEPOSITS:insured_limit", as_of).value
    balances = depositors["amount"].cast(pl.Float64).clip(lower_bound=0.0).to_numpy()
    stable = to_cents(float(stable_part(balances, limit).sum())) if len(balances) else ZERO
    stable = min(stable, max(total, ZERO))
    return stable, max(total, ZERO) - stable


def borrowings_by_maturity(total: Decimal, as_of: date) -> dict[str, Decimal]:
    """Borrowings by when they fall due: `30_days`, `6_months`, `1_year`, `later`."""
    shares = rule("BANK.FUNDING:maturity", as_of).values
    return {name: to_cents(share * max(total, ZERO)) for name, share in shares.items()}


def monthly_principal(
    owed: np.ndarray[Any, np.dtype[np.float64]],
    yearly_rate: np.ndarray[Any, np.dtype[np.float64]],
    months: np.ndarray[Any, np.dtype[np.float64]],
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Instalment that repays a loan in equal parts over its remaining months.

    The annuity a = owed i / (1 - (1 + i)^-n), with the monthly rate i; owed / n without interest.
    """
    count = np.maximum(months, 1.0)
    rate = yearly_rate / _MONTHS_A_YEAR
    annuity = np.divide(
        owed * rate, 1.0 - (1.0 + rate) ** -count, out=owed / count, where=rate > 0.0
    )
    return np.asarray(annuity)


def _coverage(
    rows: pl.DataFrame,
    split: tuple[Decimal, Decimal],
    ladder: Mapping[str, Decimal],
    ledger: Ledger,
    day: date,
    as_of: date,
) -> CoverageRatio | None:
    stock = liquid_stock(
        {LiquidAsset.LEVEL_1: max(ledger.balance(day, "CASH", "SECURITIES"), ZERO)}, as_of
    )
    outflows = {
        Outflow.STABLE_DEPOSIT: split[0],
        Outflow.LESS_STABLE_DEPOSIT: split[1],
        Outflow.OTHER_WHOLESALE: ladder["30_days"],
        Outflow.UNDRAWN_RETAIL: Decimal(rows["undrawn_amount"].sum() or 0),
        Outflow.OTHER_CONTRACTUAL_OUTFLOW: max(ledger.balance(day, "OTHER_LIABILITIES"), ZERO),
    }
    if not any(outflows.values()):
        return None
    due = _due_within_a_month(rows)
    return coverage_ratio(
        stock,
        outflows,
        {Inflow.RETAIL_REPAYMENT: due[0], Inflow.CORPORATE_REPAYMENT: due[1]},
        as_of,
    )


def _due_within_a_month(rows: pl.DataFrame) -> tuple[Decimal, Decimal]:
    """Instalments of performing loans due within 30 days: of people, and of firms (LCR40.75)."""
    performing = rows.filter(~pl.col("is_defaulted") & pl.col("remaining_months").is_not_null())
    if performing.is_empty():
        return ZERO, ZERO
    instalment = monthly_principal(
        *(
            performing[name].cast(pl.Float64).fill_null(0.0).to_numpy()
            for name in ("drawn_amount", "interest_rate", "remaining_months")
        )
    )
    firms = (performing["exposure_class"] == "corporate").to_numpy()
    return to_cents(float(instalment[~firms].sum())), to_cents(float(instalment[firms].sum()))


def _funding(
    rows: pl.DataFrame,
    split: tuple[Decimal, Decimal],
    ladder: Mapping[str, Decimal],
    ledger: Ledger,
    capital: Decimal,
    day: date,
    as_of: date,
) -> StableFundingRatio | None:
    available = {
        Funding.CAPITAL_AND_LONG_TERM: max(capital, ZERO) + ladder["later"],
        Funding.STABLE_DEPOSIT: split[0],
        Funding.LESS_STABLE_DEPOSIT: split[1],
        Funding.FINANCIAL_FUNDING_SIX_MONTHS: ladder["1_year"],
        Funding.OTHER_FUNDING: ladder["30_days"]
        + ladder["6_months"]
        + max(ledger.balance(day, "OTHER_LIABILITIES"), ZERO),
    }
    long = pl.col("remaining_months").fill_null(0) >= _MONTHS_A_YEAR
    light = settled_column("sa_risk_weight") <= rule("BANK.FUNDING:low_weight", as_of).value
    home = pl.col("exposure_class") == "residential_mortgage"
    drawn = dict(
        rows.group_by(
            pl.when(pl.col("is_defaulted"))
            .then(pl.lit(FundedAsset.OTHER_ASSET.name))
            .when(long & light & home)
            .then(pl.lit(FundedAsset.LOW_WEIGHT_MORTGAGE.name))
            .when(long & light)
            .then(pl.lit(FundedAsset.LOW_WEIGHT_LOAN.name))
            .when(long)
            .then(pl.lit(FundedAsset.OTHER_PERFORMING_LOAN.name))
            .otherwise(pl.lit(FundedAsset.OTHER_BELOW_A_YEAR.name))
            .alias("kind")
        )
        .agg(pl.col("drawn_amount").sum())
        .iter_rows()
    )
    required = {FundedAsset[name]: amount for name, amount in sorted(drawn.items())}
    # The ledger holds no maturities of the wholesale book: all of it needs full funding.
    other = max(ledger.balance(day, "OTHER_ASSETS", "WHOLESALE"), ZERO)
    required[FundedAsset.OTHER_ASSET] = required.get(FundedAsset.OTHER_ASSET, ZERO) + other
    required |= {
        FundedAsset.CASH_AND_RESERVES: max(ledger.balance(day, "CASH"), ZERO),
        FundedAsset.LEVEL_1: max(ledger.balance(day, "SECURITIES"), ZERO),
        FundedAsset.SECURITY_OR_EQUITY: max(ledger.balance(day, "TRADING_ASSETS"), ZERO),
        FundedAsset.UNDRAWN_COMMITMENT: Decimal(rows["undrawn_amount"].sum() or 0),
    }
    if not any(
        amount for kind, amount in required.items() if kind is not FundedAsset.CASH_AND_RESERVES
    ):
        return None
    return stable_funding_ratio(available, required, as_of)


def _coverage_row(day: date, currency: str, ratio: CoverageRatio) -> dict[str, Any]:
    outflow = sum((line.weighted for line in ratio.outflows), ZERO)
    inflow = sum((line.weighted for line in ratio.inflows), ZERO)
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "currency": currency,
        "liquid_assets": to_cents(ratio.stock.total),
        "outflows": to_cents(outflow),
        "inflows": to_cents(inflow),
        "counted_inflows": to_cents(ratio.counted_inflows),
        "net_outflow": to_cents(ratio.net_outflow),
        "coverage_ratio": to_quotient(ratio.stock.total, ratio.net_outflow),
        "minimum_ratio": ratio.minimum,
        "surplus": to_cents(ratio.stock.total - ratio.minimum * ratio.net_outflow),
        "is_minimum_met": ratio.stock.total >= ratio.minimum * ratio.net_outflow,
        "rules": ";".join((*ratio.rules, "BANK.DEPOSITS:insured_limit", "BANK.FUNDING:maturity")),
    }


def _funding_row(day: date, currency: str, ratio: StableFundingRatio) -> dict[str, Any]:
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "currency": currency,
        "available_funding": to_cents(ratio.available_amount),
        "required_funding": to_cents(ratio.required_amount),
        "stable_funding_ratio": to_quotient(ratio.available_amount, ratio.required_amount),
        "minimum_ratio": ratio.minimum,
        "surplus": to_cents(ratio.surplus),
        "is_minimum_met": ratio.is_met,
        "rules": ";".join((*ratio.rules, "BANK.FUNDING:maturity", "BANK.FUNDING:low_weight")),
    }


def _lines(
    day: date, currency: str, ratio: str, section: str, lines: tuple[WeightedLine, ...]
) -> list[dict[str, Any]]:
    return [
        {
            "reporting_date": day,
            "date_key": date_key(day),
            "ratio": ratio,
            "section": section,
            "kind": line.kind.lower(),
            "currency": currency,
            "amount": line.amount,
            "rate": float(line.rate),
            "weighted_amount": to_cents(line.weighted),
            "rule_id": line.rule_id,
        }
        for line in lines
    ]
