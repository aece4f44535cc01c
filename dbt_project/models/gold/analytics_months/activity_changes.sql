{#
    What lies behind the change of volume: customers who came, who left, and who stayed. A customer
    came if nothing was completed in the month compared with, in the same currency, and left if
    nothing was completed since.

    Who came, left or stayed is a matter of a customer's months, of which there are few. It is marked
    there, at both ends of both comparisons, so that transactions are summed once.
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

present as (
    select
        activity.month_end,
        activity.currency,
        activity.customer_id
    from activity
    where activity.is_completed
    group by activity.month_end, activity.currency, activity.customer_id
),

-- A customer's month, and whether the customer is at the other end of each comparison with it.
customer_months as (
    select
        present.month_end,
        present.currency,
        present.customer_id,
        row_number() over () as customer_month,
        month_before.customer_id is not null as is_month_before,
        month_after.customer_id is not null as is_month_after,
        year_before.customer_id is not null as is_year_before,
        year_after.customer_id is not null as is_year_after
    from present
    left join present as month_before
        on
            {{ shift_month_end('present.month_end', -1) }} = month_before.month_end
            and present.currency = month_before.currency
            and present.customer_id = month_before.customer_id
    left join present as month_after
        on
            {{ shift_month_end('present.month_end', 1) }} = month_after.month_end
            and present.currency = month_after.currency
            and present.customer_id = month_after.customer_id
    left join present as year_before
        on
            {{ shift_month_end('present.month_end', -12) }} = year_before.month_end
            and present.currency = year_before.currency
            and present.customer_id = year_before.customer_id
    left join present as year_after
        on
            {{ shift_month_end('present.month_end', 12) }} = year_after.month_end
            and present.currency = year_after.currency
            and present.customer_id = year_after.customer_id
),

-- Sums by member and by where else its customers are.
members as (
    select
        activity.month_end,
        activity.currency,
        {{ breakdown_of('activity') }} as breakdown,
        {{ member_of('activity') }} as member,
        customer_months.is_month_before,
        customer_months.is_month_after,
        customer_months.is_year_before,
        customer_months.is_year_after,
        count(distinct customer_months.customer_month) as customers,
        count(*) as completed_count,
        sum(activity.amount) as amount
    from activity
    inner join customer_months
        on
            activity.month_end = customer_months.month_end
            and activity.currency = customer_months.currency
            and activity.customer_id = customer_months.customer_id
    where activity.is_completed
    group by
        {{ breakdown_sets('activity', [
            'activity.month_end', 'activity.currency', 'customer_months.is_month_before',
            'customer_months.is_month_after', 'customer_months.is_year_before',
            'customer_months.is_year_after',
        ]) }}
),

-- The same sums seen from both ends of a comparison.
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
