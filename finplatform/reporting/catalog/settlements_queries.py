"""Queries of the page of settlements.

Each settlement is judged as of the page's last day: what was paid out later is open.
"""

_SETTLEMENTS = """
    with last_day as (
        select max(payment_date) as day
        from gold.fact_payments
        where payment_date <= %(as_of)s
    ),

    settlements as (
        select
            facts.settlement_id,
            facts.merchant_key,
            facts.cutoff_date,
            facts.settlement_due_date as due_date,
            facts.sla_class,
            facts.delay_reason,
            facts.payment_count,
            facts.gross_amount,
            facts.commission_amount,
            facts.net_amount,
            last_day.day as last_day,
            case when facts.settlement_date <= last_day.day then facts.days_to_settle end
                as days_to_settle,
            case when facts.settlement_date <= last_day.day then facts.days_late end as days_late,
            facts.settlement_date is null or facts.settlement_date > last_day.day as is_open,
            least(facts.settlement_date, last_day.day) > facts.settlement_due_date as is_breached
        from last_day
        inner join gold.fact_settlements as facts
            on
                facts.cutoff_date <= last_day.day
                and facts.cutoff_date > last_day.day - {days}
        where facts.currency = %(currency)s
    )
"""

_YEAR = _SETTLEMENTS.format(days=365)
_THIRTEEN_MONTHS = _SETTLEMENTS.format(days=400)
_TWO_YEARS = _SETTLEMENTS.format(days=760)
"""Settlements due in two years; a batch is due within days of its closing."""

SLA = f"""
    {_TWO_YEARS},

    dated as (
        select
            (date_trunc('month', due_date) + interval '1 month - 1 day')::date as month_end,
            is_breached,
            last_day
        from settlements
    )

    select
        month_end,
        count(*) as due_count,
        count(*) filter (where is_breached) as breach_count,
        count(*) filter (where is_breached)::double precision / count(*) as breach_rate
    from dated
    where month_end <= last_day and month_end > last_day - 731
    group by month_end
    order by month_end
"""

DAYS_DELAYED = f"""
    {_YEAR},

    late as (
        select
            least(days_late, 10) as days_late,
            net_amount
        from settlements
        where is_breached and days_late > 0
    )

    select
        case when days_late = 10 then '10 or more' else days_late::text end as days_late,
        count(*) as settlement_count,
        sum(net_amount) as net_amount
    from late
    group by late.days_late
    order by late.days_late
"""

DAYS_TO_SETTLE = f"""
    {_YEAR},

    paid as (
        select
            least(greatest(days_to_settle, 0), 10) as days_to_settle,
            days_to_settle as exact_days,
            sla_class
        from settlements
        where days_to_settle is not null
    )

    select
        sla_class,
        days_to_settle,
        count(*) as settlement_count,
        sum(exact_days) as day_count
    from paid
    group by sla_class, days_to_settle
    order by days_to_settle, sla_class
"""

REASONS = f"""
    {_YEAR},

    late as (
        select
            coalesce(delay_reason, 'NOT_GIVEN') as delay_reason,
            days_late,
            net_amount
        from settlements
        where is_breached
    )

    select
        delay_reason,
        count(*) as breach_count,
        avg(days_late)::double precision as mean_days_late,
        sum(net_amount) as net_amount,
        (count(*) / sum(count(*)) over ())::double precision as breach_share
    from late
    group by delay_reason
    order by breach_count desc, delay_reason
"""

CLASSES = f"""
    {_YEAR}

    select
        sla_class,
        count(*) as due_count,
        count(*) filter (where is_breached) as breach_count,
        count(*) filter (where is_breached)::double precision / count(*) as breach_rate
    from settlements
    where due_date <= last_day
    group by sla_class
    order by breach_rate desc, sla_class
"""

MERCHANTS = f"""
    {_YEAR},

    judged as (
        select
            merchant_key,
            count(*) as due_count,
            count(*) filter (where is_breached) as breach_count,
            count(*) filter (where is_breached)::double precision / count(*) as breach_rate
        from settlements
        where due_date <= last_day
        group by merchant_key
        having count(*) >= 10
    )

    select
        merchants.merchant_name,
        judged.due_count,
        judged.breach_count,
        judged.breach_rate
    from judged
    inner join gold.dim_merchant as merchants on judged.merchant_key = merchants.merchant_key
    order by judged.breach_rate desc, judged.due_count desc, merchants.merchant_name
    limit 15
"""

OPEN = f"""
    {_YEAR},

    waiting as (
        select
            net_amount,
            is_breached,
            case
                when not is_breached then 1
                when last_day - due_date <= 7 then 2
                when last_day - due_date <= 30 then 3
                else 4
            end as age_number
        from settlements
        where is_open
    ),

    ages (age_number, age) as (
        values
        (1, 'not past due'), (2, '1 to 7 days'), (3, '8 to 30 days'), (4, 'more than 30 days')
    )

    select
        ages.age,
        waiting.is_breached as is_past_due,
        count(*) as settlement_count,
        sum(waiting.net_amount) as net_amount
    from waiting
    inner join ages on waiting.age_number = ages.age_number
    group by ages.age_number, ages.age, waiting.is_breached
    order by ages.age_number
"""

COMMISSION = f"""
    {_THIRTEEN_MONTHS},

    dated as (
        select
            date_trunc('month', cutoff_date)::date as month_start,
            gross_amount,
            commission_amount
        from settlements
        where
            cutoff_date >= date_trunc('month', last_day + 1) - interval '12 months'
            and cutoff_date < date_trunc('month', last_day + 1)
    )

    select
        to_char(month_start, 'YYYY-MM') as month,
        sum(commission_amount) as commission_amount,
        sum(gross_amount) as gross_amount,
        (sum(commission_amount) / nullif(sum(gross_amount), 0))::double precision
            as commission_rate
    from dated
    group by month_start
    order by month_start
"""

PAST_DUE = f"""
    {_YEAR}

    select
        settlements.settlement_id as "Settlement",
        merchants.merchant_name as "Merchant",
        lower(settlements.sla_class) as "Agreement",
        settlements.due_date as "Due",
        settlements.last_day - settlements.due_date as "Days past due",
        settlements.net_amount as "Amount",
        replace(lower(settlements.delay_reason), '_', ' ') as "Reason"
    from settlements
    inner join gold.dim_merchant as merchants
        on settlements.merchant_key = merchants.merchant_key
    where settlements.is_open and settlements.is_breached
    order by settlements.due_date, settlements.net_amount desc, settlements.settlement_id
    limit 15
"""
