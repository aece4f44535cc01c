{{ config(meta={'dagster': {'ref': {'name': 'fact_campaign_responses'}}}) }}

{# Rows, conversions and revenue of bronze, silver and the fact are the same to the cent. #}
with layers as (
    select
        count(*) as row_count,
        count(*) filter (where responses.is_converted) as conversions,
        coalesce(sum(responses.revenue), 0) as revenue
    from {{ source('bronze', 'campaign_responses') }} as responses
    where
        {{
            in_window_or_loaded(
                'responses.measured_date', ref('stg_campaign_responses'), 'measured_date'
            )
        }}
    union all
    select
        count(*) as row_count,
        count(*) filter (where responses.is_converted) as conversions,
        coalesce(sum(responses.revenue), 0) as revenue
    from {{ ref('stg_campaign_responses') }} as responses
    where {{ in_window_if_given('responses.measured_date') }}
    union all
    select
        count(*) as row_count,
        count(*) filter (where responses.is_converted) as conversions,
        coalesce(sum(responses.revenue), 0) as revenue
    from {{ ref('fact_campaign_responses') }} as responses
    where {{ in_window_if_given('responses.measured_date') }}
)

select
    min(layers.row_count) as fewest_rows,
    max(layers.row_count) as most_rows
from layers
having
    min(layers.row_count) <> max(layers.row_count)
    or min(layers.conversions) <> max(layers.conversions)
    or min(layers.revenue) <> max(layers.revenue)
