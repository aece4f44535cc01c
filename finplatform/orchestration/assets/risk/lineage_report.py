"""The lineage of reported figures as an asset: `gold/figure_lineage`.

Belongs here: the tables of the figures, and their rows of a date. Does not belong here: the steps
(`finplatform.risk.reports`).
"""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.orchestration.assets.risk.capital_reports import POSTINGS, PROVISIONS
from finplatform.orchestration.assets.risk.report import (
    Columns,
    Frames,
    Query,
    Report,
    ReportContext,
)
from finplatform.risk.money import ZERO
from finplatform.risk.reports.capital_lineage import rows_on, trace_capital, trace_leverage
from finplatform.risk.reports.lineage import FigureLineage, as_frame
from finplatform.risk.reports.liquidity_lineage import (
    trace_allowance,
    trace_coverage,
    trace_funding,
)
from finplatform.risk.reports.loan_ledger import postings_by_date
from finplatform.risk.reports.operational_lineage import trace_operational
from finplatform.risk.reports.own_funds import slotted_by_date
from finplatform.risk.reports.standardised import METRICS, PARTS

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


def _lineage(frames: Frames, context: ReportContext) -> pl.DataFrame:
    days = frames["adequacy"]["reporting_date"].to_list()
    return as_frame([_trace(day, frames, context.as_of(day)) for day in days])


def _trace(day: date, frames: Frames, as_of: date) -> FigureLineage:
    found: dict[str, list[dict[str, Any]]] = {
        name: rows_on(frame, day) for name, frame in frames.items()
    }
    lineage = FigureLineage(day)
    held = sum((Decimal(row["specific_provision"]) for row in found["provisions"]), ZERO)
    posting = postings_by_date(frames["postings"]).get(day, ZERO)
    trace_capital(
        lineage,
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
        trace_operational(lineage, row, found["items"], as_of)
    for row in found["leverage"]:
        trace_leverage(lineage, row, found["own_funds"], as_of, posting)
    for row in found["coverage"]:
        trace_coverage(lineage, row, found["lines"], as_of)
    for row in found["funding"]:
        trace_funding(lineage, row, found["lines"])
    trace_allowance(lineage, {row["stage"]: row["allowance"] for row in found["allowances"]})
    return lineage


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
