"""Where a dbt model's columns come from: read from its compiled SQL.

A column's sources are the columns of other tables from which its value is computed, through common
table expressions, subqueries and unions. What only decides which rows there are, as a join's or
filter's condition, is no source of a value. Belongs here: following columns through SQL. Does not
belong here: compiling (see `finplatform.warehouse.dbt_compile`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from finplatform.documentation.markdown import codes

if TYPE_CHECKING:
    from sqlglot.optimizer.scope import Scope

Column = tuple[str, str]
"""`schema.table` and column."""

MOST_NAMED = 6
"""Maximum number of sources that the dictionary lists for one column; beyond, it has the count."""


def model_columns(sql: str, columns: Mapping[str, Sequence[str]]) -> dict[str, tuple[Column, ...]]:
    """Sources of each column that a query returns.

    Args:
        sql: A PostgreSQL query.
        columns: Columns of the tables it reads, by `schema.table`, for `*`.

    Returns:
        By column, its sources in order; none for a constant.
    """
    import sqlglot
    from sqlglot.optimizer.scope import build_scope

    root = build_scope(sqlglot.parse_one(sql, dialect="postgres"))
    if root is None:
        return {}
    reader = _Reader(columns)
    for scope in root.traverse():
        reader.scopes[id(scope.expression)] = scope
    return {name: tuple(sorted(found)) for name, found in reader.outputs(root)}


def described(sources: Iterable[Column]) -> str:
    """Sources of a column for the dictionary: by table, the columns."""
    by_table: dict[str, list[str]] = {}
    for table, column in sources:
        by_table.setdefault(table, []).append(column)
    named = [f"{table}.{column}" for table, found in by_table.items() for column in found]
    if len(named) <= MOST_NAMED:
        return codes(named)
    parts = (f"{len(found)} columns of `{table}`" for table, found in by_table.items())
    return ", ".join(parts)


@dataclass
class _Reader:
    """Follows columns; every scope is read once.

    Attributes:
        columns: Columns of stored tables.
        scopes: Scope of each query by its expression's identity.
        known: Outputs of the scopes that have been read; a scope that is being read, as a
            recursive query reads itself, has none yet.
    """

    columns: Mapping[str, Sequence[str]]
    scopes: dict[int, "Scope"] = field(default_factory=dict)
    known: dict[int, list[tuple[str, set[Column]]]] = field(default_factory=dict)

    def outputs(self, scope: "Scope") -> list[tuple[str, set[Column]]]:
        """Columns of a query, in order, with their sources."""
        if id(scope) not in self.known:
            self.known[id(scope)] = []
            self.known[id(scope)] = self._read(scope)
        return self.known[id(scope)]

    def _read(self, scope: "Scope") -> list[tuple[str, set[Column]]]:
        from sqlglot import exp

        if scope.set_operation_scopes:
            first, *others = (self.outputs(part) for part in scope.set_operation_scopes)
            merged = [(name, set(sources)) for name, sources in first]
            for part in others:
                for (_, sources), (_, more) in zip(merged, part, strict=False):
                    sources |= more
            return merged
        if not isinstance(scope.expression, exp.Select):
            return [("", self._used(scope.expression, scope))]
        found: list[tuple[str, set[Column]]] = []
        for item in scope.expression.selects:
            if item.is_star:
                found += self._star(item, scope)
            else:
                found.append((item.alias_or_name, self._used(item, scope)))
        return found

    def _star(self, item: Any, scope: "Scope") -> list[tuple[str, set[Column]]]:
        names = [item.table] if getattr(item, "table", "") else list(scope.selected_sources)
        return [column for name in names for column in self._all(scope.sources.get(name))]

    def _all(self, source: Any) -> list[tuple[str, set[Column]]]:
        from sqlglot import exp

        if isinstance(source, exp.Table):
            table = f"{source.db}.{source.name}"
            return [(column, {(table, column)}) for column in self.columns.get(table, ())]
        return self.outputs(source) if source is not None else []

    def _used(self, expression: Any, scope: "Scope") -> set[Column]:
        """Sources of all columns in an expression."""
        from sqlglot import exp

        found: set[Column] = set()
        for column in expression.find_all(exp.Column):
            found |= self._sources(column, self._inside(column, expression, scope))
        return found

    def _inside(self, column: Any, expression: Any, scope: "Scope") -> list["Scope"]:
        """Scopes whose tables a column may name, the innermost first."""
        from sqlglot import exp

        inner = []
        above = column.parent
        while above is not None and above is not expression.parent:
            if isinstance(above, exp.Select) and id(above) in self.scopes:
                inner.append(self.scopes[id(above)])
            above = above.parent
        return [*inner, scope]

    def _sources(self, column: Any, scopes: Sequence["Scope"]) -> set[Column]:
        from sqlglot import exp

        for scope in scopes:
            named = column.table or self._only(scope, column.name)
            source = scope.sources.get(named)
            if source is None:
                continue
            if isinstance(source, exp.Table):
                return {(f"{source.db}.{source.name}", column.name)} if source.db else set()
            outputs = self.outputs(source)
            matching = [found for name, found in outputs if name in (column.name, "")]
            return set().union(*matching) if matching else set()
        return set()

    def _only(self, scope: "Scope", name: str) -> str:
        """The one table in a query that has a column, for a column without its table."""
        names = list(scope.selected_sources)
        having = [
            table
            for table in names
            if any(column == name for column, _ in self._all(scope.sources.get(table)))
        ]
        return having[0] if having else (names[0] if len(names) == 1 else "")
