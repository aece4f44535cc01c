{#
    Economic indicators of every country known on given dates: the value of the latest completed
    reference period, and its change over 12 months.

    Args:
        dates: Relation with the column `observation_date`.

    Columns: country, observation_date, unemployment_pct, unemployment_change_12m, inflation_pct,
    policy_rate_pct, policy_rate_change_12m, gdp_growth_pct, house_price_change_12m.
#}
{% macro economy_known_on(dates) %}
    with indicator_dates as (
        select
            indicators.country,
            indicators.indicator_code,
            indicators.value,
            indicators.indicator_date as known_from,
            lead(indicators.indicator_date) over (
                partition by indicators.country, indicators.indicator_code
                order by indicators.indicator_date
            ) as known_to
        from {{ ref('stg_economic_indicators') }} as indicators
    ),

    points as (
        select
            dates.observation_date,
            dates.observation_date as point_date,
            false as is_year_before
        from {{ dates }} as dates
        union all
        select
            dates.observation_date,
            {{ shift_month_end('dates.observation_date', -12) }} as point_date,
            true as is_year_before
        from {{ dates }} as dates
    ),

    known as (
        select
            indicators.country,
            points.observation_date,
            {%- for code, name in [
                ('UNEMPLOYMENT', 'unemployment_pct'), ('INFLATION', 'inflation_pct'),
                ('POLICY_RATE', 'policy_rate_pct'), ('GDP_GROWTH', 'gdp_growth_pct'),
                ('HOUSE_PRICE_INDEX', 'house_prices'),
            ] %}
            max(indicators.value) filter (
                where indicators.indicator_code = '{{ code }}' and not points.is_year_before
            ) as {{ name }},
            max(indicators.value) filter (
                where indicators.indicator_code = '{{ code }}' and points.is_year_before
            ) as {{ name }}_before{{ ',' if not loop.last }}
        {%- endfor %}
        from points
        inner join indicator_dates as indicators
            on
                points.point_date >= indicators.known_from
                and points.point_date < coalesce(indicators.known_to, date '9999-12-31')
        group by indicators.country, points.observation_date
    )

    select
        known.country,
        known.observation_date,
        known.unemployment_pct,
        known.unemployment_pct - known.unemployment_pct_before as unemployment_change_12m,
        known.inflation_pct,
        known.policy_rate_pct,
        known.policy_rate_pct - known.policy_rate_pct_before as policy_rate_change_12m,
        known.gdp_growth_pct,
        known.house_prices / nullif(known.house_prices_before, 0) - 1 as house_price_change_12m
    from known
{% endmacro %}
