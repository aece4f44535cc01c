"""DDL of operations: incidents, notifications, loads, and read positions of events.

Does not belong here: their use in `finplatform.notifications`, `load_log` and
`finplatform.orchestration`.
"""

from collections.abc import Mapping

OPERATIONS_TABLES: Mapping[str, str] = {
    "ops.incidents": """
        create table ops.incidents (
            incident_id bigint generated always as identity primary key,
            -- What incidents have in common that are the same: there is one open at a time.
            fingerprint text not null,
            kind text not null,
            severity text not null check (severity in ('info', 'warning', 'error', 'critical')),
            subject text not null,
            title text not null,
            counted bigint,
            occurrences bigint not null default 1,
            run_id text,
            link text not null,
            -- Table whose readers are stopped while the incident is open.
            held_table text,
            -- Business days that it is about; without bounds if no date cuts its subject.
            days datemultirange not null,
            opened_at timestamptz not null,
            last_seen_at timestamptz not null,
            ended_at timestamptz
        )""",
    "ops.incidents_open": """
        create unique index incidents_open on ops.incidents (fingerprint) where ended_at is null""",
    "ops.snoozes": """
        create table ops.snoozes (
            fingerprint text primary key,
            snoozed_until timestamptz not null,
            snoozed_by text not null,
            reason text not null,
            snoozed_at timestamptz not null default now()
        )""",
    "ops.notifications": """
        create table ops.notifications (
            notification_id bigint generated always as identity primary key,
            -- What may be sent once: an incident's opening or end, or one report mail.
            message_key text not null,
            incident_id bigint references ops.incidents (incident_id),
            event text not null check (event in ('opened', 'ended', 'report')),
            channel text not null,
            target text not null,
            state text not null default 'pending'
                check (state in ('pending', 'sent', 'withheld', 'abandoned')),
            due_at timestamptz not null,
            attempts integer not null default 0,
            sent_at timestamptz,
            subject text,
            body text,
            unique (message_key, channel, target)
        )""",
    "ops.notifications_pending": """
        create index notifications_pending on ops.notifications (due_at)
            where state = 'pending'""",
    # One row. Runs of Dagster count from the first load on, without those of an earlier warehouse.
    "ops.run_place": """
        do $create$ begin
            create table ops.run_place (
                is_only boolean primary key default true check (is_only),
                changed_at timestamptz not null default now()
            );
            insert into ops.run_place default values;
        end $create$""",
    "ops.taken_runs": """
        create table ops.taken_runs (
            run_id text primary key,
            -- Processed event numbers of a run in progress; null for an ended one.
            taken bigint[],
            ended_at timestamptz
        )""",
    "ops.run_tallies": """
        create table ops.run_tallies (
            job_name text not null,
            status text not null,
            run_count bigint not null,
            last_ended_at timestamptz not null,
            primary key (job_name, status)
        )""",
    "ops.load_log": """
        create table ops.load_log (
            load_id bigint generated always as identity primary key,
            run_id text,
            table_name text not null,
            window_start date,
            window_end date,
            -- Null where rows go from table to table inside the database.
            rows_in bigint,
            rows_rejected bigint not null default 0,
            rows_out bigint not null,
            checksum text,
            load_seconds numeric(12, 3) not null,
            loaded_at timestamptz not null default now()
        )""",
    "ops.load_log_table_name": """
        create index load_log_table_name on ops.load_log (table_name, loaded_at)""",
    "ops.load_log_run_id": """
        create index load_log_run_id on ops.load_log (run_id, table_name)""",
    # Positions of the consumers of a Kinesis stream: a sequence number has up to 56 digits.
    "ops.stream_positions": """
        create table ops.stream_positions (
            channel text not null,
            shard integer not null,
            -- Up to where all messages are settled, and up to where they were given, how often.
            settled numeric(60) not null default 0,
            given numeric(60) not null default 0,
            deliveries integer not null default 1,
            primary key (channel, shard)
        )""",
    "ops.stream_tries": """
        create table ops.stream_tries (
            channel text not null,
            message_id text not null,
            tries integer not null default 1,
            primary key (channel, message_id)
        )""",
}
