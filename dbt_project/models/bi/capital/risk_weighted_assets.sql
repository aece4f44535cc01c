select
    cells.reporting_date,
    cells.date_key,
    cells.currency,
    cells.risk_type,
    cells.exposure_class,
    cells.is_defaulted,
    cells.approach,
    cells.exposures,
    cells.exposure_amount,
    cells.expected_loss,
    cells.sa_risk_weighted_assets,
    cells.risk_weighted_assets,
    cells.capital_requirement,
    cells.risk_weighted_assets::double precision
    / nullif(cells.exposure_amount, 0)::double precision as average_risk_weight,
    cells.reporting_date = max(cells.reporting_date) over () as is_latest
from {{ source('gold_by_python', 'rwa_by_class') }} as cells
