{{ config(meta={'dagster': {'ref': {'name': 'rollup_days'}}}) }}

{# Rows, amounts and distinct customers of a month equal those of its transactions. #}
with active as (
    select
        {{ month_end('facts.transaction_date') }} as month_end,
        facts.customer_key,
        facts.customer_id,
        count(*) as transaction_count,
        count(*) filter (where facts.is_completed) as completed_count,
        count(*) filter (
            where facts.is_completed and facts.transaction_type <> 'OPENING_BALANCE'
        ) as activity_count,
        sum(facts.amount) as instructed_amount,
        sum(facts.transaction_amount_abs) as attempted_amount,
        sum(facts.fees) as fees
    from {{ ref('fact_transactions') }} as facts
    where {{ in_months_of_window_if_given('facts.transaction_date') }}
    group by
        {{ month_end('facts.transaction_date') }}, facts.customer_key, facts.customer_id
),

transactions as (
    select
        active.month_end,
        sum(active.transaction_count) as transaction_count,
        sum(active.completed_count) as completed_count,
        sum(active.activity_count) as activity_count,
        sum(active.instructed_amount) as instructed_amount,
        sum(active.attempted_amount) as attempted_amount,
        sum(active.fees) as fees,
        count(distinct active.customer_key) as month_new_customer_keys,
        count(distinct active.customer_id) filter (where active.activity_count > 0)
            as month_new_active_customers
    from active
    group by active.month_end
),

days as (
    select
        rollups.*,
        {{ month_end('rollups.transaction_date') }} as month_end
    from {{ ref('rollup_days') }} as rollups
    where {{ in_months_of_window_if_given('rollups.transaction_date') }}
)

{{ sums_agree('transactions', 'days', 'month_end', [
    'transaction_count', 'completed_count', 'activity_count', 'instructed_amount',
    'attempted_amount', 'fees', 'month_new_customer_keys', 'month_new_active_customers',
]) }}
