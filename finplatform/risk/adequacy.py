"""Capital adequacy of a book: risk metrics and own funds in, `capital_adequacy` out.

Belongs here: adding exposures up, choosing the statement of own funds, the floor and the ratios.
All in decimal, since these figures are reported. The ratios themselves are in `capital`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.capital import CapitalRatios, OwnFunds, capital_ratios
from finplatform.risk.output_floor import FlooredAssets, RiskWeightedAssets, apply_output_floor

_CENT = Decimal("0.01")
_RATIO = Decimal("0.000001")


def capital_adequacy(
    metrics: pl.DataFrame,
    own_funds: pl.DataFrame,
    currency: str,
    *,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Capital figures per reporting date.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        own_funds: Statements of own funds: report_date, component, amount.
        currency: Currency that the bank reports in.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.capital_adequacy`, one row per date in order; ratios are null before the
        first statement of own funds.
    """
    sums = (
        metrics.group_by("reporting_date", "date_key")
        .agg(
            exposures=pl.len().cast(pl.Int64),
            exposure_amount=pl.col("exposure_amount").sum(),
            expected_loss=pl.col("expected_loss").sum(),
            defaulted_amount=pl.col("drawn_amount").filter(pl.col("is_defaulted")).sum(),
            sa_risk_weighted_assets=pl.col("sa_risk_weighted_assets").sum(),
            irb_risk_weighted_assets=pl.col("irb_risk_weighted_assets").sum(),
        )
        .sort("reporting_date")
    )
    statements = _statements(own_funds)
    rows = [
        _adequacy_on(row, statements, currency, rules_as_of or row["reporting_date"])
        for row in sums.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()


def _adequacy_on(
    row: dict[str, Any], statements: Mapping[date, OwnFunds], currency: str, as_of: date
) -> dict[str, Any]:
    floored = apply_output_floor(
        RiskWeightedAssets(credit=row["irb_risk_weighted_assets"]),
        RiskWeightedAssets(credit=row["sa_risk_weighted_assets"]),
        as_of,
    )
    figures = row | {
        "currency": currency,
        "output_floor_rate": floored.calibration,
        "output_floor_amount": floored.floor.quantize(_CENT),
        "is_floor_binding": floored.is_binding,
        "risk_weighted_assets": floored.rwa.quantize(_CENT),
    }
    known = [day for day in statements if day <= row["reporting_date"]]
    return figures | _ratios(max(known) if known else None, statements, floored, as_of)


def _ratios(
    statement: date | None,
    statements: Mapping[date, OwnFunds],
    floored: FlooredAssets,
    as_of: date,
) -> dict[str, Any]:
    names = ("cet1", "tier1", "total")
    if statement is None or not floored.rwa:
        empty = {
            f"{name}_{what}": None for name in names for what in ("capital", "ratio", "surplus")
        }
        return empty | {
            "own_funds_date": statement,
            "is_compliant": None,
            "rules": ";".join(floored.rules),
        }
    ratios: CapitalRatios = capital_ratios(statements[statement], floored.rwa, as_of)
    figures: dict[str, Any] = {
        "own_funds_date": statement,
        "is_compliant": not ratios.failing,
        "rules": ";".join((*floored.rules, *(ratio.rule_id for ratio in ratios.all))),
    }
    for name, ratio in zip(names, ratios.all, strict=True):
        figures[f"{name}_capital"] = ratio.capital
        figures[f"{name}_ratio"] = ratio.ratio.quantize(_RATIO)
        figures[f"{name}_surplus"] = ratio.surplus.quantize(_CENT)
    return figures


def _statements(own_funds: pl.DataFrame) -> dict[date, OwnFunds]:
    found = {}
    for (day,), rows in own_funds.group_by("report_date"):
        amounts = dict(rows.select("component", "amount").iter_rows())
        zero = Decimal(0)
        found[day] = OwnFunds(
            cet1_instruments=amounts.get("CET1_INSTRUMENTS", zero),
            retained_earnings=amounts.get("RETAINED_EARNINGS", zero),
            cet1_deductions=amounts.get("CET1_DEDUCTIONS", zero),
            additional_tier1=amounts.get("AT1_INSTRUMENTS", zero),
            tier2=amounts.get("T2_INSTRUMENTS", zero),
        )
    return found
