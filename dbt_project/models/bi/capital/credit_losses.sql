with cells as (
    select
        losses.reporting_date,
        losses.date_key,
        losses.currency,
        losses.exposure_class,
        losses.stage,
        count(*) as exposures,
        sum(losses.exposure_amount) as exposure_amount,
        sum(losses.ecl_12_months) as ecl_12_months,
        sum(losses.ecl_lifetime) as ecl_lifetime,
        sum(losses.allowance) as allowance
    from {{ source('gold_by_python', 'expected_credit_loss') }} as losses
    group by
        losses.reporting_date,
        losses.date_key,
        losses.currency,
        losses.exposure_class,
        losses.stage
)

select
    cells.reporting_date,
    cells.date_key,
    cells.currency,
    cells.exposure_class,
    cells.stage,
    cells.exposures,
    cells.exposure_amount,
    cells.ecl_12_months,
    cells.ecl_lifetime,
    cells.allowance,
    cells.allowance::double precision
    / nullif(cells.exposure_amount, 0)::double precision as coverage_rate,
    cells.reporting_date = max(cells.reporting_date) over () as is_latest
from cells
