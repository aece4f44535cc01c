{{ config(meta={'dagster': {'ref': {'name': 'diagnostic_analytics'}}}) }}

{#
    Contributions of the members of a breakdown add up to the change of the measure in another
    table: volume in the cube of transactions, rates in their own totals.
#}
with moved as (
    select
        diagnostics.month_end,
        diagnostics.base_month_end,
        diagnostics.comparison,
        diagnostics.measure,
        diagnostics.currency,
        diagnostics.breakdown,
        sum(diagnostics.contribution) as contribution
    from {{ ref('diagnostic_analytics') }} as diagnostics
    group by
        diagnostics.month_end, diagnostics.base_month_end, diagnostics.comparison,
        diagnostics.measure, diagnostics.currency, diagnostics.breakdown
),

volumes as (
    select
        facts.transaction_month as month_end,
        'VOLUME' as measure,
        facts.account_currency as currency,
        sum(facts.transaction_amount_abs) as total
    from {{ ref('fact_transactions') }} as facts
    where facts.is_completed and facts.transaction_type <> 'OPENING_BALANCE'
    group by facts.transaction_month, facts.account_currency
),

rates as (
    select
        rates.month_end,
        rates.measure,
        'XXX' as currency,
        rates.numerator::numeric / rates.denominator as total
    from {{ ref('rate_months') }} as rates
    where rates.breakdown = 'TOTAL'
),

totals as (
    select volumes.*
    from volumes
    union all
    select rates.*
    from rates
)

select
    moved.month_end,
    moved.comparison,
    moved.measure,
    moved.breakdown,
    moved.contribution,
    now_totals.total - base_totals.total as change
from moved
left join totals as now_totals
    on
        moved.month_end = now_totals.month_end
        and moved.measure = now_totals.measure
        and moved.currency = now_totals.currency
left join totals as base_totals
    on
        moved.base_month_end = base_totals.month_end
        and moved.measure = base_totals.measure
        and moved.currency = base_totals.currency
where
    abs(
        moved.contribution
        - (coalesce(now_totals.total, 0) - coalesce(base_totals.total, 0))
    ) > 0.000001
