with branches as (
    select distinct on (stg_branches.branch_id) stg_branches.*
    from {{ ref('stg_branches') }} as stg_branches
    order by stg_branches.branch_id asc, stg_branches.version_number desc
),

described as (
    select
        {{ surrogate_key(['branches.branch_id']) }} as branch_key,
        branches.branch_id,
        branches.branch_name,
        branches.city,
        branches.state,
        branches.country,
        coalesce(countries.country_name, 'Unknown') as country_name,
        branches.region as branch_region,
        branches.timezone,
        {{ geography_key('branches.country', 'branches.state', 'branches.city') }} as geo_key,
        branches.opened_date,
        branches.is_deleted
    from branches
    left join {{ ref('countries') }} as countries
        on branches.country = countries.country
),

unknown as (
    select
        -1::bigint as branch_key,
        'UNKNOWN' as branch_id,
        'Unknown' as branch_name,
        'Unknown' as city,
        null::text as state,
        'XX' as country,
        'Unknown' as country_name,
        'Unknown' as branch_region,
        'UTC' as timezone,
        -1::bigint as geo_key,
        null::date as opened_date,
        false as is_deleted
)

select * from described
union all
select * from unknown
