{#
    Churn within three months of customers with an account at a month end. A customer churns when
    the last account closes; a deleted account is closed. A row exists after the performance window:
    before its end only churned customers are observed.
#}
with last_day as (
    select max(balances.balance_date) as last_date from {{ ref('fact_balances') }} as balances
),

months as (
    select
        months.customer_id,
        months.month_end as observation_date,
        {{ shift_month_end('months.month_end', 3) }} as performance_end_date
    from {{ ref('fact_customer_monthly') }} as months
    cross join last_day
    where {{ shift_month_end('months.month_end', 3) }} <= last_day.last_date
),

accounts as (
    select distinct on (accounts.account_id)
        accounts.account_id,
        accounts.customer_id,
        accounts.opening_date,
        least(
            accounts.closing_date,
            case when accounts.is_deleted then {{ business_date('accounts.valid_to') }} end
        ) as closed_date
    from {{ ref('dim_account') }} as accounts
    where accounts.account_key <> -1
    order by accounts.account_id asc, accounts.valid_from desc
),

holdings as (
    select
        months.customer_id,
        months.observation_date,
        months.performance_end_date,
        max(accounts.closed_date) as last_closed_date,
        bool_or(
            accounts.opening_date <= months.observation_date
            and (accounts.closed_date is null or accounts.closed_date > months.observation_date)
        ) as is_client,
        bool_or(
            accounts.closed_date is null or accounts.closed_date > months.performance_end_date
        ) as stays
    from months
    inner join accounts
        on
            months.customer_id = accounts.customer_id
            and months.performance_end_date >= accounts.opening_date
    group by months.customer_id, months.observation_date, months.performance_end_date
)

select
    holdings.customer_id,
    holdings.observation_date,
    holdings.performance_end_date,
    case when not holdings.stays then holdings.last_closed_date end as churn_date,
    not holdings.stays as is_churned_3m
from holdings
where holdings.is_client
order by holdings.observation_date, holdings.customer_id
