"""Held tables: tables with a failed blocking check, which block their downstream steps.

In the run of the failed check Dagster skips downstream steps; in later runs each step checks its
upstream tables here. Does not belong here: holding and releasing a table (see
`finplatform.orchestration.incidents`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

import dagster as dg

from finplatform.orchestration.incidents import HELD, CheckedGraph, take_events
from finplatform.orchestration.partitions import window_of
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.windows import Window

_LOOKED_AT_AFTER = timedelta(seconds=10)
"""Age from which the check results of other runs are read again."""

_HELD = """
select i.held_table, i.title, i.incident_id
from ops.incidents as i
where i.ended_at is null and i.held_table = any(%(tables)s)
    and i.days && datemultirange(daterange(%(start)s, %(end)s))
order by i.held_table, i.incident_id
"""


@dataclass(frozen=True)
class Hold:
    """Hold of a table.

    Attributes:
        table: `schema.table`.
        reason: The check that failed, in words.
        incident_id: Its incident.
    """

    table: str
    reason: str
    incident_id: int


class HeldTables(dg.ConfigurableResource):
    """Fails steps with held upstream tables.

    Attributes:
        warehouse: The warehouse, which stores incidents.
        graph: Lookups on the graph.
    """

    warehouse: dg.ResourceDependency[WarehouseResource]
    graph: dg.ResourceDependency[CheckedGraph]

    def refuse(self, context: dg.AssetExecutionContext, *assets: dg.AssetKey) -> None:
        """Fails the step if an upstream table is held.

        Tables of the step itself are ignored, since it replaces and checks them.

        Args:
            context: Context of the step.
            assets: Assets of the step; default: all selected ones.

        Raises:
            dagster.Failure: If a table is held over the days of the step; without a retry.
        """
        holds = self.holds(context, assets)
        if holds:
            reasons = "; ".join(f"{hold.reason} (incident {hold.incident_id})" for hold in holds)
            raise dg.Failure(
                f"{_listed(hold.table for hold in holds)} may not be read: {reasons}."
                " Correct the rows or the rule, and run the table or its check again.",
                metadata={HELD: [hold.table for hold in holds]},
                allow_retries=False,
            )

    def holds(
        self, context: dg.AssetExecutionContext, assets: Iterable[dg.AssetKey] = ()
    ) -> list[Hold]:
        """Held upstream tables of a step.

        Args:
            context: Context of the step.
            assets: Assets of the step; default: all selected ones.
        """
        made = context.selected_asset_keys
        chosen = list(assets) or list(made)
        above = {parent for key in chosen for parent in context.assets_def.asset_deps[key]} - made
        tables = [".".join(key.path) for key in above]
        if not tables:
            return []
        is_cut = any(key in self.graph.partitions for key in chosen)
        found = self._held(tables, window_of(context) if is_cut else None)
        due = _LAST_LOOKS.is_due(context.run.run_id)
        if found or due:
            # Releases tables that this run has corrected, and holds those that other runs found.
            self._take(context.instance)
            found = self._held(tables, window_of(context) if is_cut else None)
        return found

    def _held(self, tables: list[str], window: Window | None) -> list[Hold]:
        start, end = (window.start, window.end) if window else (None, None)
        with self.warehouse.warehouse.connect() as connection:
            known = connection.execute("select to_regclass('ops.incidents')").fetchone()
            if known is None or known[0] is None:
                return []
            rows = connection.execute(_HELD, {"tables": tables, "start": start, "end": end})
            return [Hold(*row) for row in rows]

    def _take(self, instance: dg.DagsterInstance) -> None:
        with self.warehouse.warehouse.connect() as connection:
            at = datetime.now(UTC)
            take_events(connection, instance, self.graph, self.warehouse.settings, at)


class _LastLooks:
    """Instant at which each run of this process last read check results."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}
        self._lock = Lock()

    def is_due(self, run_id: str) -> bool:
        """Whether a run must read now; stores the instant."""
        now = datetime.now(UTC)
        with self._lock:
            if now - self._last.get(run_id, datetime.min.replace(tzinfo=UTC)) < _LOOKED_AT_AFTER:
                return False
            # A process executes one run at a time.
            self._last = {run_id: now}
            return True


_LAST_LOOKS = _LastLooks()


def _listed(tables: Iterable[str]) -> str:
    return ", ".join(sorted(set(tables)))
