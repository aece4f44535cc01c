"""DDL of the append-only tables of screening decisions.

Does not belong here: their use (see `screening_decisions`).
"""

from collections.abc import Mapping

SCREENING_TABLES: Mapping[str, str] = {
    "compliance.screening_decisions": """
        do $create$ begin
            create table compliance.screening_decisions (
                decision_id bigint generated always as identity primary key,
                hit_id text not null,
                subject_kind text not null,
                subject_id text not null,
                list_code text not null,
                entity_id text not null,
                subject_version text not null,
                party_version text not null,
                decision text not null
                    check (decision in ('FALSE_POSITIVE', 'TRUE_MATCH', 'REOPENED')),
                note text not null check (length(note) between 10 and 2000),
                decided_by text not null check (decided_by <> ''),
                decided_at timestamptz not null default now(),
                database_user text not null default session_user
            );
            create index screening_decisions_hit on compliance.screening_decisions (hit_id);
            comment on table compliance.screening_decisions is
                'one row per decision on a hit of screening; exceptions are false positives';
            create trigger only_grows
            before update or delete or truncate on compliance.screening_decisions
            for each statement execute function audit.refuse_change();
        end $create$""",
}
"""Tables by name, created after `audit.refuse_change`."""
