"""Supervisory templates as an asset.

Belongs here: reading gold and writing the files below `HOME/reports/templates`. Does not belong
here: what their cells are (`finplatform.reporting.corep`).
"""

from typing import Any

import dagster as dg
import polars as pl

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.reporting import corep, pages
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.windows import Window

GROUP = "reports"

_TEMPLATE_TABLES = ("own_funds", "rwa_by_class", "operational_risk", "leverage")


@dg.asset(
    key=key("reports", "supervisory_templates"),
    group_name=GROUP,
    owners=list(owners_of(GROUP)),
    kinds={*kinds_of(GROUP), "csv"},
    description=(
        "One CSV file for each supervisory template of the latest date: own funds, credit risk"
        " by both approaches, operational risk, leverage. Files whose cells do not add up are"
        " not written."
    ),
    deps=[key("gold", table) for table in ("capital_adequacy", *_TEMPLATE_TABLES)],
)
def supervisory_templates(
    tables: TablesResource, sources: dg.ResourceParam[SourcesConfig]
) -> dg.MaterializeResult:
    """The templates of the latest reporting date."""
    adequacy = tables.read("gold.capital_adequacy")
    rows = _latest_rows(tables, adequacy, _TEMPLATE_TABLES)
    folder = tables.warehouse.settings.reports / "templates"
    written = []
    for template in _templates(rows) if adequacy.height else ():
        path = folder / f"{template.name}.csv"
        day = str(adequacy["reporting_date"][-1])
        pages.write(path, template.text(day, sources.currency))
        written.append(template.code)
    return dg.MaterializeResult(
        metadata={"folder": dg.MetadataValue.path(folder), "templates": ", ".join(written)}
    )


def _templates(rows: dict[str, list[dict[str, Any]]]) -> list[corep.Template]:
    return corep.templates(
        rows["own_funds"],
        rows["rwa_by_class"],
        next(iter(rows["operational_risk"]), None),
        next(iter(rows["leverage"]), None),
    )


def _latest_rows(
    tables: TablesResource, adequacy: pl.DataFrame, names: tuple[str, ...]
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the latest date of the ratios by table."""
    if adequacy.is_empty():
        return {}
    latest = Window.day(adequacy["reporting_date"][-1])
    return {table: tables.read(f"gold.{table}", latest).rows(named=True) for table in names}
