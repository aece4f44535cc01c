{#
    Numerators and denominators of rates, by breakdown. The denominator of CAUSE is that of the
    whole measure, because only cases have a cause.
#}
with months as (
    {{ months_to_write() }}
),

bounds as (
    {{ days_of('months') }}
),

transaction_rates as (
    select
        activity.month_end,
        measures.measure,
        activity.breakdown,
        activity.member,
        sum(measures.numerator) as numerator,
        sum(activity.attempt_count) as denominator
    from {{ ref('activity_months') }} as activity
    cross join
        lateral (
            values
            ('DECLINE', activity.failed_count),
            ('FRAUD', activity.fraud_count)
        ) as measures (measure, numerator)
    where activity.month_end in (select months.month_end from months)
    group by activity.month_end, measures.measure, activity.breakdown, activity.member
),

payments as (
    select
        {{ month_end('payments.payment_date') }} as month_end,
        'PAYMENT_FAILURE' as measure,
        payments.status = 'FAILED' as is_case,
        payments.failure_reason as cause,
        'METHOD' as first_breakdown,
        payments.payment_method as first_member,
        'RISK_BAND' as second_breakdown,
        payments.risk_band as second_member
    from {{ ref('fact_payments') }} as payments
    cross join bounds
    where
        payments.payment_date between bounds.first_day and bounds.last_day
        and payments.status <> 'PENDING'
),

instalments as (
    select
        {{ month_end('instalments.due_date') }} as month_end,
        'DELINQUENCY' as measure,
        instalments.month_end_days_past_due > 0 as is_case,
        null as cause,
        'PRODUCT' as first_breakdown,
        products.product_type as first_member,
        'EMPLOYMENT' as second_breakdown,
        coalesce(customers.employment_status, 'UNKNOWN') as second_member
    from {{ ref('fact_loan_payments') }} as instalments
    inner join {{ ref('dim_product') }} as products
        on instalments.product_key = products.product_key
    inner join {{ ref('dim_customer') }} as customers
        on instalments.customer_key = customers.customer_key
    cross join bounds
    where instalments.due_date between bounds.first_day and bounds.last_day
),

settlements as (
    select
        {{ month_end('settlements.settlement_due_date') }} as month_end,
        'SLA_BREACH' as measure,
        coalesce(settlements.is_sla_breached, true) as is_case,
        settlements.delay_reason as cause,
        'SLA_CLASS' as first_breakdown,
        settlements.sla_class as first_member,
        null as second_breakdown,
        null as second_member
    from {{ ref('fact_settlements') }} as settlements
    cross join bounds
    -- An instalment open on the last day of its month is late; later due dates are excluded.
    where settlements.settlement_due_date between bounds.first_day and bounds.last_day
),

contacts as (
    select
        {{ month_end('contacts.interaction_date') }} as month_end,
        'UNRESOLVED_CONTACT' as measure,
        not contacts.is_resolved as is_case,
        null as cause,
        'REASON' as first_breakdown,
        contacts.reason as first_member,
        'CHANNEL' as second_breakdown,
        contacts.channel as second_member
    from {{ ref('fact_interactions') }} as contacts
    cross join bounds
    where contacts.interaction_date between bounds.first_day and bounds.last_day
),

-- Customers active in the previous month and inactive in this month.
lapses as (
    select
        months.month_end,
        'LAPSE' as measure,
        not coalesce(present.is_active, false) as is_case,
        null as cause,
        'TENURE' as first_breakdown,
        case
            when earlier.tenure_months < 12 then 'UNDER_1Y'
            when earlier.tenure_months < 36 then '1Y_3Y'
            when earlier.tenure_months < 60 then '3Y_5Y'
            when earlier.tenure_months < 120 then '5Y_10Y'
            when earlier.tenure_months >= 120 then '10Y_PLUS'
            else 'UNKNOWN'
        end as first_member,
        'SEGMENT' as second_breakdown,
        earlier.customer_tier as second_member
    from months
    inner join {{ ref('fact_customer_monthly') }} as earlier
        on {{ shift_month_end('months.month_end', -1) }} = earlier.month_end
    left join {{ ref('fact_customer_monthly') }} as present
        on
            months.month_end = present.month_end
            and earlier.customer_id = present.customer_id
    where earlier.is_active
),

cases as (
    select payments.*
    from payments
    union all
    select instalments.*
    from instalments
    union all
    select settlements.*
    from settlements
    union all
    select contacts.*
    from contacts
    union all
    select lapses.*
    from lapses
),

broken_down as (
    select
        cases.month_end,
        cases.measure,
        breakdowns.breakdown,
        breakdowns.member,
        count(*) filter (where cases.is_case) as numerator,
        count(*) as denominator
    from cases
    cross join
        lateral (
            values
            ('TOTAL', 'ALL'),
            (cases.first_breakdown, cases.first_member),
            (cases.second_breakdown, cases.second_member)
        ) as breakdowns (breakdown, member)
    where
        breakdowns.breakdown is not null
        and cases.month_end in (select months.month_end from months)
    group by cases.month_end, cases.measure, breakdowns.breakdown, breakdowns.member
),

declines as (
    select
        facts.transaction_month as month_end,
        'DECLINE' as measure,
        facts.decline_reason as member,
        count(*) as numerator
    from {{ ref('fact_transactions') }} as facts
    cross join bounds
    where
        facts.transaction_date between bounds.first_day and bounds.last_day
        and facts.is_failed
        and facts.transaction_type <> 'OPENING_BALANCE'
    group by facts.transaction_month, facts.decline_reason
),

causes as (
    select
        cases.month_end,
        cases.measure,
        coalesce(cases.cause, 'UNKNOWN') as member,
        count(*) as numerator
    from cases
    where cases.is_case and cases.measure in ('PAYMENT_FAILURE', 'SLA_BREACH')
    group by cases.month_end, cases.measure, coalesce(cases.cause, 'UNKNOWN')
    union all
    select
        declines.month_end,
        declines.measure,
        declines.member,
        declines.numerator
    from declines
),

totals as (
    select
        broken_down.month_end,
        broken_down.measure,
        broken_down.denominator
    from broken_down
    where broken_down.breakdown = 'TOTAL'
    union all
    select
        transaction_rates.month_end,
        transaction_rates.measure,
        transaction_rates.denominator
    from transaction_rates
    where transaction_rates.breakdown = 'TOTAL'
),

rates as (
    select
        transaction_rates.month_end,
        transaction_rates.measure,
        transaction_rates.breakdown,
        transaction_rates.member,
        transaction_rates.numerator,
        transaction_rates.denominator
    from transaction_rates
    union all
    select
        broken_down.month_end,
        broken_down.measure,
        broken_down.breakdown,
        broken_down.member,
        broken_down.numerator,
        broken_down.denominator
    from broken_down
    union all
    select
        causes.month_end,
        causes.measure,
        'CAUSE' as breakdown,
        causes.member,
        causes.numerator,
        totals.denominator
    from causes
    inner join totals
        on causes.month_end = totals.month_end and causes.measure = totals.measure
)

select
    rates.month_end,
    rates.measure,
    rates.breakdown,
    rates.member,
    date_trunc('month', rates.month_end::timestamp)::date
    - case when rates.measure = 'LAPSE' then 31 else 0 end
    >= {{ first_activity_date() }} as is_whole_month,
    rates.numerator::bigint as numerator,
    rates.denominator::bigint as denominator
from rates
order by rates.month_end, rates.measure, rates.breakdown, rates.member
