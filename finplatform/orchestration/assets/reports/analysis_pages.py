"""Report pages of the catalogue, and the start page that links all reports.

All pages are one subsettable operation, so that one connection reads their queries and one browser
renders their thumbnails. Belongs here: reading, writing and metadata. Does not belong here: the
content of a page (`finplatform.reporting.catalog`).
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.retrying import retried
from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.page import Page, Rows
from finplatform.reporting.reading import read_page
from finplatform.reporting.report_files import Listed, write_page, write_start, write_thumbnails
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.warehouse.page_queries import queries_of

GROUP = "reports"

_OTHERS = (
    Listed(
        "model_card",
        "Model card of the default model",
        "What is the model in use, how well does it do, and where does it end?",
        "Risk and capital",
    ),
)
"""Reports of other assets that the start page links."""

_LISTED = (
    *(Listed(page.name, page.title, page.question, page.section) for page in PAGES),
    *_OTHERS,
)


_WRITTEN_BY_LOADS = frozenset({"ops.loads", "quarantine.rejected_rows"})
"""Tables that every load writes, which are no assets."""


def _spec(page: Page) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=key("reports", page.name),
        deps=[key(*table.split(".")) for table in page.sources if table not in _WRITTEN_BY_LOADS],
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds={*kinds_of(GROUP), "html"},
        description=(
            f"One page: {page.question} Charts: {', '.join(chart.name for chart in page.charts)}."
        ),
    )


@dg.multi_asset(name="report_pages", specs=[_spec(page) for page in PAGES], can_subset=True)
@retried
def report_pages(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    held: HeldTables,
    sources: dg.ResourceParam[SourcesConfig],
) -> Iterator[dg.MaterializeResult]:
    """The selected pages as of the last date of their sources.

    A page of a held table is not replaced, and the step fails after the others are written.
    """
    folder = warehouse.settings.reports
    stopped = {hold.table for hold in held.holds(context)}
    chosen = [
        page
        for page in PAGES
        if key("reports", page.name) in context.selected_asset_keys
        and stopped.isdisjoint(page.sources)
    ]
    with warehouse.warehouse.connect() as connection:
        run = queries_of(connection)
        shown = {
            page.name: (page, read_page(page, run, as_of=None, currency=sources.currency))
            for page in chosen
        }
    paths = {name: folder / f"{name}.html" for name in shown}
    for name, (page, rows) in shown.items():
        write_page(paths[name], page, rows, bank=sources.bank.name, currency=sources.currency)
    pictures = write_thumbnails(folder, shown)
    for name, (page, rows) in shown.items():
        yield dg.MaterializeResult(
            asset_key=key("reports", name),
            metadata={
                "page": dg.MetadataValue.path(paths[name]),
                "bytes": paths[name].stat().st_size,
                "as_of": str(_as_of(rows) or "no date"),
                "charts": len(page.charts),
                "preview": dg.MetadataValue.md(_picture(pictures[name], page.title)),
            },
        )
    held.refuse(context)


@dg.asset(
    key=key("reports", "index"),
    deps=[key("reports", listed.name) for listed in _LISTED],
    group_name=GROUP,
    owners=list(owners_of(GROUP)),
    kinds={*kinds_of(GROUP), "html"},
    description="One start page: every report with a thumbnail and its question.",
)
@retried
def report_index(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    held: HeldTables,
    sources: dg.ResourceParam[SourcesConfig],
) -> dg.MaterializeResult:
    """The start page of all existing reports."""
    held.refuse(context)
    with warehouse.warehouse.connect() as connection:
        newest = queries_of(connection)(
            "select max(month_end) as month_end from gold.descriptive_analytics", {}
        )
    path = write_start(
        warehouse.settings.reports,
        _LISTED,
        bank=sources.bank.name,
        currency=sources.currency,
        as_of=newest["month_end"].iloc[0],
    )
    return dg.MaterializeResult(
        metadata={"page": dg.MetadataValue.path(path), "pages": len(_LISTED)}
    )


def _as_of(rows: Rows) -> date | None:
    return max((found for found in rows.as_of.values() if found is not None), default=None)


def _picture(path: Path, title: str) -> str:
    kind = "svg+xml" if path.suffix == ".svg" else "png"
    return f"![{title}](data:image/{kind};base64,{b64encode(path.read_bytes()).decode()})"
