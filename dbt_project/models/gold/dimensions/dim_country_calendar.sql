with countries as (
    select distinct bank_holidays.country
    from {{ ref('bank_holidays') }} as bank_holidays
),

days as (
    select series.day_start::date as full_date
    from generate_series(
        timestamp '{{ var("country_calendar_first_day") }}',
        timestamp '{{ var("country_calendar_last_day") }}',
        interval '1 day'
    ) as series (day_start)
),

described as (
    select
        countries.country,
        days.full_date,
        extract(isodow from days.full_date) >= 6 as is_weekend,
        holidays.holiday_name
    from countries
    cross join days
    left join {{ ref('bank_holidays') }} as holidays
        on countries.country = holidays.country and days.full_date = holidays.holiday_date
),

judged as (
    select
        described.*,
        not described.is_weekend and described.holiday_name is null as is_business_day
    from described
)

select
    judged.country,
    judged.full_date,
    extract(year from judged.full_date)::integer * 10000
    + extract(month from judged.full_date)::integer * 100
    + extract(day from judged.full_date)::integer as date_key,
    judged.is_weekend,
    judged.holiday_name is not null as is_holiday,
    judged.holiday_name,
    judged.is_business_day,
    (
        count(*) filter (where judged.is_business_day)
            over (partition by judged.country order by judged.full_date)
    )::integer as business_day_number
from judged
