select
    products.product_id,
    products.product_name,
    products.product_type,
    products.category,
    products.category as product_category,
    products.description,
    products.interest_rate,
    products.fees,
    products.terms_conditions,
    products.risk_level,
    products.minimum_balance,
    products.is_active
from {{ ref('stg_products') }} as products
where products.is_current and not products.is_deleted
