with paid as (
    select
        payers.customer_id,
        payers.currency,
        payers.payment_count as total_transactions,
        payers.successful_count as successful_transactions,
        payers.failed_count as failed_transactions,
        payers.pending_count as pending_transactions,
        payers.refunded_count as refunded_transactions,
        {{ per_cent('payers.successful_count', 'payers.payment_count') }} as success_rate,
        payers.successful_amount as total_spent,
        round(payers.successful_amount / nullif(payers.successful_count, 0), 2)
            as average_transaction_amount,
        payers.max_amount as max_transaction_amount,
        payers.merchant_count,
        {{ per_cent('payers.card_count', 'payers.payment_count') }} as card_rate,
        round(payers.risk_score_sum / payers.payment_count, 2) as average_risk_score,
        payers.max_risk_score,
        payers.high_risk_count as high_risk_transactions,
        payers.fraud_flagged_count as fraud_flagged_transactions,
        payers.first_payment_date,
        payers.last_payment_date
    from {{ ref('rollup_payers') }} as payers
),

-- A deleted customer has the last version.
customers as (
    select distinct on (versions.customer_id) versions.*
    from {{ ref('dim_customer') }} as versions
    order by versions.customer_id asc, versions.valid_from desc
),

last_day as (
    select max(payers.last_payment_date) as as_of_date
    from {{ ref('rollup_payers') }} as payers
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
    paid.max_transaction_amount,
    paid.merchant_count,
    paid.card_rate,
    paid.average_risk_score,
    paid.max_risk_score,
    paid.high_risk_transactions,
    paid.fraud_flagged_transactions,
    paid.first_payment_date,
    paid.last_payment_date,
    last_day.as_of_date - paid.last_payment_date as days_since_last_payment
from paid
left join customers
    on paid.customer_id = customers.customer_id
cross join last_day
