"""The pages of diagrams: the star of gold, fact by fact, and what the sources deliver.

A diagram shows keys and what they refer to; the other columns are in the dictionary. Belongs here:
which tables and columns are drawn, and the matrix of facts and dimensions. Does not belong here:
the notation (see `diagram`) and the drawing (see `svg`).
"""

from collections.abc import Iterable, Mapping, Sequence

from finplatform.contracts.contract import Contract, SourceContract
from finplatform.documentation.diagram import (
    FOREIGN,
    PRIMARY,
    Attribute,
    Diagram,
    Relation,
    attribute_type,
    to_mermaid,
)
from finplatform.documentation.markdown import code, document, table
from finplatform.documentation.relations import ForeignKey, source_keys, star_keys

_INTRODUCTION = """\
Tables and how their rows belong together, from the contracts. Diagrams show keys, the business
date and what keys refer to; every other column is in the [dictionary](data_dictionary.md). The
operational schema has a [page of its own](operational_schema.md). Silver has the tables and keys
of the received data, and the views of `bi` those of gold, so neither is drawn again. Written by
`make docs`; do not edit."""


def diagrams_page(contracts: Mapping[str, Contract], sources: Iterable[SourceContract]) -> str:
    """The page of diagrams as Markdown.

    Args:
        contracts: All contracts by `schema.table`.
        sources: What sources deliver.
    """
    gold = {c.table: c for c in contracts.values() if c.schema_name == "gold"}
    keys = star_keys(contracts)
    dimensions = sorted(name for name in gold if name.startswith("dim_"))
    others = sorted(name for name in gold if name not in dimensions)
    lines = ["", "## Facts and dimensions", "", "Keys of each table, by dimension.", ""]
    lines += _matrix(others, dimensions, keys)
    lines += ["", "## Dimensions", "", *to_mermaid(_star(gold, keys, dimensions))]
    for name in others:
        lines += ["", f"## {name}", "", f"{_sentence(gold[name].grain)}", ""]
        lines += to_mermaid(_star(gold, keys, [name]))
    received = list(sources)
    lines += ["", "## What sources deliver", "", "References that ingest and silver look at.", ""]
    lines += to_mermaid(received_diagram(received))
    return document("Entity-relationship diagrams", _INTRODUCTION, lines)


def received_diagram(sources: Sequence[SourceContract]) -> Diagram:
    """Received tables with their keys, and what they refer to."""
    keys = source_keys(sources)
    entities = {}
    for source in sorted(sources, key=lambda source: source.table):
        own = {column for column in source.stored.key if column in source.received.columns}
        foreign = {key.column for key in keys if key.table == source.table}
        date_column = source.stored.date_column
        shown = [
            column
            for column in source.stored.columns
            if column in own | foreign or column == date_column
        ]
        entities[source.table] = _attributes(source.stored, shown, own, foreign)
    return Diagram(entities, _relations(keys))


def _star(
    gold: Mapping[str, Contract], keys: Sequence[ForeignKey], names: Sequence[str]
) -> Diagram:
    """Tables with what they refer to, one step far."""
    own = [key for key in keys if key.table in names]
    entities = {}
    for name in dict.fromkeys((*names, *(key.target for key in own))):
        contract = gold[name]
        foreign = {key.column for key in own if key.table == name}
        shown = [
            column
            for column in contract.columns
            if column in {*contract.key, *foreign, contract.date_column}
        ]
        entities[name] = _attributes(contract, shown, set(contract.key), foreign)
    return Diagram(entities, _relations(own))


def _attributes(
    contract: Contract, shown: Iterable[str], own: set[str], foreign: set[str]
) -> tuple[Attribute, ...]:
    types = {name: sql_type for name, sql_type, _ in contract.sql_columns()}
    return tuple(
        Attribute(
            name,
            attribute_type(types[name]),
            tuple(
                mark
                for mark, marked in ((PRIMARY, name in own), (FOREIGN, name in foreign))
                if marked
            ),
        )
        for name in shown
    )


def _relations(keys: Iterable[ForeignKey]) -> tuple[Relation, ...]:
    return tuple(Relation(key.target, key.table, key.column, key.is_nullable) for key in keys)


def _matrix(
    names: Sequence[str], dimensions: Sequence[str], keys: Sequence[ForeignKey]
) -> list[str]:
    used = {(key.table, key.target): 0 for key in keys}
    for key in keys:
        used[key.table, key.target] += 1
    rows = []
    for name in names:
        counts = (used.get((name, dimension), 0) for dimension in dimensions)
        rows.append((f"[{code(name)}](#{name})", *(str(count or "") for count in counts)))
    headings = ("table", *(dimension.removeprefix("dim_") for dimension in dimensions))
    return table(headings, rows)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
