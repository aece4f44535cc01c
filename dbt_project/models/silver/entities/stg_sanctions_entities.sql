with source as (
    select * from {{ source('bronze', 'sanctions_entities') }}
),

cleaned as (
    select
        source.list_code,
        source.entity_id,
        source.entity_type,
        {{ tidy('source.entity_name') }} as entity_name,
        {{ tidy('source.aliases') }} as aliases,
        {{ tidy('source.alias_qualities') }} as alias_qualities,
        {{ tidy('source.programs') }} as programs,
        {{ tidy('source.countries') }} as countries,
        {{ tidy('source.addresses') }} as addresses,
        -- OFAC lists dates of birth in the remarks: "DOB 12 Jan 1960; alt. DOB 1961; ..."
        coalesce(
            {{ tidy('source.birth_dates') }},
            btrim(substring(source.remarks from 'DOB ([^;.]+)'))
        ) as birth_dates,
        source.listed_date,
        {{ tidy('source.remarks') }} as remarks
    from source
)

select
    cleaned.list_code,
    cleaned.entity_id,
    cleaned.entity_type,
    cleaned.entity_name,
    cleaned.aliases,
    coalesce(cardinality(string_to_array(cleaned.aliases, '; ')), 0)::integer as alias_count,
    cleaned.alias_qualities,
    cleaned.programs,
    cleaned.countries,
    cleaned.addresses,
    cleaned.birth_dates,
    substring(cleaned.birth_dates from '(1[89][0-9]{2}|20[0-9]{2})')::smallint as birth_year,
    cleaned.listed_date,
    cleaned.remarks
from cleaned
