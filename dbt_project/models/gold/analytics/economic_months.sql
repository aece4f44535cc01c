{#
    Spending of customers and economic indicators by country and month. ALL is the whole bank, with
    the indicators of the home country. An indicator is the latest with a completed reference
    period.
#}
with activity as (
    select
        months.month_end,
        customers.country,
        months.is_active,
        months.card_payment_amount + months.bill_payment_amount + months.cash_out_amount
            as spending_amount
    from {{ ref('fact_customer_monthly') }} as months
    inner join {{ ref('dim_customer') }} as customers
        on months.customer_key = customers.customer_key
    where months.num_accounts > 0
),

spending as (
    select
        activity.month_end,
        coalesce(activity.country, 'ALL') as country,
        coalesce(activity.country, {{ home_country() }}) as indicator_country,
        count(*) as customer_count,
        count(*) filter (where activity.is_active) as active_customers,
        sum(activity.spending_amount) as spending_amount
    from activity
    group by
        grouping sets ((activity.month_end), (activity.month_end, activity.country))
),

observation_dates as (
    select distinct spending.month_end as observation_date
    from spending
),

economy as (
    {{ economy_known_on('observation_dates') }}
),

per_customer as (
    select
        spending.*,
        spending.spending_amount / nullif(spending.active_customers, 0) as spending_per_customer,
        date_trunc('month', spending.month_end::timestamp)::date >= {{ first_activity_date() }}
            as is_whole_month
    from spending
)

select
    per_customer.month_end,
    per_customer.country,
    per_customer.indicator_country,
    per_customer.is_whole_month,
    per_customer.customer_count,
    per_customer.active_customers,
    per_customer.spending_amount::numeric(18, 2) as spending_amount,
    per_customer.spending_per_customer::numeric(18, 2) as spending_per_customer,
    100 * {{ ratio('per_customer.spending_per_customer',
        'first_value(per_customer.spending_per_customer) over country_months') }}
        as spending_index,
    economy.gdp_growth_pct,
    economy.unemployment_pct,
    economy.inflation_pct,
    economy.policy_rate_pct,
    economy.house_price_change_12m
from per_customer
left join economy
    on
        per_customer.indicator_country = economy.country
        and per_customer.month_end = economy.observation_date
window
    country_months as (
        partition by per_customer.country
        order by per_customer.is_whole_month desc, per_customer.month_end asc
    )
order by per_customer.month_end, per_customer.country
