"""Supervisory templates as an asset.

Belongs here: reading gold and writing the files below `HOME/reports/templates`. Does not belong
here: the cells (`finplatform.risk.supervisory`) and the file format
(`finplatform.reporting.xbrl_csv`).
"""

import shutil

import dagster as dg

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.reporting import pages
from finplatform.reporting.xbrl_csv import Filing, packages
from finplatform.taxonomy import kinds_of, owners_of

GROUP = "reports"

_COLUMNS = (
    "reporting_date",
    "template",
    "table_code",
    "sheet",
    "row_code",
    "column_code",
    "datapoint",
    "kind",
    "amount",
)


@dg.asset(
    key=key("reports", "supervisory_templates"),
    group_name=GROUP,
    owners=list(owners_of(GROUP)),
    kinds={*kinds_of(GROUP), "csv"},
    description=(
        "One report package in xBRL-CSV layout for each module of the latest date: own funds with"
        " risk exposures and credit risk (COREP_OF), and leverage (COREP_LR)."
    ),
    deps=[key("gold", "supervisory_cells")],
)
@retried
def supervisory_templates(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    sources: dg.ResourceParam[SourcesConfig],
) -> dg.MaterializeResult:
    """The packages of the latest reporting date."""
    tables.held.refuse(context)
    folder = tables.warehouse.settings.reports / "templates"
    cells = tables.read_latest("gold.supervisory_cells", _COLUMNS).rows(named=True)
    facts = sum(row["amount"] is not None for row in cells)
    if cells:
        day = cells[0]["reporting_date"]
        filing = Filing(day, sources.currency, sources.bank.legal_entity_identifier or "")
        # Delete files of an earlier date that this date does not have.
        shutil.rmtree(folder, ignore_errors=True)
        for module, files in packages(cells, filing).items():
            for path, text in files.items():
                pages.write(folder / module / path, text)
    return dg.MaterializeResult(metadata={"folder": dg.MetadataValue.path(folder), "facts": facts})
