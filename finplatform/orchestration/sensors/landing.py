"""Run requests of arriving files.

The days of a file are given by the names in the source configuration, and its identity by the
fingerprint of its content: a corrected file with the same name runs its partition again, a touched
one does not. An unreadable file is skipped and alerted, without blocking others. Belongs here: the
sensor and its pure functions. Does not belong here: the days of a name (see
`finplatform.ingest.connectors.arrivals`).
"""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.arrivals import ReadName, days_of, read_tables, tables_of
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.connectors.naming import is_plain_name, resolved_below, shown_name
from finplatform.orchestration.downstream import DownstreamAssets
from finplatform.orchestration.jobs import DAILY_JOB, ENTITIES_JOB
from finplatform.orchestration.partitions import PARTITION_TAG
from finplatform.orchestration.sensors.requests import ARRIVAL_TAG, edges
from finplatform.orchestration.sensors.skipped_files import report_files
from finplatform.settings import Settings

OF_FILES = "files"

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Arrival:
    """One file of the landing zone.

    Attributes:
        name: Path below the landing zone, in printable characters.
        days: Business days of its rows, by the configured names.
        fingerprint: SHA-256 of its content; empty if it cannot be read.
        problem: Reason why no run loads it; None if a run does.
        is_early: Whether the problem ends with the present day.
    """

    name: str
    days: tuple[date, ...] = ()
    fingerprint: str = ""
    problem: str | None = None
    is_early: bool = False

    @property
    def mark(self) -> str:
        """State of the file in the cursor: its content, or its problem."""
        return self.fingerprint if self.problem is None else f"{self.fingerprint} {self.problem}"


def arrivals(landing: Path, names: Sequence[ReadName], first: date, last: date) -> list[Arrival]:
    """Files of the landing zone in name order, without unfinished ones (hidden, `.part`).

    Args:
        landing: The folder.
        names: Configured names.
        first: First business day with a partition.
        last: Last business day with a partition.
    """
    root = landing.resolve()
    return [_arrival(path, root, names, first, last) for path in _files(root)]


def new_arrivals(found: Iterable[Arrival], seen: Mapping[str, str]) -> list[Arrival]:
    """Files whose content or problem differs from the cursor."""
    return [arrival for arrival in found if seen.get(arrival.name) != arrival.mark]


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's content, cached by its size and times."""
    known = path.stat()
    return _digest(path, known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns)


@lru_cache(maxsize=20_000)
def _digest(path: Path, *_version: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    """Finished files below a folder; unreadable folders are skipped."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            if not name.startswith(".") and not name.endswith((".part", ".tmp")):
                yield Path(folder, name)


def _arrival(path: Path, root: Path, names: Sequence[ReadName], first: date, last: date) -> Arrival:
    relative = path.relative_to(root).as_posix()
    name = shown_name(relative)
    if not is_plain_name(relative):
        return Arrival(name, problem="Its name holds characters that cannot be shown; rename it.")
    try:
        target = resolved_below(path, root)
        if not target.is_file():
            return Arrival(name, problem="It is no ordinary file.")
        content = fingerprint(target)
    except FinplatformError as error:
        return Arrival(name, problem=str(error))
    except OSError as error:
        return Arrival(name, problem=f"It cannot be read: {(error.strerror or 'error').lower()}.")
    days = tuple(days_of(path, list(names)))
    problem = _problem(path, days, names, first, last)
    return Arrival(name, days, content, problem, is_early=days[-1:] == (last + timedelta(days=1),))


def _problem(
    path: Path, days: tuple[date, ...], names: Sequence[ReadName], first: date, last: date
) -> str | None:
    """Reason why no run loads a file's days; differs when the file must be checked again."""
    if not days:
        if any(name.is_of(path) for name in names):
            return None
        patterns = ", ".join(sorted({name.pattern for name in names}))
        return f"Its name fits none that the tables read ({patterns})."
    outside = [day for day in days if not first <= day <= last]
    if not outside:
        return None
    edge = f"begins on {first}" if outside[0] < first else f"ends on {last} by now"
    return f"It is of {outside[0]}, and the history {edge}."


def build_landing_sensor(
    partitions: dg.DailyPartitionsDefinition,
    sources: SourcesConfig,
    downstream: DownstreamAssets,
    jobs: Sequence[Any],
    status: dg.DefaultSensorStatus,
) -> dg.SensorDefinition:
    """The sensor on the landing zone.

    Args:
        partitions: Days of runs.
        sources: The source configuration.
        downstream: Downstream assets of tables.
        jobs: The platform's jobs.
        status: Its default status.
    """

    @dg.sensor(
        name="landing_zone",
        jobs=[job for job in jobs if job.name in (DAILY_JOB, ENTITIES_JOB)],
        minimum_interval_seconds=60,
        default_status=status,
        description=(
            "Requests a run of the day of a new or corrected file in the landing zone, and of what"
            " is made from the tables that read it."
        ),
    )
    def landing_zone(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SensorResult | dg.SkipReason:
        landing = settings.landing
        if not landing.is_dir():
            return dg.SkipReason(f"There is no landing zone at {landing}.")
        span = edges(partitions)
        if span is None:
            return dg.SkipReason("The history has no day yet.")
        seen: dict[str, str] = json.loads(context.cursor or "{}")
        tables = read_tables(sources, settings)
        found = arrivals(landing, list(tables), *span)
        fresh = new_arrivals(found, seen)
        if not fresh and not seen.keys() - {arrival.name for arrival in found}:
            return dg.SkipReason(f"No new file among {len(found)} in the landing zone.")
        report_files(
            [
                (arrival.name, arrival.problem, bool(arrival.days))
                for arrival in found
                if arrival.problem is not None and not arrival.is_early
            ],
            settings,
        )
        for arrival in fresh:
            if arrival.is_early:
                context.log.info("File %s waits: %s", arrival.name, arrival.problem)
            elif arrival.problem is not None:
                context.log.warning("File %s is skipped: %s", arrival.name, arrival.problem)
        cursor = json.dumps({arrival.name: arrival.mark for arrival in found})
        wanted = _wanted(fresh, span, landing.resolve(), tables)
        requests = [_request(day, wanted[day], downstream) for day in sorted(wanted, key=str)]
        return dg.SensorResult(run_requests=list(filter(None, requests)), cursor=cursor)

    return landing_zone


@dataclass
class _Delivery:
    """Files of a day, or without a day, and the tables that read them."""

    files: list[Arrival] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)


def _wanted(
    fresh: Sequence[Arrival],
    span: tuple[date, date],
    root: Path,
    tables: Mapping[ReadName, Iterable[str]],
) -> dict[date | None, _Delivery]:
    found: dict[date | None, _Delivery] = defaultdict(_Delivery)
    for arrival in fresh:
        days: Iterable[date | None] = arrival.days or (None,)
        if arrival.problem is not None and not arrival.days:
            continue
        for day in days:
            if day is None or span[0] <= day <= span[1]:
                found[day].files.append(arrival)
                found[day].tables |= tables_of(root / arrival.name, day, tables)
    return found


def _request(
    day: date | None, delivery: _Delivery, downstream: DownstreamAssets
) -> dg.RunRequest | None:
    """Run request of a day's files; for files without a date, of the entities that read them."""
    made = (
        downstream.entities(delivery.tables) if day is None else downstream.daily(delivery.tables)
    )
    if not made:
        return None
    content = "\n".join(f"{one.name} {one.fingerprint}" for one in delivery.files)
    digest = hashlib.sha256(content.encode()).hexdigest()[:24]
    return dg.RunRequest(
        # The key is a hash of the content: Dagster stores run keys for ever, and a corrected file
        # needs a new one.
        run_key=f"landing:{day}:{digest}",
        job_name=ENTITIES_JOB if day is None else DAILY_JOB,
        partition_key=day.isoformat() if day else None,
        asset_selection=made,
        tags={
            ARRIVAL_TAG: OF_FILES,
            "finplatform/file": ", ".join(one.name for one in delivery.files),
            **({PARTITION_TAG: day.isoformat()} if day else {}),
        },
    )
