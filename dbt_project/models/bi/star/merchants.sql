select
    dim_merchant.merchant_key,
    dim_merchant.merchant_id,
    dim_merchant.merchant_name,
    dim_merchant.category,
    dim_merchant.mcc,
    dim_merchant.business_type,
    dim_merchant.city,
    dim_merchant.country,
    dim_merchant.country_name,
    dim_merchant.region,
    dim_merchant.geo_key,
    dim_merchant.commission_rate,
    dim_merchant.risk_level,
    dim_merchant.onboarded_date,
    dim_merchant.is_active,
    dim_merchant.is_deleted
from {{ ref('dim_merchant') }} as dim_merchant
