"""Logging of the platform's processes, as text or JSON by setting.

Every line has the run, the asset and the partition of its context, if any: from Dagster inside a
run, else from the values that the process has bound. Belongs here: format and handler.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from finplatform.errors import FinplatformError
from finplatform.settings import get_settings

if TYPE_CHECKING:
    from structlog.stdlib import ProcessorFormatter
    from structlog.typing import EventDict, WrappedLogger

OWN = "finplatform"
"""Root logger of the platform."""

_ABOUT = ("run", "asset", "partition")
_OF_RUN = "dagster_meta"
"""Attribute of a record with Dagster's run and step."""

_PARTITION = "dagster/partition"
_RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


class LineFormatter(logging.Formatter):
    """Formats records by the settings, which are read at the first line.

    Args:
        process: Name of the process, which JSON lines have.
        text: Form of a line of text.
    """

    def __init__(self, process: str, text: str) -> None:
        super().__init__(text)
        self._process = process
        self._json: ProcessorFormatter | None = None
        self._is_chosen = False

    def format(self, record: logging.LogRecord) -> str:
        """One line, with the context of the record."""
        if not self._is_chosen:
            self._is_chosen = True
            if _is_json():
                self._json = _json_formatter(self._process)
        if self._json is not None:
            return self._json.format(record)
        about = {name: value for name, value in about_of(record).items() if value is not None}
        shown = " ".join(f"{name}={value}" for name, value in about.items())
        line = super().format(_plain(record))
        return f"{line} [{shown}]" if shown else line


class _Stderr(logging.Handler):
    """Writes to the present standard error, which commands may redirect to a file."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - a logging error must not end the process
            self.handleError(record)


FULL = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SHORT = "%(levelname)s %(name)s: %(message)s"
"""For people at a terminal."""


def configure(
    process: str, text: str = FULL, least: int = logging.NOTSET, *, is_all: bool = True
) -> logging.Handler:
    """Configures the loggers of the process to write to standard error, once.

    Args:
        process: Name of the process.
        text: Form of a line of text.
        least: Least level of a line.
        is_all: All loggers instead of the platform's only.
    """
    handler = _Stderr(least)
    handler.setFormatter(LineFormatter(process, text))
    if not is_all:
        handler.addFilter(logging.Filter(OWN))
    root = logging.getLogger()
    for before in [each for each in root.handlers if isinstance(each, _Stderr)]:
        root.removeHandler(before)
    root.addHandler(handler)
    return handler


def set_level(level: str) -> None:
    """Sets the level of the platform's loggers.

    Raises:
        FinplatformError: If there is no such level.
    """
    try:
        logging.getLogger(OWN).setLevel(level.upper())
    except ValueError:
        raise FinplatformError(
            "FINPLATFORM_LOG_LEVEL is no level.", "Set DEBUG, INFO, WARNING, ERROR or CRITICAL."
        ) from None


@contextmanager
def bound(
    *, run: str | None = None, asset: str | None = None, partition: str | None = None
) -> Iterator[None]:
    """Binds the context of the lines of a block, outside of Dagster's runs."""
    from structlog.contextvars import bound_contextvars

    given = {"run": run, "asset": asset, "partition": partition}
    with bound_contextvars(**{name: value for name, value in given.items() if value is not None}):
        yield


def about_of(record: logging.LogRecord) -> dict[str, str | None]:
    """Run, asset and partition of a record; each None if there is none."""
    from structlog.contextvars import get_contextvars

    found: dict[str, str | None] = dict.fromkeys(_ABOUT)
    found |= {name: str(value) for name, value in get_contextvars().items() if name in found}
    meta = getattr(record, _OF_RUN, None)
    if meta is not None:
        found |= {
            "run": meta.get("run_id"),
            "asset": _asset(meta),
            "partition": _partition(meta.get("job_tags") or {}),
        }
    return found


def _asset(meta: Mapping[str, Any]) -> str | None:
    """The asset of an event, or else of the step, by the name of its table."""
    key = getattr(meta.get("dagster_event"), "asset_key", None)
    if key is not None:
        return ".".join(key.path)
    step = meta.get("step_key")
    return step.replace("__", ".", 1) if step else None


def _partition(tags: Mapping[str, str]) -> str | None:
    if all(name in tags for name in _RANGE):
        return "..".join(tags[name] for name in _RANGE)
    return tags.get(_PARTITION)


def _plain(record: logging.LogRecord) -> logging.LogRecord:
    """A record without Dagster's prefix of the message and without its traceback."""
    meta = getattr(record, _OF_RUN, None)
    if meta is None:
        return record
    plain = logging.makeLogRecord(record.__dict__)
    plain.msg, plain.args = meta.get("orig_message") or "", ()
    return plain


def _is_json() -> bool:
    try:
        return get_settings().log_format == "json"
    except FinplatformError:
        return False


def _json_formatter(process: str) -> "ProcessorFormatter":
    import structlog

    def about(_: "WrappedLogger", __: str, line: "EventDict") -> "EventDict":
        return {**line, "process": process, **about_of(line["_record"])}

    def message(_: "WrappedLogger", __: str, line: "EventDict") -> "EventDict":
        return {**line, "event": _plain(line["_record"]).getMessage()}

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=["incident"]),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ],
        processors=[
            about,
            message,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
