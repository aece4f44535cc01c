with places as (
    select
        customers.country,
        customers.state,
        customers.city
    from {{ ref('stg_customers') }} as customers
    union
    select
        branches.country,
        branches.state,
        branches.city
    from {{ ref('stg_branches') }} as branches
    union
    select
        merchants.country,
        null as state,
        merchants.city
    from {{ ref('stg_merchants') }} as merchants
),

branch_timezones as (
    select distinct on (branches.country, branches.state, branches.city)
        branches.country,
        branches.state,
        branches.city,
        branches.timezone
    from {{ ref('stg_branches') }} as branches
    order by
        branches.country, branches.state, branches.city, branches.branch_id, branches.valid_from
),

described as (
    select
        {{ geography_key('places.country', 'places.state', 'places.city') }} as geo_key,
        places.country,
        coalesce(countries.country_name, 'Unknown') as country_name,
        places.state,
        places.city,
        coalesce(countries.region, 'Unknown') as region,
        coalesce(branch_timezones.timezone, countries.timezone, 'UTC') as timezone,
        coalesce(countries.regulatory_jurisdiction, 'Unknown') as regulatory_jurisdiction
    from places
    left join {{ ref('countries') }} as countries
        on places.country = countries.country
    left join branch_timezones
        on
            places.country = branch_timezones.country
            and places.city = branch_timezones.city
            and places.state is not distinct from branch_timezones.state
),

unknown as (
    select
        -1::bigint as geo_key,
        'XX' as country,
        'Unknown' as country_name,
        null::text as state,
        'Unknown' as city,
        'Unknown' as region,
        'UTC' as timezone,
        'Unknown' as regulatory_jurisdiction
)

select * from described
union all
select * from unknown
