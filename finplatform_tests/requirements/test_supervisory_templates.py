"""The supervisory templates of the built bank: cells explained to the row, and files that agree."""

import csv
from decimal import Decimal

import pytest

from finplatform.risk.supervisory.model_files import tables
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.requirements.conftest import Connection

FILLED_OR_DECLARED = {"C_01.00": 60, "C_07.00": 30, "C_08.01": 12, "C_47.00": 25}
"""Least number of rows of each template, over its tables."""


@pytest.mark.parametrize(("template", "least"), FILLED_OR_DECLARED.items())
def test_rows_are_filled_or_declared_with_the_words_of_the_model(
    warehouse: Connection, template: str, least: int
) -> None:
    rows = warehouse.execute(
        """
        select distinct table_code, row_code, row_label
        from gold.supervisory_cells
        where template = %s
            and reporting_date = (select max(reporting_date) from gold.supervisory_cells)
            and (amount is null) <> (gap_reason is null)
            and (amount is null) = (source is null)
        """,
        [template],
    ).fetchall()
    assert len(rows) >= least
    for row in rows:
        header = tables()[row["table_code"]].rows[row["row_code"]]
        assert row["row_label"] == header.label


def test_no_error_of_the_published_rules_is_found_on_any_date(warehouse: Connection) -> None:
    (counts,) = warehouse.execute(
        """
        select
            count(*) filter (where outcome = 'failed' and severity = 'error') as failed,
            count(*) filter (where outcome = 'passed') as passed,
            count(distinct reporting_date) as dates
        from gold.supervisory_rules
        """
    ).fetchall()
    assert counts["failed"] == 0
    assert counts["passed"] >= 100 * counts["dates"]


def test_the_files_hold_the_cells_of_the_latest_date(
    built_bank: BuiltBank, warehouse: Connection
) -> None:
    folder = built_bank.settings.reports / "templates"
    (own_funds,) = warehouse.execute(
        """
        select datapoint, amount from gold.supervisory_cells
        where table_code = 'C_01.00' and row_code = '0010'
            and reporting_date = (select max(reporting_date) from gold.supervisory_cells)
        """
    ).fetchall()
    path = folder / "corep_of" / "reports" / "c_01.00.csv"
    filed = dict(list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:])
    assert Decimal(filed[own_funds["datapoint"]]) == own_funds["amount"]
    assert (folder / "corep_lr" / "reports" / "c_47.00.csv").is_file()
