with interactions as (
    select * from {{ ref('stg_customer_interactions') }}
    where {{ in_window('interaction_date') }}
),

customers as (
    {{ customer_spans() }}
)

select
    {{ surrogate_key(['interactions.interaction_id']) }} as interaction_key,
    coalesce(customers.customer_key, -1) as customer_key,
    coalesce(dates.date_key, -1) as date_key,
    interactions.interaction_id,
    coalesce(interactions.customer_id, 'UNKNOWN') as customer_id,
    interactions.interaction_at,
    interactions.interaction_date,
    interactions.channel,
    interactions.direction,
    interactions.reason,
    interactions.resolution,
    interactions.duration_seconds,
    interactions.satisfaction,
    interactions.is_resolved,
    1::smallint as interaction_count
from interactions
left join customers
    on
        interactions.customer_id = customers.customer_id
        and interactions.interaction_at >= customers.span_from
        and interactions.interaction_at < customers.span_to
left join {{ ref('dim_date') }} as dates
    on interactions.interaction_date = dates.full_date
