"""DDL of logins: people, services, sessions, and responses stored for idempotent requests.

They are in schema `vault`, which is closed to all readers. Does not belong here: their use, which
is in `users` for commands and in `finplatform.api.login` for requests.
"""

from collections.abc import Mapping

LOGIN_TABLES: Mapping[str, str] = {
    "vault.users": """
        create table vault.users (
            name text primary key check (name ~ '^[a-z][a-z0-9_.-]{0,31}$'),
            role text not null,
            -- Null for a person who logs in at an outside provider alone.
            password_hash text,
            is_disabled boolean not null default false,
            created_at timestamptz not null default now(),
            changed_at timestamptz not null default now()
        )""",
    "vault.api_clients": """
        create table vault.api_clients (
            client_id text primary key check (client_id ~ '^[a-z][a-z0-9_.-]{0,31}$'),
            role text not null,
            secret_hash text not null,
            is_disabled boolean not null default false,
            created_at timestamptz not null default now(),
            changed_at timestamptz not null default now()
        )""",
    "vault.sessions": """
        create table vault.sessions (
            session_id text primary key,
            name text not null,
            kind text not null check (kind in ('cookie', 'token', 'client')),
            -- SHA-256 of the cookie's secret or of the refresh token in use.
            secret_hash bytea,
            -- Of the refresh token before: one that comes again was stolen.
            previous_hash bytea,
            created_at timestamptz not null default now(),
            expires_at timestamptz not null,
            ended_at timestamptz,
            end_reason text
        )""",
    "vault.sessions_name": """
        create index sessions_name on vault.sessions (name) where ended_at is null""",
    "vault.api_answers": """
        create table vault.api_answers (
            name text not null,
            idempotency_key text not null,
            request_hash bytea not null,
            -- Null while the request is worked on.
            status integer,
            body text,
            created_at timestamptz not null default now(),
            primary key (name, idempotency_key)
        )""",
}
"""Statements by the object's name."""
