"""Minority interests of the group by reporting date.

Belongs here: choosing the statement of a date and rounding once. The amounts that count are
`finplatform.risk.minority_interests`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.minority_interests import (
    LEVELS,
    RULES,
    RecognisedInterests,
    Subsidiary,
    recognised_interests,
)
from finplatform.risk.money import to_cents
from finplatform.risk.own_funds import FundsLine
from finplatform.windows import date_key

TABLE = "gold.minority_interests"
"""Table of the rows."""

LINES: Mapping[str, FundsLine] = {
    "CET1": FundsLine.MINORITY_INTEREST,
    "AT1": FundsLine.AT1_MINORITY_INTEREST,
    "T2": FundsLine.T2_MINORITY_INTEREST,
}
"""Line of own funds of each tier."""


def minority_figures(
    dates: Sequence[date],
    subsidiaries: pl.DataFrame,
    currency: str,
    *,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Recognised capital of each subsidiary, by tier, on each reporting date.

    Args:
        dates: Reporting dates.
        subsidiaries: Rows of `silver.stg_subsidiary_capital`; the latest statement on or before a
            date holds.
        currency: Currency of the reports.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.minority_interests`.
    """
    rows: list[dict[str, Any]] = []
    for day in dates:
        known = subsidiaries.filter(pl.col("report_date") <= day)
        latest = known.filter(pl.col("report_date") == pl.col("report_date").max())
        for stated in latest.sort("subsidiary_id").iter_rows(named=True):
            rows.extend(_rows(day, stated, currency, rules_as_of or day))
    return pl.DataFrame(rows, infer_schema_length=None)


def _rows(day: date, stated: Mapping[str, Any], currency: str, as_of: date) -> list[dict[str, Any]]:
    given = {
        **{level: stated[f"{level}_amount"] for level in LEVELS},
        **{f"third_{level}": stated[f"third_party_{level}_amount"] for level in LEVELS},
        "assets": stated["risk_weighted_assets"],
        "consolidated_assets": stated["consolidated_risk_weighted_assets"],
    }
    held = recognised_interests(Subsidiary(**given), as_of)
    thirds = [given[f"third_{level}"] for level in LEVELS]
    parts = (thirds[0], thirds[1] - thirds[0], thirds[2] - thirds[1])
    return [
        {
            "reporting_date": day,
            "date_key": date_key(day),
            "subsidiary_id": stated["subsidiary_id"],
            "tier": tier,
            "currency": currency,
            "third_party_amount": third,
            "recognised_amount": to_cents(amount),
            "rules": RULES[level],
            "statement_date": stated["report_date"],
        }
        for tier, level, third, amount in zip(LINES, LEVELS, parts, _tiers(held), strict=True)
    ]


def _tiers(held: RecognisedInterests) -> tuple[Decimal, Decimal, Decimal]:
    return held.cet1, held.additional_tier1, held.tier2


def lines_by_date(minorities: pl.DataFrame | None) -> dict[date, dict[str, Decimal]]:
    """Lines of own funds that minority interests make, by reporting date.

    Args:
        minorities: Rows of `gold.minority_interests`, or None for a bank without subsidiaries.
    """
    found: dict[date, dict[str, Decimal]] = {}
    if minorities is None or minorities.is_empty():
        return found
    sums = minorities.group_by("reporting_date", "tier").agg(pl.col("recognised_amount").sum())
    for day, tier, amount in sums.iter_rows():
        found.setdefault(day, {})[LINES[tier].value] = amount
    return found
