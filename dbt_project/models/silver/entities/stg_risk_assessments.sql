with source as (
    select * from {{ source('bronze', 'risk_assessments') }}
)

select
    source.assessment_id,
    source.customer_id,
    source.assessment_date,
    source.credit_score,
    {{ tidy_code('source.risk_category') }} as risk_category,
    source.probability_default,
    {{ tidy_code('source.assessment_model') }} as assessment_model,
    {{ tidy('source.notes') }} as notes
from source
