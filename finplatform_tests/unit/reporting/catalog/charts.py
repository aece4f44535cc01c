"""Charts of the catalogue by name, with rows made by hand."""

from typing import Any

import pandas as pd

from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.page import Chart
from finplatform.reporting.report_page import chart_data

CURRENCY = "EUR"


def chart(page: str, name: str) -> Chart:
    """A chart of a page."""
    found = next(each for each in PAGES if each.name == page)
    return next(each for each in found.charts if each.name == name)


def rows(columns: str, *values: tuple[Any, ...]) -> pd.DataFrame:
    """Rows as a query gives them.

    Args:
        columns: Names, separated by spaces.
        values: One tuple per row.
    """
    return pd.DataFrame(list(values), columns=columns.split(), dtype=object)


def sentence(page: str, name: str, frame: pd.DataFrame) -> str:
    """What a chart says of rows; drawing them has to give traces with values of its type."""
    found = chart(page, name)
    traces = chart_data(found, frame)["figure"]["data"]
    assert traces
    drawn = {"histogram": {"histogram"}, "line": {"scatter"}, "scatter": {"scatter"}}
    assert {trace["type"] for trace in traces} <= drawn.get(found.kind, {found.kind})
    assert any(_has_values(trace) for trace in traces)
    return found.describe(frame, CURRENCY)


def _has_values(trace: dict[str, Any]) -> bool:
    values = trace.get("values", trace.get("z", trace.get("y")))
    return trace["type"] == "indicator" or any(value is not None for value in values or ())
