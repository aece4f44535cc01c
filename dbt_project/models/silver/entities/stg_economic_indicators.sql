with source as (
    select * from {{ source('bronze', 'economic_indicators') }}
)

select
    source.country,
    {{ tidy_code('source.indicator_code') }} as indicator_code,
    source.indicator_date,
    source.value,
    {{ tidy_code('source.unit') }} as unit,
    {{ tidy('source.source') }} as source
from source
