{#
    Activity by month. Three adjustments make months comparable:

    days      a month's volume times what its mix of business and other days would yield on average
              over what it yields for this month (calendar adjustment; Hyndman and Athanasopoulos,
              Forecasting: Principles and Practice, 3rd ed., section 3.1)
    seasons   ratio to a centred 2x12 moving average, averaged over years and scaled to a mean of 1
              (classical multiplicative decomposition, ibid., section 3.4); given from 36 months
              without a gap on, the minimum of X-13ARIMA-SEATS as well
    growth    only between whole months
#}
with months as (
    select
        activity.*,
        (12 * extract(year from activity.month_end) + extract(month from activity.month_end))
        ::integer as month_number,
        extract(month from activity.month_end)::integer as calendar_month
    from {{ ref('activity_months') }} as activity
),

whole_months as (
    select months.*
    from months
    where months.is_whole_month
),

-- Volume of an average business day and of an average other day.
day_yields as (
    select
        whole_months.currency,
        whole_months.breakdown,
        whole_months.member,
        sum(whole_months.business_day_amount) / sum(whole_months.business_days)
            as business_day_yield,
        sum(whole_months.volume_amount - whole_months.business_day_amount)
        / sum(whole_months.other_days) as other_day_yield,
        sum(whole_months.volume_amount)
        / sum(whole_months.business_days + whole_months.other_days) as day_yield,
        count(*) as month_count,
        max(whole_months.month_number) - min(whole_months.month_number) + 1 as month_span
    from whole_months
    group by whole_months.currency, whole_months.breakdown, whole_months.member
),

adjusted as (
    select
        whole_months.month_end,
        whole_months.currency,
        whole_months.breakdown,
        whole_months.member,
        whole_months.month_number,
        whole_months.calendar_month,
        day_yields.month_count >= 36 and day_yields.month_count = day_yields.month_span
            as has_seasons,
        -- 365.25 days a year
        whole_months.volume_amount * day_yields.day_yield * 30.4375
        / nullif(
            whole_months.business_days * day_yields.business_day_yield
            + whole_months.other_days * day_yields.other_day_yield,
            0
        ) as day_adjusted_amount
    from whole_months
    inner join day_yields
        on
            whole_months.currency = day_yields.currency
            and whole_months.breakdown = day_yields.breakdown
            and whole_months.member = day_yields.member
),

trends as (
    select
        adjusted.*,
        case
            when
                adjusted.has_seasons
                and count(*) over early = 12
                and count(*) over late = 12
                then
                    (
                        sum(adjusted.day_adjusted_amount) over early
                        + sum(adjusted.day_adjusted_amount) over late
                    ) / 24
        end as trend_amount,
        max(adjusted.day_adjusted_amount) over month_before as day_adjusted_amount_before
    from adjusted
    window
        early as (
            partition by adjusted.currency, adjusted.breakdown, adjusted.member
            order by adjusted.month_number
            rows between 6 preceding and 5 following
        ),
        late as (
            partition by adjusted.currency, adjusted.breakdown, adjusted.member
            order by adjusted.month_number
            rows between 5 preceding and 6 following
        ),
        month_before as (
            partition by adjusted.currency, adjusted.breakdown, adjusted.member
            order by adjusted.month_number
            range between 1 preceding and 1 preceding
        )
),

raw_seasons as (
    select
        trends.currency,
        trends.breakdown,
        trends.member,
        trends.calendar_month,
        avg(trends.day_adjusted_amount / trends.trend_amount) as raw_factor
    from trends
    where trends.trend_amount > 0
    group by trends.currency, trends.breakdown, trends.member, trends.calendar_month
),

seasons as (
    select
        raw_seasons.*,
        raw_seasons.raw_factor / nullif(avg(raw_seasons.raw_factor) over series, 0)
            as seasonal_factor
    from raw_seasons
    window series as (
        partition by raw_seasons.currency, raw_seasons.breakdown, raw_seasons.member
    )
),

totals as (
    select
        months.month_end,
        months.currency,
        months.volume_amount,
        months.completed_count
    from months
    where months.breakdown = 'TOTAL'
),

shared as (
    select
        months.*,
        {{ ratio('months.volume_amount', 'totals.volume_amount') }} as volume_share,
        {{ ratio('months.completed_count', 'totals.completed_count') }} as count_share
    from months
    inner join totals
        on months.month_end = totals.month_end and months.currency = totals.currency
)

select
    shared.month_end,
    shared.currency,
    shared.breakdown,
    shared.member,
    shared.is_whole_month,
    shared.active_customers,
    shared.attempt_count,
    shared.completed_count,
    shared.volume_amount,
    shared.fees,
    shared.volume_share,
    shared.count_share,
    (
        rank() over (
            partition by shared.month_end, shared.currency, shared.breakdown
            order by shared.volume_amount desc
        )
    )::integer as volume_rank,
    -- ordered, because sums of floats depend on the order
    sum(shared.volume_share * shared.volume_share) over (
        partition by shared.month_end, shared.currency, shared.breakdown
        order by shared.volume_amount desc
        rows between unbounded preceding and unbounded following
    ) as concentration_index,
    {{ ratio('shared.completed_count', 'shared.active_customers') }} as transactions_per_customer,
    {{ ratio('shared.failed_count', 'shared.attempt_count') }} as failure_rate,
    {{ ratio('shared.fraud_count', 'shared.attempt_count') }} as fraud_rate,
    {{ ratio('shared.fees', 'shared.volume_amount') }} as fee_rate,
    shared.mean_amount,
    shared.deviation_amount,
    {{ ratio('shared.deviation_amount', 'shared.mean_amount') }} as variation_coefficient,
    shared.p10_amount,
    shared.p25_amount,
    shared.median_amount,
    shared.p75_amount,
    shared.p90_amount,
    shared.p99_amount,
    shared.p75_amount - shared.p25_amount as interquartile_range_amount,
    {{ ratio('shared.p75_amount + shared.p25_amount - 2 * shared.median_amount',
        'shared.p75_amount - shared.p25_amount') }} as quartile_skewness,
    {{ ratio('shared.volume_amount', 'previous.volume_amount') }} - 1 as volume_growth_1m,
    {{ ratio('shared.volume_amount', 'year_ago.volume_amount') }} - 1 as volume_growth_12m,
    {{ ratio('shared.completed_count', 'previous.completed_count') }} - 1 as count_growth_1m,
    {{ ratio('shared.completed_count', 'year_ago.completed_count') }} - 1 as count_growth_12m,
    trends.day_adjusted_amount,
    {{ ratio('trends.day_adjusted_amount', 'trends.day_adjusted_amount_before') }} - 1
        as day_adjusted_growth_1m,
    trends.trend_amount,
    seasons.seasonal_factor::double precision as seasonal_factor,
    trends.day_adjusted_amount / nullif(seasons.seasonal_factor, 0)
        as seasonally_adjusted_amount
from shared
left join whole_months as previous
    on
        shared.is_whole_month
        and shared.month_number = previous.month_number + 1
        and shared.currency = previous.currency
        and shared.breakdown = previous.breakdown
        and shared.member = previous.member
left join whole_months as year_ago
    on
        shared.is_whole_month
        and shared.month_number = year_ago.month_number + 12
        and shared.currency = year_ago.currency
        and shared.breakdown = year_ago.breakdown
        and shared.member = year_ago.member
left join trends
    on
        shared.month_end = trends.month_end
        and shared.currency = trends.currency
        and shared.breakdown = trends.breakdown
        and shared.member = trends.member
left join seasons
    on
        trends.has_seasons
        and trends.calendar_month = seasons.calendar_month
        and trends.currency = seasons.currency
        and trends.breakdown = seasons.breakdown
        and trends.member = seasons.member
order by shared.month_end, shared.currency, shared.breakdown, shared.member
