"""Sources of the dlt library.

A resource yields dictionaries, lists of them, Arrow tables or pandas frames; its rows are
conformed, validated and quarantined like those of a file. dlt's pipelines, schemas, destinations
and telemetry are not used. Belongs here: running a resource. Does not belong here: its
configuration (see `dlt_config`), and the rows of documents (see `documents`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.arrow import frame_of_table, readable
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import DltSource, TableConfig
from finplatform.ingest.connectors.documents import frame_of
from finplatform.ingest.connectors.limits import DEFAULT, Limits
from finplatform.ingest.connectors.lookup import joined_by_name
from finplatform.settings import export
from finplatform.windows import Window

if TYPE_CHECKING:
    from dlt.extract import DltResource

_QUIET = {
    # No telemetry.
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    # A page without a response is requested again a few times.
    "RUNTIME__REQUEST_TIMEOUT": "60",
}


class DltConnector:
    """Reads the resources of one dlt source.

    Args:
        source: The source's settings.
        limits: See `Limits`.
    """

    def __init__(self, source: DltSource, limits: Limits = DEFAULT) -> None:
        self._source = source
        self._limits = limits

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the rows of a resource; of the window, if its arguments hold one.

        Raises:
            FinplatformError: If there is no such source or resource, or it fails.
        """
        is_cut = self._source.is_cut
        pending: list[object] = []
        read = 0
        with self._resource(request.relation, request.window) as resource:
            for item in resource:
                table = _as_table(item)
                if table is not None:
                    yield from self._tables(table, request, is_cut=is_cut)
                    continue
                pending.append(item)
                if len(pending) >= request.batch_rows:
                    yield self._documents(pending, request, read, is_cut=is_cut)
                    read, pending = read + len(pending), []
        if pending:
            yield self._documents(pending, request, read, is_cut=is_cut)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All rows of a small resource, its batches joined by column name."""
        request = ReadRequest(relation, TableConfig(source="", read=relation))
        return joined_by_name([(relation, batch.frame) for batch in self.read(request)])

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - signature of the protocol
        """Never: a resource is read whole or by window; dlt's incremental state is not stored."""
        return False

    def _documents(
        self, records: list[object], request: ReadRequest, read: int, *, is_cut: bool
    ) -> Batch:
        frame, malformed = frame_of(records, request.columns, first=read + 1, limits=self._limits)
        return Batch(frame, request.relation, malformed, is_cut=is_cut)

    def _tables(self, table: pa.Table, request: ReadRequest, *, is_cut: bool) -> Iterator[Batch]:
        self._limits.check_columns(table.num_columns)
        for start in range(0, table.num_rows, request.batch_rows):
            part = readable(table.slice(start, request.batch_rows))
            yield Batch(frame_of_table(part), request.relation, is_cut=is_cut)

    @contextmanager
    def _resource(self, name: str, window: Window | None) -> Iterator["DltResource"]:
        """A resource; its errors are raised without values of the source."""
        arguments = self._source.call(window)
        export(_QUIET)
        try:
            from dlt.extract import DltResource
            from dlt.extract import DltSource as Made
        except ImportError:
            raise FinplatformError(
                "The source is one of dlt, and the package `dlt` is not installed.",
                "Install it with the extra: pip install 'finplatform[dlt]'.",
            ) from None
        try:
            made = _factory(self._source)(**arguments)
            if isinstance(made, DltResource):
                yield made
                return
            if not isinstance(made, Made):
                raise FinplatformError(
                    f"{self._source.source} is no source or resource of dlt.",
                    "Name a function with @dlt.source or @dlt.resource.",
                )
            if name not in made.resources:
                raise FinplatformError(
                    f"The source {self._source.source} has no resource {name}.",
                    f"Correct `read`. It has: {', '.join(sorted(made.resources)) or 'none'}.",
                )
            yield made.resources[name]
        except (FinplatformError, GeneratorExit):
            raise
        except Exception as error:  # noqa: BLE001 - a source is any code, and raises anything
            raise FinplatformError(
                f"Resource {name} of {self._source.source} could not be read: {_reason(error)}.",
                "Nothing was changed. Check the source's `arguments`, and that its system answers;"
                " then run again.",
            ) from None


def _factory(source: DltSource) -> Any:
    module, name = source.place
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        raise FinplatformError(
            f"There is no {name} in the Python module {module}.",
            "Correct `source`, or install the package that has it.",
        ) from None


def _as_table(item: object) -> pa.Table | None:
    """An item that is a table; None for a document."""
    if isinstance(item, pa.Table):
        return item
    if isinstance(item, pa.RecordBatch):
        return pa.Table.from_batches([item])
    if hasattr(item, "__dataframe__") or hasattr(item, "__arrow_c_stream__"):
        return pa.table(item)
    return None


def _reason(error: BaseException) -> str:
    """Reason of an error without data: the status of a response, or the type of the error."""
    chain = [error]
    while following := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(following)
    answers = (getattr(one, "response", None) for one in chain)
    found = (getattr(answer, "status_code", None) for answer in answers)
    statuses = [status for status in found if status is not None]
    return f"the system answers {statuses[0]}" if statuses else type(chain[-1]).__name__
