with source as (
    select * from {{ source('bronze', 'marketing_campaigns') }}
)

select
    source.campaign_id,
    {{ tidy('source.campaign_name') }} as campaign_name,
    {{ tidy_code('source.channel') }} as channel,
    {{ tidy_code('source.objective') }} as objective,
    {{ tidy_code('source.target_segment') }} as target_segment,
    source.product_id,
    source.start_date,
    source.end_date,
    source.measured_date,
    source.end_date - source.start_date + 1 as duration_days,
    source.budget,
    source.currency,
    source.has_random_control
from source
