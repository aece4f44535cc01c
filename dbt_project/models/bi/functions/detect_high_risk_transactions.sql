select
    payments.payment_id,
    payments.payment_at,
    payments.customer_id,
    payments.merchant_id,
    merchants.merchant_name,
    payments.amount,
    payments.currency,
    payments.payment_method,
    payments.status,
    payments.risk_score,
    payments.is_fraud_flagged
from {{ ref('fact_payments') }} as payments
inner join {{ ref('dim_merchant') }} as merchants
    on payments.merchant_key = merchants.merchant_key
where payments.risk_score >= {{ argument('threshold') }}
order by payments.risk_score desc, payments.payment_id asc
