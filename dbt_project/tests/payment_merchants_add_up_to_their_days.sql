{{ config(meta={'dagster': {'ref': {'name': 'rollup_payment_merchants'}}}) }}

{# The merchants of a month cover all its payments. #}
with merchants as (
    select rollups.*
    from {{ ref('rollup_payment_merchants') }} as rollups
    where {{ in_months_of_window_if_given('rollups.month_end') }}
),

days as (
    select
        rollups.*,
        {{ month_end('rollups.payment_date') }} as month_end
    from {{ ref('rollup_payment_days') }} as rollups
    where {{ in_months_of_window_if_given('rollups.payment_date') }}
)

{{ sums_agree('merchants', 'days', 'month_end', payment_measures()) }}
