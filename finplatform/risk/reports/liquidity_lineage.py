"""The lineage of the two liquidity ratios and of the allowance for credit losses.

Components of the figures of `gold.liquidity_coverage`, `gold.net_stable_funding` and
`gold.expected_credit_loss`; `lineage` collects the steps.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from finplatform.risk.money import ZERO
from finplatform.risk.reports.lineage import Component, FigureLineage, SourceRows
from finplatform.risk.reports.liquidity import LCR, NSFR
from finplatform.risk.rules import rule

Row = Mapping[str, Any]


def trace_coverage(lineage: FigureLineage, row: Row, lines: Sequence[Row], as_of: date) -> None:
    """Note the steps from the liquidity coverage ratio to its lines.

    Args:
        lineage: Receives the steps.
        row: Row of `gold.liquidity_coverage` of the date.
        lines: SourceRows of `gold.liquidity_lines`.
        as_of: Date of the rules.
    """
    lineage.ratio(
        "coverage_ratio",
        row["coverage_ratio"],
        Component("lcr.liquid_assets", row["liquid_assets"], rules="LCR20.4:minimum_coverage"),
        Component("lcr.net_outflow", row["net_outflow"], rules="LCR40.1"),
    )
    lineage.total(
        "lcr.net_outflow",
        row["net_outflow"],
        [
            Component("lcr.outflows", row["outflows"], rules="LCR40.1"),
            Component(
                "lcr.counted_inflows", row["counted_inflows"], Decimal(-1), "LCR40.77:inflow_cap"
            ),
        ],
    )
    is_capped = row["counted_inflows"] < row["inflows"]
    cap = rule("LCR40.77:inflow_cap", as_of)
    counted = (
        Component("lcr.outflows", row["outflows"], cap.exact, cap.rule_id)
        if is_capped
        else Component("lcr.inflows", row["inflows"], rules=cap.rule_id)
    )
    lineage.total("lcr.counted_inflows", row["counted_inflows"], [counted])
    for section in ("liquid_assets", "outflows", "inflows"):
        _section(lineage, LCR, section, row[section], lines)


def trace_funding(lineage: FigureLineage, row: Row, lines: Sequence[Row]) -> None:
    """Note the steps from the net stable funding ratio to its lines."""
    lineage.ratio(
        "stable_funding_ratio",
        row["stable_funding_ratio"],
        Component(
            "nsfr.available_funding",
            row["available_funding"],
            rules="NSF20.2:minimum_stable_funding",
        ),
        Component("nsfr.required_funding", row["required_funding"], rules="NSF20.2"),
    )
    for section in ("available_funding", "required_funding"):
        _section(lineage, NSFR, section, row[section], lines)


def trace_allowance(lineage: FigureLineage, stages: Mapping[int, Decimal]) -> None:
    """Note the allowance by stage, and the rows of each.

    Args:
        lineage: Receives the steps.
        stages: Allowance of each stage.
    """
    paragraphs = {1: "IFRS9.5.5.5", 2: "IFRS9.5.5.3", 3: "IFRS9.5.5.3"}
    names = {stage: f"allowance.stage_{stage}" for stage in stages}
    lineage.total(
        "allowance",
        sum(stages.values(), ZERO),
        [
            Component(names[stage], amount, rules=paragraphs[stage])
            for stage, amount in stages.items()
        ],
    )
    for stage, amount in stages.items():
        condition = f"reporting_date = '{lineage.day}' and stage = {stage}"
        rows = SourceRows("gold.expected_credit_loss", "allowance", condition)
        part = Component("exposures", amount, rules="IFRS9.5.5.17", rows=rows)
        lineage.total(names[stage], amount, [part])


def _section(
    lineage: FigureLineage, ratio: str, section: str, value: Decimal, lines: Sequence[Row]
) -> None:
    parts = []
    for line in lines:
        if line["ratio"] != ratio or line["section"] != section:
            continue
        condition = (
            f"reporting_date = '{lineage.day}' and ratio = '{ratio}' and section = '{section}'"
            f" and kind = '{line['kind']}'"
        )
        factor = line["weighted_amount"] / line["amount"] if line["amount"] else ZERO
        rows = SourceRows("gold.liquidity_lines", "amount", condition)
        parts.append(Component(line["kind"], line["amount"], factor, line["rule_id"], rows))
    lineage.total(f"{ratio.lower()}.{section}", value, parts)
