{#
    Row-level security hides cells of all regions from readers of some regions; the view adds up
    their own cells.
#}
with cells as (
    select
        {%- for measure in payment_measures() %}
            days.{{ measure }},
        {%- endfor %}
        days.payment_date,
        days.payment_method,
        days.currency
    from {{ ref('rollup_payment_days') }} as days
    union all
    select
        {{ payment_sums() }},
        payments.payment_date,
        payments.payment_method,
        payments.currency
    from {{ ref('fact_payments') }} as payments
    where not exists (select from {{ ref('rollup_payment_days') }})
    group by payments.payment_date, payments.payment_method, payments.currency
)

select
    cells.payment_date as transaction_date,
    cells.payment_method,
    cells.currency,
    cells.payment_count as total_transactions,
    cells.successful_count as successful_transactions,
    cells.failed_count as failed_transactions,
    cells.pending_count as pending_transactions,
    cells.refunded_count as refunded_transactions,
    {{ per_cent('cells.successful_count', 'cells.payment_count') }} as success_rate,
    cells.amount as total_amount,
    cells.successful_amount as total_revenue,
    cells.commission_amount as total_commission,
    round(cells.amount / cells.payment_count, 2) as average_amount,
    round(cells.risk_score_sum / cells.payment_count, 2) as average_risk_score,
    cells.high_risk_count as high_risk_transactions,
    cells.fraud_flagged_count as fraud_flagged_transactions
from cells
