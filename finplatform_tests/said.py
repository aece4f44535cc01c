"""What charts say of rows, with the rows as their page carries them."""

import json
from typing import Any

import pandas as pd

from finplatform.reporting.page import Chart, Page, Rows
from finplatform.reporting.report_page import chart_data
from finplatform_tests.oracle.sentences.pages import MOVEMENT, Said, rows_of


def said_of(page: str, chart: Chart, frame: pd.DataFrame, currency: str) -> Said:
    """What a chart says of the rows of its query, of which there is at least one."""
    key = (page, chart.name)
    texts = [[_text(value) for value in row] for row in frame.itertuples(index=False)]
    carried: dict[str, Any] = {"rows": {"columns": list(frame.columns), "data": texts}}
    if key == MOVEMENT:
        carried = json.loads(json.dumps(chart_data(chart, frame)))
    return Said(key, chart.describe(frame, currency), rows_of(key, carried))


def said_by(page: Page, rows: Rows, currency: str) -> list[Said]:
    """What the charts of a page that have rows say of them."""
    return [
        said_of(page.name, chart, rows.charts[chart.name], currency)
        for chart in page.charts
        if not rows.charts[chart.name].empty
    ]


def untrue(said: list[Said]) -> list[str]:
    """Each sentence that is not true, with what is wrong."""
    return [f"{each.key}: {each.sentence} [{wrong}]" for each in said for wrong in each.problems]


def _text(value: object) -> str | None:
    if value is None or value != value:
        return None
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
