"""Probes: functions that return what of one kind is wrong now.

A probe is a function of a `Look`; the open incidents of its kind are made what it returns. One that
another part of the platform brings is added to `PROBES`. Belongs here: the probes that read the
warehouse and the machine. The freshness of assets is read from Dagster (see
`finplatform.orchestration.sensors.conditions`).
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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

FRAUD, DEAD_LETTERS, DISK = "fraud", "dead_letters", "disk"
QUARANTINE = "quarantine"

_CHANNEL = "financial_transactions"
_RECENT = timedelta(days=7)
"""Age of a fraud alert from which it is no longer news."""

_LEAST_REJECTED = 20
"""Rejected rows of a load that are too few to be news."""

_LEAST_LOADS = 3
"""Earlier loads without which nothing is usual."""

_GROWTH = 3
"""Times the usual share of rejected rows that is news."""

_GIB = 1024**3

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

# What the stream has raised since the table was made is open as well.
_FRAUD_ALERTS = """
with alerts as ({alerts})
select rule_code, count(*)
from alerts
where score >= %s and status = 'OPEN' and raised_at > %s and raised_at <= %s
group by rule_code
order by rule_code
"""

_RAISED = "select alert_id, transaction_id, rule_code, score, status, raised_at from {table}"

_STREAMED = """
select alert_id, transaction_id, rule_code, score,
    case when severity = 'LOW' then 'NOTED' else 'OPEN' end as status, raised_at
from bronze.stream_fraud_alerts as raised
where not exists (
    select from {table} as known
    where known.transaction_id = raised.transaction_id
)
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
    """Fraud alerts of the last days at or above the level are open."""
    tables = ("gold.fact_fraud_alerts", "bronze.fraud_alerts")
    table = next((name for name in tables if look.has(name)), None)
    if table is None:
        return
    alerts = _RAISED.format(table=table)
    if look.has("bronze.stream_fraud_alerts"):
        alerts += f" union all {_STREAMED.format(table=table)}"
    level = look.settings.alert_fraud_score
    query = _FRAUD_ALERTS.format(alerts=alerts)
    for rule, count in look.rows(query, level, look.at - _RECENT, look.at):
        name = plain_name(rule)
        yield Signal(
            FRAUD,
            name,
            Severity.CRITICAL,
            f"{count:,} fraud alerts of rule {name} with a score of {level} or more are open",
            count,
            links.live_page(look.settings),
        )


PROBES: Mapping[str, Probe] = {
    DISK: disk,
    QUARANTINE: quarantine_growth,
    DEAD_LETTERS: dead_letters,
    FRAUD: fraud,
}
"""Probes by the kind of their incidents."""
