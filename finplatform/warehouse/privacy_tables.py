"""DDL of data subject requests, and of legal holds.

Commands and the daily run write them. Does not belong here: the processing of requests
(`finplatform.privacy`).
"""

from collections.abc import Mapping

PRIVACY_TABLES: Mapping[str, str] = {
    # The customer is stored while the request is pending; afterwards only the keyed hash.
    "compliance.privacy_requests": """
        do $create$ begin
            create table compliance.privacy_requests (
                request_id text primary key,
                kind text not null check (kind in ('ACCESS', 'RECTIFICATION', 'ERASURE')),
                subject_hash text not null,
                customer_id text,
                state text not null check (state in ('DONE', 'WAITING')),
                basis text not null check (basis <> ''),
                received_date date not null,
                answer_due_date date not null,
                erase_on date,
                refusal text,
                noted_by text not null check (noted_by <> ''),
                noted_at timestamptz not null default now(),
                done_at timestamptz,
                check (state = 'DONE' or (customer_id is not null and erase_on is not null))
            );
            create unique index privacy_requests_waiting
                on compliance.privacy_requests (subject_hash) where state = 'WAITING';
            comment on table compliance.privacy_requests is
                'one row per request of a person about their data';
        end $create$""",
    "compliance.privacy_holds": """
        do $create$ begin
            create table compliance.privacy_holds (
                hold_id bigint generated always as identity primary key,
                customer_id text not null,
                until_date date not null,
                reason text not null check (length(reason) >= 10),
                set_by text not null check (set_by <> ''),
                set_at timestamptz not null default now(),
                lifted_by text,
                lifted_at timestamptz,
                lift_reason text,
                check ((lifted_at is null) = (lifted_by is null))
            );
            create index privacy_holds_customer on compliance.privacy_holds (customer_id);
            comment on table compliance.privacy_holds is
                'one row per legal hold on a customer''s data';
        end $create$""",
}
"""Tables by name."""
