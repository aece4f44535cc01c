"""MongoDB as a source: collections of documents, read in the order of their ids.

Only the fields of the mapping leave the server, and every value is read as text, so that documents
of different types are validated one by one. Does not belong here: the rows of documents (see
`documents`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import MongoSource
from finplatform.ingest.connectors.documents import frame_of
from finplatform.settings import with_secrets
from finplatform.windows import Window

if TYPE_CHECKING:
    from bson.errors import BSONError
    from pymongo.collection import Collection
    from pymongo.errors import PyMongoError

_FETCHED = 2_000
"""Documents that the server sends at a time."""

_DENIED = frozenset((13, 18, 8000))
"""Error codes of a refused login or read."""


class MongoConnector:
    """Reads the collections of one database.

    Args:
        source: The source's settings.
    """

    def __init__(self, source: MongoSource) -> None:
        self._source = source

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the documents of a collection, or those of a window.

        A document without a valid date is in every window, so that it is found and rejected.

        Raises:
            FinplatformError: If the server cannot be reached, stops, or lacks the collection.
        """
        condition: dict[str, Any] = {}
        if request.window is not None and request.date_column is not None:
            condition = within(request.window, request.bank_timezone, request.date_column)
        with self._reading(request.relation) as collection:
            cursor = collection.find(
                condition,
                dict.fromkeys(_roots(request.columns), True) or None,
                sort=[("_id", 1)],
                batch_size=min(_FETCHED, request.batch_rows),
            )
            with cursor:
                read = 0
                while some := list(islice(cursor, request.batch_rows)):
                    frame, malformed = frame_of(some, request.columns, first=read + 1)
                    read += len(some)
                    yield Batch(frame, request.relation, malformed, is_cut=bool(condition))

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All documents of a small collection."""
        with self._reading(relation) as collection:
            frame, malformed = frame_of(list(collection.find(sort=[("_id", 1)])), ())
        if malformed:
            raise FinplatformError(
                f"{malformed[0].place} of collection {relation} breaks the rule"
                f" {malformed[0].rule}.",
                "Correct the document.",
            )
        return frame

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - signature of the protocol
        """Never: a collection holds the present state."""
        return False

    @contextmanager
    def _reading(self, relation: str) -> Iterator["Collection[dict[str, Any]]"]:
        """A collection; its errors are raised without values of the source."""
        try:
            from bson.codec_options import CodecOptions, DatetimeConversion
            from bson.errors import BSONError
            from pymongo import MongoClient
            from pymongo.errors import PyMongoError
        except ImportError:
            raise FinplatformError(
                "The source is a MongoDB, and the package `pymongo` is not installed.",
                "Install it with the extra: pip install 'finplatform[mongo]'.",
            ) from None
        milliseconds = int(self._source.timeout_s * 1000)
        # A date beyond the year 9999 is then read as a number, and violates the contract.
        options: CodecOptions[dict[str, Any]] = CodecOptions(
            tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
        )
        try:
            with MongoClient[dict[str, Any]](
                with_secrets(self._source.url.get_secret_value(), in_url=True),
                appname="finplatform",
                serverSelectionTimeoutMS=milliseconds,
                connectTimeoutMS=milliseconds,
                socketTimeoutMS=milliseconds,
            ) as client:
                database = client.get_database(self._source.database, codec_options=options)
                self._check_exists(relation, database.list_collection_names())
                yield database.get_collection(relation)
        except (PyMongoError, BSONError) as error:
            raise FinplatformError(
                f"Collection {self._source.database}.{relation} could not be read:"
                f" {_reason(error)}.",
                "Nothing was changed. Check the source's `url` and `database`, and that the server"
                " runs; then run again.",
            ) from None

    def _check_exists(self, relation: str, known: list[str]) -> None:
        if relation not in known:
            raise FinplatformError(
                f"Database {self._source.database} has no collection {relation}.",
                f"Correct `database` or `read` in the source configuration."
                f" It has: {', '.join(sorted(known)) or 'none'}.",
            )


def within(window: Window, timezone: str, field: str) -> dict[str, Any]:
    """Condition for documents of a window, and for those without a date.

    A date as text may have another zone, so the window is a day wider; the load filters the rows.

    Args:
        window: Requested days.
        timezone: Zone of the bank.
        field: Dotted path to the date.
    """
    first, end = (
        datetime.combine(day, time(), ZoneInfo(timezone)) for day in (window.start, window.end)
    )
    earlier, later = window.start - timedelta(days=1), window.end + timedelta(days=2)
    return {
        "$or": [
            {field: {"$gte": first, "$lt": end}},
            {field: {"$gte": str(earlier), "$lt": str(later)}},
            {field: {"$type": "string", "$not": {"$regex": r"^\d{4}-\d{2}-\d{2}"}}},
            {field: {"$not": {"$type": ["date", "string"]}}},
        ]
    }


def _roots(paths: tuple[str, ...]) -> list[str]:
    """First names of the paths, with the id that the order follows."""
    return list(dict.fromkeys(path.partition(".")[0] for path in paths))


def _reason(error: "PyMongoError | BSONError") -> str:
    """Reason of an error, without content of the documents."""
    from bson.errors import BSONError
    from pymongo import errors

    if isinstance(error, BSONError):
        return "a document is not valid BSON"

    if isinstance(error, errors.ServerSelectionTimeoutError):
        return "no server answers"
    if isinstance(error, errors.NetworkTimeout | errors.ExecutionTimeout):
        return "the server does not answer in time"
    if isinstance(error, errors.ConnectionFailure):
        return "the connection broke off"
    if isinstance(error, errors.OperationFailure):
        if error.code in _DENIED:
            return "the server refuses the login or the reading"
        return f"the server reports error {error.code}"
    if isinstance(error, errors.ConfigurationError):
        return "the `url` is not valid"
    return "the server sends what the driver cannot read"
