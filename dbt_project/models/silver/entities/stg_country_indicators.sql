with source as (
    select * from {{ source('bronze', 'country_indicators') }}
)

select
    source.country,
    {{ tidy_code('source.indicator_code') }} as indicator_code,
    source.indicator_date,
    (
        date_trunc('month', source.indicator_date::timestamp)
        - (source.period_months - 1) * interval '1 month'
    )::date as period_start_date,
    source.period_months,
    source.value,
    {{ tidy_code('source.unit') }} as unit,
    coalesce(source.published_date, source.indicator_date) as known_date,
    source.published_date is null as is_known_date_assumed,
    {{ tidy('source.source') }} as source
from source
