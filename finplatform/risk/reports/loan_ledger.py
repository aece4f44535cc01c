"""The loan book against the general ledger, and what the ledger should post for credit losses.

Two pairs must agree to the cent: loans in the ledger and drawn amounts of exposures with
overdrafts; the allowance in the ledger and the specific provisions in the core system. The expected
credit losses of IFRS 9 are computed after the core system closed its books, so that they differ
from its allowance by the entry that is proposed here. Own funds and the leverage ratio take the
entry as posted at the month end.

Belongs here: both sides of a reporting date, their differences and the proposed entry. Does not
belong here: the checks that stop a run (`finplatform.orchestration.checks`), or the losses
(`credit_losses`).
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl

from finplatform.risk.reports.ledger import ZERO, Ledger
from finplatform.risk.reports.leverage import ALLOWANCE
from finplatform.windows import date_key

LOANS, LOSSES = "LOANS", "CREDIT_LOSS"
RECONCILED: Final = "RECONCILED"
DIFFERENT: Final = "DIFFERENT"
NO_LEDGER: Final = "NO_LEDGER"
NO_LOAN_LINE: Final = "NO_LOAN_LINE"
NO_ALLOWANCE_LINE: Final = "NO_ALLOWANCE_LINE"
STATES = (RECONCILED, DIFFERENT, NO_LEDGER, NO_LOAN_LINE, NO_ALLOWANCE_LINE)
"""Both sides agree; they do not; the books of the date, or one of their lines, are missing."""


def loan_ledger_figures(
    amounts: pl.DataFrame,
    overdrafts: pl.DataFrame,
    provisions: pl.DataFrame,
    allowances: pl.DataFrame,
    ledger: Ledger,
    currency: str,
) -> pl.DataFrame:
    """Both sides of each reporting date.

    Args:
        amounts: reporting_date, drawn_amount: drawn on measured exposures.
        overdrafts: reporting_date, overdrawn_amount: owed on accounts that are no credit line.
        provisions: reporting_date, specific_provision.
        allowances: reporting_date, allowance: expected credit losses.
        ledger: The books.
        currency: Currency of the reports.

    Returns:
        Columns of `gold.loan_ledger_reconciliation`, one row per date of `amounts`.
    """
    overdrawn, held, expected = (_by_date(part) for part in (overdrafts, provisions, allowances))
    rows = [
        _row(
            day,
            drawn,
            overdrawn.get(day, ZERO),
            held.get(day, ZERO),
            expected.get(day, ZERO),
            ledger,
            currency,
        )
        for day, drawn in sorted(_by_date(amounts).items())
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def postings_by_date(reconciliation: pl.DataFrame) -> dict[date, Decimal]:
    """The entry of each date whose ledger keeps an allowance.

    Args:
        reconciliation: Rows of `gold.loan_ledger_reconciliation`.
    """
    return _by_date(reconciliation.select("reporting_date", "proposed_posting").drop_nulls())


def _row(
    day: date,
    drawn: Decimal,
    overdrawn: Decimal,
    provision: Decimal,
    expected: Decimal,
    ledger: Ledger,
    currency: str,
) -> dict[str, Any]:
    lines = ledger.groups(day)
    gross = lines.get(LOANS)
    # A ledger that has not booked any allowance keeps no such line as long as nothing is provided.
    booked = -lines[ALLOWANCE] if ALLOWANCE in lines else None
    gross_left = None if gross is None else gross - drawn - overdrawn
    allowance_left = None if booked is None else booked - provision
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "currency": currency,
        "ledger_loans": gross,
        "exposures_drawn": drawn,
        "overdrafts": overdrawn,
        "gross_difference": gross_left,
        "ledger_allowance": booked,
        "specific_provisions": provision,
        "allowance_difference": allowance_left,
        "expected_credit_loss": expected,
        "proposed_posting": None if booked is None else expected - booked,
        "posted_allowance": None if booked is None else expected,
        "debit_group": _side(booked, expected, LOSSES, ALLOWANCE),
        "credit_group": _side(booked, expected, ALLOWANCE, LOSSES),
        "status": _status(ledger.has(day), gross_left, allowance_left),
    }


def _side(booked: Decimal | None, expected: Decimal, rising: str, falling: str) -> str | None:
    """Line of one side of the entry; none where nothing is to be posted."""
    if booked is None or booked == expected:
        return None
    return rising if expected > booked else falling


def _status(has_ledger: bool, gross_left: Decimal | None, allowance_left: Decimal | None) -> str:
    if not has_ledger:
        return NO_LEDGER
    if gross_left is None:
        return NO_LOAN_LINE
    if allowance_left is None:
        return NO_ALLOWANCE_LINE
    return DIFFERENT if gross_left or allowance_left else RECONCILED


def _by_date(frame: pl.DataFrame) -> dict[date, Decimal]:
    """Second column by the first, as exact decimals."""
    return {day: Decimal(amount or 0) for day, amount in frame.iter_rows()}
