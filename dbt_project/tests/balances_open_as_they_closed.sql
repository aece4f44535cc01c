{{ config(meta={'dagster': {'ref': {'name': 'fact_balances'}}}) }}

{#
    The opening balance of every day is the closing balance of the previous day; a missing row is 0.
    With a window only its first and last day are tested, where two loads meet; within a load one
    running sum computes both.
#}
with balances as (
    select
        stored.account_id,
        stored.balance_date,
        stored.opening_balance,
        stored.closing_balance
    from {{ ref('fact_balances') }} as stored
    {%- if has_window() %}
        where
            stored.balance_date in (
                {{ window_start() }} - 1, {{ window_start() }},
                {{ window_end() }} - 1, {{ window_end() }}
            )
    {%- endif %}
),

days as (
    select
        balances.balance_date as day,
        lag(balances.balance_date) over (order by balances.balance_date) as day_before
    from balances
    group by balances.balance_date
),

changes as (
    select
        balances.account_id,
        days.day,
        balances.opening_balance as amount
    from days
    inner join balances
        on days.day = balances.balance_date
    where days.day_before = days.day - 1
    union all
    select
        balances.account_id,
        days.day,
        -balances.closing_balance as amount
    from days
    inner join balances
        on days.day_before = balances.balance_date
    where days.day_before = days.day - 1
)

select
    changes.account_id,
    changes.day,
    sum(changes.amount) as difference
from changes
group by changes.account_id, changes.day
having sum(changes.amount) <> 0
