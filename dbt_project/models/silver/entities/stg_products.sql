{%- set tracked = [
    'product_name', 'product_type', 'category', 'description', 'interest_rate', 'fees',
    'terms_conditions', 'risk_level', 'minimum_balance', 'is_active',
] -%}

with source as (
    select * from {{ source('bronze', 'products') }}
),

cleaned as (
    select
        source.product_id,
        {{ tidy('source.product_name') }} as product_name,
        {{ tidy_code('source.product_type') }} as product_type,
        {{ tidy_code('source.category') }} as category,
        {{ tidy('source.description') }} as description,
        source.interest_rate,
        source.fees,
        {{ tidy('source.terms_conditions') }} as terms_conditions,
        {{ tidy_code('source.risk_level') }} as risk_level,
        source.minimum_balance,
        source.is_active,
        source._op,
        source._changed_at,
        source._lsn,
        source._loaded_at
    from source
),

{{ entity_versions('product_id', tracked) }}

select
    versions.product_id,
    versions.version_number::integer as version_number,
    versions.product_name,
    versions.product_type,
    versions.category,
    versions.description,
    versions.interest_rate,
    versions.fees,
    versions.terms_conditions,
    versions.risk_level,
    versions.minimum_balance,
    versions.is_active,
    versions.began_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,
    versions.is_deleted
from versions
