"""Queries of the page of development operations by country.

All read `gold.fact_country_month`, whose amounts are US dollars. The year of a page is the twelve
months up to the last that is over: the newest operation lies no more than three days, a weekend,
before its end.
"""

_LAST_MONTH = """
    last_day as (
        select max(operation_date) as day
        from silver.stg_development_operations
        where operation_date <= %(as_of)s
    ),

    last_month as (
        select max(facts.month_end_date) as month_end
        from last_day
        inner join gold.fact_country_month as facts
            on facts.month_end_date <= last_day.day + 3
        where facts.operation_count > 0 and facts.month_end_date <= %(as_of)s
    )
"""

_YEAR = f"""
    with {_LAST_MONTH},

    months as (
        select
            countries.country_name,
            countries.income_group,
            facts.month_end_date,
            facts.month_end_date = last_month.month_end as is_last,
            facts.operation_count,
            facts.successful_count,
            facts.failed_count,
            facts.pending_count,
            facts.amount_usd,
            facts.loan_amount_usd,
            facts.disbursement_amount_usd,
            facts.repayment_amount_usd,
            facts.grant_amount_usd,
            facts.guarantee_amount_usd,
            facts.net_flow_usd,
            facts.agriculture_amount_usd,
            facts.education_amount_usd,
            facts.energy_amount_usd,
            facts.finance_amount_usd,
            facts.health_amount_usd,
            facts.infrastructure_amount_usd,
            facts.technology_amount_usd,
            facts.water_amount_usd,
            facts.amount_usd_per_capita,
            facts.known_gdp_growth_pct,
            facts.known_inflation_pct,
            facts.known_unemployment_pct,
            facts.gdp_usd,
            facts.gdp_growth_pct,
            facts.inflation_pct,
            facts.unemployment_pct,
            facts.policy_rate_pct,
            facts.exchange_rate,
            facts.population,
            facts.urban_share_pct,
            facts.literacy_pct,
            facts.life_expectancy_years
        from last_month
        inner join gold.fact_country_month as facts
            on
                facts.month_end_date
                >= date_trunc('month', last_month.month_end) - interval '{{months}} months'
                and facts.month_end_date <= last_month.month_end
        inner join gold.dim_country as countries
            on facts.country_key = countries.country_key
    )
"""

_TWELVE = _YEAR.format(months=11)
_TWENTY_FOUR = _YEAR.format(months=23)

VOLUMES = f"""
    {_TWELVE}

    select
        country_name,
        sum(operation_count) as operation_count,
        sum(amount_usd) as amount_usd,
        (sum(amount_usd) / nullif(sum(sum(amount_usd)) over (), 0))::double precision
            as amount_share
    from months
    group by country_name
    having sum(operation_count) > 0
    order by amount_usd desc, country_name
    limit 15
"""

SUCCESS = f"""
    {_TWENTY_FOUR}

    select
        month_end_date,
        sum(successful_count) as successful_count,
        sum(failed_count) as failed_count,
        sum(successful_count)::double precision
        / nullif(sum(successful_count) + sum(failed_count), 0) as success_rate
    from months
    group by month_end_date
    order by month_end_date
"""

COUNTRY_SUCCESS = f"""
    {_TWELVE}

    select
        country_name,
        sum(failed_count) as failed_count,
        sum(successful_count) + sum(failed_count) as ended_count,
        sum(failed_count)::double precision
        / nullif(sum(successful_count) + sum(failed_count), 0) as failed_rate,
        count(*) over () as country_count
    from months
    group by country_name
    having sum(successful_count) + sum(failed_count) > 0
    order by failed_rate desc, country_name
    limit 15
"""

SECTORS = f"""
    {_TWELVE}

    select
        sectors.sector,
        months.country_name,
        sum(sectors.amount_usd) as amount_usd
    from months
    cross join lateral (
        values
        ('agriculture', months.agriculture_amount_usd),
        ('education', months.education_amount_usd),
        ('energy', months.energy_amount_usd),
        ('finance', months.finance_amount_usd),
        ('health', months.health_amount_usd),
        ('infrastructure', months.infrastructure_amount_usd),
        ('technology', months.technology_amount_usd),
        ('water', months.water_amount_usd)
    ) as sectors (sector, amount_usd)
    group by sectors.sector, months.country_name
    order by sectors.sector, months.country_name
"""

TYPES = f"""
    {_TWELVE}

    select
        to_char(month_end_date, 'YYYY-MM') as month,
        sum(loan_amount_usd) as loan_amount_usd,
        sum(disbursement_amount_usd) as disbursement_amount_usd,
        sum(repayment_amount_usd) as repayment_amount_usd,
        sum(grant_amount_usd) as grant_amount_usd,
        sum(guarantee_amount_usd) as guarantee_amount_usd
    from months
    group by month_end_date
    order by month_end_date
"""

NET_FLOW = f"""
    {_TWENTY_FOUR}

    select
        month_end_date,
        sum(disbursement_amount_usd) + sum(grant_amount_usd) as paid_out_usd,
        sum(repayment_amount_usd) as repayment_amount_usd,
        sum(net_flow_usd) as net_flow_usd
    from months
    group by month_end_date
    order by month_end_date
"""

LOANS = f"""
    {_TWELVE}

    select
        country_name,
        sum(disbursement_amount_usd) as disbursement_amount_usd,
        sum(repayment_amount_usd) as repayment_amount_usd,
        (sum(repayment_amount_usd) / nullif(sum(disbursement_amount_usd), 0))::double precision
            as repaid_share,
        sum(sum(repayment_amount_usd)) over () as repaid_in_all
    from months
    group by country_name
    having sum(disbursement_amount_usd) + sum(repayment_amount_usd) > 0
    order by disbursement_amount_usd desc, country_name
    limit 15
"""

_PER_CAPITA = f"""
    {_TWELVE}

    select
        country_name,
        max(income_group) as income_group,
        sum(amount_usd_per_capita)::double precision as amount_usd_per_capita,
        max(known_gdp_growth_pct) filter (where is_last) as gdp_growth_pct,
        max(known_inflation_pct) filter (where is_last) as inflation_pct
    from months
    group by country_name
    having sum(amount_usd_per_capita) > 0 and max({{indicator}}) filter (where is_last) is not null
    order by income_group, country_name
"""

GROWTH = _PER_CAPITA.format(indicator="known_gdp_growth_pct")
INFLATION = _PER_CAPITA.format(indicator="known_inflation_pct")

INDICATORS = f"""
    {_TWELVE}

    select
        country_name,
        known_gdp_growth_pct,
        known_inflation_pct,
        known_unemployment_pct
    from months
    where is_last
    order by known_inflation_pct desc nulls last, country_name
    limit 12
"""

COMPLETENESS = f"""
    {_TWELVE}

    select
        indicators.indicator,
        count(*) as month_count,
        count(indicators.value) as published_count,
        count(indicators.value)::double precision / count(*) as published_share
    from months
    cross join lateral (
        values
        (1, 'GDP', months.gdp_usd),
        (2, 'GDP growth', months.gdp_growth_pct),
        (3, 'inflation', months.inflation_pct),
        (4, 'unemployment', months.unemployment_pct),
        (5, 'policy rate', months.policy_rate_pct),
        (6, 'exchange rate', months.exchange_rate),
        (7, 'population', months.population),
        (8, 'literacy', months.literacy_pct),
        (9, 'life expectancy', months.life_expectancy_years)
    ) as indicators (place, indicator, value)
    group by indicators.place, indicators.indicator
    order by indicators.place
"""

COUNTRIES = f"""
    {_TWELVE}

    select
        country_name as "Country",
        sum(operation_count)::bigint as "Operations",
        sum(successful_count)::double precision
        / nullif(sum(successful_count) + sum(failed_count), 0) as "Success rate",
        sum(amount_usd) as "US dollars",
        sum(net_flow_usd) as "Net flow",
        round(sum(amount_usd_per_capita), 2) as "A head",
        (max(population) filter (where is_last))::bigint as "People",
        max(urban_share_pct) filter (where is_last) as "Urban %%",
        max(literacy_pct) filter (where is_last) as "Literate %%",
        max(life_expectancy_years) filter (where is_last) as "Life expectancy"
    from months
    group by country_name
    order by sum(amount_usd) desc, country_name
"""
