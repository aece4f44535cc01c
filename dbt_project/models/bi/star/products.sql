select
    dim_product.product_key,
    dim_product.product_id,
    dim_product.product_name,
    dim_product.product_type,
    dim_product.product_category,
    dim_product.category,
    dim_product.description,
    dim_product.interest_rate,
    dim_product.fees,
    dim_product.minimum_balance,
    dim_product.risk_level,
    dim_product.profitability_tier,
    dim_product.exposure_class,
    dim_product.is_secured,
    dim_product.is_active,
    dim_product.is_deleted
from {{ ref('dim_product') }} as dim_product
