"""The tables of the audit trail, and the only function that writes events.

Belongs here: their DDL. Does not belong here: writing and reading (see `audit_log`).
"""

EVENT_LOG = """
do $create$ begin
    create table audit.event_log (
        seq bigint primary key,
        at timestamptz not null check (isfinite(at)),
        recorded_at timestamptz not null,
        recorded_by text not null,
        actor text not null,
        role text not null,
        action text not null,
        object text not null,
        outcome text not null check (outcome in ('ok', 'denied', 'failed')),
        detail jsonb not null,
        leaf bytea not null
    );
    create index event_log_at on audit.event_log using brin (at);
    comment on table audit.event_log is
        'one row per event of the audit trail, numbered without gaps in the order of commits';

    -- An append locks this row until its commit: numbers have no gaps, and a row is seen only
    -- when all before it are.
    create table audit.log_size (
        is_only boolean primary key default true check (is_only),
        size bigint not null
    );
    insert into audit.log_size (size) values (0);

    -- How far other logs have been taken over, noted in the transaction that takes them over.
    create table audit.log_places (
        source text primary key,
        place jsonb not null
    );

    create function audit.append_events(events jsonb) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $body$
    declare
        added constant bigint := jsonb_array_length(events);
        first_free bigint;
        stored_at timestamptz;
    begin
        update audit.log_size set size = size + added returning size - added + 1 into first_free;
        stored_at := clock_timestamp();
        insert into audit.event_log (
            seq, at, recorded_at, recorded_by, actor, role, action, object, outcome, detail, leaf
        )
        select
            seq, at, stored_at, session_user, actor, role, action, object, outcome, detail,
            sha256('\\x00'::bytea || convert_to(
                jsonb_build_array(
                    seq,
                    trunc(extract(epoch from at) * 1000000),
                    trunc(extract(epoch from stored_at) * 1000000),
                    session_user::text, actor, role, action, object, outcome, detail
                )::text,
                'UTF8'
            ))
        from (
            select
                first_free + place - 1 as seq,
                coalesce((event ->> 'at')::timestamptz, stored_at) as at,
                event ->> 'actor' as actor,
                event ->> 'role' as role,
                event ->> 'action' as action,
                event ->> 'object' as object,
                event ->> 'outcome' as outcome,
                coalesce(event -> 'detail', '{}') as detail
            from jsonb_array_elements(events) with ordinality as listed (event, place)
        ) as batch
        order by seq;
        return first_free + added - 1;
    end $body$;
    revoke all on function audit.append_events (jsonb) from public;

    create trigger only_grows
    before update or delete or truncate on audit.event_log
    for each statement execute function audit.refuse_change();
end $create$"""
"""Creates the trail, after `audit.refuse_change`."""
