with operations as (
    select
        operations.operation_id,
        operations.country,
        {{ month_end('operations.operation_date') }} as month_end_date,
        operations.operation_type,
        operations.sector,
        operations.status,
        operations.is_successful,
        coalesce(
            operations.amount_usd, {{ to_usd('operations.amount', 'operations.currency', 'rates') }}
        ) as converted_usd,
        {{ business_days_between('asked', 'settled') }} as settlement_business_days
    from {{ ref('stg_development_operations') }} as operations
    {{ join_usd_rates('operations.currency', 'operations.operation_date', 'rates') }}
    {{ join_country_calendar('operations.country', 'operations.operation_date', 'asked') }}
    {{ join_country_calendar('operations.country', 'operations.settled_date', 'settled') }}
),

operation_months as (
    select
        operations.country,
        operations.month_end_date,
        count(*)::integer as operation_count,
        (count(*) filter (where operations.is_successful))::integer as successful_count,
        (count(*) filter (where operations.status = 'FAILED'))::integer as failed_count,
        (count(*) filter (where operations.status = 'PENDING'))::integer as pending_count,
        (count(*) filter (where operations.converted_usd is null))::integer as unconverted_count,
        coalesce(sum(operations.converted_usd) filter (where operations.is_successful), 0)
            as amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.operation_type = 'LOAN'
            ),
            0
        ) as loan_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.operation_type = 'DISBURSEMENT'
            ),
            0
        ) as disbursement_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.operation_type = 'REPAYMENT'
            ),
            0
        ) as repayment_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.operation_type = 'GRANT'
            ),
            0
        ) as grant_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.operation_type = 'GUARANTEE'
            ),
            0
        ) as guarantee_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'AGRICULTURE'
            ),
            0
        ) as agriculture_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'EDUCATION'
            ),
            0
        ) as education_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'ENERGY'
            ),
            0
        ) as energy_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'FINANCE'
            ),
            0
        ) as finance_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'HEALTH'
            ),
            0
        ) as health_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'INFRASTRUCTURE'
            ),
            0
        ) as infrastructure_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'TECHNOLOGY'
            ),
            0
        ) as technology_amount_usd,
        coalesce(
            sum(operations.converted_usd) filter (
                where operations.is_successful and operations.sector = 'WATER'
            ),
            0
        ) as water_amount_usd,
        round(avg(operations.settlement_business_days), 3) as mean_settlement_business_days
    from operations
    group by operations.country, operations.month_end_date
),

indicators as (
    select indicators.*
    from {{ ref('stg_country_indicators') }} as indicators
    inner join {{ ref('dim_country') }} as countries
        on indicators.country = countries.country and countries.is_member
    where
        indicators.indicator_code in (
            'GDP_USD', 'GDP_GROWTH', 'INFLATION', 'UNEMPLOYMENT', 'POLICY_RATE', 'EXCHANGE_RATE'
        )
),

reach as (
    select
        operation_months.month_end_date as first_month_end,
        operation_months.month_end_date as last_month_end
    from operation_months
    union all
    select
        {{ month_end('indicators.period_start_date') }} as first_month_end,
        {{ month_end('indicators.indicator_date') }} as last_month_end
    from indicators
),

bounds as (
    select
        date_trunc('month', min(reach.first_month_end)::timestamp) as first_month,
        date_trunc('month', max(reach.last_month_end)::timestamp) as last_month
    from reach
),

months as (
    select {{ month_end('series.month_start') }} as month_end_date
    from bounds
    cross join lateral generate_series(
        bounds.first_month, bounds.last_month, interval '1 month'
    ) as series (month_start)
),

members as (
    select countries.country
    from {{ ref('dim_country') }} as countries
    where countries.is_member
    union
    select operation_months.country
    from operation_months
),

country_months as (
    select
        members.country,
        months.month_end_date
    from members
    cross join months
),

-- What is now published of the period that the month lies in; a month comes before its year.
described as (
    select distinct on (months.country, months.month_end_date, indicators.indicator_code)
        months.country,
        months.month_end_date,
        indicators.indicator_code,
        indicators.value
    from country_months as months
    inner join indicators
        on
            months.country = indicators.country
            and months.month_end_date > indicators.period_start_date
            and months.month_end_date <= {{ month_end('indicators.indicator_date') }}
    order by
        months.country asc, months.month_end_date asc, indicators.indicator_code asc,
        indicators.period_months asc, indicators.indicator_date desc
),

-- What anybody could know when the month ended.
known as (
    select distinct on (months.country, months.month_end_date, indicators.indicator_code)
        months.country,
        months.month_end_date,
        indicators.indicator_code,
        indicators.value,
        indicators.indicator_date
    from country_months as months
    inner join indicators
        on
            months.country = indicators.country
            and months.month_end_date >= indicators.known_date
            and months.month_end_date
            < (indicators.indicator_date + interval '{{ var("indicator_max_age_months") }} months')
    order by
        months.country asc, months.month_end_date asc, indicators.indicator_code asc,
        indicators.indicator_date desc, indicators.period_months asc
),

described_wide as (
    select
        described.country,
        described.month_end_date,
        max(described.value) filter (where described.indicator_code = 'GDP_USD')
            as gdp_usd,
        max(described.value) filter (where described.indicator_code = 'GDP_GROWTH')
            as gdp_growth_pct,
        max(described.value) filter (where described.indicator_code = 'INFLATION')
            as inflation_pct,
        max(described.value) filter (where described.indicator_code = 'UNEMPLOYMENT')
            as unemployment_pct,
        max(described.value) filter (where described.indicator_code = 'POLICY_RATE')
            as policy_rate_pct,
        max(described.value) filter (where described.indicator_code = 'EXCHANGE_RATE')
            as exchange_rate
    from described
    group by described.country, described.month_end_date
),

known_wide as (
    select
        known.country,
        known.month_end_date,
        max(known.value) filter (where known.indicator_code = 'GDP_USD')
            as known_gdp_usd,
        max(known.value) filter (where known.indicator_code = 'GDP_GROWTH')
            as known_gdp_growth_pct,
        max(known.value) filter (where known.indicator_code = 'INFLATION')
            as known_inflation_pct,
        max(known.value) filter (where known.indicator_code = 'UNEMPLOYMENT')
            as known_unemployment_pct,
        max(known.value) filter (where known.indicator_code = 'POLICY_RATE')
            as known_policy_rate_pct,
        max(known.value) filter (where known.indicator_code = 'EXCHANGE_RATE')
            as known_exchange_rate,
        max(known.indicator_date) filter (where known.indicator_code = 'INFLATION')
            as known_inflation_date
    from known
    group by known.country, known.month_end_date
),

-- A year's people are known when it is over; censuses are rare, so the latest of ten years counts.
people as (
    select
        months.country,
        months.month_end_date,
        (
            array_agg(demographics.population order by demographics.year desc)
            filter (where demographics.population is not null)
        )[1] as population,
        (
            array_agg(demographics.urban_share_pct order by demographics.year desc)
            filter (where demographics.urban_share_pct is not null)
        )[1] as urban_share_pct,
        (
            array_agg(demographics.literacy_pct order by demographics.year desc)
            filter (where demographics.literacy_pct is not null)
        )[1] as literacy_pct,
        (
            array_agg(demographics.life_expectancy_years order by demographics.year desc)
            filter (where demographics.life_expectancy_years is not null)
        )[1] as life_expectancy_years
    from country_months as months
    inner join {{ ref('stg_demographics') }} as demographics
        on
            months.country = demographics.country
            and demographics.year < extract(year from months.month_end_date)
            and demographics.year >= extract(year from months.month_end_date) - 10
    group by months.country, months.month_end_date
)

select
    {{ surrogate_key(['months.country', "to_char(months.month_end_date, 'YYYYMM')"]) }}
        as country_month_key,
    coalesce(countries.country_key, -1) as country_key,
    coalesce(dates.date_key, -1) as date_key,
    months.country,
    months.month_end_date,
    countries.currency,
    coalesce(operations.operation_count, 0) as operation_count,
    coalesce(operations.successful_count, 0) as successful_count,
    coalesce(operations.failed_count, 0) as failed_count,
    coalesce(operations.pending_count, 0) as pending_count,
    coalesce(operations.unconverted_count, 0) as unconverted_count,
    operations.successful_count::double precision
    / nullif(operations.successful_count + operations.failed_count, 0) as success_rate,
    coalesce(operations.amount_usd, 0) as amount_usd,
    coalesce(operations.loan_amount_usd, 0) as loan_amount_usd,
    coalesce(operations.disbursement_amount_usd, 0) as disbursement_amount_usd,
    coalesce(operations.repayment_amount_usd, 0) as repayment_amount_usd,
    coalesce(operations.grant_amount_usd, 0) as grant_amount_usd,
    coalesce(operations.guarantee_amount_usd, 0) as guarantee_amount_usd,
    coalesce(
        operations.disbursement_amount_usd
        + operations.grant_amount_usd
        - operations.repayment_amount_usd,
        0
    ) as net_flow_usd,
    coalesce(operations.agriculture_amount_usd, 0) as agriculture_amount_usd,
    coalesce(operations.education_amount_usd, 0) as education_amount_usd,
    coalesce(operations.energy_amount_usd, 0) as energy_amount_usd,
    coalesce(operations.finance_amount_usd, 0) as finance_amount_usd,
    coalesce(operations.health_amount_usd, 0) as health_amount_usd,
    coalesce(operations.infrastructure_amount_usd, 0) as infrastructure_amount_usd,
    coalesce(operations.technology_amount_usd, 0) as technology_amount_usd,
    coalesce(operations.water_amount_usd, 0) as water_amount_usd,
    operations.mean_settlement_business_days,
    described.gdp_usd,
    described.gdp_growth_pct,
    described.inflation_pct,
    described.unemployment_pct,
    described.policy_rate_pct,
    described.exchange_rate,
    known.known_gdp_usd,
    known.known_gdp_growth_pct,
    known.known_inflation_pct,
    known.known_unemployment_pct,
    known.known_policy_rate_pct,
    known.known_exchange_rate,
    known.known_inflation_date,
    nullif(
        concat_ws(
            ', ',
            case when described.gdp_usd is null then 'GDP_USD' end,
            case when described.gdp_growth_pct is null then 'GDP_GROWTH' end,
            case when described.inflation_pct is null then 'INFLATION' end,
            case when described.unemployment_pct is null then 'UNEMPLOYMENT' end,
            case when described.policy_rate_pct is null then 'POLICY_RATE' end,
            case when described.exchange_rate is null then 'EXCHANGE_RATE' end
        ),
        ''
    ) as missing_indicators,
    people.population,
    people.urban_share_pct,
    people.literacy_pct,
    people.life_expectancy_years,
    operations.amount_usd / people.population as amount_usd_per_capita
from country_months as months
left join {{ ref('dim_country') }} as countries
    on months.country = countries.country
left join {{ ref('dim_date') }} as dates
    on months.month_end_date = dates.full_date
left join operation_months as operations
    on months.country = operations.country and months.month_end_date = operations.month_end_date
left join described_wide as described
    on months.country = described.country and months.month_end_date = described.month_end_date
left join known_wide as known
    on months.country = known.country and months.month_end_date = known.month_end_date
left join people
    on months.country = people.country and months.month_end_date = people.month_end_date
