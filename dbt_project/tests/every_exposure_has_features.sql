{{ config(meta={'dagster': {'ref': {'name': 'credit_features'}}}) }}

{# Features and exposures have the same keys. #}
select
    exposures.exposure_id,
    exposures.reporting_date,
    features.exposure_id as features_exposure_id,
    features.observation_date
from (
    select exposures.*
    from {{ ref('credit_exposures') }} as exposures
    where {{ in_window_if_given('exposures.reporting_date') }}
) as exposures
full join (
    select features.*
    from {{ ref('credit_features') }} as features
    where {{ in_window_if_given('features.observation_date') }}
) as features
    on
        exposures.exposure_id = features.exposure_id
        and exposures.reporting_date = features.observation_date
where exposures.exposure_id is null or features.exposure_id is null
