"""The loan book against the general ledger as an asset: `gold/loan_ledger_reconciliation`.

Belongs here: reading both sides. Does not belong here: the comparison
(`finplatform.risk.reports.loan_ledger`).
"""

import polars as pl

from finplatform.orchestration.assets.risk.capital_reports import LEDGER, METRICS, PROVISIONS
from finplatform.orchestration.assets.risk.report import Frames, Query, Report, ReportContext
from finplatform.risk.reports.ledger import Ledger
from finplatform.risk.reports.loan_ledger import loan_ledger_figures

_DRAWN = Query(
    "select reporting_date, sum(drawn_amount) as drawn_amount"
    " from gold.fact_risk_metrics where {window} group by reporting_date",
    (METRICS,),
    "reporting_date",
    ("drawn_amount",),
)
_ALLOWANCES = Query(
    "select reporting_date, sum(allowance) as allowance"
    " from gold.expected_credit_loss where {window} group by reporting_date",
    ("gold.expected_credit_loss",),
    "reporting_date",
    ("allowance",),
)
_OVERDRAFTS = Query(
    "select balances.balance_date as reporting_date,"
    " sum(greatest(-balances.closing_balance, 0)) as overdrawn_amount"
    " from gold.fact_balances as balances"
    " inner join gold.dim_account as accounts on balances.account_key = accounts.account_key"
    " where accounts.account_type <> 'CREDIT_CARD' and balances.balance_date in"
    " (select distinct reporting_date from gold.fact_risk_metrics where {window})"
    " group by balances.balance_date",
    ("gold.fact_balances", "gold.dim_account", METRICS),
    "reporting_date",
    ("overdrawn_amount",),
)


def _reconciliation(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return loan_ledger_figures(
        frames["drawn"],
        frames["overdrafts"],
        frames["provisions"],
        frames["allowances"],
        Ledger(frames["ledger"]),
        context.currency,
    )


LOAN_LEDGER = (
    Report(
        "loan_ledger_reconciliation",
        "Loans and allowance of the ledger against exposures and provisions, and the "
        "adjusting entry from the allowance to the expected credit losses.",
        _reconciliation,
        queries={
            "drawn": _DRAWN,
            "overdrafts": _OVERDRAFTS,
            "provisions": PROVISIONS,
            "allowances": _ALLOWANCES,
            "ledger": LEDGER,
        },
    ),
)
"""The report of the loan ledger."""
