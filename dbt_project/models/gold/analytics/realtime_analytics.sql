{#
    Current activity against the expected activity at this time. The present is the last transaction
    held; the present day is compared with the same weekdays of the previous 12 weeks, each up to
    the same time of day, and each of its hours with the same hours of those days.

    counts, amounts   median +- 3.5 normalised median absolute deviations, and for counts never
                      narrower than 3.5 square roots of the median, Poisson's spread
    rates             pooled rate of the reference days +- 3.5 standard deviations, of the binomial at
                      the present number of cases or of the days themselves, whichever is wider

    3.5 is the limit of Iglewicz and Hoaglin (1993) for modified z-scores; 2 is the warning limit.
    With fewer than 4 reference days there is no assessment.

    Only transactions made by customers count. Batch bookings of the bank follow the month, not the
    week, and would flag every pay day.
#}
{%- set reference_weeks = 12 %}
{%- set hours = {
    'relation': 'present_hours', 'on': 'hour', 'of': 'transaction_hour',
    'label': "to_char(present_hours.hour, 'FM00')",
} %}
{%- set channels = {'relation': 'channels', 'on': 'channel', 'of': 'channel'} %}
{%- set currencies = {'relation': 'currencies', 'on': 'currency', 'of': 'currency'} %}
{%- set completed_amount =
    'coalesce(sum(transactions.amount) filter (where transactions.is_completed), 0)' %}
{%- set quantities = [
    measured_quantity('TRANSACTION_COUNT', 'transactions'),
    measured_quantity(
        'TRANSACTION_COUNT', 'transactions', 'LAST_HOUR', condition='transactions.is_last_hour'
    ),
    measured_quantity('TRANSACTION_COUNT', 'transactions', 'HOUR', members=hours),
    measured_quantity('TRANSACTION_COUNT', 'transactions', members=channels),
    measured_quantity(
        'VOLUME_AMOUNT', 'transactions', members=currencies, quantity=completed_amount
    ),
    measured_quantity(
        'ACTIVE_CUSTOMERS', 'transactions',
        quantity='count(distinct transactions.customer_id)::numeric'
    ),
    measured_quantity('PAYMENT_COUNT', 'payments'),
    measured_quantity('NEW_FRAUD_ALERTS', 'alerts', condition='alerts.is_new'),
    measured_quantity('OPEN_FRAUD_ALERTS', 'alerts', 'NOW', condition='alerts.is_open'),
] %}
{%- set rates = {
    'FAILURE_RATE': {'source': 'transactions', 'case': 'transactions.is_failed'},
    'PAYMENT_SUCCESS_RATE': {
        'source': 'payments', 'case': "payments.status in ('SUCCESS', 'REFUNDED')",
        'condition': "payments.status <> 'PENDING'",
    },
    'SLA_BREACH_RATE': {
        'source': 'settlements', 'case': 'settlements.is_breached', 'period': 'WEEK',
    },
} %}
with present as (
    select
        latest.present_date,
        max(facts.transaction_at) as present_at
    from (
        select max(totals.transaction_date) as present_date
        from {{ ref('rollup_transactions') }} as totals
        where totals.rolled_up = 15
    ) as latest
    inner join {{ ref('fact_transactions') }} as facts
        on latest.present_date = facts.transaction_date
    group by latest.present_date
),

-- The present day is number 0; reference days without transactions count with 0.
days as (
    select
        present.present_date - 7 * weeks.week as day,
        weeks.week,
        present.present_at - weeks.week * interval '7 days' as until_at
    from present
    cross join generate_series(0, {{ reference_weeks }}) as weeks (week)
    where present.present_date - 7 * weeks.week >= {{ first_activity_date() }}
),

transactions as (
    select
        days.week,
        facts.transaction_hour,
        facts.channel,
        facts.account_currency as currency,
        facts.customer_id,
        facts.is_completed,
        facts.is_failed,
        facts.transaction_amount_abs as amount,
        facts.transaction_at > days.until_at - interval '1 hour' as is_last_hour
    from {{ ref('fact_transactions') }} as facts
    inner join days
        on facts.transaction_date = days.day and facts.transaction_at <= days.until_at
    where
        facts.transaction_date >= (select min(bounds.day) from days as bounds)
        and facts.channel <> 'BATCH'
),

payments as (
    select
        days.week,
        payments.status
    from {{ ref('fact_payments') }} as payments
    inner join days
        on payments.payment_date = days.day and payments.payment_at <= days.until_at
    where payments.payment_date >= (select min(bounds.day) from days as bounds)
),

-- Settlements that were due in the 7 days before each day: late if not paid out when due.
settlements as (
    select
        days.week,
        coalesce(settlements.settlement_date, date '9999-12-31')
        > settlements.settlement_due_date as is_breached
    from {{ ref('fact_settlements') }} as settlements
    inner join days
        on
            settlements.settlement_due_date >= days.day - 7
            and settlements.settlement_due_date < days.day
),

alerts as (
    select
        days.week,
        alerts.raised_at > days.until_at - interval '1 day' as is_new,
        coalesce(alerts.investigated_at, {{ end_of_time() }}) > days.until_at as is_open
    from {{ ref('fact_fraud_alerts') }} as alerts
    inner join days
        on
            alerts.raised_at <= days.until_at
            and alerts.raised_at > days.until_at - interval '30 days'
    -- NOTED alerts need no investigation.
    where alerts.status <> 'NOTED'
),

present_hours as (
    select series.hour
    from present
    cross join lateral generate_series(
        0, extract(hour from present.present_at at time zone {{ bank_timezone() }})::integer
    ) as series (hour)
),

currencies as (
    select distinct transactions.currency
    from transactions
),

channels as (
    select distinct transactions.channel
    from transactions
),

-- One row per measure, member and day: a quantity, or cases over possible cases.
quantities as (
    {{ quantities | join('\n    union all\n    ') }}
),

cases as (
    {{ measured_rates(rates) }}
),

quantity_medians as (
    select
        reference.metric,
        reference.period,
        reference.member,
        count(*) as reference_days,
        percentile_cont(0.5) within group (order by reference.quantity::double precision)
            as expected
    from quantities as reference
    where reference.week > 0
    group by reference.metric, reference.period, reference.member
),

quantity_spreads as (
    select
        medians.metric,
        medians.period,
        medians.member,
        medians.reference_days,
        medians.expected,
        1.4826 * percentile_cont(0.5) within group (
            order by abs(reference.quantity::double precision - medians.expected)
        ) as spread
    from quantity_medians as medians
    inner join quantities as reference
        on
            {{ same_measure('medians', 'reference') }}
            and reference.week > 0
    group by
        medians.metric, medians.period, medians.member, medians.reference_days,
        medians.expected
),

rate_references as (
    select
        reference.metric,
        reference.period,
        reference.member,
        count(*) as reference_days,
        sum(reference.case_count)::double precision / sum(reference.possible_count) as expected,
        coalesce(
            -- ordered, because sums of floats depend on the order
            stddev_samp(
                reference.case_count::double precision / reference.possible_count
                order by reference.week
            ),
            0
        ) as day_spread
    from cases as reference
    where reference.week > 0
    group by reference.metric, reference.period, reference.member
),

banded as (
    select
        observed.metric,
        observed.period,
        observed.member,
        observed.quantity::double precision as observed,
        null::bigint as case_count,
        coalesce(spreads.reference_days, 0) as reference_days,
        spreads.expected,
        case
            when observed.metric = 'VOLUME_AMOUNT' then spreads.spread
            else greatest(spreads.spread, sqrt(greatest(spreads.expected, 1)))
        end as spread,
        null::double precision as highest
    from quantities as observed
    left join quantity_spreads as spreads
        on
            {{ same_measure('observed', 'spreads') }}
    where observed.week = 0
    union all
    select
        metrics.metric,
        metrics.period,
        'ALL' as member,
        observed.case_count::double precision / observed.possible_count as observed,
        coalesce(observed.possible_count, 0) as case_count,
        coalesce(reference.reference_days, 0) as reference_days,
        reference.expected,
        greatest(
            reference.day_spread,
            sqrt(
                -- one pseudo-case keeps the spread of a rate of 0 or 1 above 0
                greatest(
                    reference.expected * (1 - reference.expected),
                    1.0 / greatest(observed.possible_count, 1)
                )
                / greatest(observed.possible_count, 1)
            )
        ) as spread,
        1 as highest
    from (
        values
        {{ rate_measures(rates) }}
    ) as metrics (metric, period)
    cross join present
    left join cases as observed
        on metrics.metric = observed.metric and observed.week = 0
    left join rate_references as reference
        on metrics.metric = reference.metric
),

judged as (
    select
        banded.*,
        (banded.observed - banded.expected) / nullif(banded.spread, 0) as deviation,
        banded.reference_days >= 4 and banded.expected is not null and banded.spread > 0
            as has_band,
        -- Watched side: both for most measures, one for some.
        case
            when
                banded.metric in (
                    'FAILURE_RATE', 'SLA_BREACH_RATE', 'NEW_FRAUD_ALERTS',
                    'OPEN_FRAUD_ALERTS'
                )
                then 'ABOVE'
            when banded.metric = 'PAYMENT_SUCCESS_RATE' then 'BELOW'
            else 'BOTH'
        end as watched_side
    from banded
)

select
    judged.metric,
    judged.period,
    judged.member,
    present.present_at,
    present.present_date,
    judged.observed,
    judged.case_count,
    judged.reference_days::integer as reference_days,
    case when judged.has_band then judged.expected end as expected,
    case when judged.has_band then greatest(judged.expected - 3.5 * judged.spread, 0) end
        as lower_bound,
    case
        when judged.has_band
            then least(judged.expected + 3.5 * judged.spread, judged.highest)
    end as upper_bound,
    case when judged.has_band then judged.deviation end as deviation,
    judged.watched_side,
    case
        when judged.observed is null then 'NO_DATA'
        when not judged.has_band then 'NOT_JUDGED'
        when judged.watched_side = 'ABOVE' and judged.deviation <= 2 then 'NORMAL'
        when judged.watched_side = 'BELOW' and judged.deviation >= -2 then 'NORMAL'
        when abs(judged.deviation) <= 2 then 'NORMAL'
        when abs(judged.deviation) <= 3.5 then 'WARNING'
        else 'ALERT'
    end as status
from judged
cross join present
order by judged.metric, judged.period, judged.member
