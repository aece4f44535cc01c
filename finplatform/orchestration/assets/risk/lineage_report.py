"""The lineage of reported figures as an asset: `gold/figure_lineage`.

Belongs here: the tables of the figures, and their rows of a date. Does not belong here: the steps
(`finplatform.risk.figures`).
"""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.orchestration.assets.risk.capital_reports import POSTINGS, PROVISIONS
from finplatform.orchestration.assets.risk.report import Columns, Frames, Query, Report, Setting
from finplatform.risk.figures.capital_trail import follow_capital, follow_leverage, rows_on
from finplatform.risk.figures.income_trail import follow_operational
from finplatform.risk.figures.lineage import Trail, as_frame
from finplatform.risk.figures.liquidity_trail import (
    follow_allowance,
    follow_coverage,
    follow_funding,
)
from finplatform.risk.figures.loan_ledger import postings_by_date
from finplatform.risk.figures.own_funds import slotted_by_date
from finplatform.risk.figures.standardised import METRICS, PARTS
from finplatform.risk.money import ZERO

_ALLOWANCES = Query(
    "select reporting_date, stage::bigint as stage, sum(allowance) as allowance"
    " from gold.expected_credit_loss where {window} group by reporting_date, stage"
    " order by reporting_date, stage",
    ("gold.expected_credit_loss",),
    "reporting_date",
    ("allowance",),
)
_TABLES = {
    "adequacy": "gold.capital_adequacy",
    "floor": "gold.output_floor",
    "cells": "gold.rwa_by_class",
    "own_funds": "gold.own_funds",
    "operational": "gold.operational_risk",
    "items": "gold.business_indicator_years",
    "leverage": "gold.leverage",
    "coverage": "gold.liquidity_coverage",
    "funding": "gold.net_stable_funding",
    "lines": "gold.liquidity_lines",
    "standardised": METRICS,
    "parts": PARTS,
}


def _lineage(frames: Frames, setting: Setting) -> pl.DataFrame:
    days = frames["adequacy"]["reporting_date"].to_list()
    return as_frame([_trail(day, frames, setting.as_of(day)) for day in days])


def _trail(day: date, frames: Frames, as_of: date) -> Trail:
    found: dict[str, list[dict[str, Any]]] = {
        name: rows_on(frame, day) for name, frame in frames.items()
    }
    trail = Trail(day)
    held = sum((Decimal(row["specific_provision"]) for row in found["provisions"]), ZERO)
    posting = postings_by_date(frames["postings"]).get(day, ZERO)
    follow_capital(
        trail,
        found["adequacy"][0],
        found["floor"][0],
        found["cells"],
        found["own_funds"],
        held,
        as_of,
        parts=found["parts"],
        slotted_provisions=slotted_by_date(frames["standardised"]).get(day, (ZERO, ZERO))[1],
        posting=posting,
    )
    for row in found["operational"]:
        follow_operational(trail, row, found["items"], as_of)
    for row in found["leverage"]:
        follow_leverage(trail, row, found["own_funds"], as_of, posting)
    for row in found["coverage"]:
        follow_coverage(trail, row, found["lines"], as_of)
    for row in found["funding"]:
        follow_funding(trail, row, found["lines"])
    follow_allowance(trail, {row["stage"]: row["allowance"] for row in found["allowances"]})
    return trail


LINEAGE = (
    Report(
        "figure_lineage",
        "Each figure and its components, down to rows of tables and paragraphs of the rules;"
        " contributions add up to the figure to the cent.",
        _lineage,
        windowed={name: Columns(table) for name, table in _TABLES.items()} | {"postings": POSTINGS},
        queries={"provisions": PROVISIONS, "allowances": _ALLOWANCES},
    ),
)
"""The lineage of all reported figures."""
