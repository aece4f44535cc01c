with source as (
    select * from {{ source('bronze', 'campaign_responses') }}
    where {{ in_window('measured_date') }}
)

select
    source.campaign_id,
    source.customer_id,
    source.assigned_date,
    source.measured_date,
    source.contact_date,
    source.conversion_date,
    -- Furthest stage; members of the control group can convert as well.
    case
        when source.is_converted then 'CONVERTED'
        when source.is_clicked then 'CLICKED'
        when source.is_opened then 'OPENED'
        when source.is_treated then 'CONTACTED'
        else 'HELD_BACK'
    end as response_stage,
    source.conversion_date - source.assigned_date as days_to_conversion,
    source.revenue,
    source.currency,
    source.is_treated,
    source.is_opened,
    source.is_clicked,
    source.is_converted
from source
