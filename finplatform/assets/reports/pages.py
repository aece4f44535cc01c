"""Report pages as assets.

Belongs here: reading gold, rendering, writing the file below `HOME/reports`.
"""

import dagster as dg
import polars as pl

from finplatform.connectors.config import SourcesConfig
from finplatform.contracts.gold import GOLD
from finplatform.io_managers.tables import read
from finplatform.reporting import pages
from finplatform.reporting.capital_page import capital_page
from finplatform.resources.warehouse import WarehouseResource
from finplatform.settings import get_settings
from finplatform.taxonomy import key, kinds_of, owners_of
from finplatform.windows import Window

GROUP = "reports"


def build_report_assets(sources: SourcesConfig) -> list[dg.AssetsDefinition]:
    """The platform's pages.

    Args:
        sources: Says the bank's name.
    """

    @dg.asset(
        key=key("reports", "capital_adequacy"),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds={*kinds_of(GROUP), "html"},
        description="One page: the capital ratios, how they came about, and the rules behind them.",
        deps=[key("gold", "capital_adequacy"), key("gold", "fact_risk_metrics")],
    )
    def capital_adequacy_page(warehouse: WarehouseResource) -> dg.MaterializeResult:
        adequacy = read(warehouse.url, GOLD["capital_adequacy"], None)
        html = capital_page(sources.bank, adequacy, _by_class(warehouse, adequacy))
        path = get_settings().reports / "capital_adequacy.html"
        pages.write(path, html)
        return dg.MaterializeResult(
            metadata={"page": dg.MetadataValue.path(path), "bytes": len(html.encode())}
        )

    return [capital_adequacy_page]


def _by_class(warehouse: WarehouseResource, adequacy: pl.DataFrame) -> pl.DataFrame:
    """Totals per exposure class on the latest date."""
    if adequacy.is_empty():
        return pl.DataFrame()
    latest = Window.day(adequacy["reporting_date"][-1])
    metrics = read(warehouse.url, GOLD["fact_risk_metrics"], latest)
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
