{%- set tracked = [
    'merchant_name', 'category', 'mcc', 'business_type', 'city', 'country', 'commission_rate',
    'risk_level', 'onboarded_date', 'is_active',
] -%}

with source as (
    select * from {{ source('bronze', 'merchants') }}
),

cleaned as (
    select
        source.merchant_id,
        {{ tidy('source.merchant_name') }} as merchant_name,
        {{ tidy_code('source.category') }} as category,
        source.mcc,
        {{ tidy('source.business_type') }} as business_type,
        {{ tidy_place('source.city') }} as city,
        {{ tidy_code('source.country') }} as country,
        source.commission_rate,
        {{ tidy_code('source.risk_level') }} as risk_level,
        source.onboarded_date,
        source.is_active,
        source._op,
        source._changed_at,
        source._lsn,
        source._loaded_at
    from source
),

{{ entity_versions('merchant_id', tracked, since='onboarded_date') }}

select
    versions.merchant_id,
    versions.version_number::integer as version_number,
    versions.merchant_name,
    versions.category,
    versions.mcc,
    versions.business_type,
    versions.city,
    versions.country,
    versions.commission_rate,
    versions.risk_level,
    versions.onboarded_date,
    versions.is_active,
    versions.began_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,
    versions.is_deleted
from versions
