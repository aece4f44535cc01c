"""The document on roles shows the rights that are declared."""

from finplatform.security.rights import PEOPLE, Role, load_rights
from finplatform.settings import PROJECT_ROOT

DOCUMENT = (PROJECT_ROOT / "docs" / "access.md").read_text(encoding="utf-8")


def test_the_table_of_roles_is_that_of_the_file() -> None:
    for role, row in load_rights().roles.items():
        who = row.description.rstrip(".")
        limits = f"{row.ui} | {row.statement_timeout} | {row.connection_limit}"
        assert f"| `{role}` | {who} | {limits} |" in DOCUMENT


def test_the_table_of_readers_is_that_of_the_file() -> None:
    rights = load_rights()
    rows = {f"`{name}`": row for name, row in rights.subjects.items()}
    rows |= {f"columns marked `{name}`": row for name, row in rights.marks.items()}
    for name, row in rows.items():
        cells = " | ".join("x" if role in row.readers else "" for role in PEOPLE)
        assert f"| {name}: {row.description.rstrip('.')} | {cells} |" in DOCUMENT


def test_every_closed_schema_is_named() -> None:
    rights = load_rights()
    assert Role.OWNER not in rights.roles
    for schema in rights.closed_schemas:
        assert f"`{schema}`" in DOCUMENT
