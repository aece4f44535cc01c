with merchants as (
    select distinct on (stg_merchants.merchant_id) stg_merchants.*
    from {{ ref('stg_merchants') }} as stg_merchants
    order by stg_merchants.merchant_id asc, stg_merchants.version_number desc
),

described as (
    select
        {{ surrogate_key(['merchants.merchant_id']) }} as merchant_key,
        merchants.merchant_id,
        merchants.merchant_name,
        merchants.category,
        merchants.mcc,
        merchants.business_type,
        merchants.city,
        merchants.country,
        coalesce(countries.country_name, 'Unknown') as country_name,
        coalesce(countries.region, 'Unknown') as region,
        {{ geography_key('merchants.country', 'null', 'merchants.city') }} as geo_key,
        merchants.commission_rate,
        merchants.risk_level,
        merchants.onboarded_date,
        merchants.is_active and not merchants.is_deleted as is_active,
        merchants.is_deleted
    from merchants
    left join {{ ref('countries') }} as countries
        on merchants.country = countries.country
),

unknown as (
    select
        -1::bigint as merchant_key,
        'UNKNOWN' as merchant_id,
        'Unknown' as merchant_name,
        'UNKNOWN' as category,
        '0000' as mcc,
        'Unknown' as business_type,
        'Unknown' as city,
        'XX' as country,
        'Unknown' as country_name,
        'Unknown' as region,
        -1::bigint as geo_key,
        0::numeric(9, 6) as commission_rate,
        'UNKNOWN' as risk_level,
        null::date as onboarded_date,
        false as is_active,
        false as is_deleted
)

select * from described
union all
select * from unknown
