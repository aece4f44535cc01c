{{ config(meta={'dagster': {'ref': {'name': 'rollup_payment_days'}}}) }}

with payments as (
    select
        facts.payment_date,
        facts.payment_count,
        facts.is_successful::integer as successful_count,
        facts.amount,
        facts.successful_amount,
        facts.commission_amount,
        facts.risk_score as risk_score_sum
    from {{ ref('fact_payments') }} as facts
    where {{ in_window_if_given('facts.payment_date') }}
),

days as (
    select rollups.*
    from {{ ref('rollup_payment_days') }} as rollups
    where {{ in_window_if_given('rollups.payment_date') }}
)

{{ sums_agree('payments', 'days', 'payment_date', [
    'payment_count', 'successful_count', 'amount', 'successful_amount', 'commission_amount',
    'risk_score_sum',
]) }}
