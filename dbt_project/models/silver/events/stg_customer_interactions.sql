with source as (
    select * from {{ source('bronze', 'customer_interactions') }}
    where {{ instant_in_window('interaction_at') }}
)

select
    source.interaction_id,
    source.customer_id,
    source.interaction_at,
    {{ business_date('source.interaction_at') }} as interaction_date,
    source.channel,
    source.direction,
    {{ tidy_code('source.reason') }} as reason,
    source.resolution,
    source.duration_seconds,
    source.satisfaction,
    source.resolution = 'RESOLVED' as is_resolved
from source
