with months as (
    {{ months_to_write() }}
),

activity as (
    {{ activity_rows('months') }}
),

day_counts as (
    select
        months.month_end,
        months.month_start,
        (count(*) filter (where dates.is_business_day))::integer as business_days,
        (count(*) filter (where not dates.is_business_day))::integer as other_days
    from months
    inner join {{ ref('dim_date') }} as dates
        on dates.full_date between months.month_start and months.month_end
    group by months.month_end, months.month_start
),

sized as (
    select
        activity.month_end,
        activity.currency,
        {{ breakdown_of('activity') }} as breakdown,
        {{ member_of('activity') }} as member,
        count(distinct activity.customer_id)
        filter (where activity.is_completed) as active_customers,
        count(*) as attempt_count,
        count(*) filter (where activity.is_completed) as completed_count,
        count(*) filter (where activity.is_failed) as failed_count,
        count(*) filter (where activity.is_flagged) as flagged_count,
        count(*) filter (where activity.is_fraud) as fraud_count,
        sum(activity.amount) filter (where activity.is_completed) as volume_amount,
        sum(activity.amount)
        filter (where activity.is_completed and activity.is_business_day)
            as business_day_amount,
        sum(activity.fees) filter (where activity.is_completed) as fees,
        stddev_samp(activity.amount) filter (where activity.is_completed)
            as deviation_amount,
        percentile_cont(array[0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
        within group (order by activity.amount::double precision)
        filter (where activity.is_completed) as quantiles
    from activity
    group by {{ breakdown_sets('activity', ['activity.month_end', 'activity.currency']) }}
)

select
    sized.month_end,
    sized.currency,
    sized.breakdown,
    sized.member,
    day_counts.month_start >= {{ first_activity_date() }} as is_whole_month,
    day_counts.business_days,
    day_counts.other_days,
    sized.active_customers,
    sized.attempt_count,
    sized.completed_count,
    sized.failed_count,
    sized.flagged_count,
    sized.fraud_count,
    coalesce(sized.volume_amount, 0) as volume_amount,
    coalesce(sized.business_day_amount, 0) as business_day_amount,
    coalesce(sized.fees, 0) as fees,
    sized.volume_amount / nullif(sized.completed_count, 0) as mean_amount,
    sized.deviation_amount,
    sized.quantiles[1]::numeric as p10_amount,
    sized.quantiles[2]::numeric as p25_amount,
    sized.quantiles[3]::numeric as median_amount,
    sized.quantiles[4]::numeric as p75_amount,
    sized.quantiles[5]::numeric as p90_amount,
    sized.quantiles[6]::numeric as p99_amount
from sized
inner join day_counts
    on sized.month_end = day_counts.month_end
order by sized.month_end, sized.currency, sized.breakdown, sized.member
