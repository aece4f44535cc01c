{{ config(materialized='view') }}

with cells as (
    select
        rollups.*,
        date_trunc('month', rollups.transaction_date::timestamp)::date as month_start,
        date_trunc('quarter', rollups.transaction_date::timestamp)::date as quarter_start,
        date_trunc('year', rollups.transaction_date::timestamp)::date as year_start
    from {{ ref('rollup_transactions') }} as rollups
)

select
    case
        when grouping(cells.month_start) = 0 then 'MONTH'
        when grouping(cells.quarter_start) = 0 then 'QUARTER'
        else 'YEAR'
    end as period,
    coalesce(cells.month_start, cells.quarter_start, cells.year_start) as period_start,
    {%- for measure in cube_measures() %}
        {{ cube_sum(measure) }} as {{ measure }},
    {%- endfor %}
    cells.rolled_up,
    cells.region,
    cells.product,
    cells.channel,
    cells.segment
from cells
group by
    grouping sets (
        (cells.year_start), (cells.quarter_start), (cells.month_start)
    ),
    cells.rolled_up, cells.region, cells.product, cells.channel, cells.segment
