"""Reading what a report page shows, by whatever runs its queries.

Belongs here: the parameters of a page's queries, and the date up to which a source is filled. Does
not belong here: a connection to a database.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from finplatform.reporting.page import Page, Rows

RunQuery = Callable[[str, Mapping[str, Any]], pd.DataFrame]
"""Runs a select statement with named parameters (`%(name)s`) and gives its rows."""

_FOREVER = date(9999, 12, 30)
"""A date that is later than all; queries add a day to it."""


def read_page(page: Page, run: RunQuery, *, as_of: date | None, currency: str) -> Rows:
    """Runs the queries of a page.

    Args:
        page: What is shown.
        run: Runs a query.
        as_of: Last date of the page's data; None for all stored data.
        currency: Currency of the amounts.
    """
    parameters = {"as_of": as_of or _FOREVER, "currency": currency}
    dates: dict[tuple[str, str], date | None] = {}
    for chart in page.charts:
        place = (chart.source, chart.as_of)
        if not chart.as_of:
            dates[place] = None
        elif place not in dates:
            found: Any = run(_last_date(*place), parameters).iloc[0, 0]
            dates[place] = found
    return Rows(
        charts={chart.name: run(chart.query, parameters) for chart in page.charts},
        tables={table.title: run(table.query, parameters) for table in page.tables},
        as_of={chart.name: dates[chart.source, chart.as_of] for chart in page.charts},
    )


def _last_date(source: str, column: str) -> str:
    return f"select max({column})::date from {source} where {column} < %(as_of)s::date + 1"
