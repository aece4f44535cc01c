"""Data subject rights as assets: due erasures, and retention.

Subjects whose last hold has ended are erased, subjects that a source delivered again are erased
again, and rows beyond their retention are deleted. Belongs here: the order of these steps. Does not
belong here: the steps (`finplatform.privacy`).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg
import polars as pl

from finplatform.contracts.privacy import PRIVACY
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.compliance.screening import GROUP
from finplatform.orchestration.assets.compliance.stored import stored
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.partitions import as_of_day, history_start
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.privacy.erasure import Place, replay
from finplatform.privacy.ledger import ledger_path
from finplatform.privacy.requests import ERASURE, carry_out_due, requests
from finplatform.privacy.retention import delete_expired
from finplatform.security.keys import load_master_key
from finplatform.settings import Settings

_WAITING, _RETENTION = PRIVACY["waiting_erasures"], PRIVACY["retention_runs"]


@dg.multi_asset(
    name="privacy_duties",
    specs=[
        table_spec(
            _WAITING,
            GROUP,
            "Subjects whose last hold has ended were erased before the table was made.",
            deps=[
                key("gold", "dim_customer"),
                key("gold", "dim_account"),
                key("silver", "stg_loans"),
                key("silver", "stg_transactions"),
            ],
        ),
        table_spec(
            _RETENTION,
            GROUP,
            "Older rows are deleted; days with partitions of the graph are never emptied.",
            deps=[key("compliance", "waiting_erasures")],
        ),
    ],
    check_specs=[contract_check_spec(contract) for contract in PRIVACY.values()],
)
@retried
def privacy_duties(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    settings: dg.ResourceParam[Settings],
    sources: dg.ResourceParam[SourcesConfig],
) -> Iterator[dg.MaterializeResult]:
    """Erases due subjects as of the last business day, and deletes rows beyond retention."""
    as_of, warehouse = as_of_day(settings, sources), tables.warehouse.warehouse
    stored(tables, PRIVACY.values())
    counts = {"requests_due": 0, "people_in_ledger": 0}
    if requests(warehouse, ERASURE, "WAITING"):
        place = Place(settings, warehouse, load_master_key(settings, create=False), sources)
        done = carry_out_due(place, as_of, at=datetime.now(UTC))
        counts["requests_due"] = len(done)
    if ledger_path(settings).exists():
        counts["people_in_ledger"] = replay(warehouse.url, settings)
    waiting = [
        (row["request_id"], row["received_date"], row["erase_on"], as_of)
        for row in requests(warehouse, ERASURE, "WAITING")
    ]
    yield store(context, tables, _WAITING.name, _frame(_WAITING.dtypes, waiting), counts)
    deleted = delete_expired(warehouse, as_of, history_start(settings, sources))
    rows = [(one.table, one.date_column, one.cutoff, one.rows, as_of) for one in deleted]
    total = {"deleted_rows": sum(one.rows for one in deleted)}
    yield store(context, tables, _RETENTION.name, _frame(_RETENTION.dtypes, rows), total)


def _frame(dtypes: dict[str, pl.DataType], rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dtypes, orient="row")
