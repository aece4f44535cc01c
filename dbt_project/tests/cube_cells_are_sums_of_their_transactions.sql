{{ config(meta={'dagster': {'ref': {'name': 'rollup_transactions'}}}) }}

{#
    Every cell is the sum of the transactions with its coordinates: the finest cells one by one,
    and every other level, the grand total among them, by day.
#}
with located as (
    {{ cube_rows() }}
    where {{ in_window_if_given('facts.transaction_date') }}
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
        located.transaction_date,
        0 as rolled_up,
        located.region,
        located.product,
        located.channel,
        located.segment,
        -1 as row_count,
        case when located.is_completed then -located.transaction_amount_abs else 0 end as amount
    from located
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
            located.transaction_date,
            count(*) as row_count,
            coalesce(sum(located.transaction_amount_abs) filter (where located.is_completed), 0)
                as amount
        from located
        group by located.transaction_date
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
