"""The lineage of the capital ratios and of the leverage ratio.

Components of the figures of `gold.capital_adequacy`, `gold.output_floor` and `gold.leverage`.
Operational risk and liquidity have modules of their own; `lineage` collects the steps.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.money import ZERO, to_cents
from finplatform.risk.own_funds import INTANGIBLE_LINES, FundsLine
from finplatform.risk.reports.leverage import ALLOWANCE, ASSET_LINES, LIMITS
from finplatform.risk.reports.lineage import Component, FigureLineage, SourceRows
from finplatform.risk.reports.minority_interests import LINES as MINORITY_LINES
from finplatform.risk.reports.minority_interests import TABLE as MINORITY_TABLE
from finplatform.risk.reports.own_funds import COMPONENT_LINES
from finplatform.risk.reports.rwa_breakdown import (
    BOOK_CLASSES,
    CREDIT,
    MARKET,
    OPERATIONAL,
    OTHER_ASSETS,
    RISK_TYPES,
    book_lines,
    cell_name,
)
from finplatform.risk.reports.standardised import METRICS as _STANDARDISED
from finplatform.risk.reports.standardised_lineage import (
    standardised_source,
    trace_standardised,
)
from finplatform.risk.rules import rule

_METRICS = "gold.fact_risk_metrics"
_LEDGER = "gold.fact_ledger"
_RECONCILIATION = "gold.loan_ledger_reconciliation"
_COMPONENTS = {line.value: component for component, line in COMPONENT_LINES.items()}
_MINORITIES = {line.value for line in MINORITY_LINES.values()}
_MINUS = Decimal(-1)

Row = Mapping[str, Any]


def trace_capital(
    lineage: FigureLineage,
    adequacy: Row,
    floor: Row,
    cells: Sequence[Row],
    own_funds: Sequence[Row],
    provisions: Decimal,
    as_of: date,
    *,
    parts: Sequence[Row] = (),
    slotted_provisions: Decimal = ZERO,
    posting: Decimal = ZERO,
) -> None:
    """Note the steps from the capital ratios to rows.

    Args:
        lineage: Receives the steps.
        adequacy: Row of `gold.capital_adequacy` of the date.
        floor: Row of `gold.output_floor`.
        cells: SourceRows of `gold.rwa_by_class`.
        own_funds: SourceRows of `gold.own_funds`; none for a date without a statement.
        provisions: Specific provisions of the book.
        as_of: Date of the rules.
        parts: SourceRows of `gold.standardised_parts`; none for a bank without a standardised book.
        slotted_provisions: Specific provisions of its slotted loans.
        posting: Entry that brings the allowance to the expected credit losses.
    """
    held = _held(lineage.day, provisions, slotted_provisions, posting)
    if own_funds:
        assets = Component(
            "risk_weighted_assets", adequacy["risk_weighted_assets"], rules="RBC20.4"
        )
        for name in ("cet1", "tier1", "total"):
            above = Component(
                f"{name}_capital", adequacy[f"{name}_capital"], rules=f"RBC20.1:minimum_{name}"
            )
            if adequacy[f"{name}_ratio"] is not None:
                lineage.ratio(f"{name}_ratio", adequacy[f"{name}_ratio"], above, assets)
        _own_funds(lineage, adequacy, own_funds, held, as_of)
    _assets(lineage, floor)
    for column, prefix in (("risk_weighted_assets", "rwa"), ("sa_risk_weighted_assets", "sa_rwa")):
        for kind in RISK_TYPES:
            _cells(lineage, [c for c in cells if c["risk_type"] == kind], column, prefix, kind)
    for cell in cells:
        if cell["source_table"] == _STANDARDISED:
            trace_standardised(lineage, cell, parts)
        else:
            _cell(lineage, cell, own_funds, as_of)
    _expected_loss(lineage, adequacy, cells)


def _held(day: date, provisions: Decimal, slotted: Decimal, posting: Decimal) -> list[Component]:
    """Provisions that are set against expected loss."""
    rows = SourceRows("gold.credit_exposures", "specific_provision", _on(day))
    found = [Component("specific_provisions", provisions, rules="CRE35.4", rows=rows)]
    if slotted:
        condition = f"{_on(day)} and approach = 'IRB' and exposure_class <> 'equity'"
        rows = SourceRows(_STANDARDISED, "specific_provision", condition)
        found.append(Component("slotted_provisions", slotted, rules="CRE35.4", rows=rows))
    if posting:
        found.append(Component("credit_loss_entry", posting, rules="CRE35.4", rows=_entry(day)))
    return found


def _entry(day: date) -> SourceRows:
    return SourceRows(_RECONCILIATION, "proposed_posting", _on(day))


def _own_funds(
    lineage: FigureLineage, adequacy: Row, lines: Sequence[Row], held: list[Component], as_of: date
) -> None:
    for figure, tier, below in (
        ("cet1_capital", "CET1", None),
        ("tier1_capital", "AT1", "cet1_capital"),
        ("total_capital", "T2", "tier1_capital"),
    ):
        parts = [Component(below, adequacy[below])] if below else []
        parts += [
            Component(f"own_funds.{row['line']}", row["counted_amount"], rules=row["paragraph"])
            for row in lines
            if row["tier"] == tier
        ]
        lineage.total(figure, adequacy[figure], parts)
    for row in lines:
        _line(lineage, row, adequacy, held, as_of)


def _line(
    lineage: FigureLineage, row: Row, adequacy: Row, held: list[Component], as_of: date
) -> None:
    figure, value = f"own_funds.{row['line']}", row["counted_amount"]
    if row["line"] in _COMPONENTS:
        component = _COMPONENTS[row["line"]]
        rows = SourceRows(
            "silver.stg_own_funds",
            "signed_amount",
            f"report_date = '{row['statement_date']}' and component = '{component}'",
        )
        lineage.total(
            figure, value, [Component(component.lower(), value, rules=row["paragraph"], rows=rows)]
        )
        return
    if row["line"] in _MINORITIES:
        condition = f"{_on(lineage.day)} and tier = '{row['tier']}'"
        rows = SourceRows(MINORITY_TABLE, "recognised_amount", condition)
        lineage.total(
            figure, value, [Component("subsidiaries", value, rules=row["paragraph"], rows=rows)]
        )
        return
    if row["line"] == FundsLine.CREDIT_LOSS_ENTRY:
        entry = Component(
            "credit_loss_entry", -value, _MINUS, rules=row["paragraph"], rows=_entry(lineage.day)
        )
        lineage.total(figure, value, [entry])
        return
    loss = Component("expected_loss", adequacy["expected_loss"], _MINUS, "CRE35.2")
    if row["line"] == "provision_shortfall" and value:
        lineage.total(figure, value, [loss, *held])
    elif row["line"] == "t2_provisions" and value:
        limit = rule("CAP10.19:excess_provision_limit", as_of)
        provided = sum((part.base for part in held), ZERO)
        if provided - adequacy["expected_loss"] <= value + Decimal("0.01"):
            lineage.total(figure, value, [loss, *held])
        else:
            assets = Component(
                "irb_risk_weighted_assets",
                adequacy["irb_risk_weighted_assets"],
                limit.exact,
                limit.rule_id,
                SourceRows(_METRICS, "irb_risk_weighted_assets", _on(lineage.day)),
            )
            lineage.total(figure, value, [assets])


def _assets(lineage: FigureLineage, floor: Row) -> None:
    kinds = [
        Component(f"rwa.{kind}", floor[f"{kind}_risk_weighted_assets"], rules=rules)
        for kind, rules in ((CREDIT, "CRE20.1"), (MARKET, "MAR40.1"), (OPERATIONAL, "OPE25.2"))
    ]
    raised = floor["floor_increase"]
    extra = [Component("floor_increase", raised, rules="RBC20.4")] if raised else []
    lineage.total("risk_weighted_assets", floor["risk_weighted_assets"], [*kinds, *extra])
    lineage.total("before_floor", floor["before_floor"], kinds)
    if raised:
        lineage.total(
            "floor_increase",
            raised,
            [
                Component("output_floor_amount", floor["output_floor_amount"], rules="RBC20.4"),
                Component("before_floor", floor["before_floor"], _MINUS, "RBC20.4"),
            ],
        )
    lineage.total(
        "output_floor_amount",
        floor["output_floor_amount"],
        [
            Component(
                "floor_base", floor["floor_base"], floor["output_floor_rate"],
                "RBC90.1:output_floor",
            )
        ],
    )  # fmt: skip
    lineage.total(
        "floor_base",
        floor["floor_base"],
        [
            Component(f"sa_rwa.{kind}", floor[f"sa_{kind}_risk_weighted_assets"], rules="RBC20.11")
            for kind in RISK_TYPES
        ],
    )


def _cells(
    lineage: FigureLineage, cells: Sequence[Row], column: str, prefix: str, kind: str
) -> None:
    total = sum((cell[column] for cell in cells), ZERO)
    lineage.total(
        f"{prefix}.{kind}",
        total,
        [
            Component(f"{prefix}.{kind}.{cell_name(cell)}", cell[column], rules=_first_rule(cell))
            for cell in cells
        ],
    )


def _first_rule(cell: Row) -> str:
    return str(cell["rules"])


def _cell(lineage: FigureLineage, cell: Row, own_funds: Sequence[Row], as_of: date) -> None:
    name = f"{cell['risk_type']}.{cell_name(cell)}"
    for column, prefix in (("risk_weighted_assets", "rwa"), ("sa_risk_weighted_assets", "sa_rwa")):
        value = cell[column]
        figure = f"{prefix}.{name}"
        if cell["source_table"] == _METRICS:
            condition = (
                f"{_on(lineage.day)} and exposure_class = '{cell['exposure_class']}'"
                f" and is_defaulted = {str(cell['is_defaulted']).lower()}"
            )
            rules = _first_rule(cell) if prefix == "rwa" else "CRE20"
            rows = SourceRows(_METRICS, column, condition)
            lineage.total(figure, value, [Component("exposures", value, rules=rules, rows=rows)])
        elif cell["exposure_class"] in BOOK_CLASSES:
            lineage.total(figure, value, _book_parts(lineage, cell, own_funds, as_of))
        elif cell["risk_type"] == MARKET:
            condition = f"{_on(lineage.day)} and risk_class = '{cell['exposure_class']}'"
            rows = SourceRows("gold.market_risk_capital", "risk_weighted_assets", condition)
            part = Component("charge", value, rules=_first_rule(cell), rows=rows)
            lineage.total(figure, value, [part])
        else:
            capital = cell["capital_requirement"]
            multiplier = rule("OPE25.2:rwa_multiplier", as_of)
            part = Component("operational.capital", capital, multiplier.exact, multiplier.rule_id)
            lineage.total(figure, value, [part])


def _book_parts(
    lineage: FigureLineage, cell: Row, own_funds: Sequence[Row], as_of: date
) -> list[Component]:
    rule_id, weight, line = book_lines(as_of)[cell["exposure_class"]]
    deducted = [
        Component(f"own_funds.{row['line']}", row["counted_amount"], weight, "LEV30.3")
        for row in own_funds
        if row["line"] in INTANGIBLE_LINES and cell["exposure_class"] == OTHER_ASSETS
    ]
    base = cell["exposure_amount"] - sum((part.base for part in deducted), ZERO)
    rows = SourceRows(_LEDGER, "natural_balance", _ledger(lineage.day, line))
    return [Component(f"ledger.{line.lower()}", base, weight, rule_id, rows), *deducted]


def _expected_loss(lineage: FigureLineage, adequacy: Row, cells: Sequence[Row]) -> None:
    lineage.total(
        "expected_loss",
        adequacy["expected_loss"],
        [
            Component(
                f"exposures.{cell_name(cell)}",
                cell["expected_loss"],
                rules="CRE35.2",
                rows=SourceRows(
                    _METRICS,
                    "expected_loss",
                    f"{_on(lineage.day)} and exposure_class = '{cell['exposure_class']}'"
                    f" and is_defaulted = {str(cell['is_defaulted']).lower()}",
                ),
            )
            for cell in cells
            if cell["source_table"] == _METRICS
        ]
        + [
            Component(
                f"exposures.{cell_name(cell)}",
                cell["expected_loss"],
                rules="CRE33.8:expected_loss_share",
                rows=standardised_source(lineage.day, cell, "expected_loss"),
            )
            for cell in cells
            if cell["source_table"] == _STANDARDISED and cell["expected_loss"]
        ],
    )


def trace_leverage(
    lineage: FigureLineage, row: Row, own_funds: Sequence[Row], as_of: date, posting: Decimal = ZERO
) -> None:
    """Note the steps from the leverage ratio to rows; arguments as in `trace_capital`."""
    if row["leverage_ratio"] is not None:
        lineage.ratio(
            "leverage_ratio",
            row["leverage_ratio"],
            Component("tier1_capital", row["tier1_capital"], rules="LEV20.3"),
            Component(
                "exposure_measure", row["exposure_measure"], rules="LEV20.7:minimum_leverage_ratio"
            ),
        )
    groups = "', '".join(ASSET_LINES)
    condition = f"report_date = '{lineage.day}' and account_group in ('{groups}')"
    entry = (
        [Component("credit_loss_entry", posting, _MINUS, "LEV30.9", _entry(lineage.day))]
        if posting
        else []
    )
    deducted = [
        Component(f"own_funds.{line['line']}", line["counted_amount"], rules="LEV30.3")
        for line in own_funds
        if line["line"] in INTANGIBLE_LINES
    ]
    lineage.total(
        "exposure_measure",
        row["exposure_measure"],
        [
            Component(
                "ledger.assets",
                row["on_balance_amount"],
                rules="LEV30.9",
                rows=SourceRows(_LEDGER, "natural_balance", condition),
            ),
            Component(
                "ledger.allowance",
                posting - row["specific_provisions"],
                rules="LEV30.9",
                rows=SourceRows(_LEDGER, "natural_balance", _ledger(lineage.day, ALLOWANCE)),
            ),
            *entry,
            *deducted,
            Component(
                "undrawn_limits",
                row["undrawn_amount"],
                rule(LIMITS, as_of).exact,
                str(LIMITS.value),
                SourceRows(_METRICS, "undrawn_amount", _on(lineage.day)),
            ),
            *_converted(lineage.day, row, as_of),
        ],
    )


def _converted(day: date, row: Row, as_of: date) -> list[Component]:
    """Off-balance exposure of the standardised book in the exposure measure."""
    limits = to_cents(rule(LIMITS, as_of).exact * row["undrawn_amount"])
    rest = row["undrawn_exposure"] - limits
    rows = SourceRows(_STANDARDISED, "off_balance_amount", _on(day))
    return (
        [Component("standardised.off_balance", rest, rules="LEV30.47", rows=rows)] if rest else []
    )


def _on(day: date) -> str:
    return f"reporting_date = '{day}'"


def _ledger(day: date, line: str) -> str:
    return f"report_date = '{day}' and account_group = '{line}'"


def rows_on(frame: pl.DataFrame, day: date) -> list[dict[str, Any]]:
    """SourceRows of one reporting date; none of a table without rows."""
    if frame.is_empty():
        return []
    return frame.filter(pl.col("reporting_date") == day).rows(named=True)
