"""Queries of the page of liquidity and leverage.

Belongs here: the SQL alone. Does not belong here: charts and their sentences (`liquidity`).
"""

from finplatform.reporting.catalog.reporting_dates import latest

RATIOS = f"""
    with {latest("liquidity_coverage")},

    ratios as (
        select 1 as position, 'Liquidity coverage' as name, coverage_ratio as ratio,
            minimum_ratio, surplus
        from gold.liquidity_coverage
        inner join latest using (reporting_date)
        union all
        select 2, 'Net stable funding', stable_funding_ratio, minimum_ratio, surplus
        from gold.net_stable_funding
        inner join latest using (reporting_date)
        union all
        select 3, 'Leverage', leverage_ratio, minimum_ratio, surplus
        from gold.leverage
        inner join latest using (reporting_date)
        where leverage_ratio is not null
    )

    select name, ratio, minimum_ratio, surplus
    from ratios
    order by position
"""


COVERAGE = """
    select reporting_date, coverage_ratio, minimum_ratio, liquid_assets, net_outflow
    from gold.liquidity_coverage
    where reporting_date <= %(as_of)s
    order by reporting_date
"""


FUNDING_RATIO = """
    select reporting_date, stable_funding_ratio, minimum_ratio
    from gold.net_stable_funding
    where reporting_date <= %(as_of)s
    order by reporting_date
"""


LEVERAGE = """
    select reporting_date, leverage_ratio, minimum_ratio
    from gold.leverage
    where leverage_ratio is not null and reporting_date <= %(as_of)s
    order by reporting_date
"""


ASSETS = f"""
    with {latest("liquidity_coverage")},

    held as (
        select ledger.account_name, ledger.account_group, sum(ledger.natural_balance) as amount
        from gold.fact_ledger as ledger
        inner join latest on ledger.report_date = latest.reporting_date
        where ledger.account_group in ('CASH', 'SECURITIES')
        group by ledger.account_name, ledger.account_group
        having sum(ledger.natural_balance) > 0
    )

    select account_name, account_group, amount, amount / sum(amount) over () as amount_share
    from held
    order by amount desc, account_name
"""


ABOVE_CAP = "inflows above the cap"
"""Step by which inflows are cut."""


FLOWS = f"""
    with {latest("liquidity_coverage")},

    coverage as (
        select reporting_date, inflows, counted_inflows, net_outflow
        from gold.liquidity_coverage
        inner join latest using (reporting_date)
    ),

    steps as (
        select
            case lines.section when 'outflows' then 1 else 2 end as position,
            lines.kind as step,
            case lines.section when 'outflows' then 1 else -1 end * lines.weighted_amount as amount,
            'relative' as measure
        from gold.liquidity_lines as lines
        inner join coverage on lines.reporting_date = coverage.reporting_date
        where lines.ratio = 'LCR' and lines.section in ('outflows', 'inflows')
            and lines.weighted_amount > 0
        union all
        select 3, '{ABOVE_CAP}', inflows - counted_inflows, 'relative'
        from coverage
        where inflows > counted_inflows
        union all
        select 4, 'net outflow', net_outflow, 'total'
        from coverage
    )

    select step, amount, measure
    from steps
    order by position, abs(amount) desc, step
"""


def lines(ratio: str, section: str) -> str:
    """Query of the lines of a section on the last date, the largest first."""
    return f"""
    with {latest("liquidity_lines")}

    select kind, sum(amount) as amount, sum(weighted_amount) as weighted_amount
    from gold.liquidity_lines
    inner join latest using (reporting_date)
    where ratio = '{ratio}' and section = '{section}' and amount > 0
    group by kind
    order by weighted_amount desc, kind
"""


MEASURE = f"""
    with {latest("leverage")},

    measured as (
        select
            on_balance_amount, specific_provisions, tier1_deductions, undrawn_exposure,
            exposure_measure, tier1_capital, leverage_ratio
        from gold.leverage
        inner join latest using (reporting_date)
    )

    select step.name as step, step.amount, step.measure, tier1_capital, leverage_ratio
    from measured
    cross join lateral (
        values
        (1, 'assets', on_balance_amount, 'absolute'),
        (2, 'specific provisions', -specific_provisions, 'relative'),
        (3, 'deducted from Tier 1', -tier1_deductions, 'relative'),
        (4, 'undrawn limits', undrawn_exposure, 'relative'),
        (5, 'exposure measure', exposure_measure, 'total')
    ) as step (position, name, amount, measure)
    order by step.position
"""


ALL_LINES = f"""
    with {latest("liquidity_lines")}

    select
        ratio as "of",
        replace(section, '_', ' ') as "section",
        replace(kind, '_', ' ') as "kind",
        split_part(rule_id, ':', 1) as "paragraph",
        amount as "amount",
        rate as "rate",
        weighted_amount as "weighted amount"
    from gold.liquidity_lines
    inner join latest using (reporting_date)
    where amount > 0
    order by ratio, section, weighted_amount desc, kind
"""
