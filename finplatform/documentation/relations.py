"""Foreign keys between tables, from their contracts.

The contract of a received column names its target; the description of a key of gold names the
target table ("in `dim_date`"), which a test enforces. Does not belong here: drawing (see `star`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from finplatform.contracts.contract import Contract, SourceContract

_FOUND_IN = re.compile(r"in `((?:dim|fact)_\w+)`")


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key.

    Attributes:
        table: Referencing table.
        column: Referencing column.
        target: Referenced table.
        target_column: Its key; empty where the target has no contract here.
        is_nullable: Whether the column may be null.
    """

    table: str
    column: str
    target: str
    target_column: str
    is_nullable: bool = False


def star_keys(contracts: Mapping[str, Contract], schema: str = "gold") -> list[ForeignKey]:
    """Foreign keys of a schema's tables, by table and column.

    Args:
        contracts: By `schema.table`.
        schema: Schema of the tables.
    """
    found = []
    for contract in contracts.values():
        if contract.schema_name != schema:
            continue
        for name, column in contract.fields.items():
            target = _FOUND_IN.search(column.description or "")
            if target is None or not name.endswith("_key"):
                continue
            referred = contracts.get(f"{schema}.{target.group(1)}")
            key = referred.key[0] if referred is not None and len(referred.key) == 1 else ""
            found.append(
                ForeignKey(contract.table, name, target.group(1), key, bool(column.nullable))
            )
    return found


def source_keys(sources: Iterable[SourceContract]) -> list[ForeignKey]:
    """References between received tables, by table and column."""
    found = []
    for source in sources:
        for column, referred in source.references.items():
            target, _, target_column = referred.partition(".")
            nullable = bool(source.received.columns[column].nullable)
            found.append(ForeignKey(source.table, column, target, target_column, nullable))
    return found
