{#
    A customer counts on the first day of activity in a month, so that the days of a month, and only
    of a month, add up to its distinct customers. A load of a window also replaces the later days of
    its months.
#}
with facts as (
    select
        transactions.transaction_date,
        transactions.is_completed,
        transactions.is_completed and transactions.transaction_type <> 'OPENING_BALANCE'
            as is_activity,
        transactions.is_failed,
        transactions.amount,
        transactions.transaction_amount_abs,
        transactions.fees
    from {{ ref('fact_transactions') }} as transactions
    where {{ once_filled(in_lookback_window('transactions.transaction_date')) }}
),

days as (
    select
        facts.transaction_date,
        count(*) as transaction_count,
        count(*) filter (where facts.is_completed) as completed_count,
        count(*) filter (where facts.is_failed) as failed_count,
        count(*) filter (where facts.is_activity) as activity_count,
        sum(facts.amount) as instructed_amount,
        sum(facts.transaction_amount_abs) as attempted_amount,
        coalesce(sum(facts.transaction_amount_abs) filter (where facts.is_activity), 0)
            as activity_amount,
        sum(facts.fees) as fees
    from facts
    group by facts.transaction_date
),

months as (
    select accounts.*
    from {{ ref('rollup_accounts') }} as accounts
    where {{ once_filled('accounts.month_end >= ' ~ window_start()) }}
),

versions as (
    select
        months.month_end,
        months.customer_key,
        min(months.first_date) as first_date
    from months
    group by months.month_end, months.customer_key
),

new_versions as (
    select
        versions.first_date as transaction_date,
        count(*) as new_versions
    from versions
    group by versions.first_date
),

customers as (
    select
        months.month_end,
        months.customer_id,
        min(months.first_activity_date) as first_activity_date
    from months
    group by months.month_end, months.customer_id
),

new_customers as (
    select
        customers.first_activity_date as transaction_date,
        count(*) as new_customers
    from customers
    group by customers.first_activity_date
)

select
    coalesce(dates.date_key, -1) as date_key,
    days.transaction_count,
    days.completed_count,
    days.failed_count,
    days.activity_count,
    days.instructed_amount,
    days.attempted_amount,
    days.activity_amount,
    days.fees,
    coalesce(new_versions.new_versions, 0) as month_new_customer_keys,
    coalesce(new_customers.new_customers, 0) as month_new_active_customers,
    days.transaction_date
from days
left join new_versions
    on days.transaction_date = new_versions.transaction_date
left join new_customers
    on days.transaction_date = new_customers.transaction_date
left join {{ ref('dim_date') }} as dates
    on days.transaction_date = dates.full_date
order by days.transaction_date
