{#
    What lies behind the change of volume: customers who came, who left, and who stayed. A customer
    came if nothing was completed in the month compared with, in the same currency, and left if
    nothing was completed since.
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
    select
        listed.month_end,
        date_trunc('month', listed.month_end::timestamp)::date as month_start
    from (
        select months.month_end
        from months
        union
        select months.base_month_end as month_end
        from months
    ) as listed
),

activity as (
    {{ activity_rows('needed_months') }}
),

-- A customer's month, once per breakdown and member.
customer_members as (
    select
        activity.month_end,
        activity.currency,
        activity.customer_id,
        breakdowns.breakdown,
        breakdowns.member,
        count(*) as completed_count,
        sum(activity.amount) as amount
    from activity
    {{ join_breakdowns('activity', 'breakdowns') }}
    where activity.is_completed
    group by
        activity.month_end, activity.currency, activity.customer_id,
        breakdowns.breakdown, breakdowns.member
),

present as (
    select
        totals.month_end,
        totals.currency,
        totals.customer_id
    from customer_members as totals
    where totals.breakdown = 'TOTAL'
),

-- The same rows seen from both ends of a comparison, with whether the customer is at the other end.
ends as (
    select
        months.month_end,
        months.comparison,
        members.currency,
        members.customer_id,
        members.breakdown,
        members.member,
        false as is_base,
        members.completed_count,
        members.amount,
        other.customer_id is not null as is_retained
    from months
    inner join customer_members as members
        on months.month_end = members.month_end
    left join present as other
        on
            months.base_month_end = other.month_end
            and members.currency = other.currency
            and members.customer_id = other.customer_id
    union all
    select
        months.month_end,
        months.comparison,
        members.currency,
        members.customer_id,
        members.breakdown,
        members.member,
        true as is_base,
        members.completed_count,
        members.amount,
        other.customer_id is not null as is_retained
    from months
    inner join customer_members as members
        on months.base_month_end = members.month_end
    left join present as other
        on
            months.month_end = other.month_end
            and members.currency = other.currency
            and members.customer_id = other.customer_id
),

summed as (
    select
        ends.month_end,
        ends.comparison,
        ends.currency,
        ends.breakdown,
        ends.member,
        count(*) filter (where not ends.is_base and not ends.is_retained) as entering_customers,
        count(*) filter (where ends.is_base and not ends.is_retained) as leaving_customers,
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
    summed.entering_customers,
    summed.leaving_customers,
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
