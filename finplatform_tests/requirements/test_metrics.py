"""Each metric of the semantic layer equals the figure that views and analytics show.

MetricFlow, which comes with dbt, reads the project's YAML and writes the SQL: a metric is asked for
by period and dimension, and held against the view or table in which people see the same figure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import psycopg
import pytest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from finplatform.contracts.metrics import metrics
from finplatform.warehouse import dbt
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class PostgresDialect:
    """What MetricFlow asks of a client to write SQL that others run."""

    sql_engine_type = SqlEngine.POSTGRES
    sql_plan_renderer = PostgresSQLSqlPlanRenderer()


@dataclass(frozen=True)
class SemanticLayer:
    """Metrics of the built bank, by MetricFlow."""

    engine: MetricFlowEngine
    connection: psycopg.Connection

    def rows(self, names: list[str], *group_by: str) -> list[tuple[Any, ...]]:
        """Values of metrics, group by group, sorted; columns of the groups come first."""
        request = MetricFlowQueryRequest.create(metric_names=names, group_by_names=group_by)
        query = self.engine.explain(request).sql_statement.sql
        cursor = self.connection.execute(query.encode())
        found = [column.name for column in cursor.description or ()]
        order = [found.index(name) for name in (*group_by, *names)]
        return sorted(tuple(row[place] for place in order) for row in cursor)


@pytest.fixture(scope="module")
def manifest(built_bank: BuiltBank) -> dict[str, Any]:
    return dbt.load_manifest(built_bank.settings)


@pytest.fixture(scope="module")
def semantic_layer(built_bank: BuiltBank, manifest: dict[str, Any]) -> Iterator[SemanticLayer]:
    written = dbt.target_dir(built_bank.settings) / "semantic_manifest.json"
    lookup = SemanticManifestLookup(
        parse_manifest_from_dbt_generated_manifest(written.read_text(encoding="utf-8"))
    )
    engine = MetricFlowEngine(lookup, cast(SqlClient, PostgresDialect()))
    with psycopg.connect(built_bank.url, options="-ctimezone=UTC") as connection:
        connection.read_only = True
        yield SemanticLayer(engine, connection)


@dataclass(frozen=True)
class Shown:
    """Where people see some metrics.

    Attributes:
        metrics: Metric by the expression that shows it.
        groups: Dimension of MetricFlow by the expression of the same group.
        source: What is selected from.
        places: Decimals that are shown.
    """

    metrics: dict[str, str]
    groups: dict[str, str]
    source: str
    places: int | None = None


SHOWN = {
    "descriptive_analytics": Shown(
        {
            "transaction_count": "attempt_count",
            "completed_transaction_count": "completed_count",
            "transaction_volume": "volume_amount",
            "transaction_fees": "fees",
            "active_customers": "active_customers",
            "transaction_failure_rate": "failure_rate",
            "fraud_rate": "fraud_rate",
            "transactions_per_customer": "transactions_per_customer",
        },
        {
            "metric_time__month": "date_trunc('month', month_end)",
            "transaction__account_currency": "currency",
        },
        "gold.descriptive_analytics where breakdown = 'TOTAL'",
        places=9,
    ),
    "descriptive_analytics by channel": Shown(
        {
            "completed_transaction_count": "completed_count",
            "transaction_volume": "volume_amount",
            "active_customers": "active_customers",
        },
        {
            "metric_time__month": "date_trunc('month', month_end)",
            "transaction__account_currency": "currency",
            "transaction__channel": "member",
        },
        "gold.descriptive_analytics where breakdown = 'CHANNEL'",
        places=9,
    ),
    "descriptive_analytics, to the cent": Shown(
        {"average_transaction_amount": "mean_amount"},
        {
            "metric_time__month": "date_trunc('month', month_end)",
            "transaction__account_currency": "currency",
        },
        "gold.descriptive_analytics where breakdown = 'TOTAL'",
        places=2,
    ),
    "rate_months": Shown(
        {
            "failed_transaction_count": "max(numerator) filter (where measure = 'DECLINE')",
            "fraud_transaction_count": "max(numerator) filter (where measure = 'FRAUD')",
        },
        {"metric_time__month": "date_trunc('month', month_end)"},
        "gold.rate_months where breakdown = 'TOTAL' group by month_end",
    ),
    "vw_payment_analytics": Shown(
        {
            "payment_count": "total_transactions",
            "successful_payment_count": "successful_transactions",
            "failed_payment_count": "failed_transactions",
            "flagged_payment_count": "fraud_flagged_transactions",
            "payment_revenue": "total_revenue",
            "payment_commission": "total_commission",
            "payment_success_rate": "successful_transactions / total_transactions::numeric",
            "payment_failure_rate": "failed_transactions / total_transactions::numeric",
        },
        {
            "metric_time__day": "date_trunc('day', transaction_date)",
            "payment__payment_method": "payment_method",
            "payment__currency": "currency",
        },
        "bi.vw_payment_analytics",
        places=9,
    ),
    "vw_merchant_performance": Shown(
        {
            "settlement_count": "total_settlements",
            "breached_settlement_count": "sla_breaches",
            "settlement_net_amount": "settled_amount + open_amount",
            "settlement_breach_rate": "round(sla_breaches / total_settlements::numeric, 9)",
        },
        {"merchant": "merchant_key", "settlement__currency": "currency"},
        "bi.vw_merchant_performance where total_settlements > 0",
        places=9,
    ),
    "capital_adequacy": Shown(
        {
            "cet1_capital": "cet1_capital",
            "tier1_capital": "tier1_capital",
            "total_capital": "total_capital",
            "risk_weighted_assets": "risk_weighted_assets",
            "cet1_ratio": "cet1_ratio",
            "tier1_ratio": "tier1_ratio",
            "total_capital_ratio": "total_ratio",
        },
        {"metric_time__day": "date_trunc('day', reporting_date)"},
        "gold.capital_adequacy",
        places=6,
    ),
    "leverage": Shown(
        {"leverage_exposure": "exposure_measure", "leverage_ratio": "leverage_ratio"},
        {"metric_time__day": "date_trunc('day', reporting_date)"},
        "gold.leverage",
        places=6,
    ),
    "liquidity_coverage": Shown(
        {
            "liquid_assets": "liquid_assets",
            "net_outflow": "net_outflow",
            "liquidity_coverage_ratio": "coverage_ratio",
        },
        {"metric_time__day": "date_trunc('day', reporting_date)"},
        "gold.liquidity_coverage",
        places=6,
    ),
    "net_stable_funding": Shown(
        {
            "available_funding": "available_funding",
            "required_funding": "required_funding",
            "stable_funding_ratio": "stable_funding_ratio",
        },
        {"metric_time__day": "date_trunc('day', reporting_date)"},
        "gold.net_stable_funding",
        places=6,
    ),
    "ecl_roll_forward": Shown(
        {"credit_allowance": "closing"},
        {
            "metric_time__day": "date_trunc('day', reporting_date)",
            "credit_loss_cell__stage": "stage",
        },
        "gold.ecl_roll_forward where closing > 0",
    ),
    "expected_credit_loss": Shown(
        {
            "credit_exposure": "sum(exposure_amount)",
            "credit_coverage_rate": "round(sum(allowance) / sum(exposure_amount), 9)",
        },
        {"metric_time__day": "date_trunc('day', reporting_date)"},
        "gold.expected_credit_loss group by reporting_date",
        places=9,
    ),
    "silver.stg_ledger_balances": Shown(
        {
            "deposits": "-sum(closing_balance) filter (where account_group = 'DEPOSITS')",
            "loans": "sum(closing_balance) filter (where account_group = 'LOANS')",
        },
        {"metric_time__day": "date_trunc('day', report_date)"},
        "silver.stg_ledger_balances group by report_date",
    ),
}
"""By where it is seen, the metrics that are seen there."""


_OF_MONTH_ENDS = ("bi.capital_ratios", "bi.credit_losses", "bi.ledger", "bi.liquidity_ratios")


def rounded(row: tuple[Any, ...], places: int | None) -> tuple[Any, ...]:
    """The row with its fractions as far as they are shown."""
    if places is None:
        return row
    return tuple(
        round(Decimal(str(value)), places) if isinstance(value, Decimal | float) else value
        for value in row
    )


def by_group(
    rows: Iterable[tuple[Any, ...]], groups: int, places: int | None
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Figures by the values of the first columns, as far as they are shown."""
    return {row[:groups]: rounded(row[groups:], places) for row in rows}


@pytest.mark.parametrize("place", SHOWN)
def test_a_metric_equals_the_figure_that_people_see(
    semantic_layer: SemanticLayer, place: str
) -> None:
    shown = SHOWN[place]
    expected = semantic_layer.connection.execute(
        f"select {', '.join((*shown.groups.values(), *shown.metrics.values()))}"
        f" from {shown.source}".encode()
    ).fetchall()
    found = semantic_layer.rows(list(shown.metrics), *shown.groups)
    figures = by_group(found, len(shown.groups), shown.places)
    seen = by_group(expected, len(shown.groups), shown.places)
    # The analytics of months begin a month once it is over.
    assert {group: figures.get(group) for group in seen} == seen
    assert len(seen) > 1


def test_every_metric_is_held_against_a_figure(manifest: dict[str, Any]) -> None:
    held = {metric for shown in SHOWN.values() for metric in shown.metrics}
    derived = {"loan_to_deposit_ratio"}
    assert {metric.name for metric in metrics(manifest)} == held | derived


def test_the_sql_that_documents_and_exports_give_of_a_metric_is_metricflows(
    semantic_layer: SemanticLayer, manifest: dict[str, Any]
) -> None:
    different = []
    for metric in metrics(manifest):
        grain = "day" if metric.view in _OF_MONTH_ENDS else "month"
        expected = semantic_layer.connection.execute(
            f"select date_trunc('{grain}', {metric.time_column}), {metric.expression}"
            f" from {metric.view} group by 1".encode()
        ).fetchall()
        found = semantic_layer.rows([metric.name], f"metric_time__{grain}")
        if by_group(found, 1, 9) != by_group(expected, 1, 9):
            different.append(metric.name)
    assert not different


def test_a_balance_of_a_period_is_that_of_its_last_date(semantic_layer: SemanticLayer) -> None:
    days = semantic_layer.rows(["deposits", "cet1_capital"], "metric_time__day")
    by_quarter: dict[tuple[int, int], tuple[Any, ...]] = {}
    for day, *values in days:
        by_quarter[day.year, (day.month - 1) // 3] = tuple(values)
    quarters = semantic_layer.rows(["deposits", "cet1_capital"], "metric_time__quarter")
    assert [tuple(values) for _, *values in quarters] == list(by_quarter.values())
    assert len(days) > len(quarters)
