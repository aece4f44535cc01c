"""The record of processing activities (article 30), made from contracts, rights and policy.

An activity is a subject of the table of rights whose tables are about people. Belongs here: the
record, and its two forms. Does not belong here: the policy's words (`policy.yaml`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract, Form
from finplatform.errors import FinplatformError
from finplatform.privacy.policy import Policy, load_policy
from finplatform.privacy.relations import PERSON_COLUMNS, KeyKind
from finplatform.security.rights import Rights

SECURITY = (
    "Direct identifiers are sealed by AES-256-GCM-SIV under a key per person, wrapped by a master"
    " key outside of the database; erasure destroys the person's key.",
    "Roles, columns and rows are granted by one table of rights; clear text leaves through one"
    " audited door.",
    "Accesses are kept in a trail that shows tampering; backups are encrypted, and erasures are"
    " done again after a restore.",
)
"""Technical and organisational measures, article 32(1)."""

_NOT_PEOPLE = frozenset({KeyKind.EXPOSURE, KeyKind.CASE, KeyKind.ALERT})
"""Keys that also stand in tables about firms and figures."""


@dataclass(frozen=True)
class PersonalTable:
    """A table about people.

    Attributes:
        name: `schema.table`.
        grain: What a row is.
        identifying: Columns that identify people, with how they are stored.
        key: Column that leads to the person.
        kept: How long its rows are kept, where the policy limits the table itself.
    """

    name: str
    grain: str
    identifying: Mapping[str, str]
    key: str
    kept: str | None


@dataclass(frozen=True)
class Activity:
    """One activity of the record.

    Attributes:
        subject: Subject of the table of rights.
        purpose: What for (article 30(1)(b)).
        basis: Legal basis.
        people: Categories of people (30(1)(c)).
        data: Categories of personal data (30(1)(c)).
        recipients: Roles that read it (30(1)(d)).
        transfers: Transfers to third countries (30(1)(e)).
        retention: When it is erased (30(1)(f)).
        tables: Where it is.
    """

    subject: str
    purpose: str
    basis: str
    people: str
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    transfers: str
    retention: str
    tables: tuple[PersonalTable, ...]


def activities(
    contracts: Iterable[Contract], rights: Rights, policy: Policy | None = None
) -> list[Activity]:
    """The record, from all contracts.

    Args:
        contracts: Every table's contract.
        rights: The table of rights.
        policy: The policy; default: the bank's.

    Raises:
        FinplatformError: If tables about people have no purpose in the policy.
    """
    policy = policy or load_policy()
    by_subject: dict[str, list[PersonalTable]] = {}
    for contract in sorted(contracts, key=lambda one: one.name):
        row = rights.tables.get(contract.name)
        key = _person_key(contract)
        if row is None or contract.form is Form.FUNCTION or (key is None and not row.marks):
            continue
        table = PersonalTable(
            contract.name,
            contract.grain,
            dict(sorted(row.marks.items())),
            key or "-",
            _kept(contract.name, policy),
        )
        by_subject.setdefault(row.subject, []).append(table)
    missing = sorted(by_subject.keys() - policy.purposes.keys())
    if missing:
        raise FinplatformError(
            f"Tables about people have no purpose: {', '.join(missing)}.",
            "Write it into finplatform/privacy/policy.yaml.",
        )
    return [_activity(name, tables, rights, policy) for name, tables in sorted(by_subject.items())]


def as_json(record: Iterable[Activity], controller: str) -> dict[str, object]:
    """The record for programs."""
    return {
        "controller": controller,
        "contact": load_policy().controller.contact,
        "security": list(SECURITY),
        "activities": [asdict(one) for one in record],
    }


def as_markdown(record: Iterable[Activity], controller: str) -> str:
    """The record for people."""
    lines = [
        "# Record of processing activities",
        "",
        "Regulation (EU) 2016/679, article 30(1). Made from the contracts, the table of rights and"
        " the policy.",
        "",
        f"- Controller: {controller}",
        f"- Data protection officer: {load_policy().controller.contact}",
        "",
        "## Security of processing (article 32(1))",
        "",
        *(f"- {one}" for one in SECURITY),
        "",
    ]
    for one in record:
        lines += [
            f"## {one.purpose}",
            "",
            f"- Subject of the tables: `{one.subject}`",
            f"- Legal basis: {one.basis}",
            f"- People: {one.people}",
            f"- Personal data: {', '.join(one.data)}",
            f"- Recipients: {', '.join(one.recipients)}",
            f"- Transfers: {one.transfers}",
            f"- Kept: {one.retention}",
            "",
            "| table | one row is | identifying columns | kept at most |",
            "|---|---|---|---|",
            *(_markdown_row(table) for table in one.tables),
            "",
        ]
    return "\n".join(lines)


def _activity(
    subject: str, tables: list[PersonalTable], rights: Rights, policy: Policy
) -> Activity:
    purpose = policy.purposes[subject]
    readers = sorted(str(role) for role in rights.subjects[subject].readers)
    return Activity(
        subject=subject,
        purpose=purpose.purpose,
        basis=purpose.basis,
        people=purpose.people,
        data=tuple(_categories(tables)),
        recipients=tuple(readers),
        transfers="None by the platform",
        retention=purpose.retention,
        tables=tuple(tables),
    )


def _categories(tables: Iterable[PersonalTable]) -> list[str]:
    """Categories of data, by the contracts of what was received and by the marks."""
    found = set()
    for table in tables:
        source = SOURCES.get(table.name.removeprefix("bronze."))
        if source is not None and table.name.startswith("bronze."):
            found |= {str(kind).replace("_", " ") for kind in source.identifiers.values()}
        found |= {f"{mark.replace('_', ' ')} identifiers" for mark in table.identifying.values()
                  if mark != "free_text"}  # fmt: skip
        found |= {"free text" for mark in table.identifying.values() if mark == "free_text"}
    return sorted(found) or ["records under the customer's number"]


def _person_key(contract: Contract) -> str | None:
    return next(
        (
            name
            for name, kind in PERSON_COLUMNS.items()
            if name in contract.columns and kind not in _NOT_PEOPLE
        ),
        None,
    )


def _kept(name: str, policy: Policy) -> str | None:
    for row in policy.retention:
        if row.table == name:
            length = f"{row.years} years" if row.years else f"{row.days} days"
            return f"{length} after {row.column}"
    return None


def _markdown_row(table: PersonalTable) -> str:
    marks = ", ".join(f"{name} ({mark})" for name, mark in table.identifying.items()) or "-"
    return f"| `{table.name}` | {table.grain} | {marks} | {table.kept or '-'} |"
