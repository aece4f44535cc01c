with source as (
    select * from {{ source('bronze', 'development_operations') }}
)

select
    source.operation_id,
    source.operation_date,
    source.settled_date,
    source.country,
    {{ tidy_code('source.operation_type') }} as operation_type,
    {{ tidy_code('source.sector') }} as sector,
    {{ tidy('source.project_id') }} as project_id,
    {{ tidy_code('source.status') }} as status,
    source.amount,
    source.currency,
    case when source.currency = 'USD' then source.amount else source.amount_usd end as amount_usd,
    source.status = 'SUCCESS' as is_successful
from source
