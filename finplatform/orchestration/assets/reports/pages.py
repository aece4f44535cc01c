"""Report pages as assets.

Belongs here: reading gold, rendering, writing the file below `HOME/reports`.
"""

from datetime import timedelta
from typing import Any

import dagster as dg
import polars as pl

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.reporting import corep, pages
from finplatform.reporting.capital_page import capital_page
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.windows import Window

GROUP = "reports"


_PAGE_TABLES = (
    "operational_risk",
    "market_risk",
    "leverage",
    "liquidity_coverage",
    "net_stable_funding",
    "large_exposures",
    "ecl_roll_forward",
    "stress_results",
    "model_monitoring",
)
_TEMPLATE_TABLES = ("own_funds", "rwa_by_class", "operational_risk", "leverage")
_QUARTER = 3


@dg.asset(
    key=key("reports", "capital_adequacy"),
    group_name=GROUP,
    owners=list(owners_of(GROUP)),
    kinds={*kinds_of(GROUP), "html"},
    description="One page: the capital ratios, how they came about, and the rules behind them.",
    deps=[key("gold", table) for table in ("capital_adequacy", "fact_risk_metrics", *_PAGE_TABLES)],
)
def capital_adequacy_page(
    tables: TablesResource, sources: dg.ResourceParam[SourcesConfig]
) -> dg.MaterializeResult:
    """The page of the latest reporting date."""
    adequacy = tables.read("gold.capital_adequacy")
    reports = _latest_rows(tables, adequacy, _PAGE_TABLES)
    html = capital_page(sources.bank.name, adequacy, _by_class(tables, adequacy), reports)
    path = tables.warehouse.settings.reports / "capital_adequacy.html"
    pages.write(path, html)
    return dg.MaterializeResult(
        metadata={"page": dg.MetadataValue.path(path), "bytes": len(html.encode())}
    )


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
    """Rows of the latest date of the ratios by table; of stress, of the last quarter end."""
    if adequacy.is_empty():
        return {}
    latest = adequacy["reporting_date"][-1]
    quarter = latest.replace(day=1) - timedelta(days=1)
    found = {}
    for table in names:
        window = Window.day(latest)
        if table == "stress_results" and latest.month % _QUARTER:
            window = Window.through(quarter - timedelta(days=_QUARTER * 31 - 31), quarter)
        rows = tables.read(f"gold.{table}", window)
        last = rows["reporting_date"].max() if rows.height else None
        found[table] = rows.filter(pl.col("reporting_date") == last).rows(named=True)
    return found


def _by_class(tables: TablesResource, adequacy: pl.DataFrame) -> pl.DataFrame:
    """Totals per exposure class on the latest date."""
    if adequacy.is_empty():
        return pl.DataFrame()
    latest = Window.day(adequacy["reporting_date"][-1])
    metrics = tables.read("gold.fact_risk_metrics", latest)
    return (
        metrics.group_by("exposure_class")
        .agg(
            pl.len().alias("exposures"),
            pl.col(
                "exposure_amount",
                "sa_risk_weighted_assets",
                "irb_risk_weighted_assets",
                "expected_loss",
            ).sum(),
        )
        .sort("exposure_class")
    )
