select
    dim_country.country_key,
    dim_country.country,
    dim_country.iso3,
    dim_country.iso_numeric,
    dim_country.country_name,
    dim_country.region,
    dim_country.sub_region,
    dim_country.currency,
    dim_country.income_group,
    dim_country.fatf_status,
    dim_country.fatf_as_of_date,
    dim_country.regulatory_jurisdiction,
    dim_country.timezone,
    dim_country.is_member,
    dim_country.has_calendar
from {{ ref('dim_country') }} as dim_country
