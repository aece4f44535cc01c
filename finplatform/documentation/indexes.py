"""The index strategy: what every index serves, and a measured plan that uses it.

A query is made for each index from its own columns: the rows of one key, or, for an index that is
ordered by days, of the last days held. It is run twice, with and without indexes allowed. Belongs
here: the indexes, their reasons and the page. Does not belong here: reading a plan (see `plans`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from finplatform.documentation.markdown import cell, code, document, table
from finplatform.documentation.plans import Plan, explain

SCHEMAS = ("bronze", "silver", "gold", "vault", "ops")
RANGE_DAYS = 31
"""Days of a range query."""

PLATFORM: Mapping[str, str] = {
    "ops.incidents_open": "the open incident of a fingerprint; there is one",
    "ops.incidents_pkey": "an incident by its number",
    "ops.load_log_pkey": "a load by its number",
    "ops.load_log_run_id": "what a run has stored, to note the checksum of a table",
    "ops.load_log_table_name": "the loads of a table, the newest first",
    "ops.loads_pkey": "a load by its id, that rows of bronze carry",
    "ops.loads_table_name": "the loads of a table, the newest first: which days are held",
    "ops.notifications_message_key_channel_target_key": "a message that may be sent once",
    "ops.notifications_pending": "what is to be sent next",
    "ops.notifications_pkey": "a message by its number",
    "ops.run_place_pkey": "the one row that there is",
    "ops.run_tallies_pkey": "the tally of a job and an outcome",
    "ops.snoozes_pkey": "until when a fingerprint is quiet",
    "ops.taken_runs_pkey": "what was taken of a run",
    "ops.watermarks_pkey": "how far a table's change journal has been read",
    "vault.customer_identity_pkey": "the sealed identifiers of one version; stored once",
    "vault.customer_identity_subject": "all sealed versions of a person: access and erasure",
    "vault.customer_keys_pkey": "the key of a person: sealing, opening and erasure",
}
"""What the indexes of the platform's own tables serve."""

_INTRODUCTION = """\
What every index of the warehouse serves, with a plan that uses it, measured on a built bank by
`finplatform docs --plans`; do not edit. Those of the operational schema are on its
[page](operational_schema.md). The rules behind: a unique B-tree on the key, which makes a
repeated load fail rather than double rows; a BRIN index on the business date of a table that is
filled in the order of days, a few pages whatever the table's size; a B-tree on the date where
rows of one day are scattered; further B-trees only for the keys that reports filter by. A
sequential scan of a table of a few pages is faster than any index: there the index is for
uniqueness, and the plan with `used` *if made to* was measured with `enable_seqscan = off`. Times
are of one warm run on one machine and not meaningful below a millisecond."""

_DECLARED = re.compile(r"^- \{columns: \[([^\]]*)\]")
_ALL_INDEXES = """
select
    namespaces.nspname,
    tables.relname,
    indexes.relname,
    methods.amname,
    entries.indisunique,
    pg_relation_size(indexes.oid),
    pg_relation_size(tables.oid),
    array(
        select pg_get_indexdef(indexes.oid, place, true)
        from generate_series(1, entries.indnkeyatts) as place
    )
from pg_index as entries
inner join pg_class as indexes on entries.indexrelid = indexes.oid
inner join pg_class as tables on entries.indrelid = tables.oid
inner join pg_namespace as namespaces on tables.relnamespace = namespaces.oid
inner join pg_am as methods on indexes.relam = methods.oid
where namespaces.nspname = any(%s)
order by array_position(%s, namespaces.nspname::text), tables.relname, entries.indisunique desc,
    indexes.relname
"""


@dataclass(frozen=True)
class Index:
    """One index as the server has it.

    Attributes:
        schema: Schema of the table.
        table: Its table.
        name: Its name.
        method: `btree` or `brin`.
        is_unique: Whether it holds rows apart.
        size: Its size in bytes.
        table_size: Size of the table in bytes.
        columns: Its columns in order.
    """

    schema: str
    table: str
    name: str
    method: str
    is_unique: bool
    size: int
    table_size: int
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Use:
    """An index with the query that shows it at work.

    Attributes:
        index: The index.
        condition: Condition of the query, with `?` for its values; empty for an empty table.
        plan: The plan that the server chose by itself.
        forced: The plan with sequential reading forbidden, where the chosen one passes it by.
        without: The plan with indexes forbidden.
    """

    index: Index
    condition: str
    plan: Plan | None = None
    forced: Plan | None = None
    without: Plan | None = None


def declared_reasons(models: Path) -> dict[tuple[str, tuple[str, ...]], str]:
    """Reason of each index that a model declares: the comment above it.

    Args:
        models: Folder of the dbt models.

    Returns:
        By model and columns; empty for an index without a comment.
    """
    found: dict[tuple[str, tuple[str, ...]], str] = {}
    for path in sorted(models.rglob("*.yml")):
        comment: list[str] = []
        for line in (line.strip() for line in path.read_text(encoding="utf-8").splitlines()):
            declared = _DECLARED.match(line)
            if declared:
                columns = tuple(name.strip() for name in declared.group(1).split(","))
                found[path.stem, columns] = " ".join(comment)
            comment = [*comment, line.removeprefix("#").strip()] if line.startswith("#") else []
    return found


def reason(index: Index, declared: Mapping[tuple[str, tuple[str, ...]], str]) -> str:
    """What an index serves."""
    named = PLATFORM.get(f"{index.schema}.{index.name}")
    commented = declared.get((index.table, index.columns))
    if named or commented:
        return str(named or commented)
    if index.method == "brin":
        return "windows of days: what a run replaces and what the next layer reads"
    return "key; history of a thing" if index.is_unique else "look-up"


def all_indexes(connection: psycopg.Connection) -> list[Index]:
    """Every index of the warehouse."""
    rows = connection.execute(_ALL_INDEXES, (list(SCHEMAS), list(SCHEMAS))).fetchall()
    return [
        Index(schema, table_name, name, method, is_unique, size, table_size, _unquoted(columns))
        for schema, table_name, name, method, is_unique, size, table_size, columns in rows
    ]


def measure(connection: psycopg.Connection, index: Index) -> Use:
    """Runs the query of an index with it, and without any."""
    table_name = sql.Identifier(index.schema, index.table)
    first = sql.Identifier(index.columns[0])
    by_range = index.method == "brin"
    filtered = index.columns if index.is_unique else index.columns[:1]
    if by_range:
        condition = f"{index.columns[0]} > ? - {RANGE_DAYS}"
        row = connection.execute(
            sql.SQL("select max({}) - {} from {}").format(
                first, sql.SQL(f"interval '{RANGE_DAYS} days'"), table_name
            )
        ).fetchone()
        where = sql.SQL("{} > {}").format(first, sql.Literal(row[0] if row else None))
        held = row is not None and row[0] is not None
    else:
        condition = " and ".join(f"{name} = ?" for name in filtered)
        names = sql.SQL(", ").join(sql.Identifier(name) for name in filtered)
        row = connection.execute(
            sql.SQL("select {} from {} offset (select count(*) / 2 from {}) limit 1").format(
                names, table_name, table_name
            )
        ).fetchone()
        held = row is not None
        where = sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
            for name, value in zip(filtered, row or (), strict=False)
        )
    if not held:
        return Use(index, "")
    query = sql.SQL("select * from {} where {}").format(table_name, where)
    plan = explain(connection, query)
    forced = None
    if index.name not in plan.indexes:
        forced = explain(connection, query, ("enable_seqscan",))
    off = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
    return Use(index, condition, plan, forced, explain(connection, query, off))


def index_page(
    uses: Iterable[Use], declared: Mapping[tuple[str, tuple[str, ...]], str], machine: str
) -> str:
    """The page as Markdown.

    Args:
        uses: Every index with its plans.
        declared: Reasons that models declare.
        machine: Server and data that were measured.
    """
    measured = list(uses)
    lines = ["", machine]
    for schema in SCHEMAS:
        of_schema = [use for use in measured if use.index.schema == schema]
        if of_schema:
            lines += ["", f"## {schema}", ""]
            lines += table(
                (
                    "table",
                    "index on",
                    "serves",
                    "size",
                    "query",
                    "plan",
                    "used",
                    "ms",
                    "ms without",
                ),
                (_row(use, declared) for use in of_schema),
            )
    largest = sorted(measured, key=lambda use: -use.index.table_size)[:8]
    lines += ["", "## Plans of the largest tables"]
    for use in largest:
        plan = use.plan if use.forced is None else use.forced
        if plan is not None:
            name = f"{use.index.schema}.{use.index.table}"
            lines += ["", f"`select * from {name} where {use.condition}`", "", "```text"]
            lines += [*plan.outline, "```"]
    return document("Index strategy", _INTRODUCTION, lines)


def _row(use: Use, declared: Mapping[tuple[str, tuple[str, ...]], str]) -> Sequence[object]:
    index = use.index
    kind = f"{'unique ' if index.is_unique else ''}{index.method}"
    head = (
        code(index.table),
        f"{code(', '.join(index.columns))} ({kind})",
        cell(reason(index, declared)),
        _size(index.size),
    )
    if use.plan is None or use.without is None:
        return (*head, "", "the table is empty", "", "", "")
    chosen = index.name in use.plan.indexes
    plan = use.plan if chosen or use.forced is None else use.forced
    used = "yes" if chosen else "if made to" if index.name in plan.indexes else "no"
    return (
        *head,
        code(use.condition),
        plan.scan,
        used,
        f"{plan.milliseconds:.2f}",
        f"{use.without.milliseconds:.2f}",
    )


def _unquoted(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(column.strip('"') for column in columns)


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} kB" if count < 1024**2 else f"{count / 1024**2:,.1f} MB"
