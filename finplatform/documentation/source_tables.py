"""The page of source tables: every table and column as a source configuration names it.

The dictionary has the stored columns; a source has account numbers and dates of birth in clear, and
no tokens. Belongs here: the page's layout. Does not belong here: the meaning of columns (see
`finplatform.contracts`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from finplatform.contracts.columns import sql_type
from finplatform.contracts.contract import Kind, SourceContract, dtype_of
from finplatform.contracts.rule_names import rule_name
from finplatform.documentation.markdown import cell, code, codes, document, table

LONGEST_LIST = 40
"""Members of a list up to which all are named; of the codes of ISO 4217 only a few are."""

_INTRODUCTION = """\
The tables that [`sources.yaml`](add_a_source.md) can feed, and the columns that a source gives for
each: the names that `columns`, `formats`, `defaults` and `select` use. A column is needed unless it
may be left out; what the source lacks and the contract needs is a constant under `defaults`. What
becomes of a column, such as a token of an account number, is in the
[dictionary](data_dictionary.md). Written by `make docs`; do not edit."""

_KINDS: Mapping[Kind, str] = {
    Kind.ENTITY: "A log of changes: `_changed_at`, `_op` and `_lsn` may be mapped too.",
    Kind.EVENT: "Replaced a window of days at a time, cut by `{date_column}`.",
    Kind.TABLE: "Replaced whole by every load.",
}

_CHANGE = re.compile(r"change of an? ")

_LIST_RULE = re.compile(r"^isin\(")


def source_tables_page(
    contracts: Iterable[SourceContract], transaction_types: Sequence[Mapping[str, str]]
) -> str:
    """The page as Markdown.

    Args:
        contracts: Tables that sources feed.
        transaction_types: Rows of the seed of that name.
    """
    lines: list[str] = []
    for contract in sorted(contracts, key=lambda contract: contract.table):
        lines += _table(contract)
        if contract.table == "transactions":
            lines += _transaction_types(transaction_types)
    return document("Tables that sources feed", _INTRODUCTION, lines)


def _table(contract: SourceContract) -> list[str]:
    stored = contract.stored
    key = ", ".join(name for name in stored.key if name in contract.dtypes)
    kind = _KINDS[stored.kind].format(date_column=stored.date_column)
    grain = _CHANGE.sub("", stored.grain)
    rows = [
        (
            code(name),
            sql_type(dtype_of(column)),
            "may be left out" if column.nullable else "needed",
            cell(column.description or ""),
            _values(contract, name),
        )
        for name, column in contract.received.columns.items()
    ]
    return [
        "",
        f"## {contract.table}",
        "",
        f"{grain[:1].upper()}{grain[1:]}. Key: {code(key)}. {kind}",
        "",
        *table(("column", "type", "", "meaning", "values"), rows),
    ]


def _values(contract: SourceContract, name: str) -> str:
    """Rules of a column's values, lists of them in full, and the referenced column."""
    known = contract.references.get(name)
    rules = [_rule(check) for check in contract.received.columns[name].checks]
    return ", ".join([*rules, *([f"known to {code(known)}"] if known else [])])


def _rule(check: object) -> str:
    members = _members(check)
    if members is not None and len(members) <= LONGEST_LIST:
        return codes(sorted(map(str, members)))
    return code(rule_name(str(getattr(check, "error", None) or getattr(check, "name", ""))))


def _members(check: object) -> Sequence[object] | None:
    """Values that a check allows, if it lists them."""
    error = str(getattr(check, "error", "") or "")
    statistics = getattr(check, "statistics", None) or {}
    allowed = statistics.get("allowed_values") if _LIST_RULE.match(error) else None
    return None if allowed is None else list(allowed)


def _transaction_types(types: Sequence[Mapping[str, str]]) -> list[str]:
    rows = [
        (code(row["transaction_type"]), "in" if row["direction"] == "1" else "out",
         cell(row["description"]))
        for row in types
    ]  # fmt: skip
    return [
        "",
        "An amount is never negative; its type determines whether it raises or lowers the balance:",
        "",
        *table(("transaction_type", "money goes", "meaning"), rows),
    ]
