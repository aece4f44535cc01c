with source as (
    select * from {{ source('bronze', 'regulatory_reports') }}
)

select
    source.report_id,
    {{ tidy_code('source.report_type') }} as report_type,
    {{ tidy_code('source.reporting_period') }} as reporting_period,
    {{ tidy_code('source.regulatory_body') }} as regulatory_body,
    {{ tidy_code('source.status') }} as status,
    source.generation_date,
    source.submitted_date,
    source.submitted_date is not null as is_submitted,
    {{ tidy('source.file_path') }} as file_path
from source
