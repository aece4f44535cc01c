"""Contract of the reconciliation of the loan book with the general ledger.

The ledger is a dbt model; blocking checks are in
`finplatform.orchestration.checks.reconciliations`.
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
    exposures_drawn: Money = column("Drawn amount of exposures in the capital calculation.", ge=0)
    overdrafts: Money = column(
        "Overdrafts on deposit accounts, which are not measured exposures.", ge=0
    )
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
    expected_credit_loss: Money = column("Allowance required by IFRS 9.", ge=0)
    proposed_posting: Money = column(
        "Adjusting entry from the ledger's allowance to the expected credit losses; "
        "negative for a release; null without that line.",
        nullable=True,
    )
    posted_allowance: Money = column(
        "Allowance after the entry; null without that line.", ge=0, nullable=True
    )
    debit_group: str = column(
        "Debited ledger line; null without an entry.",
        isin=_SIDES,
        nullable=True,
    )
    credit_group: str = column(
        "Credited ledger line; null without an entry.", isin=_SIDES, nullable=True
    )
    status: str = column(
        "Result of the reconciliation: agreement, difference or missing side.", isin=list(STATES)
    )


LOAN_LEDGER = gold_contract(
    "loan_ledger_reconciliation", LoanLedgerReconciliation, ("reporting_date",), "reporting_date"
)
"""The one table."""
