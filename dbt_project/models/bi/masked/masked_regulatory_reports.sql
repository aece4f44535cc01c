select
    returns.report_id,
    returns.report_type,
    returns.reporting_period,
    returns.generation_date,
    returns.status,
    returns.file_path,
    returns.submitted_date,
    returns.regulatory_body
from {{ ref('stg_regulatory_reports') }} as returns
