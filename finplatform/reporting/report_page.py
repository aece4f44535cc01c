"""HTML of report pages and of the start page that links them.

Belongs here: putting rows, figures and sentences into the templates, and the data that a page
carries. Does not belong here: which pages there are (`catalog`).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib import resources
from typing import Any

import pandas as pd
from markupsafe import Markup

from finplatform.reporting import words
from finplatform.reporting.page import Chart, Page, Rows
from finplatform.reporting.pages import render
from finplatform.reporting.tables import table_html


def report_html(
    page: Page, rows: Rows, *, bank: str, currency: str, is_self_contained: bool = False
) -> str:
    """HTML of a page.

    Args:
        page: What is shown.
        rows: What its queries found.
        bank: Name of the bank.
        currency: Currency of the amounts.
        is_self_contained: Whether the page holds Plotly's library rather than loading it from
            `assets/`.
    """
    dates = [found for found in rows.as_of.values() if found is not None]
    return render(
        "report.html.j2",
        {
            **house(page.name),
            "refresh_seconds": page.refresh_seconds,
            "title": page.title,
            "question": page.question,
            "bank": bank,
            "currency": currency,
            "as_of": max(dates, default="no date"),
            "library": _library(is_self_contained=is_self_contained),
            "charts": [
                _chart(chart, rows.charts[chart.name], rows.as_of[chart.name], currency)
                for chart in page.charts
            ],
            "tables": [
                # great-tables escapes the cells.
                {
                    "title": table.title,
                    "html": Markup(table_html(found, f"table-{number}")),  # noqa: S704
                }
                for number, table in enumerate(page.tables)
                if not (found := rows.tables[table.title]).empty
            ],
        },
    )


def start_html(
    pages: Sequence[Mapping[str, Any]], *, bank: str, currency: str, as_of: date | None
) -> str:
    """HTML of the start page.

    Args:
        pages: `name`, `title`, `question`, `section` and `thumbnail` (a URL) of every page.
        bank: Name of the bank.
        currency: Currency of the amounts.
        as_of: Last date that any page shows.
    """
    sections: dict[str, list[Mapping[str, Any]]] = {}
    for page in pages:
        sections.setdefault(page["section"], []).append(page)
    return render(
        "start.html.j2",
        {
            **house("index"),
            "title": "Reports",
            "bank": bank,
            "currency": currency,
            "as_of": as_of or "no date",
            "sections": sections,
        },
    )


def house(name: str) -> dict[str, Any]:
    """What the base template wants of every page.

    Args:
        name: Name of the page's file.
    """
    folder = resources.files("finplatform.reporting").joinpath("templates")
    style, theme, script = (
        Markup(folder.joinpath(file).read_text(encoding="utf-8"))  # noqa: S704
        for file in ("report.css", "theme.js", "report.js")
    )
    return {"name": name, "style": style, "script": theme + script}


def library_name() -> str:
    """File name of Plotly's library, with its version, so that a new one is never an old copy."""
    from plotly.offline import get_plotlyjs_version

    return f"plotly-{get_plotlyjs_version()}.min.js"


def library() -> str:
    """Source of Plotly's library."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def chart_data(chart: Chart, frame: pd.DataFrame) -> dict[str, Any]:
    """What a page carries of a chart: its figure as Plotly reads it, and the rows behind it.

    Args:
        chart: The chart.
        frame: Rows of its query; at least one.
    """
    figure = chart.draw(frame).to_plotly_json()
    return {
        "figure": {"data": figure["data"], "layout": figure["layout"]},
        "rows": {
            "columns": list(frame.columns),
            "data": [[_text(value) for value in row] for row in frame.itertuples(index=False)],
        },
    }


def _chart(chart: Chart, frame: pd.DataFrame, as_of: date | None, currency: str) -> dict[str, Any]:
    shown = {
        "name": chart.name,
        "title": chart.title,
        "anchor": chart.anchor,
        "kind": chart.kind,
        "unit": chart.unit.format(currency=currency),
        "source": chart.source,
        "as_of": as_of or ("no date" if chart.as_of else "its last build"),
    }
    if frame.empty:
        return shown | {"sentence": f"{chart.source} holds no rows to show yet.", "data": None}
    return shown | {
        "sentence": chart.describe(frame, currency),
        "data": Markup(_script_json(chart_data(chart, frame))),  # noqa: S704
    }


def _script_json(data: Mapping[str, Any]) -> str:
    """JSON that no text of the data can end the script element of."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, default=_json)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _json(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _text(value: Any) -> str | None:
    """A value as exact text; None for what is missing."""
    if words.is_missing(value):
        return None
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _library(*, is_self_contained: bool) -> Markup:
    if is_self_contained:
        return Markup(f"<script>{library()}</script>")  # noqa: S704
    return Markup('<script src="assets/{}"></script>').format(library_name())
