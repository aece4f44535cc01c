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
        {{ mcc_group('merchants.mcc') }} as mcc_group,
        merchants.business_type,
        merchants.city,
        merchants.country,
        coalesce(countries.country_name, 'Unknown') as country_name,
        coalesce(countries.region, 'Unknown') as region,
        {{ geography_key('merchants.country', 'null', 'merchants.city') }} as geo_key,
        merchants.commission_rate,
        case
            when merchants.commission_rate < 0.015 then 'LOW'
            when merchants.commission_rate < 0.025 then 'MEDIUM'
            else 'HIGH'
        end as commission_band,
        merchants.risk_level,
        merchants.risk_level = 'HIGH' as is_high_risk,
        merchants.country = {{ home_country() }} as is_domestic,
        merchants.onboarded_date,
        extract(year from merchants.onboarded_date)::integer as onboarded_year,
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
        'UNKNOWN' as mcc_group,
        'Unknown' as business_type,
        'Unknown' as city,
        'XX' as country,
        'Unknown' as country_name,
        'Unknown' as region,
        -1::bigint as geo_key,
        0::numeric(9, 6) as commission_rate,
        'UNKNOWN' as commission_band,
        'UNKNOWN' as risk_level,
        false as is_high_risk,
        false as is_domestic,
        null::date as onboarded_date,
        null::integer as onboarded_year,
        false as is_active,
        false as is_deleted
)

select * from described
union all
select * from unknown
