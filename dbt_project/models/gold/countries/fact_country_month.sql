{#
    Operations and indicators of the development bank by country and month. `amounts` and
    `indicator_columns` name the columns of the two pivots.
#}
{%- set amounts = [
    ('operation_type', 'LOAN', 'loan_amount_usd'),
    ('operation_type', 'DISBURSEMENT', 'disbursement_amount_usd'),
    ('operation_type', 'REPAYMENT', 'repayment_amount_usd'),
    ('operation_type', 'GRANT', 'grant_amount_usd'),
    ('operation_type', 'GUARANTEE', 'guarantee_amount_usd'),
    ('sector', 'AGRICULTURE', 'agriculture_amount_usd'),
    ('sector', 'EDUCATION', 'education_amount_usd'),
    ('sector', 'ENERGY', 'energy_amount_usd'),
    ('sector', 'FINANCE', 'finance_amount_usd'),
    ('sector', 'HEALTH', 'health_amount_usd'),
    ('sector', 'INFRASTRUCTURE', 'infrastructure_amount_usd'),
    ('sector', 'TECHNOLOGY', 'technology_amount_usd'),
    ('sector', 'WATER', 'water_amount_usd'),
] -%}
{%- set indicator_columns = [
    ('GDP_USD', 'gdp_usd'),
    ('GDP_GROWTH', 'gdp_growth_pct'),
    ('INFLATION', 'inflation_pct'),
    ('UNEMPLOYMENT', 'unemployment_pct'),
    ('POLICY_RATE', 'policy_rate_pct'),
    ('EXCHANGE_RATE', 'exchange_rate'),
] -%}
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
        {{ business_days_between('operation_day', 'settlement_day') }} as settlement_business_days
    from {{ ref('stg_development_operations') }} as operations
    {{ join_usd_rates('operations.currency', 'operations.operation_date', 'rates') }}
    {{ join_country_calendar('operations.country', 'operations.operation_date', 'operation_day') }}
    {{ join_country_calendar('operations.country', 'operations.settled_date', 'settlement_day') }}
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
        {%- for column, code, amount in amounts %}
            coalesce(
                sum(operations.converted_usd) filter (
                    where operations.is_successful and operations.{{ column }} = '{{ code }}'
                ),
                0
            ) as {{ amount }},
        {%- endfor %}
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
            {%- for code, _ in indicator_columns %}
                '{{ code }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

spans as (
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
        date_trunc('month', min(spans.first_month_end)::timestamp) as first_month,
        date_trunc('month', max(spans.last_month_end)::timestamp) as last_month
    from spans
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

-- Latest revision for the period that contains the month; a monthly value precedes a yearly one.
published as (
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

-- Latest value published by the month end.
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

published_by_month as (
    select
        published.country,
        {%- for code, indicator in indicator_columns %}
            max(published.value) filter (where published.indicator_code = '{{ code }}')
                as {{ indicator }},
        {%- endfor %}
        published.month_end_date
    from published
    group by published.country, published.month_end_date
),

known_by_month as (
    select
        known.country,
        known.month_end_date,
        {%- for code, indicator in indicator_columns %}
            max(known.value) filter (where known.indicator_code = '{{ code }}')
                as known_{{ indicator }},
        {%- endfor %}
        max(known.indicator_date) filter (where known.indicator_code = 'INFLATION')
            as known_inflation_date
    from known
    group by known.country, known.month_end_date
),

-- Latest values of completed years; censuses are rare, so the lookback is ten years.
demographics_by_month as (
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
    {%- for _, indicator in indicator_columns %}
        published.{{ indicator }},
    {%- endfor %}
    {%- for _, indicator in indicator_columns %}
        known.known_{{ indicator }},
    {%- endfor %}
    known.known_inflation_date,
    nullif(
        concat_ws(
            ', ',
            {%- for code, indicator in indicator_columns %}
                case when published.{{ indicator }} is null then '{{ code }}' end
                {{- ',' if not loop.last }}
            {%- endfor %}
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
left join published_by_month as published
    on months.country = published.country and months.month_end_date = published.month_end_date
left join known_by_month as known
    on months.country = known.country and months.month_end_date = known.month_end_date
left join demographics_by_month as people
    on months.country = people.country and months.month_end_date = people.month_end_date
