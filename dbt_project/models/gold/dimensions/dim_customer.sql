with customers as (
    select
        stg_customers.*,
        extract(year from stg_customers.valid_from at time zone 'UTC')::integer
        - stg_customers.birth_year as age
    from {{ ref('stg_customers') }} as stg_customers
),

described as (
    select
        {{ version_key('customers.customer_id', 'customers.valid_from') }} as customer_key,
        customers.customer_id,
        customers.first_name_masked as first_name,
        customers.last_name_masked as last_name,
        concat_ws(' ', customers.first_name_masked, customers.last_name_masked) as customer_name,
        customers.email_masked,
        customers.phone_masked,
        customers.sex,
        customers.birth_year,
        customers.age,
        case
            when customers.age < 18 then 'UNDER_18'
            when customers.age < 25 then '18_24'
            when customers.age < 35 then '25_34'
            when customers.age < 45 then '35_44'
            when customers.age < 55 then '45_54'
            when customers.age < 65 then '55_64'
            else '65_PLUS'
        end as age_group,
        customers.employment_status,
        customers.annual_income,
        case
            when customers.annual_income is null then 'UNKNOWN'
            when customers.annual_income < 25000 then 'UNDER_25K'
            when customers.annual_income < 50000 then '25K_50K'
            when customers.annual_income < 75000 then '50K_75K'
            when customers.annual_income < 100000 then '75K_100K'
            when customers.annual_income < 200000 then '100K_200K'
            else '200K_PLUS'
        end as income_bracket,
        customers.credit_score,
        case
            when customers.credit_score is null then 'UNKNOWN'
            when customers.credit_score < 580 then 'POOR'
            when customers.credit_score < 670 then 'FAIR'
            when customers.credit_score < 740 then 'GOOD'
            when customers.credit_score < 800 then 'VERY_GOOD'
            else 'EXCEPTIONAL'
        end as credit_score_band,
        customers.risk_profile,
        case
            when customers.annual_income >= 150000 and customers.credit_score >= 740 then 'PLATINUM'
            when customers.annual_income >= 75000 and customers.credit_score >= 670 then 'GOLD'
            when customers.annual_income >= 35000 then 'SILVER'
            else 'STANDARD'
        end as customer_tier,
        customers.city,
        customers.state,
        customers.country,
        coalesce(countries.country_name, 'Unknown') as country_name,
        coalesce(countries.region, 'Unknown') as geographic_region,
        {{ geography_key('customers.country', 'customers.state', 'customers.city') }} as geo_key,
        customers.customer_since,
        extract(year from customers.customer_since)::integer as customer_since_year,
        customers.version_number,
        customers.valid_from,
        customers.valid_to,
        customers.is_current,
        customers.is_deleted
    from customers
    left join {{ ref('countries') }} as countries
        on customers.country = countries.country
),

unknown as (
    select
        -1::bigint as customer_key,
        'UNKNOWN' as customer_id,
        'Unknown' as first_name,
        'Unknown' as last_name,
        'Unknown' as customer_name,
        null::text as email_masked,
        null::text as phone_masked,
        null::text as sex,
        null::smallint as birth_year,
        null::integer as age,
        'UNKNOWN' as age_group,
        null::text as employment_status,
        null::numeric(18, 2) as annual_income,
        'UNKNOWN' as income_bracket,
        null::smallint as credit_score,
        'UNKNOWN' as credit_score_band,
        'UNKNOWN' as risk_profile,
        'UNKNOWN' as customer_tier,
        'Unknown' as city,
        null::text as state,
        'XX' as country,
        'Unknown' as country_name,
        'Unknown' as geographic_region,
        -1::bigint as geo_key,
        null::date as customer_since,
        null::integer as customer_since_year,
        1 as version_number,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        true as is_current,
        false as is_deleted
)

select * from described
union all
select * from unknown
