"""The default model's card as an asset, and the functions that its CLI command shares.

Belongs here: reading the model's facts and the gold tables, and writing the two files. Does not
belong here: the content of the card (`finplatform.reporting.model_card`).
"""

from pathlib import Path

import dagster as dg

from finplatform.contracts.gold import GOLD
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ml import store
from finplatform.ml.prior import PriorModel
from finplatform.ml.registry import kept_models
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.retrying import retried
from finplatform.reporting import pages
from finplatform.reporting.model_card import CardSource, card_html, card_markdown
from finplatform.settings import Settings
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.warehouse.tables import read_rows

GROUP = "reports"
MODEL = "pd_model"
TABLES = (
    "pd_candidates",
    "rating_scale",
    "pd_feature_drift",
    "pd_fairness",
    "grade_overrides",
    "model_monitoring",
)


@dg.asset(
    key=key("reports", "model_card"),
    group_name=GROUP,
    owners=list(owners_of(GROUP)),
    kinds={*kinds_of(GROUP), "html"},
    description=(
        "One card of the default model in use: data, candidates, performance, calibration,"
        " stability, fairness, overrides and limits, as HTML and Markdown."
    ),
    deps=[key("models", MODEL), *(key("gold", table) for table in TABLES)],
)
@retried
def model_card(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    held: HeldTables,
    sources: dg.ResourceParam[SourcesConfig],
) -> dg.MaterializeResult:
    """The card of the model in use."""
    held.refuse(context)
    settings = warehouse.settings
    source = card_source(settings, warehouse.url, sources.bank.name)
    page, text = write_card(source, settings.reports)
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(page),
            "model_version": source.version,
            "card": dg.MetadataValue.md(text.read_text(encoding="utf-8")),
        }
    )


def card_source(settings: Settings, url: str, bank: str) -> CardSource:
    """Data of the card of the model in use.

    Args:
        settings: Location of the models.
        url: libpq URL of the warehouse.
        bank: Name of the bank.
    """
    root = settings.models / MODEL
    version = store.latest_version(root)
    if version is None:
        return CardSource(bank, PriorModel().model_version, "expert prior")
    model = store.load(root, version)
    created = next(
        kept.created_at
        for kept in kept_models(settings.models)
        if (kept.model, kept.version) == (MODEL, version)
    )
    tables = {name: read_rows(url, GOLD[name], None).rows(named=True) for name in TABLES}
    return CardSource(bank, version, model.family, created, model.facts, tables)


def write_card(source: CardSource, folder: Path) -> tuple[Path, Path]:
    """Writes both forms; returns their paths, HTML first."""
    page, text = folder / "model_card.html", folder / "model_card.md"
    pages.write(page, card_html(source))
    pages.write(text, card_markdown(source))
    return page, text
