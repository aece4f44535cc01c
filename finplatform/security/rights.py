"""The declared rights: which role reads which table, column and row, and calls which endpoint.

`rights.yaml` is the one table of rights. The database's grants and policies are made from it
(`finplatform.warehouse.access`), the API and the UI look a role's right up in it. Belongs here:
reading and checking that file, and what it answers about a role. Does not belong here: SQL, HTTP.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

RIGHTS_FILE = Path(__file__).with_name("rights.yaml")

_ENDPOINT = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) /\S*$")


class Role(StrEnum):
    """Role of a user or service.

    `OWNER` and `LOADER` are the platform's own: one owns every object of the database, the other
    is the login that acts as it. People and services have one of the others.
    """

    ADMIN = "admin"
    ENGINEER = "engineer"
    RISK_ANALYST = "risk_analyst"
    COMPLIANCE_ANALYST = "compliance_analyst"
    COMPLIANCE_OFFICER = "compliance_officer"
    BI_ANALYST = "bi_analyst"
    AUDITOR = "auditor"
    SERVICE = "service"
    OWNER = "owner"
    LOADER = "loader"


PEOPLE = tuple(role for role in Role if role not in (Role.OWNER, Role.LOADER))
"""Roles of people and services, which `rights.yaml` gives rights to."""


class UiRight(StrEnum):
    """What a role may do in the Dagster UI."""

    NONE = "none"
    READ = "read"
    FULL = "full"


class RowFilter(StrEnum):
    """Column by which rows are limited to a user's regions.

    Attributes:
        BRANCH_KEY: Branch of the row, by its key in `gold.dim_branch`.
        BRANCH_ID: The same by the source's identifier.
        BRANCH_REGION: Region of the row's branch.
        ACCOUNT_ID: Branch of the row's account.
        CUSTOMER_ID: Branch of one of the customer's accounts.
        EXPOSURE_ID: Branch of one of the borrower's accounts.
        ALL_REGIONS: Rows are visible to users without a limit of regions only.
    """

    BRANCH_KEY = "branch_key"
    BRANCH_ID = "branch_id"
    BRANCH_REGION = "branch_region"
    ACCOUNT_ID = "account_id"
    CUSTOMER_ID = "customer_id"
    EXPOSURE_ID = "exposure_id"
    ALL_REGIONS = "all_regions"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Text = Annotated[str, StringConstraints(min_length=1)]
Roles = frozenset[Role]


class RoleRights(_Row):
    """What a role has whatever it looks at.

    Attributes:
        description: Who has the role.
        ui: Right in the Dagster UI.
        statement_timeout: Longest statement, as PostgreSQL writes durations.
        connection_limit: Most sessions of one person at once.
    """

    description: Text
    ui: UiRight = UiRight.NONE
    statement_timeout: Annotated[str, StringConstraints(pattern=r"^\d+(ms|s|min)$")]
    connection_limit: int = Field(gt=0)


class Readers(_Row):
    """Who may read something.

    Attributes:
        description: What it is.
        readers: Roles that read it.
    """

    description: Text
    readers: Roles


class TableRights(_Row):
    """Rights on one table, view or function.

    Attributes:
        subject: Subject of its rows, which determines its readers.
        rows: How rows are limited to a person's regions; None if no row belongs to a region.
        marks: Columns that identify people or quote them, each with its mark.
        only: Columns that a role reads although it is no reader of the subject, by role.
        confidential_to: The only role with access to rows, whatever another role was granted.
    """

    subject: Text
    rows: RowFilter | None = None
    marks: Mapping[str, str] = {}
    only: Mapping[Role, tuple[str, ...]] = {}
    confidential_to: Role | None = None


class Rights(_Row):
    """The whole table of rights.

    Attributes:
        roles: Roles of people and services.
        subjects: Subjects of tables, with their readers.
        marks: Marks of columns that identify people, with the readers of such columns.
        closed_schemas: Schemas that no role of people reads, with the reason.
        tables: Tables and views, by `schema.name`.
        functions: Functions, by `schema.name`.
        api_tables: What the API's own login may do on tables of closed schemas, by table.
        endpoints: Roles that may call an endpoint, by `METHOD /path`.
        public_endpoints: Endpoints that are answered without a login, with the reason.
    """

    roles: Mapping[Role, RoleRights]
    subjects: Mapping[str, Readers]
    marks: Mapping[str, Readers]
    closed_schemas: Mapping[str, str]
    tables: Mapping[str, TableRights]
    functions: Mapping[str, TableRights]
    api_tables: Mapping[str, tuple[str, ...]] = {}
    endpoints: Mapping[str, Roles] = {}
    public_endpoints: Mapping[str, Text] = {}

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        problems = [*self._wrong_roles(), *self._wrong_tables()]
        named = [*self.endpoints, *self.public_endpoints]
        problems += [f"{name} is no endpoint" for name in named if not _is_endpoint(name)]
        twice = self.endpoints.keys() & self.public_endpoints.keys()
        problems += [f"{name} is both public and not" for name in sorted(twice)]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _wrong_roles(self) -> Iterable[str]:
        if set(self.roles) != set(PEOPLE):
            yield f"roles are {', '.join(PEOPLE)}"
        named = {
            **{f"subject {name}": row.readers for name, row in self.subjects.items()},
            **{f"mark {name}": row.readers for name, row in self.marks.items()},
            **{f"endpoint {name}": roles for name, roles in self.endpoints.items()},
        }
        for name, roles in named.items():
            if not roles <= set(PEOPLE):
                yield f"{name} names a role that is none of people"

    def _wrong_tables(self) -> Iterable[str]:
        for name, row in {**self.tables, **self.functions}.items():
            if row.subject not in self.subjects:
                yield f"{name} has the unknown subject {row.subject}"
            if unknown := set(row.marks.values()) - set(self.marks):
                yield f"{name} has the unknown mark {', '.join(sorted(unknown))}"
            if row.confidential_to is not None and row.rows is None:
                yield f"{name} is confidential, and no policy filters its rows"
            if name.partition(".")[0] in self.closed_schemas:
                yield f"{name} is in a closed schema"

    def hidden(self, role: Role, name: str) -> frozenset[str]:
        """Columns of a table that its mark closes to a role."""
        marks = self.tables[name].marks
        return frozenset(column for column, m in marks.items() if role not in self.marks[m].readers)

    def columns(
        self, role: Role, name: str, columns: Iterable[str], *, is_view: bool
    ) -> tuple[str, ...]:
        """Columns that a role reads of a table, of all that it has.

        A view runs with the rights of its caller and reads all of its columns: it is closed to a
        role without the right to one of them.

        Args:
            role: Role of people.
            name: `schema.table`; one that is not declared is read by no role.
            columns: Columns of the table.
            is_view: Whether it is a view.
        """
        row = self.tables.get(name)
        if row is None:
            return ()
        if role not in self.subjects[row.subject].readers:
            return tuple(column for column in columns if column in row.only.get(role, ()))
        hidden = self.hidden(role, name)
        if is_view and hidden:
            return ()
        return tuple(column for column in columns if column not in hidden)

    def may_call(self, role: Role, function: str) -> bool:
        """Whether a role calls a function, by `schema.name`; not one that is not declared."""
        row = self.functions.get(function)
        return row is not None and role in self.subjects[row.subject].readers

    def may_reach(self, role: Role, endpoint: str) -> bool:
        """Whether a role calls an endpoint, by `METHOD /path`; not one that is not declared."""
        return role in self.endpoints.get(endpoint, frozenset())


def _is_endpoint(name: str) -> bool:
    return _ENDPOINT.match(name) is not None


@lru_cache(maxsize=1)
def load_rights() -> Rights:
    """The declared rights, read and checked once a process.

    Raises:
        ValueError: If the file is not valid.
    """
    return Rights.model_validate(yaml.safe_load(RIGHTS_FILE.read_text(encoding="utf-8")))
