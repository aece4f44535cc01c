"""Reconciliations: the comparison of two independently computed totals.

Each is a query that returns `what`, `left_total`, `right_total` and passes if the totals are equal
to the cent. Belongs here: the constructor of a comparison of two tables over the same days, and the
factory of checks. Does not belong here: the reconciliations (see `reconciliations`), and
relations of dbt models, which are dbt tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import dagster as dg

from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.partitions import window_of
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.windows import Window


@dataclass(frozen=True)
class Reconciliation:
    """One reconciliation.

    Attributes:
        schema: Schema of the checked asset.
        table: Table of the asset.
        name: Name of the check.
        description: The compared totals, in words.
        query: SQL with `{window}` where a condition on `date_column` goes.
        date_column: Column of the window.
    """

    schema: str
    table: str
    name: str
    description: str
    query: str
    date_column: str

    def sql(self, window: Window | None) -> str:
        """The query for a window, or for all days."""
        condition = window.predicate(self.date_column) if window else "true"
        return self.query.format(window=condition)


ROWS = "count(*)"
"""Number of rows, as a total."""


def total(column: str) -> str:
    """Sum of a column, 0 without rows, as a total."""
    return f"coalesce(sum({column}), 0)"


def same_totals(
    left: str,
    right: str,
    totals_of: Mapping[str, str | tuple[str, str]],
    *,
    name: str,
    description: str,
    date_column: str,
) -> Reconciliation:
    """Reconciliation of the totals of two tables, over a window and on each day of it.

    Args:
        left: `schema.table` of the expected totals.
        right: `schema.table` of the checked asset.
        totals_of: SQL of the total, or of the left and the right total, by name.
        name: Name of the check.
        description: The compared totals, in words.
        date_column: Column of the window in both tables.
    """
    pairs = {what: (one, one) if isinstance(one, str) else one for what, one in totals_of.items()}
    totals = [f"t{at}" for at in range(len(pairs))]
    sides = [
        # The day of an instant, as in the window.
        f"select {date_column}::date as day, "
        + ", ".join(f"{pair[place]} as {t}" for t, pair in zip(totals, pairs.values(), strict=True))
        + f" from {table} where {{window}} group by day"
        for place, table in enumerate((left, right))
    ]
    paired = ", ".join(
        f"coalesce({side}.{t}, 0) as {side}_{t}" for side in ("sent", "kept") for t in totals
    )
    sums = ", ".join(
        f"coalesce(sum({side}_{t}), 0) as {side}_{t}" for side in ("sent", "kept") for t in totals
    )
    sent, kept = (", ".join(f"{side}_{t}" for t in totals) for side in ("sent", "kept"))
    rows = ", ".join(
        f"('{what}', sent_{t}, kept_{t})" for what, t in zip(pairs, totals, strict=True)
    )
    query = f"""
        with sent as ({sides[0]}),
        kept as ({sides[1]}),
        days as (select {paired} from sent full join kept on sent.day = kept.day),
        sums as (
            select {sums}, count(*) filter (where ({sent}) <> ({kept})) as different
            from days
        )
        select compared.what, compared.left_total, compared.right_total
        from sums
        cross join lateral (values {rows}, ('days that differ', different, 0))
            as compared (what, left_total, right_total)
    """
    schema, table = right.split(".")
    return Reconciliation(schema, table, name, description, query, date_column)


def build_reconciliation_checks(
    reconciliations: Sequence[Reconciliation],
) -> list[dg.AssetChecksDefinition]:
    """One blocking check per reconciliation."""
    return [_check(reconciliation) for reconciliation in reconciliations]


def totals(
    warehouse: WarehouseResource, query: str
) -> list[tuple[str, Decimal | int, Decimal | int]]:
    """Rows of a reconciliation query: what, left total, right total."""
    with warehouse.warehouse.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def _check(reconciliation: Reconciliation) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key(reconciliation.schema, reconciliation.table),
        name=reconciliation.name,
        blocking=True,
        description=reconciliation.description,
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> dg.AssetCheckResult:
        found = totals(warehouse, reconciliation.sql(window_of(context)))
        different = [row for row in found if row[1] != row[2]]
        return dg.AssetCheckResult(
            passed=not different,
            metadata={
                what: dg.MetadataValue.text(f"{left} / {right}") for what, left, right in found
            },
            description=(
                "; ".join(f"{what}: {left} is not {right}" for what, left, right in different)
                or "All totals agree."
            ),
        )

    return check
