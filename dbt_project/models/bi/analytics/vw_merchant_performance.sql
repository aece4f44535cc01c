{#
    Row-level security hides cells of all regions from readers of some regions; the view adds up
    their own cells.
#}
with cells as (
    select
        months.merchant_key,
        months.merchant_id,
        months.currency,
        {%- for measure in payment_measures() %}
            months.{{ measure }},
        {%- endfor %}
        months.last_payment_date
    from {{ ref('rollup_payment_merchants') }} as months
    union all
    select
        payments.merchant_key,
        payments.merchant_id,
        payments.currency,
        {{ payment_sums() }},
        max(payments.payment_date) as last_payment_date
    from {{ ref('fact_payments') }} as payments
    where not exists (select from {{ ref('rollup_payment_merchants') }})
    group by payments.merchant_key, payments.merchant_id, payments.currency
),

paid as (
    select
        cells.merchant_key,
        cells.merchant_id,
        cells.currency,
        {{ summed_payment_counts() }},
        sum(cells.successful_amount) as total_revenue,
        sum(cells.commission_amount) as total_commission,
        round(sum(cells.successful_amount) / nullif(sum(cells.successful_count), 0), 2)
            as average_transaction_amount,
        round(sum(cells.risk_score_sum) / sum(cells.payment_count), 2) as average_risk_score,
        sum(cells.fraud_flagged_count)::bigint as fraud_flagged_transactions,
        max(cells.last_payment_date) as last_payment_date
    from cells
    group by cells.merchant_key, cells.merchant_id, cells.currency
),

settled as (
    select
        settlements.merchant_id,
        settlements.currency,
        count(*) as total_settlements,
        coalesce(sum(settlements.net_amount) filter (where not settlements.is_open), 0)
            as settled_amount,
        coalesce(sum(settlements.net_amount) filter (where settlements.is_open), 0) as open_amount,
        count(*) filter (where settlements.is_breached_to_date) as sla_breaches,
        {{ per_cent('count(*) filter (where settlements.is_breached_to_date)', 'count(*)') }}
            as sla_breach_rate,
        round(avg(settlements.days_late_to_date) filter (where settlements.is_breached_to_date), 2)
            as average_days_late
    from {{ ref('settlements') }} as settlements
    group by settlements.merchant_id, settlements.currency
)

select
    paid.merchant_key,
    paid.merchant_id,
    merchants.merchant_name,
    merchants.category,
    merchants.business_type,
    merchants.country,
    merchants.risk_level,
    merchants.commission_rate,
    paid.currency,
    paid.total_transactions,
    paid.successful_transactions,
    paid.failed_transactions,
    paid.pending_transactions,
    paid.refunded_transactions,
    paid.success_rate,
    paid.total_revenue,
    paid.total_commission,
    paid.average_transaction_amount,
    paid.average_risk_score,
    paid.fraud_flagged_transactions,
    paid.last_payment_date,
    coalesce(settled.total_settlements, 0) as total_settlements,
    coalesce(settled.settled_amount, 0) as settled_amount,
    coalesce(settled.open_amount, 0) as open_amount,
    coalesce(settled.sla_breaches, 0) as sla_breaches,
    settled.sla_breach_rate,
    settled.average_days_late
from paid
inner join {{ ref('dim_merchant') }} as merchants
    on paid.merchant_key = merchants.merchant_key
left join settled
    on paid.merchant_id = settled.merchant_id and paid.currency = settled.currency
