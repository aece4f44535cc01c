"""Contracts of the supervisory templates: cells, and results of the validation rules.

The cells are computed in `finplatform.risk.supervisory`.
"""

from collections.abc import Mapping
from typing import Annotated

import polars as pl

from finplatform.contracts.columns import column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract
from finplatform.contracts.report_columns import DatedReport, currency_column
from finplatform.risk.supervisory.cells import GAP_KINDS
from finplatform.risk.supervisory.evaluation import ACCURACY, Outcome
from finplatform.risk.supervisory.model_files import tables

_CODE = r"^[0-9]{4}$"
CellAmount = Annotated[pl.Decimal, 24, 6]
"""An amount to the cent, a ratio of six decimals, or a number."""


class SupervisoryCells(DatedReport):
    """One row per reporting date and cell of a supervisory template that is filled or a gap."""

    template: str = column("Template, such as `C_07.00`.", str_matches=r"^C_[0-9]{2}\.[0-9]{2}$")
    table_code: str = column("Part of the template that is a table.", isin=list(tables()))
    sheet: str = column("Member of the exposure class; `all` for a table with one sheet.", **KEY)
    row_code: str = column("Row.", str_matches=_CODE)
    column_code: str = column("Column.", str_matches=_CODE)
    sheet_label: str = column("Name of the sheet; null for a table with one sheet.", nullable=True)
    row_label: str = column("Label of the row in the data point model.")
    column_label: str = column("Label of the column in the data point model.")
    datapoint: str = column("Data point code of the cell.", str_matches=r"^dp[0-9]+$")
    kind: str = column("`m`: amount, `p`: ratio, `i`: number.", isin=list(ACCURACY))
    currency: str = currency_column()
    amount: CellAmount = column("Reported value; null for a gap.", nullable=True)
    gap_kind: str = column(
        "Type of reason for an empty cell; null for a filled one.",
        isin=list(GAP_KINDS),
        nullable=True,
    )
    gap_reason: str = column("Reason for the empty cell.", nullable=True)
    source: str = column("Sources of the amount: tables, rows or cells.", nullable=True)


class SupervisoryRules(DatedReport):
    """One row per reporting date and published validation rule of the templates."""

    rule_id: str = column("Code of the rule.", **KEY)
    severity: str = column(
        "Severity of a failure, as published by the supervisor.", isin=["error", "warning"]
    )
    expression: str = column("Formula of the rule, as published.")
    precondition: str = column("Templates required for the rule.", nullable=True)
    outcome: str = column(
        "`vacuous`: none of its cells is filled; `not_evaluated`: it needs other templates.",
        isin=[outcome.value for outcome in Outcome],
    )
    instances: int = column("Number of evaluations with a filled cell.", ge=0)
    detail: str = column("First failing cell, or the reason for no evaluation.", nullable=True)


SUPERVISORY: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract(
            "supervisory_cells",
            SupervisoryCells,
            ("reporting_date", "table_code", "sheet", "row_code", "column_code"),
            "reporting_date",
        ),
        gold_contract(
            "supervisory_rules",
            SupervisoryRules,
            ("reporting_date", "rule_id"),
            "reporting_date",
        ),
    )
}
"""Tables of the supervisory templates by name."""
