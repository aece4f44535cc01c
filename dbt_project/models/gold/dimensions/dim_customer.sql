with customers as (
    select
        stg_customers.*,
        extract(year from stg_customers.valid_from at time zone {{ bank_timezone() }})::integer
        - stg_customers.birth_year as age,
        {{
            whole_months(
                'stg_customers.customer_since', business_date('stg_customers.valid_from')
            )
        }} as tenure_months,
        lag(stg_customers.credit_score) over customer as previous_credit_score,
        lag(stg_customers.annual_income) over customer as previous_annual_income,
        lag(stg_customers.city) over customer as previous_city
    from {{ ref('stg_customers') }} as stg_customers
    window
        customer as (
            partition by stg_customers.customer_id order by stg_customers.version_number
        )
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
        case
            when customers.birth_year is null then 'UNKNOWN'
            when customers.birth_year < 1946 then 'SILENT'
            when customers.birth_year < 1965 then 'BABY_BOOMER'
            when customers.birth_year < 1981 then 'X'
            when customers.birth_year < 1997 then 'MILLENNIAL'
            else 'Z'
        end as generation,
        customers.employment_status,
        coalesce(customers.employment_status in ('EMPLOYED', 'SELF_EMPLOYED'), false)
            as is_earning,
        coalesce(customers.employment_status = 'RETIRED', false) as is_retired,
        customers.annual_income,
        {{ ratio('customers.annual_income', 'customers.previous_annual_income') }} - 1
            as income_change_rate,
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
        customers.credit_score - customers.previous_credit_score as credit_score_change,
        coalesce(customers.credit_score >= 670, false) as is_prime,
        customers.risk_profile,
        case
            when customers.risk_profile = 'HIGH' or customers.credit_score < 580 then 'ENHANCED'
            when customers.risk_profile = 'MEDIUM' or customers.credit_score < 670 then 'STANDARD'
            when customers.risk_profile = 'LOW' then 'SIMPLIFIED'
            else 'UNKNOWN'
        end as due_diligence_level,
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
        coalesce(countries.regulatory_jurisdiction, 'Unknown') as regulatory_jurisdiction,
        coalesce(customers.country = {{ home_country() }}, false) as is_domestic,
        coalesce(customers.previous_city <> customers.city, false) as has_moved,
        customers.email_masked is not null as has_email,
        customers.phone_masked is not null as has_phone,
        customers.email_masked is not null and customers.phone_masked is not null
            as is_digitally_reachable,
        customers.customer_since,
        extract(year from customers.customer_since)::integer as customer_since_year,
        customers.tenure_months,
        case
            when customers.tenure_months is null then 'UNKNOWN'
            when customers.tenure_months < 12 then 'UNDER_1Y'
            when customers.tenure_months < 36 then '1Y_3Y'
            when customers.tenure_months < 60 then '3Y_5Y'
            when customers.tenure_months < 120 then '5Y_10Y'
            else '10Y_PLUS'
        end as tenure_band,
        case
            when customers.is_deleted then 'LEFT'
            when customers.tenure_months is null then 'UNKNOWN'
            when customers.tenure_months < 6 then 'ONBOARDING'
            when customers.tenure_months < 24 then 'GROWING'
            else 'ESTABLISHED'
        end as lifecycle_stage,
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
        'UNKNOWN' as generation,
        null::text as employment_status,
        false as is_earning,
        false as is_retired,
        null::numeric(18, 2) as annual_income,
        null::double precision as income_change_rate,
        'UNKNOWN' as income_bracket,
        null::smallint as credit_score,
        'UNKNOWN' as credit_score_band,
        null::integer as credit_score_change,
        false as is_prime,
        'UNKNOWN' as risk_profile,
        'UNKNOWN' as due_diligence_level,
        'UNKNOWN' as customer_tier,
        'Unknown' as city,
        null::text as state,
        'XX' as country,
        'Unknown' as country_name,
        'Unknown' as geographic_region,
        -1::bigint as geo_key,
        'Unknown' as regulatory_jurisdiction,
        false as is_domestic,
        false as has_moved,
        false as has_email,
        false as has_phone,
        false as is_digitally_reachable,
        null::date as customer_since,
        null::integer as customer_since_year,
        null::integer as tenure_months,
        'UNKNOWN' as tenure_band,
        'UNKNOWN' as lifecycle_stage,
        1 as version_number,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        true as is_current,
        false as is_deleted
)

select * from described
union all
select * from unknown
