"""The factory of checks of the catalogue's report pages: each equals the results of its queries.

A check reads the page back, runs its queries again, and compares the embedded data and figure of
every chart, every sentence, and every cell of its tables. Belongs here: the rules shared by all
pages of the catalogue. Does not belong here: reports with checks of their own (see
`report_checks`).
"""

import json
from collections.abc import Iterator

import dagster as dg
import pandas as pd

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks import html_page
from finplatform.orchestration.checks.html_page import Page as HtmlPage
from finplatform.orchestration.checks.report_checks import CHECK_NAME
from finplatform.orchestration.checks.shown_figures import check_page, page_at
from finplatform.orchestration.checks.validation_result import ValidationResult, asset_check_result
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.page import Chart, Page, Rows
from finplatform.reporting.reading import RunQuery, read_page
from finplatform.reporting.report_page import chart_data
from finplatform.reporting.tables import table_html
from finplatform.settings import Settings
from finplatform.warehouse.page_queries import queries_of

_DESCRIPTION = (
    "The page is complete; every chart has data, shows the present rows of its query, and has a"
    " sentence that agrees with them; every table shows the rows of its query."
)


def build_report_page_checks() -> dg.AssetChecksDefinition:
    """One blocking check per page, in a subsettable step."""

    @dg.multi_asset_check(
        name="report_pages_report",
        specs=[
            dg.AssetCheckSpec(
                name=CHECK_NAME,
                asset=key("reports", page.name),
                blocking=True,
                description=_DESCRIPTION,
            )
            for page in PAGES
        ],
        can_subset=True,
    )
    def check(
        context: dg.AssetCheckExecutionContext,
        warehouse: WarehouseResource,
        sources: dg.ResourceParam[SourcesConfig],
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {each.asset_key for each in context.selected_asset_check_keys}
        with warehouse.warehouse.connect() as connection:
            run = queries_of(connection)
            for page in PAGES:
                if key("reports", page.name) in selected:
                    yield page_check_result(page, warehouse.settings, run, sources.currency)

    return check


def page_check_result(
    page: Page, settings: Settings, run: RunQuery, currency: str
) -> dg.AssetCheckResult:
    """Checks a page.

    Args:
        page: The page of the catalogue.
        settings: Location of reports.
        run: Runs a query.
        currency: Currency of the amounts.
    """
    result, as_of = ValidationResult(), "no date"
    try:
        rows = read_page(page, run, as_of=None, currency=currency)
        as_of = str(max((day for day in rows.as_of.values() if day), default=as_of))
        found = page_at(settings.reports / f"{page.name}.html", result)
        if found is not None:
            _check_page(page, rows, found, currency, result)
    except Exception as error:  # noqa: BLE001 - an incomplete check has not passed
        result.stop(error)
    passed = f"The page is complete, and {result.rows} rows of its charts and tables equal gold."
    shown = {"as_of": as_of, "figures_checked": result.rows}
    return asset_check_result(result, key("reports", page.name), CHECK_NAME, passed, shown)


def _check_page(
    page: Page, rows: Rows, found: HtmlPage, currency: str, result: ValidationResult
) -> None:
    filled = [table.title for table in page.tables if not rows.tables[table.title].empty]
    sections = [chart.title for chart in page.charts]
    drawn = sum(not rows.charts[chart.name].empty for chart in page.charts)
    check_page(found, result, title=page.title, sections=sections, tables=filled, charts=drawn)
    for title in filled:
        _check_table(title, rows.tables[title], found, result)
    sentences = found.texts("li")
    for chart in page.charts:
        frame = rows.charts[chart.name]
        if frame.empty:
            continue
        _check_chart(chart, frame, found.data.get(f"data-{chart.anchor}"), result)
        sentence = f"{chart.name}: {chart.describe(frame, currency)}"
        if " ".join(sentence.split()) not in sentences:
            result.add(chart.name, "has a sentence that agrees with its rows", 1)


def _check_table(
    title: str, frame: pd.DataFrame, found: HtmlPage, result: ValidationResult
) -> None:
    """Adds differences between the cells of a table and the rows of its query."""
    shown, expected = found.rows(title), html_page.read_page(table_html(frame, "table")).rows("")
    result.rows += len(frame)
    pairs = zip(shown, expected, strict=False)
    differing = sum(row != stored for row, stored in pairs) + abs(len(shown) - len(expected))
    if differing:
        result.add(title, "shows the rows of its query", differing)


def _check_chart(
    chart: Chart, frame: pd.DataFrame, carried: str | None, result: ValidationResult
) -> None:
    """Adds differences between a chart's embedded data and the rows of its query."""
    if carried is None:
        result.add(chart.name, "carries its data", 1)
        return
    shown = json.loads(carried)
    expected = json.loads(json.dumps(chart_data(chart, frame)))
    result.rows += len(frame)
    differing = sum(
        row != stored
        for row, stored in zip(shown["rows"]["data"], expected["rows"]["data"], strict=False)
    ) + abs(len(shown["rows"]["data"]) - len(frame))
    if differing or shown["rows"]["columns"] != expected["rows"]["columns"]:
        result.add(chart.name, "shows the rows of its query", max(differing, 1))
    if shown["figure"] != expected["figure"]:
        result.add(chart.name, "draws these rows", 1)
    if not shown["figure"]["data"]:
        result.add(chart.name, "has something drawn", 1)
