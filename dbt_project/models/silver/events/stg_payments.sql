with source as (
    select * from {{ source('bronze', 'payments') }}
    where {{ instant_in_window('payment_at') }}
)

select
    source.payment_id,
    source.customer_id,
    source.merchant_id,
    source.settlement_id,
    source.payment_at,
    {{ business_date('source.payment_at') }} as payment_date,
    source.completed_at,
    source.refunded_at,
    source.payment_method,
    source.status,
    source.failure_reason,
    source.amount,
    source.currency,
    source.commission_rate,
    source.commission_amount,
    source.risk_score,
    source.is_fraud_flagged
from source
