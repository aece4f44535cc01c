{# Balances of accounts by month. Only the month's own days are read. #}
with months as (
    {{ months_to_write() }}
),

-- Grouping by the integer key of the version takes half the time of grouping by two text columns.
version_months as (
    select
        balances.account_key,
        dates.month_end_date as month_end,
        count(*) as days,
        sum(balances.closing_balance) as balance_sum,
        min(balances.closing_balance) as min_balance,
        max(balances.closing_balance) as max_balance,
        count(*) filter (where balances.closing_balance < 0) as overdraft_days,
        sum(balances.credits) filter (where balances.transaction_count > 0) as credits,
        sum(balances.debits) filter (where balances.transaction_count > 0) as debits,
        sum(balances.interest_earned) filter (where balances.transaction_count > 0)
            as interest_earned,
        sum(balances.fees_charged) filter (where balances.transaction_count > 0) as fees_charged
    from {{ ref('fact_balances') }} as balances
    inner join {{ ref('dim_date') }} as dates
        on balances.date_key = dates.date_key
    where
        balances.balance_date >= (select min(bounds.month_start) from months as bounds)
        and balances.balance_date <= (select max(bounds.month_end) from months as bounds)
    group by balances.account_key, dates.month_end_date
),

summed as (
    select
        accounts.account_id,
        accounts.customer_id,
        months.month_end,
        sum(version_months.days)::bigint as days,
        sum(version_months.balance_sum) as balance_sum,
        min(version_months.min_balance) as min_balance,
        max(version_months.max_balance) as max_balance,
        sum(version_months.overdraft_days)::bigint as overdraft_days,
        coalesce(sum(version_months.credits), 0) as credits,
        coalesce(sum(version_months.debits), 0) as debits,
        coalesce(sum(version_months.interest_earned), 0) as interest_earned,
        coalesce(sum(version_months.fees_charged), 0) as fees_charged
    from version_months
    inner join months
        on version_months.month_end = months.month_end
    inner join {{ ref('dim_account') }} as accounts
        on version_months.account_key = accounts.account_key
    group by accounts.account_id, accounts.customer_id, months.month_end
)

select
    summed.account_id,
    summed.customer_id,
    summed.month_end,
    coalesce(dates.date_key, -1) as date_key,
    summed.days,
    summed.balance_sum,
    summed.balance_sum / summed.days as average_balance,
    summed.min_balance,
    summed.max_balance,
    summed.overdraft_days,
    summed.credits,
    summed.debits,
    summed.interest_earned,
    summed.fees_charged
from summed
left join {{ ref('dim_date') }} as dates
    on summed.month_end = dates.full_date
order by summed.month_end, summed.account_id
