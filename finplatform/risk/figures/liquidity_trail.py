"""The lineage of the two liquidity ratios and of the allowance for credit losses.

Belongs here: what the figures of `gold.liquidity_coverage`, `gold.net_stable_funding` and
`gold.expected_credit_loss` are made of. How steps are noted is `lineage`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from finplatform.risk.figures.lineage import Part, Rows, Trail
from finplatform.risk.figures.liquidity import LCR, NSFR
from finplatform.risk.money import ZERO
from finplatform.risk.rules import rule

Row = Mapping[str, Any]


def follow_coverage(trail: Trail, row: Row, lines: Sequence[Row], as_of: date) -> None:
    """Note the steps from the liquidity coverage ratio to its lines.

    Args:
        trail: Where they are noted.
        row: Row of `gold.liquidity_coverage` of the date.
        lines: Rows of `gold.liquidity_lines`.
        as_of: Date of the rules.
    """
    trail.ratio(
        "coverage_ratio",
        row["coverage_ratio"],
        Part("lcr.liquid_assets", row["liquid_assets"], rules="LCR20.4:minimum_coverage"),
        Part("lcr.net_outflow", row["net_outflow"], rules="LCR40.1"),
    )
    trail.total(
        "lcr.net_outflow",
        row["net_outflow"],
        [
            Part("lcr.outflows", row["outflows"], rules="LCR40.1"),
            Part("lcr.counted_inflows", row["counted_inflows"], Decimal(-1), "LCR40.77:inflow_cap"),
        ],
    )
    is_capped = row["counted_inflows"] < row["inflows"]
    cap = rule("LCR40.77:inflow_cap", as_of)
    counted = (
        Part("lcr.outflows", row["outflows"], cap.exact, cap.rule_id)
        if is_capped
        else Part("lcr.inflows", row["inflows"], rules=cap.rule_id)
    )
    trail.total("lcr.counted_inflows", row["counted_inflows"], [counted])
    for section in ("liquid_assets", "outflows", "inflows"):
        _section(trail, LCR, section, row[section], lines)


def follow_funding(trail: Trail, row: Row, lines: Sequence[Row]) -> None:
    """Note the steps from the net stable funding ratio to its lines."""
    trail.ratio(
        "stable_funding_ratio",
        row["stable_funding_ratio"],
        Part(
            "nsfr.available_funding",
            row["available_funding"],
            rules="NSF20.2:minimum_stable_funding",
        ),
        Part("nsfr.required_funding", row["required_funding"], rules="NSF20.2"),
    )
    for section in ("available_funding", "required_funding"):
        _section(trail, NSFR, section, row[section], lines)


def follow_allowance(trail: Trail, stages: Mapping[int, Decimal]) -> None:
    """Note the allowance by stage, and the rows of each.

    Args:
        trail: Where they are noted.
        stages: Allowance of each stage.
    """
    paragraphs = {1: "IFRS9.5.5.5", 2: "IFRS9.5.5.3", 3: "IFRS9.5.5.3"}
    names = {stage: f"allowance.stage_{stage}" for stage in stages}
    trail.total(
        "allowance",
        sum(stages.values(), ZERO),
        [Part(names[stage], amount, rules=paragraphs[stage]) for stage, amount in stages.items()],
    )
    for stage, amount in stages.items():
        condition = f"reporting_date = '{trail.day}' and stage = {stage}"
        rows = Rows("gold.expected_credit_loss", "allowance", condition)
        part = Part("exposures", amount, rules="IFRS9.5.5.17", rows=rows)
        trail.total(names[stage], amount, [part])


def _section(trail: Trail, ratio: str, section: str, value: Decimal, lines: Sequence[Row]) -> None:
    parts = []
    for line in lines:
        if line["ratio"] != ratio or line["section"] != section:
            continue
        condition = (
            f"reporting_date = '{trail.day}' and ratio = '{ratio}' and section = '{section}'"
            f" and kind = '{line['kind']}'"
        )
        factor = line["weighted_amount"] / line["amount"] if line["amount"] else ZERO
        rows = Rows("gold.liquidity_lines", "amount", condition)
        parts.append(Part(line["kind"], line["amount"], factor, line["rule_id"], rows))
    trail.total(f"{ratio.lower()}.{section}", value, parts)
