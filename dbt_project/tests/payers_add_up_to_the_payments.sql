{{ config(meta={'dagster': {'ref': {'name': 'rollup_payers'}}}) }}

{# Customers cover the payments of all days, in each currency. #}
with payers as (
    select rollups.*
    from {{ ref('rollup_payers') }} as rollups
),

days as (
    select rollups.*
    from {{ ref('rollup_payment_days') }} as rollups
)

{{ sums_agree('payers', 'days', 'currency', payment_measures()) }}
