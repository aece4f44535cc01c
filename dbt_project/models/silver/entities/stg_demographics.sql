with source as (
    select * from {{ source('bronze', 'demographics') }}
)

select
    source.country,
    source.year,
    source.population,
    source.urban_share_pct,
    source.literacy_pct,
    source.life_expectancy_years,
    source.median_age_years,
    {{ tidy('source.source') }} as source
from source
