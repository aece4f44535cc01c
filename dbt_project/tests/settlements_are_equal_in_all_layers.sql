{{ config(meta={'dagster': {'ref': {'name': 'fact_settlements'}}}) }}

{# Rows and amounts of bronze, silver and the fact are the same to the cent. #}
with layers as (
    select
        count(*) as row_count,
        sum(settlements.gross_amount) as gross_amount,
        sum(settlements.net_amount) as net_amount
    from {{ source('bronze', 'settlements') }} as settlements
    where
        {{ in_window_or_loaded(
            'settlements.cutoff_date', ref('stg_settlements'), 'cutoff_date'
        ) }}
    union all
    select
        count(*) as row_count,
        sum(settlements.gross_amount) as gross_amount,
        sum(settlements.net_amount) as net_amount
    from {{ ref('stg_settlements') }} as settlements
    where {{ in_window_if_given('settlements.cutoff_date') }}
    union all
    select
        sum(settlements.settlement_count) as row_count,
        sum(settlements.gross_amount) as gross_amount,
        sum(settlements.net_amount) as net_amount
    from {{ ref('fact_settlements') }} as settlements
    where {{ in_window_if_given('settlements.cutoff_date') }}
)

select
    min(layers.row_count) as fewest_rows,
    max(layers.row_count) as most_rows
from layers
having
    min(coalesce(layers.row_count, 0)) <> max(coalesce(layers.row_count, 0))
    or min(coalesce(layers.gross_amount, 0)) <> max(coalesce(layers.gross_amount, 0))
    or min(coalesce(layers.net_amount, 0)) <> max(coalesce(layers.net_amount, 0))
