"""Dagster's storage on PostgreSQL, with the events of a run's partitions written together.

A run over two years of days announces and reports each asset for each day: some twenty thousand
events. Dagster's PostgreSQL storage writes announcements one by one and compiles a statement of
its own for every batch of reports; and it announces each dbt test for every day although a run
judges its whole window once. That alone took minutes. Belongs here: the methods that differ. The
instance is configured in `dagster.yaml`.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage

_TOGETHER = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
}


class BatchingEventLogStorage(PostgresEventLogStorage):
    """Writes the materializations of a batch, announced or done, with one statement."""

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Stores events that arrive together.

        Args:
            events: Events of one batch, of any kinds that Dagster batches.
        """
        together: list[dg.EventLogEntry] = []
        others: list[dg.EventLogEntry] = []
        for event in events:
            is_together = event.get_dagster_event().event_type in _TOGETHER
            (together if is_together else others).append(event)
        if together:
            self._store_together(together)
        for event in others:
            self.store_event(_without_partitions(event))

    def _store_together(self, events: Sequence[dg.EventLogEntry]) -> None:
        """The same rows that `store_event` writes event by event."""
        insert = self.prepare_insert_event_batch([])
        (identifier,) = insert.table.primary_key.columns
        statement = insert.table.insert().returning(identifier, sort_by_parameter_order=True)
        with self._connect() as connection:
            inserted = connection.execute(statement, [self._event_to_row(e) for e in events])
            event_ids = [int(row[0]) for row in inserted.fetchall()]
        last_of_asset = {
            event.get_dagster_event().asset_key: (event, event_id)
            for event, event_id in zip(events, event_ids, strict=True)
        }
        with self.index_transaction() as connection:
            self._store_asset_event_tags(connection, events, event_ids)
            for event, event_id in last_of_asset.values():
                self._store_asset_event(connection, event, event_id)


class InstanceStorage(DagsterPostgresStorage):
    """Dagster's PostgreSQL storage with a `BatchingEventLogStorage`."""

    def __init__(self, postgres_url: str, **options: Any) -> None:
        super().__init__(postgres_url, **options)
        self._event_log_storage = BatchingEventLogStorage(
            postgres_url, options.get("should_autocreate_tables", True)
        )

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "InstanceStorage":
        """Makes the storage from the block in `dagster.yaml`."""
        return cls(config_value["postgres_url"], inst_data=inst_data)


def _without_partitions(event: dg.EventLogEntry) -> dg.EventLogEntry:
    """An announced check as what it will be: one verdict on the run's window."""
    announced = event.get_dagster_event()
    details: Any = announced.event_specific_data
    if getattr(details, "partitions_subset", None) is None:
        return event
    whole = type(details)(
        asset_key=details.asset_key, check_name=details.check_name, partitions_subset=None
    )
    return event._replace(dagster_event=announced._replace(event_specific_data=whole))
