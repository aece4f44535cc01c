with source as (
    select * from {{ source('bronze', 'grade_overrides') }}
    where {{ in_window('decided_date') }}
)

select
    source.override_id,
    source.exposure_id,
    source.decided_date,
    coalesce(
        source.valid_until, (source.decided_date + interval '12 months')::date
    ) as valid_until,
    source.decided_by,
    source.approved_by,
    source.from_grade,
    source.to_grade,
    {{ tidy_code('source.reason_code') }} as reason_code,
    source.reason
from source
