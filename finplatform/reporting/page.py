"""A report page as data: its charts and tables, their queries and their sentences.

Belongs here: the types. Does not belong here: running the queries (the report assets do), drawing
(`figures`) and HTML (`html`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

Kind = Literal[
    "bar",
    "line",
    "pie",
    "scatter",
    "heatmap",
    "treemap",
    "histogram",
    "indicator",
    "waterfall",
]


@dataclass(frozen=True)
class Chart:
    """A chart of a page.

    Attributes:
        name: Short name, as people look for it.
        title: What it shows.
        kind: Type of chart.
        unit: Unit of its values; `{currency}` stands for the page's currency.
        source: `schema.table` that the query reads first.
        as_of: Date column of the source; empty where it holds the state of its last build alone.
        query: Select statement. `%(as_of)s` is the page's date, `%(currency)s` its currency.
        draw: Figure of the query's rows, of which there is at least one.
        describe: One sentence computed from these rows and the currency.
        also: Other tables that the query reads.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    source: str
    as_of: str
    query: str
    draw: Callable[[pd.DataFrame], Any]
    describe: Callable[[pd.DataFrame, str], str]
    also: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Identifier of the chart within its page."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.name.lower()).split())


@dataclass(frozen=True)
class Table:
    """A table of figures on a page.

    Attributes:
        title: Heading.
        source: `schema.table` that the query reads first.
        query: Select statement with the parameters of a chart's; its column names are the headings.
        also: Other tables that the query reads.
    """

    title: str
    source: str
    query: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A report page.

    Attributes:
        name: Name of its file and asset.
        title: Heading.
        question: What the page answers, in one line.
        section: Heading of the start page that it stands under.
        charts: Its charts, the one that stands for the page first.
        tables: Its tables.
        refresh_seconds: How often an open page loads itself anew; None: never.
    """

    name: str
    title: str
    question: str
    section: str
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...] = ()
    refresh_seconds: int | None = None

    @property
    def sources(self) -> list[str]:
        """Tables that the page reads, each once."""
        parts: list[Chart | Table] = [*self.charts, *self.tables]
        read = [(part.source, *part.also) for part in parts]
        return list(dict.fromkeys(table for tables in read for table in tables))


@dataclass(frozen=True)
class Rows:
    """Rows of a page's queries.

    Attributes:
        charts: Rows of each chart, by its name.
        tables: Rows of each table, by its title.
        as_of: Last date that the source of a chart holds up to the page's date, by its name.
    """

    charts: Mapping[str, pd.DataFrame]
    tables: Mapping[str, pd.DataFrame]
    as_of: Mapping[str, date | None]
