"""`finplatform export`: a table or a query as a file, in constant memory.

Belongs here: the selection of rows, the file and its metadata. The rows are read by
`finplatform.warehouse.row_stream`, the formats are in `finplatform.reporting.exports`.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from finplatform.cli.output import ERR, console, print_json, size, styled
from finplatform.cli.sql import text_of_query
from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.reporting.export_values import About
from finplatform.reporting.exports import Format, Options, Written, write_file, write_stream
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.reader_role import open_reader
from finplatform.warehouse.row_stream import found_relation, open_rows, table_query
from finplatform.windows import Window

STDOUT = Path("-")
_TABLE = re.compile(r'"?\w+"?(\."?\w+"?)?')


@dataclass(frozen=True)
class Request:
    """What is exported, and how.

    Attributes:
        what: `schema.table`, a table alone, SQL, or `-` for SQL on standard input.
        kind: Format; None: that of the file's name, else CSV.
        out: The file, or `-`; None: one in the home.
        where: SQL condition on a table's rows.
        day: Business day of a table's rows.
        options: How the file is written.
        is_query: Whether `what` is SQL though it looks like a table's name.
    """

    what: str
    kind: Format | None = None
    out: Path | None = None
    where: str | None = None
    day: date | None = None
    options: Options = field(default_factory=Options)
    is_query: bool = False

    @property
    def is_table(self) -> bool:
        """Whether rows of one table or view are wanted."""
        return not self.is_query and _TABLE.fullmatch(self.what) is not None


def format_of(name: str | None) -> Format | None:
    """The format of that name.

    Raises:
        FinplatformError: If there is none.
    """
    if name is None or name in set(Format):
        return None if name is None else Format(name)
    raise FinplatformError(f"There is no format {name!r}.", f"Formats: {', '.join(Format)}.")


def run(request: Request, *, as_json: bool) -> None:
    """Writes the file, with progress and a summary on standard error.

    Args:
        request: What and how.
        as_json: Whether the summary is JSON on standard output.

    Raises:
        FinplatformError: If the rows cannot be read or the file not written.
    """
    settings = get_settings()
    kind = request.kind or _kind_of(request.out)
    _check(request, kind, as_json=as_json)
    reader = open_reader(settings)
    query, title = _query(request, reader, settings)
    out = request.out or _default_file(settings, title, kind)
    record_command(
        settings, "export", title, {"query": query, "format": str(kind), "file": str(out)}
    )
    began = time.monotonic()
    with _ended_in_order(), _Progress() as progress, open_rows(reader, query) as rows:
        about = About(title=title, source=query)
        given: dict[str, Any] = {"options": request.options, "about": about}
        given["on_rows"] = progress.show
        if out == STDOUT:
            with _stdout() as stream:
                written = write_stream(rows, stream, kind, **given)
        else:
            written = write_file(rows, out, kind, **given)
    _report(written, out, kind, time.monotonic() - began, as_json=as_json)


def _kind_of(out: Path | None) -> Format:
    """The format that a file's name ends in; CSV if it has no ending."""
    ending = out.suffix.removeprefix(".").lower() if out else ""
    if not ending:
        return Format.CSV
    try:
        return Format(ending)
    except ValueError:
        raise FinplatformError(
            f"The name {out} does not imply a format.", f"Give --format: {', '.join(Format)}."
        ) from None


def _check(request: Request, kind: Format, *, as_json: bool) -> None:
    if not request.is_table and (request.where or request.day):
        raise FinplatformError(
            "--where and --date are for tables.", "Write the condition into the query."
        )
    if request.options != Options() and kind is not Format.CSV:
        raise FinplatformError(f"--bom and --raw are for CSV, not {kind}.", "Leave them out.")
    if request.out == STDOUT:
        if as_json:
            raise FinplatformError(
                "Standard output cannot take both the rows and --json.", "Name a file by --out."
            )
        if kind is not Format.CSV and sys.stdout.isatty():
            raise FinplatformError(
                f"A terminal cannot show {kind}.", "Name a file by --out, or redirect the output."
            )


def _query(request: Request, reader: Warehouse, settings: Settings) -> tuple[str, str]:
    """The query of the rows, and a name for it."""
    if not request.is_table:
        return text_of_query(request.what), "query"
    schema, table = found_relation(reader, request.what)
    conditions = [request.where] if request.where else []
    if request.day is not None:
        column = _date_column(settings, schema, table)
        conditions.append(Window.day(request.day).predicate(quote(column)))
    return table_query(reader, f"{schema}.{table}", None, conditions), f"{schema}.{table}"


def _date_column(settings: Settings, schema: str, table: str) -> str:
    """Column of the business date that a table is cut by.

    Raises:
        FinplatformError: If it has none.
    """
    # Contracts take as much memory as the rows on their way; most exports need none.
    from finplatform.contracts.bronze import SOURCES
    from finplatform.contracts.from_dbt import contract_from_model
    from finplatform.contracts.gold import GOLD
    from finplatform.warehouse import dbt

    name = f"{schema}.{table}"
    python_made = [*(source.stored for source in SOURCES.values()), *GOLD.values()]
    contract = next((made for made in python_made if made.name == name), None)
    if contract is None:
        models: Mapping[str, Any] = dbt.models(dbt.load_manifest(settings))
        contract = contract_from_model(models[name]) if name in models else None
    if contract is None or contract.date_column is None:
        raise FinplatformError(
            f"{name} is not cut by a business date.", "Use --where with a column of it."
        )
    return contract.date_column


def _default_file(settings: Settings, title: str, kind: Format) -> Path:
    folder = settings.reports / "exports"
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    return folder / f"{title}.{kind}"


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    """Standard output as bytes; a closed pipe ends the command quietly."""
    try:
        yield sys.stdout.buffer
    except BrokenPipeError:
        # The interpreter would otherwise flush to the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Lets SIGTERM end the block as Ctrl-C does, so that nothing is left behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Progress:
    """A moving line with the rows so far, on a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=console(sys.stderr),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("waiting for the first rows")

    def __enter__(self) -> "_Progress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, rows: int) -> None:
        self._progress.update(self._task, description=f"{rows:,} rows")


def _report(written: Written, out: Path, kind: Format, seconds: float, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": str(out),
                "format": str(kind),
                "rows": written.rows,
                "bytes": written.bytes,
                "seconds": round(seconds, 3),
                "remarks": written.remarks,
            }
        )
        return
    place = "standard output" if out == STDOUT else str(out)
    ERR.print(
        styled(f"{written.rows:,} rows, {size(written.bytes)}, {seconds:.1f} s: ", (place, "bold")),
        soft_wrap=True,
    )
    for remark in written.remarks:
        ERR.print(styled((f"  {remark}", "dim")), soft_wrap=True)
