"""Queries of the benchmark: functions, views, pages, sample queries and endpoints.

Lists the queries; `query_load` runs and measures them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from finplatform.bench.api_load import PATHS
from finplatform.bench.query import Kind, Query
from finplatform.errors import FinplatformError
from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.reading import read_page
from finplatform.settings import PROJECT_ROOT
from finplatform.warehouse.page_queries import queries_of

SHOWN_ROWS = 1_000
"""Rows of a view that a tool fetches to show them."""

_VIEWS = """
select c.relname::text
from pg_class as c
where c.relnamespace = to_regnamespace('bi') and c.relkind = 'v'
    and has_table_privilege(c.oid, 'select')
order by 1
"""
_PAGES_OF_QUERIES = {"queries.md": "printed", "ready_answers.md": "ready"}
_PART = re.compile(r"^##+ (.+ \(document \d\))$", re.MULTILINE)
_FORM = re.compile(
    r"^(As printed|Corrected)[^\n]*:\n\n```sql\n(.*?)\n```$", re.MULTILINE | re.DOTALL
)


def find_queries(connection: psycopg.Connection, currency: str, kinds: set[Kind]) -> list[Query]:
    """All queries of some kinds that this warehouse can answer.

    Args:
        connection: Session of the reader, in autocommit.
        currency: Currency of pages.
        kinds: Kinds of queries.

    Raises:
        FinplatformError: If nothing has been built, or the documents are not there.
    """
    found: list[Query] = []
    if Kind.FUNCTION in kinds:
        found += _functions(connection)
    if Kind.VIEW in kinds:
        names = [name for (name,) in connection.execute(_VIEWS).fetchall()]
        found += [
            Query(Kind.VIEW, name, f"select * from bi.{name} limit {SHOWN_ROWS}") for name in names
        ]
    if Kind.PAGE in kinds:
        found += _pages(connection, currency)
    for page, kind in _PAGES_OF_QUERIES.items():
        if Kind(kind) in kinds:
            found += samples(PROJECT_ROOT / "docs" / page, Kind(kind))
    if Kind.ENDPOINT in kinds:
        found += [Query(Kind.ENDPOINT, path, path) for path in PATHS]
    return found


def samples(page: Path, kind: Kind) -> list[Query]:
    """Sample queries of a document.

    Args:
        page: The document.
        kind: Kind of its queries.

    Raises:
        FinplatformError: If the document is not there, as in an installation without sources.
    """
    try:
        text = page.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FinplatformError(
            f"{page} is not there.", "Sample queries are read from a checkout; use --only."
        ) from None
    _, *parts = _PART.split(text)
    return [
        Query(kind, f"{title}: {form.lower()}", query.strip().rstrip(";"))
        for title, part in zip(parts[::2], parts[1::2], strict=True)
        for form, query in _FORM.findall(part)
    ]


def _functions(connection: psycopg.Connection) -> Iterator[Query]:
    """The functions of `bi`, for the last day with payments and the month up to it."""
    row = connection.execute("select max(transaction_date) from bi.vw_payment_analytics").fetchone()
    last: date | None = row[0] if row else None
    if last is None:
        raise FinplatformError("There are no payments yet.", "Run `finplatform demo`.")
    for name, arguments in (
        ("get_daily_transaction_summary", "%(last)s"),
        ("detect_failed_payments", "%(last)s::date - 30, %(last)s"),
        ("identify_sla_breaches", ""),
        ("detect_high_risk_transactions", "75"),
    ):
        text = f"select * from bi.{name}({arguments}) limit {SHOWN_ROWS}"
        yield Query(Kind.FUNCTION, name, text, {"last": last})


def _pages(connection: psycopg.Connection, currency: str) -> Iterator[Query]:
    """Charts and tables of the report pages whose sources have been built."""
    run = queries_of(connection)
    for page in PAGES:
        recorded: list[tuple[str, Mapping[str, Any]]] = []

        def note(
            query: str,
            parameters: Mapping[str, Any],
            recorded: list[tuple[str, Mapping[str, Any]]] = recorded,
        ) -> pd.DataFrame:
            recorded.append((query, parameters))
            return run(query, parameters)

        try:
            read_page(page, note, as_of=None, currency=currency)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            continue
        for number, (text, parameters) in enumerate(recorded, start=1):
            yield Query(Kind.PAGE, f"{page.name} {number}", text, parameters)
