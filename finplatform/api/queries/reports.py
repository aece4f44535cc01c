"""Report pages and the rows behind their charts.

The catalogue of pages takes pandas and Plotly along, so that it is imported when the first request
needs it. Belongs here: which pages there are, and the rows of a chart with the rights of a caller.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finplatform.errors import NothingFoundError
from finplatform.reporting.formats import Format
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse

if TYPE_CHECKING:
    from finplatform.reporting.page import Chart, Page


@dataclass(frozen=True)
class PageFound:
    """A page of the catalogue.

    Attributes:
        name: Its name.
        title: Its heading.
        question: What it answers.
        section: What it is part of.
        charts: Title of each chart, by its anchor.
        written_at: Instant at which its file was written; None while there is none.
    """

    name: str
    title: str
    question: str
    section: str
    charts: Mapping[str, str]
    written_at: datetime | None


async def pages(folder: Path) -> list[PageFound]:
    """Pages of the catalogue.

    Args:
        folder: Where their files are.
    """
    return await asyncio.to_thread(_pages, folder)


async def chart_file(
    settings: Settings, warehouse: Warehouse, page: str, chart: str, kind: Format, day: date | None
) -> bytes:
    """The rows behind a chart as a file; a chart has hundreds of them at most.

    Args:
        settings: Name the source configuration, which has the currency.
        warehouse: The database with the rights of the caller.
        page: Name of the page.
        chart: Anchor of the chart.
        kind: Format.
        day: Last date of the rows; None for all stored rows.

    Raises:
        NothingFoundError: If there is no such page or chart.
    """
    return await asyncio.to_thread(_chart_file, settings, warehouse, page, chart, kind, day)


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, "Page"]:
    from finplatform.reporting.catalog.pages import PAGES

    return {page.name: page for page in PAGES}


def _pages(folder: Path) -> list[PageFound]:
    return [
        PageFound(
            page.name,
            page.title,
            page.question,
            page.section,
            {chart.anchor: chart.title for chart in page.charts},
            _written_at(folder / f"{page.name}.html"),
        )
        for page in _catalogue().values()
    ]


def _written_at(path: Path) -> datetime | None:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else None


def _chart(page: str, chart: str) -> tuple["Page", "Chart"]:
    found = _catalogue().get(page)
    if found is None:
        raise NothingFoundError("There is no such page.", "See GET /api/v1/reports.")
    for one in found.charts:
        if one.anchor == chart:
            return found, one
    raise NothingFoundError("The page has no such chart.", "See GET /api/v1/reports.")


def _chart_file(
    settings: Settings, warehouse: Warehouse, page: str, chart: str, kind: Format, day: date | None
) -> bytes:
    import pyarrow as pa

    from finplatform.contracts.bronze import SOURCES
    from finplatform.ingest.connectors.config import load_sources
    from finplatform.reporting.export_values import About
    from finplatform.reporting.exports import write_stream
    from finplatform.reporting.page import Page
    from finplatform.reporting.reading import read_page
    from finplatform.warehouse.page_queries import queries_of

    found, one = _chart(page, chart)
    alone = Page(found.name, found.title, found.question, found.section, (one,))
    currency: Any = load_sources(settings.sources_file, frozenset(SOURCES)).currency
    with warehouse.connect() as connection:
        connection.read_only = True
        rows = read_page(alone, queries_of(connection), as_of=day, currency=currency)
    table = pa.Table.from_pandas(rows.charts[one.name], preserve_index=False)
    about = About(title=one.name, source=f"{one.title}, from {one.source}")
    stream = BytesIO()
    write_stream(table.replace_schema_metadata().to_reader(), stream, kind, about=about)
    return stream.getvalue()
