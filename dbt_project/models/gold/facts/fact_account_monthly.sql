{# Balances of accounts by month. Only the month's own days are read. #}
with months as (
    select
        month_ends.month_end,
        date_trunc('month', month_ends.month_end::timestamp)::date as month_start
    from ({{ month_ends('month_end') }}) as month_ends
),

summed as (
    select
        balances.account_id,
        balances.customer_id,
        months.month_end,
        count(*) as days,
        sum(balances.closing_balance) as balance_sum,
        min(balances.closing_balance) as lowest_balance,
        max(balances.closing_balance) as highest_balance,
        count(*) filter (where balances.closing_balance < 0) as overdraft_days,
        sum(balances.credits) as credits,
        sum(balances.debits) as debits,
        sum(balances.interest_earned) as interest_earned,
        sum(balances.fees_charged) as fees_charged
    from {{ ref('fact_balances') }} as balances
    inner join {{ ref('dim_date') }} as dates
        on balances.date_key = dates.date_key
    inner join months
        on dates.month_end_date = months.month_end
    where
        balances.balance_date >= (select min(bounds.month_start) from months as bounds)
        and balances.balance_date <= (select max(bounds.month_end) from months as bounds)
    group by balances.account_id, balances.customer_id, months.month_end
)

select
    summed.account_id,
    summed.customer_id,
    summed.month_end,
    coalesce(dates.date_key, -1) as date_key,
    summed.days,
    summed.balance_sum,
    summed.balance_sum / summed.days as average_balance,
    summed.lowest_balance,
    summed.highest_balance,
    summed.overdraft_days,
    summed.credits,
    summed.debits,
    summed.interest_earned,
    summed.fees_charged
from summed
left join {{ ref('dim_date') }} as dates
    on summed.month_end = dates.full_date
order by summed.month_end, summed.account_id
