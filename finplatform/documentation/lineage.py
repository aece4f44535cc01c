"""Lineage: what each table is made from, and how source columns become columns of bronze.

Belongs here: the page, from the graph as plain data and the configuration of the sources. Does not
belong here: columns of dbt models (see `model_columns`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from finplatform.contracts.bronze import LOG_COLUMNS
from finplatform.contracts.contract import SourceContract
from finplatform.contracts.treatment import stored_columns
from finplatform.documentation.markdown import code, codes, document, table
from finplatform.ingest.connectors.config import SourcesConfig, TableConfig

_INTRODUCTION = """\
Where every table comes from and what is made of it, from the asset graph; then, column by
column, what becomes of the source's columns in bronze, from `sources.yaml` and the contracts.
The sources of the columns of silver, gold and `bi` are in the [dictionary](data_dictionary.md).
Written by `make docs`; do not edit."""


@dataclass(frozen=True)
class Node:
    """One asset of the graph.

    Attributes:
        name: `schema.table`.
        group: Its group.
        made_by: What makes it, by kind.
        upstream: Names of what it is made from.
    """

    name: str
    group: str
    made_by: str
    upstream: tuple[str, ...]


def lineage_page(
    nodes: Sequence[Node], groups: Sequence[str], sources: Mapping[str, Mapping[str, str]]
) -> str:
    """The page as Markdown.

    Args:
        nodes: Every asset.
        groups: Groups in the order of the way of the data.
        sources: By bronze table and column, where the column comes from.
    """
    downstream: dict[str, list[str]] = {}
    for node in nodes:
        for name in node.upstream:
            downstream.setdefault(name, []).append(node.name)
    lines: list[str] = []
    for group in groups:
        members = sorted((n for n in nodes if n.group == group), key=lambda n: n.name)
        if not members:
            continue
        rows = (
            (
                code(node.name),
                node.made_by,
                codes(sorted(node.upstream)),
                codes(sorted(downstream.get(node.name, []))),
            )
            for node in members
        )
        title = f"{group[:1].upper()}{group[1:]}".replace("_", " ")
        lines += ["", f"## {title}", ""]
        lines += table(("table", "made by", "from", "feeds"), rows)
    lines += ["", "## Columns of bronze"]
    for name, columns in sorted(sources.items()):
        origins = ((code(column), where) for column, where in columns.items())
        lines += ["", f"### {name}", "", *table(("column", "from"), origins)]
    return document("Lineage", _INTRODUCTION, lines)


def bronze_sources(contract: SourceContract, sources: SourcesConfig) -> dict[str, str]:
    """By stored column, where it comes from and what is done to it.

    Args:
        contract: The table.
        sources: The configuration; a table that it does not name has no source.
    """
    config = sources.tables.get(contract.table)
    places = config.entries if config else []
    found: dict[str, str] = {}
    for name, column in contract.received.columns.items():
        where = "; ".join(dict.fromkeys(_place(name, place, contract.table) for place in places))
        identifier = contract.identifiers.get(name)
        for stored in stored_columns(name, column, identifier):
            stored_name = stored.name or name
            done = _treatment(name, stored_name, is_identifier=identifier is not None)
            found[stored_name] = f"{where}{done}" if where else "no source configured"
    for name in contract.stored.columns:
        if name not in found:
            found[name] = "change log" if name in LOG_COLUMNS else "sealing at ingest"
    return {name: found[name] for name in contract.stored.columns}


def _place(name: str, place: TableConfig, bronze_table: str) -> str:
    read = place.read or bronze_table
    if place.select is not None:
        return f"`select` over {code(f'{place.source}: {read}')}"
    if name in place.defaults and name not in place.columns:
        return f"constant {code(place.defaults[name])} unless the source has it"
    return code(f"{place.source}: {read}.{place.columns.get(name, name)}")


def _treatment(name: str, stored: str, *, is_identifier: bool) -> str:
    if not is_identifier:
        return ""
    if stored.endswith("_masked"):
        return ", masked"
    if stored.endswith("_token"):
        return ", keyed token"
    return ", what looks like an identifier taken out" if stored == name else ", year only"


def made_by(kinds: Iterable[str]) -> str:
    """What makes an asset, from its badges."""
    known = set(kinds)
    if "dbt" in known:
        form = next((kind for kind in ("seed", "view", "function") if kind in known), "table")
        return f"dbt {form}"
    return ", ".join(sorted(known - {"postgres"})) or "postgres"
