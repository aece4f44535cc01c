"""Queries of the charts of the capital adequacy page.

Belongs here: the SQL alone. Does not belong here: charts and their sentences (`capital_adequacy`).
"""

from finplatform.reporting.catalog.capital_tables import MINIMUM, TIERS
from finplatform.reporting.catalog.reporting_dates import latest, recent

RATIOS = f"""
    with {TIERS}

    select name, ratio, minimum, capital, surplus
    from tiers
    where ratio is not null
    order by position
"""


HISTORY = f"""
    select
        reporting_date,
        cet1_ratio,
        tier1_ratio,
        total_ratio,
        {MINIMUM.format("cet1")} as cet1_minimum,
        {MINIMUM.format("cet1")} + buffer_required_rate as cet1_with_buffers
    from gold.capital_adequacy
    where cet1_ratio is not null and reporting_date <= %(as_of)s
    order by reporting_date
"""


BUFFERS = """
    select reporting_date, buffer_available_rate, buffer_required_rate, earnings_conserved_rate
    from gold.capital_adequacy
    where buffer_available_rate is not null and reporting_date <= %(as_of)s
    order by reporting_date
"""


CLASSES = f"""
    with {latest("rwa_by_class")}

    select
        exposure_class,
        sum(sa_risk_weighted_assets) as standardised_assets,
        sum(risk_weighted_assets) as assets_in_use,
        max(approach) as approach
    from gold.rwa_by_class
    inner join latest using (reporting_date)
    where risk_type = 'credit'
    group by exposure_class
    having sum(sa_risk_weighted_assets) + sum(risk_weighted_assets) > 0
    order by assets_in_use desc, exposure_class
"""


COMPOSITION = f"""
    with {recent("output_floor")}

    select
        reporting_date,
        credit_risk_weighted_assets as credit,
        market_risk_weighted_assets as market,
        operational_risk_weighted_assets as operational,
        floor_increase,
        risk_weighted_assets as total
    from gold.output_floor
    inner join recent using (reporting_date)
    order by reporting_date
"""


FLOOR = """
    select reporting_date, before_floor, output_floor_amount, output_floor_rate, floor_increase
    from gold.output_floor
    where reporting_date <= %(as_of)s
    order by reporting_date
"""


OWN_FUNDS = f"""
    with {latest("own_funds")},

    lines as (
        select line, tier, counted_amount
        from gold.own_funds
        inner join latest using (reporting_date)
        where counted_amount <> 0
    ),

    steps as (
        select
            case tier when 'CET1' then 1 when 'AT1' then 3 else 5 end as position,
            line as step, counted_amount as amount, 'relative' as measure
        from lines
        union all
        select level.position, level.step, sum(lines.counted_amount), 'total'
        from (
            values
            (2, 'CET1', array['CET1']),
            (4, 'Tier 1', array['CET1', 'AT1']),
            (6, 'Total capital', array['CET1', 'AT1', 'T2'])
        ) as level (position, step, tiers)
        inner join lines on lines.tier = any(level.tiers)
        group by level.position, level.step
    )

    select step, amount, measure
    from steps
    order by position, amount desc, step
"""
