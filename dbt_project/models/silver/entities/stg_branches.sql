{%- set tracked = [
    'branch_name', 'city', 'state', 'country', 'region', 'timezone', 'opened_date',
] -%}

with source as (
    select * from {{ source('bronze', 'branches') }}
),

cleaned as (
    select
        source.branch_id,
        {{ tidy('source.branch_name') }} as branch_name,
        {{ tidy_place('source.city') }} as city,
        {{ tidy('source.state') }} as state,
        {{ tidy_code('source.country') }} as country,
        {{ tidy('source.region') }} as region,
        {{ tidy('source.timezone') }} as timezone,
        source.opened_date,
        source._op,
        source._changed_at,
        source._lsn,
        source._loaded_at
    from source
),

{{ entity_versions('branch_id', tracked, since='opened_date') }}

select
    versions.branch_id,
    versions.version_number::integer as version_number,
    versions.branch_name,
    versions.city,
    versions.state,
    versions.country,
    versions.region,
    versions.timezone,
    versions.opened_date,
    versions.began_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,
    versions.is_deleted
from versions
