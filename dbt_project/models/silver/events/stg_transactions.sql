with source as (
    select * from {{ source('bronze', 'transactions') }}
    where {{ instant_in_window('transaction_date') }}
),

directed as (
    select
        source.*,
        types.direction,
        types.category,
        types.is_cash and source.channel in ('BRANCH', 'ATM') as is_cash,
        round(source.amount * source.exchange_rate, 2) as account_amount
    from source
    left join {{ ref('transaction_types') }} as types
        on source.transaction_type = types.transaction_type
)

select
    directed.transaction_id,
    directed.account_id,
    directed.merchant_id,
    directed.transaction_date as transaction_at,
    {{ utc_date('directed.transaction_date') }} as transaction_date,
    directed.transaction_type,
    directed.category as transaction_category,
    directed.direction,
    directed.channel,
    directed.status,
    directed.is_cash,
    directed.amount,
    directed.currency,
    directed.exchange_rate,
    directed.account_amount as transaction_amount_abs,
    directed.direction * directed.account_amount as transaction_amount,
    directed.fees,
    directed.direction * directed.account_amount - directed.fees as net_amount,
    case
        when directed.status = 'COMPLETED'
            then directed.direction * directed.account_amount - directed.fees
        else 0
    end as balance_effect,
    {{ tidy('directed.description') }} as description,
    {{ tidy('directed.reference_number') }} as reference_number,
    directed.counterparty_account_token
from directed
