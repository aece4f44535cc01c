"""Queries of the page of payments.

Payments of the last days and of the last whole months, narrowed before they are counted.
"""

SAMPLE = 1500
"""Payments of the scatter plot: enough to show the shape, few enough for a browser."""

_LAST_DAY = """
    last_day as (
        select max(payment_date) as day
        from gold.fact_payments
        where currency = %(currency)s and payment_date <= %(as_of)s
    )
"""

_RECENT = f"""
    with {_LAST_DAY},

    recent as (
        select
            payments.payment_key,
            payments.payment_id,
            payments.payment_date,
            payments.merchant_key,
            payments.payment_method,
            payments.status,
            payments.failure_reason,
            payments.amount,
            payments.successful_amount,
            payments.commission_amount,
            payments.risk_score,
            payments.risk_band,
            payments.is_successful
        from last_day
        inner join gold.fact_payments as payments
            on
                payments.payment_date > last_day.day - {{days}}
                and payments.payment_date <= last_day.day
        where payments.currency = %(currency)s
    )
"""
"""Payments of the last days up to the page's date."""

_YEAR = _RECENT.format(days=365)

_WHOLE_MONTHS = f"""
    with {_LAST_DAY},

    paid as (
        select
            (date_trunc('month', payments.payment_date) + interval '1 month - 1 day')::date
                as month_end,
            payments.payment_method,
            payments.status,
            payments.successful_amount
        from last_day
        inner join gold.fact_payments as payments
            on
                payments.payment_date
                >= date_trunc('month', last_day.day + 1) - interval '12 months'
                and payments.payment_date < date_trunc('month', last_day.day + 1)
        where payments.currency = %(currency)s
    ),

    months as (
        select
            month_end,
            payment_method,
            count(*) as payment_count,
            count(*) filter (where status = 'SUCCESS') as successful_count,
            count(*) filter (where status = 'FAILED') as failed_count,
            count(*) filter (where status = 'PENDING') as pending_count,
            count(*) filter (where status = 'REFUNDED') as refunded_count,
            sum(successful_amount) as successful_amount
        from paid
        group by month_end, payment_method
    )
"""
"""The last twelve months that are over, by method."""

TRENDS = f"""
    {_RECENT.format(days=97)},

    -- A day without payments is a day that took in nothing.
    calendar as (
        select series.day::date as payment_date
        from last_day
        cross join lateral generate_series(
            (select min(payment_date) from recent), last_day.day, interval '1 day'
        ) as series (day)
    ),

    days as (
        select
            calendar.payment_date,
            count(recent.payment_key) as payment_count,
            coalesce(sum(recent.successful_amount), 0) as successful_amount
        from calendar
        left join recent on calendar.payment_date = recent.payment_date
        group by calendar.payment_date
    ),

    means as (
        select
            payment_date,
            payment_count,
            successful_amount,
            round(
                avg(successful_amount) over (
                    order by payment_date
                    range between interval '6 days' preceding and current row
                ),
                2
            ) as week_mean
        from days
    )

    select means.payment_date, means.payment_count, means.successful_amount, means.week_mean
    from means
    cross join last_day
    where means.payment_date > last_day.day - 90
    order by means.payment_date
"""

STATUSES = f"""
    {_WHOLE_MONTHS}

    select
        to_char(month_end, 'YYYY-MM') as month,
        sum(payment_count) as payment_count,
        sum(successful_count) as successful_count,
        sum(failed_count) as failed_count,
        sum(pending_count) as pending_count,
        sum(refunded_count) as refunded_count
    from months
    group by month_end
    order by month_end
"""

SUCCESS = f"""
    {_WHOLE_MONTHS}

    select
        month_end,
        payment_method,
        payment_count,
        successful_count,
        successful_count::double precision / payment_count as success_rate
    from months
    order by payment_method, month_end
"""

METHODS = f"""
    {_WHOLE_MONTHS}

    select
        to_char(month_end, 'YYYY-MM') as month,
        payment_method,
        payment_count,
        successful_amount
    from months
    order by month_end, payment_method
"""

FAILURES = f"""
    {_YEAR},

    failed as (
        select
            coalesce(failure_reason, 'UNKNOWN') as failure_reason,
            amount
        from recent
        where status = 'FAILED'
    )

    select
        failure_reason,
        count(*) as failed_count,
        sum(amount) as failed_amount,
        (count(*) / sum(count(*)) over ())::double precision as failed_share
    from failed
    group by failure_reason
    order by failed_count desc, failure_reason
"""

RISK_SCATTER = f"""
    {_RECENT.format(days=90)},

    -- The key is a hash, so that its order is a fixed draw.
    sample as (
        select
            payment_id,
            amount,
            risk_score,
            status
        from recent
        order by payment_key
        limit {SAMPLE}
    )

    select payment_id, amount, risk_score, status
    from sample
    order by status desc, payment_id
"""

RISK_CELLS = f"""
    {_YEAR},

    banded as (
        select
            payment_method,
            risk_band,
            case
                when amount < 50 then 1
                when amount < 200 then 2
                when amount < 1000 then 3
                when amount < 5000 then 4
                else 5
            end as band_number
        from recent
    ),

    bands (band_number, amount_band) as (
        values
        (1, 'below 50'), (2, '50 to 200'), (3, '200 to 1,000'),
        (4, '1,000 to 5,000'), (5, '5,000 and more')
    )

    select
        bands.amount_band,
        banded.payment_method,
        count(*) as payment_count,
        count(*) filter (where banded.risk_band = 'HIGH') as high_risk_count,
        count(*) filter (where banded.risk_band = 'HIGH')::double precision / count(*)
            as high_risk_share
    from banded
    inner join bands on banded.band_number = bands.band_number
    group by bands.band_number, bands.amount_band, banded.payment_method
    order by bands.band_number, banded.payment_method
"""

_MERCHANTS = f"""
    {_YEAR},

    paid as (
        select
            merchant_key,
            count(*) as payment_count,
            sum(successful_amount) as revenue_amount,
            sum(commission_amount) as commission_amount,
            count(*) filter (where is_successful)::double precision / count(*) as success_rate
        from recent
        group by merchant_key
    )
"""

MERCHANT_REVENUE = f"""
    {_MERCHANTS}

    select
        merchants.merchant_name,
        paid.revenue_amount,
        paid.commission_amount,
        paid.payment_count,
        paid.success_rate,
        (paid.revenue_amount / nullif(sum(paid.revenue_amount) over (), 0))::double precision
            as revenue_share
    from paid
    inner join gold.dim_merchant as merchants on paid.merchant_key = merchants.merchant_key
    order by paid.revenue_amount desc, merchants.merchant_name
    limit 15
"""

MERCHANT_SUCCESS = f"""
    {_MERCHANTS}

    select
        merchants.merchant_name,
        merchants.risk_level,
        paid.payment_count,
        paid.revenue_amount,
        paid.success_rate
    from paid
    inner join gold.dim_merchant as merchants on paid.merchant_key = merchants.merchant_key
    where paid.payment_count >= 30 and paid.revenue_amount > 0
    order by paid.payment_count desc, merchants.merchant_name
    limit 300
"""
