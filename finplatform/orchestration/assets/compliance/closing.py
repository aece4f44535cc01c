"""Closed months as an asset: the comparison of every frozen table with its frozen rows.

Belongs here: storing the comparison. Does not belong here: the comparison
(`finplatform.warehouse.period_versions`), and the closing of a month, a manual step.
"""

import dagster as dg
import polars as pl

from finplatform.compliance.sox.frozen_tables import frozen_tables
from finplatform.contracts.controls import CONTROLS
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.compliance.screening import GROUP
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.partitions import as_of_day
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.period_versions import table_verdicts

_CONTRACT = CONTROLS["closed_months"]


@dg.asset(
    **table_arguments(
        _CONTRACT,
        GROUP,
        "Rows changed since the close enter reports only with a restatement.",
    ),
    deps=[key(*each.table.split(".")) for each in frozen_tables()],
)
@retried
def closed_months(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    settings: dg.ResourceParam[Settings],
    sources: dg.ResourceParam[SourcesConfig],
) -> dg.MaterializeResult:
    """Compares every closed month with its latest version, and the version with its approval."""
    with bulk.connect(tables.warehouse.url) as connection:
        ddl.create_schemas(connection)
    verdicts = table_verdicts(tables.warehouse.warehouse)
    schema = pl.Schema(_CONTRACT.dtypes)
    as_of = as_of_day(settings, sources)
    frame = pl.DataFrame([{**row, "verified_date": as_of} for row in verdicts], schema=schema)
    months = {"closed_months": frame["period"].n_unique()}
    return store(context, tables, _CONTRACT.name, frame, months)
