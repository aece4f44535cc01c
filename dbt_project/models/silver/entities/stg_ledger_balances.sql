with source as (
    select * from {{ source('bronze', 'ledger_balances') }}
)

select
    source.report_date,
    {{ tidy_code('source.account_code') }} as account_code,
    {{ tidy('source.account_name') }} as account_name,
    {{ tidy_code('source.account_type') }} as account_type,
    {{ tidy_code('source.account_group') }} as account_group,
    {{ tidy_code('source.currency') }} as currency,
    source.opening_balance,
    source.debit_amount,
    source.credit_amount,
    source.closing_balance
from source
