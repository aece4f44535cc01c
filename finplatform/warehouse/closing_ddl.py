"""DDL of the append-only tables of closed months and of access reviews.

Rows of a closed month are stored as changes: a version holds its differences from the one before,
so a frozen version is never written again. Does not belong here: the steps of a closing
(`finplatform.compliance.sox.periods`).
"""

from collections.abc import Mapping

_ONLY_GROWS = """
            create trigger only_grows
            before update or delete or truncate on {table}
            for each statement execute function audit.refuse_change();
"""


def _growing(name: str, columns: str) -> str:
    """Statement that creates an append-only table."""
    table = f"compliance.{name}"
    return f"""
        do $create$ begin
            create table {table} ({columns});
            {_ONLY_GROWS.format(table=table)}
        end $create$"""


CLOSING_TABLES: Mapping[str, str] = {
    # A preparation is replaced by the next one; an approved version stays (see the trigger).
    "compliance.period_versions": """
        do $create$ begin
            create table compliance.period_versions (
                period text not null check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
                version integer not null check (version > 0),
                state text not null check (state in ('PREPARED', 'APPROVED')),
                reason text not null check (reason <> ''),
                prepared_by text not null,
                prepared_at timestamptz not null default now(),
                fingerprint text not null check (fingerprint ~ '^[0-9a-f]{64}$'),
                approved_by text,
                approved_at timestamptz,
                audit_event bigint,
                primary key (period, version),
                check (approved_by <> prepared_by),
                check ((state = 'APPROVED') = (approved_by is not null)),
                check ((state = 'APPROVED') = (audit_event is not null))
            );
            create or replace function audit.keep_approved_version() returns trigger
            language plpgsql as $body$
            begin
                if old.state = 'APPROVED' then
                    raise exception '% version % is approved: % is refused',
                        old.period, old.version, lower(tg_op)
                        using errcode = 'insufficient_privilege';
                end if;
                if tg_op = 'DELETE' then
                    return old;
                end if;
                return new;
            end $body$;
            revoke all on function audit.keep_approved_version() from public;
            create trigger keeps_approved
            before update or delete on compliance.period_versions
            for each row execute function audit.keep_approved_version();
            create trigger is_not_truncated
            before truncate on compliance.period_versions
            for each statement execute function audit.refuse_change();
        end $create$""",
    "compliance.period_events": _growing(
        "period_events",
        """
                event_number bigint generated always as identity primary key,
                period text not null,
                version integer not null,
                action text not null check (action in ('prepare', 'refuse', 'approve')),
                actor text not null,
                role text not null,
                reason text not null check (reason <> ''),
                detail jsonb not null default '{}',
                noted_at timestamptz not null default now()
        """,
    ),
    "compliance.period_tables": _growing(
        "period_tables",
        """
                period text not null,
                version integer not null,
                table_name text not null,
                position smallint not null,
                part text not null,
                columns text[] not null,
                row_count bigint not null,
                measure_column text,
                measure_total numeric,
                checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
                primary key (period, version, table_name)
        """,
    ),
    "compliance.period_rows": _growing(
        "period_rows",
        """
                period text not null,
                table_name text not null,
                row_key text not null,
                version integer not null,
                change text not null check (change in ('ADDED', 'CHANGED', 'REMOVED')),
                row_hash bytea,
                measure numeric,
                content jsonb,
                primary key (period, table_name, row_key, version),
                check ((change = 'REMOVED') = (row_hash is null))
        """,
    ),
    "compliance.period_runs": _growing(
        "period_runs",
        """
                period text not null,
                version integer not null,
                load_id bigint not null,
                table_name text not null,
                run_id text,
                window_start date,
                window_end date,
                rows_out bigint not null,
                loaded_at timestamptz not null,
                primary key (period, version, load_id)
        """,
    ),
    "compliance.access_reviews": _growing(
        "access_reviews",
        """
                review_id bigint generated always as identity primary key,
                opened_by text not null,
                reason text not null check (reason <> ''),
                opened_at timestamptz not null default now()
        """,
    ),
    # A line is signed once, and not by its holder.
    "compliance.access_review_lines": """
        do $create$ begin
            create table compliance.access_review_lines (
                review_id bigint not null references compliance.access_reviews (review_id),
                holder text not null,
                is_service boolean not null,
                role text not null,
                role_rights text[] not null,
                regions text[],
                is_disabled boolean not null,
                has_database_login boolean not null,
                remarks text[] not null,
                verdict text check (verdict in ('KEEP', 'REVOKE')),
                signed_by text,
                signed_at timestamptz,
                note text,
                primary key (review_id, holder),
                check (signed_by <> holder),
                check ((signed_by is null) = (verdict is null))
            );
            create or replace function audit.keep_signed_line() returns trigger
            language plpgsql as $body$
            begin
                if tg_op = 'DELETE' or old.signed_by is not null then
                    raise exception 'the line of % in review % stands: % is refused',
                        old.holder, old.review_id, lower(tg_op)
                        using errcode = 'insufficient_privilege';
                end if;
                return new;
            end $body$;
            revoke all on function audit.keep_signed_line() from public;
            create trigger keeps_signed
            before update or delete on compliance.access_review_lines
            for each row execute function audit.keep_signed_line();
            create trigger is_not_truncated
            before truncate on compliance.access_review_lines
            for each statement execute function audit.refuse_change();
        end $create$""",
}
"""Statements by the object's name, run after `audit.refuse_change`."""
