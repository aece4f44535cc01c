"""Frames as warehouse tables: a table is loaded as a frame of the annotated library.

Belongs here: `TableIOManager`, for assets that take tables as arguments or return a frame.
"""

import dagster as dg
import pandas as pd
import polars as pl

from finplatform.orchestration.asset_keys import table_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.windows import Window


class TableIOManager(dg.ConfigurableIOManager):
    """Reads the table of an asset key as a frame, and stores a frame in it.

    An input annotated as `pd.DataFrame` arrives as pandas with Arrow types, so that decimals, dates
    and nulls are exact; any other as Polars.

    Attributes:
        tables: The warehouse's tables.
    """

    tables: dg.ResourceDependency[TablesResource]

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | pd.DataFrame) -> None:
        """Replaces the run's window of the table, or the whole of it."""
        name = ".".join(table_of(context.asset_key))
        frame = pl.from_pandas(obj) if isinstance(obj, pd.DataFrame) else obj
        window = self._window(name, context)
        self.tables.replace(name, frame, window, context.run_id)
        counted = "dagster/row_count" if window is None else "dagster/partition_row_count"
        context.add_output_metadata({counted: frame.height, "dagster/table_name": name})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame | pd.DataFrame:
        """Reads the run's window of the table, or the whole of it.

        An input may name in its metadata, as `columns`, those that it needs of a wide table.
        """
        name = ".".join(table_of(context.asset_key))
        columns = (context.definition_metadata or {}).get("columns")
        frame = self.tables.read(name, self._window(name, context), columns)
        if context.dagster_type.typing_type is pd.DataFrame:
            return frame.to_pandas(use_pyarrow_extension_array=True)
        return frame

    def _window(self, table: str, context: dg.InputContext | dg.OutputContext) -> Window | None:
        has_window = self.tables.contract(table).date_column and context.has_asset_partitions
        if not has_window:
            return None
        covered = context.asset_partitions_time_window
        return Window(covered.start.date(), covered.end.date())
