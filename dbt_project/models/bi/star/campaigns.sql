select
    dim_campaign.campaign_key,
    dim_campaign.campaign_id,
    dim_campaign.campaign_name,
    dim_campaign.channel,
    dim_campaign.objective,
    dim_campaign.target_segment,
    dim_campaign.product_key,
    dim_campaign.product_name,
    dim_campaign.product_category,
    dim_campaign.start_date,
    dim_campaign.end_date,
    dim_campaign.measured_date,
    dim_campaign.duration_days,
    dim_campaign.budget,
    dim_campaign.currency,
    dim_campaign.has_random_control
from {{ ref('dim_campaign') }} as dim_campaign
