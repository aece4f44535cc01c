"""The check that a figure of a date is the same in every report that shows it.

Belongs here: the tables of each figure. Does not belong here: totals over rows of two tables
(`reconciliations`), and the computation of figures (`finplatform.risk.reports`).
"""

from collections.abc import Mapping

import dagster as dg

from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.reconciliation import totals
from finplatform.orchestration.partitions import window_of
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.windows import Window

ASSET = "capital_adequacy"
CHECK_NAME = "figures_of_a_date_agree"

SHOWN_IN: Mapping[str, Mapping[str, str]] = {
    "tier1_capital": {"capital_adequacy": "tier1_capital", "leverage": "tier1_capital"},
    "cet1_ratio": {"capital_adequacy": "cet1_ratio", "stress_results": "cet1_ratio"},
    "tier1_ratio": {"capital_adequacy": "tier1_ratio", "stress_results": "tier1_ratio"},
    "total_ratio": {"capital_adequacy": "total_ratio", "stress_results": "total_ratio"},
    "expected_loss": {"capital_adequacy": "expected_loss", "stress_results": "expected_loss"},
    "risk_weighted_assets": {
        "capital_adequacy": "risk_weighted_assets",
        "output_floor": "risk_weighted_assets",
        "stress_results": "risk_weighted_assets",
    },
    "credit_risk_weighted_assets": {
        "capital_adequacy": "credit_risk_weighted_assets",
        "output_floor": "credit_risk_weighted_assets",
    },
    "market_risk_weighted_assets": {
        "capital_adequacy": "market_risk_weighted_assets",
        "output_floor": "market_risk_weighted_assets",
    },
    "operational_risk_weighted_assets": {
        "capital_adequacy": "operational_risk_weighted_assets",
        "output_floor": "operational_risk_weighted_assets",
        "operational_risk": "risk_weighted_assets",
    },
    "output_floor_rate": {
        "capital_adequacy": "output_floor_rate",
        "output_floor": "output_floor_rate",
    },
    "output_floor_amount": {
        "capital_adequacy": "output_floor_amount",
        "output_floor": "output_floor_amount",
    },
    "specific_provisions": {
        "leverage": "specific_provisions",
        "loan_ledger_reconciliation": "posted_allowance",
    },
}
"""Tables and columns of gold that show a figure, by figure."""

TABLES = tuple(sorted({table for shown in SHOWN_IN.values() for table in shown}))


def query(window: Window | None) -> str:
    """Each figure with the number of dates with different values in two reports, and 0."""
    condition = window.predicate("reporting_date") if window else "true"
    shown = " union all ".join(
        f"select '{figure}' as figure, reporting_date, {column}::numeric as value"
        f" from gold.{table} where {condition} and {column} is not null"
        for figure, tables in SHOWN_IN.items()
        for table, column in tables.items()
    )
    return f"""
        with shown as ({shown}),
        dates as (
            select figure, reporting_date, max(value) <> min(value) as is_different
            from shown
            group by figure, reporting_date
        )
        select figure, count(*) filter (where is_different), 0
        from dates
        group by figure
        order by figure
    """


def build_figures_check() -> dg.AssetChecksDefinition:
    """The blocking check of all figures that several reports show."""

    @dg.asset_check(
        asset=key("gold", ASSET),
        name=CHECK_NAME,
        blocking=True,
        description="A figure of a date has one value, to the cent, in all reports that show it.",
        additional_deps=[key("gold", table) for table in TABLES if table != ASSET],
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> dg.AssetCheckResult:
        found = totals(warehouse, query(window_of(context)))
        different = {figure: int(dates) for figure, dates, _ in found if dates}
        return dg.AssetCheckResult(
            passed=not different,
            metadata={"figures": len(found), "dates_that_differ": dg.MetadataValue.json(different)},
            description="; ".join(
                f"{figure} differs on {n} dates" for figure, n in different.items()
            )
            or f"{len(found)} figures agree.",
        )

    return check
