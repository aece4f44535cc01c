"""Arriving files as partition runs.

A file is known by the fingerprint of its content, so a corrected file with the same name runs its
partition again and a touched one does not. Belongs here: the sensor and the pure function that
decides.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg

from finplatform.orchestration.jobs import DAILY
from finplatform.orchestration.partitions import PARTITION_TAG
from finplatform.settings import Settings

_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Arrival:
    """One file of the landing zone.

    Attributes:
        name: Path below the landing zone.
        day: Business day in its name, or None.
        fingerprint: SHA-256 of its content.
    """

    name: str
    day: date | None
    fingerprint: str


def day_in_name(name: str) -> date | None:
    """Business day in a file's name, as 2025-01-31 or 20250131; None if there is none."""
    for match in _DATE_IN_NAME.finditer(name):
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            continue
    return None


def arrivals(landing: Path) -> list[Arrival]:
    """Files of the landing zone in name order; unfinished ones (hidden, `.part`) are left out."""
    found = []
    for path in sorted(landing.rglob("*")):
        if (
            path.is_file()
            and not path.name.startswith(".")
            and path.suffix not in (".part", ".tmp")
        ):
            name = path.relative_to(landing).as_posix()
            found.append(Arrival(name, day_in_name(path.name), fingerprint(path)))
    return found


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def new_arrivals(found: Iterable[Arrival], seen: Mapping[str, str]) -> list[Arrival]:
    """Files whose content has not been seen under their name."""
    return [arrival for arrival in found if seen.get(arrival.name) != arrival.fingerprint]


def build_landing_sensor(
    partitions: dg.DailyPartitionsDefinition, status: dg.DefaultSensorStatus
) -> dg.SensorDefinition:
    """The sensor on the landing zone.

    Args:
        partitions: Days that a run may be asked for.
        status: Whether it runs without being turned on in the UI.
    """

    @dg.sensor(
        name="landing_zone",
        job_name=DAILY,
        minimum_interval_seconds=60,
        default_status=status,
        description="Turns a new or corrected file in the landing zone into the run of its day.",
    )
    def landing_zone(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SensorResult | dg.SkipReason:
        landing = settings.landing
        if not landing.is_dir():
            return dg.SkipReason(f"There is no landing zone at {landing}.")
        seen: dict[str, str] = json.loads(context.cursor or "{}")
        found = arrivals(landing)
        fresh = new_arrivals(found, seen)
        if not fresh:
            return dg.SkipReason(f"No new file among {len(found)} in the landing zone.")
        requests = []
        for arrival in fresh:
            if arrival.day is None or not partitions.has_partition_key(arrival.day.isoformat()):
                context.log.warning(
                    "File %s is for no known day: its name has no date inside the history.",
                    arrival.name,
                )
                continue
            requests.append(
                dg.RunRequest(
                    # The content is part of the key: Dagster remembers keys for ever, and a
                    # corrected file must not be taken for the first one.
                    run_key=f"{arrival.name}:{arrival.fingerprint}",
                    partition_key=arrival.day.isoformat(),
                    tags={"finplatform/file": arrival.name, PARTITION_TAG: arrival.day.isoformat()},
                )
            )
        cursor = json.dumps({arrival.name: arrival.fingerprint for arrival in found})
        return dg.SensorResult(run_requests=requests, cursor=cursor)

    return landing_zone
