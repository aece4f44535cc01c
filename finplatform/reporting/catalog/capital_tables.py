"""Tables of the capital adequacy page: every reported figure with the paragraph that it follows.

Belongs here: the queries of these tables. Does not belong here: the page and its charts
(`capital_adequacy`).
"""

from finplatform.reporting.catalog.reporting_dates import latest
from finplatform.reporting.page import Table

MINIMUM = "round(({0}_capital - {0}_surplus) / nullif(risk_weighted_assets, 0), 4)"
"""Minimum ratio of a tier, from what the bank holds above it."""

_LATEST = latest("capital_adequacy")

TIERS = f"""
    {_LATEST},

    tiers as (
        select tier.position, tier.name, tier.ratio, tier.minimum, tier.capital, tier.surplus
        from gold.capital_adequacy
        inner join latest using (reporting_date)
        cross join lateral (
            values
            (1, 'CET1', cet1_ratio, {MINIMUM.format("cet1")}, cet1_capital, cet1_surplus),
            (2, 'Tier 1', tier1_ratio, {MINIMUM.format("tier1")}, tier1_capital, tier1_surplus),
            (3, 'Total capital', total_ratio, {MINIMUM.format("total")}, total_capital, total_surplus)
        ) as tier (position, name, ratio, minimum, capital, surplus)
    )
"""
"""CTE `tiers` with the ratio of each tier on the last date."""

_RATIOS = f"""
    with {TIERS}

    select
        name as "capital",
        'RBC20.1' as "paragraph",
        ratio as "ratio",
        minimum as "minimum ratio",
        capital as "amount",
        surplus as "above the minimum"
    from tiers
    order by position
"""

_BUILD_UP = f"""
    with {_LATEST},

    adequacy as (
        select
            risk_weighted_assets, credit_risk_weighted_assets, market_risk_weighted_assets,
            operational_risk_weighted_assets, irb_risk_weighted_assets, sa_risk_weighted_assets,
            output_floor_rate, output_floor_amount, is_floor_binding, exposure_amount,
            expected_loss, defaulted_amount
        from gold.capital_adequacy
        inner join latest using (reporting_date)
    )

    select line.figure, line.paragraph, line.amount
    from adequacy
    cross join lateral (
        values
        (1, 'Risk-weighted assets', risk_weighted_assets, 'RBC20.4'),
        (2, 'Credit RWA', credit_risk_weighted_assets, 'CRE20.1'),
        (3, 'Market RWA', market_risk_weighted_assets, 'MAR40.1'),
        (4, 'Operational RWA', operational_risk_weighted_assets, 'OPE25.2'),
        (5, 'Credit RWA of loans, IRB', irb_risk_weighted_assets, 'CRE31'),
        (6, 'Credit RWA of loans, standardised', sa_risk_weighted_assets, 'CRE20'),
        (
            7,
            'Output floor at ' || round(output_floor_rate * 100, 2) || ' per cent, '
            || case when is_floor_binding then 'binding' else 'not binding' end,
            output_floor_amount,
            'RBC90.1'
        ),
        (8, 'Exposure at default', exposure_amount, 'CRE32'),
        (9, 'Expected loss', expected_loss, 'CRE35'),
        (10, 'In default', defaulted_amount, 'CRE20.104')
    ) as line (position, figure, amount, paragraph)
    order by line.position
"""

_BUFFERS = f"""
    with {_LATEST},

    adequacy as (
        select
            provision_shortfall, countercyclical_rate, buffer_required_rate, buffer_available_rate,
            earnings_conserved_rate
        from gold.capital_adequacy
        inner join latest using (reporting_date)
    )

    select line.figure, line.paragraph, line.amount, line.rate
    from adequacy
    cross join lateral (
        values
        (1, 'Shortfall of provisions, deducted', provision_shortfall, null::numeric, 'CAP30.13'),
        (2, 'Countercyclical buffer', null, countercyclical_rate, 'RBC30.7'),
        (3, 'Buffers required', null, buffer_required_rate, 'RBC30.2'),
        (4, 'CET1 left for buffers', null, buffer_available_rate, 'RBC30.2'),
        (5, 'Earnings to be kept', null, earnings_conserved_rate, 'RBC30.4')
    ) as line (position, figure, amount, rate, paragraph)
    order by line.position
"""

_OTHERS = f"""
    with {_LATEST},

    last_stress as (
        select max(reporting_date) as reporting_date
        from gold.stress_results
        where reporting_date <= %(as_of)s
    ),

    lines as (
        select
            1 as position, 'Business indicator' as figure, business_indicator as amount,
            null::numeric as ratio, null::double precision as number, 'OPE25.3' as paragraph
        from gold.operational_risk
        inner join latest using (reporting_date)
        union all
        select 2, 'Internal loss multiplier', null, null, loss_multiplier, 'OPE25.9'
        from gold.operational_risk
        inner join latest using (reporting_date)
        union all
        select
            3,
            'Value at risk of the trading book, ' || method
            || coalesce(', ' || exceptions || ' exceptions, ' || zone, ''),
            value_at_risk, null, null, 'MAR32.9'
        from gold.market_risk
        inner join latest using (reporting_date)
        where value_at_risk is not null
        union all
        select 4, 'Leverage ratio', null, leverage_ratio, null, 'LEV20.7'
        from gold.leverage
        inner join latest using (reporting_date)
        union all
        select 5, 'Liquidity coverage ratio', null, coverage_ratio, null, 'LCR20.4'
        from gold.liquidity_coverage
        inner join latest using (reporting_date)
        union all
        select 6, 'Net stable funding ratio', null, stable_funding_ratio, null, 'NSF20.2'
        from gold.net_stable_funding
        inner join latest using (reporting_date)
        union all
        select
            7,
            'Large exposures (' || count(*) filter (where is_breach) || ' above the limit)',
            null, null, count(*) filter (where is_large), 'LEX10.8'
        from gold.large_exposures
        inner join latest using (reporting_date)
        having count(*) > 0
        union all
        select
            8, 'Expected credit loss, stage ' || stage, closing, null, null,
            case stage when 1 then 'IFRS 9 5.5.5' else 'IFRS 9 5.5.3' end
        from gold.ecl_roll_forward
        inner join latest using (reporting_date)
        union all
        select
            9, 'CET1 ratio under the ' || scenario || ' scenario of ' || reporting_date,
            null, stressed_cet1_ratio, null, 'SRP30'
        from gold.stress_results
        inner join last_stress using (reporting_date)
        where scenario <> 'reverse'
        union all
        select
            10,
            'Multiple of the severe scenario that breaks a minimum'
            || case when severity is null then ': none up to 4' else '' end,
            null, null, severity, 'SRP30'
        from gold.stress_results
        inner join last_stress using (reporting_date)
        where scenario = 'reverse'
        union all
        select 11, 'Drift of scores (PSI)', null, null, stability_index, 'CRE36.33'
        from gold.model_monitoring
        inner join latest using (reporting_date)
    )

    select figure, paragraph, amount, ratio, number
    from lines
    order by position, figure
"""

_CLASSES = f"""
    with {_LATEST},

    classes as (
        select
            exposure_class,
            sum(exposures) as exposures,
            sum(exposure_amount) as exposure_amount,
            sum(sa_risk_weighted_assets) as sa_assets,
            sum(risk_weighted_assets) as irb_assets,
            sum(expected_loss) as expected_loss
        from gold.rwa_by_class
        inner join latest using (reporting_date)
        where risk_type = 'credit' and approach = 'IRB'
        group by exposure_class
    )

    select
        replace(exposure_class, '_', ' ') as "class",
        exposures::bigint as "exposures",
        exposure_amount as "exposure at default",
        sa_assets as "RWA standardised",
        irb_assets as "RWA IRB",
        irb_assets / nullif(exposure_amount, 0) as "IRB RWA to exposure ratio",
        expected_loss as "expected loss"
    from classes
    order by exposure_class
"""

_RULES = f"""
    with {_LATEST},

    named as (
        select unnest(string_to_array(rules, ';')) as name
        from gold.capital_adequacy
        inner join latest using (reporting_date)
    )

    select
        split_part(name, ':', 1) as "paragraph",
        replace(split_part(name, ':', 2), '_', ' ') as "rule",
        name as "identifier"
    from named
    order by name
"""

TABLES = (
    Table("Ratios and minimums", "gold.capital_adequacy", _RATIOS),
    Table("From exposure to risk-weighted assets", "gold.capital_adequacy", _BUILD_UP),
    Table("Buffers above the minimums", "gold.capital_adequacy", _BUFFERS),
    Table(
        "Other risks, liquidity, losses and stress",
        "gold.capital_adequacy",
        _OTHERS,
        also=(
            "gold.operational_risk",
            "gold.market_risk",
            "gold.leverage",
            "gold.liquidity_coverage",
            "gold.net_stable_funding",
            "gold.large_exposures",
            "gold.ecl_roll_forward",
            "gold.stress_results",
            "gold.model_monitoring",
        ),
    ),
    Table("By exposure class", "gold.capital_adequacy", _CLASSES, also=("gold.rwa_by_class",)),
    Table("Rules in force", "gold.capital_adequacy", _RULES),
)
"""Tables in their order."""
