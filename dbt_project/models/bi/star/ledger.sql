select
    fact_ledger.ledger_key,
    fact_ledger.date_key,
    fact_ledger.report_date,
    fact_ledger.account_code,
    fact_ledger.account_name,
    fact_ledger.account_type,
    fact_ledger.account_group,
    fact_ledger.currency,
    fact_ledger.opening_balance,
    fact_ledger.debit_amount,
    fact_ledger.credit_amount,
    fact_ledger.closing_balance,
    fact_ledger.movement,
    fact_ledger.natural_balance,
    fact_ledger.natural_movement,
    fact_ledger.is_result_account
from {{ ref('fact_ledger') }} as fact_ledger
