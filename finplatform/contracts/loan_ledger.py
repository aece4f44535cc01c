"""Contract of the loan book against the general ledger.

Belongs here: `gold.loan_ledger_reconciliation`. Does not belong here: the ledger itself (a dbt
model), or the checks that stop a run (`finplatform.orchestration.checks.reconciliations`).
"""

from finplatform.contracts.columns import Money, column
from finplatform.contracts.python_made import gold_contract
from finplatform.contracts.report_columns import MoneyReport
from finplatform.risk.reports.leverage import ALLOWANCE
from finplatform.risk.reports.loan_ledger import LOSSES, STATES

_SIDES = [ALLOWANCE, LOSSES]


class LoanLedgerReconciliation(MoneyReport):
    """One row per reporting date."""

    ledger_loans: Money = column(
        "Loans, cards and overdrafts in the ledger; null without that line.", nullable=True
    )
    exposures_drawn: Money = column("Drawn on exposures that capital is measured of.", ge=0)
    overdrafts: Money = column("Owed on deposit accounts, which are no measured exposure.", ge=0)
    gross_difference: Money = column(
        "Ledger less exposures and overdrafts; null without that line.", nullable=True
    )
    ledger_allowance: Money = column(
        "Allowance in the ledger, as a positive amount; null without that line.", nullable=True
    )
    specific_provisions: Money = column("Specific provisions of the loans.", ge=0)
    allowance_difference: Money = column(
        "Ledger less provisions; null without that line.", nullable=True
    )
    expected_credit_loss: Money = column("Allowance that IFRS 9 asks for.", ge=0)
    proposed_posting: Money = column(
        "Entry that brings the ledger's allowance to the expected credit losses; below zero it"
        " releases; null without that line.",
        nullable=True,
    )
    posted_allowance: Money = column(
        "Allowance with the entry; null without that line.", ge=0, nullable=True
    )
    debit_group: str = column(
        "Line of the ledger that the entry debits; null where nothing is to be posted.",
        isin=_SIDES,
        nullable=True,
    )
    credit_group: str = column(
        "Line that it credits; null where nothing is to be posted.", isin=_SIDES, nullable=True
    )
    status: str = column("Whether both sides agree, or what is missing.", isin=list(STATES))


LOAN_LEDGER = gold_contract(
    "loan_ledger_reconciliation", LoanLedgerReconciliation, ("reporting_date",), "reporting_date"
)
"""The one table."""
