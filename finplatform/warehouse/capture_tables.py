"""DDL of the tables of change data capture.

Does not belong here: their use (see `finplatform.cdc`).
"""

from collections.abc import Mapping

CAPTURE_TABLES: Mapping[str, str] = {
    "ops.captured_sources": """
        create table ops.captured_sources (
            source text primary key,
            slot_name text not null,
            publication text not null,
            -- Positions mean something in this history of this cluster alone.
            system_id text not null,
            timeline integer not null,
            -- Every transaction that ends at or before it was captured.
            watermark pg_lsn not null,
            -- Where the slot was moved to; null from a capture until its slot has moved.
            confirmed pg_lsn,
            -- Instant on the source's clock up to which all was captured.
            captured_until timestamptz not null,
            last_commit_at timestamptz,
            captures bigint not null default 0,
            transactions bigint not null default 0,
            changes bigint not null default 0,
            checked_at timestamptz not null default now(),
            error text,
            error_at timestamptz
        )""",
    "ops.captured_tables": """
        create table ops.captured_tables (
            table_name text primary key,
            source text not null,
            relation text not null,
            -- Transactions below it may have written before the table was published.
            published_xid xid8 not null,
            -- Tables that it refers to: their changes are loaded before those that came with them.
            loaded_after text[] not null default '{}',
            columns jsonb,
            version integer not null default 0
        )""",
    # A payload is an encrypted and compressed Arrow file, so the server does not compress it.
    "ops.captured_changes": """
        do $create$ begin
            create table ops.captured_changes (
                change_id bigint generated always as identity primary key,
                table_name text not null,
                business_day date,
                -- Number of the capture that brought them, of their source.
                capture bigint not null,
                changes integer not null,
                first_lsn pg_lsn not null,
                first_commit_at timestamptz not null,
                last_commit_at timestamptz not null,
                captured_at timestamptz not null default now(),
                payload bytea not null
            );
            alter table ops.captured_changes alter column payload set storage external;
        end $create$""",
    "ops.captured_changes_table_name": """
        create index captured_changes_table_name
        on ops.captured_changes (table_name, business_day)""",
    "ops.captured_snapshots": """
        create table ops.captured_snapshots (
            table_name text not null,
            first_day date,
            last_day date,
            snapshot text not null,
            lsn pg_lsn not null,
            taken_at timestamptz not null
        )""",
    "ops.captured_reloads": """
        create table ops.captured_reloads (
            table_name text not null,
            business_day date,
            reason text not null,
            lsn pg_lsn not null,
            noted_at timestamptz not null default now(),
            unique nulls not distinct (table_name, business_day)
        )""",
    "ops.capture_events": """
        create table ops.capture_events (
            event_id bigint generated always as identity primary key,
            source text not null,
            table_name text,
            event text not null,
            detail text not null,
            noted_at timestamptz not null default now()
        )""",
}
"""Statements by the object's name."""
