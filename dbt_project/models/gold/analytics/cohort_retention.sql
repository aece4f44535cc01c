{#
    Retention of the customers of an opening quarter, by months since the first account. Cohorts lie
    within the loaded months: churned customers of older cohorts are not known. An age includes only
    the members that have reached it.
#}
with ends as (
    select
        min(months.month_end) as first_month,
        max(months.month_end) as last_month
    from {{ ref('fact_customer_monthly') }} as months
),

openings as (
    select
        accounts.customer_id,
        {{ month_end('min(accounts.opening_date)') }} as opening_month
    from {{ ref('dim_account') }} as accounts
    where accounts.account_key <> -1
    group by accounts.customer_id
),

members as (
    select
        openings.customer_id,
        openings.opening_month,
        date_trunc('quarter', openings.opening_month::timestamp)::date as cohort_quarter,
        ends.last_month
    from openings
    cross join ends
    where
        openings.opening_month <= ends.last_month
        -- the complete quarter is loaded
        and date_trunc('quarter', openings.opening_month::timestamp)
        >= date_trunc('month', ends.first_month::timestamp)
),

ages as (
    select
        members.cohort_quarter,
        members.customer_id,
        series.months_since::integer as months_since,
        (
            (members.opening_month + 1)::timestamp
            + series.months_since * interval '1 month' - interval '1 day'
        )::date as month_end
    from members
    cross join lateral generate_series(
        0,
        (
            12 * (
                extract(year from members.last_month) - extract(year from members.opening_month)
            )
            + extract(month from members.last_month) - extract(month from members.opening_month)
        )::integer
    ) as series (months_since)
),

followed as (
    select
        ages.cohort_quarter,
        ages.months_since,
        count(*) as observed_customers,
        count(*) filter (where months.num_accounts > 0) as retained_customers,
        count(*) filter (where months.is_active) as active_customers
    from ages
    left join {{ ref('fact_customer_monthly') }} as months
        on ages.customer_id = months.customer_id and ages.month_end = months.month_end
    group by ages.cohort_quarter, ages.months_since
),

sizes as (
    select
        members.cohort_quarter,
        count(*) as cohort_size
    from members
    group by members.cohort_quarter
)

select
    followed.cohort_quarter,
    to_char(followed.cohort_quarter, 'YYYY-"Q"Q') as cohort_label,
    followed.months_since,
    sizes.cohort_size,
    followed.observed_customers,
    followed.observed_customers = sizes.cohort_size as is_whole_cohort,
    followed.retained_customers,
    followed.active_customers,
    {{ ratio('followed.retained_customers', 'followed.observed_customers') }} as retained_share,
    {{ ratio('followed.active_customers', 'followed.observed_customers') }} as active_share,
    {{ wilson('followed.active_customers', 'followed.observed_customers', -1) }}
        as active_share_lower,
    {{ wilson('followed.active_customers', 'followed.observed_customers', 1) }}
        as active_share_upper
from followed
inner join sizes
    on followed.cohort_quarter = sizes.cohort_quarter
order by followed.cohort_quarter, followed.months_since
