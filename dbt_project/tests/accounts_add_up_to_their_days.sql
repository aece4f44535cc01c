{{ config(meta={'dagster': {'ref': {'name': 'rollup_accounts'}}}) }}

{# The accounts of a month cover all its transactions. #}
with accounts as (
    select rollups.*
    from {{ ref('rollup_accounts') }} as rollups
    where {{ in_months_of_window_if_given('rollups.month_end') }}
),

days as (
    select
        rollups.*,
        {{ month_end('rollups.transaction_date') }} as month_end
    from {{ ref('rollup_days') }} as rollups
    where {{ in_months_of_window_if_given('rollups.transaction_date') }}
)

{{ sums_agree('accounts', 'days', 'month_end', [
    'transaction_count', 'activity_count', 'instructed_amount', 'fees',
]) }}
