with source as (
    select * from {{ source('bronze', 'transaction_events') }}
)

select
    source.event_id,
    source.source as source_system,
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
    source.amount,
    source.currency,
    source.exchange_rate,
    round(source.amount * source.exchange_rate, 2) as account_amount,
    source.fees,
    {{ tidy('source.reference_number') }} as reference_number,
    source.received_at,
    split_part(source.message_id, '-', 1)::numeric(20) as sent_ms,
    split_part(source.message_id, '-', 2)::numeric(20) as sent_number
from source
left join {{ ref('transaction_types') }} as types
    on source.transaction_type = types.transaction_type
