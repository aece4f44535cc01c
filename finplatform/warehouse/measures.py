"""Metrics of the database and the pipeline, as data.

A measure is a query whose last column is the value and whose other columns are its labels, or a
function that returns such rows. Does not belong here: the metrics of other packages (see
`finplatform.api.measures`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from finplatform.settings import Settings

Rows = Iterable[Sequence[Any]]
"""Labels and a value each."""


@dataclass(frozen=True)
class Measure:
    """A measure.

    Attributes:
        name: Its name, without `finplatform_`.
        text: Its help text.
        source: Query, or function of the settings.
        labels: Names of its labels, in the order of the columns.
        is_counter: Whether it is a counter.
        needs: Required relations; without them it is left out.
    """

    name: str
    text: str
    source: str | Callable[[Settings], Rows]
    labels: tuple[str, ...] = ()
    is_counter: bool = False
    needs: tuple[str, ...] = ()


_OF_DATABASE = "from pg_stat_database where datname = current_database()"
_LAST_LOADS = """
    select distinct on (table_name) table_name, {value}
    from ops.load_log order by table_name, loaded_at desc
"""

DATABASE: tuple[Measure, ...] = (
    Measure(
        "database_bytes", "Size of the database.", "select pg_database_size(current_database())"
    ),
    Measure(
        "schema_bytes",
        "Size of the tables of a schema, with indexes and long values.",
        "select n.nspname, sum(pg_total_relation_size(c.oid))"
        " from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <>"
        " 'information_schema' group by n.nspname",
        ("schema",),
    ),
    Measure("database_sessions", "Sessions on the database.", f"select numbackends {_OF_DATABASE}"),
    Measure(
        "database_transactions",
        "Transactions by how they ended.",
        "select e.outcome, e.number from pg_stat_database cross join lateral (values"
        " ('commit', xact_commit), ('rollback', xact_rollback)) as e (outcome, number)"
        " where datname = current_database()",
        ("outcome",),
        is_counter=True,
    ),
    Measure(
        "database_blocks_read",
        "Blocks of tables and indexes by where they were found.",
        "select b.place, b.number from pg_stat_database cross join lateral (values"
        " ('memory', blks_hit), ('disk', blks_read)) as b (place, number)"
        " where datname = current_database()",
        ("place",),
        is_counter=True,
    ),
    Measure(
        "database_deadlocks", "Deadlocks.", f"select deadlocks {_OF_DATABASE}", is_counter=True
    ),
    Measure(
        "database_temporary_bytes",
        "Bytes that queries have written to temporary files.",
        f"select temp_bytes {_OF_DATABASE}",
        is_counter=True,
    ),
    Measure(
        "replication_slot_lag_bytes",
        "Log retained by a logical replication slot of the database.",
        "select slot_name::text, pg_wal_lsn_diff(case when pg_is_in_recovery()"
        " then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, confirmed_flush_lsn)"
        " from pg_replication_slots where slot_type = 'logical'"
        " and database = current_database() and confirmed_flush_lsn is not null",
        ("slot",),
    ),
)
"""The database."""

PIPELINE: tuple[Measure, ...] = (
    Measure(
        "runs",
        "Ended runs by job and status.",
        "select job_name, status, run_count from ops.run_tallies",
        ("job", "status"),
        is_counter=True,
        needs=("ops.run_tallies",),
    ),
    Measure(
        "run_last_ended_timestamp_seconds",
        "Time of the last run of a job with a status.",
        "select job_name, status, extract(epoch from last_ended_at) from ops.run_tallies",
        ("job", "status"),
        needs=("ops.run_tallies",),
    ),
    Measure(
        "incidents_open",
        "Open incidents.",
        "select kind, severity, count(*) from ops.incidents where ended_at is null"
        " group by kind, severity",
        ("kind", "severity"),
        needs=("ops.incidents",),
    ),
    Measure(
        "tables_held",
        "Tables held by a failed blocking check.",
        "select count(distinct held_table) from ops.incidents where ended_at is null",
        needs=("ops.incidents",),
    ),
    Measure(
        "notifications_pending",
        "Unsent messages by channel.",
        "select channel, count(*) from ops.notifications where state = 'pending' group by channel",
        ("channel",),
        needs=("ops.notifications",),
    ),
    Measure(
        "load_rows",
        "Rows that the last load of a table stored.",
        _LAST_LOADS.format(value="rows_out"),
        ("table",),
        needs=("ops.load_log",),
    ),
    Measure(
        "load_rejected_rows",
        "Rows that the last load of a table rejected.",
        _LAST_LOADS.format(value="rows_rejected"),
        ("table",),
        needs=("ops.load_log",),
    ),
    Measure(
        "load_seconds",
        "Duration of the last load of a table.",
        _LAST_LOADS.format(value="load_seconds"),
        ("table",),
        needs=("ops.load_log",),
    ),
    Measure(
        "load_timestamp_seconds",
        "Time of the last load of a table.",
        _LAST_LOADS.format(value="extract(epoch from loaded_at)"),
        ("table",),
        needs=("ops.load_log",),
    ),
    Measure(
        "quarantined_rows",
        "Rows in quarantine by table.",
        "select table_name, count(*) from quarantine.rejected_rows group by table_name",
        ("table",),
        needs=("quarantine.rejected_rows",),
    ),
)
"""Runs, incidents and loads."""
