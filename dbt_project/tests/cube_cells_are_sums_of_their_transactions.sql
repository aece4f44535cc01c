{{ config(meta={'dagster': {'ref': {'name': 'rollup_transactions'}}}) }}

{#
    Every cell is the sum of its transactions: the finest cells one by one, all other levels,
    including the grand total, by day.
#}
with finest as (
    select
        located.transaction_date,
        located.region,
        located.product,
        located.channel,
        located.segment,
        count(*) as row_count,
        coalesce(sum(located.transaction_amount_abs) filter (where located.is_completed), 0)
            as amount
    from (
        {{ cube_rows() }}
        where {{ in_window_if_given('facts.transaction_date') }}
    ) as located
    group by
        located.transaction_date, located.region, located.product, located.channel,
        located.segment
),

cells as (
    select rollups.*
    from {{ ref('rollup_transactions') }} as rollups
    where {{ in_window_if_given('rollups.transaction_date') }}
),

differences as (
    select
        cells.transaction_date,
        cells.rolled_up,
        cells.region,
        cells.product,
        cells.channel,
        cells.segment,
        cells.transaction_count as row_count,
        cells.volume_amount as amount
    from cells
    where cells.rolled_up = 0
    union all
    select
        finest.transaction_date,
        0 as rolled_up,
        finest.region,
        finest.product,
        finest.channel,
        finest.segment,
        -finest.row_count as row_count,
        -finest.amount as amount
    from finest
    union all
    select
        cells.transaction_date,
        cells.rolled_up,
        null as region,
        null as product,
        null as channel,
        null as segment,
        cells.transaction_count as row_count,
        cells.volume_amount as amount
    from cells
    where cells.rolled_up > 0
    union all
    select
        totals.transaction_date,
        levels.rolled_up,
        null as region,
        null as product,
        null as channel,
        null as segment,
        -totals.row_count as row_count,
        -totals.amount as amount
    from (
        select
            finest.transaction_date,
            sum(finest.row_count) as row_count,
            sum(finest.amount) as amount
        from finest
        group by finest.transaction_date
    ) as totals
    cross join (
        values (15), (7), (11), (13), (14), (3), (9), (12)
    ) as levels (rolled_up)
)

select
    differences.transaction_date,
    differences.rolled_up,
    differences.region,
    differences.product,
    differences.channel,
    differences.segment,
    sum(differences.row_count) as missing_rows,
    sum(differences.amount) as missing_amount
from differences
group by
    differences.transaction_date, differences.rolled_up, differences.region,
    differences.product, differences.channel, differences.segment
having sum(differences.row_count) <> 0 or sum(differences.amount) <> 0
