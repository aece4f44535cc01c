{# A new sealing changes `identity_id`, which is therefore not tracked. #}
{%- set tracked = [
    'first_name_masked', 'last_name_masked', 'email_token', 'phone_token', 'city', 'state',
    'country', 'birth_year', 'sex', 'customer_since', 'risk_profile', 'credit_score',
    'annual_income', 'employment_status',
] -%}

with source as (
    select * from {{ source('bronze', 'customers') }}
),

cleaned as (
    select
        source.customer_id,
        {{ tidy('source.first_name_masked') }} as first_name_masked,
        {{ tidy('source.last_name_masked') }} as last_name_masked,
        {{ tidy('source.email_masked') }} as email_masked,
        source.email_token,
        {{ tidy('source.phone_masked') }} as phone_masked,
        source.phone_token,
        {{ tidy_place('source.city') }} as city,
        {{ tidy('source.state') }} as state,
        {{ tidy_code('source.country') }} as country,
        source.birth_year,
        {{ tidy_code('source.sex') }} as sex,
        source.customer_since,
        {{ tidy_code('source.risk_profile') }} as risk_profile,
        source.credit_score,
        source.annual_income,
        {{ tidy_code('source.employment_status') }} as employment_status,
        source.identity_id,
        source._op,
        source._changed_at,
        source._lsn,
        source._loaded_at
    from source
),

{{ entity_versions('customer_id', tracked, since='customer_since') }}

select
    versions.customer_id,
    versions.version_number::integer as version_number,
    versions.first_name_masked,
    versions.last_name_masked,
    versions.email_masked,
    versions.email_token,
    versions.phone_masked,
    versions.phone_token,
    versions.city,
    versions.state,
    versions.country,
    versions.birth_year,
    versions.sex,
    versions.customer_since,
    versions.risk_profile,
    versions.credit_score,
    versions.annual_income,
    versions.employment_status,
    versions.identity_id,
    versions.began_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,
    versions.is_deleted
from versions
