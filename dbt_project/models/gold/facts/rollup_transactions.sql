with located as (
    {{ cube_rows() }}
    where {{ in_lookback_window('facts.transaction_date') }}
),

-- Higher levels aggregate the few cells of the level below, not the rows.
cells as (
    select
        located.transaction_date,
        located.region,
        located.product,
        located.channel,
        located.segment,
        count(*) as transaction_count,
        count(*) filter (where located.is_completed) as completed_count,
        count(*) filter (where located.is_failed) as failed_count,
        count(*) filter (where located.is_flagged) as flagged_count,
        count(*) filter (where located.is_fraud) as fraud_count,
        coalesce(sum(located.transaction_amount_abs) filter (where located.is_completed), 0)
            as volume_amount,
        coalesce(sum(located.credit_amount) filter (where located.is_completed), 0)
            as credit_amount,
        coalesce(sum(located.debit_amount) filter (where located.is_completed), 0)
            as debit_amount,
        coalesce(
            sum(located.transaction_amount_abs) filter (
                where located.is_completed and located.is_cash
            ),
            0
        ) as cash_amount,
        coalesce(sum(located.fees) filter (where located.is_completed), 0) as fees,
        coalesce(sum(located.net_amount) filter (where located.is_completed), 0) as net_amount,
        sum(located.risk_score) as risk_score_sum
    from located
    group by
        located.transaction_date, located.region, located.product, located.channel,
        located.segment
),

summed as (
    select
        cells.transaction_date,
        {%- for dimension in cube_dimensions() %}
            coalesce(cells.{{ dimension }}, 'ALL') as {{ dimension }},
        {%- endfor %}
        {%- for measure in cube_measures() %}
            {{ cube_sum(measure) }} as {{ measure }},
        {%- endfor %}
        grouping(cells.region, cells.product, cells.channel, cells.segment) as rolled_up
    from cells
    group by {{ cube_grouping_sets() }}
)

select
    {{ surrogate_key([
        "(summed.transaction_date - date '2000-01-01')::text", 'summed.region',
        'summed.product', 'summed.channel', 'summed.segment',
    ]) }} as cell_key,
    coalesce(dates.date_key, -1) as date_key,
    {%- for measure in cube_measures() %}
        summed.{{ measure }},
    {%- endfor %}
    summed.transaction_date,
    summed.rolled_up,
    summed.region,
    summed.product,
    summed.channel,
    summed.segment
from summed
left join {{ ref('dim_date') }} as dates
    on summed.transaction_date = dates.full_date
order by summed.transaction_date, summed.rolled_up
