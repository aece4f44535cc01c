"""RWA breakdown: risk-weighted assets by risk type and class; totals are sums of these cells.

Sums measured exposures and weighs ledger assets outside the loan book. Loans are measured in
`finplatform.risk.metrics`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.exposure_class import CORRELATION_RULES, ExposureClass
from finplatform.risk.money import to_cents
from finplatform.risk.reports.ledger import ZERO, Ledger
from finplatform.risk.reports.standardised import CELL_PREFIX, INTERNAL_PREFIX
from finplatform.risk.reports.standardised import METRICS as STANDARDISED_METRICS
from finplatform.risk.rules import rule
from finplatform.windows import date_key

CREDIT, MARKET, OPERATIONAL = "credit", "market", "operational"
RISK_TYPES = (CREDIT, MARKET, OPERATIONAL)
CASH, SOVEREIGN, OTHER_ASSETS = "cash", "sovereign", "other_assets"
BOOK_CLASSES = (CASH, SOVEREIGN, OTHER_ASSETS)
"""Classes of ledger assets outside the loan book."""

DEFAULT_RULE = "CRE31.3:lowest_capital"

LOAN_METRICS = "gold.fact_risk_metrics"
_LEDGER = "gold.fact_ledger"


def rwa_breakdown(
    metrics: pl.DataFrame,
    ledger: Ledger,
    deductions: dict[date, Decimal],
    market: pl.DataFrame,
    operational: pl.DataFrame,
    currency: str,
    *,
    standardised: pl.DataFrame | None = None,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Cells of each reporting date.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        ledger: The books.
        deductions: Assets that were deducted from CET1, by date; they carry no weight.
        market: Rows of `gold.market_risk_capital`.
        operational: Rows of `gold.operational_risk`.
        currency: Currency of the reports.
        standardised: Rows of `gold.fact_standardised_metrics`; None for a bank without them.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.rwa_by_class`; both approaches for each cell.
    """
    days = metrics["reporting_date"].unique().sort().to_list()
    rows: list[dict[str, Any]] = [*_loans(metrics, currency, rules_as_of)]
    if standardised is not None and standardised.height:
        rows.extend(_standardised(standardised.filter(pl.col("reporting_date").is_in(days))))
    for day in days:
        if ledger.has(day):
            rows.extend(
                _assets(day, ledger, deductions.get(day, ZERO), currency, rules_as_of or day)
            )
    rows.extend(
        _other(row, MARKET, row["risk_class"], row["position_amount"], "gold.market_risk_capital")
        for row in market.iter_rows(named=True)
    )
    rows.extend(
        _other(row, OPERATIONAL, "all", row["business_indicator"], "gold.operational_risk")
        for row in operational.iter_rows(named=True)
    )
    return pl.DataFrame(rows, infer_schema_length=None)


def _loans(metrics: pl.DataFrame, currency: str, rules_as_of: date | None) -> list[dict[str, Any]]:
    sums = (
        metrics.group_by("reporting_date", "exposure_class", "is_defaulted")
        .agg(
            pl.len().cast(pl.Int64).alias("exposures"),
            pl.col(
                "exposure_amount",
                "sa_exposure_amount",
                "expected_loss",
                "sa_risk_weighted_assets",
                "risk_weighted_assets",
            ).sum(),
        )
        .sort("reporting_date", "exposure_class", "is_defaulted")
    )
    return [
        {
            **row,
            "date_key": date_key(row["reporting_date"]),
            "currency": currency,
            "risk_type": CREDIT,
            "approach": "IRB",
            "capital_requirement": _requirement(
                row["risk_weighted_assets"], rules_as_of or row["reporting_date"]
            ),
            "rules": DEFAULT_RULE
            if row["is_defaulted"]
            else CORRELATION_RULES[ExposureClass(row["exposure_class"])],
            "source_table": LOAN_METRICS,
        }
        for row in sums.iter_rows(named=True)
    ]


def _standardised(metrics: pl.DataFrame) -> list[dict[str, Any]]:
    """Cells of the standardised book, named apart from those of the loan book and the ledger."""
    keys = ("reporting_date", "date_key", "exposure_class", "is_defaulted", "approach", "currency")
    sums = (
        metrics.group_by(keys)
        .agg(
            pl.len().cast(pl.Int64).alias("exposures"),
            pl.col(
                "exposure_amount",
                "sa_exposure_amount",
                "expected_loss",
                "sa_risk_weighted_assets",
                "risk_weighted_assets",
                "capital_requirement",
            ).sum(),
            pl.col("rules").str.split(";").explode().unique().sort().str.join(";"),
        )
        .sort(keys)
    )
    return [
        row
        | {
            "risk_type": CREDIT,
            "exposure_class": standardised_cell(row["exposure_class"], row["approach"]),
            "source_table": STANDARDISED_METRICS,
        }
        for row in sums.iter_rows(named=True)
    ]


def standardised_cell(exposure_class: str, approach: str) -> str:
    """Name of a class of the standardised book among the cells; slotted and equity have others."""
    return f"{INTERNAL_PREFIX if approach == 'IRB' else CELL_PREFIX}{exposure_class}"


def cell_name(cell: Mapping[str, Any]) -> str:
    """Name of a cell within its kind of risk."""
    default = ".default" if cell["is_defaulted"] else ""
    return f"{cell['exposure_class']}{default}"


def standardised_rows(cell: Mapping[str, Any]) -> str:
    """SQL condition on the rows of the standardised book that make one of its cells."""
    name = str(cell["exposure_class"]).removeprefix(CELL_PREFIX).removeprefix(INTERNAL_PREFIX)
    return (
        f"exposure_class = '{name}' and is_defaulted = {str(cell['is_defaulted']).lower()}"
        f" and approach = '{cell['approach']}'"
    )


def book_lines(as_of: date) -> dict[str, tuple[str, Decimal, str]]:
    """Rule, weight and ledger line of each class of ledger assets outside the loan book."""
    step = str(int(rule("BANK.SOVEREIGN:quality_step", as_of).exact))
    cash, other = rule("CRE20.110:cash", as_of), rule("CRE20.110:other_asset", as_of)
    sovereign = rule("CRE20.7:sovereign", as_of)
    return {
        CASH: (cash.rule_id, cash.exact, "CASH"),
        SOVEREIGN: (sovereign.rule_id, sovereign.exact_part(step), "SECURITIES"),
        OTHER_ASSETS: (other.rule_id, other.exact, "OTHER_ASSETS"),
    }


def _assets(
    day: date, ledger: Ledger, deducted: Decimal, currency: str, as_of: date
) -> list[dict[str, Any]]:
    rows = []
    for name, (rule_id, weight, line) in book_lines(as_of).items():
        amount = max(ledger.balance(day, line), ZERO)
        if name == OTHER_ASSETS:
            amount = max(amount - deducted, ZERO)
        assets = to_cents(amount * weight)
        rows.append(
            {
                "reporting_date": day,
                "date_key": date_key(day),
                "risk_type": CREDIT,
                "exposure_class": name,
                "is_defaulted": False,
                "currency": currency,
                "approach": "SA",
                "exposures": 1,
                "exposure_amount": amount,
                "sa_exposure_amount": amount,
                "expected_loss": to_cents(ZERO),
                "sa_risk_weighted_assets": assets,
                "risk_weighted_assets": assets,
                "capital_requirement": _requirement(assets, as_of),
                "rules": rule_id,
                "source_table": _LEDGER,
            }
        )
    return rows


def _other(
    row: dict[str, Any], risk_type: str, name: str, amount: Decimal, source: str
) -> dict[str, Any]:
    assets = row["risk_weighted_assets"]
    return {
        "reporting_date": row["reporting_date"],
        "date_key": row["date_key"],
        "risk_type": risk_type,
        "exposure_class": name,
        "is_defaulted": False,
        "currency": row["currency"],
        "approach": "SA",
        "exposures": 1,
        "exposure_amount": amount,
        "sa_exposure_amount": amount,
        "expected_loss": to_cents(ZERO),
        "sa_risk_weighted_assets": assets,
        "risk_weighted_assets": assets,
        "capital_requirement": row["capital_requirement"],
        "rules": row["rules"],
        "source_table": source,
    }


def _requirement(assets: Decimal, as_of: date) -> Decimal:
    return to_cents(assets * rule("RBC20.1:minimum_total", as_of).exact)
