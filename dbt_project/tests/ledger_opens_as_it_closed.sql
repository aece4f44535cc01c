{# The opening balance of every ledger account is the closing balance of the previous month. #}
with ordered as (
    select
        ledger.report_date,
        ledger.account_code,
        ledger.opening_balance,
        lag(ledger.closing_balance) over account as closed_with,
        lag(ledger.report_date) over account as closed_on
    from {{ ref('fact_ledger') }} as ledger
    window account as (
        partition by ledger.account_code, ledger.currency
        order by ledger.report_date
    )
)

select
    ordered.report_date,
    ordered.account_code
from ordered
where
    ordered.closed_on = {{ shift_month_end('ordered.report_date', -1) }}
    and ordered.opening_balance <> ordered.closed_with
