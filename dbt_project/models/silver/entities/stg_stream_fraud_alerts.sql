with source as (
    select * from {{ source('bronze', 'stream_fraud_alerts') }}
)

select
    source.alert_id,
    source.event_id,
    source.transaction_id,
    source.account_id,
    source.transaction_at,
    source.amount,
    source.currency,
    source.raised_at,
    {{ business_date('source.raised_at') }} as raised_date,
    source.rule_code,
    source.rules,
    source.fraud_probability,
    source.score,
    source.severity,
    source.is_blocked
from source
