{{ config(meta={'dagster': {'ref': {'name': 'fact_country_month'}}}) }}

with bronze as (
    select
        count(*) as row_count,
        coalesce(sum(amount), 0) as amount,
        coalesce(sum(amount_usd) filter (where status = 'SUCCESS'), 0) as amount_usd
    from {{ source('bronze', 'development_operations') }}
),

silver as (
    select
        count(*) as row_count,
        coalesce(sum(amount), 0) as amount
    from {{ ref('stg_development_operations') }}
),

fact as (
    select
        coalesce(sum(operation_count), 0) as row_count,
        coalesce(sum(amount_usd), 0) as amount_usd
    from {{ ref('fact_country_month') }}
)

select
    bronze.row_count as bronze_rows,
    silver.row_count as silver_rows,
    fact.row_count as fact_rows
from bronze
cross join silver
cross join fact
where
    bronze.row_count <> silver.row_count
    or bronze.row_count <> fact.row_count
    or bronze.amount <> silver.amount
    -- Amounts without US dollars in the source are converted and added.
    or fact.amount_usd < bronze.amount_usd
