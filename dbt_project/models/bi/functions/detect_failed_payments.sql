select
    payments.payment_id,
    payments.payment_at,
    payments.customer_id,
    payments.merchant_id,
    merchants.merchant_name,
    payments.amount,
    payments.currency,
    payments.payment_method,
    payments.failure_reason,
    payments.risk_score
from {{ ref('fact_payments') }} as payments
inner join {{ ref('dim_merchant') }} as merchants
    on payments.merchant_key = merchants.merchant_key
where
    payments.status = 'FAILED'
    and payments.payment_date between {{ argument('start_date') }} and {{ argument('end_date') }}
order by payments.payment_at, payments.payment_id
