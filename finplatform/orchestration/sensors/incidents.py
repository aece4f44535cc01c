"""The sensors that open incidents and send their notifications.

One processes checks and runs, one evaluates probes. Does not belong here: the interpretation of
events (`finplatform.orchestration.incidents`), and the probes (`finplatform.notifications.probes`).
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg
import psycopg

from finplatform.notifications import links
from finplatform.notifications.channels import recipients
from finplatform.notifications.delivery import deliver
from finplatform.notifications.incident import FRESHNESS, Severity, Signal, plain_name
from finplatform.notifications.probes import Look, Probe
from finplatform.notifications.store import IncidentStore
from finplatform.orchestration.incidents import CheckedGraph, take_events
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse

LOGGER = logging.getLogger("finplatform.alerts")

_STALE = {"WARN": Severity.WARNING, "FAIL": Severity.ERROR}

Work = Callable[[psycopg.Connection], None]


def follow_events(
    instance: dg.DagsterInstance, graph: CheckedGraph, settings: Settings, at: datetime
) -> bool:
    """Processes new check results and ended runs, and sends due notifications.

    Args:
        instance: The Dagster instance.
        graph: Lookups on the graph.
        settings: Database and channels.
        at: Present instant.

    Returns:
        Whether there is a warehouse.
    """

    def work(connection: psycopg.Connection) -> None:
        take_events(connection, instance, graph, settings, at)

    return _work(work, settings, at)


def look_at_conditions(probes: Mapping[str, Probe], settings: Settings, at: datetime) -> bool:
    """Updates the incidents of each kind by its probe, and sends due notifications.

    A failed probe does not change the incidents of its kind.

    Args:
        probes: Probes by the kind of their incidents.
        settings: Levels, the database and the channels.
        at: Present instant.

    Returns:
        Whether there is a warehouse.
    """

    def work(connection: psycopg.Connection) -> None:
        store = IncidentStore(connection, recipients(settings))
        for kind, probe in probes.items():
            try:
                with connection.transaction():
                    found = list(probe(Look(settings, connection, at)))
            except (psycopg.Error, OSError) as error:
                # The database's message may quote values.
                LOGGER.warning("The probe %s failed: %s.", kind, type(error).__name__)
                continue
            store.reconcile(kind, found, at)

    return _work(work, settings, at)


def freshness_probe(instance: dg.DagsterInstance, assets: Sequence[dg.AssetKey]) -> Probe:
    """The probe of stale assets, by the states that Dagster's daemon records.

    Args:
        instance: The Dagster instance.
        assets: Assets with a policy.
    """

    def freshness(look: Look) -> Iterator[Signal]:
        states = instance.get_freshness_state_records(assets) if assets else {}
        for key, record in states.items():
            severity = _STALE.get(record.freshness_state.value)
            if severity is not None:
                name = plain_name(".".join(key.path))
                yield Signal(
                    FRESHNESS,
                    name,
                    severity,
                    f"{name} is older than its freshness policy allows",
                    link=links.asset_page(look.settings, key.path),
                )

    return freshness


def build_incident_sensors(
    graph: CheckedGraph,
    fresh: Sequence[dg.AssetKey],
    probes: Mapping[str, Probe],
    status: dg.DefaultSensorStatus,
) -> list[dg.SensorDefinition]:
    """The sensors on events and on conditions.

    Args:
        graph: Lookups on the graph.
        fresh: Assets with a freshness policy.
        probes: Probes by the kind of their incidents.
        status: Their default status.
    """

    @dg.sensor(
        name="incidents",
        minimum_interval_seconds=30,
        default_status=status,
        description="Opens incidents of failed checks and runs, and sends each once.",
    )
    def incidents(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SkipReason:
        is_there = follow_events(context.instance, graph, settings, datetime.now(UTC))
        return dg.SkipReason("Checks and runs were read." if is_there else _NO_WAREHOUSE)

    @dg.sensor(
        name="conditions",
        minimum_interval_seconds=60,
        default_status=status,
        description=(
            "Probes freshness, disk, quarantine, dead letters, fraud alerts and captures."
        ),
    )
    def conditions(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SkipReason:
        all_probes = {**probes, FRESHNESS: freshness_probe(context.instance, fresh)}
        is_there = look_at_conditions(all_probes, settings, datetime.now(UTC))
        return dg.SkipReason("All probes have run." if is_there else _NO_WAREHOUSE)

    return [incidents, conditions]


_NO_WAREHOUSE = "Nothing has been loaded yet."


def _work(work: Work, settings: Settings, at: datetime) -> bool:
    """Runs a function in one transaction, then delivers; False without the tables."""
    warehouse = open_warehouse(settings)
    with warehouse.connect() as connection:
        found = connection.execute("select to_regclass('ops.notifications')").fetchone()
        if found is None or found[0] is None:
            return False
        work(connection)
    deliver(warehouse, settings, at)
    return True
