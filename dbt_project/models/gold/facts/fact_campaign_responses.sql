with responses as (
    select * from {{ ref('stg_campaign_responses') }}
    where {{ in_window('measured_date') }}
),

customers as (
    {{ customer_spans() }}
)

select
    {{ surrogate_key(['responses.campaign_id', 'responses.customer_id']) }} as response_key,
    coalesce(campaigns.campaign_key, -1) as campaign_key,
    coalesce(customers.customer_key, -1) as customer_key,
    coalesce(campaigns.product_key, -1) as product_key,
    coalesce(measured_dates.date_key, -1) as date_key,
    coalesce(assigned_dates.date_key, -1) as assigned_date_key,
    coalesce(conversion_dates.date_key, -1) as conversion_date_key,
    responses.campaign_id,
    responses.customer_id,
    responses.assigned_date,
    responses.measured_date,
    responses.contact_date,
    responses.conversion_date,
    responses.response_stage,
    responses.days_to_conversion,
    responses.currency,
    responses.revenue,
    responses.is_treated,
    responses.is_opened,
    responses.is_clicked,
    responses.is_converted,
    1::smallint as response_count
from responses
left join {{ ref('dim_campaign') }} as campaigns
    on responses.campaign_id = campaigns.campaign_id
-- Versions known at the assignment; later versions may be effects of the contact.
left join customers
    on
        responses.customer_id = customers.customer_id
        and {{ day_start('responses.assigned_date') }} >= customers.span_from
        and {{ day_start('responses.assigned_date') }} < customers.span_to
left join {{ ref('dim_date') }} as measured_dates
    on responses.measured_date = measured_dates.full_date
left join {{ ref('dim_date') }} as assigned_dates
    on responses.assigned_date = assigned_dates.full_date
left join {{ ref('dim_date') }} as conversion_dates
    on responses.conversion_date = conversion_dates.full_date
