"""Daily audit trail maintenance as an asset of the schema `audit`.

Accesses in other logs are imported, the trail is verified, a tree head is signed, and the heads are
stored in the database. Belongs here: the order of these steps. Does not belong here: the steps
(see `finplatform.warehouse.audit_seals` and `statement_log`).
"""

import dagster as dg
import polars as pl

from finplatform.contracts.audit import AUDIT
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.orchestration.run_history import frame_of
from finplatform.orchestration.run_trail import record_runs
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl, statement_log
from finplatform.warehouse.audit_seals import kept_heads, seal

GROUP = "platform"
_CONTRACT = AUDIT["tree_heads"]


@dg.asset(
    **table_arguments(
        _CONTRACT, GROUP, "Notes are kept in the home folder; copy them to write-once storage."
    )
)
@retried
def audit_tree_heads(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult:
    """Imports statements and runs, signs a tree head, and stores all heads in the database."""
    warehouse = tables.warehouse.warehouse
    with bulk.connect(warehouse.url) as connection:
        ddl.create_schemas(connection)
        ddl.create_table(connection, _CONTRACT)
    statements = statement_log.collect(settings, warehouse)
    runs = record_runs(context.instance, warehouse)
    head = seal(settings, warehouse)
    found = {"statements": statements, "runs": runs, "sealed_events": head.size if head else 0}
    return store(context, tables, _CONTRACT.name, _heads(settings, tables), found)


def _heads(settings: Settings, tables: TablesResource) -> pl.DataFrame:
    rows = []
    before = 0
    for head, digest in kept_heads(settings, tables.warehouse.warehouse):
        rows.append(
            {
                "tree_size": head.size,
                "event_count": head.size - before,
                "root_hash": head.root.hex(),
                "note_hash": digest.hex(),
                "previous_hash": head.previous.hex(),
                "sealed_at": head.sealed_at,
            }
        )
        before = head.size
    return frame_of(_CONTRACT, rows)
