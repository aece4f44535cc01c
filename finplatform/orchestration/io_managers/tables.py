"""IO manager of frames in warehouse tables.

Belongs here: `TableIOManager`, for assets with tables as arguments or results.
"""

import dagster as dg
import pandas as pd
import polars as pl

from finplatform.orchestration.asset_keys import table_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.windows import Window


class TableIOManager(dg.ConfigurableIOManager):
    """Reads the table of an asset key as a frame, and stores a frame in it.

    An input annotated as `pd.DataFrame` is pandas with Arrow types, so that decimals, dates and
    nulls are exact; any other is Polars.

    Attributes:
        tables: The warehouse's tables.
    """

    tables: dg.ResourceDependency[TablesResource]

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | pd.DataFrame) -> None:
        """Replaces the run's window of the table, or the whole table."""
        name = ".".join(table_of(context.asset_key))
        frame = pl.from_pandas(obj) if isinstance(obj, pd.DataFrame) else obj
        window = self._window(name, context)
        self.tables.replace(name, frame, window, context.run_id)
        counted = "dagster/row_count" if window is None else "dagster/partition_row_count"
        context.add_output_metadata({counted: frame.height, "dagster/table_name": name})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame | pd.DataFrame:
        """Reads the run's window of the table, or the whole table.

        The metadata `columns` of an input restricts the columns of a wide table.
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
