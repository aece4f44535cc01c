"""The lineage of the capital ratios and of the leverage ratio.

Belongs here: what each figure of `gold.capital_adequacy`, `gold.output_floor` and `gold.leverage`
is made of. Operational risk and liquidity have trails of their own; how steps are noted is
`lineage`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.figures.exposure_cells import (
    BOOK_CLASSES,
    CREDIT,
    MARKET,
    OPERATIONAL,
    OTHER_ASSETS,
    RISK_TYPES,
    book_lines,
    cell_name,
)
from finplatform.risk.figures.leverage import ALLOWANCE, ASSET_LINES, LIMITS
from finplatform.risk.figures.lineage import Part, Rows, Trail
from finplatform.risk.figures.minority_interests import LINES as MINORITY_LINES
from finplatform.risk.figures.minority_interests import TABLE as MINORITY_TABLE
from finplatform.risk.figures.own_funds import COMPONENT_LINES
from finplatform.risk.figures.rounding import to_cents
from finplatform.risk.figures.standardised import METRICS as _STANDARDISED
from finplatform.risk.figures.standardised_trail import (
    follow_standardised,
    standardised_source,
)
from finplatform.risk.money import ZERO
from finplatform.risk.own_funds import INTANGIBLE_LINES, FundsLine
from finplatform.risk.rules import rule

_METRICS = "gold.fact_risk_metrics"
_LEDGER = "gold.fact_ledger"
_RECONCILIATION = "gold.loan_ledger_reconciliation"
_COMPONENTS = {line.value: component for component, line in COMPONENT_LINES.items()}
_MINORITIES = {line.value for line in MINORITY_LINES.values()}
_MINUS = Decimal(-1)

Row = Mapping[str, Any]


def follow_capital(
    trail: Trail,
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
        trail: Where they are noted.
        adequacy: Row of `gold.capital_adequacy` of the date.
        floor: Row of `gold.output_floor`.
        cells: Rows of `gold.rwa_by_class`.
        own_funds: Rows of `gold.own_funds`; none for a date without a statement.
        provisions: Specific provisions of the book.
        as_of: Date of the rules.
        parts: Rows of `gold.standardised_parts`; none for a bank without a standardised book.
        slotted_provisions: Specific provisions of its slotted loans.
        posting: Entry that brings the allowance to the expected credit losses.
    """
    held = _held(trail.day, provisions, slotted_provisions, posting)
    if own_funds:
        assets = Part("risk_weighted_assets", adequacy["risk_weighted_assets"], rules="RBC20.4")
        for name in ("cet1", "tier1", "total"):
            above = Part(
                f"{name}_capital", adequacy[f"{name}_capital"], rules=f"RBC20.1:minimum_{name}"
            )
            if adequacy[f"{name}_ratio"] is not None:
                trail.ratio(f"{name}_ratio", adequacy[f"{name}_ratio"], above, assets)
        _own_funds(trail, adequacy, own_funds, held, as_of)
    _assets(trail, floor)
    for column, prefix in (("risk_weighted_assets", "rwa"), ("sa_risk_weighted_assets", "sa_rwa")):
        for kind in RISK_TYPES:
            _cells(trail, [c for c in cells if c["risk_type"] == kind], column, prefix, kind)
    for cell in cells:
        if cell["source_table"] == _STANDARDISED:
            follow_standardised(trail, cell, parts)
        else:
            _cell(trail, cell, own_funds, as_of)
    _expected_loss(trail, adequacy, cells)


def _held(day: date, provisions: Decimal, slotted: Decimal, posting: Decimal) -> list[Part]:
    """Provisions that are set against expected loss."""
    rows = Rows("gold.credit_exposures", "specific_provision", _on(day))
    found = [Part("specific_provisions", provisions, rules="CRE35.4", rows=rows)]
    if slotted:
        condition = f"{_on(day)} and approach = 'IRB' and exposure_class <> 'equity'"
        rows = Rows(_STANDARDISED, "specific_provision", condition)
        found.append(Part("slotted_provisions", slotted, rules="CRE35.4", rows=rows))
    if posting:
        found.append(Part("credit_loss_entry", posting, rules="CRE35.4", rows=_entry(day)))
    return found


def _entry(day: date) -> Rows:
    return Rows(_RECONCILIATION, "proposed_posting", _on(day))


def _own_funds(
    trail: Trail, adequacy: Row, lines: Sequence[Row], held: list[Part], as_of: date
) -> None:
    for figure, tier, below in (
        ("cet1_capital", "CET1", None),
        ("tier1_capital", "AT1", "cet1_capital"),
        ("total_capital", "T2", "tier1_capital"),
    ):
        parts = [Part(below, adequacy[below])] if below else []
        parts += [
            Part(f"own_funds.{row['line']}", row["counted_amount"], rules=row["paragraph"])
            for row in lines
            if row["tier"] == tier
        ]
        trail.total(figure, adequacy[figure], parts)
    for row in lines:
        _line(trail, row, adequacy, held, as_of)


def _line(trail: Trail, row: Row, adequacy: Row, held: list[Part], as_of: date) -> None:
    figure, value = f"own_funds.{row['line']}", row["counted_amount"]
    if row["line"] in _COMPONENTS:
        component = _COMPONENTS[row["line"]]
        rows = Rows(
            "silver.stg_own_funds",
            "signed_amount",
            f"report_date = '{row['statement_date']}' and component = '{component}'",
        )
        trail.total(
            figure, value, [Part(component.lower(), value, rules=row["paragraph"], rows=rows)]
        )
        return
    if row["line"] in _MINORITIES:
        condition = f"{_on(trail.day)} and tier = '{row['tier']}'"
        rows = Rows(MINORITY_TABLE, "recognised_amount", condition)
        trail.total(figure, value, [Part("subsidiaries", value, rules=row["paragraph"], rows=rows)])
        return
    if row["line"] == FundsLine.CREDIT_LOSS_ENTRY:
        entry = Part(
            "credit_loss_entry", -value, _MINUS, rules=row["paragraph"], rows=_entry(trail.day)
        )
        trail.total(figure, value, [entry])
        return
    loss = Part("expected_loss", adequacy["expected_loss"], _MINUS, "CRE35.2")
    if row["line"] == "provision_shortfall" and value:
        trail.total(figure, value, [loss, *held])
    elif row["line"] == "t2_provisions" and value:
        limit = rule("CAP10.19:excess_provision_limit", as_of)
        provided = sum((part.base for part in held), ZERO)
        if provided - adequacy["expected_loss"] <= value + Decimal("0.01"):
            trail.total(figure, value, [loss, *held])
        else:
            assets = Part(
                "irb_risk_weighted_assets",
                adequacy["irb_risk_weighted_assets"],
                limit.exact,
                limit.rule_id,
                Rows(_METRICS, "irb_risk_weighted_assets", _on(trail.day)),
            )
            trail.total(figure, value, [assets])


def _assets(trail: Trail, floor: Row) -> None:
    kinds = [
        Part(f"rwa.{kind}", floor[f"{kind}_risk_weighted_assets"], rules=rules)
        for kind, rules in ((CREDIT, "CRE20.1"), (MARKET, "MAR40.1"), (OPERATIONAL, "OPE25.2"))
    ]
    raised = floor["floor_increase"]
    extra = [Part("floor_increase", raised, rules="RBC20.4")] if raised else []
    trail.total("risk_weighted_assets", floor["risk_weighted_assets"], [*kinds, *extra])
    trail.total("before_floor", floor["before_floor"], kinds)
    if raised:
        trail.total(
            "floor_increase",
            raised,
            [
                Part("output_floor_amount", floor["output_floor_amount"], rules="RBC20.4"),
                Part("before_floor", floor["before_floor"], _MINUS, "RBC20.4"),
            ],
        )
    trail.total(
        "output_floor_amount",
        floor["output_floor_amount"],
        [
            Part(
                "floor_base", floor["floor_base"], floor["output_floor_rate"],
                "RBC90.1:output_floor",
            )
        ],
    )  # fmt: skip
    trail.total(
        "floor_base",
        floor["floor_base"],
        [
            Part(f"sa_rwa.{kind}", floor[f"sa_{kind}_risk_weighted_assets"], rules="RBC20.11")
            for kind in RISK_TYPES
        ],
    )


def _cells(trail: Trail, cells: Sequence[Row], column: str, prefix: str, kind: str) -> None:
    total = sum((cell[column] for cell in cells), ZERO)
    trail.total(
        f"{prefix}.{kind}",
        total,
        [
            Part(f"{prefix}.{kind}.{cell_name(cell)}", cell[column], rules=_first_rule(cell))
            for cell in cells
        ],
    )


def _first_rule(cell: Row) -> str:
    return str(cell["rules"])


def _cell(trail: Trail, cell: Row, own_funds: Sequence[Row], as_of: date) -> None:
    name = f"{cell['risk_type']}.{cell_name(cell)}"
    for column, prefix in (("risk_weighted_assets", "rwa"), ("sa_risk_weighted_assets", "sa_rwa")):
        value = cell[column]
        figure = f"{prefix}.{name}"
        if cell["source_table"] == _METRICS:
            condition = (
                f"{_on(trail.day)} and exposure_class = '{cell['exposure_class']}'"
                f" and is_defaulted = {str(cell['is_defaulted']).lower()}"
            )
            rules = _first_rule(cell) if prefix == "rwa" else "CRE20"
            rows = Rows(_METRICS, column, condition)
            trail.total(figure, value, [Part("exposures", value, rules=rules, rows=rows)])
        elif cell["exposure_class"] in BOOK_CLASSES:
            trail.total(figure, value, _book_parts(trail, cell, own_funds, as_of))
        elif cell["risk_type"] == MARKET:
            condition = f"{_on(trail.day)} and risk_class = '{cell['exposure_class']}'"
            rows = Rows("gold.market_risk_capital", "risk_weighted_assets", condition)
            part = Part("charge", value, rules=_first_rule(cell), rows=rows)
            trail.total(figure, value, [part])
        else:
            capital = cell["capital_requirement"]
            multiplier = rule("OPE25.2:rwa_multiplier", as_of)
            part = Part("operational.capital", capital, multiplier.exact, multiplier.rule_id)
            trail.total(figure, value, [part])


def _book_parts(trail: Trail, cell: Row, own_funds: Sequence[Row], as_of: date) -> list[Part]:
    rule_id, weight, line = book_lines(as_of)[cell["exposure_class"]]
    deducted = [
        Part(f"own_funds.{row['line']}", row["counted_amount"], weight, "LEV30.3")
        for row in own_funds
        if row["line"] in INTANGIBLE_LINES and cell["exposure_class"] == OTHER_ASSETS
    ]
    base = cell["exposure_amount"] - sum((part.base for part in deducted), ZERO)
    rows = Rows(_LEDGER, "natural_balance", _ledger(trail.day, line))
    return [Part(f"ledger.{line.lower()}", base, weight, rule_id, rows), *deducted]


def _expected_loss(trail: Trail, adequacy: Row, cells: Sequence[Row]) -> None:
    trail.total(
        "expected_loss",
        adequacy["expected_loss"],
        [
            Part(
                f"exposures.{cell_name(cell)}",
                cell["expected_loss"],
                rules="CRE35.2",
                rows=Rows(
                    _METRICS,
                    "expected_loss",
                    f"{_on(trail.day)} and exposure_class = '{cell['exposure_class']}'"
                    f" and is_defaulted = {str(cell['is_defaulted']).lower()}",
                ),
            )
            for cell in cells
            if cell["source_table"] == _METRICS
        ]
        + [
            Part(
                f"exposures.{cell_name(cell)}",
                cell["expected_loss"],
                rules="CRE33.8:expected_loss_share",
                rows=standardised_source(trail.day, cell, "expected_loss"),
            )
            for cell in cells
            if cell["source_table"] == _STANDARDISED and cell["expected_loss"]
        ],
    )


def follow_leverage(
    trail: Trail, row: Row, own_funds: Sequence[Row], as_of: date, posting: Decimal = ZERO
) -> None:
    """Note the steps from the leverage ratio to rows; arguments as in `follow_capital`."""
    if row["leverage_ratio"] is not None:
        trail.ratio(
            "leverage_ratio",
            row["leverage_ratio"],
            Part("tier1_capital", row["tier1_capital"], rules="LEV20.3"),
            Part(
                "exposure_measure", row["exposure_measure"], rules="LEV20.7:minimum_leverage_ratio"
            ),
        )
    groups = "', '".join(ASSET_LINES)
    condition = f"report_date = '{trail.day}' and account_group in ('{groups}')"
    entry = (
        [Part("credit_loss_entry", posting, _MINUS, "LEV30.9", _entry(trail.day))]
        if posting
        else []
    )
    deducted = [
        Part(f"own_funds.{line['line']}", line["counted_amount"], rules="LEV30.3")
        for line in own_funds
        if line["line"] in INTANGIBLE_LINES
    ]
    trail.total(
        "exposure_measure",
        row["exposure_measure"],
        [
            Part(
                "ledger.assets",
                row["on_balance_amount"],
                rules="LEV30.9",
                rows=Rows(_LEDGER, "natural_balance", condition),
            ),
            Part(
                "ledger.allowance",
                posting - row["specific_provisions"],
                rules="LEV30.9",
                rows=Rows(_LEDGER, "natural_balance", _ledger(trail.day, ALLOWANCE)),
            ),
            *entry,
            *deducted,
            Part(
                "undrawn_limits",
                row["undrawn_amount"],
                rule(LIMITS, as_of).exact,
                str(LIMITS.value),
                Rows(_METRICS, "undrawn_amount", _on(trail.day)),
            ),
            *_converted(trail.day, row, as_of),
        ],
    )


def _converted(day: date, row: Row, as_of: date) -> list[Part]:
    """What the standardised book adds to the exposure measure off balance."""
    limits = to_cents(rule(LIMITS, as_of).exact * row["undrawn_amount"])
    rest = row["undrawn_exposure"] - limits
    rows = Rows(_STANDARDISED, "off_balance_amount", _on(day))
    return [Part("standardised.off_balance", rest, rules="LEV30.47", rows=rows)] if rest else []


def _on(day: date) -> str:
    return f"reporting_date = '{day}'"


def _ledger(day: date, line: str) -> str:
    return f"report_date = '{day}' and account_group = '{line}'"


def rows_on(frame: pl.DataFrame, day: date) -> list[dict[str, Any]]:
    """Rows of one reporting date; none of a table without rows."""
    if frame.is_empty():
        return []
    return frame.filter(pl.col("reporting_date") == day).rows(named=True)
