select
    stg_standardised_exposures.report_date as reporting_date,
    coalesce(dates.date_key, -1) as date_key,
    stg_standardised_exposures.exposure_id,
    stg_standardised_exposures.counterparty_id,
    stg_standardised_exposures.counterparty_name,
    stg_standardised_exposures.country,
    stg_standardised_exposures.exposure_class,
    stg_standardised_exposures.currency,
    stg_standardised_exposures.drawn_amount,
    stg_standardised_exposures.undrawn_amount,
    stg_standardised_exposures.specific_provision,
    stg_standardised_exposures.off_balance_kind,
    stg_standardised_exposures.start_date,
    stg_standardised_exposures.maturity_date,
    stg_standardised_exposures.is_defaulted,
    stg_standardised_exposures.rating,
    stg_standardised_exposures.sovereign_rating,
    stg_standardised_exposures.issuer_rating,
    stg_standardised_exposures.bank_grade,
    stg_standardised_exposures.turnover_eur_m,
    stg_standardised_exposures.property_value,
    stg_standardised_exposures.lending_kind,
    stg_standardised_exposures.slotting_category,
    stg_standardised_exposures.is_own_currency,
    stg_standardised_exposures.is_foreign_currency,
    stg_standardised_exposures.is_treated_as_sovereign,
    stg_standardised_exposures.is_by_sovereign,
    stg_standardised_exposures.is_listed_multilateral,
    stg_standardised_exposures.is_high_quality,
    stg_standardised_exposures.is_speculative,
    stg_standardised_exposures.is_listed,
    stg_standardised_exposures.is_legislated,
    stg_standardised_exposures.is_cash_flow_dependent,
    stg_standardised_exposures.is_split,
    stg_standardised_exposures.is_individual,
    stg_standardised_exposures.is_presold,
    stg_standardised_exposures.is_transactor,
    stg_standardised_exposures.has_currency_mismatch,
    (
        (stg_standardised_exposures.drawn_amount + stg_standardised_exposures.undrawn_amount)
        / stg_standardised_exposures.property_value
    )::double precision as ltv,
    -- `greatest` ignores nulls, so the case keeps null for a contract without an end.
    case
        when stg_standardised_exposures.maturity_date is not null
            then
                greatest(
                    stg_standardised_exposures.maturity_date
                    - stg_standardised_exposures.report_date,
                    0
                )
                / 365.25
    end::double precision as years,
    coalesce(
        stg_standardised_exposures.maturity_date
        <= stg_standardised_exposures.start_date + interval '3 months',
        false
    ) as is_short_term
from {{ ref('stg_standardised_exposures') }} as stg_standardised_exposures
left join {{ ref('dim_date') }} as dates
    on stg_standardised_exposures.report_date = dates.full_date
