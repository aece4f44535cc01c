select
    assessments.assessment_id,
    assessments.customer_id,
    assessments.assessment_date,
    assessments.credit_score,
    assessments.risk_category,
    assessments.probability_default,
    assessments.assessment_model,
    assessments.notes
from {{ ref('stg_risk_assessments') }} as assessments
