{#
    Change of volume by new, lost and retained customers. A customer is new without a completed
    transaction in the base month, in the same currency, and lost without one in the month.

    A window function over the customer's own rows finds activity in the other month by the distance
    in months, so that the cost is linear in the transactions for any plan.
#}
with months as (
    select
        month_ends.month_end,
        comparisons.comparison,
        case comparisons.comparison
            when 'MONTH' then {{ shift_month_end('month_ends.month_end', -1) }}
            else {{ shift_month_end('month_ends.month_end', -12) }}
        end as base_month_end
    from ({{ month_ends('month_end') }}) as month_ends
    cross join (values ('MONTH'), ('YEAR')) as comparisons (comparison)
),

needed_months as (
    select months.month_end
    from months
    union
    select months.base_month_end as month_end
    from months
),

activity as (
    {{ activity_rows('needed_months', months_before=12) }}
),

-- Completed transactions of a customer, and activity in the other month of each comparison.
completed as (
    select
        activity.month_end,
        activity.currency,
        activity.product_type,
        activity.channel,
        activity.customer_tier,
        activity.geographic_region,
        activity.age_group,
        activity.transaction_type,
        activity.day_part,
        activity.amount,
        dense_rank() over (order by activity.currency, activity.customer_id) as customer_number,
        count(*) over month_before > 0 as is_month_before,
        count(*) over month_after > 0 as is_month_after,
        count(*) over year_before > 0 as is_year_before,
        count(*) over year_after > 0 as is_year_after
    from activity
    where activity.is_completed
    window
        customer as (
            partition by activity.currency, activity.customer_id order by activity.month_number
        ),
        month_before as (customer range between 1 preceding and 1 preceding),
        month_after as (customer range between 1 following and 1 following),
        year_before as (customer range between 12 preceding and 12 preceding),
        year_after as (customer range between 12 following and 12 following)
),

-- Sums by member and by activity of its customers in the other month.
members as (
    select
        completed.month_end,
        completed.currency,
        {{ breakdown_of('completed') }} as breakdown,
        {{ member_of('completed') }} as member,
        completed.is_month_before,
        completed.is_month_after,
        completed.is_year_before,
        completed.is_year_after,
        count(distinct completed.customer_number) as customers,
        count(*) as completed_count,
        sum(completed.amount) as amount
    from completed
    group by
        {{ breakdown_sets('completed', [
            'completed.month_end', 'completed.currency', 'completed.is_month_before',
            'completed.is_month_after', 'completed.is_year_before', 'completed.is_year_after',
        ]) }}
),

-- Sums of the month and of the base month.
ends as (
    select
        months.month_end,
        months.comparison,
        members.currency,
        members.breakdown,
        members.member,
        false as is_base,
        members.customers,
        members.completed_count,
        members.amount,
        case months.comparison
            when 'MONTH' then members.is_month_before
            else members.is_year_before
        end as is_retained
    from months
    inner join members
        on months.month_end = members.month_end
    union all
    select
        months.month_end,
        months.comparison,
        members.currency,
        members.breakdown,
        members.member,
        true as is_base,
        members.customers,
        members.completed_count,
        members.amount,
        case months.comparison
            when 'MONTH' then members.is_month_after
            else members.is_year_after
        end as is_retained
    from months
    inner join members
        on months.base_month_end = members.month_end
),

summed as (
    select
        ends.month_end,
        ends.comparison,
        ends.currency,
        ends.breakdown,
        ends.member,
        sum(ends.customers) filter (where not ends.is_base and not ends.is_retained)
            as entering_customers,
        sum(ends.customers) filter (where ends.is_base and not ends.is_retained)
            as leaving_customers,
        sum(ends.amount) filter (where not ends.is_base) as volume_amount,
        sum(ends.amount) filter (where ends.is_base) as base_volume_amount,
        sum(ends.amount) filter (where not ends.is_base and not ends.is_retained)
            as entering_amount,
        sum(ends.amount) filter (where ends.is_base and not ends.is_retained)
            as leaving_amount,
        sum(ends.amount) filter (where not ends.is_base and ends.is_retained)
            as retained_amount,
        sum(ends.amount) filter (where ends.is_base and ends.is_retained)
            as base_retained_amount,
        sum(ends.completed_count) filter (where not ends.is_base and ends.is_retained)
            as retained_count,
        sum(ends.completed_count) filter (where ends.is_base and ends.is_retained)
            as base_retained_count
    from ends
    group by ends.month_end, ends.comparison, ends.currency, ends.breakdown, ends.member
)

select
    summed.month_end,
    summed.comparison,
    summed.currency,
    summed.breakdown,
    summed.member,
    months.base_month_end,
    date_trunc('month', months.base_month_end::timestamp)::date >= {{ first_activity_date() }}
        as is_comparable,
    coalesce(summed.entering_customers, 0)::bigint as entering_customers,
    coalesce(summed.leaving_customers, 0)::bigint as leaving_customers,
    coalesce(summed.volume_amount, 0) as volume_amount,
    coalesce(summed.base_volume_amount, 0) as base_volume_amount,
    coalesce(summed.entering_amount, 0) as entering_amount,
    coalesce(summed.leaving_amount, 0) as leaving_amount,
    coalesce(summed.retained_amount, 0) as retained_amount,
    coalesce(summed.base_retained_amount, 0) as base_retained_amount,
    coalesce(summed.retained_count, 0)::bigint as retained_count,
    coalesce(summed.base_retained_count, 0)::bigint as base_retained_count
from summed
inner join months
    on summed.month_end = months.month_end and summed.comparison = months.comparison
order by
    summed.month_end, summed.comparison, summed.currency, summed.breakdown, summed.member
