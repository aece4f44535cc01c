"""An HTTP API as a source: JSON or CSV in pages.

Only a failed page is requested again, so that no row is read twice. Belongs here: from a read
request to batches. Does not belong here: retries (see `http_fetch`) and styles of paging (see
`http_paging`).
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import unquote

import httpx
import polars as pl
import pyarrow as pa

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import HttpSource, TableConfig
from finplatform.ingest.connectors.csv_rows import CsvFormat, read_rows
from finplatform.ingest.connectors.documents import (
    as_text,
    frame_of,
    is_deeper,
    records_at,
    value_at,
)
from finplatform.ingest.connectors.http_fetch import Answer, Clock, Fetcher
from finplatform.ingest.connectors.http_paging import Page, Walk
from finplatform.ingest.connectors.limits import DEFAULT, Limits, too_much
from finplatform.ingest.connectors.lookup import joined_by_name
from finplatform.settings import with_secrets
from finplatform.windows import Window

_PLACES = ("{start", "{end")
"""Beginnings of the window's placeholders in `read`."""

_VALUE_BYTES = 16
"""Average bytes of JSON per value below which a response takes too much memory."""


@dataclass(frozen=True)
class _Content:
    """A page and its rows: records of JSON, or batches of CSV."""

    page: Page
    records: list[object]
    batches: list[Batch]


class HttpConnector:
    """Reads the tables of one API.

    Args:
        source: The source's settings.
        clock: Clock of the requests; default: that of the machine.
        limits: See `Limits`.
    """

    def __init__(
        self, source: HttpSource, clock: Clock | None = None, limits: Limits = DEFAULT
    ) -> None:
        self._source = source
        self._clock = clock or Clock()
        self._limits = limits

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the rows of all pages; with `{start}` and `{end}` in `read`, of the window alone.

        Raises:
            FinplatformError: If the server refuses, or gives no valid response in time.
        """
        address, is_cut = _address(request.relation, request.window)
        pending: list[object] = []
        read = 0
        for content in self._pages(address, request.config, request.batch_rows):
            for batch in content.batches:
                yield Batch(batch.frame, request.relation, batch.malformed, is_cut=is_cut)
            pending.extend(content.records)
            while len(pending) >= request.batch_rows:
                some, pending = pending[: request.batch_rows], pending[request.batch_rows :]
                yield self._batch(some, request, read, is_cut=is_cut)
                read += len(some)
        if pending:
            yield self._batch(pending, request, read, is_cut=is_cut)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All rows of a lookup table, its pages joined by column name."""
        request = ReadRequest(relation, TableConfig(source="", read=relation))
        return joined_by_name([(relation, batch.frame) for batch in self.read(request)])

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - signature of the protocol
        """Never: an API returns states or windows."""
        return False

    def _pages(self, address: str, config: TableConfig, batch_rows: int) -> Iterator[_Content]:
        headers = {name: with_secrets(value) for name, value in self._source.headers.items()}
        parse = self._parser(config, batch_rows)
        with httpx.Client(headers={"Accept-Encoding": "gzip", **headers}) as client:
            fetcher = Fetcher(self._source, client, self._clock, self._limits)
            walk = Walk(self._source.paging, _below(self._source.url, address))
            url: httpx.URL | None = walk.first
            while url is not None:
                content = fetcher.fetch(url, parse)
                yield content
                url = walk.after(content.page)

    def _parser(self, config: TableConfig, batch_rows: int) -> Callable[[Answer], _Content]:
        return (
            (lambda answer: self._csv(answer, batch_rows))
            if self._source.format == "csv"
            else (lambda answer: self._json(answer, config))
        )

    def _json(self, answer: Answer, config: TableConfig) -> _Content:
        document = self._document(answer)
        records = records_at(document, config.records)
        path = getattr(self._source.paging, "next", None)
        mark = value_at(document, path) if path else None
        page = _page(answer, len(records), as_text(mark) if mark is not None else None)
        return _Content(page, records, [])

    def _document(self, answer: Answer) -> object:
        """A response as JSON.

        Raises:
            ValueError: If it is no JSON.
            FinplatformError: If it is beyond a limit.
        """
        where = answer.url.copy_with(query=None)
        values = answer.body.count(b",") + answer.body.count(b"[") + answer.body.count(b"{")
        if values > self._limits.answer_bytes // _VALUE_BYTES:
            raise too_much(f"An answer of {where} has too many values", "MAX_ANSWER_MB")
        with suppress(RecursionError):
            document: object = json.loads(answer.body, parse_float=Decimal)
            if not is_deeper(document, self._limits.depth):
                return document
        text = f"An answer of {where} is nested more than {self._limits.depth} levels deep"
        raise too_much(text, "MAX_DEPTH")

    def _csv(self, answer: Answer, batch_rows: int) -> _Content:
        written = CsvFormat(self._source.delimiter, nulls=tuple(self._source.nulls))
        batches = []
        if answer.body.strip():
            batches = self._rows(answer, written, batch_rows)
        rows = sum(batch.frame.height + len(batch.malformed) for batch in batches)
        return _Content(_page(answer, rows, None), [], batches)

    def _rows(self, answer: Answer, written: CsvFormat, batch_rows: int) -> list[Batch]:
        """The rows of a response in CSV.

        Raises:
            ValueError: If it cannot be read.
            FinplatformError: If it is beyond a limit, or its first line names no columns.
        """
        content = io.BytesIO(answer.body)
        try:
            return list(read_rows(content, written, "", batch_rows, self._limits))
        except FinplatformError as error:
            where = answer.url.copy_with(query=None)
            raise FinplatformError(f"{where}: {error.message}", error.hint) from error
        except (pa.ArrowException, csv.Error, LookupError) as error:
            raise ValueError from error

    def _batch(
        self, records: list[object], request: ReadRequest, read: int, *, is_cut: bool
    ) -> Batch:
        frame, malformed = frame_of(records, request.columns, first=read + 1, limits=self._limits)
        return Batch(frame, request.relation, malformed, is_cut=is_cut)


def _page(answer: Answer, rows: int, mark: str | None) -> Page:
    digest = hashlib.sha256(answer.body).hexdigest()
    return Page(answer.url, rows, mark, answer.next_link, digest)


def _address(relation: str, window: Window | None) -> tuple[str, bool]:
    """Path of a table with the days of the window in it, and whether it has any.

    Raises:
        FinplatformError: If the braces hold anything else, or the table has no window.
    """
    if not any(place in relation for place in _PLACES):
        return relation, False
    if window is None:
        raise FinplatformError(
            f"{relation} needs a window, but its table is read whole.",
            "Only tables of a business day may have {start} and {end} in `read`.",
        )
    days: dict[str, date] = {"start": window.start, "end": window.end}
    try:
        return relation.format(**days), True
    except (KeyError, ValueError, IndexError):
        raise FinplatformError(
            f"{relation} is no path: only the window may stand in its braces.",
            "Write {start} and {end} or, with a strftime format, {end:%Y%m%d}.",
        ) from None


def _below(url: str, path: str) -> httpx.URL:
    """Address of a table's path.

    Raises:
        FinplatformError: If the path leads out of the source's address, or is none.
    """
    names = unquote(path.partition("?")[0]).replace("\\", "/").split("/")
    try:
        if ".." in names:
            raise httpx.InvalidURL("")
        return httpx.URL(f"{url.rstrip('/')}/{path.lstrip('/')}")
    except httpx.InvalidURL:
        raise FinplatformError(
            f"{path} is no path below {url}.", "Correct `read` in the source configuration."
        ) from None
