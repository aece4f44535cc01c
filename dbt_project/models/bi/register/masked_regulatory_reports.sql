select
    register.return_code || '-' || register.period as report_id,
    register.return_code as report_type,
    register.period as reporting_period,
    register.generated_date as generation_date,
    register.state as status,
    register.file_path,
    register.submitted_date,
    register.authority as regulatory_body
from {{ source('compliance_by_python', 'regulatory_calendar') }} as register
where register.generated_date is not null
