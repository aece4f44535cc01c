"""Assets of the tables that the stream's consumers write: events by business day, and alerts.

Consumers write the rows without a run. A run counts them and checks their contract before the
downstream assets are built. Does not belong here: storing events (see `finplatform.streaming`).
"""

import dagster as dg

from finplatform.contracts.contract import Contract
from finplatform.contracts.streamed import STREAM_FRAUD_ALERTS, TRANSACTION_EVENTS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.sources.external import CHANNEL_KEY
from finplatform.orchestration.assets.storing import table_arguments
from finplatform.orchestration.checks.contract_checks import contract_check_result
from finplatform.orchestration.partitions import Partitions, window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.streaming.tables import create_tables
from finplatform.warehouse import bulk

GROUP = "sources"
_ABOUT = "Stream consumers add rows continuously; a run checks the new rows."


def build_streamed_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The tables that consumers of the stream fill.

    Args:
        partitions: Days of the events.
    """
    events = TRANSACTION_EVENTS.stored

    @dg.asset(
        **table_arguments(events, GROUP, _ABOUT),
        deps=[CHANNEL_KEY],
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def transaction_events(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> dg.MaterializeResult:
        tables.held.refuse(context, key(events.schema_name, events.table))
        return _stock(events, context, tables)

    @dg.asset(
        **table_arguments(STREAM_FRAUD_ALERTS, GROUP, _ABOUT),
        deps=[key(events.schema_name, events.table)],
    )
    @retried
    def stream_fraud_alerts(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> dg.MaterializeResult:
        tables.held.refuse(context, key(STREAM_FRAUD_ALERTS.schema_name, STREAM_FRAUD_ALERTS.table))
        return _stock(STREAM_FRAUD_ALERTS, context, tables)

    return [transaction_events, stream_fraud_alerts]


def _stock(
    contract: Contract, context: dg.AssetExecutionContext, tables: TablesResource
) -> dg.MaterializeResult:
    """Counts and checks the stored rows; creates a missing table."""
    with bulk.connect(tables.warehouse.url) as connection:
        create_tables(connection)
    window = window_of(context) if contract.date_column else None
    counted = "dagster/row_count" if window is None else "dagster/partition_row_count"
    return dg.MaterializeResult(
        metadata={
            counted: tables.count(contract.name, window),
            "dagster/table_name": contract.name,
        },
        check_results=[contract_check_result(contract, tables.warehouse, window)],
    )
