with paid as (
    select
        payments.customer_id,
        payments.currency,
        {{ payment_counts() }},
        sum(payments.successful_amount) as total_spent,
        round(avg(payments.amount) filter (where payments.is_successful), 2)
            as average_transaction_amount,
        max(payments.amount) filter (where payments.is_successful) as largest_transaction_amount,
        count(distinct payments.merchant_id) as merchant_count,
        {{ per_cent(
            "count(*) filter (where payments.payment_method in ('CREDIT_CARD', 'DEBIT_CARD'))",
            'count(*)'
        ) }} as card_rate,
        round(avg(payments.risk_score), 2) as average_risk_score,
        max(payments.risk_score) as highest_risk_score,
        count(*) filter (where payments.risk_band = 'HIGH') as high_risk_transactions,
        count(*) filter (where payments.is_fraud_flagged) as fraud_flagged_transactions,
        min(payments.payment_date) as first_payment_date,
        max(payments.payment_date) as last_payment_date
    from {{ ref('fact_payments') }} as payments
    group by payments.customer_id, payments.currency
),

-- Of a customer who was deleted, the last version counts.
customers as (
    select distinct on (versions.customer_id) versions.*
    from {{ ref('dim_customer') }} as versions
    order by versions.customer_id asc, versions.valid_from desc
),

last_day as (
    select max(payments.payment_date) as as_of_date
    from {{ ref('fact_payments') }} as payments
)

select
    coalesce(customers.customer_key, -1) as customer_key,
    paid.customer_id,
    coalesce(customers.customer_name, 'Unknown') as customer_name,
    coalesce(customers.customer_tier, 'UNKNOWN') as customer_tier,
    coalesce(customers.risk_profile, 'UNKNOWN') as risk_profile,
    customers.credit_score,
    coalesce(customers.credit_score_band, 'UNKNOWN') as credit_score_band,
    coalesce(customers.country, 'XX') as country,
    paid.currency,
    paid.total_transactions,
    paid.successful_transactions,
    paid.failed_transactions,
    paid.pending_transactions,
    paid.refunded_transactions,
    paid.success_rate,
    paid.total_spent,
    paid.average_transaction_amount,
    paid.largest_transaction_amount,
    paid.merchant_count,
    paid.card_rate,
    paid.average_risk_score,
    paid.highest_risk_score,
    paid.high_risk_transactions,
    paid.fraud_flagged_transactions,
    paid.first_payment_date,
    paid.last_payment_date,
    last_day.as_of_date - paid.last_payment_date as days_since_last_payment
from paid
left join customers
    on paid.customer_id = customers.customer_id
cross join last_day
