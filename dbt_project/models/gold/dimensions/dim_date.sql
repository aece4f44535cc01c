with days as (
    select series.day_start::date as full_date
    from generate_series(
        timestamp '{{ var("calendar_first_day") }}',
        timestamp '{{ var("calendar_last_day") }}',
        interval '1 day'
    ) as series (day_start)
),

parts as (
    select
        days.full_date,
        extract(year from days.full_date)::integer as year,
        extract(quarter from days.full_date)::integer as quarter,
        extract(month from days.full_date)::integer as month,
        extract(day from days.full_date)::integer as day_of_month,
        extract(doy from days.full_date)::integer as day_of_year,
        extract(isodow from days.full_date)::integer as day_of_week,
        extract(isoyear from days.full_date)::integer as iso_year,
        extract(week from days.full_date)::integer as week,
        date_trunc('month', days.full_date::timestamp)::date as month_start_date,
        {{ month_end('days.full_date') }} as month_end_date,
        date_trunc('quarter', days.full_date::timestamp)::date as quarter_start_date,
        (date_trunc('quarter', days.full_date::timestamp) + interval '3 months - 1 day')::date
            as quarter_end_date,
        holidays.holiday_name
    from days
    left join {{ ref('bank_holidays') }} as holidays
        on days.full_date = holidays.holiday_date and holidays.country = 'US'
),

described as (
    select
        parts.year * 10000 + parts.month * 100 + parts.day_of_month as date_key,
        parts.full_date,
        parts.year,
        (parts.month + 5) / 6 as half_year,
        parts.quarter,
        parts.year || '-Q' || parts.quarter as year_quarter,
        parts.month,
        to_char(parts.full_date, 'YYYY-MM') as year_month,
        to_char(parts.full_date, 'FMMonth') as month_name,
        to_char(parts.full_date, 'Mon') as month_short_name,
        parts.iso_year,
        parts.week,
        to_char(parts.full_date, 'IYYY-"W"IW') as iso_week,
        parts.day_of_month,
        parts.day_of_year,
        parts.day_of_week,
        to_char(parts.full_date, 'FMDay') as day_name,
        to_char(parts.full_date, 'Dy') as day_short_name,
        parts.full_date - parts.quarter_start_date + 1 as day_of_quarter,
        (parts.day_of_month + 6) / 7 as week_of_month,
        parts.month_start_date,
        parts.month_end_date,
        parts.quarter_start_date,
        parts.quarter_end_date,
        extract(day from parts.month_end_date)::integer as days_in_month,
        case when parts.month >= 10 then parts.year + 1 else parts.year end as fiscal_year,
        (parts.month + 2) % 12 / 3 + 1 as fiscal_quarter,
        parts.day_of_week >= 6 as is_weekend,
        parts.holiday_name is not null as is_holiday,
        parts.holiday_name,
        parts.day_of_week < 6 and parts.holiday_name is null as is_business_day,
        parts.full_date = parts.month_start_date as is_month_start,
        parts.full_date = parts.month_end_date as is_month_end,
        parts.full_date = parts.quarter_end_date as is_quarter_end,
        parts.month = 12 and parts.day_of_month = 31 as is_year_end,
        extract(day from make_date(parts.year, 3, 1) - 1) = 29 as is_leap_year
    from parts
),

unknown as (
    select
        -1 as date_key,
        date '1900-01-01' as full_date,
        1900 as year,
        1 as half_year,
        1 as quarter,
        'Unknown' as year_quarter,
        1 as month,
        'Unknown' as year_month,
        'Unknown' as month_name,
        'Unknown' as month_short_name,
        1900 as iso_year,
        1 as week,
        'Unknown' as iso_week,
        1 as day_of_month,
        1 as day_of_year,
        1 as day_of_week,
        'Unknown' as day_name,
        'Unknown' as day_short_name,
        1 as day_of_quarter,
        1 as week_of_month,
        date '1900-01-01' as month_start_date,
        date '1900-01-31' as month_end_date,
        date '1900-01-01' as quarter_start_date,
        date '1900-03-31' as quarter_end_date,
        31 as days_in_month,
        1900 as fiscal_year,
        2 as fiscal_quarter,
        false as is_weekend,
        false as is_holiday,
        null::text as holiday_name,
        false as is_business_day,
        false as is_month_start,
        false as is_month_end,
        false as is_quarter_end,
        false as is_year_end,
        false as is_leap_year
)

select * from described
union all
select * from unknown
