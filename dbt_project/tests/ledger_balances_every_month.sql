{# Debits equal credits, and assets equal liabilities, equity and the year's result so far. #}
select
    ledger.report_date,
    ledger.currency
from {{ ref('fact_ledger') }} as ledger
group by ledger.report_date, ledger.currency
having
    sum(ledger.debit_amount) <> sum(ledger.credit_amount)
    or sum(
        case when ledger.account_type in ('ASSET', 'EXPENSE') then 1 else -1 end
        * ledger.natural_balance
    ) <> 0
