"""Checks of the lineage: figures add up, agree with their reports, and equal the rows they name.

Belongs here: the queries of the blocking checks of `gold.figure_lineage`. Does not belong here: the
computation of figures (`finplatform.risk.reports`).
"""

import dagster as dg
import psycopg

from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.reconciliation import Reconciliation
from finplatform.orchestration.partitions import window_of
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

TABLE = "figure_lineage"
ROWS_CHECK = "rows_make_their_component"

ADDS_UP = Reconciliation(
    "gold",
    TABLE,
    "figures_add_up",
    "Addends sum to their figure to the cent, ratios are their quotient, a component that is a"
    " figure has that figure's value, and the figures equal those of the reports.",
    """
    with steps as (
        select reporting_date, figure, component, relation, figure_value, figure_amount,
            base_amount, contribution, source_table
        from gold.figure_lineage
        where {window}
    ),

    sums as (
        select reporting_date, figure, max(figure_amount) as figure_amount,
            sum(contribution) as contribution
        from steps
        where relation = 'addend'
        group by reporting_date, figure
    ),

    quotients as (
        select above.figure_value,
            round(above.base_amount / nullif(below.base_amount, 0), 6) as quotient
        from steps as above
        inner join steps as below
            on above.reporting_date = below.reporting_date and above.figure = below.figure
        where above.relation = 'numerator' and below.relation = 'denominator'
    ),

    reported as (
        select reporting_date, 'cet1_capital' as figure, cet1_capital as amount
        from gold.capital_adequacy where {window}
        union all
        select reporting_date, 'total_capital', total_capital
        from gold.capital_adequacy where {window}
        union all
        select reporting_date, 'risk_weighted_assets', risk_weighted_assets
        from gold.capital_adequacy where {window}
        union all
        select reporting_date, 'exposure_measure', exposure_measure
        from gold.leverage where {window}
        union all
        select reporting_date, 'lcr.net_outflow', net_outflow
        from gold.liquidity_coverage where {window}
    )

    select 'figures that do not add up' as what, count(*), 0
    from sums where figure_amount <> contribution
    union all
    select 'ratios that are no quotient', count(*), 0
    from quotients where round(figure_value::numeric, 6) is distinct from quotient
    union all
    select 'components with another value than their figure', count(*), 0
    from steps
    inner join sums
        on steps.reporting_date = sums.reporting_date and steps.component = sums.figure
    where steps.source_table is null and steps.base_amount <> sums.figure_amount
    union all
    select 'components that lead nowhere', count(*), 0
    from steps
    where source_table is null and base_amount <> 0 and not exists (
        select from steps as further
        where further.reporting_date = steps.reporting_date and further.figure = steps.component
    )
    union all
    select 'figures that differ from their report', count(*), 0
    from reported
    left join sums using (reporting_date, figure)
    where reported.amount is not null and reported.amount is distinct from sums.figure_amount
    """,
    "reporting_date",
)
"""Reconciliation of the rows of the lineage with each other and with the reports."""


def build_lineage_checks() -> list[dg.AssetChecksDefinition]:
    """The check of the rows referenced by the lineage."""

    @dg.asset_check(
        asset=key("gold", TABLE),
        name=ROWS_CHECK,
        blocking=True,
        description="On the run's latest date, the rows referenced by a component add up to it.",
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> dg.AssetCheckResult:
        with warehouse.warehouse.connect() as connection:
            counted, wrong = wrong_rows(connection, window_of(context))
        return dg.AssetCheckResult(
            passed=not wrong,
            metadata={"components": counted, "wrong": dg.MetadataValue.json(wrong[:20])},
            description=f"{len(wrong)} of {counted} components differ from their rows.",
        )

    return [check]


def wrong_rows(
    connection: psycopg.Connection, window: Window | None
) -> tuple[int, list[dict[str, str]]]:
    """Components that differ from the sum of their rows, on the latest date of a window.

    Returns:
        Number of components, and the differing ones: figure, component, both amounts.
    """
    condition = window.predicate("reporting_date") if window else "true"
    leaves = connection.execute(
        "select figure, component, base_amount, source_table, source_column, source_filter"
        " from gold.figure_lineage where source_table is not null and reporting_date = ("
        f" select max(reporting_date) from gold.figure_lineage where {condition})"
        " order by figure, component"
    ).fetchall()
    if not leaves:
        return 0, []
    query = " union all ".join(
        f"select {literal(figure)}, {literal(component)}, {base}::numeric,"
        f" (select coalesce(sum({quote(column)}), 0)"
        f" from {'.'.join(map(quote, table.split('.')))} where {chosen})"
        for figure, component, base, table, column, chosen in leaves
    )
    wrong = [
        {"figure": figure, "component": component, "named": str(base), "rows": str(found)}
        for figure, component, base, found in connection.execute(query)
        if base != found
    ]
    return len(leaves), wrong
