"""Dagster's storage on PostgreSQL, with the events of a run's partitions written together.

A run over two years of days announces and reports each asset for each day: some twenty thousand
events. Dagster's PostgreSQL storage writes reports in batches but announcements one by one, each
with connections of its own; that alone took minutes. Belongs here: the one method that differs.
The instance is configured in `dagster.yaml`.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage


class BatchingEventLogStorage(PostgresEventLogStorage):
    """Writes announced materializations with one statement a batch."""

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Stores events that arrive together.

        Args:
            events: Events of one batch, of any kinds that Dagster batches.
        """
        planned, others = [], []
        for event in events:
            kind = event.get_dagster_event().event_type
            is_planned = kind is dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
            (planned if is_planned else others).append(event)
        if planned:
            self._store_planned(planned)
        if others:
            super().store_event_batch(others)

    def _store_planned(self, events: Sequence[dg.EventLogEntry]) -> None:
        """The same rows that `store_event` writes, event by event, in three statements."""
        identifier = self._event_log_id_column()
        with self._connect() as connection:
            inserted = connection.execute(
                self.prepare_insert_event_batch(events).returning(identifier)
            )
            event_ids = [int(row[0]) for row in inserted.fetchall()]
        last_of_asset = {
            event.get_dagster_event().asset_key: (event, event_id)
            for event, event_id in zip(events, event_ids, strict=True)
        }
        with self.index_transaction() as connection:
            self._store_asset_event_tags(connection, events, event_ids)
            for event, event_id in last_of_asset.values():
                self._store_asset_event(connection, event, event_id)

    def _event_log_id_column(self) -> Any:
        (column,) = (
            column
            for column in self.prepare_insert_event_batch([]).table.columns
            if column.primary_key
        )
        return column


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
