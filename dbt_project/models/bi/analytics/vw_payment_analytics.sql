select
    payments.payment_date as transaction_date,
    payments.payment_method,
    payments.currency,
    {{ payment_counts() }},
    sum(payments.amount) as total_amount,
    sum(payments.successful_amount) as total_revenue,
    sum(payments.commission_amount) as total_commission,
    round(avg(payments.amount), 2) as average_amount,
    round(avg(payments.risk_score), 2) as average_risk_score,
    count(*) filter (where payments.risk_band = 'HIGH') as high_risk_transactions,
    count(*) filter (where payments.is_fraud_flagged) as fraud_flagged_transactions
from {{ ref('fact_payments') }} as payments
group by payments.payment_date, payments.payment_method, payments.currency
