with source as (
    select * from {{ source('bronze', 'transactions') }}
    where {{ instant_in_window('transaction_date') }}
)

select
    source.transaction_id,
    source.account_id,
    source.merchant_id,
    source.transaction_date as transaction_at,
    {{ business_date('source.transaction_date') }} as transaction_date,
    source.transaction_type,
    types.category as transaction_category,
    types.direction,
    source.channel,
    source.status,
    source.decline_reason,
    types.is_cash and source.channel in ('BRANCH', 'ATM') as is_cash,
    source.amount,
    source.currency,
    source.exchange_rate,
    round(source.amount * source.exchange_rate, 2) as account_amount,
    source.fees,
    {{ tidy('source.description') }} as description,
    {{ tidy('source.reference_number') }} as reference_number,
    source.counterparty_account_token,
    source.counterparty_account_country as counterparty_country
from source
left join {{ ref('transaction_types') }} as types
    on source.transaction_type = types.transaction_type
