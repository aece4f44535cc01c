"""Probes: functions that return what of one kind is wrong now.

A probe is a function of a `Look`; the open incidents of its kind are made what it returns. One that
another part of the platform brings is added to `PROBES`. Belongs here: the probes that read the
warehouse and the machine. How fresh assets are is read from Dagster (see
`finplatform.orchestration.sensors.conditions`).
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from finplatform.notifications import links
from finplatform.notifications.incident import Severity, Signal, plain_name
from finplatform.settings import Settings


@dataclass(frozen=True)
class Look:
    """What a probe looks at.

    Attributes:
        settings: Levels, and where things are.
        connection: Session on the warehouse.
        at: Now.
    """

    settings: Settings
    connection: psycopg.Connection
    at: datetime

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.connection.execute(query.encode(), values or None).fetchall()

    def has(self, table: str) -> bool:
        """Whether a table exists."""
        return bool(self.rows("select to_regclass(%s) is not null", table)[0][0])


Probe = Callable[[Look], Iterable[Signal]]

FRAUD, CDC_LAG, DEAD_LETTERS, DISK = "fraud", "cdc_lag", "dead_letters", "disk"
QUARANTINE = "quarantine"

_CHANNEL = "financial_transactions"
_LEAST_REJECTED = 20
"""Rejected rows of a load that are too few to be news."""

_LEAST_LOADS = 3
"""Earlier loads without which nothing is usual."""

_GROWTH = 3
"""Times the usual share of rejected rows that is news."""

_GIB = 1024**3
_MB = 1024**2

# Of each table the share of the last load against that of the ten before it.
_REJECTED = """
with ranked as (
    select table_name, rows_rejected, rows_read,
        row_number() over (partition by table_name order by loaded_at desc) as place
    from ops.loads
),
compared as (
    select table_name,
        sum(rows_rejected) filter (where place = 1) as rejected,
        sum(rows_read) filter (where place = 1) as read,
        sum(rows_rejected) filter (where place > 1) as usually_rejected,
        sum(rows_read) filter (where place > 1) as usually_read,
        count(*) filter (where place > 1) as earlier
    from ranked
    where place <= 11
    group by table_name
)
select table_name, rejected::bigint
from compared
where rejected >= %s and earlier >= %s
    and rejected * usually_read > %s * usually_rejected * read
order by table_name
"""

# Messages that no consumer can handle are rejected rows whose origin is the channel.
_DEAD_LETTERS = """
select origin, count(*)
from quarantine.rejected_rows
where origin = %s
group by origin
"""

_FRAUD_ALERTS = """
select rule_code, count(*)
from {table}
where score >= %s and status = 'OPEN'
group by rule_code
order by rule_code
"""

_SLOTS = """
select
    slot_name::text, wal_status,
    pg_wal_lsn_diff(
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
        confirmed_flush_lsn
    )::bigint
from pg_replication_slots
where slot_type = 'logical' and database = current_database()
order by slot_name
"""


def disk(look: Look) -> Iterator[Signal]:
    """The disk of the home is almost full."""
    settings = look.settings
    if not settings.home.is_dir():
        return
    usage = shutil.disk_usage(settings.home)
    share = 100 * usage.free / usage.total
    if share < settings.alert_disk_free_pct:
        yield Signal(
            DISK,
            "home",
            Severity.CRITICAL,
            f"The disk of the home has {share:.1f}% free",
            usage.free // _GIB,
            links.start_page(settings),
        )


def quarantine_growth(look: Look) -> Iterator[Signal]:
    """The last load of a table has rejected a far larger share than those before it."""
    if not look.has("ops.loads"):
        return
    for table, rejected in look.rows(_REJECTED, _LEAST_REJECTED, _LEAST_LOADS, _GROWTH):
        name = plain_name(table)
        yield Signal(
            QUARANTINE,
            name,
            Severity.WARNING,
            f"The last load of bronze.{name} rejected {rejected:,} rows, more than is usual",
            rejected,
            links.asset_page(look.settings, ("bronze", name)),
        )


def dead_letters(look: Look) -> Iterator[Signal]:
    """Messages of the stream lie in quarantine."""
    if not look.has("quarantine.rejected_rows"):
        return
    for channel, count in look.rows(_DEAD_LETTERS, _CHANNEL):
        yield Signal(
            DEAD_LETTERS,
            channel,
            Severity.WARNING,
            f"{count:,} messages of the stream {channel} could not be handled",
            count,
            links.live_page(look.settings),
        )


def fraud(look: Look) -> Iterator[Signal]:
    """Fraud alerts at or above the level are open."""
    for table in ("gold.fact_fraud_alerts", "bronze.fraud_alerts"):
        if look.has(table):
            break
    else:
        return
    level = look.settings.alert_fraud_score
    for rule, count in look.rows(_FRAUD_ALERTS.format(table=table), level):
        name = plain_name(rule)
        yield Signal(
            FRAUD,
            name,
            Severity.CRITICAL,
            f"{count:,} fraud alerts of rule {name} with a score of {level} or more are open",
            count,
            links.live_page(look.settings),
        )


def cdc_lag(look: Look) -> Iterator[Signal]:
    """A replication slot was lost, or more of the log than the level waits behind it."""
    settings = look.settings
    for slot, state, behind in look.rows(_SLOTS):
        name, page = plain_name(slot), links.live_page(settings)
        if state == "lost":
            title = f"Replication slot {name} was lost; its tables must be copied anew"
            yield Signal(CDC_LAG, name, Severity.CRITICAL, title, link=page)
        elif behind is not None and behind > settings.alert_lag_mb * _MB:
            megabytes = behind // _MB
            title = f"Replication slot {name} is {megabytes:,} MB behind"
            yield Signal(CDC_LAG, name, Severity.ERROR, title, megabytes, page)


PROBES: Mapping[str, Probe] = {
    DISK: disk,
    QUARANTINE: quarantine_growth,
    DEAD_LETTERS: dead_letters,
    FRAUD: fraud,
    CDC_LAG: cdc_lag,
}
"""Probes by the kind of their incidents."""
