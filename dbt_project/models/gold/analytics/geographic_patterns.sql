{#
    Customers with an account at the last month end, by region, country, state and city of
    residence, and their activity in the twelve months up to it. Each level adds up to the total.
#}
with latest as (
    select max(months.month_end) as month_end
    from {{ ref('fact_customer_monthly') }} as months
),

residents as (
    select
        months.customer_id,
        customers.geographic_region,
        customers.country,
        coalesce(customers.state, 'UNKNOWN') as state,
        coalesce(customers.city, 'UNKNOWN') as city,
        customers.annual_income,
        months.is_active,
        months.deposit_balance
    from latest
    inner join {{ ref('fact_customer_monthly') }} as months
        on latest.month_end = months.month_end
    inner join {{ ref('dim_customer') }} as customers
        on months.customer_key = customers.customer_key
    where months.num_accounts > 0
),

debts as (
    select
        exposures.customer_id,
        sum(exposures.drawn_amount) as owed_amount
    from latest
    inner join {{ ref('credit_exposures') }} as exposures
        on latest.month_end = exposures.reporting_date
    group by exposures.customer_id
),

years as (
    select
        months.customer_id,
        sum(months.card_payment_amount + months.bill_payment_amount + months.cash_out_amount)
            as spending_amount,
        sum(months.transaction_count) as transaction_count,
        sum(months.attempt_count) as attempt_count,
        sum(months.failed_count) as failed_count,
        sum(months.foreign_count) as foreign_count,
        sum(months.fraud_count) as fraud_count
    from latest
    inner join {{ ref('fact_customer_monthly') }} as months
        on months.month_end > {{ shift_month_end('latest.month_end', -12) }}
    group by months.customer_id
),

described as (
    select
        residents.*,
        coalesce(debts.owed_amount, 0) as owed_amount,
        coalesce(years.spending_amount, 0) as spending_amount,
        coalesce(years.transaction_count, 0) as transaction_count,
        coalesce(years.attempt_count, 0) as attempt_count,
        coalesce(years.failed_count, 0) as failed_count,
        coalesce(years.foreign_count, 0) as foreign_count,
        coalesce(years.fraud_count, 0) as fraud_count
    from residents
    left join debts
        on residents.customer_id = debts.customer_id
    left join years
        on residents.customer_id = years.customer_id
),

summed as (
    select
        case
            when grouping(described.city) = 0 then 'CITY'
            when grouping(described.state) = 0 then 'STATE'
            when grouping(described.country) = 0 then 'COUNTRY'
            when grouping(described.geographic_region) = 0 then 'REGION'
            else 'TOTAL'
        end as level,
        coalesce(described.geographic_region, 'ALL') as region,
        coalesce(described.country, 'ALL') as country,
        coalesce(described.state, 'ALL') as state,
        coalesce(described.city, 'ALL') as city,
        count(*) as customer_count,
        count(*) filter (where described.is_active) as active_count,
        sum(described.deposit_balance) as deposit_balance,
        sum(described.owed_amount) as owed_amount,
        avg(described.annual_income) as mean_income,
        sum(described.spending_amount) as spending_amount,
        sum(described.transaction_count) as transaction_count,
        sum(described.attempt_count) as attempt_count,
        sum(described.failed_count) as failed_count,
        sum(described.foreign_count) as foreign_count,
        sum(described.fraud_count) as fraud_count
    from described
    group by
        grouping sets (
            (),
            (described.geographic_region),
            (described.geographic_region, described.country),
            (described.geographic_region, described.country, described.state),
            (described.geographic_region, described.country, described.state, described.city)
        )
),

totals as (
    select
        summed.customer_count,
        summed.spending_amount
    from summed
    where summed.level = 'TOTAL' and summed.customer_count > 0
)

select
    latest.month_end,
    summed.level,
    summed.region,
    summed.country,
    summed.state,
    summed.city,
    summed.customer_count,
    summed.active_count,
    summed.deposit_balance::numeric(18, 2) as deposit_balance,
    summed.owed_amount::numeric(18, 2) as owed_amount,
    summed.mean_income::numeric(18, 2) as mean_income,
    summed.spending_amount::numeric(18, 2) as spending_amount_12m,
    summed.transaction_count::bigint as transaction_count_12m,
    (summed.spending_amount / summed.customer_count)::numeric(18, 2) as spending_per_customer,
    {{ ratio('summed.spending_amount * totals.customer_count',
        'summed.customer_count * totals.spending_amount') }} as spending_index,
    {{ ratio('summed.customer_count', 'totals.customer_count') }} as customer_share,
    {{ ratio('summed.spending_amount', 'totals.spending_amount') }} as spending_share,
    {{ ratio('summed.foreign_count', 'summed.transaction_count') }} as foreign_rate,
    {{ ratio('summed.failed_count', 'summed.attempt_count') }} as refused_rate,
    {{ ratio('summed.fraud_count', 'summed.attempt_count') }} as fraud_rate
from summed
cross join totals
cross join latest
order by summed.region, summed.country, summed.state, summed.city
