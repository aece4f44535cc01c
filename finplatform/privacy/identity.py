"""Direct identifiers of people in clear, opened from the vault with an audit record.

Belongs here: clear fields of the vault by person, and the search terms made of them. Does
not belong here: storing them; only a copy that a data subject requested does that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from finplatform.contracts.bronze import SOURCES
from finplatform.security.keys import MasterKey
from finplatform.warehouse import bulk
from finplatform.warehouse.audit_log import OPERATOR
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identities import IdentityDoor

FIELDS = tuple(sorted({name for one in SOURCES.values() if one.subject for name in one.sealed}))
"""Clear fields that sealed identities hold, by the contracts."""

_NAME_FIELDS = (("first_name", "last_name"), ("holder_name",))
_SHARED_FIELDS = frozenset({"date_of_birth", "holder_birth_date", "address"})
"""Fields whose values are those of others as well, of a household or a year."""

_SHORTEST = 6
"""Characters below which a text is in too many words to be looked for."""

_WANTED = "subjects_wanted_in_clear"


@dataclass(frozen=True)
class Purpose:
    """Who opens identities, and what for.

    Attributes:
        actor: Who.
        reason: What for, in words.
    """

    actor: str
    reason: str


def open_identities(
    warehouse: Warehouse, master: MasterKey, subjects: Iterable[str], purpose: Purpose
) -> pl.DataFrame:
    """Clear fields of every version of some people's identities.

    Args:
        warehouse: The database, as a login that may record.
        master: Master key of the vault.
        subjects: Customers' numbers; those erased or unknown have none.
        purpose: Recorded in the trail before anything is opened.

    Returns:
        `identity_id`, `subject_id` and `FIELDS`.
    """
    wanted = pl.DataFrame({"subject_id": sorted(set(subjects))}, schema={"subject_id": pl.String})
    with bulk.connect(warehouse.url) as connection:
        bulk.execute(
            connection, f"create temporary table {_WANTED} (subject_id text) on commit drop"
        )
        bulk.append_temporary(connection, _WANTED, wanted)
        ids = bulk.read_frame(
            connection,
            f"select i.identity_id from {_WANTED} as w"
            " inner join vault.customer_identity as i using (subject_id)",
        )
    door = IdentityDoor(warehouse, master, purpose.actor, OPERATOR, purpose.reason)
    opened = list(door.open(ids["identity_id"], list(FIELDS)))
    schema = dict.fromkeys(("identity_id", "subject_id", *FIELDS), pl.String)
    return pl.concat([pl.DataFrame(schema=schema), *opened])


def needles(identities: pl.DataFrame) -> list[str]:
    """Texts that people are found by outside of their own columns: whole names, e-mail, numbers.

    A lone given or family name is shared by many, and an address by a household; they are no such
    texts.

    Args:
        identities: As `open_identities` gives them.
    """
    found: set[str] = set()
    named = {field for fields in _NAME_FIELDS for field in fields}
    for name in FIELDS:
        if name not in named | _SHARED_FIELDS:
            found |= set(identities[name].drop_nulls())
    for fields in _NAME_FIELDS:
        for row in identities.select(fields).unique().iter_rows():
            found |= set(_whole_names(row))
    return sorted(text.strip() for text in found if len(text.strip()) >= _SHORTEST)


def _whole_names(parts: Sequence[str | None]) -> Iterable[str]:
    words = [part.strip() for part in parts if part and part.strip()]
    if words and (len(words) > 1 or len(parts) == 1):
        yield " ".join(words)
        if len(words) > 1:
            yield " ".join(reversed(words))
            yield ", ".join(reversed(words))
