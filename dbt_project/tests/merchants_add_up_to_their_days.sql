{{ config(meta={'dagster': {'ref': {'name': 'rollup_merchants'}}}) }}

{# The merchants of a day, including the key -1, cover all its transactions. #}
with merchants as (
    select rollups.*
    from {{ ref('rollup_merchants') }} as rollups
    where {{ in_window_if_given('rollups.transaction_date') }}
),

days as (
    select rollups.*
    from {{ ref('rollup_days') }} as rollups
    where {{ in_window_if_given('rollups.transaction_date') }}
)

{{ sums_agree('merchants', 'days', 'transaction_date', [
    'transaction_count', 'completed_count', 'failed_count', 'instructed_amount',
    'attempted_amount',
]) }}
