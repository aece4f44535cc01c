"""Own funds of the bank line by line: the statement, adjusted for provisions and losses.

Belongs here: choosing the statement of a date, naming its components as lines, and comparing
provisions with expected loss. Deductions and thresholds are `finplatform.risk.own_funds`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.money import ZERO, apportion, to_cents
from finplatform.risk.own_funds import (
    FULL_DEDUCTIONS,
    FundsLine,
    FundsStatement,
    funds_statement,
)
from finplatform.risk.provisions import irb_provisions
from finplatform.windows import date_key

COMPONENT_LINES: Mapping[str, FundsLine] = {
    "CET1_INSTRUMENTS": FundsLine.COMMON_SHARES,
    "RETAINED_EARNINGS": FundsLine.RETAINED_EARNINGS,
    "CET1_DEDUCTIONS": FundsLine.INTANGIBLES,
    "AT1_INSTRUMENTS": FundsLine.AT1_INSTRUMENTS,
    "T2_INSTRUMENTS": FundsLine.T2_INSTRUMENTS,
    **{
        line.name: line
        for line in (
            FundsLine.SHARE_PREMIUM,
            FundsLine.OTHER_COMPREHENSIVE_INCOME,
            FundsLine.OTHER_RESERVES,
            FundsLine.CASH_FLOW_HEDGE_RESERVE,
            FundsLine.OWN_CREDIT_GAINS,
            FundsLine.GAIN_ON_SALE,
            FundsLine.OWN_SHARES,
            FundsLine.GOODWILL,
            FundsLine.OTHER_INTANGIBLES,
        )
    },
}
"""Line of each component of the statement; its deductions are goodwill and other
intangible assets in one amount, which it may also state apart. The reserve of
cash-flow hedges, gains on own credit and gains on sale are filtered out of CET1 again."""

PARAGRAPHS: Mapping[FundsLine, str] = {
    FundsLine.COMMON_SHARES: "CAP10.6",
    FundsLine.RETAINED_EARNINGS: "CAP10.6",
    FundsLine.CREDIT_LOSS_ENTRY: "CAP10.6",
    FundsLine.SHARE_PREMIUM: "CAP10.6",
    FundsLine.OTHER_COMPREHENSIVE_INCOME: "CAP10.6",
    FundsLine.OTHER_RESERVES: "CAP10.6",
    FundsLine.MINORITY_INTEREST: "CAP10.21",
    FundsLine.AT1_MINORITY_INTEREST: "CAP10.23",
    FundsLine.T2_MINORITY_INTEREST: "CAP10.25",
    FundsLine.AT1_INSTRUMENTS: "CAP10.10",
    FundsLine.T2_INSTRUMENTS: "CAP10.14",
    FundsLine.T2_PROVISIONS: "CAP10.19",
    **FULL_DEDUCTIONS,
}
_TIERS = {
    FundsLine.AT1_INSTRUMENTS: "AT1",
    FundsLine.T2_INSTRUMENTS: "T2",
    FundsLine.T2_PROVISIONS: "T2",
    FundsLine.AT1_MINORITY_INTEREST: "AT1",
    FundsLine.T2_MINORITY_INTEREST: "T2",
}
TIERS = ("CET1", "AT1", "T2")


def statements_by_date(own_funds: pl.DataFrame) -> dict[date, dict[str, Decimal]]:
    """Amounts of each line by date of the statement; unknown components are left out.

    Args:
        own_funds: report_date, component, amount; deductions are positive amounts.
    """
    found: dict[date, dict[str, Decimal]] = {}
    for day, component, amount in own_funds.select(
        "report_date", "component", "amount"
    ).iter_rows():
        line = COMPONENT_LINES.get(component)
        if line is not None:
            lines = found.setdefault(day, {})
            lines[line.value] = lines.get(line.value, ZERO) + amount
    return found


def own_funds_figures(
    metrics: pl.DataFrame,
    provisions: pl.DataFrame,
    own_funds: pl.DataFrame,
    currency: str,
    *,
    minorities: Mapping[date, Mapping[str, Decimal]] | None = None,
    standardised: pl.DataFrame | None = None,
    postings: Mapping[date, Decimal] | None = None,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Lines of own funds on each reporting date that has a statement on or before it.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        provisions: Specific provisions by date: reporting_date, specific_provision.
        own_funds: Statements, as in `statements_by_date`.
        currency: Currency of the statements.
        minorities: Lines that minority interests make, by date; None for a bank without them.
        standardised: Rows of `gold.fact_standardised_metrics`, of which slotted loans have
            expected losses (CRE33.8); None for a bank without them.
        postings: Entry that brings the allowance to the expected credit losses, by date; it comes
            off CET1 and counts as provision (CRE35.4). None for a bank without a ledger.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.own_funds`.
    """
    statements = statements_by_date(own_funds)
    held = dict(
        provisions.group_by("reporting_date").agg(pl.col("specific_provision").sum()).iter_rows()
    )
    totals = (
        metrics.group_by("reporting_date")
        .agg(pl.col("expected_loss", "irb_risk_weighted_assets").sum())
        .sort("reporting_date")
    )
    slotted = slotted_by_date(standardised)
    rows: list[dict[str, Any]] = []
    for day, expected_loss, irb_rwa in totals.iter_rows():
        known = [given for given in statements if given <= day]
        if not known:
            continue
        as_of = rules_as_of or day
        loss, provided = slotted.get(day, (ZERO, ZERO))
        posting = (postings or {}).get(day, ZERO)
        provisions_held = held.get(day, ZERO) + provided + posting
        effect = irb_provisions(expected_loss + loss, provisions_held, irb_rwa, as_of)
        lines = statements[max(known)] | dict((minorities or {}).get(day, {}))
        if posting:
            lines[FundsLine.CREDIT_LOSS_ENTRY.value] = -posting
        lines |= {
            FundsLine.PROVISION_SHORTFALL.value: effect.cet1_deduction,
            FundsLine.T2_PROVISIONS.value: effect.tier2_addition,
        }
        statement = funds_statement(lines, as_of)
        rows.extend(_rows(day, max(known), currency, lines, statement))
    return pl.DataFrame(rows, infer_schema_length=None)


def slotted_by_date(standardised: pl.DataFrame | None) -> dict[date, tuple[Decimal, Decimal]]:
    """Expected loss and specific provisions of slotted loans by date (CRE35.2, CRE35.4).

    Args:
        standardised: Rows of `gold.fact_standardised_metrics`, or None.
    """
    if standardised is None or standardised.is_empty():
        return {}
    is_slotted = (pl.col("approach") == "IRB") & (pl.col("exposure_class") != "equity")
    sums = (
        standardised.filter(is_slotted)
        .group_by("reporting_date")
        .agg(pl.col("expected_loss", "specific_provision").sum())
    )
    return {day: (loss, provided) for day, loss, provided in sums.iter_rows()}


def _rows(
    day: date,
    stated: date,
    currency: str,
    lines: Mapping[str, Decimal],
    statement: FundsStatement,
) -> list[dict[str, Any]]:
    deducted = {item.line: item for item in statement.deductions}
    counted = {
        name: -deducted[FundsLine(name)].deducted if FundsLine(name) in deducted else amount
        for name, amount in lines.items()
        if FundsLine(name) not in FULL_DEDUCTIONS or FundsLine(name) in deducted
    }
    funds = statement.own_funds
    wholes = {"CET1": funds.cet1, "AT1": funds.additional_tier1, "T2": funds.tier2}
    reported: dict[str, Decimal] = {}
    for tier in TIERS:
        parts = {name: counted[name] for name in counted if _tier(name) == tier}
        reported |= apportion(parts, wholes[tier])
    return [
        {
            "reporting_date": day,
            "date_key": date_key(day),
            "line": name,
            "tier": _tier(name),
            "currency": currency,
            "gross_amount": to_cents(lines[name]),
            "counted_amount": amount,
            "paragraph": PARAGRAPHS[FundsLine(name)],
            "statement_date": None if name in _OWN_LINES else stated,
        }
        for name, amount in reported.items()
    ]


_OWN_LINES = (
    FundsLine.CREDIT_LOSS_ENTRY.value,
    FundsLine.PROVISION_SHORTFALL.value,
    FundsLine.T2_PROVISIONS.value,
    FundsLine.MINORITY_INTEREST.value,
    FundsLine.AT1_MINORITY_INTEREST.value,
    FundsLine.T2_MINORITY_INTEREST.value,
)
"""Lines that the bank's statement does not give: of the measured book, and of subsidiaries."""


def _tier(name: str) -> str:
    return _TIERS.get(FundsLine(name), "CET1")
