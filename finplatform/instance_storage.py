"""Dagster's storage on PostgreSQL, with the events of a run's partitions written as a set.

A run over two years of days announces and reports each asset for each day: tens of thousands of
events that differ in their day alone. Dagster makes, serialises and sends each of them by itself,
which took a third of such a run. Here the first one is sent, and the server writes the others from
it. Belongs here: the methods that differ. The instance is configured in `dagster.yaml`.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage

_MATERIALIZED = dg.DagsterEventType.ASSET_MATERIALIZATION
_ANNOUNCED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED

# The tags that are looked up by partition are rows of their own, the same for every partition.
_WRITE_PARTITIONS = sa.text("""
    with written as (
        insert into event_logs
            (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
        select
            :run_id,
            replace(
                replace(:event, :partition_field, '"partition": ' || to_json(day.partition)::text),
                :timestamp_field,
                '"timestamp": ' || day.seconds
            ),
            :dagster_event_type,
            (to_timestamp(day.seconds::double precision) at time zone 'UTC'),
            :step_key,
            :asset_key,
            day.partition
        from unnest(cast(:partitions as text[]), cast(:seconds as text[]))
            with ordinality as day (partition, seconds, place)
        order by day.place
        returning id, timestamp
    ),

    tagged as (
        insert into asset_event_tags (event_id, asset_key, key, value, event_timestamp)
        select written.id, :asset_key, tag.key, tag.value, written.timestamp
        from written
        cross join unnest(cast(:tag_keys as text[]), cast(:tag_values as text[]))
            as tag (key, value)
    )

    select max(written.id) as last_id
    from written
""")


class PartitionedEventLogStorage(PostgresEventLogStorage):
    """Writes the events of one asset's partitions with one statement.

    Attributes:
        unpartitioned: Assets that Dagster announces for each day of a run, though they have no
            partitions; they are announced once. Unknown ones are taken at Dagster's word.
    """

    unpartitioned: Collection[dg.AssetKey] = frozenset()

    def __init__(self, postgres_url: str, should_autocreate_tables: bool = True) -> None:
        self._found: set[str] = set()
        super().__init__(postgres_url, should_autocreate_tables)

    @property
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        """Asks Dagster for one announcement per asset; it is stored as one per partition."""
        return True

    def has_table(self, table_name: str) -> bool:
        """Whether a table exists, which Dagster asks with every event."""
        return self._is_found(table_name, partial(super().has_table, table_name))

    def _has_asset_key_col_on_connection(self, conn: sa.Connection, column_name: str) -> bool:
        return self._is_found(
            f"asset_keys.{column_name}",
            partial(super()._has_asset_key_col_on_connection, conn, column_name),
        )

    def _is_found(self, name: str, look: Callable[[], bool]) -> bool:
        """Asks the catalogue until the answer is yes: what a migration has made stays."""
        if name not in self._found and look():
            self._found.add(name)
        return name in self._found

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Stores an event; an announcement of several partitions becomes one row for each."""
        partitions = _announced_partitions(event)
        if partitions and event.get_dagster_event().asset_key in self.unpartitioned:
            super().store_event(_of_partition(event, None))
        elif partitions:
            first = _of_partition(event, partitions[0])
            self._store_partitions(first, first, partitions, [event.timestamp] * len(partitions))
        else:
            super().store_event(_judging_the_whole_run(event))

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Stores events that arrive together.

        Args:
            events: Events of one batch, of any kinds that Dagster batches.
        """
        for _, alike in groupby(events, _all_but_partition):
            together = list(alike)
            if len(together) > 1 and _is_of_partition(together[0]):
                partitions = [str(event.get_dagster_event().partition) for event in together]
                times = [event.timestamp for event in together]
                self._store_partitions(together[0], together[-1], partitions, times)
            else:
                for event in together:
                    self.store_event(event)

    def _store_partitions(
        self,
        first: dg.EventLogEntry,
        last: dg.EventLogEntry,
        partitions: Sequence[str],
        times: Sequence[float],
    ) -> None:
        """Stores events of one asset that differ from the first in partition and time alone.

        Raises:
            ValueError: If the event says its partition or its time more than once. Dagster then
                stores each event by itself.
        """
        row = self._event_to_row(first)
        partition_field = f'"partition": "{row["partition"]}"'
        timestamp_field = f'"timestamp": {first.timestamp!r}'
        for field in (partition_field, timestamp_field):
            if row["event"].count(field) != 1:
                raise ValueError(f"not one {field} in an event of {row['asset_key']}")
        tags = self._tags_for_asset_event(first)
        with self._connect() as connection:
            last_id: int = connection.execute(
                _WRITE_PARTITIONS,
                {
                    **{name: row[name] for name in ("run_id", "event", "dagster_event_type")},
                    **{name: row[name] for name in ("step_key", "asset_key")},
                    "partition_field": partition_field,
                    "timestamp_field": timestamp_field,
                    "partitions": list(partitions),
                    "seconds": [repr(moment) for moment in times],
                    "tag_keys": list(tags),
                    "tag_values": list(tags.values()),
                },
            ).scalar_one()
        with self.index_transaction() as connection:
            self._store_asset_event(connection, last, last_id)


class InstanceStorage(DagsterPostgresStorage):
    """Dagster's PostgreSQL storage with a `PartitionedEventLogStorage`."""

    def __init__(self, postgres_url: str, **options: Any) -> None:
        super().__init__(postgres_url, **options)
        self._event_log_storage = PartitionedEventLogStorage(
            postgres_url, options.get("should_autocreate_tables", True)
        )

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "InstanceStorage":
        """Makes the storage from the block in `dagster.yaml`."""
        return cls(config_value["postgres_url"], inst_data=inst_data)


def _is_of_partition(event: dg.EventLogEntry) -> bool:
    dagster_event = event.get_dagster_event()
    return dagster_event.event_type is _MATERIALIZED and dagster_event.partition is not None


def _all_but_partition(event: dg.EventLogEntry) -> tuple[Hashable, ...]:
    """What two events must have in common to be written as one set."""
    dagster_event = event.get_dagster_event()
    details: Any = dagster_event.event_specific_data
    materialization = getattr(details, "materialization", None)
    return (
        event.run_id,
        event.user_message,
        dagster_event.event_type_value,
        dagster_event.asset_key,
        dagster_event.message,
        dagster_event.step_key,
        tuple(sorted(materialization.tags.items())) if materialization else None,
        # One asset's partitions share the very objects of their metadata.
        tuple((name, id(value)) for name, value in materialization.metadata.items())
        if materialization
        else None,
    )


def _announced_partitions(event: dg.EventLogEntry) -> list[str]:
    dagster_event = event.dagster_event
    if dagster_event is None or dagster_event.event_type is not _ANNOUNCED:
        return []
    subset = dagster_event.asset_materialization_planned_data.partitions_subset
    return list(subset.get_partition_keys()) if subset is not None else []


def _of_partition(event: dg.EventLogEntry, partition: str | None) -> dg.EventLogEntry:
    """The announcement of one partition, or of an asset that has none."""
    announced = event.get_dagster_event()
    details = type(announced.asset_materialization_planned_data)(
        announced.asset_materialization_planned_data.asset_key,
        partition=partition,
        partitions_subset=None,
    )
    return event._replace(dagster_event=announced._replace(event_specific_data=details))


def _judging_the_whole_run(event: dg.EventLogEntry) -> dg.EventLogEntry:
    """A dbt test announced for every day as what it will be: one verdict on the run's window."""
    announced = event.dagster_event
    if (
        announced is None
        or announced.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    ):
        return event
    details: Any = announced.event_specific_data
    whole = type(details)(
        asset_key=details.asset_key, check_name=details.check_name, partitions_subset=None
    )
    return event._replace(dagster_event=announced._replace(event_specific_data=whole))
