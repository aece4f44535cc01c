select
    dim_geography.geo_key,
    dim_geography.country,
    dim_geography.country_name,
    dim_geography.state,
    dim_geography.city,
    dim_geography.region,
    dim_geography.timezone,
    dim_geography.regulatory_jurisdiction
from {{ ref('dim_geography') }} as dim_geography
