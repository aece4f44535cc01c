select
    stg_credit_protection.report_date as reporting_date,
    coalesce(dates.date_key, -1) as date_key,
    stg_credit_protection.protection_id,
    stg_credit_protection.exposure_id,
    stg_credit_protection.protection_kind,
    stg_credit_protection.currency,
    stg_credit_protection.amount,
    stg_credit_protection.transaction_kind,
    stg_credit_protection.revaluation_days,
    stg_credit_protection.start_date,
    stg_credit_protection.end_date,
    stg_credit_protection.instrument_maturity_date,
    stg_credit_protection.provider_class,
    stg_credit_protection.provider_rating,
    stg_credit_protection.provider_grade,
    stg_credit_protection.is_own_currency,
    stg_credit_protection.covers_restructuring,
    stg_credit_protection.first_loss_amount,
    -- `greatest` ignores nulls, so the case keeps null for a contract without an end.
    case
        when stg_credit_protection.instrument_maturity_date is not null
            then
                greatest(
                    stg_credit_protection.instrument_maturity_date
                    - stg_credit_protection.report_date,
                    0
                )
                / 365.25
    end::double precision as instrument_years,
    case
        when stg_credit_protection.end_date is not null
            then
                greatest(stg_credit_protection.end_date - stg_credit_protection.report_date, 0)
                / 365.25
    end::double precision as protection_years,
    ((stg_credit_protection.end_date - stg_credit_protection.start_date) / 365.25)::double precision
        as original_years,
    stg_credit_protection.currency <> exposures.currency as has_currency_mismatch
from {{ ref('stg_credit_protection') }} as stg_credit_protection
inner join {{ ref('stg_standardised_exposures') }} as exposures
    on
        stg_credit_protection.report_date = exposures.report_date
        and stg_credit_protection.exposure_id = exposures.exposure_id
left join {{ ref('dim_date') }} as dates
    on stg_credit_protection.report_date = dates.full_date
