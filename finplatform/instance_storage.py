"""Dagster's storage on PostgreSQL, with the events of a run's partitions written as a set.

A run over two years of days announces and reports each asset for each day: tens of thousands of
events that differ in their day alone. Dagster makes, serialises and sends each of them by itself,
which took a third of such a run. Here one event tells of all days, and the server writes from it
what Dagster reads back. Belongs here: the methods that differ. The instance is configured in
`dagster.yaml`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.execution.context.system import StepExecutionContext  # noqa: TID251
from dagster._core.execution.plan import execute_step  # noqa: TID251
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage

from finplatform.partition_memory import remember_partitions

_ANNOUNCED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED

# The tags that are looked up by partition are rows of their own, the same for every partition.
_WRITE_PARTITIONS = sa.text("""
    with written as (
        insert into event_logs
            (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
        select
            :run_id,
            replace(:event, :partition_field, '"partition": ' || to_json(day.partition)::text),
            :dagster_event_type,
            :timestamp,
            :step_key,
            :asset_key,
            day.partition
        from unnest(cast(:partitions as text[])) with ordinality as day (partition, place)
        order by day.place
        returning id
    ),

    tagged as (
        insert into asset_event_tags (event_id, asset_key, key, value, event_timestamp)
        select written.id, :asset_key, tag.key, tag.value, :timestamp
        from written
        cross join unnest(cast(:tag_keys as text[]), cast(:tag_values as text[]))
            as tag (key, value)
    )

    select max(written.id) as last_id
    from written
""")


class Partitions(str):
    """Several partitions of one event, in the place of one partition's key, which is the first's.

    Attributes:
        keys: All of them.
    """

    keys: tuple[str, ...]

    def __new__(cls, keys: Sequence[str]) -> "Partitions":
        """Takes at least one key."""
        made = super().__new__(cls, keys[0])
        made.keys = tuple(keys)
        return made


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
        """Stores an event; one of several partitions becomes a row for each."""
        partitions = _partitions_of(event)
        if not partitions:
            super().store_event(_judging_the_whole_run(event))
        elif _is_announcement(event) and event.get_dagster_event().asset_key in self.unpartitioned:
            super().store_event(_of_partition(event, None))
        else:
            self._store_partitions(event, partitions)

    def _store_partitions(self, event: dg.EventLogEntry, partitions: Sequence[str]) -> None:
        """Stores an event once for each partition.

        Raises:
            ValueError: If the event says its partition more than once.
        """
        first = _of_partition(event, partitions[0])
        row = self._event_to_row(first)
        partition_field = f'"partition": "{row["partition"]}"'
        if row["event"].count(partition_field) != 1:
            raise ValueError(f"not one {partition_field} in an event of {row['asset_key']}")
        tags = self._tags_for_asset_event(first)
        with self._connect() as connection:
            last_id: int = connection.execute(
                _WRITE_PARTITIONS,
                {
                    **{name: row[name] for name in ("run_id", "event", "dagster_event_type")},
                    **{name: row[name] for name in ("timestamp", "step_key", "asset_key")},
                    "partition_field": partition_field,
                    "partitions": list(partitions),
                    "tag_keys": list(tags),
                    "tag_values": list(tags.values()),
                },
            ).scalar_one()
        with self.index_transaction() as connection:
            self._store_asset_event(connection, _of_partition(event, partitions[-1]), last_id)


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


_events_of_each_partition = execute_step._get_output_asset_events  # noqa: SLF001


def _events_of_all_partitions(
    asset_key: dg.AssetKey,
    asset_partitions: Iterable[str],
    output: Any,
    output_def: Any,
    io_manager_metadata: Any,
    step_context: StepExecutionContext,
    execution_type: Any,
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """What a step says of an asset: one event for all its partitions that the storage will tell.

    Where something was said of a single partition, each has an event of its own.
    """
    partitions: Sequence[str] = list(asset_partitions)
    if (
        len(partitions) > 1
        and isinstance(step_context.instance.event_log_storage, PartitionedEventLogStorage)
        and not any(step_context.get_asset_metadata(asset_key, key) for key in partitions)
    ):
        partitions = [Partitions(partitions)]
    yield from _events_of_each_partition(
        asset_key,
        partitions,
        output,
        output_def,
        io_manager_metadata,
        step_context,
        execution_type,
    )


# There is no hook for it; ADR 7 says why Dagster's private parts are touched.
execute_step._get_output_asset_events = _events_of_all_partitions  # noqa: SLF001
remember_partitions()


def _is_announcement(event: dg.EventLogEntry) -> bool:
    return event.get_dagster_event().event_type is _ANNOUNCED


def _partitions_of(event: dg.EventLogEntry) -> Sequence[str]:
    """Partitions that an event tells of, if it is more than one's."""
    if event.dagster_event is None:
        return ()
    if _is_announcement(event):
        subset = event.dagster_event.asset_materialization_planned_data.partitions_subset
        return list(subset.get_partition_keys()) if subset is not None else ()
    partition = event.dagster_event.partition
    return partition.keys if isinstance(partition, Partitions) else ()


def _of_partition(event: dg.EventLogEntry, partition: str | None) -> dg.EventLogEntry:
    """The event as told of one partition, or of an asset that has none."""
    told = event.get_dagster_event()
    details: Any = told.event_specific_data
    if _is_announcement(event):
        details = type(details)(details.asset_key, partition=partition, partitions_subset=None)
    else:
        details = details._replace(
            materialization=details.materialization._replace(partition=partition)
        )
    return event._replace(dagster_event=told._replace(event_specific_data=details))


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
