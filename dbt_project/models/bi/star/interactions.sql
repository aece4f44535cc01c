select
    fact_interactions.interaction_key,
    fact_interactions.customer_key,
    fact_interactions.date_key,
    fact_interactions.interaction_id,
    fact_interactions.customer_id,
    fact_interactions.interaction_at,
    fact_interactions.interaction_date,
    fact_interactions.channel,
    fact_interactions.direction,
    fact_interactions.reason,
    fact_interactions.resolution,
    fact_interactions.duration_seconds,
    fact_interactions.satisfaction,
    fact_interactions.is_resolved,
    fact_interactions.interaction_count
from {{ ref('fact_interactions') }} as fact_interactions
