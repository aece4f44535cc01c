"""Supervisory cells and rules of each reporting date, as rows of the warehouse.

Belongs here: choosing the rows of a date, filling all templates, running the rules. Does not belong
here: any template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.money import ZERO
from finplatform.risk.reports.leverage import LIMITS
from finplatform.risk.rules import rule
from finplatform.risk.supervisory.cells import Cells
from finplatform.risk.supervisory.evaluation import Judgement, filed_cells, judge
from finplatform.risk.supervisory.internal_cells import internal_cells
from finplatform.risk.supervisory.leverage_cells import converted_by_factor, leverage_cells
from finplatform.risk.supervisory.model_files import ModelRule, rules, tables
from finplatform.risk.supervisory.own_funds_cells import Earnings, own_funds_cells
from finplatform.risk.supervisory.requirement_cells import ratio_cells, requirement_cells
from finplatform.risk.supervisory.standardised_cells import StandardisedInput, standardised_cells
from finplatform.windows import date_key

AMOUNT = pl.Decimal(24, 6)
RETAINED = "RETAINED_EARNINGS"
_LEDGER = "gold.fact_ledger"
_RULE_COLUMNS = {
    "rule_id": pl.String,
    "severity": pl.String,
    "expression": pl.String,
    "precondition": pl.String,
    "outcome": pl.String,
    "instances": pl.Int64,
    "detail": pl.String,
}


@dataclass(frozen=True)
class SupervisoryInput:
    """Tables that the templates are filled from, of all dates of a run.

    Attributes:
        own_funds: Rows of `gold.own_funds`.
        cells: Rows of `gold.rwa_by_class`.
        floor: Rows of `gold.output_floor`.
        adequacy: Rows of `gold.capital_adequacy`.
        leverage: Rows of `gold.leverage`.
        loans: Measured loans with provision, turnover and customer.
        metrics: Rows of `gold.fact_standardised_metrics`.
        exposures: Rows of `gold.standardised_exposures`.
        parts: Rows of `gold.standardised_parts`.
        protection: Rows of `gold.credit_protection`.
        results: Balance of retained earnings and result of the year by date, of the ledger.
    """

    own_funds: pl.DataFrame
    cells: pl.DataFrame
    floor: pl.DataFrame
    adequacy: pl.DataFrame
    leverage: pl.DataFrame
    loans: pl.DataFrame
    metrics: pl.DataFrame
    exposures: pl.DataFrame
    parts: pl.DataFrame
    protection: pl.DataFrame
    results: pl.DataFrame


def supervisory_figures(
    given: SupervisoryInput, currency: str, *, rules_as_of: date | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells of all templates, and the outcome of every rule, on each reporting date.

    Args:
        given: Inputs of the templates.
        currency: Currency of the reports.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.supervisory_cells`, and of `gold.supervisory_rules`.
    """
    found, judged = [], []
    for day in given.loans["reporting_date"].unique().sort().to_list():
        cells = date_cells(given, day, rules_as_of or day)
        found.append(_cell_rows(cells, day, currency))
        judged.append(_rule_rows(judge_cells(cells), day))
    if not found:
        return pl.DataFrame(), pl.DataFrame()
    return pl.concat(found), pl.concat(judged)


def date_cells(given: SupervisoryInput, day: date, as_of: date) -> Cells:
    """Fills the templates of a date.

    Args:
        given: Inputs of the templates.
        day: The date.
        as_of: Date of the rules.
    """
    cells = Cells()
    lines = {
        row["line"]: (row["tier"], row["counted_amount"]) for row in _rows(given.own_funds, day)
    }
    own_funds_cells(cells, lines, _earnings(given.results, day))
    rwa = _rows(given.cells, day)
    metrics = _on(given.metrics, day)
    standardised_cells(
        cells,
        StandardisedInput(
            metrics,
            _on(given.exposures, day),
            _on(given.parts, day),
            _on(given.protection, day),
            {
                row["exposure_class"]: (row["exposure_amount"], row["risk_weighted_assets"])
                for row in rwa
                if row["source_table"] == _LEDGER
            },
            bool(rule("BANK.MITIGATION:is_simple", as_of).value),
        ),
    )
    internal_cells(cells, _on(given.loans, day), metrics)
    floor = _row(given.floor, day)
    requirement_cells(
        cells,
        floor,
        _assets(rwa, "market"),
        _assets(rwa, "operational").get("all"),
    )
    ratio_cells(cells, _row(given.adequacy, day), floor)
    leverage_cells(
        cells,
        _row(given.leverage, day),
        converted_by_factor(
            list(metrics.select("undrawn_amount", "off_balance_amount").iter_rows())
            if metrics.height
            else []
        ),
        rule(LIMITS, as_of).exact,
    )
    cells.close()
    return cells


def judge_cells(cells: Cells) -> list[tuple[ModelRule, Judgement]]:
    """Runs every rule on the filled cells.

    Args:
        cells: The cells of a date.
    """
    amounts = {place: float(amount) for place, amount in cells.amounts.items()}
    filed = filed_cells(tables(), amounts)
    return [(one, judge(one, filed)) for one in rules()]


def _cell_rows(cells: Cells, day: date, currency: str) -> pl.DataFrame:
    rows = []
    for place in cells:
        code, row, column, sheet = place
        table = tables()[code]
        gap = cells.gaps.get(place) if place not in cells.amounts else None
        rows.append(
            {
                "reporting_date": day,
                "date_key": date_key(day),
                "template": table.template,
                "table_code": code,
                "sheet": sheet or "all",
                "row_code": row,
                "column_code": column,
                "sheet_label": table.sheets.get(sheet),
                "row_label": table.rows[row].label,
                "column_label": table.columns[column].label,
                "datapoint": table.cells[row, column].datapoint,
                "kind": table.cells[row, column].kind,
                "currency": currency,
                "amount": cells.amounts.get(place),
                "gap_kind": gap.kind if gap else None,
                "gap_reason": gap.reason if gap else None,
                "source": cells.sources.get(place),
            }
        )
    names = ("sheet_label", "gap_kind", "gap_reason", "source")
    texts = dict.fromkeys(names, pl.String)
    return pl.DataFrame(
        rows, schema_overrides={**texts, "date_key": pl.Int32, "amount": AMOUNT}, orient="row"
    )


def _rule_rows(judged: list[tuple[ModelRule, Judgement]], day: date) -> pl.DataFrame:
    rows = [
        (
            *(one.rule, one.severity, one.expression, one.precondition or None),
            *(found.outcome.value, found.instances, found.detail or None),
        )
        for one, found in judged
    ]
    return pl.DataFrame(rows, schema=_RULE_COLUMNS, orient="row").select(
        pl.lit(day).alias("reporting_date"),
        pl.lit(date_key(day), pl.Int32).alias("date_key"),
        pl.all(),
    )


def _earnings(results: pl.DataFrame, day: date) -> Earnings | None:
    for row in _rows(results, day):
        return Earnings(row["previous_years"], row["profit"])
    return None


def _assets(cells: list[dict[str, Any]], risk_type: str) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in cells:
        if row["risk_type"] == risk_type:
            name = row["exposure_class"]
            found[name] = found.get(name, ZERO) + row["risk_weighted_assets"]
    return found


def _on(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    return rows.filter(pl.col("reporting_date") == day) if rows.height else rows


def _row(rows: pl.DataFrame, day: date) -> dict[str, Any] | None:
    return next(iter(_rows(rows, day)), None)


def _rows(rows: pl.DataFrame, day: date) -> list[dict[str, Any]]:
    return _on(rows, day).rows(named=True)
