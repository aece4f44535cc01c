"""The loan book against the ledger."""

from decimal import Decimal

import polars as pl
import pytest

from finplatform.risk.reports import loan_ledger
from finplatform.risk.reports.ledger import Ledger
from finplatform.risk.reports.loan_ledger import loan_ledger_figures
from finplatform_tests.unit.risk.reports.books import JANUARY, MONEY


def _ledger(**lines: str) -> Ledger:
    return Ledger(
        pl.DataFrame(
            {
                "report_date": [JANUARY] * len(lines),
                "account_group": [name.upper() for name in lines],
                "natural_balance": [Decimal(amount) for amount in lines.values()],
                "natural_movement": [Decimal(0)] * len(lines),
            },
            schema={
                "report_date": pl.Date,
                "account_group": pl.String,
                "natural_balance": MONEY,
                "natural_movement": MONEY,
            },
        )
    )


def _sum(name: str, amount: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"reporting_date": [JANUARY], name: [Decimal(amount) if amount else None]},
        schema={"reporting_date": pl.Date, name: MONEY},
    )


def _row(
    ledger: Ledger, *, drawn: str = "990.00", provision: str = "40.00", loss: str = "55.50"
) -> dict[str, object]:
    return loan_ledger_figures(
        _sum("drawn_amount", drawn),
        _sum("overdrawn_amount", "10.00"),
        _sum("specific_provision", provision),
        _sum("allowance", loss),
        ledger,
        "USD",
    ).row(0, named=True)


def test_equal_sides_are_reconciled_and_the_rest_is_proposed() -> None:
    row = _row(_ledger(loans="1000.00", allowance="-40.00"))
    assert row["status"] == loan_ledger.RECONCILED
    assert row["gross_difference"] == row["allowance_difference"] == 0
    assert row["proposed_posting"] == Decimal("15.50")
    assert (row["debit_group"], row["credit_group"]) == ("CREDIT_LOSS", "ALLOWANCE")


def test_too_much_allowance_is_released() -> None:
    row = _row(_ledger(loans="1000.00", allowance="-40.00"), loss="30.00")
    assert row["proposed_posting"] == Decimal("-10.00")
    assert (row["debit_group"], row["credit_group"]) == ("ALLOWANCE", "CREDIT_LOSS")


def test_an_allowance_that_is_right_needs_no_entry() -> None:
    row = _row(_ledger(loans="1000.00", allowance="-40.00"), loss="40.00")
    assert row["proposed_posting"] == 0
    assert row["debit_group"] is row["credit_group"] is None


@pytest.mark.parametrize("sides", [{"drawn": "989.99"}, {"provision": "40.01"}])
def test_one_cent_apart_is_different(sides: dict[str, str]) -> None:
    row = _row(_ledger(loans="1000.00", allowance="-40.00"), **sides)
    assert row["status"] == loan_ledger.DIFFERENT


@pytest.mark.parametrize(
    ("ledger", "status"),
    [
        (_ledger(allowance="-40.00"), loan_ledger.NO_LOAN_LINE),
        (_ledger(loans="1000.00"), loan_ledger.NO_ALLOWANCE_LINE),
        (Ledger(pl.DataFrame(schema={
            "report_date": pl.Date, "account_group": pl.String,
            "natural_balance": MONEY, "natural_movement": MONEY,
        })), loan_ledger.NO_LEDGER),
    ],
)  # fmt: skip
def test_a_line_that_is_missing_is_named_and_nothing_is_compared_with_it(
    ledger: Ledger, status: str
) -> None:
    row = _row(ledger)
    assert row["status"] == status
    assert (row["gross_difference"] is None) == (status != loan_ledger.NO_ALLOWANCE_LINE)
    assert (row["proposed_posting"] is None) == (status != loan_ledger.NO_LOAN_LINE)


def test_a_bank_without_exposures_has_no_rows() -> None:
    none = _sum("drawn_amount", "1").clear()
    found = loan_ledger_figures(
        none, none, none, none, _ledger(loans="1.00", allowance="0.00"), "USD"
    )
    assert found.is_empty()
