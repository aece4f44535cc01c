{#
    Transactions of a month by weekday and hour: in total, by channel and by merchant category. The
    transactions are those of `activity_months`.
#}
with months as (
    {{ months_to_write() }}
),

bounds as (
    {{ days_of('months') }}
),

activity as (
    select
        facts.transaction_month as month_end,
        facts.account_currency as currency,
        facts.channel,
        case
            when facts.merchant_key = -1 then 'NO_MERCHANT' else merchants.category
        end as merchant_category,
        facts.day_of_week,
        facts.transaction_hour,
        facts.is_completed,
        facts.is_failed,
        facts.is_flagged,
        facts.is_fraud,
        facts.transaction_amount_abs as amount
    from {{ ref('fact_transactions') }} as facts
    inner join {{ ref('dim_merchant') }} as merchants
        on facts.merchant_key = merchants.merchant_key
    cross join bounds
    where
        facts.transaction_date between bounds.first_day and bounds.last_day
        and facts.transaction_month in (select months.month_end from months)
        and facts.transaction_type <> 'OPENING_BALANCE'
),

counted as (
    select
        activity.month_end,
        activity.currency,
        case
            when grouping(activity.channel) = 0 then 'CHANNEL'
            when grouping(activity.merchant_category) = 0 then 'MERCHANT_CATEGORY'
            else 'TOTAL'
        end as breakdown,
        case
            when grouping(activity.channel) = 0 then activity.channel
            when grouping(activity.merchant_category) = 0 then activity.merchant_category
            else 'ALL'
        end as member,
        activity.day_of_week,
        activity.transaction_hour,
        count(*) as attempt_count,
        count(*) filter (where activity.is_completed) as completed_count,
        count(*) filter (where activity.is_failed) as failed_count,
        count(*) filter (where activity.is_flagged) as flagged_count,
        count(*) filter (where activity.is_fraud) as fraud_count,
        sum(activity.amount) filter (where activity.is_completed) as volume_amount
    from activity
    group by
        activity.month_end, activity.currency, activity.day_of_week, activity.transaction_hour,
        grouping sets ((), (activity.channel), (activity.merchant_category))
)

select
    counted.month_end,
    counted.currency,
    counted.breakdown,
    counted.member,
    counted.day_of_week,
    counted.transaction_hour,
    counted.attempt_count,
    counted.completed_count,
    counted.failed_count,
    counted.flagged_count,
    counted.fraud_count,
    coalesce(counted.volume_amount, 0)::numeric(18, 2) as volume_amount
from counted
order by
    counted.month_end, counted.currency, counted.breakdown, counted.member,
    counted.day_of_week, counted.transaction_hour
