with reported as (
    select
        coalesce(coverage.reporting_date, funding.reporting_date) as reporting_date,
        coalesce(coverage.date_key, funding.date_key) as date_key,
        coalesce(coverage.currency, funding.currency) as currency,
        coverage.liquid_assets,
        coverage.net_outflow,
        coverage.coverage_ratio,
        coverage.minimum_ratio as coverage_minimum,
        coverage.surplus as coverage_surplus,
        funding.available_funding,
        funding.required_funding,
        funding.stable_funding_ratio,
        funding.minimum_ratio as stable_funding_minimum,
        funding.surplus as stable_funding_surplus,
        coverage.is_minimum_met and funding.is_minimum_met as is_minimum_met
    from {{ source('gold_by_python', 'liquidity_coverage') }} as coverage
    full outer join {{ source('gold_by_python', 'net_stable_funding') }} as funding
        on coverage.reporting_date = funding.reporting_date
)

select
    reported.*,
    reported.reporting_date = max(reported.reporting_date) over () as is_latest
from reported
