{{ config(meta={'dagster': {'ref': {'name': 'fact_balances'}}}) }}

{#
    Every day opens with what the day before closed with, no row meaning nothing. With a window, its
    two seams are looked at, where one load meets another; inside, one running sum made both.
#}
with days as (
    select distinct balances.balance_date as day
    from {{ ref('fact_balances') }} as balances
    {%- if has_window() %}
        where balances.balance_date in ({{ window_start() }}, {{ window_end() }})
    {%- endif %}
),

changes as (
    select
        balances.account_id,
        days.day,
        balances.opening_balance as amount
    from days
    inner join {{ ref('fact_balances') }} as balances
        on days.day = balances.balance_date
    where
        exists (
            select 1
            from {{ ref('fact_balances') }} as before
            where before.balance_date = days.day - 1
        )
    union all
    select
        balances.account_id,
        days.day,
        -balances.closing_balance as amount
    from days
    inner join {{ ref('fact_balances') }} as balances
        on days.day - 1 = balances.balance_date
)

select
    changes.account_id,
    changes.day,
    sum(changes.amount) as difference
from changes
group by changes.account_id, changes.day
having sum(changes.amount) <> 0
