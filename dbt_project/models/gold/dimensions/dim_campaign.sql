with campaigns as (
    select * from {{ ref('stg_marketing_campaigns') }}
),

described as (
    select
        {{ surrogate_key(['campaigns.campaign_id']) }} as campaign_key,
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.channel,
        campaigns.objective,
        campaigns.target_segment,
        coalesce(products.product_key, -1) as product_key,
        coalesce(products.product_name, 'Unknown') as product_name,
        coalesce(products.product_category, 'UNKNOWN') as product_category,
        campaigns.start_date,
        campaigns.end_date,
        campaigns.measured_date,
        campaigns.duration_days,
        campaigns.budget,
        campaigns.currency,
        campaigns.has_random_control
    from campaigns
    left join {{ ref('dim_product') }} as products
        on campaigns.product_id = products.product_id
),

unknown as (
    select
        -1::bigint as campaign_key,
        'UNKNOWN' as campaign_id,
        'Unknown' as campaign_name,
        'UNKNOWN' as channel,
        'UNKNOWN' as objective,
        'UNKNOWN' as target_segment,
        -1::bigint as product_key,
        'Unknown' as product_name,
        'UNKNOWN' as product_category,
        date '1900-01-01' as start_date,
        date '1900-01-01' as end_date,
        date '1900-01-01' as measured_date,
        1 as duration_days,
        0::numeric(18, 2) as budget,
        'XXX' as currency,
        false as has_random_control
)

select * from described
union all
select * from unknown
