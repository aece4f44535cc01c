"""Row-level security: people with regions see the rows of their branches.

The filter column is declared in `rights.yaml`. The regions are in `access.people`, which only the
owner reads: `security definer` functions map a role's name to branches, accounts, customers or
exposures, once per scan of a table. Session settings are not used.

- People with all regions are in a separate group, whose policy filters nothing.
- A confidential table also has a restrictive policy: without its role no rows are visible.
- Policies apply to the owner too, who sees rows only in queries of the owner's session: a view or a
  function without the caller's rights returns no rows.

Belongs here: the functions, the policies and their state in a database. Does not belong here:
members of groups (`people`), and grants (`access`).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg

from finplatform.security.rights import Rights, Role, RowFilter
from finplatform.warehouse.identifiers import literal, quote
from finplatform.warehouse.role_names import (
    ALL_REGIONS,
    SOME_REGIONS,
    reader_name,
    role_name,
)

SCHEMA = "access"

UNFORCED = ("bronze", "quarantine")
"""Schemas whose tables are loaded by COPY, which PostgreSQL refuses under row-level security: the
owner is exempt."""

_PEOPLE = """
create schema if not exists access;
create table if not exists access.people (
    role_name name primary key,
    person text not null unique,
    role text not null,
    regions text[],
    changed_at timestamptz not null default now()
);
comment on table access.people is
    'One row per person or service; without regions, a person sees all of them.';
"""

_REGIONS = "(select p.regions from access.people as p where p.role_name = member)::text[]"

_ACCOUNTS = f"from gold.dim_account as a where a.branch_region = any({_REGIONS})"
_CUSTOMERS = f"select distinct a.customer_id {_ACCOUNTS}"

_FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "regions": ("text[]", f"select coalesce({_REGIONS}, '{{}}')"),
    "branch_keys": (
        "bigint[]",
        "select coalesce(array_agg(b.branch_key), '{}') from gold.dim_branch as b"
        f" where b.branch_region = any({_REGIONS})",
    ),
    "branch_ids": (
        "text[]",
        "select coalesce(array_agg(b.branch_id), '{}') from gold.dim_branch as b"
        f" where b.branch_region = any({_REGIONS})",
    ),
    "account_ids": ("setof text", f"select distinct a.account_id {_ACCOUNTS}"),
    "customer_ids": ("setof text", _CUSTOMERS),
    "exposure_ids": (
        "setof text",
        "select distinct e.exposure_id from gold.credit_exposures as e"
        f" where e.customer_id in ({_CUSTOMERS})",
    ),
}
"""Result and body of each function of a person's role."""

_CONDITIONS: Mapping[RowFilter, str] = {
    RowFilter.BRANCH_KEY: "branch_key = any((select access.branch_keys(current_user))::bigint[])",
    RowFilter.BRANCH_ID: "branch_id = any((select access.branch_ids(current_user))::text[])",
    RowFilter.BRANCH_REGION: "branch_region = any((select access.regions(current_user))::text[])",
    RowFilter.ACCOUNT_ID: "account_id in (select access.account_ids(current_user))",
    RowFilter.CUSTOMER_ID: "customer_id in (select access.customer_ids(current_user))",
    RowFilter.EXPOSURE_ID: "exposure_id in (select access.exposure_ids(current_user))",
    RowFilter.ALL_REGIONS: "false",
}

_STATE = """
select
    n.nspname || '.' || c.relname, c.relrowsecurity, c.relforcerowsecurity,
    array(
        select p.polname::text from pg_policy as p where p.polrelid = c.oid order by p.polname
    ),
    (
        select obj_description(p.oid, 'pg_policy') from pg_policy as p
        where p.polrelid = c.oid and p.polname = 'some_regions'
    )
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname = any(%s)
"""


@dataclass(frozen=True)
class Guard:
    """Row-level security of one table, present or declared.

    Attributes:
        is_enabled: Whether policies apply.
        is_forced: Whether they apply to the table's owner.
        policies: Their names.
        made_from: Digest of their definition.
    """

    is_enabled: bool = False
    is_forced: bool = False
    policies: tuple[str, ...] = ()
    made_from: str | None = None


def function_statements(connection: psycopg.Connection) -> list[str]:
    """Statements that create the functions of the policies, if they differ."""
    statements = [_PEOPLE, *_function_texts(role_name(connection.info.dbname, SOME_REGIONS))]
    digest = _digest(*statements)
    found = connection.execute(
        "select obj_description(to_regnamespace(%s), 'pg_namespace')", (SCHEMA,)
    ).fetchone()
    if found is not None and found[0] == digest:
        return []
    # Bodies are not checked, since their tables may not exist yet.
    return [
        "set local check_function_bodies = off",
        *statements,
        f"comment on schema {SCHEMA} is {literal(digest)}",
    ]


def stored_guards(connection: psycopg.Connection, schemas: list[str]) -> dict[str, Guard]:
    """Row-level security of every table, by `schema.table`."""
    rows = connection.execute(_STATE, (schemas,)).fetchall()
    return {name: Guard(on, forced, tuple(names), text) for name, on, forced, names, text in rows}


def guard_statements(
    rights: Rights, stored: Mapping[str, Guard], database: str, owner: str, roles: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """Tables whose policies differ from the declared ones, with the correcting statements.

    Args:
        rights: The declared rights.
        stored: Present policies of tables.
        database: Its name.
        owner: Role that owns the tables.
        roles: Existing roles.
    """
    for name, guard in sorted(stored.items()):
        row = rights.tables.get(name)
        policies = {}
        if row is not None and row.rows is not None:
            policies = _policies(row.rows, database, owner, roles)
        if row is not None and row.confidential_to is not None:
            policies["confidential"] = _confidential(row.confidential_to, database, owner)
        wanted = _wanted(name, policies)
        if guard != wanted:
            yield name, list(_change(name, guard, wanted, policies))


def _function_texts(caller: str) -> Iterator[str]:
    for name, (result, body) in _FUNCTIONS.items():
        expected = " rows 10000" if result.startswith("setof") else ""
        yield (
            f"create or replace function {SCHEMA}.{name}(member name) returns {result}"
            f" language sql stable security definer parallel safe{expected}"
            f" set search_path = pg_catalog, pg_temp as $body${body}$body$"
        )
        yield f"revoke all on function {SCHEMA}.{name}(name) from public"
        yield f"grant execute on function {SCHEMA}.{name}(name) to {quote(caller)}"


def _policies(row_filter: RowFilter, database: str, owner: str, roles: set[str]) -> dict[str, str]:
    """Clauses of each policy, by its name."""
    # A subquery runs once per scan. For `is not null` the planner expects nearly every row to pass;
    # for an equality it would expect one in two hundred, and plan the owner's loads for that.
    admitted = f"(select case when current_user = {literal(owner)} then true end) is not null"
    reader = reader_name(database)
    seers = [role_name(database, ALL_REGIONS), *([reader] if reader in roles else [])]
    some = role_name(database, SOME_REGIONS)
    return {
        "all_regions": f"for select to {', '.join(map(quote, seers))} using (true)",
        "owner": f"for all to {quote(owner)} using ({admitted}) with check ({admitted})",
        "some_regions": f"for select to {quote(some)} using ({_CONDITIONS[row_filter]})",
    }


def _wanted(name: str, policies: Mapping[str, str]) -> Guard:
    if not policies:
        return Guard()
    is_forced = name.partition(".")[0] not in UNFORCED
    return Guard(True, is_forced, tuple(sorted(policies)), _digest(*policies.values()))


def _confidential(role: Role, database: str, owner: str) -> str:
    """Clauses of the restrictive policy."""
    group = literal(role_name(database, role))
    # Members inherit from the group, so `usage` means membership.
    sees = f"current_user = {literal(owner)} or pg_has_role(current_user, {group}, 'usage')"
    return f"as restrictive for select to public using ((select {sees}))"


def _change(name: str, guard: Guard, wanted: Guard, policies: Mapping[str, str]) -> Iterator[str]:
    schema, _, table = name.partition(".")
    target = f"{quote(schema)}.{quote(table)}"
    for policy in guard.policies:
        yield f"drop policy {quote(policy)} on {target}"
    for policy, clauses in policies.items():
        yield f"create policy {quote(policy)} on {target} {clauses}"
    if wanted.made_from is not None:
        yield f"comment on policy some_regions on {target} is {literal(wanted.made_from)}"
    for is_on, was_on, on, off in (
        (wanted.is_enabled, guard.is_enabled, "enable", "disable"),
        (wanted.is_forced, guard.is_forced, "force", "no force"),
    ):
        if is_on != was_on:
            yield f"alter table {target} {on if is_on else off} row level security"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
