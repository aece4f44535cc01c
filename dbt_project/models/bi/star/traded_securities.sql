select
    dim_security.security_key,
    dim_security.symbol,
    dim_security.security_name,
    dim_security.asset_class,
    dim_security.sector,
    dim_security.currency,
    dim_security.first_date,
    dim_security.last_date,
    dim_security.trading_days,
    dim_security.last_close_price,
    dim_security.is_active,
    dim_security.has_adjustments
from {{ ref('dim_security') }} as dim_security
