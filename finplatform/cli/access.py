"""`finplatform access`: the declared rights in the database.

Belongs here: printing. What is declared is `finplatform.security.rights`, what is applied and
compared `finplatform.warehouse.access`.
"""

from typing import Any

import psycopg

from finplatform.cli.output import OUT, print_json, print_table, shown
from finplatform.errors import FinplatformError
from finplatform.security.rights import PEOPLE, Rights, Role, load_rights
from finplatform.settings import get_settings
from finplatform.warehouse import access
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.grants import Relation, stored_relations
from finplatform.warehouse.people import Person, people


def apply(*, as_json: bool) -> None:
    """Applies the rights and prints the statements that were needed."""
    settings = get_settings()
    record_command(settings, "access apply", "rights.yaml")
    with open_warehouse(settings).connect() as connection:
        connection.autocommit = True
        try:
            statements = access.apply_rights(connection)
        except psycopg.errors.LockNotAvailable:
            raise FinplatformError(
                "A table is locked by another session, so not everything was applied.",
                "Run it again when the query or load has ended.",
            ) from None
    if as_json:
        print_json({"statements": statements})
        return
    for statement in statements:
        OUT.print(shown(statement, lines=True), soft_wrap=True)
    OUT.print(f"{len(statements)} statements." if statements else "Everything was as declared.")


def show(role: str | None, *, as_json: bool) -> None:
    """Prints roles and people, or what one role reads.

    Raises:
        FinplatformError: If there is no such role of people.
    """
    rights = load_rights()
    if role is not None and role not in PEOPLE:
        raise FinplatformError(f"{role} is no role of people.", f"Roles: {', '.join(PEOPLE)}.")
    with open_warehouse(get_settings()).connect() as connection:
        members = people(connection)
        relations = stored_relations(connection, access.GUARDED)
    if role is None:
        _show_roles(rights, members, as_json=as_json)
    else:
        _show_tables(rights, Role(role), relations, as_json=as_json)


def review(*, as_json: bool) -> None:
    """Prints every difference between what is declared and what the database has.

    Raises:
        SystemExit: With 1 if there is one.
    """
    with open_warehouse(get_settings()).connect() as connection:
        found = access.differences(connection)
    if as_json:
        print_json([vars(difference) for difference in found])
    elif found:
        print_table("Rights", ("difference", "what"), [(d.kind, d.what) for d in found])
        OUT.print("`finplatform access apply` mends what is missing or surplus.")
    else:
        OUT.print("The database grants what is declared, and nothing else.")
    if found:
        raise SystemExit(1)


def _show_roles(rights: Rights, members: list[Person], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "role": str(role),
            "description": rights.roles[role].description,
            "statement_timeout": rights.roles[role].statement_timeout,
            "connection_limit": rights.roles[role].connection_limit,
            "people": [
                {"name": person.name, "regions": person.regions}
                for person in members
                if person.role is role
            ],
        }
        for role in PEOPLE
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Roles",
        ("role", "who", "longest statement", "people"),
        [
            (
                row["role"],
                row["description"],
                row["statement_timeout"],
                ", ".join(map(_named, row["people"])) or None,
            )
            for row in rows
        ],
    )


def _named(person: dict[str, Any]) -> str:
    if person["regions"] is None:
        return str(person["name"])
    return f"{person['name']} ({', '.join(person['regions']) or 'no region'})"


def _show_tables(rights: Rights, role: Role, relations: list[Relation], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    for relation in relations:
        columns = rights.columns(role, relation.name, relation.columns, is_view=relation.is_view)
        if columns:
            hidden = [name for name in relation.columns if name not in columns]
            row_filter = rights.tables[relation.name].rows
            rows.append({"table": relation.name, "rows": row_filter, "hidden_columns": hidden})
    if as_json:
        print_json(rows)
        return
    print_table(
        f"What {role} reads",
        ("table", "rows of a person with regions by", "hidden columns"),
        [(r["table"], r["rows"], ", ".join(r["hidden_columns"]) or None) for r in rows],
    )
