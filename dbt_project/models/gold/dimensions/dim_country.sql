with listed as (
    select distinct on (fatf_lists.country)
        fatf_lists.country,
        fatf_lists.fatf_status,
        fatf_lists.as_of_date
    from {{ ref('fatf_lists') }} as fatf_lists
    order by fatf_lists.country asc, fatf_lists.as_of_date desc
),

statement as (
    select max(fatf_lists.as_of_date) as as_of_date
    from {{ ref('fatf_lists') }} as fatf_lists
),

calendars as (
    select distinct bank_holidays.country
    from {{ ref('bank_holidays') }} as bank_holidays
),

described as (
    select
        {{ surrogate_key(['countries.country']) }} as country_key,
        countries.country,
        profiles.iso3,
        profiles.iso_numeric,
        countries.country_name,
        countries.region,
        coalesce(profiles.sub_region, 'Unknown') as sub_region,
        profiles.currency,
        coalesce(profiles.income_group, 'UNKNOWN') as income_group,
        -- A delisted country is excluded.
        case
            when listed.as_of_date = statement.as_of_date then listed.fatf_status
            else 'NOT_LISTED'
        end as fatf_status,
        statement.as_of_date as fatf_as_of_date,
        countries.regulatory_jurisdiction,
        countries.timezone,
        coalesce(profiles.is_member, false) as is_member,
        calendars.country is not null as has_calendar
    from {{ ref('countries') }} as countries
    cross join statement
    left join {{ ref('country_profiles') }} as profiles
        on countries.country = profiles.country
    left join listed
        on countries.country = listed.country
    left join calendars
        on countries.country = calendars.country
),

unknown as (
    select
        -1::bigint as country_key,
        'XX' as country,
        null::text as iso3,
        null::text as iso_numeric,
        'Unknown' as country_name,
        'Unknown' as region,
        'Unknown' as sub_region,
        null::text as currency,
        'UNKNOWN' as income_group,
        'UNKNOWN' as fatf_status,
        null::date as fatf_as_of_date,
        'Unknown' as regulatory_jurisdiction,
        'UTC' as timezone,
        false as is_member,
        false as has_calendar
)

select * from described
union all
select * from unknown
