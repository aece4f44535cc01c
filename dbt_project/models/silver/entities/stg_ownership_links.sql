with source as (
    select * from {{ source('bronze', 'ownership_links') }}
)

select
    source.owned_id,
    source.holder_id,
    source.holder_kind,
    source.holder_name_masked,
    source.birth_year,
    {{ tidy_code('source.holder_country') }} as holder_country,
    source.share_rate,
    source.has_control,
    source.stated_date,
    source.identity_id
from source
