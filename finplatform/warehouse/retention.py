"""Retention: deletion of old rows of the platform's operational tables.

Does not belong here: the audit trail and rows of the bank, whose retention is legal (see
`docs/privacy.md`), and Dagster's ticks (see `dagster.yaml`).
"""

from collections.abc import Mapping

import psycopg

_OLD: Mapping[str, str] = {
    # The last load of a window stays as its record.
    "ops.load_log": """
        delete from ops.load_log as old
        where old.loaded_at < now() - make_interval(days => %(days)s) and exists (
            select from ops.load_log as later
            where later.table_name = old.table_name
                and later.window_start is not distinct from old.window_start
                and later.window_end is not distinct from old.window_end
                and later.loaded_at > old.loaded_at
        )""",
    "ops.capture_events": """
        delete from ops.capture_events
        where noted_at < now() - make_interval(days => %(days)s)""",
    "ops.notifications": """
        delete from ops.notifications as message
        using ops.incidents as incident
        where incident.incident_id = message.incident_id
            and incident.ended_at < now() - make_interval(days => %(days)s)""",
    "ops.incidents": """
        delete from ops.incidents as incident
        where incident.ended_at < now() - make_interval(days => %(days)s) and not exists (
            select from ops.notifications as message
            where message.incident_id = incident.incident_id
        )""",
    "ops.snoozes": """
        delete from ops.snoozes
        where snoozed_until < now() - make_interval(days => %(days)s)""",
}


def delete_old_rows(connection: psycopg.Connection, days: int) -> dict[str, int]:
    """Deletes rows older than a number of days; returns the number of rows by table.

    Args:
        connection: Session on the warehouse, as its loader.
        days: Age from which rows are old.
    """
    found = {}
    for table, statement in _OLD.items():
        is_there = connection.execute("select to_regclass(%s)::text", (table,)).fetchone()
        if is_there is not None and is_there[0] is not None:
            found[table] = connection.execute(statement.encode(), {"days": days}).rowcount
    return found
